"""The configuration for `django-allauth` that people copy: what it tells and does, on every database."""

from datetime import UTC, datetime

import pytest

from jiebang.agent.connectors.contract import Connector, Effect
from jiebang.domain.number import Number
from tests.connectors.conftest import ALLAUTH
from tests.systems.allauth import AllauthSystem
from tests.systems.allauth_visitor import Visitor, text

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("system", ALLAUTH, indirect=True)]
_LINKS = "account_emailconfirmation"
"""Empty, unless a site is told to keep the links that it mails (ACCOUNT_EMAIL_CONFIRMATION_HMAC)."""


async def test_who_signs_up_was_there_from_then_on_and_has_another_way_in(
    system: AllauthSystem, connector: Connector, line: Number
) -> None:
    began = datetime.now(UTC)
    Visitor(system).sign_up(line.e164, email="joins@mail.example")
    [record] = (await connector.find(line)).records
    assert record.bound.at is not None
    assert record.last_used is not None
    assert began < record.bound.at < record.last_used < datetime.now(UTC)
    assert record.other_logins == 1


async def test_a_password_that_django_has_taken_away_is_no_way_in(
    system: AllauthSystem, connector: Connector, line: Number
) -> None:
    system.update(system.add(line.e164), password="!taken-away")
    [record] = (await connector.find(line)).records
    assert record.other_logins == 0


async def test_members_who_are_closed_are_told_apart_by_nothing_but_their_ids(
    system: AllauthSystem, connector: Connector, line: Number, other_line: Number
) -> None:
    for one in (line, other_line):
        handle = system.add(one.e164)
        assert system.members()[handle]["addresses"] != []
        assert await connector.deregister(handle, one) is Effect.DONE
        closed = system.members()[handle]
        assert closed["username"] == handle.replace("account-", "closed-")
        assert (closed["email"], closed["addresses"]) == ("", [])


async def test_a_member_is_closed_with_the_links_that_were_mailed(
    system: AllauthSystem, connector: Connector, line: Number
) -> None:
    handle, before = system.add(line.e164), system.rows(_LINKS)
    [address] = system.members()[handle]["addresses"]
    system.insert(_LINKS, email_address_id=address["id"], created=datetime.now(UTC), key=handle)
    assert await connector.deregister(handle, line) is Effect.DONE
    assert (system.is_open(handle), system.rows(_LINKS)) == (False, before)


async def test_who_was_closed_cannot_come_in_and_may_begin_anew(
    system: AllauthSystem, connector: Connector, line: Number
) -> None:
    email = "anew@mail.example"
    member = Visitor(system)
    who = member.sign_up(line.e164, email=email)
    [record] = (await connector.find(line)).records
    assert await connector.deregister(record.handle, line) is Effect.DONE
    assert text(member.browser.visit("/")) == "nobody"
    assert "not correct" in member.log_in(email)
    another = Visitor(system).sign_up(line.e164, email=email)
    assert another.startswith("member ")
    assert another != who
