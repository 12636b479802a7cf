"""What validation found, for machines: JSON, SARIF for code scanners and editors, annotations for GitHub.

Source: SARIF 2.1.0, OASIS Standard; workflow commands of GitHub Actions.
"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .. import __version__
from ..content.findings import Finding
from ..publish.validation import Report

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def as_text(report: Report, _: Path) -> str:
    return f"{report}\n"


def as_json(report: Report, _: Path) -> str:
    """An object: valid, errors, warnings, statements, seconds by step, findings.

    A finding has file, line (from 1), column (from 1; 0: unknown), severity (error, warning, info), message,
    right (what would be right; may be empty).
    """
    told = {
        "valid": report.ok,
        "errors": report.count("error"),
        "warnings": report.count("warning"),
        "statements": report.triples,
        "seconds": {step: round(seconds, 3) for step, seconds in report.seconds.items()},
        "findings": [
            {name: getattr(finding, name) for name in ("file", "line", "column", "severity", "message", "right")}
            for finding in report.findings
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def as_sarif(report: Report, root: Path) -> str:
    """A SARIF log of one run; addresses of files are relative to the working folder."""
    run = {
        "tool": {"driver": {"name": "publisher", "semanticVersion": __version__}},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True}],
        "results": [_result(finding, root) for finding in report.findings],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def as_github(report: Report, root: Path) -> str:
    """One workflow command a finding, which GitHub shows at the line; the last line is for people."""
    return "".join(f"{line}\n" for line in [*_commands(report, root), str(report).rpartition("\n")[2]])


FORMATS: dict[str, Callable[[Report, Path], str]] = {
    "text": as_text,
    "json": as_json,
    "sarif": as_sarif,
    "github": as_github,
}


def _result(finding: Finding, root: Path) -> dict[str, Any]:
    region = {"startLine": finding.line} | ({"startColumn": finding.column} if finding.column else {})
    address = Path(_address(finding, root))
    uri = address.as_uri() if address.is_absolute() else quote(address.as_posix())
    place = {"artifactLocation": {"uri": uri}, "region": region}
    return {
        "level": _LEVELS[finding.severity],
        "message": {"text": _text(finding)},
        "locations": [{"physicalLocation": place}],
    }


def _commands(report: Report, root: Path) -> Iterator[str]:
    for finding in report.findings:
        place = {"file": _address(finding, root), "line": finding.line}
        if finding.column:
            place["col"] = finding.column
        properties = ",".join(f"{name}={_property(str(value))}" for name, value in place.items())
        yield f"::{_COMMANDS[finding.severity]} {properties}::{_data(_text(finding))}"


def _address(finding: Finding, root: Path) -> str:
    """The file as seen from the working folder, where a continuous integration runs; absolute outside of it."""
    path = os.path.relpath(root / finding.file)
    return str((root / finding.file).resolve()) if path.startswith("..") else path


def _text(finding: Finding) -> str:
    return finding.message + (f" ({finding.right})" if finding.right else "")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
