from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relaytui.simulator.api import Api, Reply, Request
from relaytui.simulator.control import Control
from relaytui.simulator.world import Fault, FaultKind, World
from tests.simulator.asking import KEY, START, question, small_world


class Bench:
    """A world with its control interface."""

    def __init__(self) -> None:
        self.world: World = small_world()
        self.api = Api(self.world)
        self.control = Control(self.api)

    def send(self, method: str, name: str, body: bytes = b"", now: float = START) -> Reply:
        return self.control.handle(Request(method, f"/_control/{name}", {}, body), now)

    def post(self, name: str, now: float = START, **given: object) -> dict[str, Any]:
        reply = self.send("POST", name, json.dumps(given).encode(), now)
        assert reply.status == 200, reply.body
        answer: dict[str, Any] = json.loads(reply.body)
        return answer

    def refused(self, name: str, **given: object) -> str:
        reply = self.send("POST", name, json.dumps(given).encode())
        assert reply.status == 400
        error: dict[str, str] = json.loads(reply.body)
        assert set(error) == {"error"}
        assert "\n" not in error["error"]
        return error["error"]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_the_state_shows_tasks_faults_and_counts(bench: Bench) -> None:
    bench.api.handle(question(), START)
    bench.world.plan(Fault(kind=FaultKind.STALL, begin=3))
    state = json.loads(bench.send("GET", "state", now=START + 12).body)
    assert state["elapsed"] == 12
    assert [(task["task_id"], task["status"]) for task in state["tasks"]] == [
        ("one", "InProgress"),
        ("two", "NotExist"),
    ]
    assert [(fault["kind"], fault["begin"], fault["end"]) for fault in state["faults"]] == [("stall", 3, None)]
    assert state["requests"] == {"total": 1, "refused": 0, "max_fixed": 1, "max_sliding": 1}


def test_a_status_is_set_from_now_on(bench: Bench) -> None:
    bench.post("status", START + 5, task_id="one", status="NotExist")
    assert bench.world.changes(KEY.sdk_app_id, "one", START + 9) == [(START, "InProgress"), (START + 5, "NotExist")]


def test_a_task_id_of_several_apps_needs_the_app(bench: Bench) -> None:
    bench.world.add(99, "ap-bangkok", "one")
    assert "sdk_app_id" in bench.refused("status", task_id="one", status="NotExist")
    bench.post("status", task_id="one", status="NotExist", sdk_app_id=99)
    assert bench.world.status(99, "one", START) == "NotExist"
    assert bench.world.status(KEY.sdk_app_id, "one", START) == "InProgress"


def test_a_task_is_added_from_now_on(bench: Bench) -> None:
    bench.post("task", START + 5, sdk_app_id=99, region="ap-bangkok", task_id="new", label="x")
    assert bench.world.changes(99, "new", START + 9) == [(START + 5, "InProgress")]
    assert "already" in bench.refused("task", sdk_app_id=99, region="ap-bangkok", task_id="new")


def test_a_fault_begins_now_and_ends_in_time(bench: Bench) -> None:
    bench.post("fault", START + 5, kind="error", code="InternalError.DBError", region="ap-mumbai", **{"for": 30})
    assert bench.world.faults == [
        Fault(kind=FaultKind.ERROR, begin=5, end=35, code="InternalError.DBError", region="ap-mumbai")
    ]


def test_a_fault_without_an_end_stays_until_cleared(bench: Bench) -> None:
    bench.post("fault", kind="stall")
    bench.post("fault", kind="drip")
    assert bench.world.faults[0].is_active(1e9)
    assert bench.post("clear", kind="stall") == {"cleared": 1}
    assert [fault.kind for fault in bench.world.faults] == [FaultKind.DRIP]
    assert bench.post("clear") == {"cleared": 1}


def test_a_fault_with_a_period_begins_now(bench: Bench) -> None:
    bench.post("fault", START + 70, kind="stall", every=60, **{"for": 5})
    fault = bench.world.faults[0]
    assert [fault.is_active(moment) for moment in (70, 74.9, 75, 130)] == [True, True, False, True]


