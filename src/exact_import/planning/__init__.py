"""Records against what Exact Online holds: what there is to do."""
