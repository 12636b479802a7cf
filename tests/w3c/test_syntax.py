"""The tests of syntax: of queries right and wrong, and of federated queries and updates.

What is right is answered, what is wrong is refused and explained; what the syntax allows and the endpoint does not do
is refused as that, and never as a mistake.
"""

import pytest
import requests

from ..conftest import Server
from .conformance import parameters
from .manifest import QUERY_FOLDERS, Case, cases, needs_suite

pytestmark = needs_suite

UPDATE_FOLDERS = (
    "add", "basic-update", "clear", "copy", "delete", "delete-data", "delete-insert", "delete-where", "drop", "move",
    "syntax-update-1", "syntax-update-2", "update-silent",
)  # fmt: skip
UPDATE_KINDS = ("UpdateEvaluationTest", "PositiveUpdateSyntaxTest11", "NegativeUpdateSyntaxTest11")
UNKNOWN_FUNCTIONS = {"syntax-query#test_4": "http://example/function"}  # the syntax is right: 422 and not 400
POSITIVE, NEGATIVE = ("PositiveSyntaxTest11",), ("NegativeSyntaxTest11",)

RIGHT = cases(["syntax-query"], POSITIVE)
WRONG = cases(["syntax-query"], NEGATIVE)
WRONG_ELSEWHERE = cases(QUERY_FOLDERS, NEGATIVE)
FEDERATED = cases(["syntax-fed", "service"], (*POSITIVE, "QueryEvaluationTest"))
UPDATES = cases(UPDATE_FOLDERS, UPDATE_KINDS)
WRONG_UPDATES = cases(["delete-insert"], NEGATIVE)  # listed as queries


def ask(server: Server, session: requests.Session, text: str, name: str = "query") -> requests.Response:
    return session.post(server.url + "sparql", {name: text}, timeout=30)


@pytest.mark.parametrize("case", parameters(RIGHT))
def test_a_query_that_is_right_is_understood(w3c: Server, session: requests.Session, case: Case) -> None:
    response = ask(w3c, session, case.text)

    unknown = UNKNOWN_FUNCTIONS.get(case.name, "")
    assert response.status_code == (422 if unknown else 200), response.text
    assert unknown in response.text


@pytest.mark.parametrize("case", parameters([*WRONG, *WRONG_ELSEWHERE]))
def test_a_query_that_is_wrong_is_refused_and_why_is_said(w3c: Server, session: requests.Session, case: Case) -> None:
    response = ask(w3c, session, case.text)

    assert response.status_code == 400
    problem = response.json()
    lines = case.text.split("\n")
    line, column = problem.get("line", 1), problem.get("column", 1)  # some mistakes are in no one place
    assert problem["detail"]
    assert 1 <= line <= len(lines) and 1 <= column <= len(lines[line - 1]) + 1


@pytest.mark.parametrize("case", FEDERATED, ids=str)
def test_a_federated_query_is_refused_and_why_is_said(w3c: Server, session: requests.Session, case: Case) -> None:
    response = ask(w3c, session, case.text)

    assert response.status_code == 403
    assert "SERVICE" in response.json()["detail"]


@pytest.mark.parametrize("case", UPDATES, ids=str)
def test_an_update_is_refused_right_or_wrong(w3c: Server, session: requests.Session, case: Case) -> None:
    response = ask(w3c, session, case.text, "update")

    assert response.status_code == 403
    assert "read-only" in response.json()["detail"]


@pytest.mark.parametrize("case", WRONG_UPDATES, ids=str)
def test_a_wrong_update_in_the_place_of_a_query_is_refused(w3c: Server, session: requests.Session, case: Case) -> None:
    assert ask(w3c, session, case.text).status_code == 403
