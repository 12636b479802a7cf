"""The interface speaks seven languages: every word of it is marked, translated, and shown in the reader's language."""

import gettext
import re
import string
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel import Locale
from flask import Flask
from flask.testing import FlaskClient
from pyoxigraph import DefaultGraph
from werkzeug.test import Client, TestResponse

from publisher.completing import complete
from publisher.config import Config
from publisher.formats import ALL
from publisher.publish.snapshot import Snapshot, open_current
from publisher.publish.tables import write_tables
from publisher.store.workers import Workers
from publisher.web import languages, places, table, translating
from publisher.web.app import create_app
from publisher.web.cache import ResponseCache
from publisher.web.languages import LANGUAGES, NAMES, date_in_words, locale_of, words
from publisher.web.translating import marked, missing, text, translated, updated

from .conftest import TINY, build_snapshot
from .test_http import ERRORS, PATHS

Reader = Callable[..., TestResponse]

OTHERS = [language for language in LANGUAGES if language != translating.SOURCE]
TEMPLATES = translating.PROGRAM / "web" / "templates"
SCRIPTS = translating.PROGRAM / "web" / "static"
SHOWN = ("title", "aria-label", "placeholder", "alt", "aria-description", "label")  # attributes that readers meet
SILENT = (
    "code",
    "pre",
    "script",
    "style",
    "kbd",
    "samp",
    "var",
    "textarea",
    "time",
)  # elements that hold no words of ours
VOID = ("meta", "link", "br", "hr", "img", "input", "wbr", "base", "col")
WORD = re.compile(r"[^\W\d_]{2,}")
NO_WORD = re.compile(r"\S*[:/.#_@\d]\S*|\S*\w-\w\S*|\w+[A-Z]\w*")  # an IRI, path, file or name of a program's own
PSEUDO = "nl"  # in which the tiny content says nothing, so that all it says tells its language
PROPER = {
    *NAMES, *NAMES.values(), *Locale(PSEUDO).languages.values(), *(format.name for format in ALL),
    "CSVW", "SHA-256", "SPARQL", "OpenRefine", "curl", "Python", "R", "rq", "true", "false", "byte",
}  # fmt: skip
OPEN, SHUT = "⟦", "⟧"
PLAIN_SPACE = re.compile(r"\w ([:;?!»]|%%)|« ")
PHRASE = re.compile(r"[^\s\"#:@{},]+(?: [^\s\"#:@{},]+)*")
NAMED = re.compile(r"%\((\w+)\)s")
TAG = re.compile(r"</?\w+[^>]*>")


@pytest.fixture(scope="module")
def interface() -> translating.Catalog:
    return marked()


# Translations


@pytest.mark.parametrize("language", OTHERS)
def test_every_word_of_the_interface_is_translated(interface: translating.Catalog, language: str) -> None:
    assert [message.id for message in missing(updated(interface, language))] == []


@pytest.mark.parametrize("language", OTHERS)
def test_the_file_of_a_language_is_as_the_command_writes_it(interface: translating.Catalog, language: str) -> None:
    written = (translating.FILES / f"{language}.po").read_text(encoding="utf-8")

    assert written == text(updated(interface, language))


@pytest.mark.parametrize("language", OTHERS)
def test_translations_keep_what_is_put_into_them_and_their_markup(language: str) -> None:
    catalog = translated(language)

    for message in catalog:
        if not message.id:
            continue
        assert not message.fuzzy, message.id
        said = message.string if message.pluralizable else (message.string,)
        asked = message.id if message.pluralizable else (message.id,)
        for form in said:
            assert set(NAMED.findall(form)) in [set(NAMED.findall(source)) for source in asked], form
            assert Counter(TAG.findall(form)) in [Counter(TAG.findall(source)) for source in asked], form
            assert form == form.strip() and form.count("%") == len(NAMED.findall(form)) + 2 * form.count("%%"), form


def test_french_sets_its_signs_off_with_spaces_that_do_not_break() -> None:
    for message in translated("fr"):
        said = message.string if message.pluralizable else (message.string,)
        assert message.id == "" or not any(PLAIN_SPACE.search(form) for form in said), said


# Templates and scripts


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_templates_mark_all_their_words(template: Path) -> None:
    source = template.read_text(encoding="utf-8")
    for part in (r"\{#.*?#\}", r"\{%-?\s*trans.*?endtrans\s*-?%\}", r"\{\{.*?\}\}", r"\{%.*?%\}", r' lang="\s*"'):
        source = re.sub(part, " ", source, flags=re.DOTALL)

    assert list(unmarked(source)) == []


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_what_is_counted_comes_first(template: Path) -> None:
    """Jinja counts what is named first; a name there is an error only when the page is shown."""
    blocks = re.findall(r"\{%\s*trans\b(.*?)endtrans", template.read_text(encoding="utf-8"), re.DOTALL)

    assert [block for block in blocks if "pluralize" in block and not block.startswith(" n=")] == []


