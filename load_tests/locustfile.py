"""Shops that ask for descriptions: three by text, one of them as it is written, to one by photo and one whole listing.

    locust -f load_tests/locustfile.py --headless --host http://127.0.0.1:3000 -u 8 -r 8 -t 60s

Ends with status 1 if any request failed.
"""

import io
import random

from locust import HttpUser, between, task
from PIL import Image

KINDS = ("mug", "shirt", "lamp", "backpack", "notebook", "kettle")
COLOURS = ("blue", "white", "dark green", "oak", "red", "steel")


def photo(colour: tuple[int, int, int]) -> bytes:
    """A JPEG of one colour, 640 x 480."""
    buffer = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(buffer, "JPEG")
    return buffer.getvalue()


def product() -> dict[str, str]:
    """A product with a number of its own, so that no cache could answer."""
    kind, colour = random.choice(KINDS), random.choice(COLOURS)  # noqa: S311
    number = random.randrange(10**6)  # noqa: S311
    return {
        "attributes": f"Type: {kind}; Colour: {colour}; Part number: PN-{number:06d}",
        "keywords": f"{kind}, gift",
    }


class Shop(HttpUser):
    """One caller who reads each answer for a moment before asking again."""

    wait_time = between(0.1, 1)

    @task(2)
    def describe_attributes(self) -> None:
        """The answer as a whole."""
        self.client.post("/generate-description/", json=product())

    @task(1)
    def follow_a_description(self) -> None:
        """The answer as it is written, which can fail after its status."""
        with self.client.post("/generate-description/stream/", json=product(), catch_response=True) as answer:
            if answer.ok and "event: done\n" not in answer.text:
                answer.failure(answer.text[-500:])

    @task(1)
    def write_listing(self) -> None:
        """All fields of one product."""
        kind, colour = random.choice(KINDS), random.choice(COLOURS)  # noqa: S311
        self.client.post("/generate-listing/", json={"attributes": f"Type: {kind}; Colour: {colour}"})

    @task(1)
    def describe_photo(self) -> None:
        """A photo that differs from the last."""
        colour = (random.randrange(256), random.randrange(256), random.randrange(256))  # noqa: S311
        files = {"image": ("photo.jpg", photo(colour), "image/jpeg")}
        self.client.post("/generate-from-image/", files=files, data={"keywords": "gift"})
