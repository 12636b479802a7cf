"""JSON-LD for web developers: each word of the context with its IRI and an example, each frame with its JSON Schema."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby, islice
from typing import Any

from flask import Blueprint, Response
from pyoxigraph import NamedNode

from ..describe.compaction import Term
from ..describe.json_schema import SchemaWriter
from ..describe.turtle import XSD
from ..describe.vocabulary import OWL, RDFS
from ..errors import NotFound
from .answers import CURRENT, reader_language, send, send_page
from .languages import N_
from .names import Link, Text, node, shortened
from .site import Site, site
from .vocabulary import DEFINITIONS, TYPE

SCHEMA_TYPE = "application/schema+json"
LOOKED_AT = 60  # statements with a property that are looked at for an example
MOST_KINDS = 1_000  # classes below another
LONGEST, MOST_VALUES = 80, 2  # characters of a text, and values of one kind, in an example

KEYWORDS, PREFIXES, CLASSES, DATATYPES, PROPERTIES, INVERSE = (
    N_("Keywords"), N_("Prefixes"), N_("Classes"), N_("Forms of values"), N_("Properties"),
    N_("Properties read backwards"),
)  # fmt: skip
KINDS = (CLASSES, PROPERTIES, INVERSE, DATATYPES, PREFIXES, KEYWORDS)

blueprint = Blueprint("jsonld_page", __name__)


@dataclass(frozen=True)
class Word:
    """A term of the context: what it stands for, and an example in JSON, "" when the data has none to show.

    meaning  the class or property; its name, and where it is told
    form     the datatype of its values, when the context says one
    """

    name: str
    iri: str
    meaning: Link | None
    form: str
    example: str


@dataclass(frozen=True)
class Frame:
    """A frame: the classes that it is for, and a document that is framed by it, "" when there is none to show."""

    name: str
    classes: tuple[Link, ...]
    example: str
    label: Text


@blueprint.get("/jsonld")
def page() -> Response:
    """The words of the context and the frames."""
    here, language = site(), reader_language()
    words: dict[str, list[Word]] = {kind: [] for kind in KINDS}
    compactor = here.jsonld.compactor
    for name, term in sorted(compactor.terms.items(), key=lambda item: item[0].lower()) if compactor else ():
        words[kind_of(here, term)].append(_word(here, name, term, language))
    found = [(kind, words[kind]) for kind in KINDS if words[kind]]
    frames = [_frame(here, name, language) for name in here.jsonld.frames]
    maps = compactor is not None and any(term.container.startswith("@language") for term in compactor.terms.values())
    return send_page("jsonld.html", words=found, frames=frames, maps=maps, readable=compactor is not None)


@blueprint.get("/frames/<name>.schema.json")
def schema(name: str) -> Response:
    """The JSON Schema of the documents that the frame *name* gives their form."""
    here = site()
    compactor = here.jsonld.compactor
    if name not in here.jsonld.frames or compactor is None:
        known = ", ".join(sorted(here.jsonld.frames)) if compactor else ""
        raise NotFound(f"there is no JSON Schema for a frame {name!r} here; known are {known or 'none'}")
    classes = sorted(here.jsonld.frames[name][0])
    properties = {word: term for word, term in compactor.terms.items() if kind_of(here, term) in (PROPERTIES, INVERSE)}
    told_of = [here.partitions[iri].properties for iri in classes if iri in here.partitions]
    used = set().union(*told_of) if here.partitions else set(here.properties)
    writer = SchemaWriter(compactor, properties, here.shapes, partial(_kinds, here), partial(_told, here))
    written = writer.schema(here.address(f"frames/{name}.schema.json"), classes, used, set(here.jsonld.frames[name][1]))
    return send(json.dumps(written, ensure_ascii=False, indent=2) + "\n", SCHEMA_TYPE, cache=CURRENT)


def kind_of(here: Site, term: Term) -> str:
    """What a term of the context is for, one of KINDS."""
    if term.iri.startswith("@"):
        return KEYWORDS
    if term.reverse:
        return INVERSE
    if term.prefix:
        return PREFIXES
    types = {triple.object for triple in here.store.triples(NamedNode(term.iri), TYPE, None)}
    if term.iri in here.properties:
        return PROPERTIES
    if term.iri.startswith(XSD) or RDFS.Datatype in types:
        return DATATYPES
    return CLASSES if term.iri in here.all_classes or types & {OWL.Class, RDFS.Class} else PROPERTIES


def _kinds(here: Site, class_: str) -> set[str]:
    """The class and those that the data says are kinds of it, as SHACL reads a target."""
    found, pending = {class_}, [class_]
    while pending and len(found) < MOST_KINDS:
        below = here.store.triples(None, RDFS.subClassOf, NamedNode(pending.pop()))
        new = {triple.subject.value for triple in islice(below, MOST_KINDS) if isinstance(triple.subject, NamedNode)}
        pending += sorted(new - found)
        found |= new
    return found


def _told(here: Site, iri: str) -> tuple[str, str]:
    """The English name and definition of a term, "" for what the data does not say."""
    definitions = (here.text(node(iri), property_, "en") for property_ in DEFINITIONS)
    text = next(filter(None, definitions), None)
    return (here.name(iri, "en").value if here.labels.all(iri) else ""), (text.value if text else "")


def _frame(here: Site, name: str, language: str) -> Frame:
    classes = sorted(here.jsonld.frames[name][0])
    members = (iri for class_ in classes for iri in here.index.members(class_, language, 0, LOOKED_AT))
    framed = (
        iri for iri in members if not here.is_personal(iri) and here.jsonld.frame_of(here.types(node(iri))) == name
    )
    example = next((iri for iri in framed if here.path_of(iri)), "")
    return Frame(
        name,
        tuple(here.link(iri, language) for iri in classes),
        f"{here.mount}{here.path_of(example)}.jsonld" if example else "",
        here.name(example, language) if example else Text(""),
    )


def _word(here: Site, name: str, term: Term, language: str) -> Word:
    kind = kind_of(here, term)
    iri = term.iri if kind not in (KEYWORDS, PREFIXES) else ""
    form = here.short(term.type) if term.type and not term.type.startswith("@") else ""
    example = next(_examples(here, name, term, kind), None)
    text = json.dumps(example, ensure_ascii=False) if example else ""
    return Word(name, term.iri, here.link(iri, language) if iri else None, form, text)


def _examples(here: Site, name: str, term: Term, kind: str) -> Iterator[dict[str, Any]]:
    """Parts of documents that use a term, as these write it; none that speak of a person."""
    alias = here.jsonld.compactor.alias if here.jsonld.compactor else str
    id_, type_ = alias("@id"), alias("@type")
    if kind == CLASSES:
        for iri in here.index.members(term.iri, "en", 0, 1):
            if not here.is_personal(iri):
                yield {id_: iri, type_: name}
    elif kind == INVERSE:
        for one, other in _pairs(here, term.iri):
            yield {id_: other, name: [one] if term.container == "@set" else one}
    elif kind == PROPERTIES:
        subjects = (one for one, _ in _pairs(here, term.iri, literals=True))
        for subject, _ in groupby(subjects):
            triples = islice(here.store.triples(NamedNode(subject), NamedNode(term.iri), None), LOOKED_AT)
            yield from (_some(found, name) for found in here.jsonld.nodes(triples) if name in found)


def _pairs(here: Site, property_: str, *, literals: bool = False) -> Iterator[tuple[str, str]]:
    """Subjects and objects that a property joins, with pages of their own and nobody's private matter."""
    for triple in islice(here.store.triples(None, NamedNode(property_), None), LOOKED_AT):
        ends = [term.value for term in (triple.subject, triple.object) if isinstance(term, NamedNode)]
        if (
            isinstance(triple.subject, NamedNode)
            and (literals or len(ends) == 2)
            and not any(map(here.is_personal, ends))
        ):
            yield ends[0], ends[-1]


def _some(found: dict[str, Any], name: str) -> dict[str, Any]:
    """The entry *name* alone, with few values, none of them long."""

    def few(value: Any) -> Any:
        if isinstance(value, list):
            return [few(item) for item in value[:MOST_VALUES]]
        if isinstance(value, dict):
            return {key: few(item) for key, item in islice(value.items(), MOST_VALUES)}
        return shortened(value, LONGEST) if isinstance(value, str) else value

    return {name: few(found[name])}
