"""What people write for a TaskId, an SdkAppId or a Region, read strictly (tencent-api.md section 7)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from relaytui.core.task import DESCRIBE_REGIONS, MAX_TASK_ID_BYTES, TaskKey
from relaytui.core.text import plain

MAX_SDK_APP_ID = 2**63 - 1
_REGION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SHOWN_CHARACTERS = 48


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a written value is not taken, and what would be, in words that can follow a colon."""

    reason: str


def read_task_id(text: str) -> str | Refused:
    """The TaskId, byte for byte but for blanks around it; refused where no API could have given it."""
    task_id = text.strip()
    if not task_id:
        return Refused("a TaskId is never empty")
    # The whole text first: 10,000 ids character by character take longer than all the rest of the start.
    if plain(task_id) != task_id:
        wrong = next(character for character in task_id if plain(character) != character)
        name = unicodedata.name(wrong, "a control character")
        return Refused(f"a TaskId never holds U+{ord(wrong):04X} ({name}): copy it again")
    if len(task_id.encode()) > MAX_TASK_ID_BYTES:
        return Refused(f"a TaskId has at most {MAX_TASK_ID_BYTES} bytes")
    return task_id


def read_sdk_app_id(text: str) -> int | Refused:
    """The SdkAppId as a number."""
    digits = text.strip()
    if not re.fullmatch(r"0*[1-9][0-9]{0,18}", digits, re.ASCII) or int(digits) > MAX_SDK_APP_ID:
        return Refused("an SdkAppId is a positive whole number, mostly of 10 digits such as 1400188366")
    return int(digits)


def read_region(text: str) -> str | Refused:
    """The Region as the API spells it; any name passes, because the documented lists differ (see `doubts`)."""
    region = text.strip()
    if not _REGION.fullmatch(region):
        return Refused("a region is a name such as ap-singapore: letters, digits, hyphens, at most 64 characters")
    return region


def doubts(keys: Iterable[TaskKey]) -> list[str]:
    """What is unusual about these tasks' regions and SdkAppIds, one sentence each: worth a warning, no refusal."""
    keys = list(keys)
    regions = sorted({key.region for key in keys} - DESCRIBE_REGIONS)
    apps = sorted(app for app in {key.sdk_app_id for key in keys} if len(str(app)) != 10)
    return [
        f"region {quoted(region)} is not one the documents name for this query{nearest(region, DESCRIBE_REGIONS)};"
        " it is asked all the same"
        for region in regions
    ] + [f"SdkAppId {app} has not the usual 10 digits; it is asked all the same" for app in apps]


def nearest(word: str, right: Iterable[str]) -> str:
    """The hint "(did you mean X?)" after a blank, or "" where `word` resembles none of the right words."""
    import difflib  # noqa: PLC0415 - 2 ms that only mistakes need

    found = difflib.get_close_matches(word.lower(), list(right), n=1)
    return f" (did you mean {found[0]}?)" if found else ""


def quoted(text: str) -> str:
    """Foreign text as an error message shows it: plain, in quotes, and not too long."""
    shown = plain(text)
    return f"'{shown if len(shown) <= _SHOWN_CHARACTERS else shown[: _SHOWN_CHARACTERS - 1] + '…'}'"
