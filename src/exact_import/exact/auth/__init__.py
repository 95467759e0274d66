"""Logging in to Exact Online: OAuth, tokens and where they are kept."""
