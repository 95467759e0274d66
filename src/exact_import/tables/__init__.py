"""CSV files: bytes to rows, and headers to templates."""
