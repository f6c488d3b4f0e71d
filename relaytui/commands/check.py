"""`relaytui check`: ask once about each task, side by side within the budget, and answer with the exit code."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Callable
from enum import IntEnum

from relaytui.commands import jsonlines
from relaytui.commands.garbage import no_garbage_yet
from relaytui.commands.options import Plan, Refusal, add_common_options, make_plan
from relaytui.commands.streams import Output
from relaytui.core.answer import answer_fields, answered_state
from relaytui.core.observation import FailureKind, Observation
from relaytui.core.task import State, WatchedTask
from relaytui.monitor import Monitor


class Verdict(IntEnum):
    """What the answers amount to; the values are exit codes, and of several the highest counts.

    A status that this program does not know is not `InProgress`, so the task counts as not running. A refusal to answer
    for one task (a wrong SdkAppId, say) leaves it unknown whether it runs.
    """

    RUNNING = 0
    NOT_RUNNING = 3
    COULD_NOT_SEE = 4
    CREDENTIALS = 5


def verdict(observation: Observation) -> Verdict:
    """What one answer amounts to."""
    failure = observation.failure
    if failure is None:
        running = answered_state(observation) is State.RUNNING
        return Verdict.RUNNING if running else Verdict.NOT_RUNNING
    return Verdict.CREDENTIALS if failure.kind is FailureKind.CREDENTIALS else Verdict.COULD_NOT_SEE


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.epilog = """\
exit codes, of which the highest counts:
  0  everything asked is running
  3  something is not running, or has a status that this program does not know
  4  could not see: no answer, or the API refuses to answer for a task
  5  credentials
  2  usage or configuration: nothing was asked"""
    add_common_options(parser, stdin=True)
    parser.add_argument("--json", action="store_true", help="print one JSON object per task")
    parser.add_argument(
        "--search", action="store_true", help="ask in every region, with every SdkAppId and profile that is known"
    )


def run(args: argparse.Namespace) -> int:
    """Print an answer for every task, in the order they were given; the exit code is the `Verdict`."""
    if args.search:
        from relaytui.commands.search import search

        return search(args, os.environ)
    with no_garbage_yet():
        plan = make_plan(args, os.environ, stdin=True)
    if isinstance(plan, Refusal):
        return plan.tell()

    output = Output()

    def show(task: WatchedTask, observation: Observation) -> None:
        fields = jsonlines.dump(answer_fields(task, observation)) if args.json else ""
        output.put(fields or jsonlines.answer_text(task, observation))

    return output.close(asyncio.run(_check(plan, show)))


async def _check(plan: Plan, show: Callable[[WatchedTask, Observation], None]) -> Verdict:
    with no_garbage_yet():
        from relaytui.adapters.clock import SystemClock
        from relaytui.adapters.places import instances_folder
        from relaytui.wiring import make_monitor

        monitor = make_monitor(
            plan.accounts(),
            [],
            clock=SystemClock(),
            emit=lambda _: None,
            shared=instances_folder(),
            # Several tasks are asked the faster the more slots there are.
            wanted=1 if len(plan.tasks) == 1 else None,
        )
    return await ask_all(monitor, plan.tasks, show)


async def ask_all(
    monitor: Monitor, tasks: tuple[WatchedTask, ...], show: Callable[[WatchedTask, Observation], None]
) -> Verdict:
    """Ask about all tasks at once and show the answers in the order of the tasks; the worst of them."""
    worst = Verdict.RUNNING
    async with asyncio.TaskGroup() as group:
        running = group.create_task(monitor.run())
        answers = [group.create_task(monitor.look_up(task.key)) for task in tasks]
        for task, answer in zip(tasks, answers, strict=True):
            observation = await answer
            show(task, observation)
            worst = max(worst, verdict(observation))
        running.cancel()
    return worst