def test_scripts_take_their_words_from_the_page() -> None:
    shown = re.compile(
        r"(?:textContent|innerText|innerHTML|ariaLabel|placeholder|title)\s*=\s*[\"'`][^\"'`$]*[A-Za-z]{3}"
    )

    assert [
        (path.name, found) for path in SCRIPTS.glob("*.js") for found in shown.findall(path.read_text("utf-8"))
    ] == []


# Choosing a language


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """The tiny content with its tables, and its catalogue assessed."""
    folder = tmp_path_factory.mktemp("languages")
    directory = build_snapshot(TINY, folder).directory
    config = Config(content=TINY, build=folder / "build")
    write_tables(directory)
    complete(config, directory)
    return open_current(config)


@pytest.fixture(scope="module")
def app(snapshot: Snapshot) -> Iterator[Flask]:
    """The application on the tiny content, in this process."""
    config = Config(query_workers=2)
    with closing(Workers(snapshot.directory, config, snapshot.base_iri, snapshot.prefixes)) as workers:
        yield create_app(snapshot, config, workers)


@pytest.fixture
def reader(app: Flask) -> Reader:
    """Asks *app* for pages through the memory of answers, as readers do."""
    cache = ResponseCache(app.wsgi_app, limit=10**7)

    def read(path: str, language: str = "") -> TestResponse:
        return Client(cache).get(path, headers={"Accept": "text/html", "Accept-Language": language})

    return read


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_speaks_the_language_that_is_chosen(reader: Reader, language: str) -> None:
    chosen = reader(f"/problems?lang={language}")
    preferred = reader("/problems", f"tlh, {language}-XX;q=0.8, ja;q=0.9")

    for page in (chosen, preferred):
        assert page.headers["Content-Language"] == language
        assert f'<html lang="{language}">' in page.text
        assert words(language)["_"]("What errors mean") in page.text
        assert "Accept-Language" in page.headers["Vary"]


def test_a_page_that_is_kept_is_for_readers_of_its_language(reader: Reader) -> None:
    for language in ("de", "pt-BR", "de"):
        assert reader("/problems", language).headers["Content-Language"] == language[:2]


@pytest.mark.parametrize("query", ["q=pont&page=1", "q=%22%3E%3Cb%3E", "q=pont&l%61ng=de", "lang=de&q=pont"])
def test_the_menu_of_languages_keeps_what_was_asked(reader: Reader, query: str) -> None:
    menu = re.findall(r'<a href="(/search[^"]*)" lang="(\w+)" hreflang', reader(f"/search?{query}").text)
    kept = [pair for pair in query.split("&") if pair.startswith(("q=", "page="))]

    assert menu == [(f"/search?{'&amp;'.join([*kept, f'lang={language}'])}", language) for language in LANGUAGES]


def test_pages_name_themselves_in_each_language(reader: Reader) -> None:
    page = reader("/doc/site/le-pont?lang=fr").text
    link = re.compile(r'<link rel="(canonical|alternate)" href="([^"]+)"(?: hreflang="([^"]+)")?>')
    found = {
        name or relation: address for relation, address, name in link.findall(page) if name or relation == "canonical"
    }

    assert set(found) == {"canonical", "x-default", *LANGUAGES}
    assert found["canonical"] == found["fr"] != found["x-default"]
    for language in LANGUAGES:
        answer = reader("/" + found[language].removeprefix(Config().location))
        assert answer.status_code == 200 and answer.headers["Content-Language"] == language
    assert "hreflang" not in reader("/nowhere").text.partition("</head>")[0]


@pytest.mark.parametrize(("tag", "status"), [("tlh", 400), ("x y", 400), ("fr-BE", 200), ("PT", 200), ("", 200)])
def test_a_language_that_nobody_speaks_here_is_answered_with_those_that_are(
    reader: Reader, tag: str, status: int
) -> None:
    page = reader(f"/problems?lang={tag}", "de")

    assert page.status_code == status
    if tag == "tlh":
        assert page.headers["Content-Language"] == "de"
        assert all(f'href="/problems?lang={language}"' in page.text for language in LANGUAGES)


