"""A block of Turtle to fill in, with everything that the shapes ask for of one class.

All of it is read from the content: the shapes say which properties and why, the existing instances what IRIs,
values and files look like. Source: SHACL, W3C Recommendation.
"""

import re
import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pyoxigraph import DefaultGraph, Literal, NamedNode, Store

from ..content.dataset import Content
from ..describe.index import Index
from ..describe.labels import LABEL_PROPERTIES, Labels, local_name
from ..describe.turtle import RDF, TYPE, XSD
from ..errors import ContentError, SettingError
from ..publish.snapshot import declared_prefixes
from ..publish.wording import english
from ..store.store import Store as Statements
from .files import replace
from .shape import PropertyShape, Shapes

PLACEHOLDER = "…"
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LOCAL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
_LISTED = 40  # values of a closed list that a comment names
_SHOWN = 5  # values of an open one
_USUAL = 0.5  # share of instances from which on a property or a language counts as usual
_WIDTH = 112
_IN_SCHEME = NamedNode("http://www.w3.org/2004/02/skos/core#inScheme")
_STRINGS = ("", XSD + "string", RDF + "langString")


@dataclass(frozen=True)
class Skeleton:
    """file: where it belongs, such as ``data/sites.ttl``; iri: what the resource is called; text: Turtle."""

    file: str
    iri: str
    text: str


def skeleton(content: Content, class_name: str, slug: str) -> Skeleton:
    """Make the skeleton of a resource.

    class_name  prefixed (``bw:Site``) or local name (``Site``), or an IRI
    slug        last part of the IRI, in kebab-case
    raises      SettingError for an unknown class, or a slug that is taken or badly formed; ContentError
                while the content does not parse
    """
    if not _SLUG.fullmatch(slug):
        raise SettingError(f"{slug!r} is no slug: small letters, digits and single hyphens are right (le-pont-2)")
    engine, findings = content.load()
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise ContentError("\n".join(map(str, errors)), findings=errors)
    return _Maker(content, engine, class_name).make(slug)


def append(content: Content, made: Skeleton) -> None:
    """Write *made* at the end of its file, which is made when it does not exist."""
    path = content.root / made.file
    before = path.read_bytes() if path.exists() else f"@base <{content.base_iri}> .\n".encode()
    end = b"\r\n" if b"\r\n" in before else b"\n"
    replace(path, before.rstrip() + end * 2 + made.text.encode().replace(b"\n", end))


