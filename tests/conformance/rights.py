"""Agents that do it otherwise than the page's, and rightly."""

from collections.abc import Mapping

from tests.conformance.others import Put

BOX = """
import contextlib, socket
from http.client import parse_headers

door = socket.create_server(("127.0.0.1", 0))
door.settimeout(0.2)
held = []
BOX = {"method": "urn:ietf:rfc:8935", "endpoint_url": f"http://127.0.0.1:{door.getsockname()[1]}/letters"}


def posted(done, errs):
    with contextlib.suppress(OSError):
        if held:
            said = json.dumps(errs.get(None, {})).encode()
            status = "202 Accepted" if done else "400 Bad Request" if errs else "503 Service Unavailable"
            head = f"HTTP/1.1 {status}\\r\\nContent-Length: {len(said)}\\r\\nConnection: close\\r\\n"
            head += "Content-Type: application/json\\r\\n\\r\\n"
            held.pop().sendall(head.encode() + said)
        held.append(door.accept()[0])
        letter = held[0].makefile("rb")
        letter.readline()
        return {None: letter.read(int(parse_headers(letter)["Content-Length"])).decode()}
    return {}


def open_stream():
"""
"""A door for letters that are posted: what was dealt with is answered before the next is taken."""

POSTED: Put = (
    ("\ndef open_stream():\n", BOX),
    ('json={"events_requested": EVENTS}', 'json={"events_requested": EVENTS, "delivery": BOX}'),
    ('("typ", "iss", "aud", "jti")] != ["secevent+jwt", HUB, ME, jti]',
     '("typ", "iss", "aud")] != ["secevent+jwt", HUB, ME]'),
    ('call("POST", inbox, json={"ack": done, "setErrs": errs})["sets"]', "posted(done, errs)"),
)  # fmt: skip

CLOSE = """    if handle.startswith("close "):
        handle = handle.removeprefix("close ")
        gone = shop.execute("delete from customer where id = ? and number = ?", [handle, number])
        return "fulfilled" if gone.rowcount else "denied"
"""
TAKE = """if event in (UNBIND, OVERDUE, CLOSE):
        if event == CLOSE or said.get("order") == "deregister":
            said["handle"] = "close " + said["handle"]"""
TELL = """    elif event == SIGNAL:
        told = [{"signal_id": said["signal_id"], "cleared": 0}]
        call("POST", "/platform/v1/clearances", json={"clearances": told})
    elif event == REVOKED:"""

CLOSING: Put = (
    ('"order-revoked")]', '"order-revoked", "deregister-ordered", "number-disconnected")]'),
    ("ASKED, UNBIND, OVERDUE, REVOKED = EVENTS", "ASKED, UNBIND, OVERDUE, REVOKED, CLOSE, SIGNAL = EVENTS"),
    ('{"can": ["unbind"]', '{"can": ["unbind", "deregister"]'),
    ("def unbind(handle, number):\n", f"def unbind(handle, number):\n{CLOSE}"),
    ("if event in (UNBIND, OVERDUE):", TAKE),
    ("    elif event == REVOKED:", TELL),
)
"""Accounts are closed, and what is heard of a number that was disconnected is answered."""

RIGHTS: Mapping[str, Put] = {
    "is the page's": (),
    "takes letters one at a time": (
        ('json={"ack": done, "setErrs": errs}', 'json={"ack": done, "setErrs": errs, "maxEvents": 1}'),
    ),
    "has its letters posted": POSTED,
    "closes accounts and hears signals": CLOSING,
    "complains of a verification that it did not ask for": (
        ("    return []\n\n\ndef settle",
         '    return said["jti"] if "state" in said else []\n\n\ndef settle'),
    ),
}  # fmt: skip
