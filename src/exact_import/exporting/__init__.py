"""The way back: what Exact Online holds, as a file that imports by itself."""