class _Maker:
    """What is known of one class, and the words for it."""

    def __init__(self, content: Content, engine: Store, class_name: str) -> None:
        self.content, self.engine = content, engine
        self.prefixes = dict(declared_prefixes(content))
        self.shapes = Shapes(engine, content.shapes_graph)
        self.class_ = self._class(class_name)
        self.instances = self._instances()
        self.file = self._file()

    def make(self, slug: str) -> Skeleton:
        start, end = self._pattern()
        iri = NamedNode(self.content.base_iri + start + slug + end)
        if next(self.engine.quads_for_pattern(iri, None, None, None), None):
            label = Labels(Index.of(Statements(self.engine, "")).names).label(iri.value).value
            raise SettingError(f"{slug!r} is taken: {start}{slug}{end} is {label}; another slug is right")
        properties = self._properties()
        needed = [self._entry(shape) for shape in properties if shape.least]
        others = [self._entry(shape) for shape in properties if not shape.least]
        lines = [f"{self.term(iri)} a {self.term(self.class_)} ;"]
        lines += [f"    {line}" for comment, value in needed for line in (*comment, value)]
        if others:
            lines.append("    # Where it applies:")
            lines += [f"    {line}" for comment, value in others for line in (*comment, f"# {value}")]
        text = "\n".join([*lines, "    .\n"])
        return Skeleton(self.file, iri.value, self._header(text) + text)

    def term(self, term: Any) -> str:
        """A term as Turtle writes it in the file; IRIs with a prefix or below the base where that is possible."""
        if isinstance(term, Literal):
            number = term.datatype.value.removeprefix(XSD) in ("integer", "decimal", "boolean")
            if number and term.value != PLACEHOLDER:
                return term.value
            if term.datatype.value in _STRINGS:
                return str(term)
            return f'"{term.value}"^^{self.term(term.datatype)}'
        iri, base = term.value, self.content.base_iri
        for prefix, namespace in sorted(self.prefixes.items(), key=lambda item: -len(item[1])):
            if iri.startswith(namespace) and _LOCAL.fullmatch(iri, len(namespace)):
                return f"{prefix}:{iri[len(namespace) :]}"
        return f"<{iri.removeprefix(base)}>" if iri.startswith(base) else f"<{iri}>"

    def _class(self, name: str) -> NamedNode:
        known = self.shapes.classes()
        prefix, colon, local = name.partition(":")
        wanted = self.prefixes[prefix] + local if colon and prefix in self.prefixes else name
        found = [class_ for class_ in known if class_.value == wanted]
        found = found or [class_ for class_ in known if local_name(class_.value).lower() == wanted.lower()]
        ours = [class_ for class_ in found if class_.value.startswith(self.content.base_iri)]
        if len(ours or found) == 1:
            return (ours or found)[0]
        names = ", ".join(sorted(self.term(class_) for class_ in found or known))
        raise SettingError(f"{name!r} is {'several classes' if found else 'no class here'}; known are {names}")

    def _instances(self) -> list[Any]:
        """Of the class itself; without any, of its nearest relatives."""
        for classes in ({self.class_}, self.shapes.below(self.class_), set(self.shapes.above(self.class_))):
            found = {subject for class_ in classes for subject in self.shapes.subjects(TYPE, class_)}
            if found:
                return sorted(found, key=str)
        return []

    def _file(self) -> str:
        """Where most instances live; a file of its own for the first of its kind."""
        turtle = {file.graph: file.name for file in self.content.rdf_files if file.path.suffix == ".ttl"}
        homes: Counter[str] = Counter()
        for instance in self.instances:
            quads = self.engine.quads_for_pattern(instance, TYPE, None, None)
            graphs = {quad.graph_name.value for quad in quads if not isinstance(quad.graph_name, DefaultGraph)}
            homes.update(turtle[graph] for graph in graphs if graph in turtle)
        best = [name for name, _ in homes.most_common() if name.startswith("data/")]
        return best[0] if best else f"data/{_kebab(self.class_)}.ttl"

    def _pattern(self) -> tuple[str, str]:
        """What stands before and after the slug, below the base, in most instances' IRIs."""
        return _pattern(self.instances, self.content.base_iri) or (f"id/{_kebab(self.class_)}/", "")

    def _properties(self) -> list[PropertyShape]:
        """What shapes say of the class and those above it, and what most instances have; the most used first."""
        found = self.shapes.properties(self.class_)
        used: Counter[Any] = Counter()
        for instance in self.instances:
            used.update({quad.predicate for quad in self.shapes.statements(instance)})
        usual = (path for path, count in used.items() if count > _USUAL * len(self.instances) and path != TYPE)
        found |= {path: PropertyShape(path) for path in usual if path not in found}
        return sorted(
            found.values(), key=lambda shape: (shape.path not in LABEL_PROPERTIES, -used[shape.path], shape.path.value)
        )

    def _entry(self, shape: PropertyShape) -> tuple[list[str], str]:
        """The comment lines of a property, and its own line."""
        values = self._values(shape.path)
        told = [english(shape.messages)] if shape.messages else []
        allowed = shape.allowed or self._scheme(values)
        if allowed and len(allowed) <= _LISTED:
            told.append(f"one of: {', '.join(map(self.term, allowed))}")
        elif values:
            often = [value for value, count in values.most_common(_SHOWN) if count > 1]
            shown = often or list(values)[:1]
            if shape.pattern and isinstance(shown[0], Literal):
                shown = [max(values, key=str)]  # the next identifier follows it
            told.append(f"such as {', '.join(_cut(self.term(value)) for value in shown)}")
        comment = [f"# {line}" for text in told for line in _wrapped(text)]
        return comment, f"{self.term(shape.path)} {', '.join(self._placeholders(shape, values))} ;"

    def _placeholders(self, shape: PropertyShape, values: Counter[Any]) -> Iterator[str]:
        """A value that validation does not let pass, of the right kind."""
        common = values.most_common(1)[0][0] if values else None
        if shape.value is not None:
            yield self.term(shape.value)
        elif shape.is_iri or (shape.datatype is None and isinstance(common, NamedNode)):
            known = list(values) or (self.shapes.subjects(TYPE, shape.class_) if shape.class_ else [])
            spaces = Counter(_namespace(value) for value in known if isinstance(value, NamedNode))
            space, count = spaces.most_common(1)[0] if spaces else ("", 0)
            foreign = common is not None and not common.value.startswith(self.content.base_iri)
            space = space if count > _USUAL * len(known) else "https://" if foreign else ""
            yield f"<{space.removeprefix(self.content.base_iri)}{PLACEHOLDER}>"
        else:
            datatype = shape.datatype or (common.datatype if isinstance(common, Literal) else None)
            if datatype and datatype.value == RDF + "langString":
                yield from (f'"{PLACEHOLDER}"@{language}' for language in self._languages(shape.path))
            else:
                yield self.term(Literal(PLACEHOLDER, datatype=datatype))

    def _languages(self, path: Any) -> list[str]:
        """Those in which most instances that have the property have it; English without any."""
        used: Counter[str] = Counter()
        having = 0
        for instance in self.instances:
            texts = [quad.object for quad in self.shapes.statements(instance) if quad.predicate == path]
            having += bool(texts)
            used.update({text.language for text in texts if isinstance(text, Literal) and text.language})
        return sorted(language for language, count in used.items() if count > _USUAL * having) or ["en"]

    def _values(self, path: Any) -> Counter[Any]:
        statements = (quad for instance in self.instances for quad in self.shapes.statements(instance))
        return Counter(quad.object for quad in statements if quad.predicate == path)

    def _scheme(self, values: Counter[Any]) -> list[Any]:
        """All concepts of the scheme that all of *values* are in, if there is one."""
        schemes = {scheme for value in values for scheme in self.shapes.objects(value, _IN_SCHEME) or [None]}
        if len(schemes) != 1 or None in schemes:
            return []
        return sorted(self.shapes.subjects(_IN_SCHEME, schemes.pop()), key=str)

    def _header(self, text: str) -> str:
        """``@prefix`` lines for prefixes that the file does not declare yet."""
        path = self.content.files.get(self.file)
        known = path.read_text(encoding="utf-8") if path else ""
        missing = [
            f"@prefix {prefix}: <{namespace}> .\n"
            for prefix, namespace in sorted(self.prefixes.items())
            if re.search(rf"(?<![\w/<]){re.escape(prefix)}:\w", text)
            and not re.search(rf"(?im)^\s*@?prefix\s+{re.escape(prefix)}:", known)
        ]
        return "".join(missing) + "\n" if missing else ""


