"""Faults of a rule are told in people's words: each code has a sentence, and none speaks of how the rule is stored."""

import re
from pathlib import Path

import pytest

from apps.assessments.rules.results import ConfigError
from apps.assessments.services import faults

RULES = Path(__file__).resolve().parents[1] / "rules"
FIRST_GIVEN = re.compile(r"(?:WrongConfiguration|ConfigError)\(([^,)]*)")
OF_PROGRAMMERS = re.compile(r"\b(object|key|parameter|params|string|null|boolean|array|YYYY)", re.IGNORECASE)


def raised():
    """Every code that a rule gives."""
    texts = [path.read_text(encoding="utf-8") for path in RULES.rglob("*.py")]
    return {code for text in texts for given in FIRST_GIVEN.findall(text) for code in re.findall(r'"(\w+)"', given)}


def sentences():
    """Everything that may be said, with a place in it."""
    for words in (*faults.FAULTS.values(), *faults.PARTICULAR.values()):
        yield words().replace("%(key)s", "Bands")


class TestFaults:
    def test_each_code_of_the_rules_has_a_sentence(self):
        assert len(raised()) > 25
        assert raised() - faults.FAULTS.keys() == set()

    def test_none_speaks_as_programmers_do(self):
        said = [*sentences(), *(words() for words in faults.KEYS.values())]
        assert [text for text in said if OF_PROGRAMMERS.search(text)] == []

    @pytest.mark.parametrize(
        ("code", "key", "text"),
        [
            ("not_a_list", "bands", "“Bands” takes one entry after the other. Write each of them on its own."),
            ("unknown_key", "kap", "This method does not ask for “kap”. Take it out, or mend its spelling."),
            ("unknown_word", "unit", "“A step is measured in” says something that is none of its choices."),
            ("not_an_object", "params", "“Details of the method” takes several details, each under its name."),
            ("not_a_day", "items[0].due", "“Events, line 1, due” is no day of the calendar. Write year, month and day"),
        ],
    )
    def test_say_what_is_wrong_and_how_to_mend_it(self, code, key, text):
        assert faults.config_words(ConfigError(code, key)).startswith(text)
