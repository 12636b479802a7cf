"""The processor with a memory frames as the general one does, the first time and the second."""

from pyld import jsonld
from pyld.context_resolver import ContextResolver
from pyoxigraph import NamedNode

from publisher.describe.expansion import expanded
from publisher.describe.processor import Contexts, Processor
from publisher.describe.resource import describe
from publisher.publish.snapshot import Snapshot

URL = "https://data.example.org/context.jsonld"


def test_it_frames_as_the_general_processor_does(tiny_snapshot: Snapshot) -> None:
    loader = Contexts(URL, tiny_snapshot.context["@context"])
    processor, resolved = Processor(), {}  # type: ignore[var-annotated]
    subjects = {t.subject.value for t in tiny_snapshot.store.triples() if isinstance(t.subject, NamedNode)}
    own = sorted(iri for iri in subjects if iri.startswith(tiny_snapshot.base_iri + "id/") and "#" not in iri)
    [frame] = tiny_snapshot.frames.values()
    for iri in own * 2:
        description = describe(tiny_snapshot.store, iri, tiny_snapshot.index)
        assert description is not None
        nodes = expanded(description.triples())
        framed = {**frame, "@context": URL, "@id": iri}
        options = {"documentLoader": loader, "base": "", "omitDefault": True}

        got = processor.frame(nodes, framed, options | {"contextResolver": ContextResolver(resolved, loader)})

        assert got == jsonld.frame(nodes, framed, dict(options))
    assert len(own) > 2 and len(resolved) == 2
