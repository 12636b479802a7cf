"""What pages load and how they look: colours that can be read, few bytes, nothing from elsewhere, nothing missed."""

import re
import shutil
from pathlib import Path

import html5lib
import pytest

from publisher.web.assets import CONTENT_TYPES, EXPECTED, VENDOR, asset_path, assets

from .conftest import ROOT, TINY, Server, start_server

WEB = ROOT / "publisher" / "web"
STYLE = (WEB / "static" / "style.css").read_text(encoding="utf-8")
TEMPLATES = sorted((WEB / "templates").glob("*.html"))
MOST_BYTES = 100_000  # of the first page with all that it loads
GROUNDS = ("page", "surface", "wash")
LEGIBLE = [  # text or mark, ground, least contrast (WCAG 2.2, 1.4.3 and 1.4.11)
    *((text, ground, 4.5) for text in ("ink", "quiet", "link", "visited", "alarm") for ground in GROUNDS),
    ("on-brand", "brand", 4.5), ("alarm", "alarm-wash", 4.5), ("ink", "alarm-wash", 4.5), ("ink", "mark", 4.5),
    *((mark, ground, 3.0) for mark in ("field", "rule", "accent") for ground in GROUNDS),
    *((f"code-{part}", ground, 4.5) for part in ("keyword", "variable", "name", "text") for ground in ("surface",)),
    *((f"series-{number}", ground, 3.0) for number in (1, 2) for ground in ("page", "land")),
]  # fmt: skip


def tokens(dark: bool) -> dict[str, str]:
    """The colours by name, as a reader of light or dark pages sees them."""
    light_part, dark_part = re.findall(r":root \{(.*?)\n *\}", STYLE, re.DOTALL)[:2]
    text = light_part + (dark_part if dark else "")
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", text))


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def loaded(page: str) -> list[str]:
    """The addresses that a page loads by itself."""
    found = html5lib.parse(page, namespaceHTMLElements=False)
    relations = {"stylesheet", "preload", "icon", "modulepreload"}
    links = [node.get("href") for node in found.iter("link") if relations & set((node.get("rel") or "").split())]
    return links + [node.get("src") for node in found.iter() if node.get("src")]


@pytest.mark.parametrize("dark", [False, True])
def test_colours_can_be_told_from_their_ground(dark):
    colours = tokens(dark)

    found = {(name, ground): contrast(colours[name], colours[ground]) for name, ground, _ in LEGIBLE}
    assert [(name, ground, found[name, ground]) for name, ground, least in LEGIBLE if found[name, ground] < least] == []


def test_colours_are_named_in_one_place():
    rules = STYLE[STYLE.index("*, ::before") :].partition("@media print")[0]

    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{}]*;)", rules) == []
    named = set(re.findall(r"var\((--[a-z0-9-]+)", STYLE))
    editor = (ROOT / "assets" / "editor.mjs").read_text(encoding="utf-8")
    named |= set(re.findall(r"var\((--[a-z0-9-]+)", editor))
    assert named == set(re.findall(r"(--[a-z0-9-]+):", STYLE))  # none missing, none that nothing needs


def test_the_style_sheet_loads_nothing_and_minds_who_wants_no_motion():
    moving = re.search(r"\b(transition|animation)\b", STYLE)

    assert "url(" not in STYLE and "@import" not in STYLE
    assert not moving or "prefers-reduced-motion" in STYLE


def test_every_file_that_a_template_names_is_there():
    named = {name for path in TEMPLATES for name in re.findall(r"static\(['\"]([^'\"]+)['\"]\)", path.read_text())}

    own = {name for name in named if not name.startswith(f"{VENDOR}/")}
    assert {name for name in own if not asset_path(name)} == set()
    assert {name.removeprefix(f"{VENDOR}/") for name in named - own if "{" not in name} <= set(EXPECTED)
    assert not [
        path.name for path in TEMPLATES if re.search(r"(src|href)=\"[^\"]*static/(?!vendor/LIC)", path.read_text())
    ]


def test_templates_have_neither_inline_script_nor_style():
    inline = re.compile(r"<script(?![^>]*(\bsrc=|application/(ld\+)?json))|<style|\sstyle=|\son[a-z]+=\"|javascript:")

    assert [(path.name, found[0]) for path in TEMPLATES if (found := inline.search(path.read_text()))] == []


@pytest.mark.parametrize(
    "path", ["", "doc/site/le-pont", "ns", "list/bw:BathingSite", "sparql", "api/named", "nothing"]
)
def test_a_page_loads_only_what_this_server_has(tiny: Server, path):
    response = tiny.get(path, "text/html")

    policy = response.headers["Content-Security-Policy"]
    addresses = loaded(response.text)
    assert "'unsafe" not in policy and "http" not in policy.replace(tiny.url, "")
    assert addresses and all(address.startswith("/static/") for address in addresses)
    assert [address for address in addresses if tiny.get(address).status_code != 200] == []


