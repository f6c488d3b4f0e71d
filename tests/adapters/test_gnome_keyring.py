"""The keyring store against a real Secret Service over D-Bus: set, get, delete, locked, stopped and killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from relaytui.adapters.keyring_store import Trouble

MISSING = [name for name in ("dbus-daemon", "gnome-keyring-daemon") if not shutil.which(name)]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed here: {' and '.join(MISSING)}")
SOON = 20.0


@dataclass
class SecretService:
    """A throw-away bus with an unlocked keyring on it."""

    bus: subprocess.Popen[str]
    daemon: subprocess.Popen[bytes]
    environ: dict[str, str]

    def run(self, *lines: str) -> list[str]:
        """What these lines print in a fresh process, which has `store` and `credential`; it must end in time."""
        done = subprocess.run(
            [sys.executable, "-c", "\n".join((PREAMBLE, *lines))],
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=SOON,
            check=True,
        )
        assert "planted" not in done.stdout + done.stderr
        return done.stdout.splitlines()


PREAMBLE = """\
import os, signal, time, warnings
from relaytui.adapters.keyring_store import KeyringStore
from relaytui.core.tc3 import Credential, Secret
warnings.simplefilter("ignore")
credential = Credential("AKIDexample", Secret("planted-key"), Secret("planted-token"))
store = KeyringStore(call_seconds=1.0)
def tell(answer):
    print(getattr(answer, "reason", answer), getattr(answer, "advice", ""), sep="|", flush=True)
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[SecretService]:
    run = tmp_path / "run"
    run.mkdir(mode=0o700)
    (tmp_path / "home" / ".local" / "share" / "keyrings").mkdir(parents=True, exist_ok=True)
    environ = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    del environ["PYTHON_KEYRING_BACKEND"]
    environ["XDG_RUNTIME_DIR"] = str(run)
    bus = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address=1", f"--address=unix:path={run}/bus"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environ,
        text=True,
    )
    assert bus.stdout is not None
    environ["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
    daemon = subprocess.Popen(
        ["gnome-keyring-daemon", "--foreground", "--components=secrets", "--unlock"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environ,
    )
    assert daemon.stdin is not None
    daemon.stdin.write(b"test")
    daemon.stdin.close()
    try:
        if not _is_up(environ["DBUS_SESSION_BUS_ADDRESS"], daemon):
            pytest.skip("gnome-keyring-daemon does not start here (a container may forbid it to lock memory)")
        yield SecretService(bus, daemon, environ)
    finally:
        for process in (daemon, bus):
            process.kill()
            process.wait()
        bus.stdout.close()


def _is_up(address: str, daemon: subprocess.Popen[bytes]) -> bool:
    from jeepney import DBusAddress, new_method_call
    from jeepney.io.blocking import open_dbus_connection

    names = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
    end = time.monotonic() + SOON
    with open_dbus_connection(address) as connection:
        while time.monotonic() < end and daemon.poll() is None:
            question = new_method_call(names, "NameHasOwner", "s", ("org.freedesktop.secrets",))
            if connection.send_and_get_reply(question).body[0]:
                return True
            time.sleep(0.05)
    return False


KEEP = "tell(store.keep('prod', credential))"
FIND = "tell(store.find('prod'))"
LOCK = "import secretstorage; secretstorage.get_default_collection(secretstorage.dbus_init()).lock()"


def test_set_get_and_delete(service: SecretService) -> None:
    assert service.run("tell(store.usable())", FIND, KEEP, "print(store.find('prod').credential == credential)") == [
        "SecretService|",
        "no entry in the keyring (SecretService)|run relaytui login prod",
        "keyring (SecretService)|",
        "True",
    ]
    assert service.run("print(store.find('prod').credential == credential)", "tell(store.find('test'))") == [
        "True",
        "no entry in the keyring (SecretService)|run relaytui login test",
    ]
    assert service.run("tell(store.forget('prod'))", "tell(store.forget('prod'))", FIND) == [
        "True|",
        "False|",
        "no entry in the keyring (SecretService)|run relaytui login prod",
    ]


def test_locked(service: SecretService) -> None:
    waiting = "store = KeyringStore(waiting=lambda: print('waiting'))"
    assert service.run(KEEP, LOCK, FIND, "tell(store.forget('prod'))", waiting, FIND, "tell(store.find('test'))") == [
        "keyring (SecretService)|",
        f"the keyring (SecretService) is locked|{Trouble.LOCKED.value}",
        f"the keyring (SecretService) is locked|{Trouble.LOCKED.value}",
        "waiting",
        f"the keyring is locked and was not unlocked|{Trouble.LOCKED.value}",
        # No entry of this profile's: nobody is asked to unlock anything.
        "no entry in the keyring (SecretService)|run relaytui login test",
    ]


def test_a_provider_that_is_stopped(service: SecretService) -> None:
    service.run(KEEP)
    service.daemon.send_signal(signal.SIGSTOP)
    begun = time.monotonic()
    assert service.run(FIND, FIND, KEEP) == [
        f"the keyring did not answer within 1 s|{Trouble.HUNG.value}",
        f"the keyring does not answer|{Trouble.HUNG.value}",
        f"the keyring does not answer|{Trouble.HUNG.value}",
    ]
    assert time.monotonic() - begun < SOON / 2
    service.daemon.send_signal(signal.SIGCONT)
    assert service.run("print(store.find('prod').credential == credential)") == ["True"]


@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGTERM])
def test_a_bus_that_dies(service: SecretService, kill: signal.Signals) -> None:
    end = f"os.kill({service.bus.pid}, {int(kill)}); time.sleep(0.3)"
    kept, found, forgotten = service.run(KEEP, end, FIND, "tell(store.forget('prod'))")
    assert kept == "keyring (SecretService)|"
    for answer in (found, forgotten):
        assert answer.startswith("the keyring refused: ")
        assert answer.endswith(Trouble.REFUSED.value)
    # A program that starts now sees no keyring at all.
    (found,) = service.run(FIND)
    assert found == f"no safe keyring here (none runs)|{Trouble.MISSING.value}"


