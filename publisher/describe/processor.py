"""The general processor of JSON-LD, with a memory: it meets the same context and the same IRIs again and again.

Contexts come from memory alone: nothing is ever loaded from the network or a file.
"""

from typing import Any

from pyld import FrozenDocumentLoader, jsonld

KEPT = 20_000  # IRIs in compact form


class Contexts:
    """Loads the context at one *url*, and says that it never changes, so that it is processed once."""

    def __init__(self, url: str, context: Any) -> None:
        self._load = FrozenDocumentLoader({url: {"@context": context}})

    def __call__(self, url: str, options: dict[str, Any]) -> dict[str, Any]:
        return {**self._load(url, options), "tag": "static"}


class Processor(jsonld.JsonLdProcessor):  # type: ignore[misc]
    """PyLD's framing of nodes that are in expanded form already. Not for threads."""

    def __init__(self) -> None:
        super().__init__()
        self._compact_iris: dict[tuple[str, str, bool, str | None, bool], str | None] = {}

    def expand(self, input_: Any, options: Any) -> Any:
        return super().expand(input_, options) if options.get("isFrame") else input_

    def _compact_iri(
        self,
        active_ctx: Any,
        iri: Any,
        value: Any = None,
        vocab: bool = False,
        base: str | None = None,
        reverse: bool = False,
    ) -> Any:
        """How an IRI is written in a context; without a value, that does not depend on where it is met."""
        if value is not None or iri is None:
            return super()._compact_iri(active_ctx, iri, value, vocab, base, reverse)
        key = active_ctx["_uuid"], iri, vocab, base, reverse
        if key not in self._compact_iris:
            if len(self._compact_iris) >= KEPT:
                self._compact_iris.clear()
            self._compact_iris[key] = super()._compact_iri(active_ctx, iri, None, vocab, base, reverse)
        return self._compact_iris[key]
