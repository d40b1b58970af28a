"""Letters on paper: which font has a sign, and what stands for one that no font has.

Fira Sans has Latin with all its accents, Greek, Cyrillic and Vietnamese and goes into the file. Chinese, Japanese and Korean
signs are told to the reader's own fonts, as the PDF standard provides for; those it has are the ones of the old national
code pages. What is left is written as its number, so that nothing is lost without a trace.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache

from fontpkg_fira_sans import ROOT
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

PLAIN, BOLD = "FiraSans", "FiraSans-Bold"
FILES = ROOT / "files"
ASIAN = {"STSong-Light": "gbk", "HeiseiKakuGo-W5": "cp932", "HYGothic-Medium": "cp949"}
"""Fonts every reader of PDF brings, and the code page whose signs they have."""
JOINING = {"\u00ad": "", "\u2011": "-", "\u202f": "\u00a0", "\u2009": " "}
"""Signs for typesetting that the font lacks, and what does the same."""


@cache
def register_fonts() -> frozenset[int]:
    """Make the fonts known once a process; gives the signs the plain one has. They come with a package: same everywhere."""
    plain = TTFont(PLAIN, str(FILES / "FiraSans-Regular.ttf"))
    for font in (plain, TTFont(BOLD, str(FILES / "FiraSans-Bold.ttf")), *map(UnicodeCIDFont, ASIAN)):
        pdfmetrics.registerFont(font)
    return frozenset(plain.face.charToGlyph)


def runs_of(words: str) -> Iterable[tuple[str, str]]:
    """WORDS as they can be printed, in runs of one font: (what to print, the font's name)."""
    run, font = "", PLAIN
    for sign in unicodedata.normalize("NFC", words):
        shown, found = placed(sign)
        if found != font and run:
            yield run, font
            run = ""
        run, font = run + shown, found
    if run:
        yield run, font


@cache
def placed(sign: str) -> tuple[str, str]:
    """What is printed for a sign, and in which font: itself, itself without an unknown accent, or its number in brackets."""
    known = register_fonts()
    sign = JOINING.get(sign, sign)
    if not sign or ord(sign) in known or sign.isspace():
        return sign, PLAIN
    for font, page in ASIAN.items():
        if can_encode(sign, page):
            return sign, font
    for base in unicodedata.normalize("NFKD", sign):
        if ord(base) in known and not unicodedata.combining(base):
            return base, PLAIN
    return f"[U+{ord(sign):04X}]", PLAIN


def can_encode(sign: str, page: str) -> bool:
    """Whether a code page has a sign."""
    try:
        sign.encode(page)
    except UnicodeEncodeError:
        return False
    return True


def in_one_font(words: str) -> tuple[str, str]:
    """WORDS for a place that knows one font only, such as a chart's label: (what to print, the font's name).

    The first other font that is needed prints all of it where it can; otherwise its signs are written as their numbers.
    """
    runs = list(runs_of(words))
    others = [font for _run, font in runs if font != PLAIN]
    if not others:
        return "".join(run for run, _font in runs), PLAIN
    if all(can_encode(sign, ASIAN[others[0]]) for run, _font in runs for sign in run):
        return "".join(run for run, _font in runs), others[0]
    return "".join(run if font == PLAIN else numbers_of(run) for run, font in runs), PLAIN


def numbers_of(run: str) -> str:
    """Signs as their numbers."""
    return "".join(f"[U+{ord(sign):04X}]" for sign in run)
