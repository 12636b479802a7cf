"""What the published data answers: the questions with which the project began, and three descriptions.

Each ``golden/<question>.rq`` has its answer beside it, each ``queries/api/<name>.rq`` in ``golden/api/``.
``make golden`` writes the answers anew: read the diff.
"""

import csv
import io
import json
from pathlib import Path

import pytest
from pyoxigraph import CanonicalizationAlgorithm, Dataset, Quad, RdfFormat, Triple, parse

from .conftest import ROOT, Server
from .golden_files import DIGEST, GOLDEN, content_digest, neutral, skip_unless_comparable

QUESTIONS = sorted(GOLDEN.glob("*.rq"))
NAMED = sorted((ROOT / "queries" / "api").glob("*.rq"))
LARGEST = 600_000  # bytes of all answers to named queries: enough to compare, little enough to read
DESCRIPTIONS = {
    "liege.ttl": ("id/member/liege", "text/turtle"),
    "liege.jsonld": ("id/member/liege", "application/ld+json"),
    "manifesto-2012.jsonld": ("id/manifesto/aubervilliers-saint-denis-2012", "application/ld+json"),
}


@pytest.fixture(scope="module")
def renewing(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--golden"))


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda path: path.stem)
def test_a_question_has_its_answer(forum: Server, question: Path, renewing: bool) -> None:
    expected = question.with_suffix(".csv")

    response = forum.sparql(question.read_text(encoding="utf-8"), "text/csv")

    assert response.status_code == 200, response.text
    assert len(list(csv.reader(io.StringIO(response.text)))) > 1, "no rows"
    if renewing:
        expected.write_bytes(response.content)
        return
    skip_unless_comparable()
    assert response.content == expected.read_bytes()


@pytest.mark.parametrize("query", NAMED, ids=lambda path: path.stem)
def test_a_named_query_has_its_answer(forum: Server, query: Path, renewing: bool) -> None:
    is_graph = "\nCONSTRUCT" in query.read_text(encoding="utf-8")
    expected = GOLDEN / "api" / f"{query.stem}.{'ttl' if is_graph else 'csv'}"

    response = forum.get(f"api/{expected.name}")

    response.encoding = "utf-8"
    text = neutral(response.text, forum.url)
    assert response.status_code == 200, text
    assert text.count("\n") > 1, "no answer"
    if renewing:
        expected.write_text(text, encoding="utf-8")
        return
    skip_unless_comparable()
    if is_graph:
        assert canonical(text) == canonical(expected.read_text(encoding="utf-8"))
    else:
        assert text == expected.read_text(encoding="utf-8")


def test_answers_of_named_queries_stay_few_enough_to_read() -> None:
    answers = list((GOLDEN / "api").iterdir())

    assert {path.stem for path in answers} == {path.stem for path in NAMED}
    assert sum(path.stat().st_size for path in answers) < LARGEST


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_a_description_is_as_it_was(forum: Server, name: str, renewing: bool) -> None:
    path, media_type = DESCRIPTIONS[name]
    expected = GOLDEN / name

    response = forum.get(path, media_type)

    response.encoding = "utf-8"
    text = neutral(response.text, forum.url)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith(media_type)
    if renewing:
        expected.write_text(text, encoding="utf-8")
        return
    skip_unless_comparable()
    if name.endswith(".ttl"):
        assert canonical(text) == canonical(expected.read_text(encoding="utf-8"))
    else:
        assert json.loads(text) == json.loads(expected.read_text(encoding="utf-8"))


def test_each_answer_has_its_question() -> None:
    assert QUESTIONS
    assert {path.stem for path in GOLDEN.glob("*.csv")} == {path.stem for path in QUESTIONS}


def test_the_digest_of_the_content_is_renewed_with_the_answers(renewing: bool) -> None:
    if renewing:
        DIGEST.write_text(content_digest() + "\n", encoding="utf-8")

    assert len(DIGEST.read_text(encoding="utf-8")) == 65


def canonical(turtle: str) -> set[Quad | Triple]:
    """The statements with blank nodes named by what is said of them: equal sets are isomorphic graphs."""
    dataset = Dataset(parse(turtle.encode(), RdfFormat.TURTLE))
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return set(dataset)
