"""Runs the lanes: asks, waits, folds the answers in, and hands every piece of news to one callback."""

from relaytui.monitor.monitor import Monitor
from relaytui.monitor.news import Emit, Told

__all__ = ["Emit", "Monitor", "Told"]
