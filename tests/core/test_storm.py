"""What tasks have in common; how storms begin, grow and end is in `test_alarms`."""

from __future__ import annotations

import pytest

from relaytui.core.storm import Factor, common_factor
from relaytui.core.task import TaskKey, WatchedTask


def a(group: str = "", app: int = 1, region: str = "r", profile: str = "p", *, name: str = "t") -> WatchedTask:
    return WatchedTask(TaskKey(profile, region, app, name), group=group)


@pytest.mark.parametrize(
    ("tasks", "others", "factor"),
    [
        ([a("cup"), a("cup")], [a()], "group cup"),
        ([a("cup"), a()], [a(app=2)], "SdkAppId 1"),
        ([a(), a(app=2)], [a(region="s")], "region r"),
        ([a(region="r"), a(app=2, region="s")], [a(profile="q")], "profile p"),
        ([a(), a(app=2, region="s", profile="q")], [], ""),
        # The narrowest says most: here the region has fewer tasks than the group.
        ([a("cup"), a("cup", app=2)], [a("cup", app=3, region="s")], "region r"),
        ([a("\x1b[31m"), a("\x1b[31m")], [a()], "group [31m"),
    ],
)
def test_the_narrowest_common_factor(tasks: list[WatchedTask], others: list[WatchedTask], factor: str) -> None:
    found = common_factor(tasks, [*tasks, *others])
    assert str(found) == factor
    assert all(found.covers(task) for task in tasks)
    if factor:
        assert not all(found.covers(task) for task in [*others])


def test_without_a_factor_everything_is_covered() -> None:
    assert Factor().covers(a())
