"""Files that were made to do harm: skipped with a reason, in bounded memory and time (craft C.5, row 24)."""

from __future__ import annotations

import gzip
import json
import lzma
import multiprocessing
import time
import zlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attribution.enrich.banners import Tally, read_banners
from tests.enrich.banners.conftest import rows_of
from tests.enrich.banners.test_formats import SHODAN, shodan

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.enrich.banners.conftest import Imported

    Import = Callable[..., Imported]

GIGABYTE = 1 << 30
MOST_MEMORY = 256
"""MB of resident memory of a whole process that reads such a file."""
MOST_SECONDS = 30
SHARING = 100_000
NMAP = b'<nmaprun scanner="nmap" start="1388700000">\n'
HOST = (
    b'<host><address addr="192.0.2.7" addrtype="ipv4"/><ports><port protocol="tcp" portid="80">'
    b'<state state="open"/></port></ports></host>\n'
)


class Cost(NamedTuple):
    """What reading a file took."""

    rows: int
    statuses: Counter[str]
    details: list[str]
    megabytes: int
    seconds: float


def peak_megabytes() -> int:
    """Return the most memory that this program ever held; `ru_maxrss` also counts what its parent held before it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def _read(path: Path, results: multiprocessing.Queue[Cost]) -> None:
    tally = Tally()
    begun = time.monotonic()
    rows = sum(batch.num_rows for batch in read_banners(path, tally=tally))
    peak = peak_megabytes()
    details = [problem.detail for problem in tally.problems]
    results.put(Cost(rows, Counter(tally.statuses), details, peak, time.monotonic() - begun))


def cost_of(path: Path) -> Cost:
    """Read a file in a process of its own, whose memory nothing else adds to."""
    context = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[Cost] = context.Queue()
    process = context.Process(target=_read, args=(path, results))
    process.start()
    try:
        cost = results.get(timeout=120)
    finally:
        process.join(10)
        process.kill()
    assert cost.megabytes <= MOST_MEMORY, cost
    assert cost.seconds <= MOST_SECONDS, cost
    return cost


def long_line(path: Path) -> None:
    """Write a line of a gigabyte before one that is good; the gigabyte is a hole that takes no space on the disk."""
    with path.open("wb") as file:
        file.write(shodan().encode() + b'{"ip_str": "192.0.2.1", "data": "')
        file.seek(GIGABYTE, 1)
        file.write(b'"}\n' + shodan().encode())


def long_document(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b'[\n {\n  "ip_str": "192.0.2.1",\n  "data": "')
        file.seek(GIGABYTE // 4, 1)
        file.write(b'"\n },\n ' + shodan().encode() + b"]")


def long_csv_field(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b'ip,port,text,observed_at\n192.0.2.1,80,"')
        file.seek(GIGABYTE // 4, 1)
        file.write(b'",1388700000\n192.0.2.1,80,x,1388700000\n')


def many_parts(path: Path) -> None:
    path.write_bytes(shodan().encode() + b'{"ip_str": "192.0.2.1", "data": [' + b"{}," * 2_700_000 + b"{}]}\n")


def many_objects(path: Path) -> None:
    """Write a line of as many objects as are still read."""
    line = json.dumps(SHODAN)[:-1] + ', "x": [' + '{"a":1},' * 249_000 + "{}]}\n"
    path.write_text(line * 2)


def wide_characters(path: Path) -> None:
    """Write a line at the limit of which each character takes four bytes in memory."""
    path.write_bytes((json.dumps(SHODAN)[:-1] + ', "x": "\U0001f4a5' + "x" * (8 * 1024 * 1024 - 600) + '"}').encode())


def bomb(path: Path) -> None:
    block = gzip.compress(b" " * (1 << 26))
    path.write_bytes(gzip.compress(shodan().encode()) + block * (GIGABYTE >> 26))


def hungry_xz(path: Path) -> None:
    """Write a file of which the first block says that it needs a dictionary of two gigabytes (xz format, 5.3.1)."""
    data = bytearray(lzma.compress(shodan().encode()))
    header = slice(12, 12 + (data[12] + 1) * 4)
    block = bytearray(data[header])
    block[block.index(b"\x21\x01") + 2] = 38
    block[-4:] = zlib.crc32(block[:-4]).to_bytes(4, "little")
    data[header] = block
    path.write_bytes(data)


def parquet_bomb(path: Path) -> None:
    """Write a table in which all rows share one text of a megabyte: a hundred gigabytes, once expanded."""
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * SHARING, pa.int32()), ["x" * (1 << 20)])
    count = len(texts)
    same = {"ip": "192.0.2.1", "port": 80, "observed_at": 1388700000}
    columns = {name: pa.array([value] * count) for name, value in same.items()}
    pq.write_table(pa.table(columns | {"text": texts}), path, compression="zstd")


def laughs(path: Path) -> None:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    start = f'<?xml version="1.0"?><!DOCTYPE nmaprun [<!ENTITY a0 "ha">{entities}]><nmaprun start="1388700000">'
    path.write_text(start + "<host>&a11;</host></nmaprun>")


def outside(path: Path) -> None:
    start = '<?xml version="1.0"?><!DOCTYPE nmaprun SYSTEM "file:///etc/passwd">'
    path.write_bytes(start.encode() + NMAP + HOST + b"</nmaprun>")


def long_attribute(path: Path) -> None:
    with path.open("wb") as file:
        file.write(NMAP + HOST + b'<host comment="')
        for _ in range(256):
            file.write(b"x" * (1 << 20))
        file.write(b'"></host>' + HOST + b"</nmaprun>")


def endless_host(path: Path) -> None:
    with path.open("wb") as file:
        file.write(NMAP + HOST + HOST[: HOST.index(b"<port ")])
        port = HOST[HOST.index(b"<port ") : HOST.index(b"</ports>")]
        for _ in range(1000):
            file.write(port * 1000)


def deep_xml(path: Path) -> None:
    path.write_bytes(NMAP + HOST + b"<a>" * 5_000_000)


def many_attributes(path: Path) -> None:
    attributes = b"".join(b'a%d="" ' % number for number in range(1_000_000))
    path.write_bytes(NMAP + HOST + b"<host " + attributes + b"></host>")


def many_hosts(path: Path) -> None:
    """Write what is no attack but a scan: a hundred thousand hosts."""
    path.write_bytes(NMAP + HOST * 100_000 + b"</nmaprun>")


@pytest.mark.parametrize(
    ("make", "rows", "status"),
    [
        (long_line, 2, "too-large"),
        (long_document, 1, "too-large"),
        (long_csv_field, 1, "too-large"),
        (many_parts, 1, "too-large"),
        (wide_characters, 1, None),
        (bomb, 1, "too-large"),
        (hungry_xz, 0, "too-large"),
        (laughs, 0, "unsupported"),
        (outside, 0, "unsupported"),
        (long_attribute, 1, "too-large"),
        (endless_host, 1, "too-large"),
        (deep_xml, 1, "unsupported"),
        (many_attributes, 1, "too-large"),
        (many_hosts, 100_000, None),
        (many_objects, 2, None),
    ],
)
def test_a_file_costs_bounded_memory_and_says_what_was_left_out(
    tmp_path: Path, make: Callable[[Path], None], rows: int, status: str | None
) -> None:
    path = tmp_path / "scan"
    make(path)
    cost = cost_of(path)
    assert cost.rows == rows, cost
    assert set(cost.statuses) == ({status} if status else set()), cost


def test_a_text_that_all_rows_of_parquet_share_is_held_once(tmp_path: Path) -> None:
    path = tmp_path / "scan"
    parquet_bomb(path)
    assert cost_of(path).rows == SHARING


@pytest.mark.parametrize("opening", ["[", '{"a":', '{"ip_str": "192.0.2.1", "data": ['])
@pytest.mark.parametrize("depth", [101, 1_000, 100_000])
def test_deep_json_is_told_before_it_is_parsed(imported: Import, opening: str, depth: int) -> None:
    found = imported(shodan() + '{"ip_str": "192.0.2.1", "x": ' + opening * depth + "\n" + shodan())
    assert len(found.rows) == 2
    assert found.problem.status == "malformed"
    assert "levels" in found.problem.detail


def test_brackets_within_texts_are_no_depth(imported: Import) -> None:
    text = '[{"' * 50_000 + '\\"' * 1000
    assert imported(shodan(data=text)).row["text"] == text[:16_384]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ip_str": ["192.0.2.1"]}, "a list is no address"),
        ({"ip_str": {}}, "an object is no address"),
        ({"ip_str": "\x1b[31m"}, "`\\x1b[31m` is no address"),
        ({"ip_str": "1" * 1000}, "is no address"),
        ({"port": "http"}, "`http` is no port"),
        ({"port": -1}, "`-1` is no port"),
        ({"port": 70_000}, "`70000` is no port"),
        ({"port": 1e999}, None),
        ({"port": 10**50}, "a huge number is no port"),
        ({"port": True}, "`True` is no port"),
        ({"data": {"a": 1}}, "the banner is no text but an object"),
        ({"data": 7}, "the banner is no text but `7`"),
        ({"timestamp": "99999-01-01T00:00:00"}, "no time of observation: `99999-01-01T00:00:00` is none"),
        ({"timestamp": "nan"}, "no time of observation: `nan` is none"),
        ({"timestamp": 1e300}, "no time of observation: `1e+300` is none"),
        ({"timestamp": ["2014"]}, "no time of observation: a list is none"),
        ({"transport": ["tcp"], "http": [], "ssl": 7, "_shodan": "x", "cpe": {"a": 1}, "os": 1.5}, None),
        ({"http": {"title": {"a": []}, "server": [["x"]], "status": True}}, None),
        ({"product": "\ud800\x00", "os": "\udfff"}, None),
    ],
)
def test_values_of_the_wrong_type(imported: Import, changed: dict[str, object], said: str | None) -> None:
    found = imported(shodan() + shodan(**changed) + shodan())
    if said is None:
        assert len(found.rows) == 3
        assert not found.tally.problems
    else:
        assert len(found.rows) == 2
        assert said in found.problem.detail
        assert found.problem.detail.isprintable()
        assert found.problem.offset == len(shodan())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"ip_str": "192.0.2.1", "port": 1, "port": 2}', "stands twice"),
        (b'{"ip_str": "192.0.2.1", "x": {"a": 1, "a": 1}}', "stands twice"),
        (b'{"ip_str": "192.0.2.1", "port": ' + b"9" * 5000 + b"}", "ValueError"),
        (b'{"ip_str": "192.0.2.1"', "no JSON"),
        (b'{"ip_str": "192.0.2.1"} {}', "no JSON"),
        (b"\xff\xfe\x00", "no JSON"),
        (b"\0" * 50, "no JSON"),
        (b"null", "no record of a scanner"),
        (b'"x"', "no record of a scanner"),
        (b"[[1], 2]", "no record of a scanner"),
    ],
)
def test_lines_that_are_no_record(imported: Import, line: bytes, said: str) -> None:
    found = imported(shodan().encode() + line + b"\n" + shodan().encode())
    assert len(found.rows) == 2
    assert said in found.tally.problems[0].detail
    assert found.tally.problems[0].offset == len(shodan())


def test_bytes_that_are_no_utf_8_and_control_characters_are_kept(imported: Import) -> None:
    line = json.dumps(SHODAN | {"data": "@"}).encode().replace(b"@", b"\xe9\x01\x1b[0m\t")
    assert imported(line).row["text"] == "é\x01\x1b[0m\t"


def test_what_is_not_a_number_counts_as_missing(imported: Import) -> None:
    line = shodan(port="@", timestamp="#").replace('"@"', "NaN").replace('"#"', "-Infinity")
    assert imported(line).problem.detail == "no time of observation"


@pytest.mark.parametrize(
    ("xml", "rows", "said"),
    [
        (NMAP + HOST + HOST[:60], 1, "ends too early"),
        (NMAP + HOST + b"<host></port>", 1, "broken XML: mismatched tag"),
        (NMAP + HOST + b"\0", 1, "broken XML"),
        (NMAP + HOST.replace(b"192.0.2.7", b"\xff"), 0, "broken XML"),
        (NMAP + HOST.replace(b'portid="80"', b'portid="http"') + b"</nmaprun>", 0, "`http` is no port"),
        (NMAP.replace(b"1388700000", b"0") + HOST + b"</nmaprun>", 0, "no time of observation"),
        (b'<?xml version="1.0" encoding="klingon"?>' + NMAP + HOST, 0, "XML"),
        (b'<?xml version="1.0"?><!DOCTYPE html>' + NMAP + HOST, 0, "document type"),
        (b'<?xml version="1.0"?><!DOCTYPE nmaprun []>' + NMAP + HOST, 0, "document type"),
    ],
)
def test_broken_xml_keeps_the_hosts_before_the_fault(imported: Import, xml: bytes, rows: int, said: str) -> None:
    found = imported(xml)
    assert len(found.rows) == rows
    assert said in found.problem.detail


VALUE: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
WORDS = (
    *("ip", "ip_str", "port", "ports", "data", "services", "banner", "timestamp", "observed_at", "_shodan", "http"),
    *("ssl", "status", "result", "protocol", "rec_type", "headers", "unknown", "software", "cert", "subject", "tls"),
    *("handshake_log", "name", "service", "response", "module", "transport", "cpe"),
)
NAMES = st.sampled_from(WORDS)
RECORD = st.dictionaries(NAMES, VALUE | st.dictionaries(NAMES, VALUE | st.lists(st.dictionaries(NAMES, VALUE))))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(RECORD, min_size=1, max_size=3))
def test_no_record_raises(tmp_path: Path, records: list[dict[str, object]]) -> None:
    path = tmp_path / "scan"
    path.write_text("\n".join(json.dumps({"ip": "192.0.2.1"} | record) for record in records))
    rows_of(path)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([shodan().encode(), NMAP + HOST + b"</nmaprun>", b"ip,port,text,observed_at\n192.0.2.1,80,x,1\n"]),
    st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=4)), max_size=4),
)
def test_no_damage_raises(tmp_path: Path, data: bytes, damage: list[tuple[int, bytes]]) -> None:
    for place, change in damage:
        data = data[:place] + change + data[place + len(change) :]
    path = tmp_path / "scan"
    path.write_bytes(data)
    rows_of(path)
