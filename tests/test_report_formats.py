"""`validate --format`: the same findings for people and for machines."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from publisher.content.findings import Finding
from publisher.editing.report_formats import FORMATS
from publisher.progress import Passing, bar, counted, say
from publisher.publish.validation import Report

from .conftest import ROOT, TINY

FOUND = [
    Finding("data/a, b: 100%.ttl", 3, "error", 'depth: "two\nlines" is 50 % wrong', "a number", 7),
    Finding("data/sites.ttl", 12, "warning", "has no name"),
    Finding("ontology/ns.ttl", 1, "info", "was left out"),
]


def written(format: str, root: Path = Path()) -> str:
    return FORMATS[format](Report(findings=FOUND, seconds={"syntax": 0.25}, triples=7), root)


def test_json_has_every_part_of_a_finding() -> None:
    told = json.loads(written("json"))

    assert {name: told[name] for name in ("valid", "errors", "warnings", "statements", "seconds")} == {
        "valid": False,
        "errors": 1,
        "warnings": 1,
        "statements": 7,
        "seconds": {"syntax": 0.25},
    }
    assert told["findings"][0] == {
        "file": "data/a, b: 100%.ttl",
        "line": 3,
        "column": 7,
        "severity": "error",
        "message": 'depth: "two\nlines" is 50 % wrong',
        "right": "a number",
    }


def test_sarif_has_the_form_of_the_standard() -> None:
    log = json.loads(written("sarif"))

    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    run = log["runs"][0]
    assert run["tool"]["driver"]["name"] == "publisher"
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "data/a%2C%20b%3A%20100%25.ttl"
    assert place["region"] == {"startLine": 3, "startColumn": 7}
    assert run["results"][1]["locations"][0]["physicalLocation"]["region"] == {"startLine": 12}
    assert run["results"][0]["message"]["text"].endswith("wrong (a number)")


def test_github_annotations_escape_what_would_end_them() -> None:
    assert written("github").splitlines() == [
        '::error file=data/a%2C b%3A 100%25.ttl,line=3,col=7::depth: "two%0Alines" is 50 %25 wrong (a number)',
        "::warning file=data/sites.ttl,line=12::has no name",
        "::notice file=ontology/ns.ttl,line=1::was left out",
        "not valid: 1 error, 1 warning; 7 statements in 0.2 s",
    ]


def test_files_outside_the_working_folder_have_whole_addresses(tmp_path: Path) -> None:
    assert f"file={tmp_path}/data/sites.ttl,line=12" in written("github", tmp_path)
    log = json.loads(written("sarif", tmp_path))
    place = log["runs"][0]["results"][1]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == f"file://{tmp_path}/data/sites.ttl"


@pytest.mark.parametrize("format", FORMATS)
def test_the_command_writes_the_format_and_nothing_else(format: str) -> None:
    command = [sys.executable, "-m", "publisher", "validate", "--content", str(TINY), "--format", format]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    assert run.returncode == 0
    assert "shapes\n" in run.stderr
    if format in ("json", "sarif"):
        json.loads(run.stdout)
    else:
        assert run.stdout.splitlines()[-1].startswith("valid: 0 errors")
    if format == "github":
        assert "file=tests/data/tiny/data/" in run.stdout


def test_a_bar_says_how_much_is_done_and_what_is_left() -> None:
    assert bar("JSON-LD", 250, 1000, 20.0, "250 done") == "JSON-LD [#####---------------] 25 %, 250 done, 1:00 left"
    assert bar("JSON-LD", 1, 1000, 20.0, "half").endswith("0 %, half, 5:33:00 left")
    assert bar("JSON-LD", 0, 0, 0.0) == "JSON-LD [####################] 100 %, 0:00 left"


def test_the_bar_moves_on_a_terminal_and_is_left_out_of_a_log(monkeypatch: Any, capsys: Any) -> None:
    for terminal, expected in ((True, "\r\x1b[Khalf\r\x1b[Kdone\n"), (False, "done\n")):
        monkeypatch.setattr(sys.stderr, "isatty", lambda terminal=terminal: terminal)
        say(Passing("half"))
        say("done")
        assert capsys.readouterr().err == expected


def test_work_is_counted_while_it_runs(monkeypatch: Any) -> None:
    clock = iter(range(0, 1000, 6))
    monkeypatch.setattr("publisher.progress.time.monotonic", lambda: next(clock))
    told: list[str] = []

    assert list(counted("abcd", 4, "letters", told.append)) == list("abcd")

    assert [text.partition("]")[2].partition(",")[0] for text in told] == [" 0 %", " 25 %", " 50 %", " 75 %", ""]
    assert [getattr(text, "logged", False) for text in told] == [False, True, False, True, False]
