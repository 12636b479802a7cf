"""The languages of the interface, and its words in each, by gettext.

The program's texts are English; ``translations/<language>.po`` says them in the others. What is published brings its
own words and is not translated here.
"""

import gettext
import io
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.units import format_unit

NAMES = {
    "en": "English",
    "fr": "Français",
    "nl": "Nederlands",
    "de": "Deutsch",
    "it": "Italiano",
    "es": "Español",
    "pt": "Português",
}
LANGUAGES = tuple(NAMES)
UNITS = ("byte", "kilobyte", "megabyte", "gigabyte", "terabyte")


def N_(text: str) -> str:  # noqa: N802 (what gettext calls it)
    """Marks *text* for translators; the place that shows it translates it."""
    return text


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The words of the interface in *language*, one of LANGUAGES; what has no translation stays English."""
    file = files(__package__) / "translations" / f"{language}.po"
    if not file.is_file():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(file.read_bytes()), locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@cache
def words(language: str) -> dict[str, Callable[..., Any]]:
    """What templates call: gettext's functions, and numbers as they are written in *language*, one of LANGUAGES."""
    locale, told = Locale(language), translations(language)
    return {
        "_": told.gettext,
        "gettext": told.gettext,
        "ngettext": told.ngettext,
        "pgettext": told.pgettext,
        "number_of": lambda number: format_decimal(number, locale=locale),
        "size_of": lambda number: size(number, locale),
    }


def size(number: float, locale: Locale) -> str:
    """*number* of bytes in the largest unit that fits, in thousands, as IEC and CLDR write them: "1.5 MB"."""
    place = 0
    while number >= 1000 and place < len(UNITS) - 1:
        number, place = number / 1000, place + 1
    return str(format_unit(round(number, 1 if place else 0), f"digital-{UNITS[place]}", "short", locale=locale))
