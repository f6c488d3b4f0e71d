"""Which lanes there are: as whom each asks, and the share of the account's budget that it has."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

from relaytui.core.events import Event
from relaytui.core.queue import Intervals
from relaytui.core.schedule import Lane
from relaytui.core.share import Company
from relaytui.core.task import LaneKey
from relaytui.core.watch import Watch
from relaytui.monitor.asking import Asker, Asking
from relaytui.monitor.news import News
from relaytui.ports import Account, Clock, Lease, NoCredential, Opener

LOOK_SECONDS = 1.0
"""Seconds between two looks at who else uses an account."""
HURRY_SECONDS = 0.2
"""The same while slots are changing hands."""


class Lanes:
    """Gives every account a lane, every lane what it asks with, and runs them."""

    def __init__(
        self,
        watch: Watch,
        asking: Asking,
        news: News,
        clock: Clock,
        *,
        opener: Opener | None,
        intervals: Intervals | None,
    ) -> None:
        self._watch = watch
        self._asking = asking
        self._news = news
        self._clock = clock
        self._opener = opener
        self._intervals = intervals
        self._accounts: dict[str, Account] = {}
        self._budgets: dict[str, float] = {}
        """What a person chose in place of the accounts' own, by profile."""
        self._is_running = False
        self._early: list[Event] = []
        """What there is to tell as soon as it is known what was before."""

    def start(self) -> None:
        """Poll from now on."""
        self._is_running = True
        for event in self._early:
            self._news.tell(event)
        for lane in self._asking.askers:
            self._begin(lane)

    async def stop(self) -> None:
        """Poll no more, and leave the budgets to others."""
        self._is_running = False
        await self._asking.stop()
        for lane, asker in self._asking.askers.items():
            if asker.lease is not None:
                asker.lease.close(lane.taken(self._clock.monotonic()))

    def set_intervals(self, intervals: Intervals) -> None:
        """Ask by these intervals."""
        self._intervals = intervals
        for lane in self._watch.each_lane:
            lane.set_intervals(intervals)

    def set_account(self, account: Account) -> None:
        """Ask as this account about the tasks of its profile: see `Monitor.set_account`."""
        if self._opener is None:
            raise ValueError("this monitor was made with fixed lanes")
        now, at, askers = self._clock.monotonic(), self._clock.wall(), self._asking.askers
        before = self._watch.lanes.get(account.profile)
        known = {other.credential for other in self._accounts.values() if other.identity == account.identity}
        lane = self._lane_of(account)
        account = replace(account, budget=self._budgets.get(account.profile, account.budget))
        self._accounts[account.profile] = account
        told = self._watch.move(account.profile, lane, now, at)
        if lane not in askers:
            askers[lane] = Asker(self._opener.source(account))
        elif known != {account.credential} or account.current is not None:
            self._asking.give_back(askers[lane].source)
            askers[lane].source = self._opener.source(account)
        for each in filter(None, (before, lane)):
            if sharing := self._sharing(each):
                self._fund(each, sharing)
            else:
                self._end(each)
        self._begin(lane)
        if isinstance(account.credential, NoCredential):
            if (blinded := lane.shut(account.credential.failure, now, at)) is not None:
                told.append(blinded)
        else:
            lane.open(now)
        if self._is_running:
            for event in told:
                self._news.tell(event)
        else:
            self._early += told
        self._asking.wake()

    def _lane_of(self, account: Account) -> Lane:
        """The lane that is to ask as this account: one that does, else the profile's own, else a new one."""
        for profile, other in self._accounts.items():
            if profile != account.profile and other.identity == account.identity:
                return self._watch.lanes[profile]
        own = self._watch.lanes.get(account.profile)
        key = LaneKey(account.profile, account.endpoint.authority)
        return own if own is not None and own.key == key else Lane(key, account.budget, self._intervals)

    def set_budget(self, profile: str, budget: float) -> None:
        """Send at most so many requests per second within the profile's lane, other processes included."""
        lane = self._watch.lanes.get(profile)
        if lane is None or not (sharing := self._sharing(lane)):
            return
        self._budgets |= dict.fromkeys((account.profile for account in sharing), budget)
        self._accounts |= {account.profile: replace(account, budget=budget) for account in sharing}
        self._fund(lane, self._sharing(lane))

    def _sharing(self, lane: Lane) -> list[Account]:
        """The accounts that ask within this lane."""
        return [
            self._accounts[name] for name, one in self._watch.lanes.items() if one is lane and name in self._accounts
        ]

    def _fund(self, lane: Lane, sharing: list[Account]) -> None:
        """Give the lane the smallest budget of these accounts, or what other processes leave of it."""
        asker, account, budget = self._asking.askers[lane], sharing[0], min(each.budget for each in sharing)
        if asker.funded_as != account.identity and self._opener is not None:
            asker.funded_as = account.identity
            self._close_lease(lane, asker)
            asker.lease = self._opener.lease(account, budget)
            lane.set_budget(0)  # until it is known who else is there
            self._begin(lane)
        elif asker.lease is not None:
            asker.lease.set_budget(budget)
        if asker.lease is None:
            lane.set_budget(budget)
        lane.account_budget = budget

    def _begin(self, lane: Lane) -> None:
        """Have the lane polled, and its budget shared, where that is not so yet."""
        asker, keep_doing = self._asking.askers[lane], self._news.keep_doing
        if not self._is_running:
            return
        if asker.polling is None:
            polling = partial(self._asking.poll, lane)
            asker.polling = asyncio.create_task(keep_doing(polling, f"polling {lane.key}"))
        if asker.lease is not None and asker.sharing is None:
            sharing = partial(self._share, lane, asker.lease)
            asker.sharing = asyncio.create_task(keep_doing(sharing, f"sharing the budget of {lane.key}"))

    def _end(self, lane: Lane) -> None:
        """Poll no more within a lane that has no profiles."""
        asker = self._asking.askers.pop(lane)
        if asker.polling is not None:
            asker.polling.cancel()
        self._close_lease(lane, asker)
        self._asking.give_back(asker.source)

    def _close_lease(self, lane: Lane, asker: Asker) -> None:
        if asker.sharing is not None:
            asker.sharing.cancel()
            asker.sharing = None
        if asker.lease is not None:
            asker.lease.close(lane.taken(self._clock.monotonic()))

    async def _share(self, lane: Lane, lease: Lease) -> None:
        company = Company(lane.key)
        while True:
            share = await lease.look(lane.taken(self._clock.monotonic()))
            lane.set_budget(share.budget, share.instances)
            self._asking.askers[lane].wake.set()
            if (notice := company.looked(share, self._clock.wall())) is not None:
                self._news.tell(notice)
            await asyncio.sleep(LOOK_SECONDS if share.is_settled else HURRY_SECONDS)
