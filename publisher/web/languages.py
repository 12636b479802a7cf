"""The languages of the interface, and its words in each, by gettext.

The program's texts are English; ``translations/<language>.po`` says them in the others. What is published brings its
own words and is not translated here.
"""

import gettext
import io
import re
from collections.abc import Callable
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from babel import Locale
from babel.dates import format_date, format_skeleton
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
EUROPEAN = {"en": "en_GB", "pt": "pt_PT"}  # where the plain locale is that of another continent
DATE = re.compile(r"(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d)(T.+)?)?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
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


def locale_of(language: str) -> Locale:
    """How dates and numbers are written in *language*, one of LANGUAGES: as in Europe."""
    return Locale.parse(EUROPEAN.get(language, language))


@cache
def words(language: str) -> dict[str, Callable[..., Any]]:
    """What templates call: gettext's functions, and numbers as they are written in *language*, one of LANGUAGES."""
    locale, told = locale_of(language), translations(language)
    return {
        "_": told.gettext,
        "gettext": told.gettext,
        "ngettext": told.ngettext,
        "pgettext": told.pgettext,
        "number_of": lambda number: number_in_words(number, locale),
        "size_of": lambda number: size(number, locale),
        "date_of": lambda date: date_in_words(str(date), locale),
        "language_of": lambda tag: name_of_language(tag, locale),
    }


def number_in_words(number: float | str, locale: Locale) -> str:
    """*number* with the signs of *locale* and all its places; what is no number, or beyond any, stays as it is.

    >>> number_in_words("1234.50", Locale("de")), number_in_words("1e400", Locale("de"))
    ('1.234,5', '1e400')
    """
    try:
        return str(format_decimal(number, locale=locale, decimal_quantization=False))
    except ArithmeticError:
        return str(number)


def size(number: float, locale: Locale) -> str:
    """*number* of bytes in the largest unit that fits, in thousands, as IEC and CLDR write them: "1.5 MB"."""
    place = 0
    while number >= 1000 and place < len(UNITS) - 1:
        number, place = number / 1000, place + 1
    return str(
        format_unit(
            round(number, 1 if place else 0), f"digital-{UNITS[place]}", "short" if place else "long", locale=locale
        )
    )


def date_in_words(text: str, locale: Locale) -> str:
    """What an XML Schema date, dateTime, gYearMonth or gYear says, in words; *text* itself when it is none of them.

    >>> date_in_words("2026-01-31T08:00:00Z", Locale("fr")), date_in_words("2026-01", Locale("de"))
    ('31 janvier 2026', 'Januar 2026')
    """
    found = DATE.fullmatch(text)
    if not found:
        return text
    year, month, day = found["year"], found["month"], found["day"]
    try:
        named = date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return text
    if not month:
        return year
    if not day:
        return str(format_skeleton("yMMMM", named, locale=locale))
    written = str(format_date(named, "long", locale))
    return written.replace("1", "1er", 1) if locale.language == "fr" and named.day == 1 else written


def name_of_language(tag: str, locale: Locale) -> str:
    """What the language of a tag is called in that of *locale*; the tag itself when nobody says.

    >>> name_of_language("nl-be", Locale("en")), name_of_language("tlh-x", Locale("en"))
    ('Dutch', 'Klingon')
    """
    primary = tag.partition("-")[0].lower()
    return str(locale.languages.get(primary, tag))
