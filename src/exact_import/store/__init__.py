"""What is stored between runs: the journal, which also holds the mirror of a company."""
