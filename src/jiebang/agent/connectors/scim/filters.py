"""Finding accounts by a server's own filter (RFC 7644 §3.4.2.2), in every spelling of a number."""

import asyncio
import json
from collections.abc import Iterable

import structlog

from jiebang.agent.connectors.matching import Matching
from jiebang.agent.connectors.scim.accounts import Account, own_id, own_ids
from jiebang.agent.connectors.scim.http import ScimHttp
from jiebang.agent.connectors.scim.store import ScimStore
from jiebang.agent.errors import Ambiguous, Unsound

words = structlog.get_logger()


async def filtered(
    http: ScimHttp, store: ScimStore, *, spellings: Iterable[str], matching: Matching
) -> list[Account]:
    """Ask for each spelling, and give each account once; may raise `TooManyRecords`."""
    searches = [_search(http, question(store, spelled), matching=matching) for spelled in spellings]
    found = {own_id(account): account for accounts in await asyncio.gather(*searches) for account in accounts}
    matching.check_cap(len(found))
    return list(found.values())


def question(store: ScimStore, spelled: str) -> str:
    """Write the filter for one value, in the way that the server knows; the value is nothing but a value."""
    value = json.dumps(spelled, ensure_ascii=False)
    return (
        f"phoneNumbers[value eq {value}]" if store.filter == "bracket" else f"phoneNumbers.value eq {value}"
    )


async def _search(http: ScimHttp, asked: str, *, matching: Matching) -> list[Account]:
    """Take every page of what the server finds, up to one account more than the cap allows."""
    found: list[Account] = []
    seen: set[str] = set()
    while True:
        page = await http.search(asked, start=len(found) + 1, most=matching.most + 1)
        ids = own_ids(page.accounts)
        if seen & set(ids):
            raise Ambiguous("The SCIM server gives one account on two pages; nothing was answered.")
        if len(set(ids)) < len(ids):
            words.warning("agent:store:account-twice", accounts=len(ids))
        matching.check_cap(max(page.total, len(found) + len(ids)))
        found += page.accounts
        seen.update(ids)
        if len(found) >= page.total:
            return found
        if not ids:
            raise Unsound("The SCIM server gives fewer accounts than it says that there are.")
