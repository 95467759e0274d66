"""The login to Exact Online: OAuth, tokens and their storage."""
