"""`relaytui` and `relaytui dashboard`: the live board."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from relaytui.commands.filters import add_filter_option, read_filter
from relaytui.commands.garbage import loaded, no_garbage_yet, settled
from relaytui.commands.keymap import read_keys
from relaytui.commands.logs import add_debug_option, log_file
from relaytui.commands.options import USAGE, Refusal, add_common_options, add_mouse_option, add_theme_option, make_plan
from relaytui.core.reach import Reach
from relaytui.core.task import WatchedTask
from relaytui.core.theme import ThemeName
from relaytui.core.view import View
from relaytui.ports import Accounts, Clock, WatchList

if TYPE_CHECKING:
    # Brings asyncio, which `relaytui --help` need not wait for.
    from relaytui.core.update import Update
    from relaytui.engine import Engine
    from relaytui.ui.app import RelayTui
    from relaytui.ui.copy_desk import Outlets


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_common_options(parser, stdin=False)
    add_theme_option(parser)
    add_mouse_option(parser)
    add_filter_option(parser)
    add_debug_option(parser)


def run(args: argparse.Namespace) -> int:
    """Show the board until the person quits; polling begins when the first frame is on the screen.

    Whoever leaves the welcome for the demo comes back to it from there.
    """
    demo_wanted = threading.Event()
    while True:
        with no_garbage_yet():
            code = _run(args, leave_for_demo=demo_wanted.set)
        if not demo_wanted.is_set():
            return code
        demo_wanted.clear()
        from relaytui.commands.demo import show_demo

        if code := show_demo(args.theme, mouse=not args.no_mouse):
            return code


def _run(args: argparse.Namespace, *, leave_for_demo: Callable[[], object]) -> int:
    plan = make_plan(args, os.environ, stdin=False, may_lack=True)
    if isinstance(plan, Refusal):
        return plan.tell()
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return Refusal("the board needs a terminal; `relaytui watch` prints the same without one", USAGE).tell()
    keymap = read_keys(plan.settings)
    if isinstance(keymap, Refusal):
        return keymap.tell()
    wanted = None if args.filter is None else read_filter(args.filter, plan.settings)
    if isinstance(wanted, Refusal):
        return wanted.tell()
    from relaytui.adapters.clock import SystemClock
    from relaytui.adapters.places import instances_folder, journal_path, turn_path, view_path
    from relaytui.commands.board_accounts import BoardAccounts
    from relaytui.commands.stored import list_name, list_of_board
    from relaytui.wiring import make_engine

    clock = SystemClock()
    engine = make_engine(
        plan.accounts(),
        plan.tasks,
        clock=clock,
        interval=plan.settings.interval,
        shared=instances_folder(),
        journal=journal_path(os.environ),
        journal_limits=plan.settings.journal,
        reach=plan.settings.alarms,
        environ=os.environ,
        turn=turn_path(list_name(args, plan)),
    )
    accounts = BoardAccounts(plan.settings, plan.found, os.environ, give=engine.set_account)
    serve = partial(accounts.serve, take=engine.set_tasks)
    watch_list = list_of_board(args, plan, take=serve, refuse=engine.refuse_tasks)

    def prepare() -> None:
        open_log()
        accounts.wait_for_keyring()

    def no_log(reason: str) -> None:
        from relaytui.core.events import Notice, NoticeKind

        engine.feed.put(Notice(clock.wall(), NoticeKind.LOG, reason))

    with log_file(debug=args.debug, trouble=no_log) as open_log:
        return show_board(
            engine,
            plan.tasks,
            watch_list=watch_list,
            clock=clock,
            title=" ".join(plan.found),
            theme=plan.settings.theme,
            keymap=keymap,
            reach=plan.settings.alarms,
            accounts=accounts,
            view=View(filter=wanted.text) if wanted else None,
            named_views=plan.settings.views,
            mouse=not args.no_mouse,
            prepare=prepare,
            view_path=view_path(list_name(args, plan)),
            leave_for_demo=leave_for_demo,
        )


def show_board(
    engine: Engine,
    tasks: Sequence[WatchedTask],
    *,
    watch_list: WatchList,
    clock: Clock,
    accounts: Accounts | None = None,
    title: str = "",
    demo: bool = False,
    theme: ThemeName = ThemeName.AUTO,
    keymap: Mapping[str, str] | None = None,
    reach: Reach | None = None,
    view: View | None = None,
    named_views: Mapping[str, str] | None = None,
    mouse: bool = True,
    prepare: Callable[[], object] = lambda: None,
    view_path: Path | None = None,
    leave_for_demo: Callable[[], object] | None = None,
) -> int:
    """Show these tasks until the person quits, and stop the engine, which starts after `prepare` and the first paint.

    `leave_for_demo` is called where the person quits to see the demo, which is no choice where it is None.
    A bug in the screen does not end this: the board comes back with what was known.
    """
    from relaytui.adapters.view_file import ViewFile
    from relaytui.core.task_state import TaskState
    from relaytui.core.update import Update
    from relaytui.ui.again import show_until_quit
    from relaytui.ui.app import RelayTui

    starting = threading.Lock()
    has_begun = False

    def begin() -> None:
        nonlocal has_begun
        with starting:
            if has_begun:
                return
            has_begun = True
            loaded()
            prepare()
            engine.start()

    def make_app(updates: Iterable[Update], theme: ThemeName, view: View | None) -> RelayTui:
        return RelayTui(
            feed=engine.feed,
            commands=engine,
            tasks=updates,
            clock=clock,
            watch_list=watch_list,
            accounts=accounts,
            title=title,
            demo=demo,
            theme=theme,
            outlets=outlets,
            keymap=keymap,
            reach=reach,
            view=view,
            named_views=named_views,
            mouse=mouse,
            views=views,
            leave_for_demo=leave_for_demo,
            on_ready=begin,
            on_loaded=settled,
        )

    unasked = TaskState()
    outlets = make_outlets()
    views = ViewFile(view_path)
    try:
        first = [Update(task, unasked) for task in tasks]
        return show_until_quit(make_app, first, theme, view, feed=engine.feed, clock=clock, begin=begin)
    finally:
        engine.stop()
        views.close()


def make_outlets() -> Outlets:
    """The clipboard, and new files in this folder or else in our own."""
    from relaytui.adapters.clipboard import SystemClipboard
    from relaytui.adapters.exports import NewFiles
    from relaytui.adapters.places import state_folder
    from relaytui.ui.copy_desk import Outlets

    return Outlets(SystemClipboard(os.environ), NewFiles(Path(), state_folder()))
