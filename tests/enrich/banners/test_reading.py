"""The parts below the formats: lines, documents, values, wanted addresses, compression, recognition."""

from __future__ import annotations

import bz2
import gzip
import io
import ipaddress
import json
import lzma
import os
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.enrich.banners import OBSERVATIONS, Tally, Wanted, read_banners, values
from attribution.enrich.banners.documents import documents
from attribution.enrich.banners.expanded import Expanded
from attribution.enrich.banners.lines import lines
from attribution.enrich.banners.prefilter import is_elsewhere
from attribution.enrich.banners.services import service
from attribution.enrich.banners.tally import LISTED, Fault
from attribution.errors import InputNotFoundError, UsageError
from attribution.limits import Limits
from attribution.tables import BANNERS
from tests.enrich.banners.test_formats import shodan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.enrich.banners.conftest import Imported

    Import = Callable[..., Imported]


class Pieces(Expanded):
    """A stream that comes in pieces of a given size."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(io.BytesIO(b""), Limits())
        self._rest = io.BytesIO(data)
        self._size = size

    def read(self, size: int = 0) -> bytes:  # noqa: ARG002 (as the stream has it)
        return self._rest.read(self._size)


def test_the_rows_have_the_columns_of_the_banners_table_up_to_those_of_devices() -> None:
    assert [*BANNERS][: len(OBSERVATIONS)] == [*OBSERVATIONS]
    assert all(field.name.startswith("device_") for field in [*BANNERS][len(OBSERVATIONS) :])


@given(st.lists(st.binary(max_size=12).map(lambda line: line.replace(b"\n", b"")), max_size=12), st.integers(1, 20))
def test_lines_are_those_of_the_file_however_it_is_read(given: list[bytes], size: int) -> None:
    data = b"\n".join(given)
    expected, at = [], 0
    for line in data.split(b"\n"):
        if line or at < len(data):
            expected.append((at, line) if len(line) <= 8 else at)
        at += len(line) + 1
    found = [item.offset if isinstance(item, Fault) else item for item in lines(Pieces(data, size), 8)]
    assert found == expected


JSON = st.recursive(
    st.none() | st.integers() | st.text(alphabet='a"\\{}[]é\n', max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet='b"\\{[', max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(
    st.lists(st.dictionaries(st.text(max_size=3), JSON, max_size=3), max_size=4),
    st.sampled_from([None, 1]),
    st.booleans(),
    st.integers(1, 30),
)
def test_documents_are_cut_where_they_end(records: list[object], indent: int | None, in_list: bool, size: int) -> None:
    text = json.dumps(records, indent=indent, ensure_ascii=False) if in_list else "\n".join(map(json.dumps, records))
    data = text.encode()
    found = list(documents(Pieces(data, size)))
    assert [json.loads(item[1]) for item in found] == records
    assert all(data[item[0] :].startswith(item[1]) for item in found if not isinstance(item, Fault))


def test_a_document_that_is_too_long_costs_only_itself() -> None:
    data = b'[{"a": "' + b"x{" * 50 + b'"}, {"b": 1}]'
    for size in (1, 7, 1000):
        fault, kept = documents(Pieces(data, size), 40)
        assert isinstance(fault, Fault)
        assert (fault.status, fault.offset) == ("too-large", 1)
        assert kept == (data.index(b'{"b"'), b'{"b": 1}')


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2014-01-02T03:04:05", 1388631845),
        ("2014-01-02T03:04:05.123456789Z", 1388631845.123456),
        ("2014-01-02 04:04:05+01:00", 1388631845),
        ("2014-01-02 03:04:05 UTC", 1388631845),
        ("1388631845", 1388631845),
        (1388631845.5, 1388631845.5),
        (datetime(2014, 1, 2, 4, 4, 5, tzinfo=timezone(timedelta(hours=1))), 1388631845),
        (datetime.max.replace(tzinfo=timezone(-timedelta(hours=23))), None),
        ("99999-01-01T00:00:00", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("nan", None),
        (float("nan"), None),
        (float("inf"), None),
        pytest.param(10**400, None, id="huge"),
        (1388631845000, None),
        pytest.param("9" * 400, None, id="long"),
        (0, None),
        (True, None),
        ([1388631845], None),
        ("", None),
        ("２０１４-01-02", None),
    ],
)
def test_times(value: object, seconds: float | None) -> None:
    assert values.moment(value) == (None if seconds is None else round(seconds * 1e6))


@pytest.mark.parametrize(
    ("value", "port"),
    [
        *((80, 80), ("80", 80), (" 80 ", 80), (80.0, 80), (0, 0), (65_536, None), (-1, None), ("-1", None)),
        *(("²", None), (None, None), (True, None), ([80], None), ({}, None), (80.5, None), ("9" * 5000, None)),
        (float("nan"), None),
    ],
)
def test_ports(value: object, port: int | None) -> None:
    assert values.port(value) == port


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)), max_size=6), st.integers(0, 2**32 - 1))
def test_an_address_is_wanted_when_a_network_has_it(nets: list[tuple[int, int]], number: int) -> None:
    networks = [ipaddress.ip_network((net, length), strict=False) for net, length in nets]
    address = ipaddress.ip_address(number)
    assert (str(address) in Wanted((), networks)) == any(address in net for net in networks)


def test_wanted_networks_may_be_of_either_version() -> None:
    wanted = Wanted({"192.0.2.1"}, [ipaddress.ip_network("2001:db8::/48"), ipaddress.ip_network("198.51.100.0/25")])
    assert [ip in wanted for ip in ("192.0.2.1", "2001:db8::9", "198.51.100.127")] == [True] * 3
    assert [ip in wanted for ip in ("192.0.2.2", "2001:db8:1::9", "198.51.100.128")] == [False] * 3


@pytest.mark.parametrize(
    ("line", "elsewhere"),
    [
        (b'{"ip_str": "192.0.2.9"}', True),
        (b'{"ip":"192.0.2.9"}', True),
        (b'{"ip_str": "192.0.2.1"}', False),
        (b'{"ip_str": "192.0.2.9", "x": {"ip": "192.0.2.1"}}', False),
        (b'{"ip": "::ffff:192.0.2.1"}', False),
        (b'{"ip": "::FFFF:192.0.2.9"}', True),
        # Whatever does not plainly name other addresses is parsed.
        (b'{"ip": 3221225993}', False),
        (b'{"ip_str": "192.0.2.\\u0039"}', False),
        (b'{"ip_str": "999.0.2.9"}', False),
        (b'{"ip\\u005fstr": "192.0.2.9"}', False),
        (b'{"data": "\\"ip_str\\": \\"192.0.2.9\\""}', False),
        (b"rubbish", False),
    ],
)
def test_lines_are_passed_over_only_when_they_plainly_name_other_addresses(line: bytes, elsewhere: bool) -> None:
    assert is_elsewhere(line, {"192.0.2.1"}) is elsewhere


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("https-simple-new", "http"),
        ("HTTP", "http"),
        ("http.server", "http"),
        ("dns-udp", "dns"),
        ("X509", "tls"),
        ("PRINTER_JOB_LANGUAGE", "printer"),
        ("telnet-ssl", "telnet"),
        ("rtsp-tcp", "rtsp"),
        ("auto", "unknown"),
        (None, "unknown"),
        (["http"], "unknown"),
        ("http" * 1000, "unknown"),
    ],
)
def test_one_word_for_each_service(name: object, known: str) -> None:
    assert service(name) == known


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress], ids=["gzip", "bzip2", "xz"])
def test_compressed_files_may_be_of_several_members_and_cut(
    imported: Import, compress: Callable[[bytes], bytes]
) -> None:
    first, second = ("".join(shodan(port=port) for port in range(start, start + 1000)) for start in (0, 1000))
    whole = compress(first.encode()) + compress(second.encode())
    assert [row["port"] for row in imported(whole).rows] == list(range(2000))
    found = imported(whole[: len(whole) * 3 // 4])
    assert 1000 <= len(found.rows) < 2000
    assert "end too early" in found.problem.detail


def test_zstd_is_expanded(imported: Import) -> None:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as out:
        out.write(shodan().encode() * 1000)
    data = sink.getvalue().to_pybytes()
    assert len(imported(data).rows) == 1000
    found = imported(data[:-20])
    assert found.problem.status == "malformed"


@pytest.mark.parametrize("start", [b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd"])
def test_what_only_looks_compressed_is_a_problem(imported: Import, start: bytes) -> None:
    assert imported(start + b"rubbish" * 9).problem.status == "malformed"


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"", "malformed", "an empty file"),
        (b"\xef\xbb\xbf \n", "malformed", "nothing but empty lines"),
        (b"\0" * 100, "malformed", "nothing but zero bytes"),
        (b"<html>", "unsupported", "XML or HTML that is not nmap's"),
        (b"hello", "unsupported", "no scan file that is known"),
        ("\ufeff[]".encode("utf-16-le"), "unsupported", "text in UTF-16"),
        (b"PK\x03\x04", "unsupported", "a zip archive"),
        (b"# Nmap 7.91 scan", "unsupported", "nmap's text output"),
        (b'{"a": 1}', "unsupported", "no record of a scanner that is known"),
        (gzip.compress(gzip.compress(b"{}")), "unsupported", "compressed twice"),
        (gzip.compress(b"PAR1" + b"\0" * 99), "unsupported", "a Parquet table within gzip"),
    ],
)
def test_what_is_no_scan_file_is_told(imported: Import, content: bytes, status: str, said: str) -> None:
    problem = imported(content).problem
    assert problem.status == status
    assert said in problem.detail


@pytest.mark.parametrize("content", ["[]", "[\n]\n", "[\n{finished: 1}\n]"])
def test_a_scan_that_found_nothing_is_no_problem(imported: Import, content: str) -> None:
    found = imported(content)
    assert (found.rows, found.tally.problems) == ([], [])


def test_a_file_that_begins_within_a_line_costs_that_line(imported: Import) -> None:
    found = imported('ame": "x"}, "port": 80}\n' + shodan())
    assert len(found.rows) == 1
    assert (found.problem.offset, found.problem.status) == (0, "malformed")


def test_a_caller_is_told_of_files_and_times_that_make_no_sense(tmp_path: Path) -> None:
    with pytest.raises(InputNotFoundError, match="no such file"):
        read_banners(tmp_path / "absent")
    (tmp_path / "scan").write_text(shodan())
    with pytest.raises(UsageError, match="1990"):
        read_banners(tmp_path / "scan", observed=datetime(1970, 1, 1, tzinfo=UTC))


def test_a_name_that_is_no_utf_8_is_shown_as_far_as_it_can_be(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"scan\xff")
    path.write_text(shodan())
    (batch,) = read_banners(path)
    assert batch.column("dataset").to_pylist() == ["scan\ufffd"]


def test_many_broken_lines_share_a_row_and_are_all_counted(imported: Import) -> None:
    found = imported(shodan() + "{broken\n" * 5000 + shodan())
    assert len(found.rows) == 2
    assert found.tally.statuses == {"malformed": 5000}
    assert len(found.tally.problems) == LISTED + 1
    assert found.tally.problems[-1].detail.startswith("4,000 more records")


def test_rows_come_in_batches_of_bounded_size(tmp_path: Path) -> None:
    path = tmp_path / "scan"
    path.write_text("".join(shodan(data="x" * 16_000) for _ in range(3000)))
    sizes = [batch.num_rows for batch in read_banners(path, dataset="d", tally=Tally())]
    assert sum(sizes) == 3000
    assert max(sizes) < 600


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress])
def test_the_bytes_of_the_file_that_were_read_are_told(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    line = b'{"ip_str": "192.0.2.1", "port": 80, "timestamp": "2014-01-05T00:00:00", "data": "x"}\n'
    path = tmp_path / "scan"
    path.write_bytes(pack(line * 50_000))
    told: list[int] = []
    rows = sum(batch.num_rows for batch in read_banners(path, advance=told.append))
    assert rows == 50_000
    assert sum(told) == path.stat().st_size
    assert min(told) > 0
