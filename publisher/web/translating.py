"""``python -m publisher.web.translating``: the words of the interface, from the program to its translators.

``translations/<language>.po`` (GNU gettext) gets what is new, with an empty translation, and loses what is gone;
translations stay. How to translate is in docs/translating.md.
"""

import io
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from .languages import LANGUAGES

PROGRAM = Path(str(files("publisher")))
FILES = PROGRAM / "web" / "translations"
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
OPTIONS = {
    "**.html": {
        "extensions": "jinja2.ext.i18n", "trimmed": "true", "trim_blocks": "true", "lstrip_blocks": "true",
        "silent": "false",
    }
}  # fmt: skip
SOURCE = LANGUAGES[0]  # the language that the program is written in
HEADER = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: {language}\\n"
"Plural-Forms: {plurals};\\n"

"""


def marked() -> Catalog:
    """All words that the program and its templates mark for translators, with the files they are in."""
    catalog = Catalog()
    for path, line, text, comments, context in extract_from_dir(PROGRAM, METHODS, OPTIONS):
        catalog.add(text, locations=[(path, line)], auto_comments=comments, context=context)
    return catalog


def translated(language: str) -> Catalog:
    """What the file of *language* says now; of a language without one, nothing."""
    file = FILES / f"{language}.po"
    return read_po(io.BytesIO(file.read_bytes()), locale=language) if file.is_file() else Catalog(locale=language)


def updated(words: Catalog, language: str) -> Catalog:
    """The words in *language*: what *words* has, with the translations that are there."""
    catalog = translated(language)
    catalog.update(words, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def text(catalog: Catalog) -> str:
    """The file of a catalogue: sorted, without line numbers or dates, so that only words make a difference."""
    body = io.BytesIO()
    write_po(body, catalog, width=0, omit_header=True, sort_output=True, include_lineno=False, ignore_obsolete=True)
    return HEADER.format(language=catalog.locale, plurals=catalog.plural_forms.rstrip(";")) + body.getvalue().decode()


def missing(catalog: Catalog) -> Iterator[Message]:
    """The messages that a translator has yet to say, or to say in each number."""
    for message in catalog:
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and not (all(said) and len(said) == (catalog.num_plurals if message.pluralizable else 1)):
            yield message


def main() -> None:
    """Bring the files of all languages up to date, and say how much is to be translated."""
    words = marked()
    for language in LANGUAGES:
        if language == SOURCE:
            continue
        catalog = updated(words, language)
        (FILES / f"{language}.po").write_text(text(catalog), encoding="utf-8")
        print(f"{language}: {len(list(missing(catalog)))} of {len(words)} to translate")


if __name__ == "__main__":
    main()
