"""`/holder/v1`: carriers' apps and mini-programs act for a holder, and can do all that the portal can."""

from jiebang.api.holders import evidence, held, orders, platforms, proofs, queries, session

ROUTERS = tuple(part.router for part in (proofs, platforms, queries, orders, evidence, held, session))
