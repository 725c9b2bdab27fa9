"""Checks of docs/protocol/oauth.md: how the platform shows who it is."""

from jiebang.sandbox.conformance.check import check
from jiebang.sandbox.conformance.judged import judged
from jiebang.sandbox.conformance.play import NotSo, Play

_GETTING = "oauth.md#getting-one"
_USING = "oauth.md#using-it"


@check(_USING, "A token that the hub takes no more is replaced by a new one, and nothing is lost.")
async def new_token(play: Play) -> None:
    """Take every token back, and ask; a platform that knows no help gets them again."""
    await play.fresh()
    forgotten = play.hub.tokens.forget()
    try:
        await play.ask(play.none)
    except NotSo:
        play.hub.tokens.good |= forgotten
        raise


@check(
    _GETTING,
    "Each assertion is signed with the platform's key for this hub, for 300 s at the most, and used once.",
)
async def assertion(play: Play) -> str:
    """Judge the assertions of the whole inspection."""
    judged(play, "assertion", seen=play.hub.tokens.given)
    return f"{play.hub.tokens.given} tokens were asked for"


@check(_USING, "Every call carries its token.")
async def bearer(play: Play) -> None:
    """Judge the calls of the whole inspection."""
    judged(play, "bearer", seen=play.hub.calls)


CHECKS_FIRST = [new_token]
CHECKS_LAST = [assertion, bearer]
