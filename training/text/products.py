"""Draws products as shops write them: structured attributes, free text, or a mixture, with keywords.

Synthetic products come from the lexicon; `real_products` reads attribute sets from a JSON Lines file
({"id", "category", "attributes", "text"} per line), of which names and values serve as inputs only.
"""

import json
import random
import re
import string
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeVar

import inflect

from copywriter.product import Product
from training.text.lexicon import GENERIC, Category, load_lexicon

COLOURS = [
    "black",
    "white",
    "red",
    "blue",
    "green",
    "grey",
    "brown",
    "beige",
    "navy",
    "silver",
    "gold",
    "pink",
    "purple",
    "yellow",
    "orange",
    "turquoise",
    "ivory",
    "cream",
    "charcoal",
    "burgundy",
    "teal",
    "olive",
    "natural",
    "clear",
    "copper",
    "bronze",
    "coral",
    "mint",
    "lavender",
    "khaki",
]
_MATERIALS = [
    "cotton",
    "wool",
    "linen",
    "leather",
    "oak",
    "steel",
    "stainless steel",
    "aluminium",
    "plastic",
    "glass",
    "ceramic",
    "bamboo",
    "silk",
    "polyester",
    "nylon",
    "pine",
    "paper",
    "rubber",
    "brass",
    "porcelain",
    "felt",
    "canvas",
    "denim",
    "walnut",
    "silicone",
    "polypropylene",
    "acrylic",
    "marble",
    "copper",
    "foam",
]
_TYPE_NAMES = ("Product Type", "Type", "product", "Product", "Item", "Product Name", "Name", "Title", "Category")
_BRAND_NAMES = ("Brand", "Manufacturer", "brand", "Maker", "Vendor", "Brand Name", "manufacturer")
_CODE_NAMES = [
    "Manufacturer Stock Number",
    "Part Number",
    "Model Number",
    "SKU",
    "MPN",
    "Item Number",
    "Model",
    "Retail UPC",
    "UPC",
    "EAN",
    "GTIN",
    "Article Number",
    "Catalogue Number",
    "Part No.",
]
_SYLLABLES = [
    "ba",
    "be",
    "bo",
    "bri",
    "ca",
    "cor",
    "da",
    "del",
    "dor",
    "el",
    "en",
    "fa",
    "fen",
    "fi",
    "gal",
    "gra",
    "ha",
    "hel",
    "in",
    "jo",
    "ka",
    "kel",
    "la",
    "lin",
    "lo",
    "ma",
    "mer",
    "mi",
    "na",
    "nor",
    "ol",
    "or",
    "pa",
    "pel",
    "pi",
    "qua",
    "ra",
    "ren",
    "ri",
    "ro",
    "sa",
    "sel",
    "si",
    "so",
    "sta",
    "ta",
    "tel",
    "ti",
    "tor",
    "tra",
    "va",
    "vel",
    "vi",
    "vo",
    "wen",
    "wil",
    "xa",
    "yo",
    "za",
    "zen",
]
_UNITS = ('"', " in", " cm", " mm", " inches", "", "", " ft", " m", "cm", "mm", "-inch")
_MEASURES = [
    "350 ml",
    "12 oz",
    "1.5 L",
    "2 kg",
    "500 g",
    "10 lb",
    "3/4 inch",
    "40 x 60 cm",
    "18 V",
    "230V",
    "5000 mAh",
    "30 h",
    "2 m",
    "128 GB",
    "9 W",
    "7 7/8 in",
    "6 mm",
    "100 pcs",
    "1000 hours",
    "12-pack",
    "set of 4",
    "size L",
    "size 42",
    "one size",
    "25 cm",
]
_ODD_NAMES = [
    "thread pitch",
    "Finish Code",
    "Glow Time",
    "Refill Type",
    "Tine Count",
    "Edge",
    "Lid",
    "Grip",
    "Tension",
    "Pile",
    "Fill Power",
    "Opacity",
    "Cut",
    "Ring Size",
    "Pitch",
    "Bore",
    "Duty Cycle",
    "Rim",
    "Foot",
    "Grain",
    "Range",
    "Mode",
    "Beam Angle",
    "Lead Time",
    "Stack Height",
    "Channel",
    "Grade",
    "Series",
    "Class",
    "Edition",
    "Rating",
    "Level",
    "Phase",
    "Mount",
    "Socket",
    "Tolerance",
    "Roast",
    "Vintage",
    "Serving",
    "Ply",
    "Weave",
    "Coverage",
    "Layout",
    "Sensor",
    "Memory",
    "Battery",
    "Screen",
    "Resolution",
    "Language",
    "Author",
    "Sleeve",
    "Neckline",
    "Heel",
    "Season",
    "Care",
    "Certification",
    "Condition",
    "Year",
]
_CONTAINERS = {
    "dairy": ("carton", "tub", "pack"),
    "drinks": ("bottle", "carton", "can"),
    "pantry": ("jar", "bag", "pack", "tin"),
    "snacks": ("bag", "pack"),
    "sweets": ("bag", "box"),
    "breakfast": ("box", "pack"),
    "coffee_tea": ("bag", "box"),
    "pet_food": ("bag", "tin"),
}
_PLURAL_CONTAINERS = {"fruit": ("bag", "net"), "vegetables": ("bag", "bunch"), "bottoms": ("pair",), "shoes": ("pair",)}
_CONTAINER = re.compile(r"^(?:carton|tub|pack|bottle|can|jar|bag|tin|box|net|bunch|pair|set|punnet|packet) of ")
inflector = inflect.engine()
T = TypeVar("T")


