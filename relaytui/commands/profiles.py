"""`relaytui profiles`: which accounts there are, where each one's credential comes from, and when it last worked."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from relaytui.adapters.places import sign_ins_path
from relaytui.adapters.sign_ins import SignIn, SignIns
from relaytui.commands.jsonlines import dump
from relaytui.commands.options import Refusal, find_settings
from relaytui.commands.sources import Sources
from relaytui.commands.streams import complain
from relaytui.core.fields import SCHEMA, Fields, rfc3339
from relaytui.core.profile import Profile
from relaytui.core.text import plain
from relaytui.ports import FoundCredential, NoCredential

_HEADER = ("PROFILE", "ENDPOINT", "REGION", "SDKAPPID", "BUDGET", "STORE", "CREDENTIAL", "SECRETID", "VERIFIED")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("--json", action="store_true", help="print one JSON object per profile")


def run(args: argparse.Namespace) -> int:
    """Print the profiles in the file, those logged in to, and the chosen one (marked *)."""
    settings = find_settings(vars(args), os.environ)
    if isinstance(settings, Refusal):
        return settings.tell()
    sources = Sources(os.environ, settings.profile, may_ask=False)
    signed_in = SignIns(sign_ins_path()).read()
    rows = []
    for name in dict.fromkeys((*settings.profiles, *signed_in)):
        profile = settings.named(name)
        found, sign_in = sources.find(profile), signed_in.get(name)
        rows.append(_fields(profile, found, sign_in, is_chosen=name == settings.profile))
    lines = [dump(row) for row in rows] if args.json else _table(rows)
    for line in lines:
        print(line)  # noqa: T201 - stdout is data
    if not args.json:
        for problem in filter(None, (row["problem"] for row in rows)):
            complain(problem)
    return 0


def _fields(
    profile: Profile, found: FoundCredential | NoCredential, sign_in: SignIn | None, *, is_chosen: bool
) -> Fields:
    credential = found.credential if isinstance(found, FoundCredential) else None
    expires_at = credential.expires_at if credential else None
    return {
        "schema": SCHEMA,
        "profile": profile.name,
        "chosen": is_chosen,
        "endpoint": str(profile.endpoint),
        "region": profile.region,
        "sdk_app_id": profile.sdk_app_id,
        "budget": profile.budget,
        "store": profile.store,
        "source": plain(found.source) if isinstance(found, FoundCredential) else None,
        "problem": plain(_problem(found, sign_in)) or None,
        "secret_id": credential.masked_id if credential else None,
        "expires_at": rfc3339(expires_at) if expires_at is not None else None,
        "verified_at": rfc3339(sign_in.verified_at) if sign_in and sign_in.verified_at is not None else None,
    }


def _problem(found: FoundCredential | NoCredential, sign_in: SignIn | None) -> str:
    """Why there is no credential, "" where there is one."""
    if isinstance(found, FoundCredential):
        return ""
    lost = f"the {sign_in.place} has lost what login put there; " if found.absent and sign_in else ""
    return f"{lost}{found.reason}: {found.advice}"


def _table(rows: Sequence[Fields]) -> list[str]:
    """The profiles in columns, under a header."""
    cells = [_HEADER, *map(_cells, rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def _cells(row: Fields) -> tuple[str, ...]:
    return (
        row["profile"] + ("*" if row["chosen"] else ""),
        row["endpoint"].partition("://")[2],
        row["region"],
        str(row["sdk_app_id"] or "-"),
        f"{row['budget']:g}",
        row["store"],
        row["source"] or "none",
        row["secret_id"] or "-",
        row["verified_at"] or "never",
    )
