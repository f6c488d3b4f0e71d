from __future__ import annotations

from collections.abc import Callable, Mapping

from hypothesis import given
from hypothesis import strategies as st

from relaytui.core.observation import Failure, FailureKind, Observation
from relaytui.core.profile import Profile
from relaytui.core.search import GIVE_UP, TRIES, Home, Outcome, Search, homes
from relaytui.core.task import DESCRIBE_REGIONS, Status, TaskKey
from tests.core.answers import BAD_KEY, BAD_TASK_ID, GONE, NOT_ALLOWED, ODD, QUERY_FAILED, RUNNING, TIMED_OUT

PROD = Profile("prod", region="ap-mumbai", sdk_app_id=1600000001)
TEST = Profile("test", region="ap-tokyo", sdk_app_id=1600000002)
CLOCK = Failure(FailureKind.CLOCK, "AuthFailure.SignatureExpire", "", "r")
NO_REGION = Failure(FailureKind.ENDPOINT, "UnsupportedRegion", "", "r")

Answer = Callable[[TaskKey], Status | Failure]


def seen(key: TaskKey, outcome: Status | Failure) -> Observation:
    return Observation(key, outcome, 0.0, 0.0)


def carry_out(search: Search, answer: Answer, *, at_once: int = 1) -> list[TaskKey]:
    """Ask until there is nothing more to ask, so many questions at once; the questions in order."""
    asked: list[TaskKey] = []
    while True:
        under_way = [key for _ in range(at_once) if (key := search.next()) is not None]
        if not under_way:
            return asked
        asked += under_way
        for key in under_way:
            search.take(seen(key, answer(key)))


def living_at(places: Mapping[str, Home]) -> Answer:
    return lambda key: RUNNING if places.get(key.task_id) == Home.of(key) else GONE


def guess(task_id: str, home: Home) -> TaskKey:
    return home.key(task_id)


def only(search: Search) -> Outcome:
    (outcome,) = search.outcomes()
    return outcome


def test_the_likeliest_home_is_asked_first() -> None:
    listed = [TaskKey("prod", "ap-bangkok", 1600000003, str(number)) for number in range(3)]
    found = homes([PROD, TEST], listed)
    assert found[0] == Home("prod", "ap-bangkok", 1600000003), "most tasks of the list are there"
    assert {*found[1:3]} == {Home("prod", "ap-mumbai", 1600000001), Home("test", "ap-tokyo", 1600000002)}
    assert found[3] == Home("prod", "ap-bangkok", 1600000001), "a known region comes before one that nobody named"
    own = {("prod", 1600000001), ("prod", 1600000003), ("test", 1600000002)}
    is_own = [(home.profile, home.sdk_app_id) in own for home in found]
    assert is_own == sorted(is_own, reverse=True), "another profile's SdkAppId comes last"


def test_every_home_is_there_once() -> None:
    found = homes([PROD, TEST], [TaskKey("gone", "xx-new", 7, "t")])
    regions = DESCRIBE_REGIONS | {"ap-tokyo", "xx-new"}
    apps = (1600000001, 1600000002, 7)
    assert {*found} == {Home(name, region, app) for name in ("prod", "test") for region in regions for app in apps}
    assert len(found) == len({*found})


def test_a_profile_that_cannot_ask_names_places_all_the_same() -> None:
    found = homes([PROD, TEST], [], ["prod"])
    assert {home.profile for home in found} == {"prod"}
    assert Home("prod", "ap-tokyo", 1600000002) in found


def test_without_any_sdk_app_id_there_is_nowhere_to_look() -> None:
    assert homes([Profile()], []) == []


@given(st.data(), st.integers(1, 12), st.integers(1, 20))
def test_every_task_is_found_wherever_it_is_and_no_home_is_asked_twice(
    data: st.DataObject, tasks: int, at_once: int
) -> None:
    places = homes([PROD, TEST], [])
    where = {str(number): data.draw(st.sampled_from(places)) for number in range(tasks)}
    search = Search([guess(task_id, places[0]) for task_id in where], places)
    asked = carry_out(search, living_at(where), at_once=at_once)
    assert len(asked) == len({*asked}) == search.asked <= search.most
    for outcome in search.outcomes():
        assert outcome.is_found
        assert outcome.answer is not None
        assert Home.of(outcome.answer.key) == where[outcome.task_id]
        assert outcome.unseen == 0


def test_a_task_that_is_found_is_asked_no_more() -> None:
    places = homes([PROD], [])
    search = Search([guess("a", places[0]), guess("b", places[0])], places)
    asked = carry_out(search, living_at({"a": places[1]}))
    assert [Home.of(key) for key in asked if key.task_id == "a"] == places[:2]
    found, missing = search.outcomes()
    assert (found.is_found, found.asked, found.absent) == (True, 2, 1)
    assert (missing.is_found, missing.asked, missing.absent, missing.unseen) == (False, len(places), len(places), 0)
    assert missing.answer is not None
    assert missing.answer.key == guess("b", places[0]), "the likeliest home speaks for all that answered NotExist"


