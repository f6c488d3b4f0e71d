"""Every test has the machine to itself: no colours, keys, proxies, homes or keyrings of whoever runs it."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_PREFIXES = ("RELAYTUI_", "TENCENTCLOUD_", "TCCLI_", "TEXTUAL", "PYTHON_KEYRING_")
_NAMES = {
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR_FORCE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
}


def _is_foreign(name: str) -> bool:
    if name.startswith("TEXTUAL_SNAPSHOT"):
        return False  # the snapshot plugin talks to itself through these
    return name.upper() in _NAMES or name.startswith(_PREFIXES)


# Textual reads its variables when it is imported, so they go before any test module is.
for _name in [name for name in os.environ if _is_foreign(name)]:
    del os.environ[_name]
# A test looks when the app is idle, which does not wait for the next picture: at 30 a second it may not be there yet.
os.environ["TEXTUAL_FPS"] = "60"

# Run under nohup or in the background the tests would ignore signals, and so would the programs they start.
if sys.platform != "win32" and threading.current_thread() is threading.main_thread():
    for _number, _handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(_number) is signal.SIG_IGN:
            signal.signal(_number, _handler)
# As the terminals of today are, whatever the tests run in.
os.environ["TERM"] = "xterm-256color"
os.environ["TZ"] = "UTC"
if hasattr(time, "tzset"):
    time.tzset()


@pytest.fixture(autouse=True)
def machine_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Home, configuration and keyring are this test's alone; what a test sets in the environment goes with it."""
    for name in [name for name in os.environ if _is_foreign(name)]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    for name, folder in {
        "HOME": "",
        "USERPROFILE": "",
        "APPDATA": "roaming",
        "LOCALAPPDATA": "local",
        "XDG_CONFIG_HOME": ".config",
        "XDG_DATA_HOME": ".local/share",
        "XDG_STATE_HOME": ".local/state",
        "XDG_CACHE_HOME": ".cache",
        "XDG_RUNTIME_DIR": "run",
    }.items():
        place = home / folder
        place.mkdir(parents=True, exist_ok=True)
        monkeypatch.setenv(name, str(place))
    # A keyring that only fails: a test that wants one brings its own.
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    _forget_keyring()
    yield
    _forget_keyring()


def _forget_keyring() -> None:
    """Let the keyring package choose its back end anew: it remembers its first choice for the life of the process."""
    if "keyring.core" in sys.modules:
        sys.modules["keyring.core"]._keyring_backend = None  # type: ignore[attr-defined]  # it has no name for that


@pytest.fixture
def use_keyring(monkeypatch: pytest.MonkeyPatch) -> Callable[[KeyringBackend], None]:
    """Gives the function that puts one of `tests.keyrings` in the place of the OS's keyring."""

    def use(backend: KeyringBackend) -> None:
        import keyring

        from relaytui.adapters import keyring_store

        monkeypatch.setattr(keyring_store, "SAFE_BACKENDS", keyring_store.SAFE_BACKENDS | {"tests.keyrings"})
        keyring.set_keyring(backend)

    return use
