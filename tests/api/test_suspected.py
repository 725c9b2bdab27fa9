"""Prometheus is told which platforms are suspected of what."""

from jiebang.domain.habit import Suspicion
from jiebang.store import habits
from tests.api.hub import SHOP, Hub


def test_what_is_suspected_is_told_by_the_platforms_id(hub: Hub) -> None:
    assert "suspected{" not in hub.calls.get("/metrics").text
    with hub.house.database.write() as connection:
        habits.suspect(connection, SHOP, of=Suspicion.EVERYONE, now=hub.clock())
    told = hub.calls.get("/metrics").text
    assert f'jiebang_platform_suspected{{platform="{SHOP}",suspicion="everyone"}} 1.0' in told
