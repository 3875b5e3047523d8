"""Check a text against a channel: `python -m channels etsy title "Oak & ash bowl"`; exit status 1 at a broken rule."""

import argparse
import json
import sys

from channels.rules import CHANNEL_NAMES, read_channel
from channels.violations import violations
from contracts.brief import FIELD_NAMES


def main() -> int:
    """Command line; writes the rules, or those that are broken, as JSON. Bullets and tags are one argument each."""
    parser = argparse.ArgumentParser(description="The rules of marketplaces, and what a text breaks of them.")
    parser.add_argument("channel", nargs="?", choices=CHANNEL_NAMES)
    parser.add_argument("field", nargs="?", choices=FIELD_NAMES)
    parser.add_argument("text", nargs="*")
    arguments = parser.parse_args()
    channels = [read_channel(name) for name in CHANNEL_NAMES if arguments.channel in (None, name)]
    if not arguments.field:
        sys.stdout.write(json.dumps([channel.model_dump(mode="json") for channel in channels], indent=2) + "\n")
        return 0
    found = violations(channels[0], arguments.field, arguments.text)
    sys.stdout.write(json.dumps([one.model_dump(mode="json") for one in found], indent=2) + "\n")
    return int(any(one.rule.severity == "hard" for one in found))


if __name__ == "__main__":
    raise SystemExit(main())
