"""What is asked of the person at the keyboard, one file per question."""

from __future__ import annotations

from pathlib import Path
from typing import Final

STYLES: Final = Path(__file__).with_name("dialog.tcss")


def load() -> None:
    """Import every dialog, which none is before it is asked for: they would come before the first paint."""
    import importlib  # noqa: PLC0415 - so would these
    import pkgutil  # noqa: PLC0415

    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
