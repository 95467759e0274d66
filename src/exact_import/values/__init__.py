"""What people write, as Exact Online wants it: numbers, dates, places, words."""
