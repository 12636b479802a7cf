"""What is wrong with a refused query, and where, in words for whoever wrote it.

The engine refuses; this reads the refused text again, by the grammar and for what the grammar does not see: prefixes
that nothing declares, and characters that a text processor put in place of SPARQL's. The first of them is told.
Pure functions on text, linear in its length; a text over LONGEST characters keeps the engine's own words.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from ..errors import QueryError
from .grammar import END, Fault, find_fault, read_terminals
from .guard import Token, tokens
from .suggestion import ADDRESS, error_at, explain_reason, shorten, suggest

LONGEST = 10_000  # characters, read in 0.1 s at worst; a person's query has some hundreds
_MOST_CHOICES = 7
# SPARQL 1.2, and names in scripts whose characters the tokenizer does not all know: the engine reads those.
_BEYOND = re.compile(r"<<|>>|\{\||\|\}|~|--|[^\x00-\x7f]")
_ESCAPE = re.compile(r"\\u", re.IGNORECASE)
_COMMENT = re.compile(r"#[^\r\n]*")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = "tbnrf\"'\\"
# What word processors put in place of SPARQL's signs, and what to write; "" for what cannot be seen.
_LOOKALIKES = {
    **dict.fromkeys("“”„‟«»‘’‚‛`´", 'a text between " and "'),
    **dict.fromkeys("–—−", "-"),
    **dict.fromkeys("\u200b\u2060\ufeff\u00ad", ""),
    "≠": "!=", "≤": "<=", "≥": ">=", "×": "*", "÷": "/",
}  # fmt: skip
_SPACES = " \t\r\n"

# Vocabularies by their usual prefixes: what is meant by one that nothing declares.
WELL_KNOWN = {
    "adms": "http://www.w3.org/ns/adms#",
    "bibo": "http://purl.org/ontology/bibo/",
    "dbo": "http://dbpedia.org/ontology/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcmitype": "http://purl.org/dc/dcmitype/",
    "dct": "http://purl.org/dc/terms/",
    "dcterms": "http://purl.org/dc/terms/",
    "dqv": "http://www.w3.org/ns/dqv#",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "gn": "http://www.geonames.org/ontology#",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "locn": "http://www.w3.org/ns/locn#",
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "qb": "http://purl.org/linked-data/cube#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "skosxl": "http://www.w3.org/2008/05/skos-xl#",
    "sosa": "http://www.w3.org/ns/sosa/",
    "ssn": "http://www.w3.org/ns/ssn/",
    "time": "http://www.w3.org/2006/time#",
    "vann": "http://purl.org/vocab/vann/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "void": "http://rdfs.org/ns/void#",
    "wd": "http://www.wikidata.org/entity/",
    "wdt": "http://www.wikidata.org/prop/direct/",
    "wgs": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

Explained = tuple[Token, str, str]  # the token at fault, what is wrong, what would be right ("" unknown)


def explain(text: str, error: QueryError, prefixes: Mapping[str, str]) -> QueryError:
    """The error to answer with in place of *error*, which the guard or the engine raised for the query *text*.

    prefixes   the predeclared ones
    returns    an error with the extensions line, column, token and, where one is known, suggestion;
               the engine's words remain for what only it sees, such as an unbound variable
    """
    if "line" not in error.extensions or len(text) > LONGEST or _ESCAPE.search(text):
        return error  # found while it was evaluated, or not for this reader
    explained = _first_fault(text, prefixes)
    return error_at(text, *explained) if explained else explain_reason(text, error)


def _first_fault(text: str, prefixes: Mapping[str, str]) -> Explained | None:
    faults = [*_typed_elsewhere(text)]
    fault = find_fault(text)
    if fault and not _BEYOND.match(text, fault.token.offset):
        faults.append((fault.token, _describe(fault), suggest(text, fault)))
    faults += _undeclared(text, prefixes)
    return min(faults, key=lambda explained: explained[0].offset, default=None)


def _describe(fault: Fault) -> str:
    """What stands at the fault and what should."""
    choices = list(fault.expected)
    if len(choices) > _MOST_CHOICES:
        choices = [*choices[: _MOST_CHOICES - 1], "something else"]
    expected = " or ".join(part for part in (", ".join(choices[:-1]), choices[-1]) if part)
    if fault.token.kind == END:
        return f"the query ends where {expected} should follow"
    if fault.token.kind == "OPEN_STRING":
        return f"the quote that opens {shorten(fault.token.text)} is never closed"
    return f"{shorten(fault.token.text)} stands where {expected} should"


def _undeclared(text: str, prefixes: Mapping[str, str]) -> Iterator[Explained]:
    """The first use of a prefix that nothing declares."""
    declared = set(prefixes)
    before = ""
    for token in read_terminals(text):
        prefix = token.text.partition(":")[0]
        if token.kind == "PNAME_NS" and before == "PREFIX":
            declared.add(prefix)
        elif token.kind in ("PNAME_NS", "PNAME_LN") and prefix not in declared:
            address = ADDRESS.match(text, token.offset)
            if address:
                right = f"write <{shorten(address[0].rstrip('.;,)'))}>"
                yield token, "an IRI stands without its angle brackets", right
            else:
                yield token, f"the prefix {shorten(prefix)}: is not declared", _declare(prefix, declared)
            return
        before = token.kind


def _declare(prefix: str, declared: set[str]) -> str:
    known = WELL_KNOWN
    if prefix in known:
        return f"add at the top: PREFIX {prefix}: <{known[prefix]}>"
    near = get_close_matches(prefix[:30], [*declared, *known], n=1, cutoff=0.7)
    if near and near[0]:
        return f"{near[0]}: is meant?" + (
            "" if near[0] in declared else f" Then add: PREFIX {near[0]}: <{known[near[0]]}>"
        )
    return f"add at the top: PREFIX {shorten(prefix)}: <the namespace's IRI>"


def _typed_elsewhere(text: str) -> Iterator[Explained]:
    """The first character that only looks like one of SPARQL's, as a word processor writes it; or a false escape."""
    end = 0
    for token in (*tokens(text), Token("mark", "", len(text))):
        gap = _COMMENT.sub(lambda comment: " " * len(comment[0]), text[end : token.offset])
        space = gap.strip(_SPACES)[:1]
        if space:
            what = f"a space that is none of SPARQL's (U+{ord(space):04X})"
            yield Token("mark", space, end + gap.index(space)), what, "put an ordinary space there"
            return
        right = _LOOKALIKES.get(token.text)
        if right is not None:
            what = f"{token.text} (U+{ord(token.text):04X}) is no sign of SPARQL's"
            yield token, what, f"write {right}" if right else "delete it; it cannot be seen"
            return
        for escape in _ESCAPED.finditer(token.text) if token.kind == "string" else ():
            if escape[1] not in _ESCAPES:
                what = f"{shorten(escape[0])} is no escape in a text"
                yield Token("string", escape[0], token.offset + escape.start()), what, "write \\\\ for a backslash"
                return
        end = token.offset + len(token.text)
