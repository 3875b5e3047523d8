"""Other ways to serve the same weights; each runs in the environment of requirements-bench.txt."""