def _pattern(terms: list[Any], base_iri: str) -> tuple[str, str] | None:
    """Start and end that most of *terms* have around their slug: ``id/text/``, ``#adoption``."""
    found: Counter[tuple[str, str]] = Counter()
    for term in terms:
        if isinstance(term, NamedNode) and term.value.startswith(base_iri):
            path, mark, fragment = term.value.removeprefix(base_iri).partition("#")
            start = path[: path.rfind("/") + 1]
            found[(start, mark + fragment)] += 1
    if not found:
        return None
    ends = Counter(end for _, end in found.elements())
    end, count = ends.most_common(1)[0]
    if count == 1 and len(terms) > 1 and end:  # a vocabulary: every fragment its own
        paths = Counter(term.value.removeprefix(base_iri).partition("#")[0] for term in terms)
        return paths.most_common(1)[0][0] + "#", ""
    return max(found, key=lambda pair: found[pair])


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(" ".join(text.split()), _WIDTH, break_on_hyphens=False, break_long_words=False)


def _namespace(term: Any) -> str:
    return str(term.value[: max(term.value.rfind("/"), term.value.rfind("#")) + 1])


def _kebab(class_: NamedNode) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", local_name(class_.value)).lower()


def _cut(text: str) -> str:
    return " ".join(text.split()) if len(text) <= 60 else " ".join(text.split())[:56] + ' …"'