@dataclass(frozen=True)
class Sample:
    """A product with what the composer must know of it: its category, its number, and where pieces came from.

    `origin` maps a free-text value to the lexicon key it was drawn from ("qualities", "features", "verbs").
    """

    product: Product
    category: Category
    plural: bool
    origin: dict[str, str] = field(default_factory=dict)
    brands: tuple[str, ...] = ()


def draw(rng: random.Random) -> Sample:
    """One synthetic product."""
    categories = load_lexicon()
    category = categories[GENERIC] if rng.random() < 0.06 else rng.choice(list(categories.values()))
    plural, noun = _noun(rng, category)
    if rng.random() < 0.05:  # an unknown word must lead to copy that suits anything
        noun = _invented_word(rng) + rng.choice(("", " " + noun.split()[-1] if category.name == GENERIC else ""))
        category, plural, noun = categories[GENERIC], False, noun.strip()
    origin: dict[str, str] = {}
    maker = brand(rng)
    if rng.random() < 0.6:
        text = _structured(rng, category, noun, maker, origin)
    else:
        container = _container(rng, category, plural)
        text = _free_text(rng, category, noun, maker, origin, container)
        plural = plural and not container
    keywords = draw_keywords(rng, category, noun)
    return Sample(Product.parse(text[:500], ", ".join(keywords)), category, plural, origin, (maker,))


def _container(rng: random.Random, category: Category, plural: bool) -> str:
    """What a product is held in, as captions of photos say it, or an empty string."""
    holders = (_PLURAL_CONTAINERS if plural else _CONTAINERS).get(
        category.name, ("pack", "pair", "set") if plural else ()
    )
    return rng.choice(holders) if holders and rng.random() < (0.5 if len(holders) < 3 else 0.2) else ""


def draw_keywords(rng: random.Random, category: Category, noun: str) -> list[str]:
    """None to four keywords."""
    keywords: list[str] = []
    for _ in range(rng.choices((0, 1, 2, 3, 4), (3, 3, 4, 2, 1))[0]):
        # People type what they like: the trade is told by what the product is, not by what it is searched for.
        trade = category if rng.random() < 0.7 else rng.choice(list(load_lexicon().values()))
        word = _keyword(rng, trade, noun)
        if not any(word in other or other in word for other in keywords):
            keywords.append(word)
    return keywords


@cache
def real_attribute_sets(file: Path) -> tuple[dict[str, object], ...]:
    """The records of the JSON Lines file, in its order."""
    return tuple(json.loads(line) for line in file.read_text().splitlines() if line.strip())


def held_out(record: dict[str, object]) -> bool:
    """Whether a real attribute set is kept for evaluation: those whose id divides by five."""
    return int(str(record["id"])) % 5 == 0


