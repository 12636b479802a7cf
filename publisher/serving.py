"""The parent of the serving process: it builds, serves the current build, and swaps in the next one.

SIGHUP, or with ``--watch`` a saved file, builds anew; a good build replaces the serving process without a
failed request, a bad one changes nothing. SIGTERM and SIGINT stop after the requests under way. The web
server is Granian; its own SIGHUP starts a new worker, which opens the new ``build/current``, before it ends
the old one.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import fields, replace
from importlib import import_module
from pathlib import Path
from types import FrameType

from .config import PREFIX, Config
from .errors import PublisherError, SettingError
from .publish.forked import Forked
from .publish.snapshot import current_version, open_manifest
from .watching import INTERVAL, Watch

_PR_SET_PDEATHSIG = 1
_TRIPLES_A_SECOND = 50_000  # read by a web process that opens a build, on a slow machine
PROGRAM = Path(__file__).resolve().parent.parent

Say = Callable[[str], None]


def serve(config: Config, say: Say, *, watch: bool = False) -> int:
    """Build, then serve until a signal ends it. Returns the exit code: 1 when there is nothing to serve.

    watch  build anew whenever a file of the content was saved, added or deleted
    """
    config = replace(config, port=_free_port(config))
    signals: list[int] = []
    wake = threading.Event()

    def receive(number: int, _: FrameType | None) -> None:
        signals.append(number)
        wake.set()

    for handled in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        signal.signal(handled, receive)
    build = _warm_builder(config, say) if watch else lambda: _build(config)
    watched = Watch(config.content) if watch else None
    if not build() and current_version(config) is None:
        say("there is nothing to serve: put the findings right and start again")
        return 1
    server = _start(config)
    anew = "save a file to build anew" if watch else f"build anew with: kill -HUP {os.getpid()}"
    say(f"serving at {config.location} (stop with Ctrl+C; {anew})")
    while server.poll() is None:
        wake.wait(timeout=INTERVAL if watch else 1)
        wake.clear()
        received = [signals.pop(0) for _ in range(len(signals))]
        if set(received) - {signal.SIGHUP}:
            server.send_signal(signal.SIGTERM)
            return 0 if server.wait() <= 0 else 1
        changed = watched.changed() if watched else []
        if changed:
            say(f"changed: {', '.join(changed)}")
        if changed or received:
            before = current_version(config)
            if build() and current_version(config) != before:
                server.send_signal(signal.SIGHUP)
    say("the web server ended by itself")
    return 1


def _environment(config: Config) -> dict[str, str]:
    """The environment in which a child reads the same settings, wherever it runs."""
    config = replace(config, content=config.content.resolve(), build=config.build.resolve())
    settings = {PREFIX + entry.name.upper(): str(getattr(config, entry.name)) for entry in fields(config)}
    given = {name: value for name, value in settings.items() if value}
    return {**os.environ, **given, "PYTHONPATH": str(PROGRAM)}


def _build(config: Config) -> bool:
    """Build in a process of its own, so that this one stays small and whatever happens there stays there."""
    command = [sys.executable, "-m", __package__, "build"]
    return subprocess.run(command, env=_environment(config), check=False).returncode == 0


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
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", config.host, "--port", str(config.port),
        "--workers", "1", "--blocking-threads", str(config.web_threads), "--respawn-failed-workers",
        "--workers-kill-timeout", "10", "--respawn-interval", f"{_seconds_to_open(config):.1f}",
        "--http", "1", "--no-ws", "--log-level", "error", "server:app",
    ]  # fmt: skip
    return subprocess.Popen(
        command, env=_environment(config), cwd=PROGRAM, start_new_session=True, preexec_fn=_stop_with_parent
    )


def _seconds_to_open(config: Config) -> float:
    """How long the next web process may take to open a build: so long the old one goes on beside it."""
    return 1.5 + int(open_manifest(config)["triples"]) / _TRIPLES_A_SECOND


def _stop_with_parent() -> None:
    """Have the kernel end this process when its parent dies, whatever it died of."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


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
