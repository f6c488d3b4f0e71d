"""Runs the lanes: asks, waits, folds the answers in, and hands every piece of news to one callback."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping
from functools import partial

from relaytui.core.board import Board, Update
from relaytui.core.events import Event, Notice, NoticeKind, Relisted
from relaytui.core.lane_view import LaneView
from relaytui.core.observation import Observation
from relaytui.core.schedule import Lane, Send, Wait
from relaytui.core.task import LaneKey, TaskKey, WatchedTask
from relaytui.core.text import plain
from relaytui.core.watch import Watch
from relaytui.ports import Clock, StatusSource

log = logging.getLogger(__name__)

Emit = Callable[[Update | LaneView | Event], None]

VIEW_SECONDS = 0.5
"""Seconds between two looks at the lanes for the screen."""
RESTART_SECONDS = 1.0
"""Seconds after which a part that ended in a bug is started again."""
LATE_SECONDS = 0.5
"""Seconds by which a wait may be overrun before this process is taken to have been stopped."""
SETTLE_SECONDS = 0.1
"""Seconds that answers which came while the process was stopped are given to be read."""
CLOSE_SECONDS = 0.5
"""Seconds that closing connections may take at the end."""


class Monitor:
    """The application without a face: `emit` is its only way out.

    Lives on one asyncio loop. `emit` is called from that loop and must not block.
    """

    def __init__(
        self,
        board: Board,
        lanes: Iterable[tuple[Lane, StatusSource]],
        *,
        clock: Clock,
        emit: Emit,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        pairs = list(lanes)
        self._clock = clock
        self._emit = emit
        self._jitter = jitter
        self._watch = Watch(board, (lane for lane, _ in pairs), clock.monotonic())
        self._sources: Mapping[LaneKey, StatusSource] = {lane.key: source for lane, source in pairs}
        self._wakes: Mapping[LaneKey, asyncio.Event] = {lane.key: asyncio.Event() for lane, _ in pairs}
        self._asking: set[asyncio.Task[None]] = set()
        self._waiting: defaultdict[TaskKey, list[asyncio.Future[Observation]]] = defaultdict(list)
        self._views: dict[LaneKey, LaneView] = {}

    @property
    def board(self) -> Board:
        """What is believed of every watched task."""
        return self._watch.board

    async def run(self) -> None:
        """Poll until cancelled, then give back all connections."""
        parts = [
            asyncio.create_task(self._keep(partial(self._poll, lane), f"polling {lane.key}"))
            for lane in self._watch.each_lane
        ]
        parts.append(asyncio.create_task(self._keep(self._report, "reporting the lanes")))
        try:
            await asyncio.gather(*parts)
        finally:
            for task in [*parts, *self._asking]:
                task.cancel()
            await asyncio.gather(*parts, *self._asking, return_exceptions=True)
            for answer in [answer for answers in self._waiting.values() for answer in answers]:
                answer.cancel()
            await self._close()

    async def _close(self) -> None:
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                closed = await asyncio.gather(
                    *(source.aclose() for source in self._sources.values()), return_exceptions=True
                )
        except TimeoutError:
            log.info("connections were still closing after %s s", CLOSE_SECONDS)
        else:
            for fault in closed:
                if isinstance(fault, Exception):
                    log.error("internal fault while closing connections", exc_info=fault)

    async def look_up(self, key: TaskKey) -> Observation:
        """Ask about one task now, watched or not, ahead of the sweep and within the budget; `run` must be running.

        Raises KeyError where the key's profile has no lane.
        """
        lane = self._watch.lane_of(key)
        answer: asyncio.Future[Observation] = asyncio.get_running_loop().create_future()
        self._waiting[key].append(answer)
        lane.look_up(key)
        self._wakes[lane.key].set()
        return await answer

    def add(self, task: WatchedTask) -> None:
        """Watch one more task, or take over new texts of a watched one."""
        self._watch.add(task, self._clock.monotonic())
        self._wake()

    def remove(self, key: TaskKey) -> None:
        """Stop watching a task."""
        self._watch.remove(key)

    def set_tasks(self, tasks: Collection[WatchedTask]) -> None:
        """Watch these tasks, in this order, and no others; a profile without a lane is a reason to refuse them all."""
        before = self.board.tasks
        if unknown := sorted({task.key.profile for task in tasks} - self._watch.lanes.keys()):
            self.refuse_tasks(f"profile {plain(unknown[0])} was not in use when this began: start again to take it in")
            return
        new = {task.key: task for task in tasks}
        texts = sum(key in before and before[key] != task for key, task in new.items())
        text = (
            f"list: {len(new.keys() - before.keys())} added, {len(before.keys() - new.keys())} removed, {texts} edited"
        )
        self._watch.set_tasks(tasks, self._clock.monotonic())
        self._wake()
        self._tell(Relisted(self._clock.wall(), tuple(tasks), text))

    def refuse_tasks(self, reason: str) -> None:
        """Say that an edit of the list is not taken; what was watched is watched."""
        self._tell(Relisted(self._clock.wall(), tuple(self.board.tasks.values()), reason, refused=True))

    def refresh(self, keys: Iterable[TaskKey] | None = None) -> None:
        """Ask these tasks (all, where None) as soon as the budget allows."""
        self._watch.refresh(None if keys is None else list(keys), self._clock.monotonic())
        self._wake()

    def show(self, keys: Iterable[TaskKey]) -> None:
        """Say which rows are on the screen, so that they are asked before the others."""
        self._watch.show(keys)
        self._wake()

    def set_polling(self, on: bool) -> None:
        """Stop or resume polling; look-ups go on."""
        self._watch.set_polling(on)
        self._wake()

    def _wake(self) -> None:
        for wake in self._wakes.values():
            wake.set()

    async def _keep(self, part: Callable[[], Coroutine[None, None, None]], doing: str) -> None:
        """Run a part for ever: a bug in it is told and the part starts again, it never silently stops."""
        while True:
            try:
                await part()
            except Exception as fault:  # noqa: BLE001 - a bug in one part must not end the watching
                self._report_fault(doing, fault)
            await asyncio.sleep(RESTART_SECONDS)

    async def _poll(self, lane: Lane) -> None:
        wake = self._wakes[lane.key]
        while True:
            now = self._clock.monotonic()
            if (blinded := lane.tick(now, self._clock.wall())) is not None:
                self._tell(blinded)
            match lane.next(now):
                case Send() as send:
                    asking = asyncio.create_task(self._ask(lane, send))
                    self._asking.add(asking)
                    asking.add_done_callback(self._asking.discard)
                    # One turn of the loop, so that the request goes out before the next is considered.
                    await asyncio.sleep(0)
                case Wait(seconds):
                    await _sleep(wake, seconds)
                    if self._clock.monotonic() - now > seconds + LATE_SECONDS:
                        # Stopped or starved: what came meanwhile is read before anybody calls it silence.
                        await asyncio.sleep(SETTLE_SECONDS)

    async def _ask(self, lane: Lane, send: Send) -> None:
        try:
            observation = await self._sources[lane.key].observe(
                send.key, written=lambda: lane.written(send.ticket, self._clock.monotonic())
            )
            told = self._watch.done(lane, send, observation, self._clock.monotonic(), self._jitter())
        except Exception as fault:  # noqa: BLE001 - a bug about one task must not end the watching
            lane.abandon(send.ticket, self._clock.monotonic())
            self._report_fault(f"asking about {send.key.task_id}", fault)
            for answer in self._take_waiting(send.key):
                answer.set_exception(fault)
            return
        finally:
            self._wakes[lane.key].set()
        for item in told:
            self._tell(item)
        for answer in self._take_waiting(send.key):
            answer.set_result(observation)

    def _take_waiting(self, key: TaskKey) -> list[asyncio.Future[Observation]]:
        """Those who wait for an answer about the task and have not given up."""
        return [answer for answer in self._waiting.pop(key, ()) if not answer.done()]

    async def _report(self) -> None:
        while True:
            now = self._clock.monotonic()
            for lane in self._watch.each_lane:
                view = lane.view(now)
                if view != self._views.get(lane.key):
                    self._views[lane.key] = view
                    self._tell(view)
            await asyncio.sleep(VIEW_SECONDS)

    def _report_fault(self, doing: str, fault: Exception) -> None:
        log.error("internal fault while %s", doing, exc_info=fault)
        text = f"internal fault while {doing}: {type(fault).__name__}; polling goes on, the log has the details"
        self._tell(Notice(self._clock.wall(), NoticeKind.FAULT, text))

    def _tell(self, item: Update | LaneView | Event) -> None:
        try:
            self._emit(item)
        except Exception:
            # Whoever listens has a bug; the watching goes on for everybody else.
            log.exception("internal fault while telling %s", type(item).__name__)


async def _sleep(wake: asyncio.Event, seconds: float) -> None:
    """Wait for the event, at most so long, and clear it."""
    try:
        async with asyncio.timeout(seconds):
            await wake.wait()
    except TimeoutError:
        return
    wake.clear()
