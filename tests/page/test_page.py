"""What a person can do on the page, with the mouse, the keyboard, a phone or a screen reader."""

import base64
import json
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Locator, Page, Route, expect

from contracts.brief import FieldName
from operations.http.forms import MAX_SEED
from operations.painted import SOURCE_TYPE
from tests.page.conftest import PHOTOS, OpenPage
from tests.page.listing import COMPLETE, INCOMPLETE, TEXTS

pytestmark = pytest.mark.slow

FACTS = "Type: travel mug; Material: stainless steel; Volume: 350 ml"
HANDED_OVER = """([way, name, data]) => {
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, { type: "image/jpeg" }));
    const options = { dataTransfer: transfer, clipboardData: transfer, bubbles: true, cancelable: true };
    const event = way === "dropped" ? new DragEvent("drop", options) : new ClipboardEvent("paste", options);
    document.getElementById("drop").dispatchEvent(event);
}"""
SURE = {"caption": "a grey felt hat", "caption_confidence": 0.974, "caption_guess": None}

SHOW = """async (answer) => {
    const { showAnswer } = await import("/static/result.js");
    showAnswer(answer, { mode: "text" }, null, 1);
    return [...document.querySelectorAll("#description mark")].map((m) => [m.textContent, m.dataset.source]);
}"""


def write_text(page: Page, facts: str = FACTS, keywords: str = "office, camping") -> None:
    page.get_by_label("Facts about the product").fill(facts)
    page.get_by_label("Keywords", exact=False).first.fill(keywords)
    page.get_by_role("button", name="Write description").click()


def write_listing(page: Page, answer: str, facts: str = FACTS) -> None:
    """Ask for a whole listing, which is answered by `answer`."""
    page.route("**/generate-listing/", lambda route: route.fulfill(body=answer, content_type="application/json"))
    page.get_by_label("Facts about the product").fill(facts)
    page.get_by_label("Whole listing").check()
    page.get_by_role("button", name="Write listing").click()
    expect(page.locator("#listing")).to_be_visible()


def expect_answer(page: Page) -> None:
    """A description; the random checkpoint's may be empty, and what it fails at is not."""
    expect(page.locator("#answer")).to_be_visible()
    expect(page.locator("#checks li")).to_have_count(9)


def choose_photo_mode(page: Page) -> None:
    page.get_by_role("tab", name="Photo").click()


def choose_photo(page: Page, name: str = "hat.jpg") -> None:
    page.locator("#image").set_input_files(PHOTOS / name)
    expect(page.locator("#preview-name")).to_contain_text(name)


def see(page: Page, answer: dict[str, object]) -> None:
    """Let the captioner be as sure as the random one never is."""
    page.route("**/caption-image/", lambda route: route.fulfill(json=answer))


def guessed(page: Page) -> str:
    """What the captioner, which is never sure, takes the chosen photo for."""
    choose_photo_mode(page)
    choose_photo(page)
    expect(page.locator("#guess")).to_be_visible()
    return page.locator("#guess").inner_text().removeprefix("Use “").removesuffix("”")


def hold(page: Page) -> list[Route]:
    """Let the captioner not answer; the requests that wait for it."""
    held: list[Route] = []
    page.route("**/caption-image/", lambda route: held.append(route))
    return held


def release(page: Page, held: list[Route], number: int, answer: dict[str, object]) -> None:
    """Answer the captioner's request of that number, once it is there."""
    while len(held) <= number:
        page.wait_for_timeout(20)
    held[number].fulfill(json=answer)


def shown(page: Page) -> Locator:
    """The field for what the photo shows."""
    return page.get_by_label("What the photo shows")


