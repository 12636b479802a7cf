"""The derived graphs that name the dumps: the catalogue, and the data in numbers (VoID).

They are computed with the build, from what is known by then, and again when its dumps are complete. What is found of
the catalogue then is kept beside them, as JSON.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from pyoxigraph import Triple

from ..content.queries import NamedQuery, from_json
from ..describe.assessment import Assessment
from ..describe.catalogue import Catalogue
from ..describe.dcat import catalog
from ..describe.index import Index
from ..describe.published import Measured, Published
from ..describe.statistics import statistics
from ..describe.tables import of_the_world
from ..describe.void import NAME as VOID
from ..describe.void import void
from ..progress import Progress
from ..store.store import Store
from .builds import INDEX, read_manifest
from .checksums import ASSESSED
from .derived import replace_described
from .distributions import FORMATS, dump_name, read_distributions
from .lines import UNION, by_subject, read_lines
from .versions import chain

CATALOG = "catalog"
SOON = 100_000  # statements up to which the data is counted at once; of more when the dumps are there
MOST_CLASSES = 10  # whose names say what the data is about, when nobody does


def describe_build(
    directory: Path,
    location: str,
    measured: Mapping[str, Measured | None] | None = None,
    *,
    store: Store | None = None,
    quickly: bool = False,
    progress: Progress = lambda _: None,
) -> dict[str, list[Triple]]:
    """The graphs that describe the build in *directory*: name -> statements, for ``write_described``.

    location  address of the server
    measured  address of a download -> what it was found to be; None for one that cannot be had after all
    store     the build's statements, when they are open already
    quickly   leave large data uncounted: somebody waits for the build
    raises    SnapshotMissing, when the build is damaged
    """
    manifest, index = read_manifest(directory), Index.open(directory / INDEX)
    opened = store or Store.open(directory, manifest["base_iri"])
    dumps = read_distributions(directory)
    address = f"{location}dump/latest/"
    known = {address + file.file: Measured(file.bytes, file.sha256) for file in dumps.files}
    triples = next((file for file in dumps.files if file.suffix == "nt"), None)
    if triples:
        known[f"{location}rdf-graph-store?default&format=nt"] = Measured(triples.bytes, triples.sha256)
    published = Published(
        store=opened,
        base_iri=manifest["base_iri"],
        location=location,
        name=dump_name(manifest["base_iri"]),
        version=manifest["version"],
        date=datetime.fromisoformat(manifest["date"]),
        triples=manifest["triples"],
        graphs=tuple(manifest["graphs"]),
        queries=_queries(directory),
        dumps=tuple(format for format in FORMATS if format.suffix not in dumps.left_out),
        measured={**known, **(measured or {})},
        classes=tuple(_classes(index)),
        languages=index.languages(),
        versions=tuple(chain(directory.parent, manifest)),
    )
    graphs = {CATALOG: catalog(published)}
    if (directory / UNION).is_file() and not (quickly and manifest["triples"] > SOON):
        lines = by_subject(read_lines(directory / UNION, "counting the data", progress))
        counted = statistics(lines, manifest["base_iri"], manifest["prefixes"], directory)
        graphs[VOID] = void(
            counted, Catalogue.of(graphs[CATALOG]), base_iri=manifest["base_iri"], location=location,
            graphs=manifest["graphs"], prefixes=manifest["prefixes"], is_personal=index.is_personal,
        )  # fmt: skip
    return graphs


def write_described(directory: Path, graphs: Mapping[str, Iterable[Triple]]) -> None:
    """Write each of *graphs* (name -> statements) of the build in *directory*, or write it anew, all at once.

    raises   OSError, when the system refuses; SnapshotMissing, when the build is damaged
    """
    replace_described(directory, read_manifest(directory)["base_iri"], graphs)


def write_assessment(directory: Path, assessment: Assessment) -> None:
    """Write the assessment of the catalogue of the build in *directory*, in one step."""
    new = directory / f".{ASSESSED}"
    new.write_text(json.dumps(assessment.as_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    new.replace(directory / ASSESSED)


def read_assessment(directory: Path) -> Assessment | None:
    """The assessment of the catalogue of the build in *directory*; None while there is none that can be read."""
    try:
        return Assessment.from_json(json.loads((directory / ASSESSED).read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _classes(index: Index) -> Iterator[Mapping[str, str]]:
    """Names of the largest classes of the data, of those that have one."""
    counts = of_the_world(index.classes())
    largest: Sequence[str] = sorted(counts, key=lambda iri: (-counts[iri], iri))[:MOST_CLASSES]
    return filter(None, map(index.names, largest))


def _queries(directory: Path) -> tuple[NamedQuery, ...]:
    told = json.loads((directory / "queries.json").read_bytes())
    return tuple(map(from_json, told["api"]))
