"""Knowledge as data: the fields of Exact Online, header words, and names by country."""
