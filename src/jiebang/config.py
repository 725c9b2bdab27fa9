"""Settings of a hub, from the environment: every one is `JIEBANG_` and its name in capitals."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field, HttpUrl, IPvAnyNetwork
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator can set; each setting says what it is for."""

    model_config = SettingsConfigDict(env_prefix="JIEBANG_", frozen=True)

    database_url: str = Field(
        default="sqlite:///var/hub.db",
        description="Where the hub remembers: sqlite:///FILE, or postgresql+psycopg://USER@HOST/NAME.",
    )
    key_file: Path = Field(
        default=Path("var/hub-key.json"),
        description="The hub's private key; made at the first start, shared by all its processes.",
    )
    public_url: HttpUrl = Field(
        default=HttpUrl("http://127.0.0.1:8000"),
        description="The address by which holders and platforms reach the hub; letters are signed with it.",
    )
    sms_url: HttpUrl | None = Field(
        default=None,
        description='The SMS gateway: takes a POST of {"to": …, "text": …}. Without it no code is sent.',
    )
    list_folder: Path = Field(
        default=Path("var/lists"),
        description="Where `jiebang list build` publishes; the hub serves it at /lists.",
    )
    carriers_file: Path | None = Field(
        default=None,
        description="Carriers without a feed, asked by CAMARA: a TOML file; see docs/run/carrier.md.",
    )
    push_networks: tuple[IPvAnyNetwork, ...] = Field(
        default=(),
        description='Networks inside to which letters may be posted, as JSON, such as ["10.8.0.0/16"].',
    )
    policy: dict[str, timedelta | int | tuple[str, ...] | dict[str, timedelta]] = Field(
        default_factory=dict,
        description='Durations and limits to set anew, as JSON, such as {"objection": "P3D"}.',
    )

    @property
    def issuer(self) -> str:
        """The public address without a slash at the end."""
        return str(self.public_url).rstrip("/")

    @property
    def secure_cookies(self) -> bool:
        """Whether cookies may travel encrypted only: wherever the public address is https."""
        return self.public_url.scheme == "https"
