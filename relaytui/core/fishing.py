"""TaskIds fished out of messy text: chat, log excerpts, request bodies, answers of StartStreamIngest.

A *run* is an unbroken piece of the characters that TaskIds are made of: letters, digits and ``+ / _ . -``. Whether it
is a TaskId depends on where it stands. A wrong TaskId on the list is worse than one that has to be added by hand, so
what fits no row of this table is left alone.

=====================================  ===============================================================================
where it stands                        what counts
=====================================  ===============================================================================
in quotes, the value of a TaskId       every run, byte for byte, also broken over lines
field (``"TaskId": "…"``, ``task_id``)
bare, the value of a TaskId field      a run with a digit, or one that ends in ``..``
(``TaskId=…``, ``--TaskId …``)
alone on its line (a bullet, quotes    3 to 7 digits; 16 or more random characters with one of ``+ / _ . -`` among them
and a comma aside)
anywhere else                          *marked*: 20 or more that end in ``..``, a letter and a digit among them (with
                                       ``/`` also both cases); *strong*: 60 to 128 random characters
never (but as a TaskId field)          in a URL or e-mail address; hex digits, UUIDs, numbers, dates; padded base64;
                                       the values of fields named for keys, tokens, signatures, users and hashes;
                                       AKID…, eyJ…, AAAA… (SecretIds, JWTs, SSH keys)
=====================================  ===============================================================================

*Random* means: capitals, small letters and digits, and the kind changes at a third of all neighbours or more; words and
CamelCase do not do that.

*Dots at the end.* Two belong to the TaskId, a third is the sentence's. A single one counts in quotes and alone on a
line; at the end of a word in prose it is a full stop.

*Broken lines.* A random run of 16 or more without dots that ends a line goes on in the first run of the next one
(blanks, ``>`` and ``|`` aside), where that is random or holds a digit and ends in ``..``, is shorter than 60, and both
make at most 128.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

LONGEST: Final = 128
_STRONG = 60
_SHORTEST_HEAD = 16
_HOME = 2000
"""Characters to either side of a TaskId within which its SdkAppId and region are looked for."""
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u2060\ufeff"))

_RUN = re.compile(r"[A-Za-z0-9+/_.\-]+")
_FIELD = re.compile(
    r"(?<![A-Za-z0-9])task[ _-]?ids?\\*[\"'`]?(?:\s*(?:=>|[:=])\s*\[?\s*|(?<=--taskid)\s+|(?<=--task-id)\s+)"
    r"(?:(?P<mark>\\*[\"'`])(?P<quoted>(?:[A-Za-z0-9+/_.\-]|\\/|[ \t]*\n[ \t>|]*)+)(?P=mark)"
    r"|(?P<bare>[A-Za-z0-9+/_.\-]+))",
    re.IGNORECASE,
)
_BREAK = re.compile(r"\s+[>|\s]*")
_ALONE = re.compile(
    r"\s*(?:[>|*•·–]\s*|-\s+|\d{1,3}[.)]\s+)*[\"'`(\[{<]*(?P<run>[A-Za-z0-9+/_.\-]+)[\"'`)\]}>]*[,;]?\s*"
)
_TAIL = re.compile(r"[ \t>|]*(?P<run>[A-Za-z0-9+/_.\-]+)")
_WORD = re.compile(r"\S+")
_HEX = re.compile(r"[0-9a-fA-F+/_.\-]+")
_FOREIGN = re.compile(r"AKID|eyJ|AAAA")
_OTHER_FIELD = re.compile(
    r"(?:token|secret|key|sig|signature|password|authorization|bearer|nonce|etag|sha\d+|hash|digest|user\w*|requestid)"
    r"\\*[\"'`]?\s*[:=\- ]\s*\\*[\"'`]?$",
    re.IGNORECASE,
)
_SDK_APP_ID = re.compile(r"sdk[ _-]?app[ _-]?id\W{1,6}(\d{1,19})(?!\w)", re.IGNORECASE)
_REGION = re.compile(r"(?<![A-Za-z])region\W{1,6}([a-z]{2,3}-[a-z]+(?:-[a-z0-9]+)*)", re.IGNORECASE)
_CELL = r"(?:^|(?<=[\t,;|]))[ \"']*{}[ \"']*(?:$|(?=[\t,;|]))"
_CELL_SDK_APP_ID = re.compile(_CELL.format(r"((?:14|16|20)\d{8})"), re.MULTILINE)
"""As SdkAppIds begin: 14 or 16 (tencent-api.md), new ones 20. Other numbers of ten digits that rows hold are times."""
_CELL_REGION = re.compile(_CELL.format(r"((?:ap|eu|na|sa)-[a-z]+)"), re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Catch:
    """A TaskId, the line it begins on (from 1), and what the text says of its SdkAppId and region, or ""."""

    line: int
    task_id: str
    sdk_app_id: str = ""
    region: str = ""


def fish(text: str) -> list[Catch]:
    """Every TaskId in the text by the rules above, in text order, each time it stands there."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_INVISIBLE)
    found = dict(_fields(text))
    found |= _bare(_WORD.sub(_without_address, _FIELD.sub(_blank, text)), text)
    line, end, catches = 1, 0, []
    for start in sorted(found):
        line, end = line + text.count("\n", end, start), start
        catches.append(Catch(line, found[start], *_home(text, start)))
    return catches


