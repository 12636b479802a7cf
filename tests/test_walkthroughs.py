"""Two pages are walks: whoever does what they say, in their order, sees what they show.

Beside the blocks of other pages, which test_docs.py describes, a walk has

    sh serve            starts a server of its own, which the addresses of the page mean from there on
    … file=FILE         pasted into FILE, which is new
    … append=FILE       pasted at the end of FILE
    diff FILE           lines of FILE that are replaced
    text log            lines that the server prints after what the block before showed; ``…`` is anything
"""

import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import requests

from .conftest import Server, free_port
from .golden_files import ADDRESS, neutral, skip_unless_comparable
from .test_docs import FENCE, PYTHON, WALKS, Example, clone, environment, examples, name, needs_tools, run, write_answer

PID = "1234"  # stands for the process that a page sends a signal to
OVERLAP = 5  # seconds in which the process of the build before may still answer
SECONDS = 30  # for a server to do what is waited for


@needs_tools
@pytest.mark.parametrize("page", WALKS, ids=name)
def test_a_walk_leads_where_the_page_says(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    walk = Walk(clone(tmp_path), bool(request.config.getoption("--golden")))
    runnable = {example.number: example for example in examples(page)}
    try:
        for number, fence in enumerate(list(FENCE.finditer(page.read_text(encoding="utf-8")))):
            walk.do(fence["info"], fence["body"], runnable.get(number))
    finally:
        walk.stop()

    if walk.differing:
        skip_unless_comparable()
        raise AssertionError("\n".join(walk.differing))


@dataclass
class Walk:
    """A reader with a folder and a server.

    seen   how much of what the server printed the page has shown
    saved  how much it had printed when a file was saved last, None when it watches no files
    """

    folder: Path
    golden: bool
    port: int = field(default_factory=free_port)
    server: Server | None = None
    seen: int = 0
    saved: int | None = None
    differing: list[str] = field(default_factory=list)

    def do(self, info: str, body: str, example: Example | None) -> None:
        """One block."""
        kind, _, what = info.partition(" ")
        way, _, path = what.partition("=")
        if info == "sh serve":
            self.serve(body)
        elif info == "text log":
            self.read_log(body)
        elif kind == "diff":
            old, new = ("".join(line[1:] for line in body.splitlines(True) if line[0] in " " + mark) for mark in "-+")
            text = (self.folder / what).read_text(encoding="utf-8")
            assert text.count(old) == 1, f"not once in {what}:\n{old}"
            self.save(what, text.replace(old, new))
        elif way == "file":
            assert not (self.folder / path).exists(), path
            self.save(path, body)
        elif way == "append":
            self.save(path, (self.folder / path).read_text(encoding="utf-8").rstrip("\n") + "\n\n" + body)
        elif example:
            self.ask(example)

    def ask(self, example: Example) -> None:
        url = ADDRESS
        if self.server:
            self.wait_for("the last build to be served", self.settled)
            url = self.server.url
            example = replace(example, text=example.text.replace(PID, str(self.server.process.pid)))
        asks = bool(self.server) and (example.kind == "sparql" or example.text.startswith("curl"))
        if asks and self.golden:
            time.sleep(OVERLAP)
        deadline = time.monotonic() + OVERLAP
        while True:
            try:
                good, output, complaint = run(example, url, self.folder)
            except requests.ConnectionError as error:  # that process has just ended
                good, output, complaint = False, "", str(error)
            as_shown = self.golden or example.answer is None or output == example.shown
            if (good is not example.fails and as_shown) or not asks or time.monotonic() > deadline:
                break

        assert good is not example.fails, f"{name(example)}\n{output}\n{complaint}"
        if example.answer is None:
            return
        assert output.strip(), f"{name(example)}: no answer\n{complaint}"
        if self.golden:
            write_answer(example, output)
        elif output != example.shown:
            self.differing.append(f"{name(example)} shows\n{example.shown}and it is\n{output}")

    def serve(self, command: str) -> None:
        self.stop()
        log = self.folder / "server.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*command.replace(PYTHON, sys.executable).split(), "--port", str(self.port)],
                cwd=self.folder, env=environment(self.folder), stdout=output, stderr=output,
            )  # fmt: skip
        self.server = Server(f"http://127.0.0.1:{self.port}/", process, log)
        self.seen, self.saved = 0, 0 if "--watch" in command else None
        self.wait_for("an address", lambda: "serving at" in self.printed())

    def save(self, path: str, text: str) -> None:
        if self.saved is not None:
            self.saved = len(self.printed())
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text, encoding="utf-8")

    def settled(self) -> bool:
        """Whether the build that the server named last is the one that answers."""
        printed = self.printed()
        assert self.server
        if self.saved and "changed: " not in printed[self.saved :]:
            return False
        try:
            answering = requests.get(self.server.url + "healthz", timeout=5).json()["version"]
        except requests.ConnectionError:
            return False
        last = re.findall(r"^build (\w+) is|: build (\w+) stays|^changed", printed, re.MULTILINE)[-1]
        return any(last) and answering.startswith("".join(last))

    def read_log(self, shown: str) -> None:
        lines = [re.escape(line).replace("…", ".*") for line in shown.splitlines()]
        pattern = re.compile("^" + r"\n(?:.*\n)*?".join(lines) + "$", re.MULTILINE)
        self.wait_for(f"this to be printed:\n{shown}", lambda: bool(pattern.search(self.printed(), self.seen)))
        found = pattern.search(self.printed(), self.seen)
        self.seen = found.end() if found else 0

    def printed(self) -> str:
        if not self.server:
            return ""
        text = neutral(self.server.log.read_text(encoding="utf-8"), self.server.url)
        return text.replace(f"kill -HUP {self.server.process.pid})", f"kill -HUP {PID})")

    def wait_for(self, what: str, happens: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SECONDS
        while not happens():
            running = self.server and self.server.process.poll() is None
            assert running and time.monotonic() < deadline, f"waited for {what}\n\nprinted:\n{self.printed()}"
            time.sleep(0.05)

    def stop(self) -> None:
        if self.server:
            self.server.stop()
