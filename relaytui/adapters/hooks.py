"""Alarms to a command and a webhook: each tried three times, and again after a restart where it was not delivered.

Both are given the same JSON object. What is under way is kept in the journal until it is delivered or given up, so
every alarm is delivered at least once, and its id tells who got one twice. Whatever a hook does, it does not hold up
the loop: the command runs in a thread that nobody waits for at the end.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import ssl
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol, TypeVar

from relaytui.core.entry import Refused
from relaytui.core.events import Alarm, Delivery, Event, Resolved
from relaytui.core.fields import alarm_fields, resolved_fields
from relaytui.core.reach import is_local, read_webhook, secret_name
from relaytui.core.tc3 import Secret
from relaytui.core.text import plain
from relaytui.ports import DELIVERIES, Clock, Journal, NotKept

HOOK_SECONDS = 10.0
"""Seconds that one try may take."""
PAUSES = (2.0, 8.0)
"""Seconds of back-off after a try that failed; one try more than there are pauses."""
WRITTEN_SECONDS = 1.0
"""Seconds that an alarm waits at most for the journal to be on disk: a slow disk must not hold it up longer."""
AT_ONCE = 4
"""Alarms under way at once in one hook."""
_T = TypeVar("_T")
_OWN_SECRETS = "TENCENTCLOUD_"
"""What the environment of our credentials begins with: no command of a person's needs it."""

FindSecret = Callable[[str], Secret | NotKept]
"""Gives the secret that `keyring:NAME` or `env:NAME` names. May take seconds: it is called in a thread."""


class Hook(Protocol):
    """One way to people."""

    @property
    def name(self) -> str:
        """What it is called in messages."""
        ...

    async def send(self, body: bytes) -> str | None:
        """Deliver once; None where that worked, or why not, without any secret."""
        ...


class CommandHook:
    """A program that is given the alarm on standard input. No shell; its own process group, killed when time is up."""

    name = "command"

    def __init__(self, argv: Sequence[str], environ: Mapping[str, str], *, seconds: float = HOOK_SECONDS) -> None:
        self._argv = list(argv)
        self._environ = {name: value for name, value in environ.items() if not name.startswith(_OWN_SECRETS)}
        self._seconds = seconds

    async def send(self, body: bytes) -> str | None:
        """Run it once."""
        running: list[subprocess.Popen[bytes]] = []
        given_up = threading.Event()
        try:
            return await in_thread(lambda: self._run(body, running, given_up))
        except asyncio.CancelledError:
            given_up.set()
            for process in running:
                _kill(process)
            raise

    def _run(self, body: bytes, running: list[subprocess.Popen[bytes]], given_up: threading.Event) -> str | None:
        try:
            process = subprocess.Popen(  # noqa: S603 - the person's own command, and no shell
                self._argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=self._environ,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            return f"{plain(self._argv[0])} cannot be run: {reason}"
        running.append(process)
        if given_up.is_set():
            _kill(process)
        try:
            # A whole line, so that a command may append it to a file, or read it as one.
            process.communicate(body + b"\n", timeout=self._seconds)
        except subprocess.TimeoutExpired:
            _kill(process)
            process.wait()
            return f"killed: not done within {self._seconds:g} s"
        code = process.returncode
        if code < 0:
            return f"ended by signal {-code}"
        return f"exit code {code}" if code else None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process with all that it started."""
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError, AttributeError):
            process.kill()


class Webhook:
    """Posts the alarm as JSON. Redirections are not followed: what is secret goes nowhere else."""

    name = "webhook"

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str],
        find_secret: FindSecret,
        *,
        seconds: float = HOOK_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._url = url
        self._headers = dict(headers)
        self._find_secret = find_secret
        self._seconds = seconds
        self._tls = tls

    async def send(self, body: bytes) -> str | None:
        """Post it once."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._post(body)
        except TimeoutError:
            return f"no answer within {self._seconds:g} s"

    async def _post(self, body: bytes) -> str | None:
        import httpx  # noqa: PLC0415 - a start without webhook need not load it

        found = await in_thread(self._reveal)
        if isinstance(found, str):
            return found
        url, headers = found
        try:
            # A proxy for loopback would carry the alarm off this machine.
            trust_env = not is_local(url.reveal())
            # The whole try is bounded, and without TLS it goes no further than this machine.
            async with (
                httpx.AsyncClient(verify=self._tls or False, timeout=None, trust_env=trust_env) as client,  # noqa: S113 - see above
                client.stream("POST", url.reveal(), content=body, headers=_revealed(headers)) as answer,
            ):
                if answer.is_success:
                    return None
                moved = " (redirected: write the last URL)" if answer.is_redirect else ""
                return f"HTTP {answer.status_code}{moved}"
        except httpx.ConnectError:
            return "cannot connect: check host, port, network and certificate"
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeEncodeError, ValueError) as error:
            # Without its text, which can quote a header or the URL.
            return f"not sent: {type(error).__name__}"

    def _reveal(self) -> tuple[Secret, dict[str, Secret]] | str:
        """URL and headers with what the secrets' names stand for, or why there is no such secret."""
        texts = {"": self._url, **self._headers}
        found: dict[str, Secret] = {}
        for header, text in texts.items():
            secret = self._find_secret(text) if secret_name(text) else Secret(text)
            if isinstance(secret, NotKept):
                return f"{text}: {secret.reason}: {secret.advice}"
            found[header] = secret
        url = found.pop("")
        if isinstance(refused := read_webhook(url.reveal()), Refused):
            return f"{plain(self._url)}: {refused.reason}"
        if self._tls is None and url.reveal().startswith("https:"):
            import truststore  # noqa: PLC0415 - see httpx

            self._tls = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return url, found


