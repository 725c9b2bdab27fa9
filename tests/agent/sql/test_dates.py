"""A date that is none is not known, whatever else the record has: the number is answered."""

import pytest

from jiebang.agent.connectors.contract import Effect, Lister
from jiebang.agent.errors import Unsound
from jiebang.domain.binding import BoundSource
from tests.agent.shop import Shop
from tests.agent.sql.conftest import Opener
from tests.agent.sql.test_sql import LINE

pytestmark = pytest.mark.anyio

NEVER = [
    *(pytest.param("postgresql", kind, f"'{said}'", id=f"{kind} {said}")
      for kind in ("date", "timestamp", "timestamptz")
      for said in ("infinity", "-infinity", "0044-03-15 BC", "12026-01-01")),
    *(pytest.param("mariadb", kind, said, id=f"{kind} {said}", marks=pytest.mark.needs("mariadb"))
      for kind in ("date", "datetime", "timestamp") for said in ("'0000-00-00'", "0")),
    *(pytest.param("sqlite", kind, said, id=f"{kind} {said}")
      for kind in ("text", "datetime") for said in ("'infinity'", "'0000-00-00'", "''", "x'00'", "9e999")),
]  # fmt: skip
FIND = (
    "select id as handle, phone as number, {} as bound_at, {} as created_at, at as last_used from member"
    " where phone in :spellings"
)
OTHERWISE = {
    "verify": "select id as handle, phone as number from member where id = :handle",
    "unbind": "update member set phone = null where id = :handle and phone = :stored",
    "deregister": "update member set phone = null where id = :handle and phone = :stored",
}


@pytest.fixture
def member(shop: Shop, kind: str, said: str) -> None:
    """Register a member with a date that is none, beside one that is."""
    shop.run(
        f"create table member (id integer primary key, phone varchar(20), at {kind} null, made varchar(20))"
    )
    if shop.engine.dialect.name == "mariadb":
        said = f"cast({said} as {kind.replace('timestamp', 'datetime')})"
    shop.run(f"insert into member values (7, '13800138000', {said}, '2020-01-02')")  # noqa: S608 - a test's own words


@pytest.mark.parametrize(("shop", "kind", "said"), NEVER, indirect=["shop"])
@pytest.mark.usefixtures("member")
async def test_the_number_is_answered_and_the_date_is_not_known(connected: Opener) -> None:
    async with connected(find=FIND.format("at", "made"), **OTHERWISE) as connector:
        [record] = (await connector.find(LINE)).records
        assert record.last_used is None
        assert (record.bound.source, str(record.bound.at)[:10]) == (BoundSource.ACCOUNT_CREATED, "2020-01-02")
    async with connected(find=FIND.format("at", "at"), **OTHERWISE) as connector:
        [record] = (await connector.find(LINE)).records
        assert (record.bound.source, record.bound.at) == (BoundSource.UNKNOWN, None)
        assert await connector.unbind(record.handle, LINE) is Effect.DONE


@pytest.mark.parametrize(("shop", "kind", "said"), NEVER[:1], indirect=["shop"])
@pytest.mark.usefixtures("member")
async def test_a_list_does_not_go_on_after_a_date_that_is_none(connected: Opener) -> None:
    find = FIND.format("at", "made")
    lists = "select id as handle, phone as number, at as mark from member where (at, id) > (:mark, :handle)"
    reads = find.replace("phone in :spellings", "id = :handle")
    more = f'list_from = ["2000-01-01", "0"]\nlist = "{lists} order by at, id limit :most"\nread = "{reads}'
    async with connected(find=f'{find}"\n{more}', **OTHERWISE) as connector:
        await connector.check()
        assert isinstance(connector, Lister)
        with pytest.raises(Unsound, match="The statement list of account gives a mark that is none"):
            [page async for page in connector.pages(None)]
