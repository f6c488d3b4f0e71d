"""`relaytui simulate`: the pretended API as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import csv
import io
import shlex
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from relaytui.commands.options import USAGE
from relaytui.commands.streams import complain

if TYPE_CHECKING:
    from relaytui.simulator.world import World

DESCRIPTION = """\
Serve a pretended Tencent RTC API on this machine, to try relaytui without an account.

It checks signatures, times, parameters and the request rate like the real one, and has tasks that live and die.
SecretId and SecretKey are made up; the same --seed and --scenario give the same tasks again.
"""

CONTROL = """\
steering it while it runs, with curl:
  URL=http://127.0.0.1:8765/_control
  curl $URL/state                                                # tasks, faults, requests counted
  curl -d '{"task_id": "ID", "status": "NotExist"}' $URL/status  # sdk_app_id too, where several have the ID
  curl -d '{"sdk_app_id": 1600012345, "region": "ap-singapore", "task_id": "new"}' $URL/task
  curl -d '{"kind": "stall", "for": 30}' $URL/fault              # everybody, for 30 seconds
  curl -d '{"kind": "latency", "seconds": 2, "region": "ap-mumbai"}' $URL/fault
  curl -d '{"kind": "error", "code": "InternalError.DBError", "task_id": "ID", "probability": 0.5}' $URL/fault
  curl -d '{"kind": "stall"}' $URL/clear                         # this kind of fault; {} clears all
  curl -d '{"skew": 600}' $URL/clock                             # the clock 10 minutes ahead; 0 sets it right

"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's description and options."""
    from relaytui.simulator.scenarios import SCENARIOS
    from relaytui.simulator.world import FaultKind

    scenarios = "".join(f"  {name:<14}{scenario.meaning}\n" for name, scenario in SCENARIOS.items())
    faults = "".join(f"  {kind:<14}{kind.meaning}\n" for kind in FaultKind)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description = DESCRIPTION
    parser.epilog = f"scenarios:\n{scenarios}\n{CONTROL}faults:\n{faults}"
    parser.add_argument("--port", type=int, default=8765, help="port to listen on, 0 for any free one (default 8765)")
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on (default 127.0.0.1)")
    parser.add_argument("--scenario", choices=SCENARIOS, default="incident", help="what happens (default incident)")
    parser.add_argument("--seed", type=int, default=1, help="which tasks and chances (default 1)")
    parser.add_argument("--count", type=int, default=24, metavar="N", help="how many tasks (default 24)")
    parser.add_argument("--cap", type=int, default=20, help="requests per second and account (default 20)")
    parser.add_argument(
        "--window", choices=("fixed", "sliding"), default="sliding", help="how a second is counted (default sliding)"
    )
    parser.add_argument(
        "--write-tasks", type=Path, metavar="FILE", help="write the tasks to FILE, for relaytui --tasks"
    )


def run(args: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM; 0 then, 2 where it cannot start as asked."""
    from relaytui.simulator.scenarios import build

    if problem := _bad_number(args):
        complain(problem)
        return USAGE
    world = build(args.scenario, seed=args.seed, start=time.time(), tasks=args.count)
    if args.write_tasks and (problem := _write_tasks(world, args.write_tasks)):
        complain(problem)
        return USAGE
    return asyncio.run(_serve(args, world))


def _bad_number(args: argparse.Namespace) -> str | None:
    """What is wrong with a number among the options, in one line."""
    for name, least, most in (("port", 0, 65_535), ("count", 1, 100_000), ("cap", 1, 100_000)):
        if not least <= getattr(args, name) <= most:
            return f"--{name} must be between {least} and {most}, not {getattr(args, name)}"
    return None


def _write_tasks(world: World, path: Path) -> str | None:
    """Write the world's tasks as CSV; why not, in one line. A file with something else in it is left alone."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("task_id", "sdk_app_id", "region", "label", "group"))
    rows.writerows(
        (task.task_id, task.sdk_app_id, task.region, task.label, task.group) for task in world.tasks.values()
    )
    try:
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text.getvalue())
        except FileExistsError:
            if path.read_bytes() != text.getvalue().encode():
                return f"{path} is there already, with something else in it: remove it or give another name"
    except OSError as error:
        return f"cannot write {path}: {error.strerror}"
    return None


async def _serve(args: argparse.Namespace, world: World) -> int:
    from relaytui.simulator.api import Api, Window
    from relaytui.simulator.server import NotLoopbackError, SimulatorServer

    ended = asyncio.Event()
    try:
        server = SimulatorServer(Api(world, cap=args.cap, window=Window(args.window)), args.port, host=args.host)
        async with server:
            with _signals_set(ended):
                print(_invitation(args, world, server.url), flush=True)  # noqa: T201 - stdout is data
                await ended.wait()
    except NotLoopbackError as error:
        complain(str(error))
        return USAGE
    except BrokenPipeError:
        raise
    except OSError as error:
        complain(f"cannot listen on {args.host} port {args.port}: {error.strerror}; try --port 0 for any free one")
        return USAGE
    return 0


@contextmanager
def _signals_set(ended: asyncio.Event) -> Iterator[None]:
    """Set the event on SIGINT and SIGTERM instead of what they do otherwise."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: loop.call_soon_threadsafe(ended.set)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _invitation(args: argparse.Namespace, world: World, url: str) -> str:
    """What to type in another terminal."""
    credential = next(iter(world.accounts.values())).credential
    task = next(iter(world.tasks.values()))
    tasks = shlex.quote(str(args.write_tasks)) if args.write_tasks else "FILE"
    hint = "" if args.write_tasks else "   (--write-tasks FILE makes the list)"
    return f"""\
Simulator at {url} (scenario {args.scenario}, seed {args.seed}, {len(world.tasks)} tasks)

In another terminal:
  export TENCENTCLOUD_SECRET_ID={credential.secret_id}
  export TENCENTCLOUD_SECRET_KEY={credential.secret_key.reveal()}
  relaytui check {task.task_id} --sdk-app-id {task.sdk_app_id} --region {task.region} --endpoint {url}
  relaytui --tasks {tasks} --endpoint {url}{hint}
  curl {url}/_control/state

Ctrl+C ends it. `relaytui simulate --help` tells how to steer it."""
