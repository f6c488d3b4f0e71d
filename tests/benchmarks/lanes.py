"""The dashboard with several accounts, which the command line does not offer yet: `lanes URL ACCOUNTS TASKS BUDGET`.

A program of its own, which the benchmark of the whole program measures; TASKS are for each account.
"""

from __future__ import annotations

import sys

from relaytui.adapters.clock import SystemClock
from relaytui.adapters.unsaved_list import UnsavedList
from relaytui.commands.dashboard import show_board
from relaytui.core.endpoint import Endpoint, read_endpoint
from relaytui.core.listing import Defaults
from relaytui.core.task import TaskKey, WatchedTask
from relaytui.ports import Account
from relaytui.wiring import make_engine
from tests.benchmarks.accounts import APP, LABEL, REGION, credential, task_ids


def main(url: str, accounts: int, count: int, budget: float) -> int:
    """Show the board until it is ended."""
    endpoint = read_endpoint(url)
    if not isinstance(endpoint, Endpoint):
        raise TypeError(endpoint.reason)
    lanes = [Account(f"account-{number}", endpoint, credential(number), budget) for number in range(accounts)]
    tasks = [
        WatchedTask(TaskKey(lane.profile, REGION, APP, task_id), f"{LABEL}{lane.profile}-{index:05}")
        for number, lane in enumerate(lanes)
        for index, task_id in enumerate(task_ids(count, number))
    ]
    clock = SystemClock()
    engine = make_engine(lanes, tasks, clock=clock)
    watch_list = UnsavedList(
        tuple(tasks), Defaults(APP, REGION, lanes[0].profile), unsaved="this is a benchmark", tell=engine.set_tasks
    )
    return show_board(engine, tasks, watch_list=watch_list, clock=clock)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
