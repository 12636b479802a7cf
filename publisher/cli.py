"""The command line: ``python -m publisher validate | build | serve``.

Every setting can also be given as an option (``--port 8080`` for PUBLISHER_PORT). Exit code 0 is good, 1 is
content that cannot be published, 2 is a wrong call or setting.
"""

import argparse
import sys
import time
from dataclasses import fields
from pathlib import Path

from .config import Config
from .content.dataset import read_content
from .errors import ContentError, PublisherError, SettingError
from .publish.snapshot import STALE, build, current_version, make_current


def main(arguments: list[str] | None = None) -> int:
    """Run one command; *arguments* default to those of the process. Returns the exit code."""
    parser = _parser()
    options = vars(parser.parse_args(arguments))
    command = options.pop("command")
    deep = options.pop("deep", False)
    try:
        config = Config.from_environment(**options)
        if command == "validate":
            return _validate(config, deep)
        if command == "build":
            return _build(config)
        return _serve(config)
    except ContentError as error:
        _say(error.detail)
        return 1
    except SettingError as error:
        _say(f"{error.title}: {error.detail}")
        return 2
    except PublisherError as error:
        _say(f"{error.title}: {error.detail}")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="publisher", description="Publish a folder of RDF as linked data.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, help in (
        ("validate", "say what is wrong in the content, with file and line"),
        ("build", "validate, then write the next build and make it current"),
        ("serve", "build if the content changed, then serve; SIGHUP builds anew"),
    ):
        command = commands.add_parser(name, help=help, description=help)
        for entry in fields(Config):
            option = "--" + entry.name.replace("_", "-")
            kind = entry.type if entry.type in (int, Path) else str
            text = f"{entry.metadata['help']} (default: {entry.default!s})"
            command.add_argument(option, type=kind, default=None, help=text, metavar="VALUE")
        if name == "validate":
            command.add_argument("--deep", action="store_true", help="prove the JSON-LD round trip of every resource")
    return parser


def _validate(config: Config, deep: bool) -> int:
    from .publish.validation import validate

    report = validate(read_content(config), config, deep=deep, progress=_say)
    print(report)
    return 0 if report.ok else 1


def _build(config: Config) -> int:
    """Build the content unless its build exists; a build that fails leaves everything as it was."""
    from .publish.validation import validate

    started = time.monotonic()
    content = read_content(config)
    existing = config.build / content.version
    if (existing / "manifest.json").exists():
        make_current(config, existing)
        _say(f"build {content.version[:12]} is up to date")
        return 0
    report = validate(content, config, progress=_say)
    print(report)
    if not report.ok or report.engine is None:
        _mark_stale(config, content.version)
        return 1
    build(content, report.engine, config, _say)
    _say(f"build {content.version[:12]} is ready after {time.monotonic() - started:.1f} s")
    return 0


def _mark_stale(config: Config, version: str) -> None:
    if current_version(config):
        (config.build / STALE).write_text(version + "\n", encoding="utf-8")
        _say(f"nothing was changed: build {str(current_version(config))[:12]} stays the current one")


def _serve(config: Config) -> int:
    from .serving import serve

    return serve(config, _say)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
