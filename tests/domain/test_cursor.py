"""However a platform confirms, nothing that it has not confirmed is ever passed over."""

from hypothesis import given
from hypothesis import strategies as some

from jiebang.domain.cursor import Cursor

PLACES = some.integers(min_value=1, max_value=60)


def settled(cursor: Cursor, place: int) -> bool:
    """Whether a cursor counts a place as settled."""
    return place <= cursor.seq or any(first <= place <= last for first, last in cursor.ahead)


def read(cursor: Cursor, wanted: set[int], *, most: int) -> tuple[list[int], Cursor]:
    """Read as a poll does: the lowest that are wanted and not settled, one more than it takes."""
    waiting = sorted(place for place in wanted if not settled(cursor, place))[: most + 1]
    until = waiting[-1] if len(waiting) > most else max(wanted | {cursor.seq})
    return waiting[:most], cursor.read(waiting, until=until)


@given(some.lists(some.lists(PLACES, max_size=8), max_size=8))
def test_what_was_confirmed_is_settled_and_nothing_else(batches: list[list[int]]) -> None:
    cursor = Cursor()
    for batch in batches:
        cursor = cursor.settle(batch)
    said = {place for batch in batches for place in batch}
    assert {place for place in range(1, 61) if settled(cursor, place)} == said


@given(some.lists(PLACES, max_size=30))
def test_the_order_of_confirmations_changes_nothing(places: list[int]) -> None:
    one = Cursor().settle(places)
    other = Cursor()
    for place in places:
        other = other.settle([place])
    assert one == other
    assert one.settle(places) == one


@given(
    wanted=some.sets(PLACES, max_size=40),
    most=some.integers(min_value=1, max_value=7),
    choice=some.data(),
)
def test_every_wanted_signal_is_handed_over_until_it_is_confirmed(
    wanted: set[int], most: int, choice: some.DataObject
) -> None:
    cursor, confirmed = Cursor(), set[int]()
    for _ in range(30):
        handed, cursor = read(cursor, wanted, most=most)
        assert handed == sorted(wanted - confirmed)[:most]
        told = choice.draw(some.sets(some.sampled_from(handed), max_size=most)) if handed else set()
        cursor, confirmed = cursor.settle(told), confirmed | told
        assert len(cursor.ahead) <= most + 1
    while handed := (found := read(cursor, wanted, most=most))[0]:
        cursor, confirmed = found[1].settle(handed), confirmed | set(handed)
    assert confirmed == wanted


def test_what_is_between_what_waits_was_for_somebody_else() -> None:
    cursor = Cursor(3).read([7, 9], until=20)
    assert cursor == Cursor(6, ((8, 8), (10, 20)))
    assert cursor.settle([7]) == Cursor(8, ((10, 20),))
    assert cursor.settle([7, 9]) == Cursor(20)


def test_the_gaps_are_what_is_left_to_read() -> None:
    cursor = Cursor(2, ((5, 6), (9, 9)))
    assert list(cursor.gaps()) == [(2, 5), (6, 9), (9, None)]
