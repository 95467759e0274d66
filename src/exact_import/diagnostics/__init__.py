"""What helps before the first import: the look at everything, the mapping drafted."""
