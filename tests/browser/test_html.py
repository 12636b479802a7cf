"""Pages are valid HTML: the parser of the standard is strict, and html-validate knows its content models."""

import json
import subprocess
from pathlib import Path

import html5lib
import pytest

from ..conftest import Server
from ..programs import node_folder
from .pages import ALL

CONFIGURATION = {
    "root": True,
    "extends": ["html-validate:standard", "html-validate:a11y"],
    "rules": {"no-implicit-button-type": "off"},  # a button of a form submits it: that is what the standard says, too
}


@pytest.fixture(scope="module")
def files(forum: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every page as a file; the first language is English."""
    folder = tmp_path_factory.mktemp("pages")
    saved = {name: folder / f"{name}.html" for name in ALL}
    for name, file in saved.items():
        file.write_bytes(forum.get(ALL[name], "text/html").content)
    return saved


@pytest.fixture(scope="module")
def messages(files: dict[str, Path]) -> dict[str, list[str]]:
    """What html-validate says of each page."""
    folder = next(iter(files.values())).parent
    (folder / ".htmlvalidate.json").write_text(json.dumps(CONFIGURATION))
    program = node_folder() / "node_modules" / ".bin" / "html-validate"
    told = folder / "messages.json"  # what it prints into a pipe may be cut off when it ends
    command = [program, "--formatter", f"json={told}", *sorted(map(str, files.values()))]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert told.is_file(), done.stderr
    return {
        Path(report["filePath"]).stem: [
            f"{said['line']}:{said['column']} {said['ruleId']}: {said['message']} {said['selector'] or ''}"
            for said in report["messages"]
        ]
        for report in json.loads(told.read_text(encoding="utf-8"))
    }


@pytest.mark.parametrize("name", ALL)
def test_a_page_is_valid_html(name: str, files: dict[str, Path], messages: dict[str, list[str]]) -> None:
    html5lib.HTMLParser(strict=True).parse(files[name].read_bytes(), transport_encoding="utf-8")

    assert not (found := messages.get(name)), "\n".join(found)
