from __future__ import annotations

import json
import random
import string
import time
import uuid

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from relaytui.core.fishing import Broken, Catch, _is_foreign, _is_random, broken, fish

ALPHABET = string.ascii_letters + string.digits + "+/_-"
MARKED = "CR6LqvF7KfFBEyRihlxDN5RBXjdLDEn-LZgRFr+rTEL2p6vn.."
DICE = random.Random(7)
LONG = "-" + "".join(DICE.choices(ALPHABET, k=117)) + ".."
STRONG = "".join(DICE.choices(ALPHABET, k=79))


def ids(text: str) -> list[str]:
    return [catch.task_id for catch in fish(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"Response": {"TaskId": "1234", "RequestId": "5d4c8a30-3d1a-4a0c-9d51-31f0c2fbd8a7"}}', ["1234"]),
        (r'msg="{\"TaskId\":\"ab\/c..\"}"', ["ab/c.."]),
        ("{'TaskId': 'abc.'}", ["abc."]),
        ("TaskId=1234, region=ap-mumbai", ["1234"]),
        ("task id: 1234.", ["1234"]),
        ("tccli trtc DescribeStreamIngest --TaskId -k3+x_y.. --SdkAppId 1400188366", ["-k3+x_y.."]),
        ("https://example.com/?TaskId=-k3+x_y..&a=b", ["-k3+x_y.."]),
        ("the TaskId is wrong. TaskId: please", []),
        ("1234", ["1234"]),
        ("- 1234,", ["1234"]),
        ("call 1234 now", []),
        (f"please look at {MARKED}, thanks", [MARKED]),
        (f"({MARKED})", [MARKED]),
        (f"it is {MARKED}.", [MARKED]),
        (f'"{LONG}"', [LONG]),
        (f"> {LONG}", [LONG]),
        (f"1) {STRONG}\n2) {LONG}\n", [STRONG, LONG]),
        (f"cam 1: {STRONG}. Then {LONG}", [STRONG, LONG]),
        (f"cam 1: {LONG[:80]}\n> {LONG[80:]} and so on", [LONG]),
        (f"{LONG[:40]}\n{LONG[40:80]}\n{LONG[80:]}", [LONG]),
        (f'"TaskId": "{LONG[:30]}\n   {LONG[30:]}"', [LONG]),
        (f"{STRONG}\n{MARKED[:20].lower()}", [STRONG]),
        (f"{STRONG[:70]}\n{STRONG[9:]}", [STRONG[:70], STRONG[9:]]),
        (f"\u200b{MARKED[:20]}\u200b{MARKED[20:]}", [MARKED]),
        (f"SecretKey={STRONG}", []),
        (f'"UserSig": "{LONG}"', []),
        (f"https://host/{STRONG}", []),
        (f"mei@{STRONG}", []),
        (f"{STRONG}==", []),
        ("AKID" + STRONG, []),
        (str(uuid.UUID(int=3)), []),
        (f"{uuid.UUID(int=2**127 + 5)}..", []),
        ("da39a3ee5e6b4b0d3255bfef95601890afd80709da39a3ee5e6b4b0d3255bfef", []),
        ("2026-11-23T07:15:22.123456Z 20261123 1400188366 10.0.0.1", []),
        ("cd ../../relaytui/adapters/v2/watchlist..", []),
        ("see DescribeStreamIngestResponse2AndDescribeRelayIngestStreamsResponse2", []),
        ("", []),
    ],
)
def test_the_table(text: str, found: list[str]) -> None:
    assert ids(text) == found


def test_a_catch_knows_its_line_and_the_home_its_object_or_line_names() -> None:
    body = json.dumps({"SdkAppId": 1400188366, "TaskId": "1234", "Region": "ap-mumbai"}, indent=1)
    assert fish(f"asked:\n{body}") == [Catch(4, "1234", "1400188366", "ap-mumbai")]
    assert fish(f"sdkappid=1600012345 answer {{'TaskId': '{MARKED}'}}\n1234") == [
        Catch(1, MARKED, "1600012345"),
        Catch(2, "1234"),
    ]
    far = f"SdkAppId=1 {'word ' * 1000} {MARKED} SdkAppId=1600012345 {'word ' * 1000}"
    assert fish(far) == [Catch(1, MARKED, "1600012345")], "what is near in a long line counts"
    for row in (
        "{}\t1600099999\tap-bangkok\tcam 1\tcup",
        'cam 1;"1600099999"; {} ;ap-bangkok',
        "{},1769890123,ap-bangkok,1600099999",
    ):
        assert fish(f"first\n{row.format(MARKED)}\nlast") == [Catch(2, MARKED, "1600099999", "ap-bangkok")]
    assert fish(f"{MARKED}\n1600099999,ap-bangkok") == [Catch(1, MARKED)], "another row"
    assert fish(f"call 1600099999 about {MARKED} in ap-bangkok") == [Catch(1, MARKED)], "no row"
    two = '{"a": {"SdkAppId": 1}, "TaskId": "1234"}\n'
    assert fish(two) == [Catch(1, "1234", "1")]


WORDS = (
    "the relay ended at 03:14:07 (see ticket OPS-1234), can you check? [2026-11-23 07:15:22.123] INFO StreamIngest "
    "RequestId=5d4c8a30-3d1a-4a0c-9d51-31f0c2fbd8a7 https://example.com/a/B2?x=1 DescribeStreamIngest2 ... ok.. "
    "0123456789abcdef0123456789abcdef01234567 rtmp://host/app/Stream_01 v1.2.3 Mei: > | `code` 1400188366 10.1.2.3 "
    "/var/log/relaytui/2026/Relay2.log ap-singapore InProgress, NotExist; e-mail mei@example.com 中文 «id»"
)
NOISE = st.lists(st.sampled_from(WORDS.split()), max_size=12).map(" ".join)
SEEDS = st.integers(0, 2**32)