def written(page: Page) -> list[str]:
    """The requests for a text from now on."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "generate" in request.url else None)
    return sent


def choose_picture_mode(page: Page) -> None:
    page.get_by_role("tab", name="Picture").click()


def seed(page: Page) -> str:
    return page.locator("#about div", has_text="Seed").locator("dd").inner_text()


def test_facts_become_a_description_with_its_checks_and_its_model(page: Page) -> None:
    """The random checkpoint cannot write, so the page must say in words what its text fails at and misses."""
    write_text(page)
    expect_answer(page)
    checks = page.locator("#checks li")
    assert checks.count() == 9
    assert set(checks.locator(".word").all_inner_texts()) <= {"Passed", "Failed"}
    expect(page.locator("#verdict")).to_contain_text("of 9 checks passed")
    expect(page.locator("#incomplete")).to_contain_text("of 9 checks passed")
    expect(page.locator("#missing-list")).to_contain_text("camping")
    expect(page.locator("#about")).to_contain_text("Written by")
    expect(page.locator("#announce")).to_contain_text("Description ready")
    expect(page.locator("#seen")).to_be_hidden()


def test_marked_words_are_the_characters_that_the_service_names_as_evidence(page: Page) -> None:
    """JavaScript counts UTF-16 units: an emoji before a fact would move every mark by one."""
    description = "\U0001f600 A steel mug for the office."
    evidence = [
        {"start": start, "end": start + len(value), "source": source, "number": 1, "value": value}
        for source, value in (("keyword", "office"), ("fact", "steel"))
        for start in [description.index(value)]
    ]
    marks = page.evaluate(SHOW, {"description": description, "evidence": evidence})
    assert marks == [["steel", "fact"], ["office", "keyword"]]


def test_what_was_not_asked_for_is_named_with_the_reason(page: Page) -> None:
    story = " ".join(["long"] * 30)
    write_text(page, facts=f"Type: travel mug; Volume: 350 ml; Story: {story}")
    expect_answer(page)
    (left_out,) = page.locator("#left-out-list li").all_inner_texts()
    assert (
        left_out.startswith("Fact “Story: long long")
        and "longer than the 25 words that a sentence can quote" in left_out
    )
    write_text(page)
    expect(page.locator("#left-out")).to_be_hidden()


def test_a_check_that_did_not_run_says_so(page: Page) -> None:
    """Nobody is to take it for passed."""
    page.evaluate(
        SHOW, {"description": "Steel.", "checks": [{"name": "claims", "status": "not_run", "message": "off"}]}
    )
    assert page.locator("#checks .word").all_text_contents() == ["Not run"]
    assert page.locator("#verdict").text_content() == "0 of 1 checks passed"


def test_the_example_fills_the_form(page: Page) -> None:
    page.get_by_role("button", name="Try an example").click()
    expect(page.get_by_label("Facts about the product")).not_to_be_empty()
    expect(page.locator("#chips li").first).to_be_visible()


def test_write_another_keeps_the_product_and_changes_the_seed(page: Page) -> None:
    write_text(page)
    expect_answer(page)
    first = seed(page)
    with page.expect_request("**/generate-description/stream/") as request:
        page.get_by_role("button", name="Write another").click()
    assert FACTS in (request.value.post_data or "")
    expect_answer(page)
    assert seed(page) != first


@pytest.mark.parametrize("tone", ["Lively", "Plain"])
def test_the_chosen_tone_is_asked_for_and_named_with_the_answer(page: Page, tone: str) -> None:
    page.get_by_label(tone).check()
    with page.expect_request("**/generate-description/stream/") as request:
        write_text(page)
    assert json.loads(request.value.post_data or "")["tone"] == tone.lower()
    expect_answer(page)
    expect(page.locator("#about div", has_text="Tone").locator("dd")).to_have_text(tone)


def test_the_chosen_channel_is_asked_for_and_named_with_the_answer(page: Page) -> None:
    page.get_by_label("Sold on").select_option("eBay")
    with page.expect_request("**/generate-description/stream/") as request:
        write_text(page)
    assert json.loads(request.value.post_data or "")["channel"] == "ebay"
    expect(page.locator("#checks li", has_text="Channel")).to_be_visible()
    expect(page.locator("#about div", has_text="Written for").locator("dd")).to_have_text("eBay")


def test_a_photo_takes_a_tone_but_becomes_no_listing(page: Page) -> None:
    page.get_by_label("Whole listing").check()
    choose_photo_mode(page)
    expect(page.get_by_label("Whole listing")).to_be_hidden()
    page.get_by_label("Plain").check()
    page.locator("#image").set_input_files(PHOTOS / "hat.jpg")
    page.get_by_role("button", name="Write description").click()
    expect_answer(page)
    expect(page.locator("#about div", has_text="Tone").locator("dd")).to_have_text("Plain")


def test_pictures_are_painted_kept_and_passed_on_to_be_described(page: Page) -> None:
    choose_picture_mode(page)
    expect(page.get_by_label("Keywords", exact=False).first).to_be_hidden()
    page.get_by_label("What to paint").fill("a navy t-shirt")
    page.get_by_role("button", name="Paint", exact=True).click()
    expect(page.locator("#pictures img")).to_have_count(2)
    expect(page.locator("#announce")).to_contain_text("2 pictures ready")
    expect(page.locator("#about")).to_contain_text("StableDiffusionPipeline")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download picture 2").click()
    assert SOURCE_TYPE.encode() in download.value.path().read_bytes(), "the file says that a model painted it"
    page.get_by_role("button", name="Describe picture 1").click()
    expect(page.get_by_role("tab", name="Photo")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#preview-name")).to_contain_text("picture-")
    page.get_by_role("button", name="Write description").click()
    expect_answer(page)
    expect(page.locator("#pictures")).to_be_hidden()


def test_a_picture_without_words_of_its_own_is_painted_from_the_facts(page: Page) -> None:
    choose_picture_mode(page)
    page.get_by_role("button", name="Paint", exact=True).click()
    expect(page.locator("#prompt-note")).to_contain_text("is needed")
    page.get_by_role("tab", name="Facts").click()
    page.get_by_label("Facts about the product").fill(FACTS)
    choose_picture_mode(page)
    page.get_by_label("One", exact=True).check()
    with page.expect_request("**/generate-image/") as request:
        page.get_by_role("button", name="Paint", exact=True).click()
    assert json.loads(request.value.post_data or "")["attributes"] == FACTS
    expect(page.locator("#pictures img")).to_have_count(1)
    first = seed(page)
    page.get_by_role("button", name="Paint others").click()
    expect(page.locator("#about div", has_text="Seed").locator("dd")).not_to_have_text(first)


def test_facts_that_cannot_be_painted_are_told_at_both_fields(page: Page) -> None:
    """The field of the facts belongs to another mode: an error there alone would be hidden."""
    page.get_by_label("Facts about the product").fill(FACTS)
    choose_picture_mode(page)
    error = {
        "title": "Unprocessable",
        "detail": "attributes: held back",
        "errors": [{"field": "attributes", "reason": "held back"}],
    }
    page.route("**/generate-image/", lambda route: route.fulfill(status=422, json=error))
    page.get_by_role("button", name="Paint", exact=True).click()
    expect(page.locator("#prompt-note")).to_have_text("The facts held back.")
    expect(page.locator("#prompt")).to_be_focused()
    expect(page.locator("#problem")).to_be_hidden()
    page.get_by_role("tab", name="Facts").click()
    expect(page.locator("#attributes-note")).to_have_text("The facts held back.")
    page.get_by_label("Facts about the product").fill("x" * 501)
    expect(page.locator("#prompt-note")).not_to_contain_text("held back")
    choose_picture_mode(page)
    page.get_by_role("button", name="Paint", exact=True).click()
    expect(page.locator("#prompt-note")).to_have_text("The facts must have at most 500 characters; these are 501.")


def test_every_seed_that_the_page_draws_is_one_that_the_service_takes(page: Page) -> None:
    draw = "async (chance) => { Math.random = () => chance; return (await import('/static/api.js')).randomSeed(); }"
    assert page.evaluate(draw, 0) == 0
    assert page.evaluate(draw, 1 - 2**-53) == MAX_SEED


def test_a_service_that_paints_no_pictures_offers_none(page: Page) -> None:
    health = page.request.get(f"{page.url}health").json()
    health["model_metadata"]["image_model"] = None
    page.route("**/health", lambda route: route.fulfill(json=health))
    page.reload()
    expect(page.locator("#health")).to_have_text("Ready")
    expect(page.get_by_role("tab")).to_have_count(2)


def test_a_listing_is_shown_field_by_field_with_its_counts(page: Page) -> None:
    with page.expect_request("**/generate-listing/") as request:
        write_listing(page, COMPLETE)
    assert json.loads(request.value.post_data or "")["attributes"] == FACTS
    fields = page.locator(".entry")
    assert fields.locator("h3").all_inner_texts() == [
        "Title",
        "Description",
        "Bullet points",
        "Tags",
        "SEO title",
        "Meta description",
        "Alt text",
    ]
    expect(fields.nth(0)).to_contain_text(TEXTS["title"])
    expect(fields.nth(0)).to_contain_text(f"{len(TEXTS['title'])} characters; 3 to 150 are wanted")
    expect(fields.nth(1)).to_contain_text(f"{len(TEXTS['description'])} characters, 36 words")
    marks = ["travel mug", "stainless steel", "350 ml", "office", "camping"]
    assert fields.nth(1).locator("p mark").all_inner_texts() == marks
    assert fields.nth(2).locator("li").all_inner_texts() == TEXTS["bullets"].split("\n")
    assert fields.nth(3).locator("li").all_inner_texts() == TEXTS["tags"].split(", ")
    expect(page.locator("#incomplete")).to_be_hidden()
    expect(page.locator("#announce")).to_have_text("Listing ready. All 7 fields passed their checks.")
    expect(page.get_by_text("Failed")).to_have_count(0)


def test_an_incomplete_listing_says_so_and_names_what_failed(page: Page) -> None:
    write_listing(page, INCOMPLETE)
    notice = "Not complete 5 of 7 fields passed their checks. To look at: Tags, SEO title."
    expect(page.locator("#incomplete")).to_have_text(notice)
    tags, seo_title = (page.locator(f".entry[data-field={name}]") for name in ("tags", "seo_title"))
    expect(tags).to_contain_text("Missing: “camping”")
    expect(seo_title.locator(".failed").first).to_contain_text("67 characters; 3 to 60 are wanted")
    expect(seo_title).to_contain_text("“2024”")
    expect(page.locator("#announce")).to_contain_text("5 of 7 fields")


def test_the_service_answers_a_listing_that_the_page_can_show(page: Page) -> None:
    """The random checkpoint writes no usable field, and still every field is shown with what it fails at."""
    page.get_by_label("Facts about the product").fill(FACTS)
    page.get_by_label("Whole listing").check()
    page.get_by_role("button", name="Write listing").click()
    expect(page.locator(".entry")).to_have_count(7)
    expect(page.locator("#incomplete")).to_be_visible()
    page.get_by_label("Description", exact=True).check()
    page.get_by_role("button", name="Write description").click()
    expect_answer(page)
    expect(page.locator("#listing")).to_be_hidden()


@pytest.mark.parametrize("way", ["chosen", "dropped", "pasted"])
def test_a_photo_becomes_a_caption_and_a_description(page: Page, way: str) -> None:
    choose_photo_mode(page)
    photo = PHOTOS / "hat.jpg"
    if way == "chosen":
        with page.expect_file_chooser() as chooser:
            page.get_by_text("Choose a photo").click()
        chooser.value.set_files(photo)
    else:
        page.evaluate(HANDED_OVER, [way, photo.name, base64.b64encode(photo.read_bytes()).decode()])
    expect(page.locator("#preview-name")).to_contain_text("hat.jpg")
    page.get_by_role("button", name="Write description").click()
    expect_answer(page)
    expect(page.locator("#seen-caption")).not_to_be_empty()
    expect(page.locator("#seen-label")).to_contain_text("not sure what this is")
    expect(page.locator("#seen-certainty")).to_contain_text("% sure")
    expect(page.locator("#announce")).to_contain_text("The model is not sure what the photo shows, perhaps")
    page.get_by_role("button", name="Say what it shows").click()
    expect(shown(page)).to_be_focused()
    expect(shown(page)).not_to_be_empty()
    assert page.locator("#seen-image").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def test_what_the_model_sees_is_shown_before_anything_is_written(page: Page) -> None:
    """The text can only be about the right thing if a person can correct the caption first."""
    sent = written(page)
    held = hold(page)
    choose_photo_mode(page)
    choose_photo(page)
    expect(page.locator("#caption-note")).to_have_text("Looking at the photo…")
    expect(page.get_by_role("button", name="Write description")).to_be_disabled()
    page.get_by_role("tab", name="Facts").click()
    expect(page.get_by_role("button", name="Write description")).to_be_enabled()
    choose_photo_mode(page)
    release(page, held, 0, SURE)
    expect(shown(page)).to_have_value("a grey felt hat")
    expect(page.locator("#caption-note")).to_have_text("Seen on the photo, 97 % sure. Correct it if it is wrong.")
    expect(page.locator("#announce")).to_contain_text("The photo shows: a grey felt hat. Seen on the photo, 97 % sure.")
    expect(page.get_by_role("button", name="Write description")).to_be_enabled()
    assert sent == []


def test_a_corrected_caption_is_what_is_described(page: Page) -> None:
    see(page, SURE)
    choose_photo_mode(page)
    choose_photo(page)
    expect(shown(page)).to_have_value("a grey felt hat")
    shown(page).fill("cap")
    expect(page.locator("#caption-note")).to_have_text("The text will be about this.")
    page.get_by_role("button", name="Write description").click()
    expect_answer(page)
    expect(page.locator("#seen-caption")).to_have_text("cap")
    expect(page.locator("#seen-label")).to_contain_text("in your words")


def test_a_caption_that_nobody_corrected_stays_the_models(page: Page) -> None:
    """Sent as the person's words, it would come back without how sure the model is."""
    see(page, SURE)
    choose_photo_mode(page)
    choose_photo(page)
    shown(page).fill("")
    expect(page.locator("#caption-note")).to_contain_text("Left empty, the text will be about “a grey felt hat”")
    shown(page).fill("a grey felt hat ")
    expect(page.locator("#caption-note")).to_contain_text("97 % sure")
    page.get_by_role("button", name="Write description").click()
    expect_answer(page)
    # The service has looked for itself, and its captioner is never sure.
    expect(page.locator("#seen-label")).to_contain_text("not sure what this is")


