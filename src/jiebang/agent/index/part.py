"""What a configuration says of the index."""

from datetime import timedelta
from typing import Self

from pydantic import Field, model_validator

from jiebang.agent.fields import FilePath, Part


class Index(Part):
    """An index beside the agent, for a store that cannot search by number."""

    file: FilePath
    key_file: FilePath
    """Made when it is first needed; without it the index says nothing, not even to its owner."""
    refresh: timedelta = Field(timedelta(minutes=15), ge=timedelta(seconds=1))
    """How long a running agent waits before it asks the store again what has changed."""
    stale_after: timedelta = Field(timedelta(days=1), ge=timedelta(seconds=1))
    """How old the index may be before "none" is "none seen so far" again."""
    anew_after: timedelta = Field(timedelta(days=7), ge=timedelta(seconds=1))
    """How often all accounts are listed once more: what left the store without a trace goes by that."""

    @model_validator(mode="after")
    def _two_files(self) -> Self:
        if self.file == self.key_file:
            raise ValueError("file and key_file must be two files")
        if self.stale_after <= self.refresh:
            raise ValueError("stale_after must be longer than refresh, or the index would never be fresh")
        return self
