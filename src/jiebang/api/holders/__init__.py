"""`/holder/v1`: carriers' apps and mini-programs act for a holder, and can do all that the portal can."""

from jiebang.api.holders import (
    checklist,
    choices,
    closing,
    evidence,
    held,
    orders,
    platforms,
    proofs,
    queries,
    session,
    statement,
)

_PARTS = (
    proofs, platforms, queries, choices, closing, orders, checklist, statement, evidence, held, session,
)  # fmt: skip
ROUTERS = tuple(part.router for part in _PARTS)
