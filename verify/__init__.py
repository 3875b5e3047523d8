"""What a text says against what is known of a product: values, quantities, their binding, claims and names.

Nothing here needs a model, a server or settings, so that anyone can check a text again without the writer
(`python -m verify`).
"""
