"""What the starter writes by itself: `python -m training.text.draft PRODUCTS.jsonl --checkpoint FOLDER OUT.jsonl`.

Of each product a description, plain and lively in turn, as it would be served, for a reader to mend: in OUT each
sentence stands as the text and as the draft that it was. So it learns from the faults that it has and no check finds
(`training.text.prefer`), and not from those that somebody thinks of.
"""

import argparse
import asyncio
import json
import logging
from pathlib import Path

from contracts.brief import Tone
from copywriter.briefs import make_brief
from copywriter.product import Product
from copywriter.sentences import Description, describe
from copywriter.session import Session
from evaluation.sources import CheckpointSource
from training.text.examples import Described, Sentence, Text

logger = logging.getLogger(__name__)


async def draft(described: Described, tone: Tone, source: CheckpointSource, seed: int) -> Described:
    """The product with its description, each sentence with the facts that it was asked to tell; raises NoTextError."""
    brief = make_brief("description", Product.parse(described.attributes, described.keywords), tone)
    description = Description(brief)
    await describe(Session(brief, source.write, source.effort, seed), description, None)
    sentences = tuple(
        Sentence(text=text, facts=tuple(brief.facts.index(fact) + 1 for fact in point.facts), draft=text)
        for point, text in description.told
    )
    return described.model_copy(update={"texts": (Text(field="description", tone=tone, sentences=sentences),)})


async def draft_all(products: list[Described], source: CheckpointSource, out: Path) -> None:
    """A line in `out` for each product, as they are done."""
    places = asyncio.Semaphore(source.at_once)

    async def one(number: int, described: Described) -> Described:
        async with places:
            return await draft(described, ("plain", "lively")[number % 2], source, seed=number)

    with out.open("w") as lines:
        for done, drafted in enumerate(asyncio.as_completed(map(one, range(len(products)), products)), start=1):
            lines.write((await drafted).model_dump_json(exclude_defaults=True) + "\n")
            if done % 20 == 0:
                logger.info(json.dumps({"products": done, "of": len(products)}))


def main() -> None:
    """Command line; logs progress."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(description="Draft descriptions for a reader to mend.")
    parser.add_argument("products", type=Path, help="JSON Lines: id, trade, attributes, keywords")
    parser.add_argument("--checkpoint", type=Path, default=Path("build/text-taught/checkpoint"))
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    products = [Described.model_validate_json(line) for line in arguments.products.read_text().splitlines()]
    source = CheckpointSource(arguments.checkpoint, arguments.checkpoint.name)
    asyncio.run(draft_all(products, source, arguments.out))


if __name__ == "__main__":
    main()
