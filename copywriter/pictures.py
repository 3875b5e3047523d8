"""What a painter is asked for a product: its type first, then what can be seen of it."""

import re

from copywriter.product import Product

MAX_CHARACTERS = 200
"""Painters read about 70 tokens and forget the rest."""
_SEEN = re.compile(r"colou?r|shade|material|fabric|pattern|finish|shape|style|sleeve|neck", re.IGNORECASE)


def picture_prompt(product: Product) -> str:
    """A prompt for a picture of `product`: values as given, parted by commas."""
    title = [product.facts[product.title].value] if product.title is not None else []
    rest = [fact for number, fact in enumerate(product.facts) if number != product.title]
    seen = [fact.value for fact in rest if fact.name and _SEEN.search(fact.name)]
    unnamed = [fact.value for fact in rest if not fact.name]
    values = title + seen + unnamed or [fact.value for fact in rest]
    prompt = ", ".join(dict.fromkeys(values))
    return prompt if len(prompt) <= MAX_CHARACTERS else prompt[:MAX_CHARACTERS].rpartition(",")[0] or values[0]
