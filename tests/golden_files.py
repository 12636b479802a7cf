"""Golden answers: exact only while the content is the one they were made from.

``tests/golden/content.sha256`` is a digest of the names and bytes in ontology/, data/ and queries/. Who edits data
changes it, and answers are then only expected to come at all, until ``make golden`` has renewed them.
"""

import hashlib

import pytest

from publisher.config import Config
from publisher.content.dataset import read_content

from .conftest import ROOT

GOLDEN = ROOT / "tests" / "golden"
DIGEST = GOLDEN / "content.sha256"
ADDRESS = "http://127.0.0.1:8000/"  # stands for the server in what is kept


def content_digest() -> str:
    """SHA-256 over the names and bytes of the content's files."""
    digest = hashlib.sha256()
    for name, path in read_content(Config(content=ROOT)).files.items():
        digest.update(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n".encode())
    return digest.hexdigest()


def skip_unless_comparable() -> None:
    """End the test as skipped, with what to do, when the content is not the one of the golden answers."""
    if not DIGEST.exists() or DIGEST.read_text(encoding="utf-8").strip() != content_digest():
        pytest.skip("it answers, but the content has changed: `make golden` renews the answers to compare with")


def neutral(text: str, server: str) -> str:
    """*text* as it is kept: with the documented address, and lines that end as in a text file."""
    return text.replace(server, ADDRESS).replace("\r\n", "\n")
