"""Asks what the lanes say is to be asked, and has the answers folded in."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field

from relaytui.core.observation import Failure, FailureKind, Observation
from relaytui.core.schedule import Lane, Send, Wait
from relaytui.core.task import TaskKey
from relaytui.core.text import plain
from relaytui.core.watch import Watch
from relaytui.monitor.news import News
from relaytui.ports import Clock, Lease, StatusSource

LATE_SECONDS = 0.5
"""Seconds by which a wait may be overrun before this process is taken to have been stopped."""
SETTLE_SECONDS = 0.1
"""Seconds that answers which came while the process was stopped are given to be read."""
AWAY_SECONDS = 5.0
"""Seconds without a turn of the loop in which nobody was watching."""


@dataclass(slots=True)
class Asker:
    """What a lane asks with."""

    source: StatusSource
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    polling: asyncio.Task[None] | None = None
    """Runs while the monitor does."""
    lease: Lease | None = None
    """Where other processes may use the account too."""
    sharing: asyncio.Task[None] | None = None
    funded_as: tuple[str, str] | None = None
    """Whose budget the lane has a share of: `Account.identity`."""

    @property
    def parts(self) -> list[asyncio.Task[None]]:
        """What runs now."""
        return [part for part in (self.polling, self.sharing) if part is not None]


class Asking:
    """The requests of all lanes; `askers` are those of the lanes that ask now."""

    def __init__(self, watch: Watch, news: News, clock: Clock, jitter: Callable[[], float]) -> None:
        self.askers: dict[Lane, Asker] = {}
        self._watch = watch
        self._news = news
        self._clock = clock
        self._jitter = jitter
        self._doing: set[asyncio.Task[object]] = set()
        self._waiting: defaultdict[TaskKey, list[asyncio.Future[Observation]]] = defaultdict(list)

    async def look_up(self, key: TaskKey) -> Observation:
        """Ask about one task now, watched or not; a failure where the key's profile has no lane."""
        lane = self._watch.lanes.get(key.profile)
        if lane is None:
            failure = Failure(FailureKind.CREDENTIALS, "no credential", f"profile {plain(key.profile)} has none here")
            return Observation(key, failure, self._clock.wall(), self._clock.monotonic(), replied=False)
        answer: asyncio.Future[Observation] = asyncio.get_running_loop().create_future()
        self._waiting[key].append(answer)
        lane.look_up(key)
        self.askers[lane].wake.set()
        return await answer

    def wake(self) -> None:
        """Have every lane look again at what is to be asked."""
        for asker in self.askers.values():
            asker.wake.set()

    def do_soon(self, work: Coroutine[None, None, object]) -> None:
        """Do something beside the polling, given up at the end."""
        self.hold(asyncio.create_task(work))

    def hold(self, doing: asyncio.Task[object]) -> None:
        """Give this up at the end."""
        self._doing.add(doing)
        doing.add_done_callback(self._doing.discard)

    def give_back(self, source: StatusSource) -> None:
        """Close a source when all that is under way has been answered."""

        async def close(under_way: list[asyncio.Task[object]]) -> None:
            await asyncio.gather(*under_way, return_exceptions=True)
            await source.aclose()

        self.do_soon(close([*self._doing]))

    async def stop(self) -> None:
        """Give up all that is under way."""
        parts = [part for asker in self.askers.values() for part in asker.parts]
        for task in [*parts, *self._doing]:
            task.cancel()
        await asyncio.gather(*parts, *self._doing, return_exceptions=True)
        for answer in [answer for answers in self._waiting.values() for answer in answers]:
            answer.cancel()

    async def poll(self, lane: Lane) -> None:
        """Ask within this lane until cancelled."""
        asker = self.askers[lane]
        while True:
            now = self._clock.monotonic()
            if (blinded := lane.tick(now, self._clock.wall())) is not None:
                self._news.tell(blinded)
            match lane.next(now):
                case Send() as send:
                    self.do_soon(self._ask(lane, asker, send))
                    # One turn of the loop, so that the request goes out before the next is considered.
                    await asyncio.sleep(0)
                case Wait(seconds):
                    await _sleep(asker.wake, seconds)
                    if self._clock.monotonic() - now > seconds + LATE_SECONDS:
                        # Stopped or starved: what came meanwhile is read before anybody calls it silence.
                        await asyncio.sleep(SETTLE_SECONDS)
                    if self._clock.monotonic() - now > seconds + AWAY_SECONDS:
                        lane.wake(self._clock.monotonic())

    async def _ask(self, lane: Lane, asker: Asker, send: Send) -> None:
        source = asker.source
        try:
            observation = await source.observe(
                send.key, written=lambda: lane.written(send.ticket, self._clock.monotonic())
            )
            if asker.source is not source or lane not in self.askers:
                self._ask_again(lane, send)
                return
            told = self._watch.done(lane, send, observation, self._clock.monotonic(), self._jitter())
        except Exception as fault:  # noqa: BLE001 - a bug about one task must not end the watching
            lane.abandon(send.ticket, self._clock.monotonic())
            self._news.tell_fault(f"asking about {send.key.task_id}", fault)
            for answer in self._take_waiting(send.key):
                answer.set_exception(fault)
            return
        finally:
            asker.wake.set()
        for item in told:
            self._news.tell(item)
        for answer in self._take_waiting(send.key):
            answer.set_result(observation)

    def _ask_again(self, lane: Lane, send: Send) -> None:
        """Forget an answer that was given to an account whose place another has taken."""
        now = self._clock.monotonic()
        lane.abandon(send.ticket, now)
        if send.key in self._waiting:
            self._watch.lane_of(send.key).look_up(send.key)
        self._watch.refresh([send.key], now)
        self.wake()

    def _take_waiting(self, key: TaskKey) -> list[asyncio.Future[Observation]]:
        """Those who wait for an answer about the task and have not given up."""
        return [answer for answer in self._waiting.pop(key, ()) if not answer.done()]


async def _sleep(wake: asyncio.Event, seconds: float) -> None:
    """Wait for the event, at most so long, and clear it."""
    try:
        async with asyncio.timeout(seconds):
            await wake.wait()
    except TimeoutError:
        return
    wake.clear()
