"""The HTTP side of the public service: one gateway around BentoML, forms, pages and the API document."""
