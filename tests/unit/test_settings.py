"""Settings are read once, typed, and refused at start when they cannot work."""

import pytest

from operations.errors import BadSettings
from operations.settings import Settings, get_settings


@pytest.fixture(autouse=True)
def read_again() -> None:
    """Each test reads the environment for itself."""
    get_settings.cache_clear()


def test_the_development_page_may_call_by_default() -> None:
    """The first version's page runs on port 5173 in development."""
    assert Settings().cors_origins == ("http://localhost:5173", "http://127.0.0.1:5173")


def test_origins_are_read_as_a_plain_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """pydantic-settings would ask for JSON here, which nobody writes by hand."""
    monkeypatch.setenv("PDG_CORS_ORIGINS", "https://shop.example, https://team.example:8443")
    assert get_settings().cors_origins == ("https://shop.example", "https://team.example:8443")


def test_no_origin_may_call_when_the_list_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty string is a list without origins, not one with an empty origin."""
    monkeypatch.setenv("PDG_CORS_ORIGINS", "")
    assert get_settings().cors_origins == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PDG_CORS_ORIGINS", "*"),
        ("PDG_CORS_ORIGINS", "https://shop.example/path"),
        ("PDG_MAX_IN_FLIGHT", "0"),
        ("PDG_MAX_BATCH_SIZE", "1"),
        ("PDG_REQUEST_DEADLINE_S", "soon"),
        ("PDG_TEXT_THREADS", "-2"),
        ("PDG_SERVE", "everything"),
        ("PDG_TEXT_URL", "text:3000"),
        ("PDG_IMAGE_URL", "http://image:3000/paint"),
    ],
)
def test_a_bad_value_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A value that only fails later costs a night; the message names the variable and what it held."""
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings, match=name) as refused:
        get_settings()
    assert value in str(refused.value)
