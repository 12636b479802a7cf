"""Compact JSON-LD of one node at a time, many times faster than the general processor.

Follows the compaction algorithm for the contexts that data publishers write: terms with a type, a language,
containers @set, @list and @language, prefixes, @vocab, keyword aliases; @reverse terms are left to framing.
Anything beyond raises UnsupportedContext, and the general processor does the work. The tests prove both equal.
Source: JSON-LD 1.1 Processing Algorithms and API, W3C Recommendation, sections 5 and 6.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from .namespaces import namespaces_of

Node = dict[str, Any]

_SETTINGS = {"@version", "@vocab", "@protected"}
_ENTRIES = {"@id", "@type", "@container", "@language", "@reverse", "@prefix", "@protected"}
_CONTAINERS = {"@none", "@set", "@list", "@language", "@language@set"}
_KEYWORDS = {
    "@id",
    "@type",
    "@vocab",
    "@value",
    "@language",
    "@list",
    "@set",
    "@graph",
    "@included",
    "@reverse",
    "@none",
}
_PREFIX_ENDS = tuple(":/?#[]@")
_XSD_INTEGER = "http://www.w3.org/2001/XMLSchema#integer"


class UnsupportedContext(Exception):
    """The context uses a feature that only the general processor knows; the message names it."""


class Misread(Exception):
    """Readers would take the compact form for something else: <geo:50.6,5.5> for a name with the prefix ``geo``."""


@dataclass(frozen=True)
class Term:
    """One entry of the context, with its IRI expanded; None stands for "not said"."""

    iri: str
    type: str | None = None
    language: str | None = None
    has_language: bool = False
    container: str = "@none"
    reverse: bool = False
    prefix: bool = False


class Compactor:
    """Compacts nodes in expanded form by one context.

    context  the value of ``@context``, one object
    raises   UnsupportedContext
    """

    def __init__(self, context: Mapping[str, Any]) -> None:
        unknown = [name for name in context if name.startswith("@") and name not in _SETTINGS]
        if unknown:
            raise UnsupportedContext(unknown[0])
        self._context = context
        self._vocab: str | None = context.get("@vocab")
        if self._vocab is not None and ":" not in self._vocab:
            raise UnsupportedContext("@vocab that is not an IRI")
        self._terms = {name: self._define(name) for name in context if not name.startswith("@")}
        self._prefix_names = {name for name, term in self._terms.items() if term.prefix and ":" not in name}
        self._prefixes: dict[str, list[str]] = {}  # namespace -> prefixes
        for name in self._prefix_names:
            self._prefixes.setdefault(self._terms[name].iri, []).append(name)
        self._namespaces_of = namespaces_of(self._prefixes)
        # IRI -> container -> "@type" or "@language" -> value -> term: the inverse context of the algorithm
        self._inverse: dict[str, dict[str, dict[str, dict[str, str]]]] = {}
        for name, term in sorted(self._terms.items(), key=lambda item: (len(item[0]), item[0])):
            self._invert(name, term)
        self._id, self._type, self._value, self._language, self._list = (
            self.alias(keyword) for keyword in ("@id", "@type", "@value", "@language", "@list")
        )
        self.iri = lru_cache(65536)(self._iri)
        self._select = lru_cache(65536)(self._select_term)

    @property
    def terms(self) -> Mapping[str, Term]:
        """The entries of the context by name."""
        return self._terms

    def alias(self, keyword: str) -> str:
        """How the context writes *keyword*."""
        return self._inverse.get(keyword, {}).get("@none", {}).get("@type", {}).get("@none", keyword)

    def native(self, predicate: str, datatype: str) -> Literal["typed", "bare", ""]:
        """May a number or truth value of *datatype* be written as such after *predicate*, and how expanded?

        typed  a term says the datatype     bare  JSON's own meaning holds     ""  no: as a string
        """
        containers = self._inverse.get(predicate, {})
        if any(datatype in entry["@type"] for entry in containers.values()):
            return "typed"
        return "" if {"@language", "@language@set"} & set(containers) else "bare"

    def node(self, node: Node) -> Node:
        """*node*, in expanded form and without nodes inside it, in compact form.

        raises   Misread, when the node has to stay expanded
        """
        compact: Node = {}
        for key, values in sorted(node.items()):
            if key == "@id":
                compact[self._id] = self.iri(values, False)
            elif key == "@type":
                types = [self.iri(value, True) for value in values]
                compact[self._type] = types if len(types) != 1 else types[0]
            else:
                for value in values:
                    self._add(compact, key, value)
        return compact

    def _add(self, compact: Node, predicate: str, value: Node) -> None:
        """Put one value of *predicate* where the context wants it."""
        if "@list" in value:
            name = self._property(predicate, value)
            term = self._terms.get(name)
            items = [self._item(term, item) for item in value["@list"]]
            if term and term.container == "@list":
                compact[name] = items
            else:
                _append(compact, name, {self._list: items}, self.container(name) == "@set")
            return
        name, language, item = self.place(predicate, value)
        container = self.container(name)
        if language:
            _append(compact.setdefault(name, {}), language, item, container.endswith("@set"))
        else:
            _append(compact, name, item, container == "@set")

    def place(self, predicate: str, value: Node) -> tuple[str, str, Any]:
        """Where and how to write a reference or literal: the name, the key in a language map or "", the compact form.

        raises   Misread
        """
        if "@direction" in value:
            raise Misread(predicate)
        name = self._property(predicate, value)
        if not self.container(name).startswith("@language"):
            return name, "", self._item(self._terms.get(name), value)
        language = value.get("@language") or self.alias("@none")
        if "@language" in value and language in self._terms and self._terms[language].iri == "@none":
            raise Misread(language)
        return name, language, value["@value"]

    def container(self, name: str) -> str:
        """The container of the property *name*; ``@language@set`` for both."""
        return self._terms[name].container if name in self._terms else "@none"

    def vocabulary(self, name: str) -> bool:
        """May references after the property *name* be terms?"""
        return name in self._terms and self._terms[name].type == "@vocab"

    def by_reference(self, predicate: str) -> bool:
        """Does the property of a reference depend on whether it is to a term?"""
        return any("@vocab" in entry["@type"] for entry in self._inverse.get(predicate, {}).values())

    def _item(self, term: Term | None, value: Node) -> Any:
        """The compact form of a reference or literal below *term*."""
        if "@list" in value:
            return {self._list: [self._item(term, item) for item in value["@list"]]}
        type_ = term.type if term else None
        if "@id" in value:
            compact = self.iri(value["@id"], type_ == "@vocab")
            return compact if type_ in ("@id", "@vocab") else {self._id: compact}
        literal = value["@value"]
        if "@type" in value:
            if value["@type"] == type_:
                return literal
            return {self._type: self.iri(value["@type"], True), self._value: literal}
        if "@language" in value:
            if term and term.has_language and value["@language"] == term.language:
                return literal
            return {self._language: value["@language"], self._value: literal}
        return literal

    def _property(self, predicate: str, value: Node) -> str:
        """The term for *predicate* that fits *value* best, else its compact IRI."""
        if predicate not in self._inverse:
            return self.iri(predicate, True)
        containers: tuple[str, ...]
        if "@list" in value:
            containers, kind, wanted = ("@list", "@none"), *self._common(value["@list"])
        elif "@id" in value:
            containers, kind, wanted = ("@set", "@none"), "@type", self.reference(value["@id"])
        elif "@language" in value:
            containers = ("@language", "@language@set", "@set", "@none")
            kind, wanted = "@language", (value["@language"],)
        elif "@type" in value:
            containers, kind, wanted = ("@set", "@none"), "@type", (value["@type"],)
        else:
            containers, kind, wanted = ("@set", "@none", "@language", "@language@set"), "@language", ("@null",)
        return self._select(predicate, containers, kind, wanted) or self._shorten(predicate, True, False)

    def reference(self, iri: str) -> tuple[str, ...]:
        """Is a reference to *iri* better written as a term (@vocab) or as an IRI (@id)?"""
        with suppress(Misread):
            term = self._terms.get(self.iri(iri, True))
            if term and term.iri == iri:
                return "@vocab", "@id"
        return "@id", "@vocab"

    def _common(self, items: list[Node]) -> tuple[str, tuple[str, ...]]:
        """What all members of a list, at least one, share: their type, else their language."""
        language = type_ = ""
        for item in items:
            literal = "@value" in item
            own_type = item.get("@type", "@none") if literal else "@id"
            own_language = item.get("@language", "@none") if literal else "@none"
            if literal and not {"@language", "@type"} & set(item):
                own_language = "@null"
            language = (
                own_language if not language else language if language == own_language or not literal else "@none"
            )
            type_ = own_type if type_ in ("", own_type) else "@none"
        return ("@type", (type_,)) if type_ != "@none" else ("@language", (language,))

    def _select_term(self, iri: str, containers: tuple[str, ...], kind: str, wanted: tuple[str, ...]) -> str | None:
        entries = self._inverse[iri]
        for container in containers:
            choices = entries.get(container, {}).get(kind, {})
            for value in (*wanted, "@none"):
                if value in choices:
                    return choices[value]
        return None

    def _iri(self, iri: str, vocab: bool) -> str:
        """*iri* as a term or by @vocab (where *vocab* allows them), with a prefix, or as it is."""
        if vocab and iri in self._inverse:
            term = self._select(iri, ("@set", "@none"), "@type", ("@id",))
            if term is not None:
                return term
        return self._shorten(iri, vocab, True)

    def _shorten(self, iri: str, vocab: bool, alone: bool) -> str:
        """*iri* where no term fits; *alone*: not as the property of a value."""
        if vocab and self._vocab is not None and iri.startswith(self._vocab) and iri != self._vocab:
            suffix = iri[len(self._vocab) :]
            if suffix not in self._terms:
                if ":" in suffix or suffix[0] == "@":
                    raise Misread(iri)
                return suffix
        candidates = []
        for start in self._namespaces_of(iri):
            for name in self._prefixes[start]:
                short = f"{name}:{iri[len(start) :]}"
                if iri != start and (short not in self._terms or (alone and self._terms[short].iri == iri)):
                    candidates.append((len(short), short))
        short = min(candidates)[1] if candidates else iri
        prefix, _, suffix = short.partition(":")
        if (prefix == "_" or suffix.startswith("//")) if candidates else prefix in self._prefix_names:
            raise Misread(iri)
        if vocab and short in self._terms and not (alone and self._terms[short].iri == iri):
            raise Misread(iri)  # a term that is an IRI, and not made for this value
        return short

    def _define(self, name: str) -> Term:
        """Read one entry of the context."""
        entry = self._context[name]
        if isinstance(entry, str):
            iri = self._expand(entry, name)
            return Term(iri, prefix=iri.endswith(_PREFIX_ENDS))
        if not isinstance(entry, dict) or set(entry) - _ENTRIES:
            raise UnsupportedContext(f"the entry {name!r}")
        if "@reverse" in entry:
            container = "@set" if "@set" in (entry.get("@container") or ()) else "@none"
            return Term(self._expand(entry["@reverse"], name), container=container, reverse=True)
        iri = self._expand(entry.get("@id", name), name if "@id" in entry else "")
        container = entry.get("@container", "@none")
        container = "".join(sorted(container)) if isinstance(container, list) else container
        type_ = self._expand(entry["@type"], name) if "@type" in entry else None
        if container not in _CONTAINERS or (type_ and type_.startswith("@") and type_ not in ("@id", "@vocab")):
            raise UnsupportedContext(f"the entry {name!r}")
        language = entry.get("@language")
        return Term(
            iri,
            type=type_,
            language=language.lower() if language else None,
            has_language="@language" in entry and "@type" not in entry,
            container=container or "@none",
            prefix=bool(entry.get("@prefix", False)),
        )

    def _expand(self, value: Any, term: str = "", depth: int = 0) -> str:
        """The IRI that *value* in the context means; *term* is the entry being read."""
        if not isinstance(value, str) or depth > 20:
            raise UnsupportedContext(f"the entry {term!r}")
        if value.startswith("@"):
            if value not in _KEYWORDS:
                raise UnsupportedContext(value)
            return value
        if value in self._context and value != term:
            entry = self._context[value]
            meant = entry if isinstance(entry, str) else (entry or {}).get("@id", None)
            if meant is not None:
                return self._expand(meant, value, depth + 1)
        prefix, colon, suffix = value.partition(":")
        if colon:
            if self._is_prefix(prefix, depth) and not suffix.startswith("//"):
                return self._expand(prefix, "", depth + 1) + suffix
            return value
        if self._vocab is None:
            raise UnsupportedContext(f"the entry {term or value!r}")
        return self._vocab + value

    def _is_prefix(self, name: str, depth: int) -> bool:
        entry = self._context.get(name)
        if isinstance(entry, str):
            return self._expand(entry, name, depth + 1).endswith(_PREFIX_ENDS)
        return isinstance(entry, dict) and bool(entry.get("@prefix", False))

    def _invert(self, name: str, term: Term) -> None:
        entry = self._inverse.setdefault(term.iri, {}).setdefault(term.container, {"@language": {}, "@type": {}})
        if term.reverse:
            entry["@type"].setdefault("@reverse", name)
        elif term.type is not None:
            entry["@type"].setdefault(term.type, name)
        elif term.has_language:
            entry["@language"].setdefault(term.language or "@null", name)
        else:
            entry["@type"].setdefault("@none", name)
            entry["@language"].setdefault("@none", name)


def _append(target: dict[str, Any], key: str, value: Any, as_array: bool) -> None:
    """Add *value*: alone, or to an array once there are several or *as_array* asks for one."""
    if key not in target:
        target[key] = [value] if as_array else value
    elif isinstance(target[key], list):
        target[key].append(value)
    else:
        target[key] = [target[key], value]