def test_a_model_that_is_not_sure_asks_and_offers_its_guess(page: Page) -> None:
    guess = guessed(page)
    expect(page.locator("#caption-note")).to_contain_text("Which product is this? The model is not sure (")
    expect(page.locator("#announce")).to_contain_text(f"Its guess: {guess}.")
    expect(shown(page)).to_have_value("")
    page.locator("#guess").click()
    expect(shown(page)).to_have_value(guess)
    expect(shown(page)).to_be_focused()
    expect(page.locator("#guess")).to_be_hidden()
    page.get_by_role("button", name="Write description").click()
    expect_answer(page)
    expect(page.locator("#seen-caption")).to_have_text(guess)
    expect(page.locator("#seen-label")).to_contain_text("in your words")


def test_another_photo_takes_the_words_for_the_one_before_with_it(page: Page) -> None:
    """Photo B was described as what photo A had been named."""
    choose_photo_mode(page)
    shown(page).fill("a hat, said before any photo")
    choose_photo(page)
    expect(page.locator("#caption-note")).to_have_text("The text will be about this.")
    expect(shown(page)).to_have_value("a hat, said before any photo")
    choose_photo(page, "shoes.jpg")
    expect(shown(page)).to_have_value("")
    expect(page.locator("#guess")).to_be_visible()
    shown(page).fill("white shoes")
    page.get_by_role("button", name="Remove").click()
    expect(shown(page)).to_have_value("")
    expect(page.locator("#guess")).to_be_hidden()
    expect(page.locator("#caption-note")).to_contain_text("will stand here")


