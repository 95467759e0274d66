"""The import, from files to report, for one company or several."""
