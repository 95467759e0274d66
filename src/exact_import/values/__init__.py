"""Conversion of cells to Exact Online's values: numbers, dates, places, words."""
