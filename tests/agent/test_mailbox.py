"""The mailbox believes what the hub signed for this platform, and nothing else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from jiebang.agent.errors import HubDown, HubRefuses, HubStrange
from jiebang.agent.hub import Hub
from jiebang.agent.mailbox import Mailbox
from jiebang.domain.letter import Event, Letter
from jiebang.wire import keys
from jiebang.wire.tokens import Route, sign_letters
from tests.agent.pretender import NUMBER, Pretender
from tests.agent.turning import Clock

pytestmark = pytest.mark.anyio


def signed(pretender: Pretender, *, route: Route | None = None, key: keys.Key | None = None) -> str:
    """Sign a letter of one's own making."""
    letter = Letter(
        jti="set_1", platform_id="par_shop", event=Event.BINDINGS_ASKED, said={"query_id": "qry_1"},
        written_at=pretender.clock(), leave_at=pretender.clock(), number=NUMBER,
    )  # fmt: skip
    return sign_letters([letter], route or pretender.route, key=key or pretender.key)[letter.jti]


async def test_a_stream_is_made_when_there_is_none(hub: Hub, pretender: Pretender) -> None:
    await Mailbox(hub).poll()
    await Mailbox(hub).poll()
    assert len(pretender.streams) == 1


async def test_a_stream_that_is_gone_is_made_again(hub: Hub, pretender: Pretender) -> None:
    mailbox = Mailbox(hub)
    await mailbox.poll()
    pretender.streams.clear()
    pretender.troubles = [404]
    with pytest.raises(HubRefuses):
        await mailbox.poll()
    await mailbox.poll()
    assert len(pretender.streams) == 1


async def test_another_agent_may_make_the_stream_first(hub: Hub, pretender: Pretender) -> None:
    pretender.somebody_is_first = True
    jti = pretender.ask()
    assert [letter.jti for letter in (await Mailbox(hub).poll()).letters] == [jti]


@pytest.mark.parametrize("wrong", ["key", "issuer", "audience"])
async def test_what_the_hub_did_not_sign_for_us_is_complained_of(
    hub: Hub, pretender: Pretender, wrong: str
) -> None:
    route = pretender.route
    if wrong != "key":
        route = replace(route, **{wrong: "https://other.example"})
    pretender.mailbox["set_1"] = signed(pretender, route=route, key=keys.make() if wrong == "key" else None)
    post = await Mailbox(hub).poll()
    assert (post.letters, post.complaints["set_1"]["err"]) == ([], "authentication_failed")


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "e30.e30.e30"])
async def test_what_is_no_token_is_complained_of(hub: Hub, pretender: Pretender, token: str) -> None:
    pretender.mailbox["set_1"] = token
    post = await Mailbox(hub).poll()
    assert (post.letters, post.complaints["set_1"]["err"]) == ([], "authentication_failed")


async def test_a_letter_under_another_name_is_none(hub: Hub, pretender: Pretender) -> None:
    pretender.mailbox["set_2"] = signed(pretender)
    post = await Mailbox(hub).poll()
    assert (post.letters, post.complaints["set_2"]["err"]) == ([], "invalid_request")


async def test_a_new_key_of_the_hub_is_fetched_once(hub: Hub, pretender: Pretender) -> None:
    mailbox = Mailbox(hub)
    pretender.mailbox["set_1"] = signed(pretender)
    assert len((await mailbox.poll()).letters) == 1
    pretender.key = keys.make()
    pretender.mailbox["set_1"] = signed(pretender)
    assert len((await mailbox.poll()).letters) == 1


async def test_a_token_is_kept_while_it_is_good_and_renewed_before_it_runs_out(
    hub: Hub, clock: Clock
) -> None:
    tokens = [await hub.token(), await hub.token()]
    clock.turn(timedelta(seconds=545))
    tokens.append(await hub.token())
    assert tokens == ["token-1", "token-1", "token-2"]


async def test_a_token_that_is_refused_is_renewed_once(hub: Hub, pretender: Pretender) -> None:
    await hub.token()
    pretender.troubles = [401]
    await Mailbox(hub).poll()
    assert pretender.tokens == 2
    pretender.troubles = [401, 401]
    with pytest.raises(HubStrange, match="does not know"):
        await hub.call("GET", f"{pretender.url}/jwks.json")


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408])
async def test_a_hub_that_cannot_now_is_down(hub: Hub, pretender: Pretender, status: int) -> None:
    await hub.token()
    pretender.troubles = [status]
    with pytest.raises(HubDown, match=str(status)):
        await hub.call("GET", f"{pretender.url}/jwks.json")


async def test_a_hub_that_calls_itself_something_else_is_not_trusted(hub: Hub, pretender: Pretender) -> None:
    other = replace(hub, url=pretender.url.replace("127.0.0.1", "localhost"))
    with pytest.raises(HubStrange, match="what it calls itself"):
        await other.token()


async def test_large_batches_are_cut(hub: Hub, pretender: Pretender) -> None:
    items = [{"order_id": f"ord_{serial}", "words": "字" * 100} for serial in range(2500)]
    verdicts = await hub.hand_in("outcomes", items)
    assert len(verdicts) == len(pretender.outcomes) == 2500
