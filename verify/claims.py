"""Words that claim a property of a product. A text may use one only where the input does.

Each is the beginning of a word, and a fault unless some word of the input begins likewise. Left out are words that say
nothing about the product as often as not (light, gold, best).
"""

import re

from verify.spellings import word_forms

MATERIALS = """acrylic alumin bamboo brass bronze canvas cashmere ceramic chiffon copper cork cotton denim elastane
faux fleece granite leather linen marble mahogany microfib neoprene nylon oak pewter pinewood plastic plywood polycarb
polyester polypropyl polyurethan porcelain rattan rayon rubber satin silicone silk spandex stainless steel stoneware
suede teak titanium velvet vinyl viscose walnut wicker wood wool zinc"""
COLOURS = """beige black blue brown burgundy charcoal crimson cyan fuchsia green grey gray indigo ivory khaki lavender
lilac magenta maroon mauve navy ochre orange pink purple red teal turquoise violet white yellow"""
ORIGINS = """africa america australia austria belgi brazil britain british canad china chinese denmark danish dutch
england europe france french german greece india ital japan korea mexic norw poland portug scandinav scotland scottish
spain spanish swed swiss switzerland taiwan thai turk vietnam"""
PROMISES = """allergen approv award bpa certif cruelty dermatolog eco fda guarant hand- handcraft handmade hypoallergen
iso kosher halal lifetime medical vegan vegetarian gluten nontoxic organic patent recycl refund refurbish sustainab
tested toxic vintage warrant biodegrad compostab"""
ABILITIES = """antibacter bluetooth cordless dimmab dishwasher fireproof flameretard machine-wash machine-washable
microwave noise-cancel rechargeab reversib rustproof scratch-resist shatter shockproof stain-resist wireless waterproof
water-resist weatherproof windproof wrinkle automat resist adjustab removab foldab stackab washab"""
PATTERNS = """camouflage floral gingham herringbone houndstooth leopard paisley plaid polka striped tartan tie-dye"""
EFFECTS = """anti-ag antiag detox healing painkill painless pain-relie relie slimming therap"""
TRADE = """discount shipping delivery refund sale price bestsell free money"""

_LIKENESS = r"[ -]?(?:look|like|style|effect|free)\b"
_SO_TO_SPEAK = rf"(?!ette|tone|wood|mix|y\b|{_LIKENESS})"
"""Behind a word that is not meant then: leatherette is no leather, a marble effect no marble."""
_WORD = re.compile(rf"([^\W\d_][\w-]*)(?=({_LIKENESS})?)", re.IGNORECASE)


_WHAT_IT_IS = (MATERIALS, COLOURS, ORIGINS)
_WHAT_IT_DOES = (PATTERNS, PROMISES, ABILITIES, EFFECTS, TRADE)


def _beginnings(*groups: str) -> re.Pattern[str]:
    stems = sorted((stem for group in groups for stem in group.split()), key=len, reverse=True)
    return re.compile(rf"({'|'.join(stems)})[\w-]*", re.IGNORECASE)


_CLAIM, _PROMISE = _beginnings(*_WHAT_IT_IS, *_WHAT_IT_DOES), _beginnings(*_WHAT_IT_DOES)


def unsupported_claims(text: str, given: str) -> tuple[str, ...]:
    """Words of `text` that claim what no word of `given` does, in the order of the text."""
    return _unsupported(text, given, _CLAIM)


def unsupported_promises(text: str, given: str) -> tuple[str, ...]:
    """Those of them that are no material, colour or country."""
    return _unsupported(text, given, _PROMISE)


def _unsupported(text: str, given: str, claim: re.Pattern[str]) -> tuple[str, ...]:
    known = given.casefold()
    found = []
    for word, likeness in _WORD.findall(text):
        match = claim.fullmatch(word)
        same = re.escape(f"{word}{likeness}".casefold().replace("-", " "))
        if not match or re.search(rf"\b{same}\b{_SO_TO_SPEAK}", known.replace("-", " ")):
            continue
        begun = rf"(?<![^\W\d_])(?:{match[1]}|{word_forms(match[1].casefold())}){_SO_TO_SPEAK}"
        if not re.search(begun, known, re.IGNORECASE):
            found.append(word)
    return tuple(dict.fromkeys(found))
