"""Runs of equal answers about one task: what the journal keeps in place of every single one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from relaytui.core.observation import Failure
from relaytui.core.task import Status
from relaytui.core.task_state import TaskState


@dataclass(frozen=True, slots=True)
class Run:
    """Answers in a row that said the same. Times are Unix seconds, latencies seconds.

    Failures are the same where kind and code are: `outcome` is the first one, its message stands for all.
    """

    outcome: Status | Failure
    first: float
    last: float
    count: int = 1
    fastest: float = 0.0
    slowest: float = 0.0
    spent: float = 0.0
    """The sum of the latencies."""
    request_id: str = ""
    """The last answer's RequestId: the one that brackets the change to the next run."""

    @classmethod
    def newest_of(cls, state: TaskState) -> Self | None:
        """The last answer in this belief as a run of its own; None where nothing was ever answered."""
        trouble = state.trouble
        outcome, at = (trouble.failure, trouble.failed_at) if trouble.failures else (state.status, state.seen_at)
        if outcome is None or at is None:
            return None
        latency = state.latency or 0.0
        request_id = outcome.request_id if isinstance(outcome, Failure) else next(iter(state.request_ids), "")
        return cls(outcome, at, at, 1, latency, latency, latency, request_id)

    def joined(self, later: Run) -> Run | None:
        """Both as one; None where they do not say the same."""
        if _word(self.outcome) != _word(later.outcome):
            return None
        return replace(
            self,
            last=later.last,
            count=self.count + later.count,
            fastest=min(self.fastest, later.fastest),
            slowest=max(self.slowest, later.slowest),
            spent=self.spent + later.spent,
            request_id=later.request_id,
        )


def _word(outcome: Status | Failure) -> tuple[str, str]:
    return ("status", outcome.text) if isinstance(outcome, Status) else (outcome.kind.value, outcome.code)
