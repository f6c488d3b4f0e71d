"""The monitor in a thread of its own, and how others reach it."""

from relaytui.engine.commands import Commands
from relaytui.engine.engine import Engine
from relaytui.engine.feed import Drained, Feed

__all__ = ["Commands", "Drained", "Engine", "Feed"]
