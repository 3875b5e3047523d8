"""Write texts such as the text starter has learned from: `python -m scripts.write_training_text OUT [--texts N]`.

OUT gets JSON Lines with "text", "attributes" and "keywords", which `scripts.evaluate --training-text` reads. They are
composed as training composes them; the starter saw more of the same, but no other wordings.
"""

import argparse
import json
import random
from pathlib import Path

from contracts.brief import TONES
from first_starter.prompts import wanted_keywords
from first_starter.references import resolve
from training.text.compose import compose
from training.text.products import draw


def write_training_text(out: Path, texts: int, seed: int = 7) -> None:
    """Write so many descriptions; the same seed gives the same ones."""
    rng = random.Random(seed)  # noqa: S311
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w") as lines:
        while texts:
            sample = draw(rng)
            product = sample.product
            text = compose(sample, rng, rng.choice(TONES)) if product.facts else None
            if text is not None:
                written = resolve(text, product.facts, wanted_keywords(product))[0]
                record = {"text": written, "attributes": product.source, "keywords": ", ".join(product.keywords)}
                lines.write(json.dumps(record) + "\n")
                texts -= 1


def main() -> int:
    """Command line; prints where the texts are."""
    parser = argparse.ArgumentParser(description="Write texts such as the text starter has learned from.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--texts", type=int, default=10_000)
    arguments = parser.parse_args()
    write_training_text(arguments.out, arguments.texts)
    print(f"{arguments.texts} texts: {arguments.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
