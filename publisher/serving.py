"""The parent of the serving process: it builds, serves the current build, and swaps in the next one.

SIGHUP, or with ``--watch`` a saved file, builds anew; the serving process takes a good build over by itself
(``web/current.py``), a bad one changes nothing. SIGTERM and SIGINT stop after the requests under way. The web
server is Granian: its one worker holds the application, and is started again should it die.
"""

import math
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import fields, replace
from importlib import import_module
from pathlib import Path
from types import FrameType

from .config import PREFIX, Config
from .errors import PublisherError, SettingError
from .lifetime import end_with_parent
from .publish.builds import stay
from .publish.forked import Forked
from .watching import INTERVAL, Watch

_SHORT_LIFE = 10  # seconds; a web server that was started again and ends so soon would go on like that
_HEADER_BYTES = 128 * 1024  # of a request, and of an answer that waits to be sent; an address has at most 64 KiB
_ARENAS = {"MALLOC_ARENA_MAX": "2"}  # with one for each thread, as is usual, memory grew with every build
_OTHER_DESCRIPTORS = 512  # files, workers and whatever else a web process opens beside connections
PROGRAM = Path(__file__).resolve().parent.parent

Say = Callable[[str], None]


def serve(config: Config, say: Say, *, watch: bool = False) -> int:
    """Build, then serve until a signal ends it. Returns the exit code: 1 when there is nothing to serve.

    watch  build anew whenever a file of the content was saved, added or deleted; what is printed is for who edits,
           so there is no access log
    """
    config = replace(config, port=_free_port(config), access_log="off" if watch else config.access_log)
    signals: list[int] = []
    wake = threading.Event()

    def receive(number: int, _: FrameType | None) -> None:
        signals.append(number)
        wake.set()

    for handled in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        signal.signal(handled, receive)
    build = _warm_builder(config, say) if watch else lambda: _build(config)
    watched = Watch(config.content) if watch else None

    def renew() -> bool:
        """Build; when that fails, whatever happened to it, a good build stays current. Is there one?"""
        return build() or stay(config) is not None

    if not renew():
        say("there is nothing to serve: put the findings right and start again")
        return 1
    anew = "save a file to build anew" if watch else f"build anew with: kill -HUP {os.getpid()}"
    say(f"starting the web server (stop with Ctrl+C; {anew})")
    server, ended_before = _start(config), -math.inf
    while True:
        wake.wait(timeout=INTERVAL if watch else 1)
        wake.clear()
        received = [signals.pop(0) for _ in range(len(signals))]
        if set(received) - {signal.SIGHUP}:
            server.send_signal(signal.SIGTERM)
            return 0 if server.wait() <= 0 else 1
        changed = watched.changed() if watched else []
        if changed:
            say(f"changed: {', '.join(changed)}")
        ended = server.poll() is not None
        if ended and time.monotonic() - ended_before < _SHORT_LIFE:
            say("the web server ended by itself again")
            return 1
        if changed or received or ended:
            renew()
        if ended:
            say("the web server ended by itself and is started again")
            server, ended_before = _start(config), time.monotonic()


def _environment(config: Config) -> dict[str, str]:
    """The environment in which a child reads the same settings, wherever it runs."""
    config = replace(config, content=config.content.resolve(), build=config.build.resolve())
    settings = {PREFIX + entry.name.upper(): str(getattr(config, entry.name)) for entry in fields(config)}
    given = {name: value for name, value in settings.items() if value}
    return {**os.environ, **given, "PYTHONPATH": str(PROGRAM)}


def _build(config: Config) -> bool:
    """Build in a process of its own, so that this one stays small and whatever happens there stays there."""
    command = [sys.executable, "-m", __package__, "build"]
    run = subprocess.run(command, env=_environment(config), preexec_fn=_stop_with_parent, check=False)
    return run.returncode == 0


def _warm_builder(config: Config, say: Say) -> Callable[[], bool]:
    """Builds as ``_build`` does, in a fork of this process, which has loaded the program: a second less each."""
    from . import cli

    import_module(".publish.validation", __package__)
    os.environ.update(_environment(config))

    def build() -> bool:
        try:
            return Forked(lambda: cli.main(["build"])).result() == 0
        except PublisherError as error:
            say(error.detail)
        except Exception as error:  # whatever it is, the parent goes on and serves
            say(f"the build failed: {type(error).__name__}: {error}")
        return False

    return build


def _start(config: Config) -> "subprocess.Popen[bytes]":
    # Large answers and requests that wait for a page to be made hold a thread, and shall hold up no others.
    threads = 3 * config.web_threads + config.transfers  # queries and bodies, pages, a reserve; large answers
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", config.host, "--port", str(config.port),
        "--workers", "1", "--blocking-threads", str(threads), "--respawn-failed-workers",
        "--workers-kill-timeout", "10", "--http", "1", "--no-ws", "--log-level", "error",
        "--backlog", "4096", "--backpressure", str(_connections(config)),
        "--http1-header-read-timeout", str(min(60, config.header_seconds) * 1000),
        "--http1-buffer-size", str(_HEADER_BYTES),
        "server:app",
    ]  # fmt: skip
    return subprocess.Popen(
        command, env=_ARENAS | _environment(config), cwd=PROGRAM, start_new_session=True, preexec_fn=_stop_with_parent
    )


def _connections(config: Config) -> int:
    """The connections that the web server may hold: as many as are wanted and as the system has descriptors for."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = config.connections + _OTHER_DESCRIPTORS
    wanted = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    return max(16, wanted - _OTHER_DESCRIPTORS)


def _stop_with_parent() -> None:
    """Have the kernel end this process when its parent dies, whatever it died of."""
    end_with_parent(signal.SIGTERM)


def _free_port(config: Config) -> int:
    """The port of *config*, a free one for 0. Raises SettingError when another program listens there.

    The web server itself would share the port without a word.
    """
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    try:
        with socket.create_server((config.host, config.port), family=family) as listener:
            return int(listener.getsockname()[1])
    except OSError as error:
        where = f"{config.host}:{config.port}"
        raise SettingError(f"PUBLISHER_PORT: cannot listen at {where}: {error.strerror}; choose another") from error