def test_the_clock_is_set_and_set_right(bench: Bench) -> None:
    assert bench.post("clock", skew=600) == {"skew": 600}
    assert bench.post("clock", skew=-30) == {"skew": -30}
    assert bench.post("clock", skew=0) == {"skew": 0}
    assert bench.world.skew(START) == 0


@pytest.mark.parametrize(
    ("name", "given", "word"),
    [
        ("status", {"task_id": "one"}, "status is missing"),
        ("status", {"task_id": "none", "status": "x"}, "no such task"),
        ("status", {"task_id": 1, "status": "x"}, "task_id must be text, not 1"),
        ("status", {"task_id": "one", "status": "x", "kind": "stall"}, "kind does not belong here"),
        ("status", {"task_id": "one", "status": "x", "taskid": "x"}, "unknown field 'taskid'"),
        ("task", {"sdk_app_id": True, "region": "r", "task_id": "t"}, "sdk_app_id must be a number, not true"),
        ("task", {"sdk_app_id": 0, "region": "r", "task_id": "t"}, "sdk_app_id must be positive"),
        ("task", {"sdk_app_id": 1, "region": "r", "task_id": "t\n"}, "task_id must be"),
        ("fault", {"kind": "sall"}, "no fault 'sall': there are latency"),
        ("fault", {"kind": "stall", "probability": 2}, "probability must be between 0 and 1"),
        ("fault", {"kind": "stall", "for": -1}, "cannot end"),
        ("fault", {"kind": "refuse"}, "needs `for`"),
        ("fault", {"kind": "refuse", "for": 1, "task_id": "one"}, "hits everybody"),
        ("fault", {"kind": "stall", "every": 0}, "every must be more than 0"),
        ("fault", {"kind": "stall", "seconds": float("nan")}, "seconds must be a number"),
        ("fault", {"kind": "stall", "seconds": float("inf")}, "seconds and spread must be"),
        ("clear", {"kind": "none"}, "no fault 'none'"),
        ("clock", {}, "skew is missing"),
        ("clock", {"skew": 1e300}, "seconds and spread must be"),
    ],
)
def test_bad_input_gets_one_clear_line(bench: Bench, name: str, given: dict[str, object], word: str) -> None:
    assert word in bench.refused(name, **given)
    assert bench.world.faults == []


def test_a_bad_clock_leaves_the_old_one(bench: Bench) -> None:
    bench.post("clock", skew=600)
    bench.refused("clock", skew=1e300)
    assert bench.world.skew(START) == 600


@pytest.mark.parametrize(
    ("method", "name", "body", "status"),
    [
        ("POST", "state", b"", 405),
        ("GET", "status", b"", 405),
        ("GET", "", b"", 404),
        ("POST", "nonsense", b"", 404),
        ("POST", "status", b"{", 400),
        ("POST", "status", b"[]", 400),
        ("POST", "status", b"\xff", 400),
        pytest.param("POST", "status", b"[" * 100_000, 400, id="deep"),
    ],
)
def test_what_is_not_understood_says_so(bench: Bench, method: str, name: str, body: bytes, status: int) -> None:
    reply = bench.send(method, name, body)
    assert reply.status == status
    assert json.loads(reply.body)["error"]


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers())
NAMES = st.sampled_from(
    ["kind", "status", "sdk_app_id", "region", "task_id", "for", "every", "probability", "seconds", "skew", "spread"]
)


@given(st.sampled_from(["status", "task", "fault", "clear", "clock"]), st.dictionaries(NAMES, VALUES))
def test_no_input_breaks_it(name: str, given: dict[str, object]) -> None:
    bench = Bench()
    assert bench.send("POST", name, json.dumps(given).encode()).status in (200, 400)
    bench.api.handle(question(), START)
    assert bench.send("GET", "state").status == 200
