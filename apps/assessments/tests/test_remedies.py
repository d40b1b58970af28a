"""Every refusal of the services says how to mend what was wrong: a sentence in it asks for an act, of the reader or of
somebody it names. Read from the code, so that a refusal without a remedy fails where it is written."""

import ast
import re
from pathlib import Path

import pytest

SERVICES = Path(__file__).resolve().parents[1] / "services"
TRANSLATED = {"_": 0, "gettext": 0, "ngettext": 1}
"""Functions around a sentence, and which of their arguments it is."""
ACTS = (
    "add|appeal|appoint|approve|ask|begin|choose|close|compare|copy|correct|decide|dismiss|do|give|go|hand|keep|leave|let|lift|"
    "list|load|look|lower|make|mend|name|open|place|propose|publish|put|raise|read|refuse|rehearse|remove|report|return|"
    "review|round|rule|save|say|see|send|set|shorten|start|take|tell|turn|use|wait|withdraw|work|write"
)
ACT = re.compile(rf"(?:^|[.:;,–] | or | then | else )(?:{ACTS})\b", re.IGNORECASE)
"""An imperative: where a sentence or one of its parts begins."""
COMPOSED = {
    "%(scheme)s cannot be rehearsed yet: %(where)s: %(first)s": "ends with a problem of the scheme, which says it",
    "Line %(number)s: %(problem)s": "ends with what is wrong there, which says it",
    "“%(level)s” is no level of “%(indicator)s”.": "is followed by the levels to choose from",
    "Not led by you.": "stands in the details, beside the name of whoever is to be left out",
    "%(names)s and %(count)s more": "names in a sentence",
    "no score": "a word in a sentence",
    "not worked out": "a word in a sentence",
    "nobody yet: HR admits it first": "a word in a sentence",
}
HIDDEN = re.compile(r"^There is no such .*, or it lies outside what you may see\.$")
"""Says nothing more on purpose: whether it is there is not told to everybody."""


def sentences(node, named):
    """What is translated inside NODE; of a name, what NAMED says was put into it."""
    for one in ast.walk(node):
        if isinstance(one, ast.Name) and one.id in named:
            for value in named[one.id]:
                yield from sentences(value, {})
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id in TRANSLATED:
            said = one.args[TRANSLATED[one.func.id]]
            if isinstance(said, ast.Constant):
                yield said.value, one.lineno


def refusals_in(tree):
    """(sentence, line) of every refusal that is raised, by what is written in it or in a name of the same function."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        named = {}
        for one in ast.walk(function):
            if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
                named.setdefault(one.targets[0].id, []).append(one.value)
        for one in ast.walk(function):
            if isinstance(one, ast.Raise) and isinstance(one.exc, ast.Call):
                yield from sentences(one.exc, named)


def all_refusals():
    """(file, line) → sentence."""
    return {
        (path.name, line): text
        for path in sorted(SERVICES.rglob("*.py"))
        for text, line in refusals_in(ast.parse(path.read_text()))
        if " " in text
    }


def has_remedy(text):
    """Whether the sentence asks for an act."""
    return bool(ACT.search(text))


class TestRefusals:
    def test_say_how_to_mend_what_was_wrong(self):
        silent = {
            where: text
            for where, text in all_refusals().items()
            if not has_remedy(text) and text not in COMPOSED and not HIDDEN.match(text)
        }
        assert silent == {}

    def test_are_found_at_all(self):
        assert len(all_refusals()) > 180

    def test_the_exceptions_are_still_written(self):
        assert set(COMPOSED) <= set(all_refusals().values())


class TestRemedies:
    @pytest.mark.parametrize(
        "text", ["May is closed. Ask the COO to reopen it.", "Write a number.", "It is late: tell HR."]
    )
    def test_are_seen(self, text):
        assert has_remedy(text)

    @pytest.mark.parametrize(
        "text",
        ["May is closed.", "You may not write this.", "It is to be approved.", "Somebody else has to decide on it."],
    )
    def test_are_missed_where_nothing_is_asked_for(self, text):
        assert not has_remedy(text)

    def test_are_read_from_the_code_wherever_the_sentence_stands(self):
        code = """
def act():
    text = _("It is over.")
    if late:
        raise Refusal(text % {})
    raise Refusal(ngettext("One is wrong.", "Many are wrong.", 2))
"""
        assert {text for text, _line in refusals_in(ast.parse(code))} == {"It is over.", "Many are wrong."}
