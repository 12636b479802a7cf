"""The catalogue of a build completed, while it is served already: with all that only its downloads tell.

The downloads that nobody measured yet are asked of the application in this process, without a network: their sizes
and checksums go into the catalogue. Then its quality is assessed, and the graphs that tell it are written anew, at
once. Whatever ends this early, what is served stays as it was, and the next one who asks takes it up.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from .config import Config
from .describe.assessment import Assessment, assess
from .describe.catalogue import Catalogue
from .describe.checklists import Ask
from .describe.dqv import NAME as QUALITY
from .describe.dqv import quality_graph
from .describe.published import Measured
from .errors import BuildError, SnapshotMissing
from .progress import Progress, counted
from .publish.builds import DAMAGED
from .publish.described import describe_build, read_assessment, write_assessment, write_described
from .publish.forked import Forked
from .publish.snapshot import Snapshot, open_current
from .store.store import DESCRIBED
from .store.workers import Workers
from .web.app import create_app
from .web.asking import Asking

LARGEST_GRAPH = 100_000  # statements; the forms of a larger named graph are not measured
_ABSENT = (404, 406, 410)  # status of what cannot be had after all, as a form that cannot say the data
_NICE = 19  # so that whoever serves comes first


def complete(config: Config, directory: Path, progress: Progress = lambda _: None) -> None:
    """Write the catalogue of the build in *directory*, whose dumps are there, and its quality, unless that is done.

    All of it happens in a child process of low priority.

    raises   SnapshotMissing, when the build is damaged; BuildError for what the system refuses
    """
    work = Forked(partial(_describe, config, directory, progress))
    try:
        work.result()
    except OSError as error:
        if directory.is_dir():  # else it was deleted meanwhile
            raise BuildError(
                f"the catalogue cannot be completed: {error.strerror or error}; what is served stays"
            ) from error
    finally:
        work.cancel()


def _describe(config: Config, directory: Path, progress: Progress) -> None:
    os.nice(_NICE)
    with _alone(directory), asked(config, directory) as (snapshot, ask):
        if snapshot.is_derived(snapshot.base_iri + QUALITY):
            if not read_assessment(directory):
                write_assessment(directory, assess(read_catalogue(snapshot), ask))
            return
        measured = measure_downloads(snapshot, ask, progress)
        graphs = describe_build(directory, config.location, measured, store=snapshot.store, progress=progress)
        catalogue = Catalogue.of(graphs["catalog"])
        progress("assessing the catalogue")
        assessment = assess(catalogue, ask)
        quality = quality_graph(assessment, catalogue, snapshot.base_iri, config.location)
        write_assessment(directory, assessment)
        write_described(directory, {**graphs, QUALITY: quality})
        points = assessment.quality.points
        progress(f"the catalogue is complete: {points:g} of 405 points of metadata quality")


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """One process at a time, another one waits: each deletes what the graphs were before."""
    lock = os.open(directory / DESCRIBED, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def assess_build(config: Config, directory: Path) -> tuple[Catalogue, Assessment]:
    """The catalogue of the build in *directory* as it is by now, and what is found of it."""
    with asked(config, directory) as (snapshot, ask):
        catalogue = read_catalogue(snapshot)
        return catalogue, assess(catalogue, ask)


@contextmanager
def asked(config: Config, directory: Path) -> Iterator[tuple[Snapshot, Ask]]:
    """The build in *directory*, opened, and what asks an application of it in this process.

    raises   SnapshotMissing, when the build is damaged
    """
    snapshot = open_current(config, directory)
    config = replace(config, query_workers=1)
    with closing(Workers(directory, config, snapshot.base_iri, snapshot.prefixes)) as workers:
        yield snapshot, Asking(create_app(snapshot, config, workers).wsgi_app, config.location)


def read_catalogue(snapshot: Snapshot) -> Catalogue:
    """The catalogue of a build. Raises SnapshotMissing, when it is damaged."""
    try:
        return Catalogue.of(quad.triple for quad in snapshot.derived(f"{snapshot.base_iri}catalog"))
    except (OSError, ValueError, SyntaxError) as error:
        raise SnapshotMissing(DAMAGED.format(snapshot.version[:12])) from error


def measure_downloads(snapshot: Snapshot, ask: Ask, progress: Progress = lambda _: None) -> dict[str, Measured | None]:
    """What each download is of which the catalogue gives no size and no dump is told; None for what cannot be had."""
    wanted = list(_unmeasured(snapshot))
    measured: dict[str, Measured | None] = {}
    for address in counted(wanted, len(wanted), "measuring the downloads", progress):
        answer = ask("GET", address, "*/*")
        if answer.good:
            digest = hashlib.sha256(answer.body).hexdigest()
            measured[address] = Measured(len(answer.body), digest, answer.media_type)
        elif answer.status in _ABSENT:
            measured[address] = None
    return measured


def _unmeasured(snapshot: Snapshot) -> Iterator[str]:
    """The downloads to ask for: those of the whole are dumps, whose list tells what they are."""
    large = {graph["iri"] for graph in snapshot.manifest["graphs"] if graph["triples"] > LARGEST_GRAPH}
    for dataset in read_catalogue(snapshot).datasets[1:]:
        for found in dataset.distributions if dataset.iri not in large else ():
            if found.download_url and found.bytes is None:
                yield found.download_url
