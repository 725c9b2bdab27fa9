"""The page that asks for the code."""

from datetime import timedelta

from tests.build import OTHER_NUMBER
from tests.portal.hub import Hub
from tests.portal.visitor import Reply, Visitor


def wrong(visitor: Visitor, path: str, *, times: int = 1) -> Reply:
    return [visitor.post(path, [("code", "not it")]) for _ in range(times)][-1]


def test_the_code_field_is_one_that_phones_fill_in_by_themselves(visitor: Visitor) -> None:
    reply = visitor.get(visitor.start())
    field = next(part for part in reply.page.having("id") if part.attributes["id"] == "code")
    assert field.attributes["autocomplete"] == "one-time-code"
    assert field.attributes["inputmode"] == "numeric"
    assert "It is good for 5 minutes: until 14:35." in reply.words


def test_the_right_code_opens_a_session_that_scripts_and_other_sites_cannot_have(visitor: Visitor) -> None:
    path = visitor.start()
    reply = visitor.post(path, [("code", visitor.hub.code(path.removeprefix("/proofs/")))])
    assert reply.headers["location"] == "/platforms"
    given = reply.headers["set-cookie"].lower()
    assert all(word in given for word in ("httponly", "secure", "samesite=lax", "max-age=1800"))


def test_a_code_may_be_typed_with_spaces(visitor: Visitor) -> None:
    path = visitor.start()
    code = visitor.hub.code(path.removeprefix("/proofs/"))
    assert visitor.post(path, [("code", f" {code[:3]} {code[3:]} ")]).status == 303


def test_a_wrong_code_is_told_with_the_tries_that_are_left(visitor: Visitor) -> None:
    path = visitor.start()
    assert "You have 4 tries left." in wrong(visitor, path).alert
    assert "You have one try left." in wrong(visitor, path, times=3).alert
    assert wrong(visitor, path).status == 429


def test_after_five_wrong_codes_the_end_of_the_lock_is_shown_and_the_right_one_is_too_late(
    visitor: Visitor,
) -> None:
    path = visitor.start()
    assert "You can try again at 14:45." in wrong(visitor, path, times=5).alert
    assert "locked until 14:45" in visitor.get(path).words
    assert visitor.post(path, [("code", visitor.hub.code(path.removeprefix("/proofs/")))]).status == 429


def test_a_code_that_is_over_leads_back_to_where_a_new_one_is_sent(visitor: Visitor) -> None:
    path = visitor.start()
    visitor.hub.clock.turn(timedelta(minutes=5))
    page = visitor.get(path).page
    assert page.form(path) is None
    reply = visitor.post(path, [("code", visitor.hub.code(path.removeprefix("/proofs/")))])
    assert (reply.status, "ask for a new one" in reply.alert) == (422, True)


def test_the_page_is_the_same_whether_or_not_the_number_is_known_to_anybody(hub: Hub) -> None:
    visitor = Visitor(hub)
    known, path = visitor.get(visitor.start()).text, visitor.start()
    unknown = visitor.post("/proofs", [("number", OTHER_NUMBER.e164)]).headers["location"]
    said = [part.tag for part in visitor.get(unknown).page.parts]
    assert said == [part.tag for part in visitor.get(path).page.parts]
    assert "+86 ··· 55" in known


def test_a_proof_that_nobody_began_is_not_found(visitor: Visitor) -> None:
    reply = visitor.get("/proofs/prf_nobody")
    assert (reply.status, "please start again" in reply.alert) == (404, True)
    assert visitor.post("/proofs/prf_nobody", [("code", "123456")]).status == 404
