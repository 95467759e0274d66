"""Tables: from bytes to rows, and rejects back to files."""
