"""The import from files to report, for one company and for several."""
