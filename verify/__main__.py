"""Check a text against facts: `python -m verify "Brand: Acme; Size: M" "The size is M."`; exit status 1 at a fault."""

import argparse
import json
import sys

from contracts.brief import Fact
from verify.binding import misplaced
from verify.claims import unsupported_claims
from verify.denials import contradicted, unfounded_denials
from verify.names import invented_names
from verify.numbers import invented_numbers


def main() -> int:
    """Command line; writes what no fact supports as JSON, by check."""
    parser = argparse.ArgumentParser(description="What a text says that no fact does.")
    parser.add_argument("facts", help="as pairs: 'Name: value; Name: value'")
    parser.add_argument("text")
    arguments = parser.parse_args()
    given, text = arguments.facts, arguments.text
    pairs = (piece.partition(":") for piece in given.split(";"))
    facts = [Fact(name=name.strip() if value else None, value=(value or name).strip()) for name, _, value in pairs]
    own = {part for fact in facts for part in (fact.name or "", fact.value)}
    found = {
        "numbers": invented_numbers(text, given, own),
        "binding": misplaced(text, facts),
        "names": invented_names(text, given),
        "claims": unsupported_claims(text, given),
        "denials": (*contradicted(text, facts), *unfounded_denials(text, facts)),
    }
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return int(any(found.values()))


if __name__ == "__main__":
    raise SystemExit(main())
