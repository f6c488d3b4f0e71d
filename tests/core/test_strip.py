from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from relaytui.core.strip import CELL_SECONDS, CELLS, Seen, cell_number, cells, cells_until, count, mark, moved

HOUR = CELLS * CELL_SECONDS
looks = st.lists(
    st.tuples(st.floats(0, 3 * HOUR), st.sampled_from([Seen.RUNNING, Seen.GONE, Seen.IN_VAIN, Seen.NOTHING])),
    max_size=40,
)


def painted(marks: list[tuple[float, Seen]], now: float) -> list[Seen]:
    strip = 0
    for moment, seen in marks:
        strip = mark(strip, moment, seen)
    return list(cells(cells_until(strip, now)))


def test_the_newest_cell_is_the_last() -> None:
    assert painted([(0.0, Seen.RUNNING), (300.0, Seen.GONE)], 300.0)[-2:] == [Seen.RUNNING, Seen.GONE]


def test_one_cell_remembers_all_that_was_seen_in_it() -> None:
    cell = painted([(1.0, Seen.RUNNING), (2.0, Seen.GONE), (3.0, Seen.IN_VAIN)], 3.0)[-1]
    assert cell == Seen.RUNNING | Seen.GONE | Seen.IN_VAIN


def test_time_moves_cells_out_on_the_left() -> None:
    assert painted([(0.0, Seen.RUNNING)], HOUR - 1)[0] is Seen.RUNNING
    assert painted([(0.0, Seen.RUNNING)], HOUR) == [Seen.NOTHING] * CELLS
    assert painted([(0.0, Seen.RUNNING)], 1000 * HOUR) == [Seen.NOTHING] * CELLS


@given(looks, st.floats(0, 2 * HOUR))
def test_a_cell_holds_exactly_what_was_seen_in_its_five_minutes(marks: list[tuple[float, Seen]], wait: float) -> None:
    marks.sort(key=lambda one: one[0])
    now = (marks[-1][0] if marks else 0.0) + wait
    expected = [Seen.NOTHING] * CELLS
    for moment, seen in marks:
        age = cell_number(now) - cell_number(moment)
        if age < CELLS:
            expected[CELLS - 1 - age] |= seen
    assert painted(marks, now) == expected


@given(looks)
def test_a_cell_nobody_looked_into_is_never_up(marks: list[tuple[float, Seen]]) -> None:
    marks.sort(key=lambda one: one[0])
    now = marks[-1][0] if marks else 0.0
    looked = {cell_number(moment) for moment, seen in marks if seen is Seen.RUNNING}
    for age, cell in enumerate(reversed(painted(marks, now))):
        assert Seen.RUNNING not in cell or cell_number(now) - age in looked


@given(looks, st.floats(0, 3 * HOUR))
def test_an_answer_that_comes_late_is_noted_in_the_newest_cell(marks: list[tuple[float, Seen]], late: float) -> None:
    marks.sort(key=lambda one: one[0])
    newest = max([moment for moment, _ in marks], default=0.0)
    moment = min(late, newest)
    assert Seen.IN_VAIN in painted([*marks, (moment, Seen.IN_VAIN)], newest)[-1]


def test_the_strip_stays_small() -> None:
    strip = 0
    for step in range(1000):
        strip = mark(strip, step * 299.0, Seen(7))
    assert strip.bit_length() <= 36 + cell_number(999 * 299.0).bit_length()


@given(looks, st.floats(0, 3 * HOUR))
def test_moved_to_another_time_it_shows_the_same_from_there_on(marks: list[tuple[float, Seen]], now: float) -> None:
    strip = 0
    for moment, seen in sorted(marks, key=lambda one: one[0]):
        strip = mark(strip, moment, seen)
    assert list(cells(cells_until(moved(strip, now), now))) == list(cells(strip))


@given(st.lists(st.integers(0, 7), min_size=CELLS, max_size=CELLS), st.sampled_from((Seen.RUNNING, Seen.GONE)))
def test_cells_are_counted(values: list[int], seen: Seen) -> None:
    packed = 0
    for value in values:
        packed = packed << 3 | value
    assert count(packed, seen) == sum(bool(cell & seen) for cell in cells(packed))
