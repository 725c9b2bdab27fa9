"""Opening the connector that a configuration names."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from jiebang.agent.config import Config
from jiebang.agent.connectors.contract import Connector, Lister
from jiebang.agent.connectors.http.connector import HttpConnector
from jiebang.agent.connectors.http.listing import HttpLister
from jiebang.agent.connectors.http.store import HttpStore
from jiebang.agent.connectors.ldap.connector import LdapConnector
from jiebang.agent.connectors.ldap.store import LdapStore
from jiebang.agent.connectors.matching import Matching
from jiebang.agent.connectors.scim.connector import ScimConnector
from jiebang.agent.connectors.scim.store import ScimStore
from jiebang.agent.connectors.sql.connector import SqlConnector
from jiebang.agent.connectors.sql.store import SqlStore
from jiebang.agent.errors import ConfigInvalid
from jiebang.agent.index.connector import IndexedConnector
from jiebang.agent.index.source import source


@asynccontextmanager
async def opened(config: Config, *, now: Callable[[], datetime]) -> AsyncIterator[Connector]:
    """Open the connector, and close it at the end; raises `ConfigInvalid` or `Unsound`."""
    store = config.connector
    matching = Matching(spellings=store.spellings, region=config.region, most=config.most_records)
    connector = _connector(store, matching, now=now, indexed=config.index is not None)
    try:
        connector = _indexed(connector, config, matching=matching, now=now)
        yield connector
    finally:
        await connector.close()


def _connector(
    store: SqlStore | ScimStore | LdapStore | HttpStore,
    matching: Matching,
    *,
    now: Callable[[], datetime],
    indexed: bool,
) -> Connector:
    match store:
        case SqlStore():
            return SqlConnector(store, matching, now=now)
        case ScimStore():
            return ScimConnector(store, matching, indexed=indexed, now=now)
        case LdapStore():
            return LdapConnector(store, matching, now=now)
        case HttpStore() if not store.asked.filled_in:
            raise ConfigInvalid(
                "The file that connector.requests names is not filled in yet. Write into it how your"
                " interface is asked, and take the line filled_in out."
            )
        case HttpStore():
            kind = HttpConnector if store.asked.list is None else HttpLister
            return kind(store, matching, now=now)


def _indexed(
    connector: Connector, config: Config, *, matching: Matching, now: Callable[[], datetime]
) -> Connector:
    if config.index is None:
        return connector
    if not isinstance(connector, Lister):
        raise ConfigInvalid(f"A connector of type {config.connector.type} lists no accounts for an index.")
    return IndexedConnector(
        connector, config.index, matching=matching, source=source(config.connector), canary=config.canary,
        now=now,
    )  # fmt: skip
