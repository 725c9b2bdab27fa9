"""The identity provider that nobody here wrote does what the story says of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jiebang.sandbox.identity import IdentityProvider
from jiebang.sandbox.program import free_port
from jiebang.sandbox.shop import AlreadyRegistered

NUMBER = "+8613600123456"


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IdentityProvider]:
    """Run an identity provider with one account."""
    output: Path = tmp_path_factory.mktemp("identity") / "identity.log"
    identity = IdentityProvider(port=free_port(), token="a-token", output=output)
    identity.start()
    try:
        identity.wait()
        yield identity
    finally:
        identity.program.stop()


def test_it_stamps_an_account_with_the_instant_of_its_creation(identity: IdentityProvider) -> None:
    account = identity.account(identity.sign_up(NUMBER, "林晚秋", login="wanqiu"))
    created = datetime.fromisoformat(account["meta"]["created"])
    assert abs(datetime.now(UTC) - created) < timedelta(seconds=30)
    assert account["phoneNumbers"][0]["value"] == "tel:+86-136-0012-3456"


def test_its_sign_up_refuses_a_number_that_has_an_account(identity: IdentityProvider) -> None:
    identity.sign_up("+8618600123457", "周小满", login="xiaoman")
    with pytest.raises(AlreadyRegistered):
        identity.sign_up("+8618600123457", "方知远", login="zhiyuan")


def test_a_number_never_stands_in_an_address(identity: IdentityProvider) -> None:
    identity.sign_up("+8618600123458", "许青禾", login="qinghe")
    said = identity.program.output.read_text().replace("-", "")
    assert "/Users/.search" in said
    assert "8600123458" not in said
