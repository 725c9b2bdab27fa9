"""Every way to say no has one name for machines, one sentence for people, and its place in the tree."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

from jiebang import domain
from jiebang.domain import errors
from jiebang.domain.errors import (
    CodeLocked,
    NotYourAccount,
    Refusal,
    TooManyCodes,
    TooSoon,
    VerifiedTooOften,
    WrongCode,
)
from jiebang.domain.limit import TooMuch
from jiebang.domain.sim import SimSwapped
from tests.build import NOW

# A refusal stands where what it is about stands.
MODULES = [
    importlib.import_module(one.name) for one in pkgutil.iter_modules(domain.__path__, "jiebang.domain.")
]
BRANCH = re.compile(r"^ {4}(?P<twigs>[│├└─ ]*)(?P<first>[A-Z]\w+)(?P<more>.*)$", re.MULTILINE)


def grown(kind: type[Refusal] = Refusal) -> Iterator[tuple[type[Refusal], type[Refusal]]]:
    """Walk the tree as the classes are: each refusal of the domain and what it is one of."""
    for narrower in kind.__subclasses__():
        if narrower.__module__ in {module.__name__ for module in MODULES}:
            yield narrower, kind
            yield from grown(narrower)


def drawn(picture: str) -> Iterator[tuple[str, str]]:
    """Walk the tree as it is drawn: a stem a line, with its meaning; several leaves a line."""
    above = {-1: ""}
    for branch in BRANCH.finditer(picture):
        depth = len(branch["twigs"]) // 4
        leaves = re.findall(r"[A-Z]\w+", branch["first"] + branch["more"])
        for leaf in leaves if depth > 1 else leaves[:1]:
            above[depth] = leaf
            if depth:
                yield leaf, above[depth - 1]


REFUSALS = [kind for kind, _ in grown()]


def test_the_tree_that_is_drawn_is_the_tree_that_is() -> None:
    are = [(kind.__name__, above.__name__) for kind, above in grown()]
    assert sorted(drawn(errors.__doc__ or "")) == sorted(are)


def test_every_refusal_has_a_code_of_its_own() -> None:
    codes = [Refusal.code, *(kind.code for kind in REFUSALS)]
    assert len(codes) > 30
    assert len(set(codes)) == len(codes)
    assert [code for code in codes if not re.fullmatch(r"[a-z]+(_[a-z]+)*", code)] == []


def test_a_code_is_the_name_as_machines_write_it() -> None:
    assert NotYourAccount.code == "not_your_account"
    assert errors.NotANumber.code == "not_a_number"


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.__name__)
def test_every_refusal_says_one_sentence_of_its_own(kind: type[Refusal]) -> None:
    said = str(kind.__new__(kind))
    assert re.fullmatch(r"[A-Z][^\n\d]+\.", said)
    assert [other for other in REFUSALS if other is not kind and other.__doc__ == kind.__doc__] == []


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.__name__)
def test_what_a_refusal_was_made_with_is_not_in_its_sentence(kind: type[Refusal]) -> None:
    refusal = kind.__new__(kind, "+8613800138055")
    assert "138" not in str(refusal)


@pytest.mark.parametrize("kind", [CodeLocked, TooManyCodes, VerifiedTooOften, TooMuch, SimSwapped])
def test_what_is_too_soon_says_until_when(kind: type[TooSoon]) -> None:
    assert kind(NOW).until == NOW


def test_a_wrong_code_says_how_many_tries_are_left() -> None:
    assert WrongCode(3).tries_left == 3
