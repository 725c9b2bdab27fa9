"""A manifest: what a carrier says about a change file, so that nothing is lost or mistaken on the way."""

from datetime import date
from hashlib import file_digest
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator


class NotAManifest(ValueError):  # noqa: N818 - named as what is wrong, like the refusals
    """The manifest cannot be understood."""


class Period(BaseModel):
    """Which days a file covers, the first and the last included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: date
    until: date

    @model_validator(mode="after")
    def _in_order(self) -> "Period":
        if self.since > self.until:
            raise ValueError("the period ends before it begins")
        return self


class Manifest(BaseModel):
    """Who reports, about which days, how many rows, in which file; or that there was nothing to report."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    carrier: str = Field(min_length=1, max_length=64)
    period: Period
    rows: int = Field(ge=0, strict=True)
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    nothing_to_report: bool = Field(default=False, strict=True)

    @model_validator(mode="after")
    def _whole(self) -> "Manifest":
        # An empty file by mistake and a day on which nothing happened must not look alike.
        if self.nothing_to_report != (self.rows == 0):
            raise ValueError("rows is 0 exactly where nothing_to_report is true")
        if self.sha256 is None and not self.nothing_to_report:
            raise ValueError("sha256 is missing")
        return self


def read_manifest(path: Path) -> Manifest:
    """Read a manifest; raises `OSError`, or `NotAManifest` with what is wrong."""
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise NotAManifest(f"{where}: {first['msg']}" if where else first["msg"]) from wrong


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
