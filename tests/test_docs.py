"""The documentation is true: its examples run, its answers come, its links lead somewhere.

Blocks marked ``sh``, ``python`` and ``sparql`` are run against a server of this repository's content; the block
right after one is its answer. ``sh error`` marks what is shown because it fails. Pages that are walks, each step
on the one before, are run by test_walkthroughs.py.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import cast

import pytest
import requests

from publisher.config import PREFIX, Config
from publisher.publish.snapshot import Snapshot
from publisher.store.workers import Workers
from publisher.web.app import create_app
from publisher.web.problem import kinds

from .conftest import ROOT, Server
from .golden_files import ADDRESS, neutral, skip_unless_comparable

PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
WALKS = [ROOT / "docs" / "editing.md", ROOT / "docs" / "your-own-data.md"]
RUNNABLE = ("sh", "python", "sparql")
NOT_RUN = {  # what starts a server, or the tests themselves
    "make serve",
    "make test",
}
PLACEHOLDERS = {"id/kind/slug", "id/country/nowhere"}
PYTHON = ".venv/bin/python"  # where `make serve` puts it

FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\((?![a-z]+:)(?P<path>[^)#\s]*)(?:#(?P<anchor>[^)\s]*))?\)")


@dataclass(frozen=True)
class Example:
    """A block that is run.

    fails   it is shown because it fails
    answer  where in the page its answer stands, None when none is shown
    """

    page: Path
    number: int
    kind: str
    fails: bool
    text: str
    answer: tuple[int, int] | None

    @property
    def shown(self) -> str:
        """The answer as the page shows it."""
        start, end = self.answer or (0, 0)
        return self.page.read_text(encoding="utf-8")[start:end]


def examples(page: Path) -> Iterator[Example]:
    """The blocks of *page* that are run, in their order."""
    text = page.read_text(encoding="utf-8")
    fences = list(FENCE.finditer(text))
    for number, fence in enumerate(fences):
        kind, _, flag = fence["info"].partition(" ")
        body = "".join(line for line in fence["body"].splitlines(keepends=True) if line.strip() not in NOT_RUN)
        if kind in RUNNABLE and body.strip():
            following = fences[number + 1] if number + 1 < len(fences) else None
            next_to = following and not text[fence.end() : following.start()].strip()
            answered = following and next_to and following["info"] not in RUNNABLE and " " not in following["info"]
            yield Example(
                page, number, kind, flag == "error", body, following.span("body") if following and answered else None
            )


def name(value: object) -> str:
    if isinstance(value, Example):
        return f"{value.page.relative_to(ROOT)}:{value.number}"
    return str(value.relative_to(ROOT)) if isinstance(value, Path) else str(value)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like a fresh clone, for commands to work in: what they write stays there."""
    return clone(tmp_path_factory.mktemp("clone"))


def clone(folder: Path) -> Path:
    for part in ("ontology", "data", "queries"):
        shutil.copytree(ROOT / part, folder / part)
    (folder / ".curlrc").write_text("fail-with-body\n", encoding="utf-8")
    return folder


needs_tools = pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("curl")), reason="bash and curl are not installed"
)


@needs_tools
@pytest.mark.parametrize(
    "example", [example for page in PAGES if page not in WALKS for example in examples(page)], ids=name
)
def test_an_example_works_as_printed(
    forum: Server, folder: Path, example: Example, request: pytest.FixtureRequest
) -> None:
    good, output, complaint = run(example, forum.url, folder)

    assert good is not example.fails, f"{output}\n{complaint}"
    if example.answer is None:
        return
    assert output.strip(), "no answer"
    if request.config.getoption("--golden"):
        write_answer(example, output)
        return
    skip_unless_comparable()
    assert output == example.shown


