"""Headers and samples: which column is which field, and how its value is made."""
