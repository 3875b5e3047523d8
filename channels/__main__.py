"""Check a text against a channel: `python -m channels etsy title "Oak & ash bowl"`; exit status 1 at a broken rule."""

import argparse
import json
import sys

from channels.checks import check_rules
from channels.rules import read_channel
from contracts.brief import CHANNEL_NAMES, FIELD_NAMES


def main() -> int:
    """Command line; writes the rules, or how they are kept, as JSON. Bullets and tags are one argument each."""
    parser = argparse.ArgumentParser(description="The rules of marketplaces, and what a text breaks of them.")
    parser.add_argument("channel", nargs="?", choices=CHANNEL_NAMES)
    parser.add_argument("field", nargs="?", choices=FIELD_NAMES)
    parser.add_argument("text", nargs="*")
    arguments = parser.parse_args()
    channels = [read_channel(name) for name in CHANNEL_NAMES if arguments.channel in (None, name)]
    if not arguments.field:
        sys.stdout.write(json.dumps([channel.model_dump(mode="json") for channel in channels], indent=2) + "\n")
        return 0
    found = check_rules(channels[0], arguments.field, arguments.text)
    sys.stdout.write(json.dumps([one.model_dump(mode="json") for one in found], indent=2) + "\n")
    return int(any(one.hinders for one in found))


if __name__ == "__main__":
    raise SystemExit(main())
