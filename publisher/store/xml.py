"""What XML can say of RDF, and what the engine's writers leave to us.

They write a carriage return as it is, which every XML parser reads as a line feed; characters that no XML
document holds; and predicates that cannot be element names, malformed.

Sources: XML 1.0, sections 2.2 (characters), 2.3 (names) and 2.11 (line ends); RDF/XML, section 5.
"""

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from pyoxigraph import Literal, NamedNode, Triple

from ..errors import NotAcceptable

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_TYPE = NamedNode(_RDF + "type")
_OF_XML = ("http://www.w3.org/2000/xmlns/", "http://www.w3.org/XML/1998/namespace")  # nothing else may be named so
_NO_CHARACTER = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CONTROLS = bytes(code for code in range(0x20) if code not in b"\t\n\r")
_NONCHARACTERS = ("\ufffe".encode(), "\uffff".encode())

# The last part of an IRI that is an XML name.
_NAME_START = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME_REVERSED = re.compile(f"[-.0-9\u00b7\u0300-\u036f\u203f-\u2040{_NAME_START}]*[{_NAME_START}]")

# RDF/XML, section 5.4: names that are no property elements (rdf:li would be counted up to rdf:_1 and so on).
_RESERVED = {"RDF", "ID", "about", "parseType", "resource", "nodeID", "datatype", "Description", "li"}
_RESERVED |= {"aboutEach", "aboutEachPrefix", "bagID"}


class XmlFile:
    """A binary file that the engine writes XML to, which comes out so that every parser reads what was meant.

    output  gets the bytes; a carriage return as ``&#xD;``
    write   raises NotAcceptable (HTTP 406) for a character that no XML document holds
    """

    def __init__(self, output: BinaryIO) -> None:
        self._output = output
        self._end = b""  # of what was written: a character may come in two parts

    def write(self, chunk: bytes) -> int:
        text = self._end + chunk
        if len(text.translate(None, _CONTROLS)) < len(text) or any(code in text for code in _NONCHARACTERS):
            raise NotAcceptable("XML cannot hold a control character that is in this result; the other formats can")
        self._end = text[-2:]
        self._output.write(chunk.replace(b"\r", b"&#xD;") if b"\r" in chunk else chunk)
        return len(chunk)

    def flush(self) -> None:
        self._output.flush()


def check_xml(triples: Iterable[Triple]) -> Iterator[Triple]:
    """*triples*, one by one; raises NotAcceptable (HTTP 406) at the first that RDF/XML has no form for.

    The engine makes an element's name of a resource's class, when that is said first of it. A class that is no
    name comes after another statement, then.
    """
    good: set[str] = set()
    for triple in _unnamed_classes_later(triples):
        if triple.predicate.value not in good:
            _check_predicate(triple.predicate)
            good.add(triple.predicate.value)
        value = triple.object
        if isinstance(value, Literal) and _NO_CHARACTER.search(value.value):
            where = f"in a value of {triple.predicate} of {triple.subject}"
            raise NotAcceptable(f"RDF/XML cannot hold a control character {where}; the other formats can")
        if isinstance(value, Triple):
            raise NotAcceptable(f"RDF/XML cannot hold the triple term in a value of {triple.predicate}")
        yield triple


def _unnamed_classes_later(triples: Iterable[Triple]) -> Iterator[Triple]:
    held: list[Triple] = []
    begun = None
    for triple in triples:
        if held and held[0].subject != triple.subject:
            break
        if triple.subject != begun and triple.predicate == _TYPE and not is_named(triple.object):
            held.append(triple)
            continue
        begun = triple.subject
        yield triple
        yield from held
        held.clear()
    if held:
        raise NotAcceptable(
            f"RDF/XML cannot name the class {held[0].object}, and nothing else is said of {held[0].subject}; "
            "the other formats can"
        )


def is_named(term: object) -> bool:
    """Can an element be named by *term*, if it would be?"""
    return not isinstance(term, NamedNode) or (_ends_in_name(term.value) and not term.value.startswith(_OF_XML))


def _ends_in_name(iri: str) -> bool:
    return bool(_NAME_REVERSED.match(iri[::-1]))


def _check_predicate(predicate: NamedNode) -> None:
    iri = predicate.value
    why = ""
    if not _ends_in_name(iri):
        why = "it does not end in an XML name"
    elif iri.startswith(_OF_XML):
        why = "XML keeps that namespace for itself"
    elif iri.startswith(_RDF) and iri[len(_RDF) :] in _RESERVED:
        why = "RDF/XML keeps that name for its own syntax"
    if why:
        raise NotAcceptable(f"RDF/XML cannot name the predicate {predicate}, for {why}; the other formats can")
