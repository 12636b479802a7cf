"""JSON Schemas of framed documents, from the context, the frame's classes and the shapes of the content.

What the context says decides the form of each value; what the shapes ask, how many there must be. Beside the terms of
the context, names with a prefix are allowed, as documents have them where there is no term.
Source: JSON Schema, draft 2020-12, Core and Validation; JSON-LD 1.1, section 9.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from .compaction import Compactor, Term
from .shapes import Shape
from .turtle import XSD

DIALECT = "https://json-schema.org/draft/2020-12/schema"
LANGUAGE = "^(@none|[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*)$"  # a key of a language map (RFC 5646, or none)
_NATIVE = {XSD + "integer": ["integer", "string"], XSD + "boolean": ["boolean", "string"]}
_NODE, _REFERENCE, _VALUE = ({"$ref": f"#/$defs/{name}"} for name in ("node", "reference", "value"))
_SOME = {"reference": {"$ref": "#/$defs/references"}, "value": {"$ref": "#/$defs/values"}}

Schema = dict[str, Any]


class SchemaWriter:
    """Writes schemas for documents with one context.

    compactor   of the context
    properties  its terms for properties: name -> entry
    shapes      what data must look like; only what is demanded counts, not what is recommended
    kinds       says the classes whose resources are those of a class too: itself, and those below it
    told        says name and definition of a property or class, "" for what it does not know
    """

    def __init__(
        self,
        compactor: Compactor,
        properties: Mapping[str, Term],
        shapes: Sequence[Shape],
        kinds: Callable[[str], Collection[str]],
        told: Callable[[str], tuple[str, str]],
    ) -> None:
        self._compactor, self._properties, self._shapes = compactor, properties, shapes
        self._kinds, self._told = kinds, told

    def schema(self, address: str, classes: Sequence[str], used: Collection[str], framed: Collection[str]) -> Schema:
        """The schema of the documents of resources of one of *classes*.

        address  where it is published
        classes  of the frame, as IRIs
        used     the properties that resources of the classes have
        framed   the names that the frame speaks of
        """
        alias = self._compactor.alias
        own = [
            name for name, term in self._properties.items() if name in framed or (term.iri in used and not term.reverse)
        ]
        description = self._told(classes[0])[1] if len(classes) == 1 else ""
        return {
            "$schema": DIALECT,
            "$id": address,
            "title": ", ".join(self._told(iri)[0] or self._compactor.iri(iri, True) for iri in classes),
            **({"description": description} if description else {}),
            "$ref": "#/$defs/node",
            "required": ["@context", alias("@id"), alias("@type")],
            "properties": {
                "@context": {"type": "string", "format": "uri"},
                alias("@id"): {"type": "string", "format": "iri"},
                alias("@type"): _one_of([self._compactor.iri(iri, True) for iri in classes]),
                **{name: _annotated(self._properties[name], self._told) for name in own},
            },
            "$defs": {
                "node": self.node(),
                "reference": {"anyOf": [{"type": "string"}, _NODE]},
                "references": _one_or_several(_REFERENCE),
                "value": {"anyOf": [{"type": ["string", "number", "boolean"]}, {"$ref": "#/$defs/literal"}, _NODE]},
                "values": _one_or_several(_VALUE),
                "literal": {"type": "object", "required": [alias("@value")]},
                "texts": _language_map(_one_or_several({"type": "string"})),
                "lists-of-texts": _language_map({"type": "array", "items": {"type": "string"}}),
            },
        }

    def node(self) -> Schema:
        """Any node of a document: its names are terms, or have a prefix; what its classes demand is there."""
        alias = self._compactor.alias
        return {
            "type": "object",
            "not": {"required": [alias("@value")]},
            "properties": {
                alias("@id"): {"type": "string"},
                alias("@type"): _one_or_several({"type": "string"}),
                alias("@included"): {"type": "array", "items": _NODE},
                **{name: _values(term) for name, term in self._properties.items()},
            },
            "patternProperties": {"[:@]": True},
            "additionalProperties": False,
            "allOf": list(self._demands()),
        }

    def _demands(self) -> Iterator[Schema]:
        type_ = self._compactor.alias("@type")
        named = {term.iri for term in self._compactor.terms.values()}
        for shape in self._shapes:
            then = self._then(shape) if shape.severity == "Violation" else {}
            kinds = {kind for iri in shape.aims("targetClass") for kind in self._kinds(iri)} if then else set()
            names = sorted(self._compactor.iri(kind, True) for kind in kinds & named)
            if names:
                yield {"if": {"required": [type_], "properties": {type_: _one_of(names)}}, "then": then}

    def _then(self, shape: Shape) -> Schema:
        """What a node shape demands of the properties that have one term."""
        required: list[str] = []
        limits: dict[str, Schema] = {}
        for demand in shape.properties:
            found = [] if demand.path is None or demand.path.kind else self._terms_of(demand.path.iri)
            if len(found) != 1 or demand.severity != "Violation":
                continue
            name, term = found[0]
            if demand.number("minCount"):
                required.append(name)
            if demand.number("maxCount") == 1 and not term.container.startswith("@language"):
                limits[name] = {"maxItems": 1} if term.container == "@set" else {"not": {"type": "array"}}
        return {
            **({"required": sorted(set(required))} if required else {}),
            **({"properties": limits} if limits else {}),
        }

    def _terms_of(self, predicate: str) -> list[tuple[str, Term]]:
        terms = self._properties.items()
        return [(name, term) for name, term in terms if term.iri == predicate and not term.reverse]


def _values(term: Term) -> Schema:
    """The form of what stands after a term."""
    if term.container.startswith("@language"):
        return {"$ref": "#/$defs/lists-of-texts" if term.container.endswith("@set") else "#/$defs/texts"}
    one = _value(term)
    if term.container in ("@set", "@list"):
        return {"type": "array", "items": one}
    return _SOME.get(one.get("$ref", "").rpartition("/")[2]) or _one_or_several(one)


def _value(term: Term) -> Schema:
    """The form of one value."""
    if term.reverse or term.type in ("@id", "@vocab"):
        return _REFERENCE
    if term.type:
        return {"type": _NATIVE.get(term.type, "string")}
    return {"type": "string"} if term.has_language else _VALUE


def _annotated(term: Term, told: Callable[[str], tuple[str, str]]) -> Schema:
    """What a property is called, what it means, and its IRI, for people; its values are as in every node."""
    name, definition = told(term.iri)
    if term.reverse:
        return {"title": f"what has it as {name}" if name else "", "$comment": f"inverse of {term.iri}"}
    return {key: text for key, text in (("title", name), ("description", definition), ("$comment", term.iri)) if text}


def _one_or_several(one: Schema) -> Schema:
    return {"anyOf": [one, {"type": "array", "items": one}]}


def _one_of(names: Sequence[str]) -> Schema:
    """A name, or an array that holds one."""
    return {"anyOf": [{"enum": list(names)}, {"type": "array", "contains": {"enum": list(names)}}]}


def _language_map(values: Schema) -> Schema:
    return {"type": "object", "propertyNames": {"pattern": LANGUAGE}, "additionalProperties": values}
