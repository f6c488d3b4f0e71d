"""The simulator in a process of its own, and the programs that ask it."""

from __future__ import annotations

import csv
import multiprocessing
import os
import signal
import ssl
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import trustme

from relaytui.simulator.api import Api
from relaytui.simulator.server import SimulatorServer, SimulatorThread
from relaytui.simulator.world import IN_PROGRESS, NOT_EXIST, Account, Fault, FaultKind, World
from tests.benchmarks.accounts import APP, LABEL, REGION, credential, task_ids

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
FLAP_SECONDS = 60.0
_FOREIGN = ("RELAYTUI", "TENCENTCLOUD", "TEXTUAL", "PYTHON", "SSL_CERT", "NO_COLOR", "FORCE_COLOR")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A world: so many tasks for each of so many accounts, of which every `flapping`-th comes and goes (0: none)."""

    tasks: int
    accounts: int = 1
    flapping: int = 0
    faults: tuple[Fault, ...] = ()


def latency(seconds: float, spread: float = 0.0) -> Fault:
    """Every answer so much later."""
    return Fault(kind=FaultKind.LATENCY, seconds=seconds, spread=spread)


def uplink(seconds: float, spread: float = 0.0) -> Fault:
    """Every request so much later."""
    return Fault(kind=FaultKind.UPLINK, seconds=seconds, spread=spread)


def build(wanted: Wanted) -> World:
    """The world, from now on."""
    world = World(1, time.time(), [Account(credential(number)) for number in range(wanted.accounts)])
    for account in range(wanted.accounts):
        for number, task_id in enumerate(task_ids(wanted.tasks, account)):
            if wanted.flapping and number % wanted.flapping == 0:
                away = 1 + number % 50
                life = ((0.0, IN_PROGRESS), (away, NOT_EXIST), (away + 8, IN_PROGRESS))
                world.add(APP, REGION, task_id, life, every=FLAP_SECONDS)
            else:
                world.add(APP, REGION, task_id)
    for fault in wanted.faults:
        world.plan(fault)
    return world


class Cloud:
    """A world behind a real socket, served by another process while inside `with`; every account has `cap` a second."""

    def __init__(self, wanted: Wanted, *, cap: int = 20, tls: bool = False) -> None:
        self.wanted = wanted
        self.url = ""
        self._cap = cap
        self._tls = tls
        self._stack = ExitStack()
        self._folder: Path
        self._pipe: Connection
        self._certificates: Path | None = None

    def __enter__(self) -> Self:
        with self._stack:
            self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
            chain = self._make_certificates() if self._tls else None
            spawning = multiprocessing.get_context("spawn")
            self._pipe, other = spawning.Pipe()
            process = spawning.Process(target=_serve, args=(other, self.wanted, self._cap, chain), daemon=True)
            process.start()
            self._stack.callback(process.join, 5.0)
            self._stack.callback(self._pipe.close)
            other.close()
            self.url = self._pipe.recv()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def call(self, act: Callable[[Api], T]) -> T:
        """What `act` (a module's function, or a `partial` of one) says, called in the server between two requests."""
        self._pipe.send(act)
        answer: T = self._pipe.recv()
        return answer

    def plan(self, faults: Iterable[Fault]) -> None:
        """Let these go wrong from now on."""
        self.call(partial(_plan, faults=tuple(faults)))

    def arrivals(self) -> list[float]:
        """When requests arrived, in order of time (Unix seconds), whosever they are; refused ones included."""
        return self.call(_arrivals)

    @property
    def environment(self) -> dict[str, str]:
        """What the programs that ask this world need of an environment, and nothing of this machine's settings."""
        one = credential()
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(_FOREIGN) and not name.upper().endswith("_PROXY")
        }
        kept |= {
            "PYTHONPATH": str(ROOT),
            "TENCENTCLOUD_SECRET_ID": one.secret_id,
            "TENCENTCLOUD_SECRET_KEY": one.secret_key.reveal(),
            "RELAYTUI_ENDPOINT": self.url,
            "RELAYTUI_SDK_APP_ID": str(APP),
            "RELAYTUI_REGION": REGION,
            "RELAYTUI_JOURNAL": str(self._folder / "journal.db"),
        }
        if self._certificates:
            kept["SSL_CERT_FILE"] = str(self._certificates)
        return kept

    def task_list(self) -> str:
        """The path of a list of the first account's tasks."""
        path = self._folder / "tasks.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(("task_id", "label"))
            rows.writerows(
                (task_id, f"{LABEL}{number:06}") for number, task_id in enumerate(task_ids(self.wanted.tasks))
            )
        return str(path)

    def _make_certificates(self) -> str:
        authority = trustme.CA()
        self._certificates = self._folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self._certificates))
        chain = str(self._folder / "server.pem")
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(chain)
        return chain


def relaytui(command: str, *arguments: str, python: str = sys.executable) -> Sequence[str]:
    """The command line of relaytui's own command from this checkout."""
    return [python, "-m", "relaytui", command, *arguments]


def _arrivals(api: Api) -> list[float]:
    return sorted(arrival for meter in api.meters.values() for arrival in meter.arrivals)


def _plan(api: Api, faults: Iterable[Fault]) -> None:
    for fault in faults:
        api.world.plan(fault)


def _serve(pipe: Connection, wanted: Wanted, cap: int, chain: str | None) -> None:
    """The other process: serve until the pipe is closed, and do what comes through it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tls = None
    if chain is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(chain)
    api = Api(build(wanted), cap=cap)
    with SimulatorThread(SimulatorServer(api, ssl_context=tls)) as thread:
        pipe.send(thread.url)
        while True:
            try:
                asked = pipe.recv()
            except EOFError:
                return
            pipe.send(thread.call(partial(asked, api)))
