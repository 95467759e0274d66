"""A watched folder, and the import of its files."""