def random_id(seed: int) -> str:
    """A TaskId as the API makes them, 60 to 120 characters; with or without the dash and the dots."""
    dice = random.Random(seed)
    head, tail = dice.choice(("", "-")), dice.choice(("", "", ".."))
    size = dice.randint(60, 120) - len(head + tail)
    return head + "".join(dice.choices(ALPHABET, k=size)) + tail


@given(st.lists(st.tuples(NOISE, SEEDS, st.sampled_from((" ", ", ", ") ", "\n", '" ', "` "))), max_size=5), NOISE)
@settings(deadline=None)
def test_every_planted_id_is_found_and_none_is_invented(parts: list[tuple[str, int, str]], end: str) -> None:
    text, planted, lines = "", [], []
    for noise, seed, after in parts:
        text += f"{noise} "
        if text.split("\n")[-1].split(" ")[-2:-1] == ["»"]:
            continue
        planted.append(random_id(seed))
        lines.append(text.count("\n") + 1)
        text += planted[-1] + after
    found = fish(text + end)
    assert [(catch.task_id, catch.line) for catch in found] == list(zip(planted, lines, strict=True))


@given(st.lists(NOISE, max_size=6).map("\n".join))
def test_noise_alone_gives_nothing(text: str) -> None:
    assert fish(text) == [] or all(line.strip().isdigit() for line in text.split("\n") if line in ids(text))


@given(st.text(ALPHABET + ".", min_size=1, max_size=120))
def test_whatever_a_field_holds_in_quotes_is_taken_byte_for_byte(task_id: str) -> None:
    for text in (json.dumps({"TaskId": task_id}), json.dumps(json.dumps({"TaskId": task_id}))):
        assert ids(text) == [task_id]


@given(st.text(max_size=300))
def test_any_text_gives_ids_of_their_characters_only(text: str) -> None:
    assert all(set(catch.task_id) <= set(ALPHABET + ".") for catch in fish(text))


def test_a_hundred_thousand_lines_take_seconds_at_most() -> None:
    line = f"2026-11-23 INFO relay cam 1 {MARKED} SdkAppId: 1400188366\n"
    begin = time.process_time()
    assert len(fish(line * 20_000)) == 20_000
    assert len(fish("a" * 500_000)) == 0
    assert len(fish('task_id="' * 50_000)) == 0
    assert len(fish("{" * 200_000 + "TaskId=1")) == 1
    assert len(fish("word " * 400_000 + MARKED)) == 1
    assert time.process_time() - begin < 10


SHORT_HEAD, SHORT_TAIL = "aB3dE5gH7jK9mN1pQ3rS", "t5Uv7.."


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([SHORT_HEAD, SHORT_TAIL], [Broken(0, 2, SHORT_HEAD + SHORT_TAIL, True)]),
        (["1234", SHORT_HEAD, SHORT_TAIL, "5678"], [Broken(1, 2, SHORT_HEAD + SHORT_TAIL, True)]),
        ([SHORT_HEAD, SHORT_HEAD, SHORT_TAIL], [Broken(0, 3, SHORT_HEAD * 2 + SHORT_TAIL, True)]),
        ([LONG[:80], LONG[80:]], [Broken(0, 2, LONG, False)]),
        ([LONG[:40], LONG[40:80], LONG[80:]], [Broken(0, 3, LONG, False)]),
        ([SHORT_HEAD, SHORT_HEAD[:-1], SHORT_TAIL], [Broken(1, 2, SHORT_HEAD[:-1] + SHORT_TAIL, True)]),
        ([SHORT_HEAD, SHORT_HEAD], []),
        ([SHORT_HEAD, "1234"], []),
        ([LONG, LONG], []),
        ([STRONG, MARKED[:20].lower()], []),
        (["AKID" + SHORT_HEAD, SHORT_TAIL], []),
        ([SHORT_HEAD], []),
        ([SHORT_HEAD, ""], []),
        ([], []),
    ],
)
def test_where_a_list_may_hold_a_broken_task_id(words: list[str], found: list[Broken]) -> None:
    assert list(broken(words)) == found


@given(st.lists(st.one_of(SEEDS.map(random_id), st.integers(100, 9_999_999).map(str)), max_size=8))
def test_a_list_of_whole_task_ids_is_never_joined(words: list[str]) -> None:
    assert list(broken(words)) == []


@given(SEEDS, st.integers(16, 110))
def test_a_broken_task_id_is_found_whole_or_doubted(seed: int, width: int) -> None:
    task_id = random_id(seed).removesuffix("..") + ".."
    words = [task_id[start : start + width] for start in range(0, len(task_id), width)]
    assume(len(words) > 1 and all(_is_random(word) and not _is_foreign(word) for word in words))
    assume(all(2 <= len(word) < 60 for word in words[1:]) and words[-1].endswith("..") and len(task_id) <= 128)
    assert [(each.first, each.count, each.task_id) for each in broken(words)] == [(0, len(words), task_id)]


@given(st.lists(st.text(ALPHABET + ".", min_size=1, max_size=60), max_size=10))
def test_what_is_certain_has_no_part_that_could_be_a_task_id(words: list[str]) -> None:
    for each in broken(words):
        parts = words[each.first : each.first + each.count]
        assert "".join(parts) == each.task_id
        assert not each.is_certain or all(ids(part) == [] for part in parts)
