"""`jiebang party`: the real command takes parties in, with the country whose holidays they keep."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jiebang.domain.party import Role
from jiebang.sandbox.program import installed
from jiebang.store import parties
from jiebang.wire import keys
from tests.cli.desk import Desk, at_desk


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Open a hub, and lay a party's public keys beside it."""
    (tmp_path / "public.json").write_text(json.dumps(keys.make().public_set()))
    with at_desk(sqlite_url, tmp_path) as desk:
        yield desk


def add(desk: Desk, *words: str) -> tuple[int, str]:
    """Run `jiebang party add` to its end; gives its exit code and what it said."""
    keys_of = ("--keys", str(desk.place / "public.json"))
    command = [str(installed("jiebang")), "party", "add", "platform", "Harbour", *keys_of, *words]
    done = subprocess.run(command, env=desk.environment, capture_output=True, text=True, check=False)
    return done.returncode, " ".join((done.stdout + done.stderr).split())


@pytest.mark.parametrize(("words", "country"), [(("--country", "CN"), "CN"), ((), None)])
def test_a_party_joins_with_its_country_or_with_none(
    desk: Desk, words: tuple[str, ...], country: str | None
) -> None:
    assert add(desk, "--id", "par_h", *words) == (0, "par_h")
    with desk.database.read() as connection:
        party = parties.get(connection, "par_h")
        calendar = parties.calendars(connection, ["par_h"])["par_h"]
    assert (party.role, party.country, calendar.country) == (Role.PLATFORM, country, country)


@pytest.mark.parametrize("word", ["China", "cn", "ZZ"])
def test_what_is_no_country_is_refused(desk: Desk, word: str) -> None:
    code, said = add(desk, "--country", word)
    assert (code, "is not a country" in said) == (2, True)
