"""How names are spelt: one form for all spellings that people take for the same, and how far two others are apart.

Pure functions on text, so that what is indexed and what is asked for go through the same hands.
Sources: Unicode Standard Annex 15 (compatibility decomposition); H. Hyyrö, "A bit-vector algorithm for computing
Levenshtein and Damerau edit distances", Nordic Journal of Computing 10 (2003).
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain

LONGEST = 300  # characters of a name that are compared
CLOSE = 0.7  # two words at least so similar are taken for one, misspelt
WITHIN = 0.6  # what a name is worth at least that stands in a text
ORDERED = 0.97  # what the same words in another order are worth
MOST_PAIRS = 1_000  # of words that are compared; longer texts are compared by letters only

# Letters that no decomposition takes apart. (Lower case; "ß" is "ss" by case folding.)
_LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŧ": "t", "ı": "i", "ŋ": "n"}
)
# How those write who have no such key: Koeln, Aarhus, Malmoe.
_TWO_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_TWICE = re.compile("[äöüøå]")
_GAPS = re.compile("[^0-9a-z]+")
_SEPARATING = frozenset(".,:;/'\"·…")  # like dashes and brackets, they say nothing


def fold(text: str) -> str:
    """*text* without case, accents and punctuation, with one space between words; what has no letter stays.

    >>> fold("  L'Haÿ-les-Roses (94)"), fold("ŁÓDŹ"), fold("Αλεξανδρούπολη"), fold("★")
    ('l hay les roses 94', 'lodz', 'αλεξανδρουπολη', '★')
    """
    lower = text[:LONGEST].casefold()
    if lower.isascii():
        return _GAPS.sub(" ", lower).strip() or lower.strip()
    plain = unicodedata.normalize("NFKD", lower.translate(_LETTERS)).casefold()
    kept = "".join(letter if _is_letter(letter) else " " for letter in plain if not _is_accent(letter))
    return " ".join(kept.split()) or " ".join(lower.split())


def spellings(text: str) -> tuple[str, ...]:
    """The folded forms by which *text* is found; two where a letter may be written as two.

    >>> spellings("Köln"), spellings("Genève")
    (('koln', 'koeln'), ('geneve',))
    """
    folded = fold(text)
    lower = unicodedata.normalize("NFC", text[:LONGEST].casefold())
    if not _TWICE.search(lower):
        return (folded,)
    return tuple(dict.fromkeys((folded, fold(lower.translate(_TWO_LETTERS)))))


def signs(text: str) -> str:
    """What of *text* folding leaves out and yet may mean something.

    >>> signs("C++"), signs("Gent (?)"), signs("L'Haÿ-les-Roses (94)")
    ('++', '?', '')
    """
    kinds = ((letter, unicodedata.category(letter)) for letter in text)
    return "".join(
        letter for letter, kind in kinds if kind in ("Sm", "Sc", "So") or (kind == "Po" and letter not in _SEPARATING)
    )


def trigrams(folded: str, *, whole: bool = True) -> set[str]:
    """The parts of three characters of a folded text with a space before it and, where it is *whole*, behind it.

    >>> sorted(trigrams("au")), sorted(trigrams("au", whole=False))
    ([' au', 'au '], [' au'])
    """
    padded = f" {folded} " if whole else f" {folded}"
    return {padded[start : start + 3] for start in range(len(padded) - 2)}


def distance(one: str, other: str) -> int:
    """The fewest letters to put in, take out, replace, or swap with the next, that make *one* into *other*.

    No place is changed twice (optimal string alignment). The columns of the usual table are bits of integers.

    >>> distance("basel", "bsael"), distance("koln", "cologne")
    (1, 4)
    """
    if not one or not other:
        return len(one) + len(other)
    places: dict[str, int] = {}
    for place, letter in enumerate(one):
        places[letter] = places.get(letter, 0) | 1 << place
    every = (1 << len(one)) - 1
    last = 1 << (len(one) - 1)
    result, up, down, same, before = len(one), every, 0, 0, 0
    for letter in other:
        here = places.get(letter, 0)
        swapped = ((~same & here) << 1) & before
        same = ((((here & up) + up) ^ up) | here | down | swapped) & every
        right_up, right_down = (down | ~(same | up)) & every, same & up
        result += bool(right_up & last) - bool(right_down & last)
        right_up = (right_up << 1 | 1) & every
        right_down = right_down << 1 & every
        up, down, before = (right_down | ~(same | right_up)) & every, right_up & same, here
    return result


_word_distance = lru_cache(2**14)(distance)


def similarity(text: str, name: str) -> float:
    """How alike a folded text and a folded name are, from 0 to 1: by letters, by words in any order, as its part.

    >>> similarity("saint denis", "denis saint"), round(similarity("baasel", "basel"), 2)
    (0.97, 0.83)
    >>> similarity("city of basel", "basel") > 0.7 > similarity("basel", "city of basel")
    True
    """
    if text == name:
        return 1.0
    longest = max(len(text), len(name))
    unlike = 2 * abs(len(text) - len(name)) > longest  # whatever the letters are
    alike = 0.0 if unlike else 1 - distance(text, name) / longest
    if " " not in text and " " not in name:
        return alike
    if f" {name} " in f" {text} ":
        alike = max(alike, WITHIN + (1 - WITHIN) * len(name) / len(text))
    words, others = text.split(), name.split()
    if len(words) * len(others) > MOST_PAIRS:
        return alike
    return max(alike, ORDERED * _by_words(words, others))


def begins(name: str, start: str) -> float:
    """How well the folded *start* begins *name* or a word of it, from 0 to 1, misspellings allowed.

    >>> begins("saint denis", "den") < begins("denis", "den"), begins("basel", "bsae") > 0.6
    (True, True)
    """
    length = len(start)
    if name.startswith(start):
        return 1.0
    if f" {start}" in f" {name}":
        return 0.95
    places = [0, *(found.end() for found in re.finditer(" ", name))]
    near = (1 - distance(start, name[place : place + length]) / max(length, 1) for place in places)
    return 0.9 * max(near)


def _by_words(some: Sequence[str], others: Sequence[str]) -> float:
    """The part of all letters that stand in words both have; words are paired, the most similar first."""
    near = sorted(_pairs(some, others), reverse=True)
    total = sum(map(len, chain(some, others)))
    shared = 0.0
    left, right = set(range(len(some))), set(range(len(others)))
    for alike, mine, yours in near:
        if mine in left and yours in right:
            left.discard(mine)
            right.discard(yours)
            shared += alike * (len(some[mine]) + len(others[yours]))
    return shared / total


def _pairs(some: Sequence[str], others: Sequence[str]) -> Iterator[tuple[float, int, int]]:
    for mine, one in enumerate(some):
        for yours, other in enumerate(others):
            longest = max(len(one), len(other))
            if one == other:
                yield 1.0, mine, yours
            elif abs(len(one) - len(other)) <= (allowed := int((1 - CLOSE) * longest)) and allowed:
                alike = 1 - _word_distance(one, other) / longest
                if alike >= CLOSE:
                    yield alike, mine, yours


def _is_accent(letter: str) -> bool:
    """Marks that many leave out; not those that make another letter of it: kana, Indic and Thai scripts."""
    place = unicodedata.combining(letter)
    return 0 < place < 7 or 9 < place < 84 or place > 132


def _is_letter(letter: str) -> bool:
    """Letters, digits, and the vowel signs of scripts that write them so."""
    return letter.isalnum() or unicodedata.category(letter)[0] == "M"
