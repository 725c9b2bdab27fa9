"""A platform says what it did about signals: how many records it let go, marked, and left."""

from collections.abc import Sequence

from jiebang.domain.clearance import Clearance
from jiebang.domain.errors import UnknownSignal
from jiebang.domain.signal import seq_of
from jiebang.domain.verdict import ALREADY, RECORDED, Verdict, refused
from jiebang.store import clearances, signals
from jiebang.store.database import Database


def record_clearances(
    database: Database, platform_id: str, *, said: Sequence[tuple[str, Clearance]]
) -> list[Verdict]:
    """
    Record a batch, each item by its signal's id and judged on its own; the same again changes nothing.

    What a platform says later of the same signal takes the place of what it said before, as it may have
    let go by hand what it had left; only what it let go is never fewer. A signal that is not there is refused
    with `UnknownSignal`.
    """
    places = [seq_of(signal_id) for signal_id, _ in said]
    done: list[Verdict] = []
    with database.write() as connection:
        named = {seq for seq in places if seq is not None}
        there = signals.known(connection, named)
        known = clearances.of_platform(connection, platform_id, seqs=named)
        new: dict[int, Clearance] = {}
        for seq, (_, one) in zip(places, said, strict=True):
            if seq is None or seq not in there:
                done.append(refused(UnknownSignal()))
                continue
            earlier = new.get(seq) or known.get(seq)
            now = one.after(earlier)
            same = earlier is not None and now.says_as(earlier)
            if not same:
                new[seq] = now
            done.append(ALREADY if same else RECORDED)
        clearances.add(connection, platform_id, said=[item for item in new.items() if item[0] not in known])
        for seq in new.keys() & known.keys():
            clearances.replace(connection, platform_id, seq=seq, said=new[seq])
    return done