def run(example: Example, url: str, folder: Path) -> tuple[bool, str, str]:
    """Whether it went well, what it printed (as the page would show it), and its complaints."""
    text = example.text.replace(ADDRESS, url)
    if example.kind == "sparql":
        form = re.sub(r"(?m)#.*$|^\s*(PREFIX|BASE)\b.*$", "", text).split()[0].upper()
        accept = "text/turtle" if form in ("CONSTRUCT", "DESCRIBE") else "text/csv"
        response = requests.post(url + "sparql", {"query": text}, headers={"Accept": accept}, timeout=30)
        response.encoding = "utf-8"
        return response.ok, tidy(response.text, url), ""
    interpreter = ["bash", "-euo", "pipefail", "-c"] if example.kind == "sh" else [sys.executable, "-c"]
    done = subprocess.run(
        [*interpreter, text.replace(PYTHON, sys.executable)],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return done.returncode == 0, tidy(done.stdout, url), done.stderr


def environment(folder: Path) -> dict[str, str]:
    """That of a reader who has set nothing, with the program to be found."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
    return kept | {"PYTHONPATH": str(ROOT), "CURL_HOME": str(folder), "PYTHONUTF8": "1"}


def tidy(output: str, url: str) -> str:
    return neutral(output, url).rstrip("\n") + "\n"


def write_answer(example: Example, output: str) -> None:
    """Put *output* where the page shows the answer, which earlier answers may have moved."""
    start, end = next(found.answer for found in examples(example.page) if found.number == example.number) or (0, 0)
    text = example.page.read_text(encoding="utf-8")
    example.page.write_text(text[:start] + output + text[end:], encoding="utf-8")


def test_few_commands_are_not_run_and_each_is_documented() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)

    assert len(NOT_RUN) <= 4
    assert {line for line in NOT_RUN if line not in text.splitlines()} == set()
    assert not re.search(r"^```(console|shell|bash|shell-session)", text, re.MULTILINE), "mark shell commands with sh"


def test_only_settings_that_exist_are_named() -> None:
    known = {PREFIX + entry.name.upper() for entry in fields(Config)}

    for page in PAGES:
        assert set(re.findall(rf"{PREFIX}[A-Z_]*[A-Z]", page.read_text(encoding="utf-8"))) <= known, page.name


def test_numbers_in_the_table_of_settings_are_the_defaults() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8").replace("`", "")

    for entry in fields(Config):
        if isinstance(entry.default, int):
            assert f"| {PREFIX}{entry.name.upper()} | {entry.default} |" in text


@pytest.mark.parametrize("page", [page for page in PAGES if page not in WALKS], ids=name)
def test_identifiers_that_are_named_exist(forum: Server, page: Path) -> None:
    named = set(re.findall(r"<(id/[\w-]+/[\w-]+)[>#]", page.read_text(encoding="utf-8"))) - PLACEHOLDERS
    missing = {iri for iri in named if not forum.get(iri, allow_redirects=False).is_redirect}

    if missing:
        skip_unless_comparable()
        raise AssertionError(f"nothing is known of {missing}")


def test_every_route_is_documented(tiny_snapshot: Snapshot) -> None:
    app = create_app(tiny_snapshot, Config(), cast(Workers, None))
    routes = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule) for rule in app.url_map.iter_rules()}
    text = (ROOT / "docs" / "urls.md").read_text(encoding="utf-8")

    assert {route for route in routes if f"`{route}`" not in text} == set()


def test_every_kind_of_error_is_documented() -> None:
    text = (ROOT / "docs" / "urls.md").read_text(encoding="utf-8")

    for slug, title, status, _ in kinds():
        assert re.search(rf"^\| `{slug}` \| {status} \|", text, re.MULTILINE), title


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_internal_link_leads_somewhere(page: Path) -> None:
    for link in _LINK.finditer(FENCE.sub("", page.read_text(encoding="utf-8"))):
        target = (page.parent / link["path"]).resolve() if link["path"] else page
        assert target.exists(), link[0]
        if link["anchor"]:
            assert link["anchor"] in anchors(target), link[0]


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings get."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ("id/member/liege", "doc/member/liege 303"),
        ("id/member/liege.ttl", "doc/member/liege.ttl 303"),
        ("ns", "ns 302"),
        ("dump/latest/urban-security.nt", "dump/latest/urban-security.nt 302"),
        ("", " 302"),
    ],
)
def test_the_redirect_file_sends_an_identifier_to_its_document(forum: Server, asked: str, sent: str) -> None:
    rules = re.findall(
        r"^RewriteRule (\S+) https://data\.example\.org/(\S+) \[R=(\d+),L\]$",
        (ROOT / "docs" / "w3id" / ".htaccess").read_text(encoding="utf-8"),
        re.MULTILINE,
    )

    pattern, target, status = next(rule for rule in rules if re.search(rule[0], asked))
    found = re.sub(pattern, target.replace("$1", r"\1"), asked, count=1)

    assert f"{found} {status}" == sent
    assert forum.get(found, allow_redirects=False).status_code == 200
