"""`pdg COMMAND`: each command is a module of this folder, with `add` for its arguments and `run` for its work."""

import argparse

from commands import verify


def main() -> int:
    """Run the command that was asked for; its exit status."""
    parser = argparse.ArgumentParser(prog="pdg", description="Product copy that can be checked.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    verify.add(commands)
    arguments = parser.parse_args()
    status: int = arguments.run(arguments)
    return status


if __name__ == "__main__":
    raise SystemExit(main())