def test_an_old_guess_names_no_other_photo(page: Page) -> None:
    guess = guessed(page)
    page.get_by_role("button", name="Write description").click()
    expect_answer(page)
    choose_photo(page, "shoes.jpg")
    expect(page.locator("#guess")).to_be_visible()
    page.get_by_role("button", name="Say what it shows").click()
    expect(page.locator("#preview-name")).to_contain_text("hat.jpg")
    expect(shown(page)).to_be_focused()
    expect(shown(page)).to_have_value("")
    expect(page.locator("#guess")).to_have_text(f"Use “{guess}”")


def test_a_late_caption_leaves_what_a_person_has_typed(page: Page) -> None:
    held = hold(page)
    choose_photo_mode(page)
    choose_photo(page)
    shown(page).fill("my hat")
    expect(page.get_by_role("button", name="Write description")).to_be_enabled()
    release(page, held, 0, SURE)
    expect(page.locator("#caption-note")).to_have_text("The text will be about this.")
    expect(shown(page)).to_have_value("my hat")


def test_a_photo_that_is_no_longer_there_is_not_looked_at_any_more(page: Page) -> None:
    held = hold(page)
    choose_photo_mode(page)
    choose_photo(page)
    with page.expect_event("requestfailed", lambda request: "caption-image" in request.url):
        choose_photo(page, "shoes.jpg")
    release(page, held, 1, {**SURE, "caption": "white shoes"})
    expect(shown(page)).to_have_value("white shoes")
    choose_photo(page)
    with page.expect_event("requestfailed", lambda request: "caption-image" in request.url):
        page.get_by_role("button", name="Remove").click()
    expect(shown(page)).to_have_value("")
    expect(page.locator("#caption-note")).to_contain_text("will stand here")


