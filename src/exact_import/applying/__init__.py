"""A plan carried out: every change once, whatever happens."""
