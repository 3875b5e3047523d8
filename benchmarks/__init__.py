"""How fast texts come, beside other ways to serve the same weights: `make bench`."""
