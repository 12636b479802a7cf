"""docs/conformance.md tells what the tests of this folder find: here its numbers and names are counted.

That each test ends as the page says is the work of the other files.
"""

import pytest

from .conformance import differences, passes, suites
from .manifest import needs_suite
from .test_evaluation import EVALUATED
from .test_graph_store import READINGS, WRITINGS
from .test_protocol import QUERIES, UPDATES, WRONG_UPDATES
from .test_service_description import TESTS as SERVICE_DESCRIPTION
from .test_syntax import FEDERATED, RIGHT, WRONG, WRONG_ELSEWHERE
from .test_syntax import UPDATES as UPDATE_CASES
from .test_syntax import WRONG_UPDATES as WRONG_UPDATES_AS_QUERIES

pytestmark = needs_suite

CASES = {
    "Query evaluation": [*EVALUATED, *WRONG_ELSEWHERE, *WRONG_UPDATES_AS_QUERIES],
    "Query syntax": [*RIGHT, *WRONG, *(case for case in FEDERATED if not case.result)],
    "Federated query": [case for case in FEDERATED if case.result],
    "Update evaluation": [case for case in UPDATE_CASES if case.kind == "UpdateEvaluationTest"],
    "Update syntax": [case for case in UPDATE_CASES if "Syntax" in case.kind],
}
PASSES = {
    "Protocol, query": {test.name: passes(test.name) for test in QUERIES},
    "Protocol, update": {test.name: passes(test.name) for test in (*WRONG_UPDATES, *UPDATES)},
    "Graph store, reading requests": {reading.name: passes(reading.name) for reading in READINGS},
    "Graph store, writing requests": {name: passes(name) for name in WRITINGS},
    "Service description": {name: passes(name) for name in SERVICE_DESCRIPTION},
    **{suite: {case.name: passes(case.name, case.kind) for case in cases} for suite, cases in CASES.items()},
}


@pytest.mark.parametrize("suite", sorted({*PASSES, *suites()}))
def test_the_page_says_how_many_tests_pass(suite: str) -> None:
    assert suites()[suite] == (sum(PASSES[suite].values()), len(PASSES[suite]))


def test_the_page_names_no_difference_that_there_is_not() -> None:
    tests = {name for passed in PASSES.values() for name in passed}

    assert set(differences()) <= tests | {name.partition("#")[0] for name in tests}
