"""The application on the current build: it follows the link ``build/current`` while it runs.

A new build is opened beside the old one, in this process, and takes over between two requests: no connection
and no waiting client is lost. Requests under way end on the build they began with.
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
from ..publish.snapshot import open_current
from ..store.workers import Workers
from .app import create_app
from .cache import ResponseCache
from .rendering import Rendering

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

INTERVAL = 0.1  # seconds between two looks at the link


@dataclass
class Served:
    """One build that is opened: its application, its workers, and how many requests are under way in it."""

    directory: Path
    app: "WSGIApplication"
    workers: Workers
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
        self._served = self._open(current_build(config))
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
        """Open each build that becomes current; end those that no request needs any more."""
        seen = self._served.directory
        while True:
            time.sleep(INTERVAL)
            with contextlib.suppress(SnapshotMissing):  # no build is current, for now
                before, seen = seen, current_build(self.config)
                if seen != before:
                    self._take(seen)

    def _take(self, directory: Path) -> None:
        try:
            self._replace(self._open(directory))
        except Exception as error:  # whatever it is, the build that is served goes on
            reason = error.detail if isinstance(error, PublisherError) else f"{type(error).__name__}: {error}"
            say(f"build {directory.name[:8]} cannot be served: {reason}")

    def _replace(self, new: Served) -> None:
        with self._lock:
            old, self._served = self._served, new
        say(f"serving build {new.directory.name[:8]}")
        while old.under_way:
            time.sleep(INTERVAL)
        old.workers.close()
        del old
        gc.collect()  # an application is full of circles; its memory is wanted back before the next build

    def _open(self, directory: Path) -> Served:
        """Open the build in *directory*: for the workers and for this process at once, for both read the data."""
        manifest = read_manifest(directory)
        if manifest["program"] != __version__:
            raise SnapshotMissing(f"it was made by version {manifest['program']} of the program; restart this one")
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
        app = create_app(snapshot, self.config, workers)
        mount, line = app.extensions["publisher"].mount, self.config.web_threads
        rendering = Rendering(app.wsgi_app, mount, line, self.config.queue_seconds)
        return Served(directory, ResponseCache(rendering, self.config.cache_bytes), workers)
