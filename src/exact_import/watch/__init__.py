"""A folder that is watched, and being told."""