def test_the_first_page_is_light(forum: Server):
    page = forum.get("", "text/html", headers={"Accept-Encoding": "br"})

    parts = [forum.get(path, headers={"Accept-Encoding": "br"}, stream=True) for path in loaded(page.text)]
    weights = [int(part.headers["Content-Length"]) for part in parts]
    assert int(page.headers["Content-Length"]) + sum(weights) < MOST_BYTES


def test_what_others_made_comes_with_its_licence(tiny: Server):
    there = [name for name in assets() if name.startswith(f"{VENDOR}/")]

    assert {f"{VENDOR}/{name}" for name in EXPECTED} <= set(there)
    licences = tiny.get("static/vendor/LICENSES.txt")
    assert licences.headers["Content-Type"] == "text/plain; charset=utf-8"
    for package in ("@codemirror/view", "@fontsource/source-serif-4", "world-atlas"):
        assert re.search(rf"^{package} [\d.]+ \([\w.-]+\)$", licences.text, re.MULTILINE)
    assert "GPL" not in re.sub(r"^.{200,}$", "", licences.text, flags=re.MULTILINE)


@pytest.mark.parametrize(
    "name", ["style.css", "icon.svg", "vendor/land.json", "vendor/source-serif-4-latin-600-normal.woff2"]
)
def test_an_asset_may_be_kept_for_good_under_its_own_address_only(tiny: Server, name):
    lasting, plain = tiny.get(asset_path(name)), tiny.get(f"static/{name}")
    other = tiny.get(f"static/{name}?v=00000000")

    assert lasting.content == plain.content == assets()[name].content
    assert lasting.headers["Content-Type"] == CONTENT_TYPES[Path(name).suffix]
    assert "immutable" in lasting.headers["Cache-Control"]
    assert plain.headers["Cache-Control"] == other.headers["Cache-Control"] == "no-cache"
    again = tiny.get(f"static/{name}", headers={"If-None-Match": plain.headers["ETag"]})
    assert again.status_code == 304


def test_without_what_others_made_pages_work_and_the_console_says_why(tmp_path):
    program = tmp_path / "program"
    shutil.copytree(ROOT / "publisher", program / "publisher", ignore=shutil.ignore_patterns("__pycache__", VENDOR))
    shutil.copy(ROOT / "server.py", program)
    server = start_server(TINY, tmp_path, complete=False, program=program)
    try:
        pages = [server.get(path, "text/html") for path in ("", "doc/site/le-pont", "sparql", "api/named")]
        missing = server.get("static/vendor/fonts.css")
        kept = [server.get(address).status_code for page in pages for address in loaded(page.text)]
    finally:
        server.stop()

    assert [page.status_code for page in pages] == [200] * 4
    assert set(kept) == {200} and missing.status_code == 404
    assert not [page.url for page in pages if f"static/{VENDOR}" in page.text]
    said = server.log.read_text()
    assert all(name in said for name in EXPECTED) and "make assets" in said


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_home_page_tells_the_story_in_figures_with_their_queries(forum: Server, language):
    text = forum.get("", "text/html", headers={"Accept-Language": language}).text

    page = html5lib.parse(text, namespaceHTMLElements=False)
    figures = next(node for node in page.iter("ul") if node.get("class") == "story")
    queries = [node.get("href") for node in figures.iter("a")]
    numbers = [node.text for node in figures.iter("span") if node.get("class") == "figure"]
    assert len(queries) == len(numbers) == len(figures) > 3
    assert all(number.isdigit() and int(number) > 1 for number in numbers)
    assert {forum.get(path + ".csv").status_code for path in queries} == {200}
    assert {"en": "not a site of Efus", "fr": "pas un site de l’Efus"}[language] in text
    assert all(part in text for part in ('<svg class="map"', '<ol class="timeline"', 'role="search"'))


def test_the_home_page_shows_what_its_queries_leave_open(tmp_path):
    """A figure without a value is left out; a map without a place is a section with its table, as elsewhere."""
    content, queries = tmp_path / "content", tmp_path / "content" / "queries" / "pages" / "home"
    shutil.copytree(TINY, content)
    queries.mkdir(parents=True)
    figures = 'SELECT ?figure ?what ?query { VALUES (?figure ?what ?query) { (7 "sites" UNDEF) (UNDEF "lost" UNDEF) } }'
    places = 'SELECT ?name ?lat ?long { VALUES (?name ?lat ?long) { ("nowhere" UNDEF UNDEF) } } ORDER BY ?name'
    (queries / "figures.rq").write_text(f"#+ title: Figures\n#+ view: figures\n{figures} ORDER BY ?what\n")
    (queries / "places.rq").write_text(f"#+ title: Places\n#+ view: map\n{places}\n")
    server = start_server(content, tmp_path, complete=False)
    try:
        page = server.get("", "text/html")
    finally:
        server.stop()

    assert page.status_code == 200
    assert '<span class="figure">7</span>' in page.text and "lost" not in page.text
    assert ">Places</h2>" in page.text and "<td>nowhere</td>" in page.text
