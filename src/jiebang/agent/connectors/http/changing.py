"""Changing: a sequence of requests that is run for one account, and what is sent afterwards in any case."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

import structlog

from jiebang.agent.connectors.http.accounts import Account, Kept
from jiebang.agent.connectors.http.asking import Asking, Conflict, Purpose, Told
from jiebang.agent.connectors.http.shape import ALWAYS, Change
from jiebang.agent.connectors.http.steps import Step
from jiebang.agent.connectors.http.templates import Values
from jiebang.agent.errors import StoreTrouble

words = structlog.get_logger()


@dataclass(slots=True)
class Changing:
    """One change of one account, while it runs, and runs again where somebody else came in between."""

    asking: Asking
    values: Values = field(default_factory=dict, repr=False)
    """What is known so far: a step's values are there for those that follow."""
    changed: bool = False
    """Whether a step was taken that may have changed the account, in this run or in one before."""
    accepted: bool = False
    """Whether the server has said that it does something later (202)."""

    async def run(self, change: Change, account: Account, *, held: Sequence[Kept]) -> None:
        """
        Send every step for the account that was read; one that says that there is nothing any more ends it.

        Raises `StoreDown`, `StoreRefuses`, among these `Declined`, or `Conflict`. Whether the change took is
        for the caller to look.
        """
        self.values = {**account.taken, "id": account.own_id}
        try:
            for step in change.steps:
                if not await self._sent(step, held, lends=change.lends(step)):
                    return
        finally:
            for step in change.afterwards:
                await self._sent_afterwards(step)

    async def _sent(self, step: Step, held: Sequence[Kept], *, lends: bool) -> bool:
        """Send one step, or one for each place of the number; whether to go on."""
        if step.for_each is None:
            told = await self._asked(step, self.values, lends=lends)
            self.values = {**self.values, **told.taken}
            return not told.gone
        for kept in held:
            await self._asked(step, {**self.values, **kept.named, "stored": kept.stored}, lends=lends)
        return True

    async def _asked(self, step: Step, values: Values, *, lends: bool) -> Told:
        told = await self.asking.ask(step, values, purpose=Purpose.CHANGE)
        self.changed |= step.method != "GET" and not told.gone and not lends
        self.accepted |= told.status == HTTPStatus.ACCEPTED
        return told

    async def _sent_afterwards(self, step: Step) -> None:
        """Send a step that gives something back, if there is something; its failure undoes no change."""
        if not step.needs <= self.values.keys() | ALWAYS:
            return
        try:
            await self.asking.ask(step, self.values, purpose=Purpose.GIVE_BACK)
        except (StoreTrouble, Conflict) as trouble:
            words.error("agent:store:afterwards-failed", why=str(trouble))
