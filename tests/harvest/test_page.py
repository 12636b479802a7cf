"""docs/harvest.md gives addresses that a harvester can use: they answer HEAD, and where they are, not elsewhere."""

import re

import pytest
import requests

from ..conftest import Server
from ..golden_files import ADDRESS
from .fields import PAGE

GIVEN = re.findall(rf"(?m)^\|.*\| `{ADDRESS}(.*?)` \|$", PAGE.read_text(encoding="utf-8"))


def test_addresses_are_given() -> None:
    assert len(GIVEN) >= 5


@pytest.mark.parametrize("path", dict.fromkeys(GIVEN))
def test_an_address_answers_head_with_type_and_length_and_no_redirect(forum: Server, path: str) -> None:
    answer = requests.head(forum.url + path, allow_redirects=False, timeout=30)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"]
    assert int(answer.headers["Content-Length"]) > 0
