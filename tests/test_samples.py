"""The sample mail is what its generator writes, and its table of answers covers every byte of it."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import ipaddress
import json
import re
import subprocess
import sys
import tarfile
import tomllib
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, str]

INVENTED_NAMES = (".example", ".test", ".invalid", "example.com", "example.net", "example.org")
# Names in the lines of the two services whose shape is kept.
SERVICE_NAMES = ("prod.outlook.com", "mail.gmail.com")


@pytest.fixture(scope="module")
def expected(samples: Path) -> list[Row]:
    with (samples / "expected.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture(scope="module")
def by_path(expected: list[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in expected:
        found[row["path"]].append(row)
    return found


def files_below(folder: Path) -> dict[str, Path]:
    return {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}


def expanded(path: Path) -> bytes:
    """Give a file's bytes, without compression: how well that does depends on the zlib at hand."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def items(samples: Path) -> dict[str, bytes]:
    """Give every single file of the corpus, members of the archive included, but not what is in an mbox."""
    found = {}
    for name, path in files_below(samples / "mail").items():
        if name.endswith(".tar.gz"):
            with tarfile.open(fileobj=io.BytesIO(expanded(path))) as tar:
                for member in tar:
                    content = tar.extractfile(member)
                    assert content is not None
                    found[f"{name}!/{member.name}"] = content.read()
        elif ".mbox" not in name:
            found[name] = path.read_bytes()
    return found


def test_the_generator_writes_what_is_committed(samples: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, samples / "make_mail.py", tmp_path], check=True, capture_output=True)

    assert (tmp_path / "expected.csv").read_bytes() == (samples / "expected.csv").read_bytes()
    committed, written = files_below(samples / "mail"), files_below(tmp_path / "mail")
    assert list(written) == list(committed)
    for name, path in written.items():
        assert expanded(path) == expanded(committed[name]), name


def test_compressed_files_carry_no_time_of_their_making(samples: Path) -> None:
    for path in (samples / "mail").glob("*.gz"):
        assert path.read_bytes()[4:8] == b"\0\0\0\0"
    with tarfile.open(samples / "mail" / "reported.tar.gz") as tar:
        assert {(member.mtime, member.uid, member.uname) for member in tar} == {(1768867200, 0, "")}


def test_the_corpus_is_small(samples: Path) -> None:
    assert sum(path.stat().st_size for path in files_below(samples / "mail").values()) < 2_000_000


def test_every_single_file_has_one_row_with_its_digest(samples: Path, by_path: dict[str, list[Row]]) -> None:
    found = items(samples)

    assert sorted(found) == sorted(path for path in by_path if ".mbox" not in path)
    for path, data in found.items():
        assert [(row["index"], row["offset"], row["sha256"]) for row in by_path[path]] == [
            ("0", "0", hashlib.sha256(data).hexdigest())
        ], path


@pytest.mark.parametrize(("name", "end"), [("company.mbox", b"\n"), ("reader.mbox.gz", b"\r\n")])
def test_the_rows_of_an_mbox_cover_every_byte_of_it(
    samples: Path, by_path: dict[str, list[Row]], name: str, end: bytes
) -> None:
    data = expanded(samples / "mail" / name)
    place = 0
    for number, row in enumerate(by_path[name]):
        start = data.index(end, place) + len(end)
        stop = data.find(end + end + b"From ", start)
        after = len(data) if stop < 0 else stop + 2 * len(end)
        message = data[start : after - len(end)]

        assert data.startswith(b"From ", place)
        assert (int(row["index"]), int(row["offset"])) == (number, start)
        assert row["sha256"] == hashlib.sha256(message).hexdigest()
        place = after
    assert place == len(data)


def test_body_lines_that_look_like_postmarks_are_quoted(samples: Path) -> None:
    data = (samples / "mail" / "company.mbox").read_bytes()

    assert b"\n\n>From here on follows" in data
    assert b"\n>>From line that was quoted once before.\n" in data