def _revealed(headers: Mapping[str, Secret]) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "User-Agent": "relaytui",
        **{name: secret.reveal() for name, secret in headers.items()},
    }


class Hooks:
    """Carries alarms to hooks; implements `Notifier`. `pauses` are seconds of back-off between tries.

    `kept_as` is what the names begin with under which the journal keeps what is not delivered yet. The messages about
    one alarm leave one after the other: what is resolved stays so.
    """

    def __init__(
        self,
        hooks: Sequence[Hook],
        *,
        journal: Journal,
        clock: Clock,
        kept_as: str = DELIVERIES,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self._hooks = {hook.name: hook for hook in hooks}
        self._turns = {hook.name: asyncio.Semaphore(AT_ONCE) for hook in hooks}
        self._journal = journal
        self._kept_as = kept_as
        self._clock = clock
        self._pauses = tuple(pauses)
        self._begun: set[str] = set()
        self._carrying: dict[tuple[str, str], asyncio.Task[None]] = {}
        """The newest message under way, by its alarm and hook."""
        self._news: list[Event] = []

    def is_on_turn(self) -> bool:
        """True: see `InTurn`."""
        return True

    def send(self, alarm: Alarm) -> None:
        """Deliver an alarm, in a while."""
        self._begin(alarm.event_id, json.dumps(alarm_fields(alarm)), list(self._hooks))

    def resolve(self, resolved: Resolved) -> None:
        """Deliver that an alarm is over, after the alarm itself."""
        self._begin(resolved.event_id, json.dumps(resolved_fields(resolved)), list(self._hooks))

    def resume(self, kept: Mapping[str, str]) -> None:
        """Deliver what an earlier run did not."""
        for name, text in kept.items():
            kept_as, _, event_id = name.rpartition(" ")
            if kept_as != self._kept_as or event_id in self._begun:
                continue
            try:
                body, left = json.loads(text)
                left = [name for name in left if name in self._hooks]
            except (ValueError, TypeError):
                why = "what an earlier run did not deliver cannot be read"
                self._news.append(Delivery(self._clock.wall(), event_id, "hooks", 0, why, gave_up=True))
                left = []
            if left:
                self._begin(event_id, str(body), left)
            else:
                self._journal.keep(name, None)

    def news(self) -> list[Event]:
        """How deliveries went since the last call."""
        news, self._news = self._news, []
        return news

    async def aclose(self) -> None:
        """Give up what is under way; what is not delivered stays kept."""
        carrying = list(self._carrying.values())
        for task in carrying:
            task.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)

    def _begin(self, event_id: str, body: str, hooks: list[str]) -> None:
        if not hooks:
            return
        self._begun.add(event_id)
        left = list(hooks)
        self._keep(event_id, body, left)
        for name in hooks:
            about = event_id.rpartition(".")[0], name
            carry = self._carry(event_id, body, left, self._hooks[name], self._carrying.get(about))
            task = self._carrying[about] = asyncio.create_task(carry)
            task.add_done_callback(partial(self._forget, about))

    def _forget(self, about: tuple[str, str], task: asyncio.Task[None]) -> None:
        if self._carrying.get(about) is task:
            del self._carrying[about]

    async def _carry(
        self, event_id: str, body: str, left: list[str], hook: Hook, earlier: asyncio.Task[None] | None
    ) -> None:
        """Deliver one message by one hook; `left` are the hooks that have not done so."""
        if earlier is not None:
            # Its result is its own; this one's turn comes however that went.
            await asyncio.wait([earlier])
        # Whether it was written or not: after this time it leaves, and the journal itself tells of its trouble.
        await self._journal.written(WRITTEN_SECONDS)
        for number, pause in enumerate((*self._pauses, None), 1):
            async with self._turns[hook.name]:
                failure = await hook.send(body.encode())
            gave_up = failure is not None and pause is None
            self._news.append(Delivery(self._clock.wall(), event_id, hook.name, number, failure or "", gave_up=gave_up))
            if failure is None or pause is None:
                break
            await asyncio.sleep(pause)
        left.remove(hook.name)
        self._keep(event_id, body, left)

    def _keep(self, event_id: str, body: str, left: list[str]) -> None:
        self._journal.keep(f"{self._kept_as} {event_id}", json.dumps([body, left]) if left else None)


async def in_thread(work: Callable[[], _T]) -> _T:
    """What `work` gives, done in a thread that neither the loop nor the end of the program waits for."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[_T] = loop.create_future()

    def settle(set_it: Callable[[], None]) -> None:
        if not done.done():
            set_it()

    def run() -> None:
        try:
            result = work()
        except Exception as fault:  # noqa: BLE001 - it belongs to whoever awaits it
            tell = _bound(done.set_exception, fault)
        else:
            tell = _bound(done.set_result, result)
        try:
            loop.call_soon_threadsafe(settle, tell)
        except RuntimeError:
            # The loop is closed: nobody awaits it any more.
            return

    threading.Thread(target=run, name="relaytui-hook", daemon=True).start()
    return await done


def _bound(function: Callable[[_T], None], value: _T) -> Callable[[], None]:
    return lambda: function(value)
