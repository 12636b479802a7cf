"""The parent of the serving process: it builds, serves the current build, and swaps in the next one.

SIGHUP, or with ``--watch`` a saved file, builds anew; the serving process takes a good build over by itself
(``web/current.py``), a bad one changes nothing. SIGTERM and SIGINT end a build at once and the server after the
requests under way. The web server is Granian: its one worker holds the application, and is started again should it die.
"""

import math
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial
from pathlib import Path

from .building import Building, forked, spawned
from .config import PREFIX, Config
from .errors import SettingError
from .lifetime import begin_child
from .watching import INTERVAL, Watch

_SHORT_LIFE = 10  # seconds; a web server that was started again and ends so soon would go on like that
_HEADER_BYTES = 128 * 1024  # of a request, and of an answer that waits to be sent; an address has at most 64 KiB
_ARENAS = {"MALLOC_ARENA_MAX": "2"}  # with one for each thread, as is usual, memory grew with every build
_AWAITED = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
_OTHER_DESCRIPTORS = 512  # files, workers and whatever else a web process opens beside connections
PROGRAM = Path(__file__).resolve().parent.parent

Say = Callable[[str], None]


def serve(config: Config, say: Say, *, watch: bool = False) -> int:
    """Build, then serve until a signal ends it. Returns the exit code: 1 when there is nothing to serve.

    watch  build anew whenever a file of the content was saved, added or deleted; what is printed is for who edits,
           so there is no access log
    """
    config = replace(config, port=_free_port(config), access_log="off" if watch else config.access_log)
    signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)
    environment = _environment(config)
    building = Building(forked(environment) if watch else spawned(environment), config)
    watched = Watch(config.content) if watch else None
    server, died, started = None, False, -math.inf
    try:
        while True:
            good = building.go_on()
            if server is None and good is False:
                say("there is nothing to serve: put the findings right and start again")
                return 1
            if server is None and good:
                anew = "save a file to build anew" if watch else f"build anew with: kill -HUP {os.getpid()}"
                say(f"starting the web server (stop with Ctrl+C; {anew})")
                server, started = _start(config), time.monotonic() if died else -math.inf
            received = _signals(INTERVAL if watch else 1)
            if received & {signal.SIGTERM, signal.SIGINT}:
                building.end()
                return _stop(server)
            changed = watched.changed() if watched else []
            if changed:
                say(f"changed: {', '.join(changed)}")
            ended = server is not None and server.poll() is not None
            if ended and time.monotonic() - started < _SHORT_LIFE:
                say("the web server ended by itself again")
                return 1
            if ended:
                say("the web server ended by itself and is started again")
                server, died = None, True
            if changed or ended or signal.SIGHUP in received:
                building.want()
    finally:
        building.end()


def _signals(seconds: float) -> set[int]:
    """The signals that came, after one did or the time is over; a child that ended sends one too."""
    received: set[int] = set()
    while found := signal.sigtimedwait(_AWAITED, 0 if received else seconds):
        received.add(found.si_signo)
    return received


def _stop(server: "subprocess.Popen[bytes] | None") -> int:
    """End the web server after the requests under way. Returns the exit code."""
    if server is None:
        return 0
    server.send_signal(signal.SIGTERM)
    return 0 if server.wait() <= 0 else 1


def _environment(config: Config) -> dict[str, str]:
    """The environment in which a child reads the same settings, wherever it runs."""
    config = replace(config, content=config.content.resolve(), build=config.build.resolve())
    settings = {PREFIX + entry.name.upper(): str(getattr(config, entry.name)) for entry in fields(config)}
    given = {name: value for name, value in settings.items() if value}
    return {**os.environ, **given, "PYTHONPATH": str(PROGRAM)}


def _start(config: Config) -> "subprocess.Popen[bytes]":
    # Large answers and requests that wait for a page to be made hold a thread, and shall hold up no others.
    # Queries and bodies, pages, who waits for another's answer, a reserve; large answers.
    threads = 4 * config.web_threads + config.transfers
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
        command,
        env=_ARENAS | _environment(config),
        cwd=PROGRAM,
        start_new_session=True,
        preexec_fn=partial(begin_child, signal.SIGTERM, os.getpid()),
    )


def _connections(config: Config) -> int:
    """The connections that the web server may hold: as many as are wanted and as the system has descriptors for."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = config.connections + _OTHER_DESCRIPTORS
    wanted = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    return max(16, wanted - _OTHER_DESCRIPTORS)


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
