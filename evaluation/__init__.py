"""Measures copy: reads products, has them described, and says in figures and examples how good the texts are."""
