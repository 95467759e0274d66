"""What the program knows: the fields of Exact Online, words of headers, and names by country."""
