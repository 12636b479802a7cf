"""The program's shape: who may import whom, and that it knows nothing of what it publishes."""

import ast
import re
from pathlib import Path

from .conftest import ROOT

LAYERS = ["content", "store", "describe", "publish", "web"]
EDITING = "editing"
PACKAGE = ROOT / "publisher"


def imports(path: Path) -> set[str]:
    """The publisher's folders and the foreign packages that a module imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 2:
            found.add((node.module or "").split(".")[0])
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add("import " + (node.module or "").split(".")[0])
        elif isinstance(node, ast.Import):
            found |= {"import " + alias.name.split(".")[0] for alias in node.names}
    return found


def test_a_folder_imports_only_those_above_it() -> None:
    for level, layer in enumerate(LAYERS):
        for path in (PACKAGE / layer).glob("*.py"):
            assert not imports(path) & {*LAYERS[level + 1 :], EDITING}, path.name


def test_the_editors_tools_know_nothing_of_the_web() -> None:
    for path in (PACKAGE / EDITING).glob("*.py"):
        assert "web" not in imports(path), path.name


def test_only_web_knows_flask() -> None:
    for path in PACKAGE.rglob("*.py"):
        if path.parent.name != "web":
            assert not imports(path) & {"import flask", "import werkzeug"}, path.name


def test_no_term_of_the_content_stands_in_the_program() -> None:
    terms = set(re.findall(r"^usec:(\w+)", (ROOT / "ontology" / "ns.ttl").read_text(encoding="utf-8"), re.MULTILINE))
    forbidden = re.compile(r"\busec\b|urban-security|\befus\b|\bli[eè]ge\b|\bforum\b", re.IGNORECASE)
    own_words = {term for term in terms if re.search(r"[a-z][A-Z]", term)}

    assert own_words
    for path in [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.html"), *PACKAGE.rglob("*.rq")]:
        text = path.read_text(encoding="utf-8")
        assert not forbidden.search(text), path
        assert not [term for term in own_words if re.search(rf"\b{term}\b", text)], path


def test_modules_stay_small() -> None:
    for path in PACKAGE.rglob("*.py"):
        assert path.read_text(encoding="utf-8").count("\n") <= 400, path
