"""Findings: what is wrong in a content folder, where, and what would be right."""

import re
from dataclasses import dataclass
from typing import Literal

_FEW = 3  # choices that still help; the parser can name dozens

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, order=True)
class Finding:
    """One thing to put right.

    file      name relative to the content folder, such as ``data/sites.ttl``
    line      counted from 1; column counted from 1, 0 when unknown
    message   what is wrong, without a full stop
    right     what would be right, "" when the message says it

    >>> print(Finding("data/sites.ttl", 12, "error", 'maximum depth: "deep"', "a decimal number of metres"))
    data/sites.ttl:12: error: maximum depth: "deep" (a decimal number of metres)
    """

    file: str
    line: int
    severity: Severity
    message: str
    right: str = ""
    column: int = 0

    def __str__(self) -> str:
        right = f" ({self.right})" if self.right else ""
        return f"{self.file}:{self.line}: {self.severity}: {self.message}{right}"


def syntax_finding(file_name: str, error: Exception) -> Finding:
    """Turn what the RDF parser, or opening the file, raised into a finding.

    An error without a position is reported at line 1.
    """
    if isinstance(error, OSError):
        reason = error.strerror or "; ".join(str(argument) for argument in error.args)
        return Finding(file_name, 1, "error", f"cannot be read: {reason}")
    line, column, message = syntax_position(error)
    message, right = _explain(message, file_name)
    return Finding(file_name, line, "error", message, right, column)


def syntax_position(error: Exception) -> tuple[int, int, str]:
    """Return line, column and the bare reason of a SyntaxError of the RDF or the SPARQL parser.

    The SPARQL parser writes its position into the text only, and lists every character it could
    have taken: those are left out here. Line 1 and column 0 mean that no position is known.
    """
    line, column = getattr(error, "lineno", None) or 1, getattr(error, "offset", None) or 0
    message = str(getattr(error, "msg", None) or error)
    message = re.sub(r"^Parser error (?:at|between) .*?: ", "", message, count=1)
    sparql = re.match(r"error at (\d+):(\d+): expected (?:one of )?(.*)", message, re.DOTALL)
    if sparql:
        line, column, message = int(sparql[1]), int(sparql[2]), _expected(sparql[3])
    return line, column, message


def _expected(choices: str) -> str:
    """Shorten the SPARQL parser's list of what it expected to what helps a person."""
    characters = r"\[(?:[^\]']|'(?:\\.[^']*|[^'\\])')*\]"
    words = [word.strip() for word in re.sub(characters, "", choices).split(", ")]
    words = [word for word in words if word and word not in ("|", '"')]
    reasons = [word for word in words if " " in word]
    if reasons:
        return reasons[0] if reasons[0].startswith("SELECT") else reasons[0][0].lower() + reasons[0][1:]
    if not words or len(words) > _FEW:
        return "the text cannot be read from here"
    return f"expected {' or '.join(words)}"


_TURTLE = re.compile(r"\.(ttl|trig)(\.\w+)?$")
_CONTEXT = "write the context into the file, or name that of ontology/context.jsonld by its address"
_EXPLAINED = (
    (r"^\ufeff is not", "starts with a byte order mark", "UTF-8 without it"),
    (r"Invalid UTF-8", "is not UTF-8 text", "save the file as UTF-8"),
    (r"LoadDocumentCallback <(.*)>", r"names the remote JSON-LD context \1", _CONTEXT),
    (r"LoadDocumentCallback", "names a remote JSON-LD context", _CONTEXT),
    (r"^the encoding is (.*)", r"is in the encoding \1", "save the file as UTF-8"),
    (r"^cannot decode input using UTF-8", "is not UTF-8 text", "save the file as UTF-8"),
    (r"^OWL/XML$", "is OWL/XML, which is not RDF", "save the ontology as RDF/XML or Turtle"),
    (r"^not well-formed \(invalid token\)$", "is not well-formed XML", "XML in UTF-8, special characters escaped"),
    (r"^no element found$", "ends before its last element does", "the whole file"),
    (r"^The prefix (\S*:) has not been declared$", r"the prefix \1 is not declared", r"@prefix \1 <…> . above it"),
    (r"^No scheme found in an absolute IRI$", "relative IRI without a base", "@base <…> . above it"),
    (r"^Line jumps are not allowed.*", "line break in a string", 'three quotes (""") around text of several lines'),
)


def _explain(message: str, file_name: str) -> tuple[str, str]:
    """Say common mistakes in our words; the parser's own words do for the rest."""
    for pattern, text, right in _EXPLAINED:
        found = re.search(pattern, message)
        if found:
            if "prefix" in pattern and not _TURTLE.search(file_name):
                return found.expand(text), ""
            return found.expand(text), found.expand(right)
    if re.match(r"[A-Z][a-z]", message):
        message = message[0].lower() + message[1:]
    return f"syntax: {message}", ""
