"""Records compared with Exact Online: the plan of what to change."""