def real_sample(rng: random.Random, record: dict[str, object]) -> Sample:
    """A real attribute set, at times with attributes left out or in another order, as input."""
    pairs = list(dict(record["attributes"]).items())  # type: ignore[call-overload]
    if rng.random() < 0.5:
        rng.shuffle(pairs)
    if len(pairs) > 3 and rng.random() < 0.4:
        pairs = pairs[: rng.randint(3, len(pairs))]
    text = "; ".join(f"{name}: {value}" for name, value in pairs)[:500]
    noun = next((value for name, value in pairs if name == "Product Type"), "product")
    category = category_of(noun)
    keywords = draw_keywords(rng, category, noun.lower())
    return Sample(Product.parse(text, ", ".join(keywords)), category, is_plural(noun))


def category_of(noun: str) -> Category:
    """The category that knows the last words of `noun` (the longest match), or the generic one."""
    head = re.split(r" (?:for|with|of|in) |[(]", _CONTAINER.sub("", noun.lower()))[0]
    found = (_category_of_phrase(phrase) for phrase in reversed(re.split(r"[,/]", head)))
    return load_lexicon()[next((name for name in found if name), GENERIC)]


def _category_of_phrase(phrase: str) -> str | None:
    words = re.findall(r"[a-z'&-]+", phrase)
    matches = (_noun_index().get(" ".join(words[start:])) for start in range(len(words)))
    return next((name for name in matches if name), _head_index().get(words[-1] if words else ""))


def is_plural(noun: str) -> bool:
    """Whether the head of a product type is plural, judged by its last letters."""
    head = re.split(r" (?:for|with|of|in) |[/(,]", noun.lower())[0].split()
    last = head[-1] if head else ""
    return last.endswith("s") and not last.endswith(("ss", "us", "is")) and last not in {"series", "lens", "glass"}


@cache
def _noun_index() -> dict[str, str]:
    """Noun, singular and plural, to the name of its category; a noun of two categories goes to the first."""
    index: dict[str, str] = {}
    for name, category in load_lexicon().items():
        for noun in (*category.nouns, *category.plural_nouns):
            for form in (noun, plural_of(noun)):
                index.setdefault(form.lower(), name)
    return index


@cache
def _head_index() -> dict[str, str]:
    """Last word of a noun to the category that uses it most, where one clearly does."""
    counts: dict[str, Counter[str]] = {}
    for name, category in load_lexicon().items():
        for noun in (*category.nouns, *category.plural_nouns):
            for form in {noun.split()[-1], plural_of(noun).split()[-1]}:
                counts.setdefault(form.lower(), Counter())[name] += 1
    leaders = {word: count.most_common(1)[0] for word, count in counts.items()}
    return {word: name for word, (name, times) in leaders.items() if times >= max(2, 0.6 * counts[word].total())}


@cache
def plural_of(noun: str) -> str:
    """The plural of a product type."""
    return str(inflector.plural_noun(noun)) if not is_plural(noun) else noun


def _noun(rng: random.Random, category: Category) -> tuple[bool, str]:
    if category.plural_nouns and rng.random() < 0.15:
        return True, rng.choice(category.plural_nouns)
    noun = rng.choice(category.nouns)
    return (True, plural_of(noun)) if rng.random() < 0.25 else (is_plural(noun), noun)


def _structured(rng: random.Random, category: Category, noun: str, maker: str, origin: dict[str, str]) -> str:
    pairs = [] if rng.random() < 0.04 else [(rng.choice(_TYPE_NAMES), _cased(rng, noun))]
    if rng.random() < 0.65:
        pairs.append((rng.choice(_BRAND_NAMES), maker))
    pairs += [(name, rng.choice(values)) for name, values in _some(rng, list(category.attributes.items()), 0, 5)]
    pairs += _common(rng, category)
    if rng.random() < 0.25:
        names = rng.sample(_ODD_NAMES, rng.randint(1, 3))
        pairs += [(name, rng.choice((_measure(rng), _invented_word(rng), _code(rng), "yes", "No"))) for name in names]
    if rng.random() < 0.15:
        pairs.append((_cased(rng, rng.choice(category.qualities)), rng.choice(("Yes", "yes", "No", "no"))))
    if rng.random() < 0.15:
        pairs.append((rng.choice(("Features", "Feature", "Details")), rng.choice(category.features)))
    if rng.random() < 0.5:
        rng.shuffle(pairs)
    seen: set[str] = set()
    pairs = [pair for pair in pairs if not (pair[0].lower() in seen or seen.add(pair[0].lower()))]  # type: ignore[func-returns-value]
    colon, joint = rng.choice((": ", ": ", ":", " = ")), rng.choice(("; ", "; ", "\n", ", ", "; "))
    pieces = [f"{name}{colon}{value}" for name, value in pairs]
    if rng.random() < 0.12 and joint != ", ":
        pieces += _pieces(rng, category, origin)[:2]
    return joint.join(pieces)


