"""A folder that is watched, and what becomes of the files in it."""
