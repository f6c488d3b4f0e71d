"""Hooks against a real command and a real web server on this machine, both as bad as they come."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from relaytui.adapters.clock import SystemClock
from relaytui.adapters.hooks import CommandHook, Hook, Hooks, Webhook, in_thread
from relaytui.core.events import Alarm, AlarmKind, Delivery, Event, Resolved
from relaytui.core.task import WatchedTask
from relaytui.core.tc3 import Secret
from relaytui.ports import DELIVERIES, NotKept
from tests.core.answers import key
from tests.fakes import FakeJournal

ALARM = Alarm("7-1", 20.0, AlarmKind.ENDED, "cam ended", 10.0, (WatchedTask(key("a"), "cam"),))
OTHER = replace(ALARM, id="8-1")
BODY = b'{"event":"alarm"}'


class Receiver:
    """A web server that answers the scripted codes one after the other, and 200 after them."""

    def __init__(self, *codes: int, seconds: float = 0.0) -> None:
        self.codes = list(codes)
        self.seconds = seconds
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.released = threading.Event()

    @property
    def ids(self) -> list[str]:
        return [json.loads(body)["id"] for body in self.bodies]

    @contextmanager
    def serving(self) -> Iterator[str]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.headers.append(dict(self.headers))
                receiver.released.wait(receiver.seconds)
                self.send_response(receiver.codes.pop(0) if receiver.codes else 200)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            server.daemon_threads = True
            serving = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
            serving.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}/hook"
            finally:
                self.released.set()
                server.shutdown()
                serving.join()


def no_secret(name: str) -> Secret | NotKept:
    return NotKept(f"nothing in the keyring ({name})", "run relaytui alert secret")


def script(text: str) -> list[str]:
    return [sys.executable, "-c", f"import os, sys, time\n{text}"]


async def settled(hooks: Hooks, *, until: Callable[[list[Delivery]], bool], seconds: float = 20.0) -> list[Delivery]:
    """The deliveries, as soon as they are as wanted."""
    told: list[Event] = []
    async with asyncio.timeout(seconds):
        while True:
            told += hooks.news()
            deliveries = [event for event in told if isinstance(event, Delivery)]
            if until(deliveries):
                return deliveries
            await asyncio.sleep(0.01)


def hooks_with(*hooks: Hook, journal: FakeJournal | None = None, pauses: Sequence[float] = (0.01, 0.01)) -> Hooks:
    return Hooks(hooks, journal=journal or FakeJournal(), clock=SystemClock(), pauses=pauses)


# The command.


async def test_a_command_is_given_the_alarm_and_its_arguments_but_not_our_credentials(tmp_path: Path) -> None:
    told = tmp_path / "told"
    write = f"open({str(told)!r}, 'w').write(sys.stdin.read() + sys.argv[1] + repr(sorted(os.environ)))"
    hook = CommandHook([*script(write), "$HOME; &"], {**os.environ, "TENCENTCLOUD_SECRET_KEY": "planted", "MINE": "1"})
    assert await hook.send(BODY) is None
    text = told.read_text()
    assert text.startswith(BODY.decode() + "\n$HOME; &")
    assert "'MINE'" in text
    assert "TENCENTCLOUD" not in text


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        (script("sys.exit(3)"), "exit code 3"),
        (script("os.kill(os.getpid(), 9)"), "ended by signal 9"),
        (["/nowhere/page-me"], "/nowhere/page-me cannot be run: No such file or directory"),
    ],
)
async def test_a_command_that_fails_says_how(argv: list[str], reason: str) -> None:
    assert await CommandHook(argv, os.environ).send(BODY) == reason


async def test_a_command_that_floods_its_output_or_reads_nothing_works() -> None:
    flood = "for _ in range(400): print('x' * 10_000); print('y' * 10_000, file=sys.stderr)"
    assert await CommandHook(script(flood), os.environ).send(BODY * 100_000) is None


async def test_a_command_that_hangs_is_killed_with_its_children_and_holds_up_nothing(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    hang = (
        "import subprocess\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
        "time.sleep(60)"
    )
    begun = time.monotonic()
    turns = 0
    sending = asyncio.create_task(CommandHook(script(hang), os.environ, seconds=1.5).send(BODY))
    while not sending.done():
        turns += 1
        await asyncio.sleep(0.01)
    assert await sending == "killed: not done within 1.5 s"
    assert time.monotonic() - begun < 5
    assert turns > 50
    await become_true(lambda: all(map(is_gone, map(int, pids.read_text().split()))))


async def become_true(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what another process does
            await asyncio.sleep(0.01)


def is_gone(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


async def test_a_command_under_way_at_the_end_is_killed(tmp_path: Path) -> None:
    started = tmp_path / "pid"
    hook = CommandHook(script(f"open({str(started)!r}, 'w').write(str(os.getpid())); time.sleep(60)"), os.environ)
    sending = asyncio.create_task(hook.send(BODY))
    await become_true(lambda: started.exists() and started.read_text())
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    await become_true(lambda: is_gone(int(started.read_text())))


# The webhook.


async def test_a_webhook_posts_json_with_its_headers_and_secrets() -> None:
    receiver = Receiver()
    with receiver.serving() as url:
        secrets = {"keyring:pager": Secret("Bearer planted"), "env:HOOK": Secret(url)}
        hook = Webhook("env:HOOK", {"Authorization": "keyring:pager", "X-Team": "media"}, secrets.__getitem__)
        assert await hook.send(BODY) is None
    assert receiver.bodies == [BODY]
    (headers,) = receiver.headers
    assert (headers["Authorization"], headers["X-Team"]) == ("Bearer planted", "media")
    assert headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("code", "reason"),
    [(500, "HTTP 500"), (401, "HTTP 401"), (302, "HTTP 302 (redirected: write the last URL)")],
)
async def test_an_answer_that_is_no_success_is_a_failure(code: int, reason: str) -> None:
    with Receiver(code).serving() as url:
        assert await Webhook(url, {}, no_secret).send(BODY) == reason


async def test_a_slow_webhook_is_given_up() -> None:
    with Receiver(seconds=30).serving() as url:
        begun = time.monotonic()
        assert await Webhook(url, {}, no_secret, seconds=0.3).send(BODY) == "no answer within 0.3 s"
        assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    ("url", "headers", "reason"),
    [
        ("http://127.0.0.1:1/", {}, "cannot connect: check host, port, network and certificate"),
        ("keyring:slack", {}, "keyring:slack: nothing in the keyring (keyring:slack): run relaytui alert secret"),
        ("http://127.0.0.1:1/", {"X": "env:Y"}, "env:Y: nothing in the keyring (env:Y): run relaytui alert secret"),
    ],
)
async def test_what_cannot_be_posted_says_why(url: str, headers: dict[str, str], reason: str) -> None:
    assert await Webhook(url, headers, no_secret).send(BODY) == reason


@pytest.mark.parametrize("planted", ["planted\nkey", "plantéd", "planted\0"])
async def test_no_secret_is_in_the_reason(planted: str) -> None:
    with Receiver().serving() as url:
        reason = await Webhook(url, {"X": "env:Y"}, lambda _: Secret(planted)).send(BODY)
    assert reason is not None
    assert "plant" not in reason


async def test_a_secret_url_that_is_no_https_is_not_used() -> None:
    reason = await Webhook("env:Y", {}, lambda _: Secret("http://planted.example/x")).send(BODY)
    assert reason is not None
    assert "https" in reason
    assert "planted" not in reason


async def test_a_secret_that_is_slow_to_find_holds_up_nothing() -> None:
    def slow(_: str) -> Secret:
        time.sleep(1.0)
        return Secret("x")

    with Receiver().serving() as url:
        turns = 0
        sending = asyncio.create_task(Webhook(url, {"X": "env:Y"}, slow).send(BODY))
        while not sending.done():
            turns += 1
            await asyncio.sleep(0.01)
        assert await sending is None
        assert turns > 30


# Tries, and what a restart leaves.


async def test_a_webhook_that_fails_twice_and_is_back_gets_the_alarm_and_its_id() -> None:
    receiver = Receiver(500, 503)
    with receiver.serving() as url:
        hooks = hooks_with(Webhook(url, {}, no_secret))
        hooks.send(ALARM)
        told = await settled(hooks, until=lambda told: len(told) == 3)
    assert receiver.ids == ["7-1.0"] * 3
    assert [(one.number, one.failure, one.gave_up) for one in told] == [
        (1, "HTTP 500", False),
        (2, "HTTP 503", False),
        (3, "", False),
    ]


async def test_after_three_tries_it_is_given_up_and_told() -> None:
    journal = FakeJournal()
    hooks = hooks_with(CommandHook(script("sys.exit(1)"), os.environ), journal=journal)
    hooks.send(ALARM)
    told = await settled(hooks, until=lambda told: len(told) == 3)
    assert [one.gave_up for one in told] == [False, False, True]
    assert told[-1].text == "command: alarm 7-1.0 not delivered at try 3, given up: exit code 1"
    await settled(hooks, until=lambda _: not journal.kept)


async def test_one_hook_that_hangs_does_not_hold_up_the_other() -> None:
    receiver = Receiver()
    with receiver.serving() as url:
        hooks = hooks_with(CommandHook(script("time.sleep(60)"), os.environ), Webhook(url, {}, no_secret))
        hooks.send(ALARM)
        told = await settled(hooks, until=lambda told: any(one.hook == "webhook" for one in told), seconds=5)
        assert [one.failure for one in told] == [""]
        begun = time.monotonic()
        await hooks.aclose()
        assert time.monotonic() - begun < 1


async def test_what_a_killed_run_did_not_deliver_is_delivered_by_the_next() -> None:
    journal = FakeJournal()
    receiver = Receiver()
    with receiver.serving() as url:
        hooks = hooks_with(
            CommandHook(script("time.sleep(60)"), os.environ), Webhook(url, {}, no_secret), journal=journal
        )
        hooks.send(ALARM)
        await settled(hooks, until=lambda told: any(one.hook == "webhook" for one in told))
        await settled(hooks, until=lambda _: json.loads(journal.kept[f"{DELIVERIES} 7-1.0"])[1] == ["command"])
        await hooks.aclose()
        kept = dict(journal.kept)

        again = hooks_with(CommandHook(script("pass"), os.environ), Webhook(url, {}, no_secret), journal=journal)
        again.send(OTHER)
        again.resume(kept)
        again.resume(kept)
        told = await settled(again, until=lambda told: len(told) == 3)
        assert sorted((one.hook, one.alarm, one.failure) for one in told) == [
            ("command", "7-1.0", ""),
            ("command", "8-1.0", ""),
            ("webhook", "8-1.0", ""),
        ]
        await settled(again, until=lambda _: not journal.kept)
        assert receiver.ids == ["7-1.0", "8-1.0"]


async def test_an_alarm_is_on_disk_before_it_leaves_but_a_slow_disk_holds_it_up_for_a_second_at_most() -> None:
    receiver = Receiver()
    for delay, least, most in [(0.4, 0.4, 0.9), (60.0, 1.0, 1.9)]:
        with receiver.serving() as url:
            hooks = hooks_with(Webhook(url, {}, no_secret), journal=FakeJournal(delay=delay))
            begun = time.monotonic()
            hooks.send(ALARM)
            await settled(hooks, until=bool)
            assert least <= time.monotonic() - begun < most


@pytest.mark.parametrize("kept", ["{", "[]", "7", '{"a": 1}', '["b"]', '["b", 7]'])
async def test_what_cannot_be_read_is_told_and_forgotten(kept: str) -> None:
    journal = FakeJournal()
    hooks = hooks_with(journal=journal)
    journal.kept = {f"{DELIVERIES} 7-1.0": kept, f"{DELIVERIES} other-list 7-1.0": kept}
    hooks.resume(dict(journal.kept))
    (told,) = hooks.news()
    assert isinstance(told, Delivery)
    assert told.gave_up
    assert list(journal.kept) == [f"{DELIVERIES} other-list 7-1.0"]


async def test_that_an_alarm_is_over_leaves_after_the_alarm_however_often_that_is_tried() -> None:
    receiver = Receiver(500, 500)
    with receiver.serving() as url:
        hooks = hooks_with(Webhook(url, {}, no_secret))
        hooks.send(ALARM)
        hooks.resolve(Resolved(ALARM.at + 1, ALARM.id, "resolved: cam 1 is running"))
        await settled(hooks, until=lambda told: len(told) == 4)
    assert receiver.ids == ["7-1.0", "7-1.0", "7-1.0", "7-1.resolved"]
    assert json.loads(receiver.bodies[-1])["event"] == "resolved"


async def test_nothing_is_kept_where_there_is_no_hook() -> None:
    journal = FakeJournal()
    hooks = hooks_with(journal=journal)
    hooks.send(ALARM)
    assert (journal.order, hooks.news()) == ([], [])


async def test_a_bug_in_the_thread_belongs_to_whoever_waits() -> None:
    with pytest.raises(ZeroDivisionError):
        await in_thread(lambda: 1 // 0)
