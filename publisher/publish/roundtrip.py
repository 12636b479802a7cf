"""Proof that the JSON-LD of each resource says exactly what its description says."""

from collections.abc import Callable, Iterator

from pyoxigraph import NamedNode, Triple

from ..content.findings import Finding
from ..describe.index import Index
from ..describe.jsonld import JsonLd
from ..describe.resource import describe
from ..errors import ContentError, NotAcceptable
from ..progress import counted
from ..store.store import Store
from .draft import Draft, at


def roundtrip_findings(draft: Draft, progress: Callable[[str], None]) -> Iterator[Finding]:
    """Describe each resource of ours, write it as a JSON-LD document, read that and compare.

    Hash IRIs are described with the resource they belong to.
    """
    content = draft.content
    store = Store(draft.engine, content.base_iri)
    try:
        jsonld = JsonLd(content.context, content.frames, f"{content.base_iri}context.jsonld")
    except ContentError:
        return  # the context and the frames have findings of their own
    index = Index.of(store)
    resources = sorted({iri for triple in store.triples() if (iri := _resource(triple, content.base_iri))})
    for iri in counted(resources, len(resources), "JSON-LD", progress):
        for problem in _problems(store, jsonld, index, iri):
            message = f"{draft.wording.named(NamedNode(iri))}: {draft.wording.shorten(problem)}"
            yield at(draft.positions.line(iri), "error", message, "a context and a frame that keep each statement")


def _resource(triple: Triple, base_iri: str) -> str:
    """The subject, when it is a resource of ours; else ""."""
    iri = triple.subject.value if isinstance(triple.subject, NamedNode) else ""
    return iri if iri.startswith(base_iri) and "#" not in iri else ""


def _problems(store: Store, jsonld: JsonLd, index: Index, iri: str) -> Iterator[str]:
    description = describe(store, iri, index)
    if description is None:
        return
    triples = description.triples()
    try:
        jsonld.framed(iri, description.types, triples)  # raises where a document would quietly do without the frame
        missing, extra = jsonld.roundtrip(triples, jsonld.document(iri, description.types, triples))
    except NotAcceptable:
        return  # the server refuses it with the reason
    except ContentError as error:
        yield f"JSON-LD cannot be read back: {error.detail}"
        return
    if missing:
        yield f"JSON-LD leaves out {_count(missing)}"
    if extra:
        yield f"JSON-LD says more: {_count(extra)}"


def _count(triples: list[Triple]) -> str:
    return f"{len(triples):,} statement{'' if len(triples) == 1 else 's'}, first {triples[0]}"