def _common(rng: random.Random, category: Category) -> list[tuple[str, str]]:
    """Attributes that products of any category have."""
    pairs: list[tuple[str, str]] = []
    if rng.random() < 0.45 and _has(category, "colou?r"):
        pairs.append((rng.choice(("Color", "Colour", "Color(s)", "color")), _colour(rng)))
    if rng.random() < 0.25 and _has(category, "material|fabric"):
        pairs.append((rng.choice(("Material", "material")), _cased(rng, rng.choice(_MATERIALS))))
    if rng.random() < 0.35:
        unit = rng.choice(_UNITS)
        names = rng.sample(("Height", "Width", "Depth", "Length"), rng.choice((1, 2, 2, 3)))
        pairs += [(name, _number(rng) + unit) for name in names]
    if rng.random() < 0.5:
        pairs += [(name, _code(rng)) for name in rng.sample(_CODE_NAMES, rng.choice((1, 1, 2)))]
    if rng.random() < 0.2:
        amount = rng.choice(
            ("12/Pack", "6/Box", "1 each", "100 per Carton", "25/Pack", "Pair", "500/Box", "4", "24 CT")
        )
        pairs.append((rng.choice(("Pack Quantity", "Quantity", "Pack Size")), amount))
    return pairs


def _free_text(
    rng: random.Random, category: Category, noun: str, maker: str, origin: dict[str, str], container: str
) -> str:
    """Pieces as a person lists them, the product first; `container` ("carton", "pair") holds it unless empty."""
    phrase = noun
    if rng.random() < 0.3 and _has(category, "material|fabric"):
        phrase = f"{rng.choice(_MATERIALS)} {phrase}"
    if rng.random() < 0.4 and _has(category, "colou?r"):
        phrase = f"{rng.choice(COLOURS)} {phrase}"
    elif rng.random() < 0.3:
        phrase = f"{rng.choice(category.qualities)} {phrase}"
    if rng.random() < 0.15:
        phrase = f"{maker} {phrase}"
    if rng.random() < 0.12:
        phrase = f"{phrase} with {rng.choice(category.features)}"
    if container:
        phrase = f"{container} of {phrase}"
    if rng.random() < 0.35:
        phrase = _cased(rng, phrase)
    if rng.random() < 0.12:
        phrase = f"{inflector.a(phrase)}"
    pieces = [] if rng.random() < 0.2 else _pieces(rng, category, origin)
    joint = rng.choice((", ", ", ", ", ", "; ", "\n", ". "))
    if joint == ". ":
        pieces = [piece[:1].upper() + piece[1:] for piece in pieces]
    return joint.join([phrase, *pieces])


def _pieces(rng: random.Random, category: Category, origin: dict[str, str]) -> list[str]:
    pool = [(piece, "qualities") for piece in _some(rng, list(category.qualities), 0, 2)]
    pool += [(piece, "features") for piece in _some(rng, list(category.features), 0, 3)]
    pool += [(piece, "verbs") for piece in _some(rng, list(category.verbs), 0, 1)]
    extra = rng.random()
    if extra < 0.25:
        pool.append((f"for {rng.choice((*category.audiences, *category.uses))}", "for"))
    elif extra < 0.4 and _has(category, "material|fabric"):
        pool.append((f"made of {rng.choice(_MATERIALS)}", "made"))
    elif extra < 0.55:
        pool.append((f"with {rng.choice(category.features)}", "with"))
    if rng.random() < 0.35:
        pool.append(
            (rng.choice(COLOURS) if _has(category, "colou?r") and rng.random() < 0.5 else _measure(rng), "measure")
        )
    if rng.random() < 0.04:
        clause = rng.choice(("it is", "you can use it as", "we think it is", "customers call it"))
        pool.append((f"{clause} {inflector.a(rng.choice(category.qualities) + ' companion')}", "clause"))
    rng.shuffle(pool)
    pieces = [piece[:1].upper() + piece[1:] if rng.random() < 0.15 else piece for piece, _ in pool]
    for piece, (_, key) in zip(pieces, pool, strict=True):
        origin[piece.lower()] = key
    return pieces


