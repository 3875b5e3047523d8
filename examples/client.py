"""All routes through BentoML's Python client, and how to read an error: `python examples/client.py [URL]`."""

import asyncio
import json
import sys
from pathlib import Path

import bentoml

PHOTO = Path(__file__).resolve().parents[1] / "tests" / "fixtures" / "photos" / "dress.jpg"


def describe(url: str) -> None:
    """Describe a product from its attributes, write its whole listing, name what a photo shows and describe it."""
    with bentoml.SyncHTTPClient(url) as client:
        answer = client.generate_description(
            attributes="Brand: Lumo; Product Type: Desk Lamp; Colour: black", keywords="home office"
        )
        print(answer["description"])
        print("complete" if answer["complete"] else f"misses {answer['missing']}")
        listing = client.generate_listing(
            attributes="Brand: Lumo; Product Type: Desk Lamp; Colour: black", tone="plain"
        )
        print(listing["title"], *listing["bullets"], listing["meta_description"], sep="\n")
        seen = client.caption_image(image=PHOTO)
        print("a photo of", seen["caption_guess"] or seen["caption"])
        photo = client.generate_from_image(image=PHOTO, keywords="summer")
        print(photo["caption"], "->", photo["description"])


def follow(url: str) -> None:
    """Print a description as it is written: server-sent events, in pieces as the network cuts them."""
    with bentoml.SyncHTTPClient(url) as client:
        rest = ""
        for piece in client.stream_description(attributes="Brand: Lumo; Product Type: Desk Lamp; Colour: black"):
            *events, rest = (rest + piece).split("\n\n")
            for event in events:
                name, data = (line.split(": ", 1)[1] for line in event.split("\n"))
                answer = json.loads(data)
                match name:
                    case "token":
                        print(answer["text"], end="", flush=True)
                    case "restart":
                        print("\nrather:", answer["text"], end="", flush=True)
                    case "done":
                        print("\ncomplete" if answer["complete"] else f"\nmisses {answer['missing']}")
                    case "error":
                        print(f"\n{answer['status']} {answer['detail']}")


def read_an_error(url: str) -> None:
    """The client raises its exception with the status; the problem details are in its message."""
    with bentoml.SyncHTTPClient(url) as client:
        try:
            client.generate_description(attributes="x")
        except bentoml.exceptions.BentoMLException as error:
            message = str(error)
            problem = json.loads(message[message.index("{") :])
            print(error.error_code.value, problem["errors"][0]["field"], problem["errors"][0]["reason"])


async def describe_many(url: str, products: list[str]) -> None:
    """Several products at once: the runner writes them in batches."""
    async with bentoml.AsyncHTTPClient(url) as client:
        answers = await asyncio.gather(*(client.generate_description(attributes=product) for product in products))
        for answer in answers:
            print(answer["description"])


def main() -> None:
    """Run all four against the service at the given address."""
    url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:3000"
    describe(url)
    follow(url)
    read_an_error(url)
    asyncio.run(describe_many(url, ["red cotton scarf, 180 cm", "wooden chess set, 32 pieces"]))


if __name__ == "__main__":
    main()
