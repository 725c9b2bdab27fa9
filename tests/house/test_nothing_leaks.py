"""No number, code, token, name or label is in any log line, address or metric, whatever happens."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs

import pytest

from jiebang.domain.showing import ShownBy
from jiebang.sandbox.front import Front
from jiebang.sandbox.holder import Holder
from jiebang.sandbox.story import ANOTHER, EARLIER_NAME, FRESH, PRESENT_NAME, RECYCLED, Story, prove
from jiebang.sandbox.web import call
from jiebang.sandbox.world import APP, CANARY, SHOP, World
from tests.house.leaks import Secret, leaks, of_number, of_tokens
from tests.stories.proxy import Proxy
from tests.stories.stage import watched

LOCKED, UNSENT = "+8615900112233", "+8615900445566"
NUMBERS = (RECYCLED, FRESH, ANOTHER, CANARY, LOCKED, UNSENT)
NAMES = (EARLIER_NAME, PRESENT_NAME, "晚秋", "小满", "知远", "许青禾", "wanqiu", "zhiyuan", "qinghe")
PROGRAMS = ("hub", "worker", "shop-agent", "identity-agent", "identity")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was said in a story, line by line with its place, and what must not be in it."""

    logs: list[tuple[str, str]]
    addresses: list[tuple[str, str]]
    metrics: list[tuple[str, str]]
    secrets: list[Secret]


def go_wrong(world: World) -> None:
    """Let happen what programs like to log: locks, broken requests, stores and gateways that are away."""
    stranger = Holder(world.public_url)
    stranger.ask_code(LOCKED)
    for _ in range(5):
        stranger.tell_code("000000")
    for path in (f"/{LOCKED}", f"/queries/{LOCKED}", f"/orders?number={LOCKED}", "/platform/v1/answers"):
        for method in ("GET", "POST"):
            call(method, world.hub_url + path, body=b'{"number": "%s", ' % LOCKED.encode())
    world.hub.kill()
    world.revive()
    world.identity.program.kill()
    holder = Holder(world.public_url)
    prove(holder, world, number=ANOTHER)
    holder.ask()
    agent = world.agents["identity"]
    agent.until("the agent finds its store away", lambda: "not-answered" in agent.said() or None)
    world.gateway.close()
    stranger.ask_code(UNSENT)
    assert world.worker is not None
    worker = world.worker
    worker.until("a text is not taken", lambda: "did not take" in worker.said() or None)


def tokens(world: World, proxy: Proxy) -> Iterator[Secret]:
    """Collect every token and key that was used."""
    yield from of_tokens("token of the account store", [world.identity.token])
    for place in world.plan.directory.rglob("*key.json"):
        yield from of_tokens("private key", [json.loads(place.read_text())["d"]])
    for passing in proxy.seen:
        headers = [*passing.headers, *passing.answer_headers]
        sent = [value.partition(" ")[2] for name, value in headers if name.lower() == "authorization"]
        yield from of_tokens("access token", sent)
        cookies = [
            value.partition(";")[0].partition("=")[2] for name, value in headers if "cookie" in name.lower()
        ]
        yield from of_tokens("session", [cookie for cookie in cookies if len(cookie) > 8])
        yield from of_tokens(
            "proof", [value for name, value in headers if name.lower() == "jiebang-proof" and value]
        )
        if passing.path == "/holder/v1/assertions":
            yield from of_tokens("showing", [json.loads(passing.said)["assertion"]])
        if passing.path == "/oauth/token":
            yield from of_tokens("assertion", parse_qs(passing.said.decode())["client_assertion"])
        if passing.path.startswith("/ssf/poll/"):
            yield from of_tokens("letter", json.loads(passing.answer or b"{}").get("sets", {}).values())


def labels(proxy: Proxy) -> Iterator[Secret]:
    """Collect the labels and handles that platforms answered with."""
    for passing in proxy.seen:
        if passing.path == "/platform/v1/answers":
            for answer in json.loads(passing.said)["answers"]:
                for binding in answer["bindings"]:
                    yield Secret("label", binding["label"])
                    yield Secret("handle", binding["handle"])


def secrets(world: World, proxy: Proxy) -> list[Secret]:
    """Collect all that must not be said, each once."""
    numbers = [secret for number in NUMBERS for secret in of_number(number)]
    codes = [Secret("code", text.code) for text in world.gateway.texts if text.code]
    names = [Secret("name", name) for name in NAMES]
    found = [*numbers, *codes, *names, *tokens(world, proxy), *labels(proxy)]
    return list(dict.fromkeys(found))


