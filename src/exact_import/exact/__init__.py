"""Exact Online, and the only place that knows it and the exactonline library."""
