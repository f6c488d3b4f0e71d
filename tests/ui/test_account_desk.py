"""Signing in, profiles and look-ups from the board; no secret stays anywhere."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input

from relaytui.adapters.keyring_store import KeyringStore, Trouble
from relaytui.core.endpoint import Endpoint
from relaytui.core.lane_view import LaneView
from relaytui.core.observation import Failure, FailureKind, Observation
from relaytui.core.profile import Profile
from relaytui.core.task import LaneKey, TaskKey
from relaytui.core.tc3 import Credential
from relaytui.ports import AccountView, NotKept
from relaytui.ui.app import RelayTui
from relaytui.ui.dashboard import Dashboard
from relaytui.ui.dialogs.add import Add
from relaytui.ui.dialogs.look_up import LookUp
from tests.keyrings import Forgetful, Hanging, Locked, Memory, Raising
from tests.ui.conftest import GONE, RUNNING, World, failure, frame, lane, running, task, until
from tests.ui.test_view_desk import Shelf

ID, KEY, TOKEN = "AKIDplantedplanted00", "planted-key-4711", "planted-token-4711"
NO_KEY = Failure(FailureKind.CREDENTIALS, "no credential", "nothing in the environment")
REFUSED = Failure(FailureKind.CREDENTIALS, "AuthFailure.SignatureFailure", "wrong [/key]", "req-1")


@dataclass
class FakeAccounts:
    """Accounts that only remember; the keyring answers when `unlocked` is set."""

    refuses: Failure | None = None
    kept_in: str | NotKept = "keyring (test)"
    is_locked: bool = False
    unlocked: threading.Event = field(default_factory=threading.Event)
    answered: threading.Event = field(default_factory=threading.Event)
    keyring: KeyringStore | None = None
    used: list[tuple[Profile, Credential]] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    made_ready: list[str] = field(default_factory=list)
    had_keys: tuple[str, ...] = ()
    written: tuple[str, ...] = ("test",)
    profiles: tuple[AccountView, ...] = (
        AccountView(Profile("prod", sdk_app_id=1_600_012_345), "keyring (test)", "", "AKID…0000", 1_767_300_000.0),
        AccountView(Profile("test", Endpoint("https", "trtc.intl.tencentcloudapi.com")), problem="no entry: sign in"),
    )

    def views(self) -> tuple[AccountView, ...]:
        return self.profiles

    def named(self, profile: str) -> Profile | None:
        return next((view.profile for view in self.profiles if view.profile.name == profile), None)

    def is_written(self, profile: str) -> bool:
        return profile in self.written

    def signed_in(self) -> tuple[str, ...]:
        return (*self.had_keys, *(profile.name for profile, _ in self.used))

    def ready(self, profile: str) -> None:
        self.made_ready.append(profile)

    def verify(self, profile: Profile, credential: Credential) -> Failure | None:
        return self.refuses

    def use(self, profile: Profile, credential: Credential) -> None:
        self.used.append((profile, credential))

    def keep(
        self,
        profile: Profile,
        credential: Credential,
        *,
        verified: bool,
        waiting: Callable[[], object],
        wanted: Callable[[], bool],
    ) -> str | NotKept:
        if self.keyring is not None:
            return self.keyring.keep(profile.name, credential)
        if self.is_locked:
            waiting()
            self.unlocked.wait(20)
        self.answered.set()
        if not wanted():
            return NotKept("skipped", "")
        self.kept.append(profile.name if verified else f"{profile.name}, unverified")
        return self.kept_in


@pytest.fixture
def accounts() -> FakeAccounts:
    return FakeAccounts()


def no_key(profile: str) -> LaneView:
    return lane(lane=LaneKey(profile, "host"), cause=NO_KEY, blind_since=10_000.0)


def words(app: RelayTui) -> str:
    """What is on the screen, wherever its lines end."""
    return " ".join(frame(app).replace("│", " ").split())


async def fill(app: App[None], **texts: str) -> None:
    for name, text in texts.items():
        app.screen.query_one(f"#{name.replace('_', '-')}", Input).value = text


async def sign_in(app: RelayTui, pilot: Pilot[None], **more: str) -> None:
    await pilot.press("c")
    await until(pilot, lambda: "SecretKey" in frame(app))
    await fill(app, **{"secret_id": ID, "secret_key": KEY, "token": TOKEN} | more)
    await pilot.press("enter")


async def test_the_banner_names_the_key_and_signing_in_uses_and_keeps_it(world: World, accounts: FakeAccounts) -> None:
    app = world.app(accounts=accounts)
    async with running(app, (80, 24)) as pilot:
        world.feed.put(no_key("test"))
        await until(pilot, lambda: "NO CREDENTIAL · press c to sign in" in frame(app))
        await sign_in(app, pilot)
        await until(pilot, lambda: "signed in: test, kept in keyring (test)" in frame(app))
        ((profile, credential),) = accounts.used
        assert profile == accounts.profiles[1].profile, "the one that lacks a key"
        assert (credential.secret_id, credential.secret_key.reveal()) == (ID, KEY)
        assert credential.token is not None
        assert accounts.kept == ["test"]


async def test_what_the_api_refuses_is_not_used_and_stays_to_be_corrected(world: World, accounts: FakeAccounts) -> None:
    accounts.refuses = REFUSED
    app = world.app(accounts=accounts)
    async with running(app) as pilot:
        await sign_in(app, pilot)
        await until(pilot, lambda: "AuthFailure.SignatureFailure: wrong [/key]" in frame(app))
        assert app.screen.query_one("#secret-id", Input).value == ID
        assert not accounts.used
        assert not accounts.kept


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ({"profile": "-x"}, "a profile's name"),
        ({"secret_key": ""}, "the SecretKey is empty"),
        ({"endpoint": "http://elsewhere"}, "plain http"),
        ({"profile": "test", "endpoint": "other.example"}, "change that in config.toml"),
    ],
)
async def test_bad_input_is_told_and_nothing_is_asked(
    world: World, accounts: FakeAccounts, text: dict[str, str], told: str
) -> None:
    app = world.app(accounts=accounts)
    async with running(app) as pilot:
        await sign_in(app, pilot, **text)
        await until(pilot, lambda: told in frame(app))
        assert accounts.used == []


async def test_a_new_profile_is_asked_where_it_says(world: World, accounts: FakeAccounts) -> None:
    app = world.app(accounts=accounts)
    async with running(app) as pilot:
        await sign_in(app, pilot, profile="fresh", endpoint="international")
        await until(pilot, lambda: bool(accounts.kept))
        ((profile, _),) = accounts.used
        assert (profile.name, profile.endpoint.host) == ("fresh", "trtc.intl.tencentcloudapi.com")


async def test_a_profile_that_nobody_wrote_down_takes_another_endpoint(world: World, accounts: FakeAccounts) -> None:
    app = world.app(accounts=accounts)
    async with running(app, (80, 24)) as pilot:
        await pilot.press("c")
        await until(pilot, lambda: "endpoint mainland; or type international, or a host" in words(app))
        await fill(app, secret_id=ID, secret_key=KEY, endpoint="international")
        await pilot.press("enter")
        await until(pilot, lambda: bool(accounts.kept))
        ((profile, _),) = accounts.used
        assert (profile.name, profile.endpoint.host) == ("prod", "trtc.intl.tencentcloudapi.com")
        assert profile.sdk_app_id == 1_600_012_345, "the rest is as it was"


async def test_whoever_signs_in_under_another_name_adds_and_looks_up_as_that(
    world: World, accounts: FakeAccounts
) -> None:
    app = world.app(accounts=accounts)
    async with running(app, (100, 24)) as pilot:
        await sign_in(app, pilot, profile="fresh")
        await until(pilot, lambda: "signed in: fresh, kept in keyring (test); tasks are added as fresh" in frame(app))
        for key, kind in (("plus", Add), ("i", LookUp)):
            await pilot.press(key)
            await until(pilot, lambda: isinstance(app.screen, kind))  # noqa: B023 - awaited at once
            assert app.screen.query_one("#profile", Input).value == "fresh"
            await pilot.press("escape")


@pytest.mark.parametrize(
    ("had_keys", "taken"), [(("test",), "test"), (("prod", "test"), "prod"), (("test", "third"), "prod"), ((), "prod")]
)
async def test_tasks_are_added_as_the_only_profile_that_has_a_key(
    world: World, accounts: FakeAccounts, had_keys: tuple[str, ...], taken: str
) -> None:
    accounts.had_keys = had_keys
    app = world.app(accounts=accounts)
    async with running(app) as pilot:
        await pilot.press("plus")
        await until(pilot, lambda: isinstance(app.screen, Add))
        assert app.screen.query_one("#profile", Input).value == taken


async def test_look_ups_are_asked_where_the_task_is_on_the_list_or_under_the_cursor(world: World) -> None:
    other = task(4, "elsewhere", region="ap-mumbai")
    world.watch(other._replace(key=other.key._replace(sdk_app_id=1_600_099_999)))
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("g", "i")
        await until(pilot, lambda: isinstance(app.screen, LookUp))
        assert app.screen.query_one("#region", Input).value == "ap-singapore"
        await fill(app, task_ids=other.key.task_id)
        await pilot.press("enter")
        await until(pilot, lambda: "1 TaskId in this text, 1 on the list" in frame(app))
        await fill(app, region="ap-tokyo")
        await pilot.press("enter", "escape", "G", "i")
        await until(pilot, lambda: len(world.commands.looked_up) == 2)
        places = [(key.region, key.sdk_app_id) for key in world.commands.looked_up]
        assert places == [("ap-mumbai", 1_600_099_999), ("ap-tokyo", 1_600_012_345)], "what is written goes first"
        await until(pilot, lambda: bool(app.screen.query("#region")))
        assert app.screen.query_one("#region", Input).value == "ap-mumbai"
        assert app.screen.query_one("#sdk_app_id", Input).value == "1600099999"


async def test_a_keyring_that_is_locked_is_waited_for_until_somebody_skips_it(
    world: World, accounts: FakeAccounts
) -> None:
    accounts.is_locked = True
    app = world.app(accounts=accounts)
    async with running(app) as pilot:
        await sign_in(app, pilot)
        await until(pilot, lambda: "waiting for your keyring to be unlocked, esc to skip" in frame(app))
        assert accounts.used, "its lane sees already"
        await pilot.press("escape")
        await until(pilot, lambda: "signed in: prod, for this session only" in frame(app))
        accounts.unlocked.set()
        await until(pilot, accounts.answered.is_set)
        assert not accounts.kept, "what was said is true however late somebody unlocks it"


async def test_a_keyring_that_does_not_keep_it_says_why_and_what_to_do(world: World, accounts: FakeAccounts) -> None:
    accounts.kept_in = NotKept("no safe keyring here (none runs)", "start GNOME Keyring")
    app = world.app(accounts=accounts)
    async with running(app) as pilot:
        await sign_in(app, pilot)
        await until(pilot, lambda: "for this session only: no safe keyring here (none runs): start GNOME" in frame(app))


KEYRINGS: dict[Trouble, tuple[Callable[[], Memory], str]] = {
    Trouble.LOCKED: (Locked, "the keyring is locked and was not unlocked"),
    Trouble.MISSING: (Memory, "no safe keyring here (keyrings)"),
    Trouble.HUNG: (Hanging, "the keyring did not answer within 0.1 s"),
    Trouble.REFUSED: (partial(Raising, RuntimeError), "the keyring refused: RuntimeError"),
    Trouble.LOST: (Forgetful, "the keyring took the secret and does not give it back"),
}


@pytest.mark.parametrize("trouble", Trouble)
async def test_each_trouble_with_a_keyring_is_shown_with_its_fix(
    world: World,
    accounts: FakeAccounts,
    trouble: Trouble,
    use_keyring: Callable[[Memory], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make, reason = KEYRINGS[trouble]
    use_keyring(backend := make())
    if trouble is Trouble.MISSING:
        monkeypatch.setattr("relaytui.adapters.keyring_store.SAFE_BACKENDS", frozenset())
    accounts.keyring = KeyringStore(call_seconds=0.1 if trouble is Trouble.HUNG else 5.0)
    app = world.app(accounts=accounts)
    async with running(app) as pilot:
        await sign_in(app, pilot)
        told = f"signed in for this session only: {reason}: {trouble.value}. esc closes this"
        await until(pilot, lambda: told in words(app))
    if isinstance(backend, Hanging):
        backend.released.set()


async def test_what_nobody_could_be_asked_about_may_be_used_and_kept_unverified(
    world: World, accounts: FakeAccounts
) -> None:
    accounts.refuses = failure()
    app = world.app(accounts=accounts)
    async with running(app) as pilot:
        await pilot.press("c")
        await until(pilot, lambda: "SecretKey" in frame(app))
        assert "use unverified" not in frame(app)
        await pilot.press("escape")
        await sign_in(app, pilot)
        await until(pilot, lambda: "f2 uses it unverified" in words(app))
        assert not accounts.used
        await pilot.press("f2")
        await until(pilot, lambda: "signed in, not verified: prod, kept in keyring (test)" in frame(app))
        assert accounts.kept == ["prod, unverified"]


async def test_what_the_api_refuses_cannot_be_used_unverified(world: World, accounts: FakeAccounts) -> None:
    accounts.refuses = REFUSED
    app = world.app(accounts=accounts)
    async with running(app) as pilot:
        await sign_in(app, pilot)
        await until(pilot, lambda: "not signed in" in frame(app))
        await pilot.press("f2")
        await pilot.pause()
        assert "unverified" not in frame(app)
        assert not accounts.used


async def test_no_secret_is_on_the_screen_in_a_picture_a_repr_a_log_or_left_behind(
    world: World, accounts: FakeAccounts, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    accounts.refuses = REFUSED
    app = world.app(accounts=accounts)

    def is_clean(text: str) -> bool:
        return KEY not in text and TOKEN not in text

    async with running(app) as pilot:
        await sign_in(app, pilot)
        await until(pilot, lambda: "not signed in" in frame(app))
        dialog, fields = app.screen, [app.screen.query_one(f"#{name}", Input) for name in ("secret-key", "token")]
        assert "•" in frame(app)
        assert is_clean(frame(app) + app.export_screenshot())
        assert is_clean(f"{dialog!r} {vars(dialog)} {[repr(each) for each in fields]}")
        fields[0].focus()
        await pilot.press("ctrl+a", "shift+end", "ctrl+x", "home", "shift+end", "ctrl+x")
        assert is_clean(app.clipboard)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is not dialog)
        assert [each.value for each in fields] == ["", ""]
    assert is_clean(caplog.text)


async def test_a_key_that_ends_soon_is_counted_down_until_it_is_renewed(world: World) -> None:
    app = world.app(accounts=FakeAccounts())
    async with running(app) as pilot:
        world.feed.put(lane(expires_at=world.clock.wall() + 580))
        await until(pilot, lambda: "prod: key expires in 9m40s · c renews it" in frame(app))
        world.clock.advance(10)
        await until(pilot, lambda: "expires in 9m30s" in frame(app))
        world.feed.put(lane(expires_at=world.clock.wall() + 7200))
        await until(pilot, lambda: "expires" not in frame(app))


async def test_a_lane_that_is_closed_is_forgotten(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        world.feed.put(lane(cause=failure(), blind_since=world.clock.monotonic()))
        await until(pilot, lambda: "BLIND" in frame(app))
        world.feed.put(lane(cause=failure(), is_closed=True))
        await until(pilot, lambda: "BLIND" not in frame(app))


async def test_profiles_are_shown_chosen_for_look_ups_and_signed_in_to(world: World, accounts: FakeAccounts) -> None:
    app = world.app(accounts=accounts)
    async with running(app, (100, 24)) as pilot:
        world.feed.put(lane())
        await until(pilot, lambda: bool(app._dashboard.lanes))
        await pilot.press("C")
        await until(pilot, lambda: "* prod · sees" in frame(app) and "test · not in use" in frame(app))
        assert "keyring (test) · AKID…0000 · verified 2026-01-01 20:40" in frame(app)
        assert "no key: no entry: sign in" in frame(app)
        await pilot.press("down", "enter")
        await until(pilot, lambda: "tasks are looked up and added as test" in frame(app))
        await pilot.press("i")
        await until(pilot, lambda: "region" in frame(app))
        assert app.screen.query_one("#profile", Input).value == "test"
        await pilot.press("escape", "plus")
        await until(pilot, lambda: isinstance(app.screen, Add))
        assert app.screen.query_one("#profile", Input).value == "test"
        await pilot.press("escape", "C")
        await until(pilot, lambda: "prod · sees" in frame(app))
        await pilot.press("s")
        await until(pilot, lambda: "SecretKey" in frame(app))
        assert app.screen.query_one("#profile", Input).value == "prod"


async def test_of_one_profile_only_its_tasks_are_shown(world: World, accounts: FakeAccounts) -> None:
    other = task(4, "elsewhere")
    world.watch(other._replace(key=other.key._replace(profile="test")))
    app = world.app(accounts=accounts)
    async with running(app) as pilot:
        await pilot.press("C")
        await until(pilot, lambda: "test · not in use" in frame(app))
        await pilot.press("down", "f")
        await until(pilot, lambda: "/profile:test  1 of 4 shown" in frame(app))
        assert "elsewhere" in frame(app)
        await pilot.press("escape")
        await until(pilot, lambda: "lobby loop" in frame(app))


async def test_look_ups_ask_where_was_asked_last_also_after_a_restart(world: World) -> None:
    shelf = Shelf()
    async with running(world.app(views=shelf)) as pilot:
        board = pilot.app.screen
        assert isinstance(board, Dashboard)
        await until(pilot, lambda: board._kept is not None)
        await pilot.press("i")
        await until(pilot, lambda: bool(pilot.app.screen.query("#region")))
        await fill(pilot.app, task_ids="x", region="ap-mumbai")
        await pilot.press("enter")
        await until(pilot, lambda: bool(world.commands.looked_up))
        board.keep_view()
    shelf.kept = shelf.saved[-1]
    app = world.app(views=shelf)
    async with running(app) as pilot:
        await until(pilot, lambda: app._dashboard._kept is not None)
        await pilot.press("i")
        await until(pilot, lambda: bool(app.screen.query("#region")))
        fields = [app.screen.query_one(f"#{name}", Input).value for name in ("sdk_app_id", "region", "profile")]
        assert fields == ["1600012345", "ap-mumbai", "prod"]


async def test_answers_that_do_not_fit_are_scrolled_to(world: World) -> None:
    app = world.app()
    async with running(app, (100, 16)) as pilot:
        await pilot.press("i")
        await until(pilot, lambda: bool(app.screen.query("#region")))
        await fill(app, task_ids=" ".join(f"cam{number:02}" for number in range(15)))
        await pilot.press("enter")
        await until(pilot, lambda: "asking" in frame(app))
        assert "cam14" not in frame(app)
        await pilot.press(*["pagedown"] * 8)
        await until(pilot, lambda: "cam14" in frame(app))
        await pilot.press(*["pageup"] * 8)
        await until(pilot, lambda: "cam00" in frame(app))


async def test_a_board_without_accounts_offers_no_sign_in(world: World) -> None:
    app = world.app()
    async with running(app) as pilot:
        await pilot.press("c", "C")
        await pilot.pause()
        assert "SecretKey" not in frame(app)


def answer(world: World, key: TaskKey, outcome: object) -> None:
    moment = world.clock.monotonic()
    assert outcome in (RUNNING, GONE) or isinstance(outcome, Failure)
    world.feed.answer(Observation(key, outcome, world.clock.wall(), moment, 0.042, "req-7"))


async def test_i_asks_about_any_task_and_shows_the_answers_in_place(world: World, accounts: FakeAccounts) -> None:
    app = world.app(accounts=accounts)
    async with running(app, (100, 30)) as pilot:
        await pilot.press("i")
        await until(pilot, lambda: "SdkAppId" in frame(app))
        assert app.screen.query_one("#sdk_app_id", Input).value == "1600012345"
        app.screen.query_one("#task-ids", Input).value = "cam1 cam2 cam3"
        await pilot.press("enter")
        await until(pilot, lambda: len(world.commands.looked_up) == 3)
        assert accounts.made_ready == ["prod"]
        first, second, third = world.commands.looked_up
        assert first == TaskKey("prod", "ap-singapore", 1_600_012_345, "cam1")
        assert frame(app).count("asking") == 3
        answer(world, first, RUNNING)
        answer(world, second, GONE)
        answer(world, third, failure())
        await until(pilot, lambda: "! could not see  cam3: network dns" in frame(app))
        assert "● running  cam1: InProgress. The API says that the task is in progress." in frame(app)
        assert "42 ms · prod ap-singapore 1600012345 · RequestId req-7" in frame(app)
        assert "? not found  cam2: NotExist. Never started" in frame(app)
        await pilot.press("f2")
        assert world.listed is not None
        await until(pilot, lambda: len(app._dashboard.tally.counts) > 0 and "cam2" in str(list(app._dashboard.tally)))
        assert "cam3" not in str(list(app._dashboard.tally))


async def test_pasted_lines_become_one_question_each(world: World) -> None:
    from textual.events import Paste

    app = world.app()
    async with running(app) as pilot:
        await pilot.press("i")
        await until(pilot, lambda: "SdkAppId" in frame(app))
        app.screen.focused.post_message(Paste("cam1\ncam2\n"))  # type: ignore[union-attr]  # the first field has it
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: [key.task_id for key in world.commands.looked_up] == ["cam1", "cam2"])


async def test_f3_searches_wherever_the_task_may_be_until_it_is_found(world: World, accounts: FakeAccounts) -> None:
    app = world.app(accounts=accounts)
    async with running(app, (100, 30)) as pilot:
        await pilot.press("i")
        await until(pilot, lambda: "SdkAppId" in frame(app))
        app.screen.query_one("#task-ids", Input).value = "lost"
        await pilot.press("f3")
        await until(pilot, lambda: bool(world.commands.looked_up))
        answered = 0
        while "1 of 1 found" not in frame(app):
            await until(pilot, lambda: len(world.commands.looked_up) > answered)  # noqa: B023 - awaited at once
            key = world.commands.looked_up[answered]
            assert key.profile == "prod", "the other has no key"
            answer(world, key, RUNNING if key.region == "ap-mumbai" else GONE)
            answered += 1
            await pilot.pause(0.3)
        assert "● running  lost: InProgress" in frame(app)
        assert "prod ap-mumbai 1600012345" in frame(app)
