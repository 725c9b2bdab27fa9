"""
What is proven of a SCIM server before the canary is asked for, and what to set where that fails.

Each way to find accounts is a rung of a ladder: the server's filter, a list at once, a list page by page, an
index. What a server says of itself in its ServiceProviderConfig is told to people, and decides nothing.
"""

from jiebang.agent.connectors.scim.filters import question
from jiebang.agent.connectors.scim.http import ScimHttp
from jiebang.agent.connectors.scim.store import ScimStore
from jiebang.agent.errors import Ambiguous, StoreRefuses, Unsound

_NOBODY = "00000000-0000-0000-0000-000000000000"
_NEXT_RUNG = 'connector.filter = "dotted", connector.search = "get", or connector.find = "pages"'

NOT_THERE = (
    "There is no /Users below connector.url, the server says 404; it must be the address that all of SCIM is"
    " below, such as https://accounts.example/scim/v2."
)


async def check_nobody(http: ScimHttp) -> None:
    """Read an account that cannot exist; raises `Unsound` for a server that has it."""
    try:
        known = await http.account(_NOBODY) is not None
    except Ambiguous:
        known = True
    if known:
        raise Unsound("The SCIM server finds an account that cannot exist.")


async def check_filter(http: ScimHttp, store: ScimStore) -> None:
    """Search for what cannot exist; raises `Unsound` for a server that finds it, or takes no question."""
    try:
        page = await http.search(question(store, _NOBODY), start=1, most=1)
    except StoreRefuses as refused:
        own = " It says itself that it cannot filter." if await http.says_it_can("filter") is False else ""
        raise Unsound(f"The SCIM server does not take the filter: {refused}{own} Try {_NEXT_RUNG}.") from None
    if page.accounts or page.total:
        raise Unsound(f"The SCIM server's filter finds a number that cannot exist. Try {_NEXT_RUNG}.")
