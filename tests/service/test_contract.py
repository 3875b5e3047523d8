"""The contract of the first version, and what was added to it, on a real server."""

import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from contracts.brief import CHANNEL_NAMES, FIELD_NAMES
from operations.http.openapi import document
from tests.conftest import ROOT, Server
from tests.service.conftest import CANARY, CAPTION, LISTING, LISTINGS, PHOTO, REPLAY, TEXT

pytestmark = pytest.mark.slow
MUG = {"attributes": "Brand: Acme; Type: mug; Size: 350 ml", "keywords": "mug, gift"}
CHECKS = ["length", "attributes", "keywords", "numbers", "binding", "names", "claims", "plain text", "sentences"]


def test_attributes_become_a_description_that_says_what_it_lacks(client: httpx.Client) -> None:
    """A random checkpoint writes nothing usable, so an answer that looked fine would be composed by code."""
    answer = client.post(TEXT, json=MUG)
    body = answer.json()
    assert answer.status_code == 200
    assert isinstance(body["description"], str)
    assert body["complete"] is False
    assert "Acme" in body["missing"]
    assert set(body["dvc_hashes"]) == {"text", "vision"}
    assert body["engine"].split()[0] == "transformers"
    assert [check["name"] for check in body["checks"]] == CHECKS
    assert {check["name"]: check["status"] for check in body["checks"]}["attributes"] == "failed"


def test_what_is_not_asked_for_is_named_with_the_reason(client: httpx.Client) -> None:
    """A fact that no sentence could quote is accepted and told to the model, but not required."""
    long = " ".join(["very"] * 30) + " old"
    body = client.post(TEXT, json={"attributes": f"Type: mug; Story: {long}"}).json()
    (left_out,) = body["left_out"]
    assert (left_out["kind"], left_out["value"]) == ("fact", long)
    assert "25 words" in left_out["reason"]
    assert long not in body["missing"]


def test_a_seed_repeats_the_answer(client: httpx.Client) -> None:
    """Every answer can be replayed."""
    first, second = (client.post(TEXT, json={**MUG, "seed": 7}).json() for _ in range(2))
    assert first == second


def test_records_become_the_fields_asked_for_and_locked_ones_stay(client: httpx.Client) -> None:
    """A field is written again by itself: the others are locked, judged, and answered as they are."""
    kept = ["mug", "Acme", "350 ml", "gift"]
    asked = {
        "attributes": {"Brand": "Acme", "Type": "mug", "Size": {"value": 350, "unit": "ml"}, "Material": None},
        "keywords": [{"text": "gift", "priority": 2}],
        "channel": "etsy",
        "fields": ["title"],
        "locked": {"tags": kept},
        "variants": 2,
        "seed": 3,
    }
    answer = client.post(LISTINGS, json=asked)
    body = answer.json()
    assert answer.status_code == 200, body
    assert [one["seed"] for one in body["listings"]] == [3, 4] and body["channel"] == "etsy"
    assert all(list(one["fields"]) == ["title", "tags"] for one in body["listings"])
    title, tags = (body["listings"][0]["fields"][name] for name in ("title", "tags"))
    assert tags["locked"] and tags["items"] == kept and tags["complete"]
    assert not title["locked"] and title["tokens"] > 0 and not title["complete"] and body["status"] == "needs_review"
    assert [(one["asks"], one["about"]) for one in body["questions"]] == [("value", "Material")]
    assert client.post(LISTINGS, json=asked).json() == body