def test_no_answer_is_in_doubt(expected: list[Row]) -> None:
    for row in expected:
        assert bool(row["handover_ip"]) == (row["handover_grade"] == "vouched"), row
        assert bool(row["origin_ip"]) == bool(row["origin_grade"]), row
        assert (row["origin_grade"] == "vouched") == (row["origin_ip"] == row["handover_ip"] != ""), row
        assert row["status"] == "ok" or row["handover_ip"] == "", row


def test_the_corpus_has_what_its_readme_tells(samples: Path, expected: list[Row]) -> None:
    readme = (samples / "README.md").read_text(encoding="utf-8")
    sizes = Counter(row["campaign"] for row in expected)
    groups = Counter(re.sub(r"^(series|conversation)-.*", r"\1-", name) for name in sizes.elements())

    assert f"{len(expected)} items" in readme
    for name, size in groups.items():
        start = f"| `{name}" if name else "| (empty)"
        assert [line for line in readme.splitlines() if line.startswith(start) and f" | {size} | " in line], name
    for kind in {row["kind"] for row in expected}:
        assert f"`{kind}`" in readme
    senders = {name: {row["handover_ip"] for row in expected if row["campaign"] == name} for name in sizes}
    assert len((senders["parcel"] & senders["invoice"]) - {""}) == 8


def test_the_scan_is_what_its_generator_writes(samples: Path, tmp_path: Path, expected: list[Row]) -> None:
    subprocess.run([sys.executable, samples / "make_banners.py", tmp_path], check=True, capture_output=True)
    scan = expanded(samples / "banners" / "scan.jsonl.gz")
    assert scan == expanded(tmp_path / "scan.jsonl.gz")
    addresses = [json.loads(line)["ip_str"] for line in scan.splitlines()]
    senders = {row["handover_ip"] for row in expected}
    assert len(senders & set(addresses)) > 50
    assert len(set(addresses) - senders) > 2_000


def test_exactly_two_messages_occur_twice(expected: list[Row]) -> None:
    paths: dict[str, list[str]] = defaultdict(list)
    for row in expected:
        paths[row["sha256"]].append(row["path"].partition("/")[0])

    assert sorted(found for found in paths.values() if len(found) > 1) == [
        ["company.mbox", "company.mbox"],
        ["foundation", "reported.tar.gz!"],
    ]


def test_the_message_in_the_readme_is_worth_tracing(samples: Path, by_path: dict[str, list[Row]]) -> None:
    found = re.search(r"attribution trace samples/mail/(\S+)", (samples / "README.md").read_text(encoding="utf-8"))

    assert found is not None
    assert by_path[found[1]][0]["kind"] == "forged-chain"


def all_mail(samples: Path) -> str:
    data = [expanded(path) for path in (samples / "mail").glob("*.mbox*")]
    data += [item for path, item in items(samples).items() if not path.endswith((".dat", ".bin"))]
    return b"\n".join(data).decode("latin-1")


def test_every_address_is_an_invented_or_an_inner_one(samples: Path) -> None:
    table = tomllib.loads((samples / "databases" / "networks.toml").read_text(encoding="utf-8"))
    known = [ipaddress.ip_network(prefix) for network in table["network"] for prefix in network["prefixes"]]
    known.append(ipaddress.ip_network("28.5.0.0/16"))  # left out of the databases on purpose
    known += [ipaddress.ip_network(prefix) for prefix in ("2603:10a6::/32", "2002:a05::/32")]

    texts = set(re.findall(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])", all_mail(samples)))
    texts |= set(re.findall(r"(?<![\w:])[0-9a-f]{1,4}(?::{1,2}[0-9a-f]{1,4}){3,7}(?![\w:])", all_mail(samples)))
    addresses = {ipaddress.ip_address(text) for text in texts}

    assert len(addresses) > 150
    assert not sorted(
        str(ip)
        for ip in addresses
        if not ip.is_private and not any(ip in net for net in known if net.version == ip.version)
    )


def test_every_mailbox_is_an_invented_one(samples: Path) -> None:
    domains = set(re.findall(r"[\w.+=-]@([a-z0-9.-]+\.[a-z]+)", all_mail(samples), re.IGNORECASE))

    assert len(domains) > 40
    assert not sorted(name for name in domains if not name.lower().endswith((*INVENTED_NAMES, *SERVICE_NAMES)))
