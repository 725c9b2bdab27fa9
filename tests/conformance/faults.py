"""Faults: what makes an agent wrong in one place, and by which checks it must fall."""

from collections.abc import Mapping

Fault = tuple[str, str, set[str]]
"""What is put otherwise, and by what, and the checks that must fail."""

FAULTS: Mapping[str, Fault] = {
    "confirms before it has dealt with a letter": (
        "        if answers:",
        '        call("POST", inbox, json={"ack": done, "maxEvents": 0})\n        if answers:',
        {"confirmed-afterwards"},
    ),
    "takes an outcome for told, whatever the hub says": (
        'call("POST", "/platform/v1/outcomes",',
        'http.post(HUB + "/platform/v1/outcomes",',
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
    "acts on each letter before it has read the next": (
        "                done.append(jti)\n",
        "                done.append(jti)\n                settle()\n",
        {"revoked-together"},
    ),
    "does not wait for objections": (
        "outcome is null and act_at <= ?",
        "outcome is null and ? > 0",
        {"objection-time", "revoked-while-it-waits"},
    ),
    "passes over what is overdue": (
        "if event in (UNBIND, OVERDUE):",
        "if event == UNBIND:",
        {"overdue", "other-record"},
    ),
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
    "denies in words of its own": (
        '"reason": "no_match"',
        '"reason": [ME]',
        {"unknown-handle", "outcomes-shape"},
    ),
    "says what it can in a form of its own": ('"can": ["unbind"]', '"can": 1', {"answers-shape"}),
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
    "does not ask for what is overdue": (
        '{"events_requested": EVENTS}',
        '{"events_requested": [ASKED, UNBIND, REVOKED]}',
        {"stream", "overdue", "other-record"},
    ),
    "looks for its stream before it says who it is": (
        "def open_stream():\n",
        'def open_stream():\n    requests.get(HUB + "/ssf/stream")\n',
        {"bearer"},
    ),
    "polls once more, in a form of its own": (
        "        done, errs, answers =",
        '        http.post(HUB + inbox, json={"ack": ",".join(done)})\n        done, errs, answers =',
        {"polling"},
    ),
    "answers with one record of several": (
        'where number = ?", [number])',
        'where number = ? limit 1", [number])',
        {"answers", "second-look", "many-at-once", "unknown-handle"},
    ),
    "names a record otherwise each time": (
        '{"handle": str(row),',
        '{"handle": str(row) + " " * (row > 1 and time.time_ns() // 1000 % 199),',
        {"same-handle", "second-look"},
    ),
    "tells the number in a condition": (
        'own | {"can": ["unbind"],',
        'own | {"can": ["unbind"], "conditions": ["Ring 137 0013 7001 first."],',
        {"answers-shape"},
    ),
    "answers once more, and otherwise": (
        '"complete": True, "bindings": find(number)}]',
        '"complete": True, "bindings": found} for found in (find(number), [])]',
        {"answers-shape"},
    ),
    "acts on all that looks like an order": (
        "if event in (UNBIND, OVERDUE):",
        'if "handle" in said or event == UNBIND:',
        {"unknown-kind"},
    ),
    "answers only what has the members that it knows": (
        "    if event == ASKED:",
        "    if event == ASKED and len(said) < 3:",
        {"unknown-members"},
    ),
    "takes a revocation of nothing": (
        'row = [said["order_id"], said.get("attempt", 1)]\n',
        'row = [said.get("order_id"), said.get("attempt", 1)]\n',
        {"missing-members"},
    ),
    "writes handles into its statements": (
        '"update customer set number = null where id = ? and number = ?", [handle, number])',
        'f"update customer set number = null where id = \'{handle}\' and number = ?", [number])',
        {"unknown-handle"},
    ),
    "unbinds what is overdue by handle, whatever the number": (
        "        ledger.execute(NEW, row)\n",
        (
            "        ledger.execute(NEW, row)\n        if event == OVERDUE: "
            'shop.execute("update customer set number = null where id = ?", row[3:4])\n'
        ),
        {"other-record"},
    ),
    "says for ever what the hub refuses": (
        'call("POST", "/platform/v1/outcomes", json={"outcomes": [word(*row) for row in rows]})\n',
        (
            'said = call("POST", "/platform/v1/outcomes", json={"outcomes": [word(*row) for row in rows]})\n'
            '        rows = [row for row, one in zip(rows, said["results"]) if one["status"] != "refused"]\n'
        ),
        {"refused-outcome"},
    ),
    "signs receipts of another attempt for the first letter": (
        "replace into orders select ?1, ?2, ?3,",
        "replace into orders select ?1, ?2, coalesce((select letter from orders where id = ?1), ?3),",
        {"receipts"},
    ),
    "loses some of a crowd": (
        "        if answers:",
        "        del answers[9:]\n        if answers:",
        {"many-at-once"},
    ),
}  # fmt: skip

CLOSING_FAULTS: Mapping[str, Fault] = {
    "says closed and does nothing": (
        '"delete from customer where id = ? and number = ?"',
        '"select 1 from customer where id = ? and number = ?"',
        {"deregister"},
    ),
    "closes by handle, whatever the number": (
        '"delete from customer where id = ? and number = ?", [handle, number]',
        '"delete from customer where id = ?", [handle]',
        {"closing-another"},
    ),
    "closes what is overdue by handle, whatever the number": (
        "        ledger.execute(NEW, row)\n",
        (
            "        ledger.execute(NEW, row)\n        if event == OVERDUE and 'close ' in row[3]: "
            'shop.execute("delete from customer where id = ?", [row[3].split()[-1]])\n'
        ),
        {"closing-another"},
    ),
    "writes handles of closings into its statements": (
        '"delete from customer where id = ? and number = ?", [handle, number]',
        "f\"delete from customer where id = '{handle}' and number = ?\", [number]",
        {"closing-another"},
    ),
    "closes all accounts on the number": (
        "delete from customer where id = ? and number = ?",
        "delete from customer where number = (select number from customer where id = ? and number = ?)",
        {"closing-alone"},
    ),
    "closes what was revoked": (
        "        ledger.execute(NEW, row)\n",
        '        ledger.execute(NEW.split("where")[0] if event == CLOSE else NEW, row)\n',
        {"closing-revoked"},
    ),
    "complains of signals": ('{"signal_id": said["signal_id"]', '{"signal_id": said["id"]', {"signals"}),
    "counts backwards": ('"cleared": 0', '"cleared": -1', {"clearances-shape"}),
}
