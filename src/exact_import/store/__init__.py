"""What is remembered between runs: the journal, and in it the mirror of a company."""
