"""What was reported of numbers is kept as it was reported, and read as it was kept."""

from datetime import timedelta

from jiebang.domain.policy import Policy
from jiebang.domain.tenure import tenures
from jiebang.domain.verdict import Fate
from jiebang.flows.load_changes import Marked, load_changes
from jiebang.store import numbers
from jiebang.store.database import Database
from tests.build import HISTORY, NOW, NUMBER, OTHER_NUMBER
from tests.memory import CARRIER

RESTLESS = Policy(aging={}, aging_elsewhere=timedelta(0))


def test_every_number_is_walked_with_its_history_in_order(database: Database) -> None:
    others = [change._replace(number=OTHER_NUMBER) for change in HISTORY]
    woven = [one for pair in zip(HISTORY, others, strict=True) for one in pair]
    load_changes(database, CARRIER, changes=woven, now=NOW, policy=RESTLESS)
    with database.read() as connection:
        walked = {number: tenures(history) for number, history in numbers.everything(connection)}
    assert list(walked) == sorted([NUMBER.e164, OTHER_NUMBER.e164])
    reported = tenures(change._replace(carrier_id=CARRIER) for change in HISTORY)
    assert walked[NUMBER.e164] == reported
    assert walked[OTHER_NUMBER.e164] == reported


def test_a_mark_that_is_known_is_passed_over_whatever_it_marks(database: Database) -> None:
    first, gone, again = HISTORY
    for said_so, marks, fates in [
        ([first, first], ["m1", "m1"], [Fate.RECORDED, Fate.ALREADY]),
        ([gone], ["m1"], [Fate.ALREADY]),
        ([first, gone], ["m2", "m3"], [Fate.ALREADY, Fate.RECORDED]),
        ([again], ["m2"], [Fate.RECORDED]),
    ]:
        verdicts = load_changes(database, CARRIER, changes=Marked(said_so, marks), now=NOW, policy=RESTLESS)
        assert [verdict.fate for verdict in verdicts] == fates