def test_a_status_that_nobody_knows_is_found_too() -> None:
    search = Search([guess("a", Home("prod", "ap-mumbai", 1))], homes([PROD], []))
    assert len(carry_out(search, lambda _: ODD)) == 1
    assert only(search).is_found


def test_guesses_are_asked_first_though_no_profile_has_them() -> None:
    first = Home("prod", "xx-odd", 42)
    search = Search([guess("a", first)], homes([PROD], []))
    assert search.next() == guess("a", first)


def test_an_app_that_is_refused_is_asked_once_for_all_tasks() -> None:
    places = homes([PROD, TEST], [])
    own = {("prod", 1600000001), ("test", 1600000002)}
    search = Search([guess("a", places[0]), guess("b", places[0])], places)
    asked = carry_out(search, lambda key: GONE if (key.profile, key.sdk_app_id) in own else NOT_ALLOWED)
    assert len([key for key in asked if (key.profile, key.sdk_app_id) not in own]) == 2
    for outcome in search.outcomes():
        assert (outcome.absent, outcome.unseen) == (len(places) / 2, 0)
        assert {(each.key.profile, each.key.sdk_app_id) for each in outcome.refused} == {
            ("prod", 1600000002),
            ("test", 1600000001),
        }


def test_a_region_that_is_not_offered_is_asked_once() -> None:
    places = homes([PROD], [TaskKey("prod", "ap-mumbai", 2, "x")])
    search = Search([guess("a", places[0])], places)
    asked = carry_out(search, lambda key: NO_REGION if key.region == "ap-jakarta" else GONE)
    assert len([key for key in asked if key.region == "ap-jakarta"]) == 1
    assert [each.key.region for each in only(search).refused] == ["ap-jakarta"]


def test_a_refusal_of_the_task_alone_closes_no_other_home() -> None:
    places = homes([PROD], [])
    search = Search([guess("a", places[0])], places)
    assert len(carry_out(search, lambda _: BAD_TASK_ID)) == len(places)
    assert len(only(search).refused) == len(places)
    assert only(search).answer is not None


def test_a_failure_is_asked_again_and_then_told() -> None:
    places = homes([PROD], [])
    search = Search([guess("a", places[0])], places)
    asked = carry_out(search, lambda key: QUERY_FAILED if Home.of(key) == places[2] else GONE)
    assert asked.count(guess("a", places[2])) == TRIES
    assert (only(search).absent, only(search).unseen) == (len(places) - 1, 1)


def test_a_failure_that_passes_loses_nothing() -> None:
    places = homes([PROD], [])
    answers = iter([TIMED_OUT, TIMED_OUT])
    search = Search([guess("a", places[0])], places)
    carry_out(search, lambda key: next(answers, RUNNING) if Home.of(key) == places[0] else GONE)
    assert only(search).is_found


def test_a_profile_that_never_answers_is_given_up() -> None:
    places = homes([PROD, TEST], [])
    search = Search([guess("a", places[0])], places)
    asked = carry_out(search, lambda key: TIMED_OUT if key.profile == "prod" else GONE)
    assert len([key for key in asked if key.profile == "prod"]) == GIVE_UP
    assert only(search).unseen == len(places) / 2
    answer = only(search).answer
    assert answer is not None
    assert answer.status == GONE, "what was seen says more than what was not"


def test_a_credential_that_is_refused_is_asked_with_once() -> None:
    places = homes([PROD, TEST], [])
    search = Search([guess("a", places[0])], places)
    asked = carry_out(search, lambda key: BAD_KEY if key.profile == "prod" else GONE)
    assert len([key for key in asked if key.profile == "prod"]) == 1
    assert only(search).unseen == len(places) / 2


def test_a_wrong_clock_gives_nobody_up() -> None:
    """All that is under way fails before the client knows the server's time."""
    places = homes([PROD], [])
    wrong = iter([CLOCK] * GIVE_UP)
    search = Search([guess("a", places[0])], places)
    carry_out(search, lambda _: next(wrong, GONE), at_once=GIVE_UP)
    assert only(search).absent == len(places)


def test_where_it_is_broken_off_the_rest_is_unseen() -> None:
    places = homes([PROD], [])
    search = Search([guess("a", places[0]), guess("b", places[0])], places)
    for _ in range(3):
        key = search.next()
        assert key is not None
        search.take(seen(key, GONE))
    first, second = search.outcomes()
    assert (first.absent, first.unseen) == (2, len(places) - 2)
    assert (second.absent, second.unseen) == (1, len(places) - 1)
    assert (search.asked, search.tasks, search.found) == (3, 2, 0)