def addresses(proxy: Proxy) -> list[tuple[str, str]]:
    """List every address that was called or referred to."""
    headers = [header for passing in proxy.seen for header in [*passing.headers, *passing.answer_headers]]
    referred = [value for name, value in headers if name.lower() in {"location", "referer"}]
    return [("address", address) for address in [*(passing.url for passing in proxy.seen), *referred]]


def tell_silently(story: Story) -> None:
    """Tell the story from end to end."""
    story.set_up()
    story.refused()
    story.prove()
    story.ask()
    story.free()
    story.settle()
    story.register()
    story.compare()
    story.look_at_own()
    story.sign_out()


def come_through_a_front(world: World) -> None:
    """Let a holder come through their carrier's app, by the app's word and by a code."""
    front = Front(world.public_url, APP, key=world.plan.directory / "app/agent-key.json")
    front.vouch(FRESH, ShownBy.NETWORK)
    front.await_answers(front.ask([SHOP]))
    front.reply("POST", "/assertions", said={"assertion": front.proof})
    sent = len(world.gateway.texts)
    front.tell_code(front.ask_code(FRESH), world.gateway.next_code(FRESH, after=sent))
    front.leave()


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Said:
    """Tell the whole story, with mishaps, and keep all that was said."""
    directory = tmp_path_factory.mktemp("nothing-leaks") / "world"
    with watched(directory, worker_apart=True) as (world, proxy):
        story = Story(world)
        tell_silently(story)
        come_through_a_front(world)
        metrics = call("GET", f"{world.hub_url}/metrics").body.decode()
        go_wrong(world)
        metrics += call("GET", f"{world.hub_url}/metrics").body.decode()
    logs = [(log.stem, line) for log in directory.glob("logs/*") for line in log.read_text().splitlines()]
    return Said(
        logs=logs, addresses=addresses(proxy), metrics=[("metrics", line) for line in metrics.splitlines()],
        secrets=secrets(world, proxy),
    )  # fmt: skip


def test_no_log_line_says_who_or_what(lived: Said) -> None:
    assert {place for place, _ in lived.logs} == set(PROGRAMS)
    assert list(leaks(lived.logs, lived.secrets)) == []


def test_no_address_does(lived: Said) -> None:
    assert len(lived.addresses) > 50
    assert list(leaks(lived.addresses, lived.secrets)) == []


def test_no_metric_does(lived: Said) -> None:
    assert any("jiebang_requests_total" in line for _, line in lived.metrics)
    assert list(leaks(lived.metrics, lived.secrets)) == []


def test_every_kind_of_secret_was_used(lived: Said) -> None:
    kinds = {
        "number", "code", "name", "label", "handle", "session", "access token", "assertion", "letter",
        "proof", "showing",
    }  # fmt: skip
    assert {secret.kind for secret in lived.secrets} >= kinds


@pytest.mark.parametrize(
    "line",
    [
        "asked about +8613600123456",
        "GET /Users?filter=phoneNumbers.value+eq+%22tel%3A%2B86-136-0012-3456%22",
        '{"number": "136 0012 3456"}',
        "(0086) 136-0012-3456",
        "2026-11-24T02:30:09.466044Z code 482913 sent",
        "Cookie: jiebang=Zq3vN8w0aL5kT2yR9uXcB1mE",
        "…aL5kT2yR9uXcB1mE is not a session",
        r'{"label": "\u6797***"}',
    ],
)
def test_a_leak_is_found(line: str) -> None:
    secrets = [
        *of_number(RECYCLED), Secret("code", "482913"), Secret("label", "林***"),
        *of_tokens("session", ["Zq3vN8w0aL5kT2yR9uXcB1mE"]),
    ]  # fmt: skip
    found = list(leaks([("hub", line)], secrets))
    assert found
    assert not any(secret.text in one for secret in secrets for one in found)


@pytest.mark.parametrize(
    "line", ["2026-11-24T02:30:09.482913Z", "order 14829137", "1361360012345600", "+86 ··· 56 was proven"]
)
def test_what_is_only_alike_is_no_leak(line: str) -> None:
    assert list(leaks([("hub", line)], [*of_number(RECYCLED), Secret("code", "482913")])) == []
