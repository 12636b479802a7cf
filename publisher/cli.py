"""The command line: ``python -m publisher COMMAND``; the table at the end has all commands.

Every setting can also be given as an option (``--port 8080`` for PUBLISHER_PORT). Exit code 0 is good, 1 is
content that cannot be published, 2 is a wrong call or setting. Results go to standard output, progress and
errors to standard error.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

from .config import PREFIX, Config
from .content.dataset import read_content
from .errors import BuildError, ContentError, PublisherError, SettingError
from .lifetime import ended_by_exception
from .progress import say
from .publish.builds import current_build, stay, take_up
from .publish.distributions import write_distributions
from .publish.loading import Loaded
from .publish.snapshot import build
from .publish.tables import write_tables

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
    except FileNotFoundError as error:
        say(f"{Path(str(error.filename)).name} vanished while it was read: try again")
        return 1
    except BrokenPipeError:  # the reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except ContentError as error:
        say(error.detail)
        return 1
    except SettingError as error:
        say(f"{error.title}: {error.detail}")
        return 2
    except PublisherError as error:
        say(f"{error.title}: {error.detail}")
        return 1
    except KeyboardInterrupt:
        say("stopped; nothing was changed")
        return 128 + signal.SIGINT


def validate(config: Config, options: Options) -> int:
    """Print the findings."""
    from .editing.report_formats import FORMATS
    from .publish.validation import validate

    with ended_by_exception():
        report = validate(read_content(config, say), config, deep=options.deep, progress=say)
    sys.stdout.write(FORMATS[options.format](report, config.content))
    return 0 if report.ok else 1


def make_build(config: Config, options: Options) -> int:
    """Build the content unless its build exists; a build that fails leaves everything as it was.

    It is current before its dumps are written.
    """
    try:
        with ended_by_exception():
            good = _make_build(config)
    except Exception:
        _stay(config)
        raise
    if not good:
        _stay(config)
    return 1 if not good else 0 if options.without_dumps else make_dumps(config, options)


def _stay(config: Config) -> None:
    version = stay(config)
    if version:
        say(f"nothing was changed: build {version[:12]} stays the current one")


def make_dumps(config: Config, _: Options) -> int:
    """Write the dumps of the current build that are missing or damaged, then what only they tell the catalogue."""
    from .completing import complete

    started = time.monotonic()
    directory = current_build(config)
    try:
        there = write_distributions(directory, say)
        if there:
            say(f"all dumps of build {directory.name[:12]} are there after {time.monotonic() - started:.1f} s")
            try:
                write_tables(directory, say)
            except BuildError:  # the catalogue does not need them
                complete(config, directory, say)
                raise
            complete(config, directory, say)
    except KeyboardInterrupt:
        say("stopped; `dumps` writes those that are missing")
        return 128 + signal.SIGINT
    return 0


def _make_build(config: Config) -> bool:
    from .publish.validation import validate

    started = time.monotonic()
    content = read_content(config, say)
    if (config.build / content.version).exists():
        wrong = take_up(config, content.version)
        if not wrong:
            say(f"build {content.version[:12]} is up to date")
            return True
        say(f"build {content.version[:12]} is damaged: {wrong}; it is made anew")

    def approve(loaded: Loaded) -> bool:
        report = validate(content, config, progress=say, loaded=loaded)
        print(report, flush=True)
        if read_content(config).version != content.version:
            raise ContentError("a file changed while it was read: build again")
        return report.ok

    if not build(content, config, say, approve):
        return False
    say(f"build {content.version[:12]} is ready after {time.monotonic() - started:.1f} s")
    return True


def serve(config: Config, options: Options) -> int:
    """Serve until a signal ends it."""
    from .serving import serve

    return serve(config, say, watch=options.watch)


def diff(config: Config, options: Options) -> int:
    """Print what differs; as with the command of that name, 1 means that something does and 2 that it went wrong."""
    from .editing.difference import Difference
    from .editing.sides import open_side

    try:
        difference = Difference(open_side(options.old, config, say), open_side(options.new, config, say))
    except ContentError as error:
        say(error.detail)
        return 2
    if options.format == "patch":
        sys.stdout.writelines(difference.patch())
    elif options.format == "json":
        sys.stdout.write(difference.json(options.language))
    else:
        sys.stdout.writelines(f"{line}\n" for line in difference.words(options.language))
    return int(bool(difference))


def put_in_style(config: Config, options: Options) -> int:
    """Rewrite Turtle files in our style, or say which are not in it."""
    from .editing.files import format_file, turtle_files

    findings = [format_file(name, path, check=options.check) for name, path in turtle_files(config, options.files)]
    for finding in findings:
        if finding:
            print(finding)
    wrong = sum(1 for finding in findings if finding and finding.severity != "info")
    say(f"{len(findings)} files, {wrong} {'not in our style' if options.check else 'left as they were'}")
    return 1 if wrong else 0


def convert(config: Config, options: Options) -> int:
    """Write any RDF as Turtle in our style."""
    from .editing.convert import convert
    from .editing.files import replace

    output = Path(options.output) if options.output else None
    done = convert(options.inputs, config, output=output, format=options.format or "", graph=options.graph or "")
    for note in done.notes:
        say(note)
    if output:
        try:
            replace(output, done.text.encode())
        except OSError as error:
            raise ContentError(f"{output} cannot be written: {error.strerror}") from error
    else:
        sys.stdout.buffer.write(done.text.encode())
    return 0


def _format_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", metavar="FILE", help="default: all of ontology/ and data/")
    parser.add_argument("--check", action="store_true", help="change nothing; exit code 1 when a file would change")


def _convert_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "inputs", nargs="+", metavar="INPUT", help="a file of RDF in any format, or - for standard input"
    )
    parser.add_argument("-o", "--output", help="file to write; one that is there keeps its comments and prefixes")
    parser.add_argument("--format", help="format of the input, such as ttl or jsonld; default: by its suffix")
    parser.add_argument("--graph", metavar="IRI", help="of several graphs, the one to take")


def new(config: Config, options: Options) -> int:
    """Print a block to fill in, or write it into its file."""
    from .editing.skeleton import append, skeleton

    content = read_content(config)
    made = skeleton(content, options.class_name, options.slug)
    if options.write:
        append(content, made)
        say(f"written at the end of {made.file}: fill in every … and validate")
    else:
        say(f"this belongs into {made.file} (--write puts it there)")
        sys.stdout.write(made.text)
    return 0


def new_site(config: Config, options: Options) -> int:
    """Lay out a content folder and say how to go on."""
    from .editing.new_site import new_site

    for name in new_site(Path(options.folder), config.base_iri):
        print(f"{options.folder}/{name}")
    say(f"serve it: python -m publisher serve --watch --content {options.folder}")
    return 0


def score(config: Config, options: Options) -> int:
    """Print how good a catalogue is; 1 when it has fewer points than are wanted at least."""
    from .scoring import as_json, as_text, score

    with ended_by_exception():
        catalogue, assessment = score(config, options.url, say)
    sys.stdout.writelines(as_text(catalogue, assessment) if options.format == "text" else [as_json(assessment)])
    return int(assessment.quality.points < options.least)


def links(config: Config, options: Options) -> int:
    """Print what is linked to what, and what is not."""
    from .editing.link_report import WRITERS, LinkReport
    from .publish.snapshot import open_current

    report = LinkReport(open_current(config), options.language)
    lines = WRITERS[options.format](report, report.classes(options.class_name or ""), options.unlinked)
    with ended_by_exception():
        sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


def _links_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--class", dest="class_name", metavar="CLASS", help="only this one, with or without prefix")
    parser.add_argument("--unlinked", action="store_true", help="list the resources that are linked nowhere")
    parser.add_argument("--format", choices=("table", "csv", "json"), default="table", help="csv: a row each link")
    parser.add_argument("--language", default="en", metavar="TAG", help="of the names (default: en)")


def _score_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", nargs="?", default="", help="of a catalogue in DCAT; default: the current build")
    parser.add_argument("--least", type=float, default=0, metavar="POINTS", help="exit code 1 with fewer, of 405")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="a table for people, or all of it")


def _validate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--deep", action="store_true", help="prove the JSON-LD round trip of every resource")
    formats = ("text", "json", "sarif", "github")
    parser.add_argument("--format", choices=formats, default="text", help="of the findings; github: annotations")


def _diff_arguments(parser: argparse.ArgumentParser) -> None:
    sides = "a content folder, a build, the start of a version in the build folder, `current`, or an RDF file"
    parser.add_argument("old", metavar="A", help=sides)
    parser.add_argument("new", metavar="B", help="the same")
    parser.add_argument("--format", choices=("words", "patch", "json"), default="words", help="patch is RDF Patch")
    parser.add_argument("--language", choices=("en", "fr"), default="en", help="of the words and names")


def _new_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("class_name", metavar="CLASS", help="name of a class, with or without prefix")
    parser.add_argument("slug", metavar="SLUG", help="last part of the new IRI: small letters, digits, hyphens")
    parser.add_argument("--write", action="store_true", help="write it at the end of its file")


COMMANDS = (
    Command(
        "validate",
        "say what is wrong in the content, with file and line",
        validate,
        _validate_arguments,
    ),
    Command(
        "build",
        "validate, then write the next build, make it current and write its dumps",
        make_build,
        lambda parser: parser.add_argument("--without-dumps", action="store_true", help="leave them to `dumps`"),
    ),
    Command("dumps", "write what is missing of the current build's dumps, and complete its catalogue", make_dumps),
    Command(
        "serve",
        "build if the content changed, then serve; SIGHUP builds anew",
        serve,
        lambda parser: parser.add_argument("--watch", action="store_true", help="build anew when a file is saved"),
    ),
    Command("score", "say how good the metadata of a catalogue are, 405 points at most", score, _score_arguments),
    Command("links", "say what of the current build is linked to other data, and what is not", links, _links_arguments),
    Command("diff", "say what differs between two folders, builds or files", diff, _diff_arguments),
    Command("format", "put Turtle files into our order and style", put_in_style, _format_arguments),
    Command("convert", "turn any RDF into Turtle of our order and style", convert, _convert_arguments),
    Command(
        "new-site",
        "lay out a content folder to begin with",
        new_site,
        lambda parser: parser.add_argument("folder", metavar="DIR", help="a new or empty folder"),
    ),
    Command("new", "write a block to fill in: a new resource as the shapes want it", new, _new_arguments),
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
