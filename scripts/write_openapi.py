"""Write openapi.json, the committed form of the public schema: `python -m scripts.write_openapi`."""

import json
from pathlib import Path

from operations.http.openapi import document

FILE = Path(__file__).parents[1] / "openapi.json"


def main() -> None:
    """Write the document that the service serves at /openapi.json."""
    FILE.write_text(json.dumps(document(), indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
