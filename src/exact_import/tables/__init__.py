"""Tables: bytes to rows, and the rejects back to files."""
