"""The parent of the serving process: it builds, serves the current build, and swaps in the next one.

SIGHUP, or with ``--watch`` a saved file, builds anew; the serving process takes a good build over by itself
(``web/current.py``), a bad one changes nothing. SIGTERM and SIGINT stop after the requests under way. The web
server is Granian: its one worker holds the application, and is started again should it die.
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
from .publish.snapshot import current_version
from .watching import INTERVAL, Watch

_PR_SET_PDEATHSIG = 1
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
    anew = "save a file to build anew" if watch else f"build anew with: kill -HUP {os.getpid()}"
    say(f"starting the web server (stop with Ctrl+C; {anew})")
    server = _start(config)
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
            build()
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
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", config.host, "--port", str(config.port),
        "--workers", "1", "--blocking-threads", str(config.web_threads), "--respawn-failed-workers",
        "--workers-kill-timeout", "10", "--http", "1", "--no-ws", "--log-level", "error", "server:app",
    ]  # fmt: skip
    return subprocess.Popen(
        command, env=_environment(config), cwd=PROGRAM, start_new_session=True, preexec_fn=_stop_with_parent
    )


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
