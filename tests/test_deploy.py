"""What is in deploy/, as far as a machine without systemd and Docker can tell; nginx.conf has its own tests.

The unit and the image are run by hand: what they copy is copied, their command is started with their settings.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
import requests

from publisher.config import PREFIX, Config

from .conftest import ROOT, TINY, free_port

DEPLOY = ROOT / "deploy"
PAGE = ROOT / "docs" / "deployment.md"
PYTHON = ".venv/bin/python"
STUBS = ("apt-get", "certbot", "docker", "nginx", "npm", "systemctl")  # what only an administrator's machine has


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile with their arguments."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines)]


def unit() -> dict[str, list[str]]:
    """The values of each key of the unit."""
    found: dict[str, list[str]] = {}
    for line in (DEPLOY / "publisher.service").read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def commands() -> list[str]:
    """The blocks of commands for administrators."""
    return re.findall(r"^```admin\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def settings(pairs: list[str]) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in pairs)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A folder with what the Dockerfile copies from this one, but the packages."""
    folder = tmp_path / "image"
    folder.mkdir()
    for name, rest in instructions():
        parts = rest.split()
        if name == "COPY" and not parts[0].startswith("--from") and parts[1] != "/":
            source = ROOT / parts[0]
            if source.is_dir():
                shutil.copytree(source, folder / parts[1], ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, folder / parts[1])
    return folder


class Running:
    """A publisher that was started by somebody else's command."""

    def __init__(self, command: list[str], environment: dict[str, str], folder: Path, build: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        own = {"PUBLISHER_PORT": str(self.port), "PUBLISHER_BUILD": str(build), "PUBLISHER_CONTENT": str(TINY)}
        command = [sys.executable, *command[1:]]
        self.process = subprocess.Popen(command, cwd=folder, env=kept | environment | own)

    def healthy(self) -> dict[str, object]:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                return dict(requests.get(self.url + "healthz", timeout=5).json())
            except requests.RequestException:
                time.sleep(0.05)
        raise AssertionError("the server did not start")

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)


# The unit


def test_the_unit_starts_a_server_that_reloads_and_stops(image: Path, tmp_path: Path) -> None:
    told = unit()
    command = shlex.split(told["ExecStart"][0])
    running = Running(command, settings(told["Environment"]), image, tmp_path / "build")
    try:
        home = (running.healthy(), requests.get(running.url, headers={"Accept": "text/html"}, timeout=30))[1]

        assert command[0] == f"{told['WorkingDirectory'][0]}/{PYTHON}"
        assert told["ExecReload"] == ["/bin/kill -HUP $MAINPID"]
        assert "https://data.example.org/sparql" in home.headers["Link"]
    finally:
        assert running.stop() == 0


def test_the_unit_names_settings_that_exist_and_one_folder_to_write_to() -> None:
    told = unit()
    known = {PREFIX + entry.name.upper() for entry in fields(Config)}
    given = settings(told["Environment"])

    assert {name for name in given if name.startswith(PREFIX)} <= known
    assert given["PUBLISHER_BUILD"] == f"/var/lib/{told['StateDirectory'][0]}/build"
    assert told["ProtectSystem"] == ["strict"] and "ReadWritePaths" not in told


def test_the_unit_lets_query_processes_confine_themselves() -> None:
    allowed = {name for line in unit()["SystemCallFilter"] if line[0] != "~" for name in line.split()}

    assert allowed >= {"seccomp", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed (Debian: systemd)")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    text = (DEPLOY / "publisher.service").read_text(encoding="utf-8")
    path = tmp_path / "publisher.service"
    path.write_text(re.sub(r"^ExecStart=\S+", f"ExecStart={sys.executable}", text, flags=re.MULTILINE))

    run = subprocess.run(["systemd-analyze", "verify", str(path)], capture_output=True, text=True, check=False)

    assert [line for line in run.stderr.splitlines() if "publisher.service" in line] == []


# The image


def test_the_image_holds_all_that_a_server_needs(image: Path, tmp_path: Path) -> None:
    told = dict(instructions())
    environment = settings([rest for name, rest in instructions() if name == "ENV"])
    check = json.loads(told["HEALTHCHECK"].partition(" CMD ")[2])
    running = Running(json.loads(told["ENTRYPOINT"]), environment, image, tmp_path / "build")
    try:
        running.healthy()
        check = [sys.executable, *(part.replace(":8000/", f":{running.port}/") for part in check[1:])]

        assert subprocess.run(check, check=False).returncode == 0
    finally:
        running.stop()
    assert subprocess.run(check, capture_output=True, check=False).returncode != 0


def test_the_image_runs_as_nobody_special_and_what_it_copies_is_sent() -> None:
    names = [name for name, _ in instructions()]
    told = dict(instructions())
    last_stage = len(names) - names[::-1].index("FROM")
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = [rest.split()[0] for name, rest in instructions() if name == "COPY" and not rest.startswith("--from")]

    assert told["USER"] not in ("root", "0")
    assert last_stage < names.index("USER") < names.index("ENTRYPOINT")
    assert {f"!{path}" for path in copied} == {line for line in sent if line.startswith("!")}
    assert [path for path in copied if not (ROOT / path).exists()] == []
    assert re.fullmatch(r"python:3\.1[1-9]-slim( AS packages)?", told["FROM"])
    assert told["VOLUME"] == str(Path(settings([told["ENV"]])["PUBLISHER_BUILD"]).parent)


# The page


@pytest.fixture
def administrator(tmp_path: Path) -> Iterator[Path]:
    """A folder with commands that do nothing but note that they were called, and a clone that is a copy."""
    folder = tmp_path / "bin"
    folder.mkdir()
    note = f'#!/bin/sh\necho "$(basename "$0") $*" >> {tmp_path}/called\n'
    for name in STUBS:
        (folder / name).write_text(note)
    (folder / "git").write_text(note + f'[ "$1" != clone ] || {{ mkdir "$3"; cp -r {DEPLOY} {TINY}/. "$3"; }}\n')
    (folder / "python3").write_text(note + f"mkdir -p .venv/bin; cp {folder}/python .venv/bin/python\n")
    (folder / "python").write_text(note + f'[ "$2" = pip ] || exec {sys.executable} "$@"\n')
    for path in folder.iterdir():
        path.chmod(0o755)
    for path in ("etc/systemd/system", "etc/nginx/conf.d", "srv"):
        (tmp_path / path).mkdir(parents=True)
    yield tmp_path


def test_the_commands_of_the_page_put_every_file_in_its_place(administrator: Path) -> None:
    script = "\n".join(commands()).replace("/etc/", f"{administrator}/etc/").replace("/srv/", f"{administrator}/srv/")
    script = script.replace("NAME=data.example.org", "NAME=open.example.net")
    environment = {"PATH": f"{administrator}/bin:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}

    run = subprocess.run(["bash", "-eu", "-c", script], env=environment, capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stderr
    made = [administrator / "etc/systemd/system/publisher.service", administrator / "etc/nginx/conf.d/publisher.conf"]
    for path in made:
        assert "open.example.net" in path.read_text() and "data.example.org" not in path.read_text()
    called = (administrator / "called").read_text()
    assert {name for name in STUBS if name not in called} == set()
    assert "docker build --file deploy/Dockerfile" in called