@pytest.mark.parametrize(
    ("given", "language", "shown"),
    [
        ("2026-01-31", "en", "31 January 2026"),
        ("2026-01-31+01:00", "fr", "31 janvier 2026"),
        ("2026-02-01", "fr", "1er février 2026"),
        ("2026-01-31T08:00:00Z", "pt", "31 de janeiro de 2026"),
        ("2026-01", "de", "Januar 2026"),
        ("2026", "it", "2026"),
        ("2026-02-31", "nl", "2026-02-31"),
        ("soon", "es", "soon"),
    ],
)
def test_dates_are_written_as_each_language_does(given: str, language: str, shown: str) -> None:
    assert date_in_words(given, locale_of(language)) == shown


def test_numbers_and_sizes_are_written_as_each_language_does() -> None:
    def shown(name: str, number: float) -> list[str]:
        functions: list[Callable[[float], str]] = [words(language)[name] for language in ("en", "fr", "de")]
        return [function(number) for function in functions]

    assert shown("number_of", 1234567.5) == ["1,234,567.5", "1\u202f234\u202f567,5", "1.234.567,5"]
    assert shown("size_of", 1_500_000) == ["1.5 MB", "1,5\u202fMo", "1,5 MB"]


# Pages


class Pseudo(gettext.NullTranslations):
    """Translations that show where they are, of all *known* words."""

    def __init__(self, known: Collection[str]) -> None:
        super().__init__()
        self.known = known

    def gettext(self, message: str) -> str:
        return f"{OPEN}{message}{SHUT}" if message in self.known else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        return self.gettext(message)


@pytest.fixture(scope="module")
def known(interface: translating.Catalog) -> Collection[str]:
    """What translators are given: words that are shown translated must be among them."""
    return {form for message in interface for form in (message.id if message.pluralizable else (message.id,))}


@pytest.fixture
def pseudo(app: Flask, known: Collection[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    """A client of *app* while its interface is translated into a language that marks what it says."""
    for module in (languages, places, table):
        monkeypatch.setattr(module, "translations", lambda language: Pseudo(known))
    words.cache_clear()
    yield app.test_client()
    words.cache_clear()


@pytest.fixture(scope="module")
def content(snapshot: Snapshot) -> set[str]:
    """All texts of the tiny content and its catalogue, its names below the base, and what its queries say."""
    derived = (quad for graph in snapshot.derived_graphs for quad in snapshot.derived(graph["iri"]))
    terms = {
        term.value for quad in (*snapshot.store.engine, *derived) for term in quad if not isinstance(term, DefaultGraph)
    }
    names = {term.removeprefix(snapshot.base_iri) for term in terms}
    queries = [query for kind in snapshot.queries.values() for query in kind]
    said = {words for query in queries for words in (query.name, *PHRASE.findall(query.text))}
    return terms | names | said


@pytest.mark.parametrize("path", [*PATHS, *ERRORS])
def test_what_a_page_says_is_translated_or_tells_its_language(
    pseudo: FlaskClient, content: set[str], path: str
) -> None:
    path = path.format(version="latest", context="none")
    with pseudo.get("/" + path, headers={"Accept": "text/html", "Accept-Language": PSEUDO}) as response:
        assert response.status_code != 500
        if response.mimetype == "text/html" and not path.startswith(("reconcile/flyout", "reconcile/preview")):
            assert sorted(set(unmarked(response.text, content))) == []


def unmarked(html: str, content: Collection[str] = ()) -> Iterator[str]:
    """The words of a page and its attributes that are not translated, nor of the content, nor say their language."""
    reader = Words()
    reader.feed(html)
    for found in reader.found:
        for part in re.sub(f"{OPEN}[^{OPEN}{SHUT}]*{SHUT}", " – ", found).split(" – "):
            text = " ".join(part.split()).strip(",;: –")
            words = [word for word in text.split() if not NO_WORD.fullmatch(word.strip(string.punctuation + "…"))]
            if WORD.search(" ".join(words)) and not {text, text.strip("()."), " ".join(words)} & {*PROPER, *content}:
                yield text


class Words(HTMLParser):
    """Reads the texts of a page; what is translated may have markup within."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent: list[bool] = [False]
        self.text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        foreign = tag in SILENT or (tag != "html" and "lang" in given)
        if not (foreign or self.silent[-1]):
            self.found += [given[name] or "" for name in SHOWN if name in given]
        if tag not in VOID:
            self.silent.append(self.silent[-1] or foreign)
        self.end_of_text(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and len(self.silent) > 1:
            self.silent.pop()
        self.end_of_text(tag)

    def handle_data(self, data: str) -> None:
        if not self.silent[-1]:
            self.text += data
        else:
            self.text += data if OPEN in self.text and SHUT not in self.text else ""

    def end_of_text(self, tag: str) -> None:
        """A text ends at a tag, but for one within a translation or that marks a part of a name."""
        if tag != "mark" and self.text.count(OPEN) == self.text.count(SHUT):
            self.found.append(self.text)
            self.text = ""
