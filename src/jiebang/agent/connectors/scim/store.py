"""What a configuration says of an account store behind SCIM 2.0."""

from typing import Literal

from pydantic import Field

from jiebang.agent.fields import FilePath, Part, Patience, Spelling, WebAddress
from jiebang.domain.binding import OrderKind, RecordClass
from jiebang.domain.number import SPELLINGS


class ScimStore(Part):
    """An account store behind SCIM 2.0 (RFC 7643, 7644)."""

    type: Literal["scim"]
    url: WebAddress
    bearer_token_env: str | None = None
    bearer_token_file: FilePath | None = None
    patience: Patience = 20
    spellings: tuple[Spelling, ...] = Field(SPELLINGS, min_length=1)
    record_class: RecordClass = Field(RecordClass.OTHER, alias="class")
    can: frozenset[OrderKind] = frozenset({OrderKind.UNBIND})
    conditions: tuple[str, ...] = ()
    find: Literal["filter", "list", "pages"] = "filter"
    """By the server's filter, or in a list of all accounts that it gives at once or page by page."""
    search: Literal["post", "get"] = "post"
    """`post` (RFC 7644 §3.4.3) keeps numbers out of the address, and so out of the server's own log."""
    filter: Literal["bracket", "dotted"] = "bracket"
    """`phoneNumbers[value eq "…"]` or `phoneNumbers.value eq "…"`: servers differ in which they know."""
    most_accounts: int = Field(10_000, ge=1, le=1_000_000)
    """More in a list are too many to be fetched for every question."""
    deregister: Literal["delete", "deactivate"] = "delete"
