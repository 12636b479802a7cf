"""How findings name things: by label and by IRI below the base."""

from collections.abc import Iterable

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store

XSD = "http://www.w3.org/2001/XMLSchema#"
_LABELS = (
    NamedNode("http://www.w3.org/2000/01/rdf-schema#label"),
    NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel"),
)
Term = NamedNode | BlankNode | Literal


class Wording:
    """Names terms with the labels of a store.

    ``named`` gives ``Le Pont (id/site/le-pont)``, ``shown`` gives ``id/site/le-pont``, ``"deep"@en``
    or ``<http://…>``.
    """

    def __init__(self, store: Store, base_iri: str) -> None:
        self._store, self._base_iri = store, base_iri

    def named(self, term: Term | None) -> str:
        label = self.label(term)
        return f"{label} ({self.shown(term)})" if label else self.shown(term)

    def shown(self, term: Term | None) -> str:
        if isinstance(term, NamedNode):
            ours = term.value.startswith(self._base_iri)
            return term.value.removeprefix(self._base_iri) if ours else f"<{term.value}>"
        return literal_text(term) if isinstance(term, Literal) else "a blank node"

    def label(self, term: Term | None) -> str:
        if not isinstance(term, NamedNode | BlankNode):
            return ""
        for predicate in _LABELS:
            quads: Iterable[Quad] = self._store.quads_for_pattern(term, predicate, None, None)
            text = english(quad.object for quad in quads if isinstance(quad.object, Literal))
            if text:
                return text
        return ""

    def shorten(self, text: str) -> str:
        """*text* with IRIs of ours as they stand below the base."""
        return text.replace(self._base_iri, "")


def literal_text(literal: Literal) -> str:
    suffix = f"@{literal.language}" if literal.language else ""
    if not suffix and literal.datatype.value != XSD + "string":
        suffix = "^^" + literal.datatype.value.replace(XSD, "xsd:")
    return f'"{literal.value}"{suffix}'


def english(literals: Iterable[Literal]) -> str:
    """The English text of several, else one without a language, else the first by language; "" for none."""
    order = {"en": 0, "": 1}
    texts = [(order.get(text.language or "", 2), text.language or "", text.value) for text in literals]
    return min(texts)[2] if texts else ""
