"""Two runs side by side without their names, so that a person chooses the better text of each product blind."""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter
from scipy.stats import binomtest

from evaluation.products import Case
from evaluation.report import render
from evaluation.sources import Answer

KEY = "key.json"
Side = Literal["left", "right"]
Choice = Literal["left", "right", "neither"]


class Pair(BaseModel):
    """One product with a text of each run; `own` is the side on which the first run's stands, and not on the page."""

    model_config = ConfigDict(frozen=True)

    id: str
    attributes: str
    keywords: str | None
    left: str
    right: str
    own: Side


class Preference(BaseModel):
    """How often the first run's text was chosen, of those where one was: with a 95 % interval (Wilson)."""

    model_config = ConfigDict(frozen=True)

    chosen: int
    other: int
    neither: int
    share: float
    low: float
    high: float


def make_pairs(
    cases: Sequence[Case], own: Sequence[Answer], other: Sequence[Answer], products: int, seed: int
) -> list[Pair]:
    """So many of the cases, evenly spread and in a random order, each with its two texts on random sides."""
    rng = random.Random(seed)  # noqa: S311
    places = [number * len(cases) // min(products, len(cases)) for number in range(min(products, len(cases)))]
    pairs = [_pair(cases[place], own[place].served, other[place].served, rng) for place in places]
    rng.shuffle(pairs)
    return pairs


def write_page(pairs: Sequence[Pair], folder: Path) -> Path:
    """Write the page, and the key beside it, into `folder`; returns the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / KEY).write_text(json.dumps({pair.id: pair.own for pair in pairs}, indent=2) + "\n")
    return render("blind.html.j2", folder, pairs=pairs)


def score(choices: Path, key: Path) -> Preference:
    """What a person chose on the page, told by its key; raises ValueError where they do not belong together."""
    chosen = TypeAdapter(dict[str, Choice]).validate_json(choices.read_text())
    sides = TypeAdapter(dict[str, Side]).validate_json(key.read_text())
    if unknown := chosen.keys() - sides.keys():
        raise ValueError(f"{choices}: {', '.join(sorted(unknown))} are not in {key}")
    neither = sum(choice == "neither" for choice in chosen.values())
    own = sum(choice == sides[product] for product, choice in chosen.items())
    decided = len(chosen) - neither
    if not decided:
        raise ValueError(f"{choices}: nothing was chosen")
    interval = binomtest(own, decided).proportion_ci(method="wilson")
    return Preference(
        chosen=own,
        other=decided - own,
        neither=neither,
        share=own / decided,
        low=float(interval.low),
        high=float(interval.high),
    )


def _pair(case: Case, own: str, other: str, rng: random.Random) -> Pair:
    side: Side = rng.choice(("left", "right"))
    left, right = (own, other) if side == "left" else (other, own)
    return Pair(id=case.id, attributes=case.attributes, keywords=case.keywords, left=left, right=right, own=side)
