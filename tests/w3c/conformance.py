"""What docs/conformance.md says: how many tests pass in each suite, which do not, and why."""

import re
from collections.abc import Iterable
from functools import cache

import pytest

from ..conftest import ROOT
from .manifest import Case

PAGE = ROOT / "docs" / "conformance.md"


@cache
def suites() -> dict[str, tuple[int, int]]:
    """The table of suites: name -> how many tests pass, of how many."""
    return {name: (int(passed), int(of)) for name, passed, of, *_ in _rows() if passed.isdigit()}


@cache
def differences() -> dict[str, str]:
    """The other tables: name of a test, or of a folder of tests -> the reason why our answer is another one."""
    return {name: reason for first, *_, reason in _rows() for name in re.findall("`([^`]+)`", first)}


def passes(name: str, kind: str = "") -> bool:
    """Does the page leave the test out of its differences? What has to be refused passes where all is refused."""
    folder = "" if kind.startswith("Negative") else name.partition("#")[0]
    return name not in differences() and folder not in differences()


def parameters(cases: Iterable[Case]) -> list[object]:
    """The cases for ``parametrize``: one that the page names as a difference has to go on failing."""
    return [
        pytest.param(
            case,
            id=case.name,
            marks=pytest.mark.xfail(
                case.name in differences(), reason=differences().get(case.name, ""), raises=AssertionError, strict=True
            ),
        )
        for case in cases
    ]


def _rows() -> list[list[str]]:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("| ")]
