"""Logs: one JSON line per request, on standard error, with the request id that the answer carries."""

import logging
import sys

from pythonjsonlogger.json import JsonFormatter

LOGGER = "product_description_generator"


def configure_logging() -> None:
    """Send the service's own log to standard error as JSON lines; safe to call more than once."""
    logger = logging.getLogger(LOGGER)
    if logger.handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonFormatter("%(asctime)s %(levelname)s %(message)s", rename_fields={"asctime": "time", "levelname": "level"})
    )
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