def test_a_command_can_be_ended_while_a_keyring_hangs(service: SecretService) -> None:
    service.run("tell(store.keep('default', credential))")
    service.daemon.send_signal(signal.SIGSTOP)
    command = [sys.executable, "-m", "relaytui", "check", "1", "--sdk-app-id", "1400188366"]
    with subprocess.Popen(command, env=service.environ, stderr=subprocess.PIPE, text=True) as process:
        time.sleep(2.0)
        process.send_signal(signal.SIGINT)
        begun = time.monotonic()
        assert process.wait(SOON) == 130
        assert time.monotonic() - begun < 2.0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def doctor(service: SecretService) -> tuple[int, str, float]:
    """The exit code of the doctor, what it says, and the seconds that it took."""
    begun = time.monotonic()
    command = [sys.executable, "-m", "relaytui", "doctor", "--endpoint", "http://127.0.0.1:1"]
    done = subprocess.run(command, env=service.environ, capture_output=True, text=True, timeout=SOON, check=False)
    return done.returncode, done.stdout, time.monotonic() - begun


def test_the_doctor_names_the_keyring_that_is_open_or_locked(service: SecretService) -> None:
    service.run("tell(store.keep('default', credential))")
    code, said, _ = doctor(service)
    assert code == 3, "nobody listens at the endpoint"
    assert "ok       keyring        SecretService, " in said
    assert "default: keyring (SecretService), SecretId ********\n" in said
    service.run(LOCK)
    code, said, _ = doctor(service)
    assert code == 5
    assert "warning  keyring        SecretService is locked, " in said


def test_the_doctor_ends_in_time_though_the_keyring_is_stopped(service: SecretService) -> None:
    service.daemon.send_signal(signal.SIGSTOP)
    code, said, seconds = doctor(service)
    assert code == 5
    assert "fault    keyring        the keyring did not answer within 2 s, " in said
    assert Trouble.HUNG.value in said
    assert seconds < 10


def test_the_doctor_ends_in_time_though_the_bus_is_stopped(service: SecretService) -> None:
    """The keyring package then takes it for no keyring at all."""
    service.bus.send_signal(signal.SIGSTOP)
    code, said, seconds = doctor(service)
    assert code == 5
    assert "warning  keyring        no safe keyring here (none runs), " in said
    assert seconds < 10
