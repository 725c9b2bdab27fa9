"""
An agent that is wrong in one line fails exactly the checks that it must, and no others.

Each is the agent of docs/learn/write-a-platform.md with one line put otherwise. The one that is right in all
its lines is among those of test_right_agents.
"""

import pytest

from tests.conformance.others import put, try_all
from tests.conformance.trying import fallen

FAULTS: dict[str, tuple[str, str, set[str]]] = {
    "confirms before it has dealt with a letter": (
        "        if answers:",
        '        call("POST", inbox, json={"ack": done, "maxEvents": 0})\n        if answers:',
        {"confirmed-afterwards"},
    ),
    "ignores signatures": (
        'jws.deserialize_compact(token, keys, algorithms=["ES256"])',
        "jws.extract_compact(token.encode())",
        {"wrong-signature", "no-signature", "unknown-key", "retired-key"},
    ),
    "ignores for whom a letter is": (
        '("typ", "iss", "aud", "jti")] != ["secevent+jwt", HUB, ME, jti]',
        '("typ", "iss", "jti")] != ["secevent+jwt", HUB, jti]',
        {"wrong-audience"},
    ),
    "ignores from whom a letter is": (
        '("typ", "iss", "aud", "jti")] != ["secevent+jwt", HUB, ME, jti]',
        '("typ", "aud", "jti")] != ["secevent+jwt", ME, jti]',
        {"wrong-issuer"},
    ),
    "takes any token for a letter": (
        '("typ", "iss", "aud", "jti")] != ["secevent+jwt", HUB, ME, jti]',
        '("iss", "aud", "jti")] != [HUB, ME, jti]',
        {"wrong-type"},
    ),
    "never fetches keys again": (
        'if jws.extract_compact(token.encode()).headers()["kid"] not in [key.kid for key in keys.keys]:',
        "if not keys.keys:",
        {"new-key", "retired-key"},
    ),
    "never signs in again": (
        "    sign_in()\n",
        '    if "Authorization" not in http.headers: sign_in()\n',
        {"new-token"},
    ),
    "signs in for an hour": ('"exp": at + 60', '"exp": at + 3600', {"assertion"}),
    "signs in at another hub": ('"aud": HUB, "jti"', '"aud": "https://other.example", "jti"', {"assertion"}),
    "signs in as two": ('"sub": ME', '"sub": "par_another"', {"assertion"}),
    "gives up when the hub is away": (
        "except requests.RequestException:",
        "except requests.HTTPError:",
        {"hub-away"},
    ),
    "acts twice on one letter": (
        "update orders set told = null where id = ? and attempt = ?",
        "update orders set told = null, outcome = nullif(outcome, 'fulfilled') where id = ? and attempt = ?",
        {"delivered-twice"},
    ),
    "does not believe old letters": (
        '!= ["secevent+jwt", HUB, ME, jti]:',
        '!= ["secevent+jwt", HUB, ME, jti] or claims["iat"] < time.time() - 3600:',
        {"delivered-late"},
    ),
    "does not act on another attempt": (
        "where id = ?1 and attempt >= ?2)",
        "where id = ?1)",
        {"another-attempt"},
    ),
    "does not honour revocations": (
        "ledger.execute(\"replace into orders (id, attempt, outcome) values (?, ?, 'revoked')\", row)",
        "pass",
        {"revoked-first", "revoked-together", "revoked-while-it-waits"},
    ),
    "does not wait for objections": (
        "outcome is null and act_at <= ?",
        "outcome is null and ? > 0",
        {"objection-time", "revoked-while-it-waits"},
    ),
    "passes over what is overdue": ("if event in (UNBIND, OVERDUE):", "if event == UNBIND:", {"overdue"}),
    "unbinds by handle, whatever the number": (
        'set number = null where id = ? and number = ?", [handle, number])',
        'set number = null where id = ?", [handle])',
        {"other-record"},
    ),
    "says fulfilled and does nothing": (
        'shop.execute("update customer set number = null where id = ? and number = ?", [handle, number])',
        "pass",
        {"second-look", "another-attempt", "delivered-late", "overdue"},
    ),
    "denies what is gone already": (
        'shop.execute("select 1 from customer where id = ?", [handle]).fetchone()',
        'shop.execute("select changes()").fetchone()[0]',
        {"already-gone"},
    ),
    "signs receipts for another letter": ('"letter": letter}', '"letter": "0" * 64}', {"receipts"}),
    "signs receipts for another hub": (
        '{"iss": ME, "aud": HUB, "letter"',
        '{"iss": ME, "aud": "https://other.example", "letter"',
        {"receipts"},
    ),
    "does not mask": ('name[0] + "***"', "name + at + '13700137001'", {"answers-shape"}),
    "has words of its own": ('"class": "shopping"', '"class": "shop"', {"answers-shape"}),
    "tells no instant": ('"at": at} |', '"at": at[:10]} |', {"outcomes-shape"}),
    "finds a number in one spelling only": (
        r'if not re.fullmatch(r"\+[1-9]\d{6,14}", number):',
        "if not number:",
        {"odd-spellings"},
    ),
    "complains of everything that it does not know": (
        "    return []\n\n\ndef settle",
        "    return [] if event in EVENTS else said[None]\n\n\ndef settle",
        {"letters-about-the-stream"},
    ),
}  # fmt: skip


def test_each_is_made_wrong_in_one_place() -> None:
    assert [
        fault for fault, (line, otherwise, _) in FAULTS.items() if not put([(line, otherwise)], port=1)
    ] == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_agent_fails_the_checks_that_it_must_and_no_others(
    inspections: dict[str, dict[str, str]], fault: str
) -> None:
    assert set(inspections[fault]) == FAULTS[fault][2], inspections[fault]


@pytest.fixture(scope="module")
def inspections(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """Try every agent; gives by its fault what it fell by."""
    wrong = {fault: ((line, otherwise),) for fault, (line, otherwise, _) in FAULTS.items()}
    found = try_all(wrong, lambda: tmp_path_factory.mktemp("platform"))
    return {fault: fallen(findings) for fault, findings in found.items()}
