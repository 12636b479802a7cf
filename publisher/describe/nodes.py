"""JSON-LD node objects written straight from N-Triples: the same bytes as by way of ``JsonLd.nodes``, much faster.

The strings of N-Triples are those of JSON already, but for the rare ``\\u`` escape. So a value is its text between
two constants, which depend on the predicate and the kind of the value only: a reference, a language, a datatype.
The constants are those that the Compactor gives for a sample of the kind. Nodes whose values are of the same kinds in
the same order differ in these texts only, so each is a template filled in. A node with anything else in it (a triple
term, an IRI that the context would misread) is written the long way.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from json.encoder import encode_basestring as quoted
from operator import attrgetter, itemgetter
from re import Pattern
from typing import Any

from pyoxigraph import RdfFormat, parse

from .compaction import Compactor, Misread
from .expansion import NATIVE
from .jsonld import JsonLd, dumps, place
from .turtle import TYPE

_TYPE = str(TYPE)
_SAMPLE = "\0"  # in no IRI, and in no term that anybody writes
_KEPT = 65536  # forms, and IRIs in compact form, that are kept
_LAYOUTS, _LARGEST_LAYOUT = 4096, 256  # that are kept; values of the largest one


@dataclass(frozen=True, eq=False, slots=True)
class _Member:
    """One name of the node objects.

    order     sorts the names of a node object
    name      in JSON
    is_map    from languages to values
    is_array  even with one value
    """

    order: str
    name: str
    is_map: bool
    is_array: bool


@dataclass(frozen=True, eq=False, slots=True)
class _Form:
    """How the values of one kind are written after one predicate.

    language  the key in a language map
    native    the form of those values that are JSON's own, and what these look like
    vocab     references may be terms of the context
    """

    member: _Member
    before: str
    after: str
    language: str = ""
    native: "tuple[Pattern[str], _Form] | None" = None
    vocab: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class _Layout:
    """A node object but for the texts of its values: a %-template, and what puts these into its order."""

    template: str
    ordered: "itemgetter[Any]"


class NodeWriter:
    """Writes nodes with the context of *jsonld*, into which it looks."""

    def __init__(self, jsonld: JsonLd) -> None:
        self._jsonld = jsonld
        self._compactor = jsonld.compactor or Compactor({})
        self._members: dict[str, _Member] = {}
        self._forms: dict[str, dict[str, _Form]] = {}  # predicate -> what follows the quotes, or "<…" -> form
        self._made = 0  # how many these are
        self._layouts: dict[tuple[_Form, ...], _Layout] = {}
        self._iris: tuple[dict[str, str], dict[str, str]] = ({}, {})  # as references, as terms
        self._id, self._type = self._compactor.alias("@id"), self._compactor.alias("@type")

    def node(self, subject: str, statements: Mapping[str, list[str]]) -> str:
        """The node object of *subject* with *statements* (predicate -> objects), all in the engine's N-Triples syntax.

        raises   NotAcceptable for a triple term (RDF 1.2), which JSON-LD has no form for
        """
        if self._made >= _KEPT:
            self._forms.clear()
            self._members.clear()
            self._layouts.clear()
            self._made = 0
        if self._jsonld.compactor:
            with suppress(Misread):
                return self._compact(subject, statements)
        lines = (f"{subject} {predicate} {object} .\n" for predicate in statements for object in statements[predicate])
        triples = [quad.triple for quad in parse("".join(lines).encode(), format=RdfFormat.N_TRIPLES)]
        return ",\n".join(dumps(node, indent=None).decode().rstrip() for node in self._jsonld.nodes(triples))

    def _compact(self, subject: str, statements: Mapping[str, list[str]]) -> str:
        kinds, texts = [self._forms.get("", {}).get("<") or self._subject_form()], [self._iri(subject, False)]
        for predicate, objects in statements.items():
            forms = self._forms.get(predicate) or self._forms.setdefault(predicate, {})
            for object in objects:
                if object[0] == '"':
                    end = object.rindex('"') + 1
                    text, kind = object[:end], object[end:]
                    form = forms.get(kind) or self._literal_form(predicate, kind)
                    if form.native and form.native[0].fullmatch(text, 1, end - 1):
                        text, form = text[1:-1], form.native[1]
                    elif "\\u" in text:
                        text = quoted(json.loads(text))
                else:
                    form = forms.get("<") or self._reference_form(predicate, object)
                    text = self._iris[form.vocab].get(object) or self._iri(object, form.vocab)
                kinds.append(form)
                texts.append(text)
        layout = self._layouts.get(key := tuple(kinds)) or self._layout(key)
        written: str = layout.template % layout.ordered(texts)
        return written

    def _layout(self, forms: tuple[_Form, ...]) -> _Layout:
        """The layout of a node object with one value of each of *forms*."""
        members: dict[_Member, Any] = {}
        for number, form in enumerate(forms):
            value = f"{form.before}{_SAMPLE}{number}{_SAMPLE}{form.after}"
            if form.member.is_map:
                members.setdefault(form.member, {}).setdefault(form.language, []).append(value)
            else:
                members.setdefault(form.member, []).append(value)
        parts = _written(members).replace("%", "%%").split(_SAMPLE)
        layout = _Layout("%s".join(parts[::2]), itemgetter(*map(int, parts[1::2])))
        if len(forms) <= _LARGEST_LAYOUT:
            if len(self._layouts) >= _LAYOUTS:
                self._layouts.clear()
            self._layouts[forms] = layout
        return layout

    def _subject_form(self) -> _Form:
        form = self._forms.setdefault("", {})["<"] = _Form(self._member(self._id), "", "")
        return form

    def _literal_form(self, predicate: str, kind: str) -> _Form:
        """The form of literals; *kind* is what follows the quotes."""
        value: dict[str, Any] = {"@value": _SAMPLE}
        native = None
        if kind[:1] == "@":
            value["@language"], _, direction = kind[1:].partition("--")
            value |= {"@direction": direction} if direction else {}
        elif kind:
            datatype = kind[3:-1]
            written = self._compactor.native(predicate[1:-1], datatype) if datatype in NATIVE else ""
            if written:
                same = {"@value": _SAMPLE, "@type": datatype} if written == "typed" else value
                native = NATIVE[datatype], self._form(predicate, same)
            value = {"@value": _SAMPLE, "@type": datatype}
        form = self._forms[predicate][kind] = self._form(predicate, value, native)
        return form

    def _reference_form(self, predicate: str, object: str) -> _Form:
        """The form of references; those to a term of the context may have another one."""
        forms = self._forms[predicate]
        if predicate == _TYPE:
            form = forms["<"] = _Form(self._member(self._type), "", "", vocab=True)
            return form
        kind = "<"
        if self._compactor.by_reference(predicate[1:-1]):
            kind = f"<{self._compactor.reference(_name(object))[0]}"
            if kind in forms:
                return forms[kind]
        form = forms[kind] = self._form(predicate, {"@id": _name(object)})
        return form

    def _form(self, predicate: str, value: Any, native: "tuple[Pattern[str], _Form] | None" = None) -> _Form:
        """The form that *value* has, and all others of its kind."""
        self._made += 1
        name, language, item = self._compactor.place(predicate[1:-1], value)
        if isinstance(item, dict):
            item = {key: _SAMPLE if key == self._id else part for key, part in item.items()}
            before, after = dumps(item, indent=None).decode().rstrip().split(quoted(_SAMPLE))
        else:
            before = after = ""
        return _Form(self._member(name), before, after, language, native, self._compactor.vocabulary(name))

    def _member(self, name: str) -> _Member:
        member = self._members.get(name)
        if member is None:
            container = self._compactor.container(name)
            order = f"{place(name)[0]}{name}"
            member = _Member(order, quoted(name), container.startswith("@language"), container.endswith("@set"))
            self._members[name] = member
        return member

    def _iri(self, text: str, vocab: bool) -> str:
        """The compact form, in JSON, of an IRI or blank node; many will be asked for again."""
        if text.startswith("<<"):
            raise Misread(text)
        iris = self._iris[vocab]
        if len(iris) >= _KEPT:
            iris.clear()
        iris[text] = quoted(self._compactor.iri(_name(text), vocab))
        return iris[text]


_order = attrgetter("order")


def _name(text: str) -> str:
    return text[1:-1] if text[0] == "<" else text


def _written(members: dict[_Member, Any]) -> str:
    parts = []
    for member in sorted(members, key=_order):
        values = members[member]
        if member.is_map:
            texts = (f"{quoted(key)}:{_array(member, values[key])}" for key in sorted(values, key=place))
            parts.append(f"{member.name}:{{{','.join(texts)}}}")
        else:
            parts.append(f"{member.name}:{_array(member, values)}")
    return f"{{{','.join(parts)}}}"


def _array(member: _Member, values: list[str]) -> str:
    return values[0] if len(values) == 1 and not member.is_array else f"[{','.join(values)}]"
