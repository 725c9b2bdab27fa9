"""
Numbers that no search would find, because they are written in none of the store's spellings.

Who has such a number would be answered that there is nothing, and that this is all. The canary is written as
it should be and cannot show it, so some of the store's accounts are looked at. What no spelling fits to the
letter is searched for all the same: to a directory a hyphen more is nothing. No number is shown or kept.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

from jiebang.agent.canary import Proven, Verdict
from jiebang.agent.config import Config
from jiebang.agent.connectors.contract import Connector, Listed, Lister
from jiebang.agent.connectors.http.store import HttpStore
from jiebang.agent.connectors.ldap.store import LdapStore
from jiebang.agent.connectors.matching import Matching
from jiebang.agent.connectors.sampling import some
from jiebang.agent.connectors.scim.store import ScimStore
from jiebang.agent.errors import StoreTrouble, TooManyRecords
from jiebang.agent.joining.looking import like_number
from jiebang.domain.number import SPELLINGS

_SEARCHED = 30
"""Ways of writing that are searched for: each costs the store as much as a question."""
_CLAIM = "find finds numbers however they are written there"


async def prove_spellings(config: Config, connector: Connector) -> AsyncIterator[Proven]:
    """Prove that some numbers are found as they are written; nothing, where that makes no difference."""
    if not _matters(config) or not isinstance(connector, Lister):
        return
    matching = Matching(spellings=config.connector.spellings, region=config.region, most=config.most_records)
    look = _Look(connector, matching)
    try:
        for one in await some(connector):
            await look.at(one)
    except StoreTrouble as trouble:
        yield Proven(claim=_CLAIM, verdict=Verdict.OPEN, words=f"No numbers were looked at. {trouble}")
        return
    said = look.says()
    words = said or f"Numbers that were looked at: {look.numbers}."
    # What one in a thousand has typed is no reason for an agent not to start.
    yield Proven(claim=_CLAIM, verdict=Verdict.OPEN if said else Verdict.PROVEN, words=words)


def _matters(config: Config) -> bool:
    """Whether the store is searched by spellings, and shows some accounts at a small price."""
    store = config.connector
    if config.index is not None:
        return False
    match store:
        case LdapStore():
            return True
        case ScimStore():
            return store.find == "filter"
        case HttpStore():
            return store.asked.list is not None and store.asked.list.ids is None
        case _:
            # A statement may compare a cleaned column; `init` has looked into its rows.
            return False


@dataclass(slots=True)
class _Look:
    """What was seen so far."""

    connector: Connector
    matching: Matching
    numbers: int = 0
    unseen: int = 0
    unread: int = 0
    _found: dict[str, bool] = field(default_factory=dict)
    """Whether a number is found, by how it is written."""

    async def at(self, one: Listed) -> None:
        """Look at the numbers of one account."""
        anyhow = replace(self.matching, spellings=SPELLINGS)
        for text in one.numbers:
            if anyhow.read(text) is None:
                self.unread += like_number(text) and self.matching.region is None
            elif self.matching.spells(text):
                self.numbers += 1
            elif (found := await self._is_found(one.handle, text)) is not None:
                self.numbers += 1
                self.unseen += not found

    def says(self) -> str:
        """Say what of it would stay unseen; nothing where all is well."""
        said = []
        if self.unread:
            said.append(
                f"{self.unread} of {self.numbers + self.unread} numbers that were looked at cannot be read:"
                " say as region in which country numbers without a country code are."
            )
        if self.unseen:
            said.append(
                f"{self.unseen} of {self.numbers} numbers that were looked at can be found by none of the"
                " spellings, so their accounts would stay unseen: add the spelling that they are in, write"
                " them otherwise, or keep an [index]."
            )
        if not self.numbers and not said:
            said.append("No account that was looked at has a number.")
        return " ".join(said)

    async def _is_found(self, handle: str, text: str) -> bool | None:
        """Search for a number that is written in this way, unless that was done; `None` when it was not."""
        way = re.sub(r"\d", "0", text)
        if way not in self._found:
            if len(self._found) >= _SEARCHED:
                return None
            self._found[way] = await self._finds(handle, text)
        return self._found[way]

    async def _finds(self, handle: str, text: str) -> bool:
        number = self.matching.read(text)
        if number is None:
            return False
        try:
            found = await self.connector.find(number)
        except TooManyRecords:
            return True  # and they would not be answered, which is another matter
        if handle in {record.handle for record in found.records}:
            return True
        # Its holder may have gone meanwhile.
        return not await self.connector.holds(handle, number)
