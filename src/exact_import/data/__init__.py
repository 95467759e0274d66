"""What the program knows: the catalogue of Exact fields, and the words of headers."""
