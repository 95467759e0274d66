"""A folder that is watched, and the messages about runs."""
