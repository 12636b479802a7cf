"""The command line: ``python -m publisher COMMAND``; the table at the end has all commands.

Every setting can also be given as an option (``--port 8080`` for PUBLISHER_PORT). Exit code 0 is good, 1 is
content that cannot be published, 2 is a wrong call or setting. Results go to standard output, progress and
errors to standard error.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, fields

from .config import PREFIX, Config
from .content.dataset import read_content
from .errors import ContentError, PublisherError, SettingError
from .publish.snapshot import STALE, build, current_version, make_current

Options = argparse.Namespace


@dataclass(frozen=True)
class Command:
    """A command: its name, what it does in a line, what runs it, and its own arguments beside the settings."""

    name: str
    help: str
    run: Callable[[Config, Options], int]
    arguments: Callable[[argparse.ArgumentParser], object] = lambda _: None


def main(arguments: list[str] | None = None) -> int:
    """Run one command; *arguments* default to those of the process. Returns the exit code."""
    options = _parser().parse_args(arguments)
    given = {PREFIX + entry.name.upper(): getattr(options, entry.name) for entry in fields(Config)}
    settings = {name: value for name, value in given.items() if value is not None}
    try:
        return int(options.command.run(Config.from_environment({**os.environ, **settings}), options))
    except ContentError as error:
        say(error.detail)
        return 1
    except SettingError as error:
        say(f"{error.title}: {error.detail}")
        return 2
    except PublisherError as error:
        say(f"{error.title}: {error.detail}")
        return 1


def say(text: str) -> None:
    """Tell the person at the terminal how it goes."""
    print(text, file=sys.stderr, flush=True)


def validate(config: Config, options: Options) -> int:
    """Print the findings."""
    from .publish.validation import validate

    report = validate(read_content(config), config, deep=options.deep, progress=say)
    print(report)
    return 0 if report.ok else 1


def make_build(config: Config, _: Options) -> int:
    """Build the content unless its build exists; a build that fails leaves everything as it was."""
    from .publish.validation import validate

    started = time.monotonic()
    content = read_content(config)
    existing = config.build / content.version
    if (existing / "manifest.json").exists():
        make_current(config, existing)
        say(f"build {content.version[:12]} is up to date")
        return 0
    report = validate(content, config, progress=say)
    print(report)
    if not report.ok or report.engine is None:
        _mark_stale(config, content.version)
        return 1
    build(content, report.engine, config, say)
    say(f"build {content.version[:12]} is ready after {time.monotonic() - started:.1f} s")
    return 0


def serve(config: Config, _: Options) -> int:
    """Serve until a signal ends it."""
    from .serving import serve

    return serve(config, say)


def _mark_stale(config: Config, version: str) -> None:
    current = current_version(config)
    if current:
        (config.build / STALE).write_text(version + "\n", encoding="utf-8")
        say(f"nothing was changed: build {current[:12]} stays the current one")


COMMANDS = (
    Command(
        "validate",
        "say what is wrong in the content, with file and line",
        validate,
        lambda parser: parser.add_argument(
            "--deep", action="store_true", help="prove the JSON-LD round trip of every resource"
        ),
    ),
    Command("build", "validate, then write the next build and make it current", make_build),
    Command("serve", "build if the content changed, then serve; SIGHUP builds anew", serve),
)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="publisher", description="Publish a folder of RDF as linked data.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        added = commands.add_parser(command.name, help=command.help, description=command.help)
        added.set_defaults(command=command)
        command.arguments(added)
        settings = added.add_argument_group("settings")
        for entry in fields(Config):
            option = "--" + entry.name.replace("_", "-")
            text = f"{entry.metadata['help']} (default: {entry.default!s})"
            settings.add_argument(option, help=text, metavar="VALUE")
    return parser
