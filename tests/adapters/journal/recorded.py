"""A board whose updates a journal is told, and a look into the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from relaytui.core.board import Board
from relaytui.core.observation import Failure, Observation
from relaytui.core.task import Status, TaskKey, WatchedTask
from relaytui.core.update import Update
from tests.core.answers import key
from tests.fakes import FakeClock

REQUEST_ID = "4f0f3d1c-6f6a-4d0b-9f0a-0c7c3f1d2e{:02x}"


class Answers:
    """Answers about tasks named 0, 1, 2 and so on, one after the other, `step` seconds apart."""

    def __init__(self, clock: FakeClock, tasks: int = 1, *, step: float = 5.0) -> None:
        self.clock = clock
        self.board = Board(WatchedTask(key(number), f"cam {number}") for number in range(tasks))
        self.step = step
        self.number = 0

    @property
    def keys(self) -> list[TaskKey]:
        return list(self.board.tasks)

    def updates(self, *outcomes: Status | Failure, task: int = 0) -> Iterator[Update]:
        for outcome in outcomes:
            self.clock.advance(self.step)
            self.number += 1
            update = self.board.apply(
                Observation(
                    key(task),
                    outcome,
                    self.clock.wall(),
                    self.clock.monotonic(),
                    0.05,
                    REQUEST_ID.format(self.number % 256),
                )
            )
            assert update is not None
            yield update


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """What a second connection sees."""
    with closing(sqlite3.connect(path)) as db:
        return db.execute(sql).fetchall()