@dataclass(frozen=True, slots=True)
class Broken:
    """A TaskId that stands broken over `count` words from the `first` on.

    It is not certain where one of the parts could be a TaskId by itself.
    """

    first: int
    count: int
    task_id: str
    is_certain: bool


def broken(words: Sequence[str]) -> Iterator[Broken]:
    """Where in a list of one word a line TaskIds may be broken over lines: what is joined is marked and ends in dots.

    All parts but the last are of one length, as wherever text is wrapped.
    """
    first = 0
    while first < len(words):
        count = _parts(words, first)
        parts = words[first : first + count]
        if count > 1:
            yield Broken(first, count, "".join(parts), not any(_counts(part) or _counts_alone(part) for part in parts))
        first += count


def _parts(words: Sequence[str], first: int) -> int:
    """How many words from this one on make one TaskId; 1 where it does not go on."""
    head = words[first]
    if len(head) < _SHORTEST_HEAD or head.endswith(".") or not _is_random(head) or _is_foreign(head):
        return 1
    joined = head
    for count, piece in enumerate(words[first + 1 : first + LONGEST // _SHORTEST_HEAD], 2):
        joined += piece
        if not 2 <= len(piece) <= min(len(head), _STRONG - 1) or len(joined) > LONGEST:
            return 1
        if piece.endswith(".."):
            return count if _goes_on(piece) and _counts(joined) else 1
        if len(piece) < len(head) or not _goes_on(piece):
            return 1
    return 1


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def _without_address(match: re.Match[str]) -> str:
    word = match[0]
    return _blank(match) if "://" in word or "@" in word or word.startswith("www.") else word


def _fields(text: str) -> Iterator[tuple[int, str]]:
    """The place and the TaskId of every TaskId field."""
    for match in _FIELD.finditer(text):
        if match["quoted"] is not None:
            if task_id := _BREAK.sub("", match["quoted"]).replace("\\/", "/"):
                yield match.start("quoted"), task_id
        elif re.search(r"\d|\.\.$", task_id := _without_full_stop(match["bare"])):
            yield match.start("bare"), task_id


def _bare(rest: str, text: str) -> dict[int, str]:
    """The place and the TaskId of every run in `rest` that counts; `text` is the same with all its fields."""
    found: dict[int, str] = {}
    place, taken = 0, 0
    for line in rest.split("\n"):
        alone, last = _ALONE.fullmatch(line), len(line.rstrip())
        for match in _RUN.finditer(line):
            start, end = place + match.start(), place + match.end()
            if start < taken or len(run := match[0]) > LONGEST + 3:
                continue
            if text[end : end + 1] == "=":
                continue
            if match.end() == last:
                run, taken = _with_tails(run, rest, end)
            task_id = _without_ellipsis(run) if alone else _without_full_stop(run)
            counts = _counts(task_id) or (alone is not None and _counts_alone(task_id))
            if counts and not _OTHER_FIELD.search(text, max(0, start - 40), start):
                found[start] = task_id
        place += len(line) + 1
    return found


def _with_tails(run: str, text: str, end: int) -> tuple[str, int]:
    """The run that ends a line at `end`, with what of it the next lines hold, and where that ends."""
    while len(run) >= _SHORTEST_HEAD and run[-1] != "." and _is_random(run) and not _is_foreign(run):
        newline = text.find("\n", end)
        tail = _TAIL.match(text, newline + 1) if newline >= 0 else None
        if tail is None:
            break
        piece = _without_ellipsis(tail["run"])
        fits = tail["run"] != "..." and 2 <= len(piece) < _STRONG and len(run) + len(piece) <= LONGEST
        if not fits or not _goes_on(piece):
            break
        run, end = run + piece, tail.end("run")
    return run, end


def _goes_on(piece: str) -> bool:
    """Whether a run can be what a TaskId goes on with in the next line."""
    return _is_random(piece) or re.search(r"^\.\.$|\d.*\.\.$", piece) is not None


def _counts(run: str) -> bool:
    """Whether a run is a TaskId wherever it stands."""
    if _is_foreign(run):
        return False
    has_letter, has_digit = re.search(r"[A-Za-z]", run), re.search(r"\d", run)
    if run.endswith("..") and 20 <= len(run) <= LONGEST and has_letter and has_digit:
        return "/" not in run or bool(re.search(r"[a-z]", run) and re.search(r"[A-Z]", run))
    return _STRONG <= len(run) <= LONGEST and _is_random(run)


def _counts_alone(run: str) -> bool:
    """Whether a run is a TaskId where nothing else stands on its line."""
    if re.fullmatch(r"\d{3,7}", run):
        return True
    return not _is_foreign(run) and len(run) >= 16 and re.search(r"[+/_.\-]", run) is not None and _is_random(run)


def _is_foreign(run: str) -> bool:
    """Whether a run is known to be something else: hex digits, a number, a date, a UUID, a secret."""
    return bool(_HEX.fullmatch(run) or _FOREIGN.match(run))


def _is_random(run: str) -> bool:
    """Whether capitals, small letters and digits change as often as chance makes them."""
    kinds = [0 if each.isdigit() else 1 if each.islower() else 2 for each in run if each.isalnum()]
    changes = sum(kind != after for kind, after in pairwise(kinds))
    return len({*kinds}) == 3 and 3 * changes >= len(kinds) - 1


def _without_full_stop(run: str) -> str:
    """A run in prose without the sentence's dot."""
    run = _without_ellipsis(run)
    return run[:-1] if run.endswith(".") and not run.endswith("..") else run


def _without_ellipsis(run: str) -> str:
    """A run with at most the two dots that may belong to a TaskId."""
    bare = run.rstrip(".")
    return run[: len(bare) + 2]


def _home(text: str, place: int) -> tuple[str, str]:
    """What the object around this place says of SdkAppId and region, or else its line, be it a row of a table."""
    first, last = text.rfind("{", max(0, place - _HOME), place), text.find("}", place, place + _HOME)
    begin, end = text.rfind("\n", max(0, place - _HOME), place), text.find("\n", place, place + _HOME)
    spans = [(begin + 1 if begin >= 0 else max(0, place - _HOME), end if end >= 0 else place + _HOME)]
    if first >= 0 and last >= 0 and "}" not in text[first:place]:
        spans.insert(0, (first, last))
    line = spans[-1:]
    return (
        _first(_SDK_APP_ID, text, spans) or _first(_CELL_SDK_APP_ID, text, line),
        _first(_REGION, text, spans) or _first(_CELL_REGION, text, line),
    )


def _first(pattern: re.Pattern[str], text: str, spans: list[tuple[int, int]]) -> str:
    for first, last in spans:
        if match := pattern.search(text, first, last):
            return match[1]
    return ""
