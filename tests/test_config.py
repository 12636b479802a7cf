"""Settings come from PUBLISHER_ variables; a wrong one is named with what would be right."""

from dataclasses import fields
from pathlib import Path

import pytest

from publisher.cli import main
from publisher.config import Config
from publisher.errors import SettingError

from .conftest import ROOT, TINY


def test_settings_are_read_from_the_environment() -> None:
    config = Config.from_environment({"PUBLISHER_PORT": "8080", "PUBLISHER_CONTENT": "folder", "HOME": "x"})

    assert (config.port, config.content, config.host) == (8080, Path("folder"), "127.0.0.1")
    assert config.location == "http://127.0.0.1:8080/"


def test_a_given_option_wins_over_the_environment_and_is_checked_like_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PUBLISHER_CONTENT", "nowhere")

    assert main(["validate", "--content", str(TINY)]) == 0
    assert main(["validate", "--content", str(TINY), "--port", "-1"]) == 2
    assert "PUBLISHER_PORT='-1': a whole number" in capsys.readouterr().err


def test_an_address_gets_its_final_slash() -> None:
    assert (
        Config.from_environment({"PUBLISHER_PUBLIC_URL": "https://a.example/sub"}).location == "https://a.example/sub/"
    )


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("PUBLISHER_PORT", "eighty", "a whole number"),
        ("PUBLISHER_QUERY_SECONDS", "0", "at least 1"),
        ("PUBLISHER_BASE_IRI", "ftp://x/", "an http or https address"),
        ("PUBLISHER_PUBLIC_URL", "https://x/?a", "without ?, #"),
        ("PUBLISHER_BASE_IRI", 'https://x.example/a b"/', "an http or https address"),
        ("PUBLISHER_PROT", "80", "is not a setting"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_right(name: str, value: str, right: str) -> None:
    with pytest.raises(SettingError) as caught:
        Config.from_environment({name: value})

    assert name in caught.value.detail
    assert right in caught.value.detail


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")

    for entry in fields(Config):
        assert f"`PUBLISHER_{entry.name.upper()}`" in text
