"""Programs of a question's page, run as they are pasted."""

import html
import re
import shutil
import subprocess
import sys

import pytest

from publisher.formats import OF_FORM
from publisher.web.snippets import programs, snippets

from .conftest import Server

# Each with what its answer holds; a value with every character that a shell or a language could take for its own.
TABLE = "api/sites-by-depth?minDepth=2"
TEXT = "api/named?many=1&text=%27%22%60%24%28x%29%5C%20%7B%7D%20%E2%98%85"
GRAPH, YES = "api/site-card", "api/is-deep"
RUNNERS = {"Python": [sys.executable, "-c"], "JavaScript": ["node", "-e"], "curl": ["sh", "-c"], "R": ["Rscript", "-e"]}


def snippet(server: Server, path: str, language: str) -> str:
    """The program in *language* that the page at *path* shows."""
    page = server.get(path, "text/html").text
    found = re.search(rf"<summary>{language} .*?</summary>\s*<pre[^>]*><code>(.*?)</code>", page, re.DOTALL)
    assert found, page
    return html.unescape(found[1])


@pytest.mark.parametrize("language", RUNNERS)
@pytest.mark.parametrize(("path", "wanted"), [(TABLE, "Rocheray"), (TEXT, "$(x)"), (GRAPH, "le-pont"), (YES, "true")])
def test_a_program_fetches_the_answer_of_its_page(tiny: Server, language: str, path: str, wanted: str) -> None:
    command = RUNNERS[language]
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")

    done = subprocess.run([*command, snippet(tiny, path, language)], capture_output=True, text=True, timeout=30)

    assert (done.returncode, wanted in done.stdout) == (0, True), done.stderr + done.stdout


def test_a_text_comes_back_as_it_was_given(tiny: Server) -> None:
    done = subprocess.run(["sh", "-c", snippet(tiny, TEXT, "curl") + " -s"], capture_output=True, text=True, timeout=30)

    assert '\'""`$(x)\\ {} ★' in done.stdout, "quotes are doubled in CSV"


@pytest.mark.parametrize("form", OF_FORM)
def test_every_program_asks_for_a_format_that_is_offered_and_says_its_address_once(form: str) -> None:
    paths = {format: f"/api/x.{format.suffix}?a=b" for format in OF_FORM[form]}

    made = snippets(form, "https://data.example.org/below/", paths)  # type: ignore[arg-type]

    assert [each.language for each in made] == ["curl", "Python", "JavaScript", "R"]
    for each in made:
        assert each.format in OF_FORM[form]
        assert each.text.count("https://data.example.org/api/x.") == 1
    assert {each.format for each in programs("SELECT")} <= set(OF_FORM["SELECT"])
