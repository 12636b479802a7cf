"""Other people's programs in the tests: run one, leave the test out where it is not installed."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .conftest import ROOT

NODE_CLIENTS = ROOT / "tests" / "clients"
CKAN = Path(os.environ.get("CKAN_VENV", ROOT / ".peers" / "ckan"))


def need(*programs: str) -> None:
    """Leave a test out where *programs* are not installed; continuous integration installs them, so there it fails."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        leave_out(f"not installed here: {', '.join(missing)} (.ci/run says how)")


def leave_out(reason: str) -> None:
    pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)


def run(*command: str, **options: Any) -> str:
    """What *command* prints; it must end well within two minutes."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def node_folder() -> Path:
    """The folder of the JavaScript clients, with what they need."""
    need("node", "npm")
    installed = NODE_CLIENTS / "node_modules" / ".package-lock.json"
    if not installed.is_file() or installed.stat().st_mtime < (NODE_CLIENTS / "package-lock.json").stat().st_mtime:
        done = subprocess.run(["npm", "ci"], cwd=NODE_CLIENTS, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            leave_out(f"npm could not install tests/clients: {done.stderr[-300:]}")
    return NODE_CLIENTS


def ckan_python() -> str:
    """The Python that has CKAN and ckanext-dcat."""
    python = CKAN / "bin" / "python"
    if not python.is_file():
        leave_out("CKAN is not installed here: `make .peers/ckan` installs it (a minute)")
    return str(python)
