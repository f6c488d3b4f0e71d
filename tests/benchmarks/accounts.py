"""The made-up accounts of the benchmarks and their tasks; imports little, because a measured program imports it."""

from __future__ import annotations

import random

from relaytui.core.tc3 import Credential, Secret

APP = 1600012345
REGION = "ap-singapore"
LABEL = "task-"
"""What every label begins with: where it is on the screen, rows are."""


def credential(number: int = 0) -> Credential:
    """The credential of an account."""
    return Credential(f"AKIDbenchmark{number}EXAMPLE", Secret(f"benchmark-{number}-secret-EXAMPLE"))


def task_ids(count: int, account: int = 0) -> list[str]:
    """The TaskIds of an account: as long as real ones."""
    dice = random.Random(account)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-_"
    return [f"T{''.join(dice.choices(letters, k=90))}" for _ in range(count)]