def _has(category: Category, names: str) -> bool:
    """Whether products of the category come with such an attribute."""
    return category.name == GENERIC or any(re.search(names, name, re.IGNORECASE) for name in category.attributes)


def _keyword(rng: random.Random, category: Category, noun: str) -> str:
    choice = rng.random()
    if choice < 0.12:
        return f"for {rng.choice((*category.audiences, *category.uses))}"
    if choice < 0.5:
        return rng.choice(category.keywords)
    if choice < 0.65:
        return rng.choice(category.qualities)
    if choice < 0.75:
        return f"{rng.choice(category.qualities)} {noun}"
    if choice < 0.83:
        return f"{noun} for {rng.choice(category.audiences)}"
    if choice < 0.91:
        return rng.choice((*category.nouns, *category.plural_nouns))
    return rng.choice(category.uses)


def brand(rng: random.Random) -> str:
    """An invented brand name: most are one or two words, some carry initials or a partner."""
    name = _invented_word(rng).capitalize()
    other = _invented_word(rng).capitalize()
    forms = (
        name,
        name,
        name,
        f"{name} {other}",
        f"{name} & {other}",
        f"{name[:3].upper()}",
        f"{name}-{other}",
        f"{name} Co.",
        f"{name} Home",
        f"{name[0]}.{other[0]}. {name}",
        f"{name} {rng.randint(1, 99)}",
        f"{name}'s",
        f"{name} Studio",
        name.upper(),
        f"{name}{other}",
    )
    return rng.choice(forms)


def _invented_word(rng: random.Random) -> str:
    word = "".join(rng.choice(_SYLLABLES) for _ in range(rng.choice((2, 2, 3))))
    return word + rng.choice(("", "", "n", "s", "x", "r", "tt", "m"))


def _code(rng: random.Random) -> str:
    """A part number, model number or bar code."""
    letters, digits = string.ascii_uppercase, string.digits
    patterns = (
        "LLLddddd",
        "dddddd-LDd",
        "ddddddddddddd",
        "dddddddddddd",
        "LLddd",
        "LL-ddd",
        "dddd",
        "LdddL",
        "LLLdddddLL",
        "ddLdddd",
        "LL-ddd-dd",
        "d-ddd-dddd",
        "LLLLdddd/L",
        "ddd.dd",
        "LLd dddL",
    )
    spelled = rng.choice(patterns)
    return "".join(rng.choice(letters if c in "LD" else digits) if c.isalpha() else c for c in spelled)


def _number(rng: random.Random) -> str:
    whole = str(rng.randint(1, 99))
    return rng.choice(
        (
            whole,
            whole,
            f"{whole}.{rng.randint(1, 9)}",
            f"{whole} {rng.choice(('1/2', '3/4', '7/8', '1/4', '3/16'))}",
            f"{whole}-1/2",
            rng.choice(("1/2", "3/4", "7/16")),
        )
    )


def _measure(rng: random.Random) -> str:
    return rng.choice(_MEASURES) if rng.random() < 0.6 else _number(rng) + rng.choice(_UNITS[1:])


def _colour(rng: random.Random) -> str:
    colours = rng.sample(COLOURS, 2)
    value = rng.choice(
        (
            colours[0],
            colours[0],
            colours[0],
            f"{colours[0]}/{colours[1]}",
            f"{colours[0]} and {colours[1]}",
            "assorted",
            f"light {colours[0]}",
            f"dark {colours[0]}",
            f"{colours[0]}, {colours[1]}",
            "multicolor",
        )
    )
    return _cased(rng, value)


def _cased(rng: random.Random, text: str) -> str:
    return rng.choices(
        (text, text.title().replace("'S", "'s"), text[:1].upper() + text[1:], text.upper()), (5, 4, 3, 0.4)
    )[0]


def _some(rng: random.Random, items: list[T], low: int, high: int) -> list[T]:
    return rng.sample(items, min(len(items), rng.randint(low, high)))
