"""An installed nmap-service-probes file, by a tiny one of the same form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attribution.enrich.devices import read_nmap_probes
from attribution.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

TINY = r"""# A comment
Probe TCP NULL q||
totalwaitms 6000
match ftp m|^220 Example Box ([\d.]+) ready\r\n| p/Example Box ftpd/ v/$1/ d/broadband router/ cpe:/h:example:box/
match ftp m/^220 plain/ p/Plain ftpd/
match http m=^HTTP/1\.[01] .*\r\nServer: Cam (\w+)_(\d)\r\n=s p|Cam $SUBST(1,"A","B") $P(2)| o/Linux/ d/webcam/ i/f. $2/
softmatch telnet m|^\xff\xfb.{0,20}example|si d/WAP/
match broken m|^(unclosed| d/router/
match broken x|^a| d/router/
match broken m|^a
match strange m|^odd| d/flying carpet/
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "nmap-service-probes"
    path.write_text(TINY, "utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "service", "kind", "product"),
    [
        ("220 Example Box 1.2 ready\r\n", "ftp", "router", "Example Box ftpd"),
        ("HTTP/1.1 200 OK\r\nDate: x\r\nServer: Cam A1_7\r\n", "http", "ip-camera", "Cam B1 7"),
        ("\xff\xfb\x01 EXAMPLE login:", "telnet", "access-point", None),
        ("odd", "strange", None, None),
    ],
)
def test_a_device_line_gives_the_type_in_our_vocabulary(
    path: Path, text: str, service: str, kind: str | None, product: str | None
) -> None:
    match = read_nmap_probes(path).match(text, service)
    assert match is not None
    assert (match.device_type, match.product) == (kind, product)


def test_a_line_tells_system_and_details(path: Path) -> None:
    match = read_nmap_probes(path).match("HTTP/1.0 200 OK\r\nServer: Cam A1_7\r\n", "http")
    assert match is not None
    assert (match.word, match.system, match.info) == ("webcam", "Linux", "f. 7")


def test_lines_without_a_device_are_left_out_and_broken_ones_listed(path: Path) -> None:
    probes = read_nmap_probes(path)
    assert probes.match("220 plain\r\n", "ftp") is None
    assert probes.match("220 plain\r\n", "gopher") is None
    assert [number for number, _ in probes.skipped] == [8, 9, 10]


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_nmap_probes(tmp_path / "absent")


def test_a_file_without_lines_of_nmap_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("this is no file of probes\n")
    with pytest.raises(UsageError, match="nmap-service-probes"):
        read_nmap_probes(tmp_path / "x")
