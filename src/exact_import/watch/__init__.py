"""A folder that is watched, and the import of its files."""
