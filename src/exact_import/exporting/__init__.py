"""What Exact Online holds, as a file that imports again."""