def test_a_photo_that_could_not_be_looked_at_can_still_be_described(page: Page) -> None:
    problem = {"title": "Busy", "detail": "Too many requests are being worked on.", "errors": []}
    page.route("**/caption-image/", lambda route: route.fulfill(status=429, json=problem))
    choose_photo_mode(page)
    choose_photo(page)
    words = "The photo could not be looked at. Too many requests are being worked on."
    expect(page.locator("#image-note")).to_have_text(words)
    expect(page.locator("#announce")).to_have_text(words)
    expect(page.locator("#image")).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator("#caption-note")).to_contain_text("leave it empty and the model looks again")
    page.get_by_role("button", name="Write description").click()
    expect_answer(page)
    expect(page.locator("#image-note")).to_contain_text("at most 10 MB")


def test_own_words_for_a_photo_replace_the_models(page: Page) -> None:
    choose_photo_mode(page)
    page.locator("#image").set_input_files(PHOTOS / "shoes.jpg")
    page.get_by_label("What the photo shows").fill("white canvas shoes")
    page.get_by_role("button", name="Write description").click()
    expect_answer(page)
    expect(page.locator("#seen-caption")).to_have_text("white canvas shoes")
    expect(page.locator("#seen-label")).to_contain_text("in your words")


def test_too_few_facts_are_named_at_the_field_and_not_sent(page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    write_text(page, facts="  mug  ")
    expect(page.locator("#attributes-note")).to_contain_text("at least 5 characters")
    expect(page.locator("#attributes")).to_be_focused()
    expect(page.locator("#attributes")).to_have_attribute("aria-invalid", "true")
    assert not [url for url in sent if "generate" in url]
    page.locator("#attributes").fill(FACTS)
    expect(page.locator("#attributes")).not_to_have_attribute("aria-invalid", "true")


def test_what_only_the_service_refuses_is_shown_at_its_field(page: Page) -> None:
    write_text(page, keywords="office\x01")
    expect(page.locator("#keywords-note")).to_contain_text("control characters")
    expect(page.locator("#keywords")).to_be_focused()
    expect(page.locator("#problem")).to_be_hidden()
    expect(page.get_by_role("button", name="Write description")).to_be_enabled()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("words.jpg", b"these are words, not a picture", "not a picture"),
        ("phone.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "was refused"),
        ("report.pdf", b"%PDF-1.7", "must be a picture"),
        ("huge.jpg", b"\xff\xd8\xff" + bytes(10 * 1024**2), "at most 10 MB"),
    ],
)
def test_a_file_that_is_no_usable_photo_is_named_at_the_field(
    page: Page, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    choose_photo_mode(page)
    (tmp_path / name).write_bytes(content)
    page.locator("#image").set_input_files(tmp_path / name)
    expect(page.locator("#image-note")).to_contain_text(words)
    expect(page.locator("#image")).to_have_attribute("aria-invalid", "true")
    if page.locator("#preview").is_visible():
        page.get_by_role("button", name="Write description").click()
    expect(page.locator("#image-note")).to_contain_text(words)
    expect(page.locator("#image")).to_be_focused()


def test_no_photo_is_asked_for(page: Page) -> None:
    choose_photo_mode(page)
    page.get_by_role("button", name="Write description").click()
    expect(page.locator("#image-note")).to_contain_text("choose or drop a photo")


def test_while_it_writes_the_page_says_so_and_can_be_stopped(page: Page) -> None:
    held: list[Route] = []
    page.route("**/generate-description/stream/", lambda route: held.append(route))
    write_text(page)
    expect(page.locator("#busy")).to_be_visible()
    expect(page.locator("#elapsed")).to_have_text("1 s")
    expect(page.get_by_role("button", name="Write description")).to_be_disabled()
    expect(page.locator("#announce")).to_contain_text("Writing")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#busy")).to_be_hidden()
    expect(page.locator("#announce")).to_have_text("Cancelled.")
    expect(page.get_by_role("button", name="Write description")).to_be_enabled()
    assert len(held) == 1


def test_without_a_network_the_page_says_so_and_tries_again_on_demand(page: Page) -> None:
    page.context.set_offline(True)
    write_text(page)
    expect(page.locator("#problem-title")).to_have_text("You are offline")
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect_answer(page)


def test_copy_puts_exactly_the_description_on_the_clipboard(page: Page) -> None:
    write_text(page)
    expect_answer(page)
    page.locator("#copy").click()
    expect(page.locator("#copy")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#description").text_content()


def test_each_field_of_a_listing_and_the_whole_of_it_can_be_copied(page: Page) -> None:
    write_listing(page, COMPLETE)
    names: dict[FieldName, str] = {"title": "Title", "bullets": "Bullet points", "tags": "Tags"}
    for field, name in names.items():
        page.get_by_role("button", name=f"Copy {name}", exact=True).click()
        expect(page.locator("#announce")).to_have_text(f"{name} copied.")
        assert page.evaluate("navigator.clipboard.readText()") == TEXTS[field]
    page.get_by_role("button", name="Copy all").click()
    expect(page.locator("#announce")).to_have_text("Listing copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"Title\n{TEXTS['title']}\n\nDescription\n{TEXTS['description']}\n\n")
    assert all(text in copied for text in TEXTS.values())


def test_without_a_clipboard_the_text_is_selected_instead(page: Page) -> None:
    """Browsers give no clipboard to a page served without https on a local network."""
    write_listing(page, COMPLETE)
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.get_by_role("button", name="Copy Title", exact=True).click()
    assert page.evaluate("getSelection().toString()").strip() == TEXTS["title"]
    expect(page.locator("#announce")).to_contain_text("selected")


def test_everything_can_be_done_with_the_keyboard_alone(page: Page) -> None:
    press = page.keyboard.press
    press("Tab")
    expect(page.get_by_role("tab", name="Facts")).to_be_focused()
    press("ArrowRight")
    expect(page.get_by_role("tab", name="Photo")).to_be_focused()
    expect(page.locator("#panel-photo")).to_be_visible()
    press("Tab")
    expect(page.locator("#image")).to_be_focused()
    press("Shift+Tab")
    press("ArrowLeft")
    expect(page.locator("#panel-text")).to_be_visible()
    press("Tab")
    expect(page.get_by_role("button", name="Try an example")).to_be_focused()
    press("Enter")
    press("Tab")
    expect(page.get_by_label("Facts about the product")).to_be_focused()
    press("Tab")
    press("Tab")
    press("ArrowRight")
    press("Tab")
    press("ArrowRight")
    expect(page.get_by_label("Plain")).to_be_checked()
    press("Shift+Tab")
    press("ArrowLeft")
    expect(page.get_by_label("Description", exact=True)).to_be_checked()
    press("Enter")
    expect_answer(page)
    expect(page.get_by_role("heading", name="Result", exact=True)).to_be_focused()
    press("Tab")
    expect(page.locator("#copy")).to_be_focused()


def test_a_phone_needs_no_sideways_scrolling_and_is_led_to_the_result(open_page: OpenPage) -> None:
    page = open_page(width=360)
    width = "document.documentElement.scrollWidth"
    assert page.evaluate(width) == 360
    expect(page.get_by_role("button", name="Write description")).to_be_visible()
    write_text(page, facts="Part: " + "X" * 120)
    expect_answer(page)
    assert page.evaluate(width) == 360
    expect(page.get_by_role("heading", name="Result", exact=True)).to_be_in_viewport()
    write_listing(page, INCOMPLETE)
    assert page.evaluate(width) == 360
    choose_photo_mode(page)
    expect(page.get_by_role("button", name="Take a photo")).to_be_visible()
    expect(page.locator("#camera")).to_have_attribute("capture", "environment")
    assert page.evaluate(width) == 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_state_of_the_page_has_a_known_accessibility_fault(
    open_page: OpenPage, scheme: Literal["light", "dark"]
) -> None:
    """axe checks names, roles and contrast; each state has elements that the others hide."""
    page = open_page(scheme=scheme)
    faults = {"empty": faults_of(page)}
    write_text(page)
    expect_answer(page)
    faults["answer"] = faults_of(page)
    write_text(page, facts=f"Type: travel mug; Story: {' '.join(['long'] * 30)}")
    expect(page.locator("#left-out")).to_be_visible()
    faults["answer with a fact left out"] = faults_of(page)
    write_listing(page, INCOMPLETE)
    faults["listing"] = faults_of(page)
    choose_picture_mode(page)
    page.get_by_label("What to paint").fill("a hat")
    page.get_by_role("button", name="Paint", exact=True).click()
    expect(page.locator("#pictures img")).to_have_count(2)
    faults["pictures"] = faults_of(page)
    page.get_by_role("tab", name="Facts").click()
    page.get_by_label("Description", exact=True).check()
    write_text(page, facts="mug")
    faults["error at a field"] = faults_of(page)
    page.context.set_offline(True)
    write_text(page)
    expect(page.locator("#problem")).to_be_visible()
    faults["problem"] = faults_of(page)
    page.context.set_offline(False)
    choose_photo_mode(page)
    choose_photo(page, "dress.jpg")
    expect(page.locator("#guess")).to_be_visible()
    faults["photo in doubt"] = faults_of(page)
    held = hold(page)
    choose_photo(page, "hat.jpg")
    faults["looking at a photo"] = faults_of(page)
    release(page, held, 0, SURE)
    expect(page.locator("#caption-note")).to_contain_text("97 % sure")
    faults["photo"] = faults_of(page)
    assert faults == {state: [] for state in faults}


def faults_of(page: Page) -> list[str]:
    """What axe finds wrong with the page as it stands."""
    found = Axe().run(page).response["violations"]
    return [f"{fault['id']}: {node['html']}" for fault in found for node in fault["nodes"]]