def test_a_deterministic_listing_is_written_again_the_same_beside_others(client: httpx.Client) -> None:
    """What crosses the wire is enough to write it again, and what was changed is named."""
    asked = {"attributes": {"Brand": "Acme", "Type": "mug"}, "fields": ["title", "tags"], "deterministic": True}
    with ThreadPoolExecutor(4) as pool:
        beside = [pool.submit(client.post, LISTINGS, json={**asked, "seed": seed}) for seed in range(4)]
        body = client.post(LISTINGS, json={**asked, "seed": 5}).json()
        texts = {name: field["text"] for name, field in body["listings"][0]["fields"].items()}
        replay = {"request": {**asked, "seed": 5}, "texts": texts, "provenance": {**body, "engine": "another 1"}}
        answer = client.post(REPLAY, json=replay)
        assert all(one.result().status_code == 200 for one in beside)
    assert answer.status_code == 200, answer.json()
    assert answer.json()["same"] and answer.json()["differs"] == ["engine"]
    assert answer.json()["decoding"] == body["decoding"] and body["decoding"]["alone"] is True
    changed = client.post(REPLAY, json={**replay, "texts": {"title": "Another title"}}).json()
    assert not changed["same"] and changed["fields"]["title"]["text"] == texts["title"]


def test_a_language_that_the_checkpoint_does_not_write_is_refused_by_name(client: httpx.Client) -> None:
    answer = client.post(LISTINGS, json={"attributes": {"Type": "Becher"}, "language": "de"})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == "language" and error["reason"].startswith("de ") and "writes en" in error["reason"]


def test_a_listing_has_every_field_and_says_what_each_lacks(client: httpx.Client) -> None:
    """Each field is asked for, checked and answered for itself, and a seed repeats them all."""
    answer = client.post(LISTING, json={**MUG, "tone": "plain", "seed": 3})
    body = answer.json()
    assert answer.status_code == 200, body
    assert isinstance(body["bullets"], list) and isinstance(body["tags"], list)
    assert all(isinstance(body[field], str) for field in FIELD_NAMES if field not in ("bullets", "tags"))
    assert set(body["checks"]) == set(body["evidence"]) == set(FIELD_NAMES)
    assert body["complete"] is False and body["tone"] == "plain"
    again = client.post(LISTING, json={**MUG, "tone": "plain", "seed": 3}).json()
    assert again == body


def test_a_listing_keeps_the_rules_of_its_channel_or_says_which_it_breaks(client: httpx.Client) -> None:
    body = client.post(LISTING, json={**MUG, "channel": "etsy", "seed": 3}).json()
    assert body["channel"] == "etsy"
    rules = {check["name"]: check for check in body["checks"]["tags"]}
    assert rules["channel"]["severity"] == "hard"
    assert (rules["channel"]["status"] == "passed") == all(len(tag) <= 20 for tag in body["tags"])


def test_the_channels_and_their_rules_can_be_read(client: httpx.Client) -> None:
    channels = {channel["name"]: channel for channel in client.get("/v1/channels").json()["channels"]}
    assert set(channels) == set(CHANNEL_NAMES)
    assert {rule["most"] for rule in channels["ebay"]["rules"] if rule["field"] == "title"} == {80}


@pytest.mark.parametrize("path", [TEXT, LISTING])
def test_an_unknown_tone_is_refused_with_the_known_ones(client: httpx.Client, path: str) -> None:
    answer = client.post(path, json={**MUG, "tone": "shouting"})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == "tone" and error["reason"] == "must be 'plain' or 'lively'"


def test_drafts_are_shown_where_they_are_asked_for(client: httpx.Client) -> None:
    """All candidates, the one that was served among them."""
    assert client.post(TEXT, json=MUG).json()["drafts"] == []
    answer = client.post(TEXT, json={**MUG, "seed": 7, "drafts": True}).json()
    assert len(answer["drafts"]) == answer["attempts"] == 2
    assert answer["description"] in answer["drafts"]


def test_a_photo_becomes_a_caption_and_a_description(client: httpx.Client, photo: bytes) -> None:
    """The caption comes from the captioner, with its confidence; the label of the upload does not matter."""
    answer = client.post(PHOTO, files={"image": ("x.eps", photo, "image/jpg")}, data={"keywords": "123"})
    body = answer.json()
    assert answer.status_code == 200, body
    assert body["caption"] and body["caption_guess"] is None
    assert 0 <= body["caption_confidence"] <= 1
    assert "123" in body["missing"]


