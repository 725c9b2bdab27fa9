"""Some of a store's accounts, to see what they are like: the first page of its list."""

from collections.abc import Sequence
from contextlib import aclosing

from jiebang.agent.connectors.contract import Listed, Lister


async def some(lister: Lister) -> Sequence[Listed]:
    """Take the first page; may raise `StoreTrouble`, as where a store lists no accounts to the agent."""
    async with aclosing(lister.pages(None)) as pages:
        page = await anext(pages, None)
    return page.accounts if page is not None else ()
