"""The application on the current build: it follows the link ``build/current`` while it runs.

A new build is opened beside the old one, in this process, and takes over between two requests: no connection
and no waiting client is lost. Requests under way end on the build they began with. When dumps of a build follow, or
its catalogue is completed, an application that knows them takes over in the same way.
"""

import contextlib
import gc
import threading
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .. import __version__
from ..config import Config
from ..errors import PublisherError, SnapshotMissing
from ..progress import say
from ..publish.builds import current_build, read_manifest
from ..publish.checksums import TOLD
from ..publish.snapshot import Snapshot, open_current
from ..store.store import DESCRIBED, STORE
from ..store.workers import Workers
from .app import create_app, warm
from .assets import missing_assets
from .cache import ResponseCache
from .rendering import Rendering

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

INTERVAL = 0.1  # seconds between two looks at the link
LESS_CONFINED = (
    "query processes are less confined than they could be: this processor, kernel or container has no filter of "
    "system calls for them (seccomp), or none of files (Landlock)"
)

PLAINER = "pages work, but plainer: {} not installed, which `make assets` does"

Mark = tuple[str, int, int]


@dataclass
class Served:
    """One build that is opened: what answers from it, and how many requests are under way in it.

    dumps      mark of the list of dumps that the application knows
    described  mark of the list of derived graphs that the application, the workers and the store know
    """

    snapshot: Snapshot
    workers: Workers
    app: "WSGIApplication"
    dumps: Mark
    described: Mark
    under_way: int = 0


class Current:
    """The WSGI application of whichever build is current.

    counts   what happened to queries and their workers since the process began, whatever the build
    raises   SnapshotMissing, SettingError, when there is nothing to serve at the start; later a build that
             cannot be opened is told on standard error, and the one before goes on
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        directory = current_build(config)
        self._seen = mark(directory)
        self._served = self._open(directory)
        settle()
        if not self.workers.confined:
            say(LESS_CONFINED)
        if missing_assets():
            say(PLAINER.format(f"{', '.join(missing_assets())} {'is' if len(missing_assets()) == 1 else 'are'}"))
        say(f"serving at {config.location}")
        threading.Thread(target=self._follow, name="follow build/current", daemon=True).start()

    @property
    def workers(self) -> Workers:
        """The workers of the current build."""
        return self._served.workers

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request (PEP 3333). What it returns needs the build's workers no more."""
        with self._lock:
            served = self._served
            served.under_way += 1
        try:
            return served.app(environ, start_response)
        finally:
            with self._lock:
                served.under_way -= 1

    def _follow(self) -> None:
        """Take each build that becomes current, one that was made anew too, and the dumps that follow."""
        while True:
            time.sleep(INTERVAL)
            try:
                directory = current_build(self.config)
            except SnapshotMissing:
                continue  # no build is current, for now
            before, self._seen = self._seen, mark(directory)
            try:
                if self._seen != before:
                    self._replace(self._open(directory))
                self._take_up(self._served)
            except Exception as error:  # whatever it is, the build that is served goes on
                reason = error.detail if isinstance(error, PublisherError) else f"{type(error).__name__}: {error}"
                say(f"build {directory.name[:8]} cannot be served: {reason}")

    def _take_up(self, served: Served) -> None:
        """Have a new application take over, when files followed: no page is left that lists the old.

        When the catalogue was written anew, what is in memory is opened anew, so that SPARQL finds it too. A store on
        disk does not change, and answers with the catalogue that came with the build.
        """
        before = served.dumps, served.described
        served.dumps, served.described = self._marks(served.snapshot.directory)
        if served.described != before[1] and not (served.snapshot.directory / STORE).is_dir():
            self._replace(self._open(served.snapshot.directory))
        elif (served.dumps, served.described) != before:
            served.app = self._application(served.snapshot, served.workers)
            settle()

    @staticmethod
    def _marks(directory: Path) -> tuple[Mark, Mark]:
        return mark(directory / TOLD), mark(directory / f"{DESCRIBED}.json")

    def _replace(self, new: Served) -> None:
        new.workers.before = self._served.workers
        with self._lock:
            old, self._served = self._served, new
        say(f"serving build {new.snapshot.version[:8]}")
        while old.under_way:
            time.sleep(INTERVAL)
        new.workers.before = None
        old.workers.close()
        del old
        settle()

    def _open(self, directory: Path) -> Served:
        """Open the build in *directory*: for the workers and for this process at once, for both read the data."""
        manifest = read_manifest(directory)
        if manifest["program"] != __version__:
            raise SnapshotMissing(f"it was made by version {manifest['program']} of the program; restart this one")
        marks = self._marks(directory)  # before anything is read: what changes from now on is taken up later
        with ThreadPoolExecutor(1) as pool:
            starting = pool.submit(
                Workers, directory, self.config, manifest["base_iri"], manifest["prefixes"], self.counts
            )
            try:
                snapshot = open_current(self.config, directory)
            except BaseException:
                with contextlib.suppress(RuntimeError):  # they could not open it either
                    starting.result().close()
                raise
            workers = starting.result()
        return Served(snapshot, workers, self._application(snapshot, workers), *marks)

    def _application(self, snapshot: Snapshot, workers: Workers) -> "WSGIApplication":
        """All that answers requests on an opened build, with an empty memory of answers."""
        app = create_app(snapshot, self.config, workers)
        mount, line = app.extensions["publisher"].mount, self.config.web_threads
        rendering = Rendering(app.wsgi_app, mount, line, self.config.queue_seconds)
        cache = ResponseCache(rendering, self.config.cache_bytes, self.config.web_threads)
        warm(cache)
        return cache


def settle() -> None:
    """Get back the memory of what was replaced, an application being full of circles, and look no more at what stays.

    The collector would read all of it again now and then, and every thread would wait for a tenth of a second.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def mark(path: Path) -> Mark:
    """What tells a file or folder from one that took its place; the same for all that is not there."""
    try:
        stat = path.stat()
    except OSError:
        return path.name, 0, 0
    return path.name, stat.st_ino, 0 if path.is_dir() else stat.st_mtime_ns