def test_a_photos_caption_can_be_had_before_anything_is_written(client: httpx.Client, photo: bytes) -> None:
    """It is the one that a description of the photo is written from, so that a person can correct it first."""
    answer = client.post(CAPTION, files={"image": ("x.eps", photo, "image/jpg")}, data={"tone": "shouting"})
    body = answer.json()
    assert answer.status_code == 200, body
    written = client.post(PHOTO, files={"image": photo}).json()
    body["caption_confidence"] = pytest.approx(body["caption_confidence"])
    assert {name: written[name] for name in body} == body
    assert set(body) == {"caption", "caption_confidence", "caption_guess", "vision_model", "dvc_hashes"}


def test_a_callers_caption_takes_the_captioners_place(client: httpx.Client, photo: bytes) -> None:
    """A shop that knows what the photo shows need not accept a guess."""
    for caption in ("A blue mug", "ox"):
        form = {"caption": caption, "keywords": ""}
        body = client.post(PHOTO, files={"image": photo}, data=form).json()
        assert (body["caption"], body["caption_confidence"], body["caption_guess"]) == (caption, None, None)
    refused = client.post(PHOTO, files={"image": photo}, data={"caption": "x"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "caption")


@pytest.mark.parametrize("path", [TEXT, TEXT.rstrip("/")])
def test_a_trailing_slash_changes_nothing(client: httpx.Client, path: str) -> None:
    """A redirect would turn some clients' POST into a GET."""
    assert client.post(path, json=MUG).status_code == 200


def test_root_and_health_name_the_models(client: httpx.Client) -> None:
    """The first version's fields, with the hashes under which the checkpoints are pinned."""
    welcome, health = client.get("/").json(), client.get("/health").json()
    assert welcome["message"] == "Welcome to the Product Description Generator API!"
    assert (health["status"], health["models_loaded"]) == ("healthy", True)
    info = welcome["model_info"]
    assert health["model_metadata"] == info
    assert info["dvc_tracked"] is True
    assert {"vision_model", "language_model", "deployed_at", "dvc_hashes", "bento_tag"} <= set(info)


def test_a_browser_gets_the_page_and_its_files(client: httpx.Client) -> None:
    """The page, its script and style are asked for again each time, and cannot load from elsewhere."""
    page = client.get("/", headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.headers["content-type"].startswith("text/html")
    for name in ("app.js", "style.css"):
        file = client.get(f"/static/{name}")
        assert file.status_code == 200
        assert file.headers["cache-control"] == "no-cache"
        again = client.get(f"/static/{name}", headers={"If-None-Match": file.headers["etag"]})
        assert again.status_code == 304
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"


def test_the_api_page_works_without_network(client: httpx.Client) -> None:
    """BentoML's own page loads a tracker from another host."""
    page = client.get("/docs").text
    assert "//" not in page.replace("<!--", "")
    for file in ("swagger-ui.css", "swagger-ui-bundle.js", "start.js"):
        assert f"/docs/{file}" in page
        assert client.get(f"/docs/{file}").status_code == 200


def test_the_api_document_is_the_committed_one(client: httpx.Client) -> None:
    """A change of the public schema is seen in review; `python -m scripts.write_openapi` writes the file."""
    committed = json.loads((ROOT / "openapi.json").read_text())
    assert client.get("/openapi.json").json() == committed == document()


def test_files_outside_the_page_are_not_served(server: Server) -> None:
    """Neither the source nor anything above it."""
    for path in (
        "/static/../service.py",
        "/static/%2e%2e/service.py",
        "/docs/../service.py",
        "/static//etc/passwd",
    ):
        with httpx.Client() as client:
            request = client.build_request("GET", server.url)
            request.url = request.url.copy_with(raw_path=path.encode())
            assert client.send(request).status_code == 404


def test_the_token_in_the_environment_is_nowhere(client: httpx.Client, server: Server) -> None:
    """The first version printed its tokens."""
    paths = ("/", "/health", "/metrics", "/openapi.json", "/schema.json", "/no/such/thing")
    answers = [client.get(path).text for path in paths]
    assert not any(CANARY in text for text in [*answers, server.log.read_text()])
