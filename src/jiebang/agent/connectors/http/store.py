"""What a configuration says of an account store behind an HTTP interface that speaks JSON."""

from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from jiebang.agent.connectors.http.file import PresetName, RequestsFile
from jiebang.agent.connectors.http.shape import Requests
from jiebang.agent.fields import FilePath, Part, Patience, Spelling, WebAddress, Zone
from jiebang.domain.binding import OrderKind, RecordClass, RecordKind


def _spellings(already: dict[str, Any]) -> tuple[str, ...]:
    """Take the file's own, where the configuration says none."""
    asked = already.get("preset") or already.get("requests")
    return asked.spellings if asked is not None else ()


class HttpStore(Part):
    """An account store behind HTTP and JSON, asked as a file of requests says."""

    type: Literal["http"]
    url: WebAddress
    preset: PresetName | None = None
    requests: RequestsFile | None = None
    spellings: tuple[Spelling, ...] = Field(default_factory=_spellings, min_length=1)
    login: str | None = None
    """The name that goes with the secret: of `basic`, or the client's id of `client_credentials`."""
    secret_env: str | None = None
    secret_file: FilePath | None = None
    token_url: WebAddress | None = None
    patience: Patience = 20
    timezone: Zone = ZoneInfo("UTC")
    kind: RecordKind = RecordKind.ACCOUNT
    record_class: RecordClass = Field(RecordClass.OTHER, alias="class")
    can: frozenset[OrderKind] = frozenset({OrderKind.UNBIND})
    conditions: tuple[str, ...] = ()

    @property
    def asked(self) -> Requests:
        """How the store is asked."""
        asked = self.preset or self.requests
        if asked is None:
            raise ValueError("needs one of preset and requests")
        return asked

    @model_validator(mode="after")
    def _is_asked_one_way(self) -> Self:
        if (self.preset is None) == (self.requests is None):
            raise ValueError("needs one of preset and requests")
        for kind in sorted(self.can):
            if getattr(self.asked, kind) is None:
                raise ValueError(f'can "{kind}" only where its requests have a section {kind}')
        if OrderKind.DEREGISTER in self.can and self.kind is not RecordKind.ACCOUNT:
            raise ValueError("can deregister only where its kind is account")
        return self

    @model_validator(mode="after")
    def _has_what_access_takes(self) -> Self:
        access = self.asked.access
        secret = self.secret_env is not None or self.secret_file is not None
        if secret != (access.type != "none"):
            raise ValueError("needs secret_env or secret_file if, and only if, its requests have an access")
        if (self.login is not None) != (access.type in {"basic", "client_credentials"}):
            raise ValueError("needs login if, and only if, its access is basic or client_credentials")
        has_place = (self.token_url or access.path) is not None
        if has_place != (access.type == "client_credentials"):
            raise ValueError("needs token_url if, and only if, its access wants a token and says no path")
        return self
