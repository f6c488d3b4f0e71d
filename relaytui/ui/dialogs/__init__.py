"""What is asked of the person at the keyboard, one file per question."""

import importlib
import pkgutil


def load() -> None:
    """Import every dialog, which none is before it is asked for: they would come before the first paint."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
