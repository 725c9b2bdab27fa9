"""
Listing all accounts of a directory, for an index, and afterwards those that were changed since.

The place in a list is good on one connection only (RFC 2696), so a list that is broken off begins again;
what was changed since is asked for by a count of changes, or by time where there is none.
"""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta

from jiebang.agent.connectors.contract import Page
from jiebang.agent.connectors.ldap.accounts import Accounts
from jiebang.agent.connectors.ldap.connections import Connections
from jiebang.agent.connectors.ldap.directory import Directory, both
from jiebang.agent.errors import StoreRefuses

_PAGE = 500
"""Accounts of a page: Active Directory gives a thousand at most, OpenLDAP five hundred unless it is told."""
_SLACK = timedelta(hours=1)
"""How far the directory's clock may be behind this machine's, and how long a change may be on its way."""
_ROOT = ("highestCommittedUSN", "dsServiceName")


def listed(
    connections: Connections, accounts: Accounts, *, mark: str | None, now: datetime
) -> Generator[Page, None, None]:
    """
    List the accounts, page by page.

    A mark is what a list goes on from after a page: `since …` after the last one, and before that
    the mark with which the list began, if any.
    """
    with connections.lease() as directory:
        latest, server = _latest(directory, accounts, now=now)
        since = _since(mark, server, latest=latest)
        changed = f"({_marker(server)}>={since})" if since else ""
        question = both(accounts.store.accounts, changed)
        cookie = b""
        while True:
            found = directory.page(
                accounts.store.tree, question, wanted=accounts.wanted, size=_PAGE, cookie=cookie
            )
            if found.cut:
                raise StoreRefuses(
                    "The directory does not list all accounts to the agent's bind_dn: a size limit."
                )
            cookie = found.cookie
            ended = not cookie
            yield Page(
                accounts=tuple(accounts.as_listed(entry) for entry in found.entries),
                mark=f"since {latest} {server}" if ended else mark or "",
            )  # fmt: skip
            if ended:
                return


def _latest(directory: Directory, accounts: Accounts, *, now: datetime) -> tuple[str, str]:
    """
    Say up to where changes are surely listed by a list that begins now, and by which server's count.

    A count of changes is one server's own. Without one, it is the time, less some slack.
    """
    root = directory.read("", _ROOT) if accounts.store.is_ad else None
    count, server = (root.text(_ROOT[0]), root.text(_ROOT[1])) if root else (None, None)
    if count is not None and server is not None:
        return count, server
    return f"{(now - _SLACK).astimezone(UTC):%Y%m%d%H%M%S}Z", ""


def _since(mark: str | None, server: str, *, latest: str) -> str | None:
    """
    Read from where a list goes on; `None` for a whole one.

    So it is where another server answers now, or one whose count went back: it was restored.
    """
    word, _, rest = (mark or "").partition(" ")
    since, _, whose = rest.partition(" ")
    if word != "since" or not since.rstrip("Z").isdecimal() or whose != server:
        return None
    return None if server and int(since) > int(latest) else since


def _marker(server: str) -> str:
    return "uSNChanged" if server else "modifyTimestamp"
