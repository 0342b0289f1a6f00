"""Devices by everything that is known of a banner: our rules first, then Recog, nmap, and the scanner's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from attribution._text import shorten
from attribution.enrich.devices.fields import split_banner
from attribution.enrich.devices.kinds import kind_of
from attribution.enrich.devices.matcher import COLUMNS, device_matcher, distinct_rows, told
from attribution.enrich.devices.vocabulary import device_types, type_of_word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attribution.enrich.devices.matcher import RowKey
    from attribution.enrich.devices.nmap_probes import NmapProbes
    from attribution.enrich.devices.recog import Recog
    from attribution.enrich.devices.vocabulary import Vocabulary

__all__ = ["NAMED_COLUMNS", "name_devices"]

NAMED_COLUMNS = pa.schema([*COLUMNS, ("device_source", pa.string())])
"""`matcher.COLUMNS`, and who said it: `own`, `recog`, `nmap` or `scanner`."""

_MOST_KNOWN = 16_384
_LONGEST_NAME = 120
_LONGEST_TAG = 64
_MOST_TAGS = 32
_BY_HASH = {"http.favicon_md5": "favicon.md5", "snmp.sysobjid": "snmp.sys_object_id"}
"""Hints that Recog has a database for, but that are no field of ours."""
_NMAP_SERVICES = {
    "ssdp": ("upnp", "http"),
    "rtsp": ("rtsp",),
    "smb": ("microsoft-ds", "netbios-ssn"),
    "printer": ("hp-pjl", "printer", "jetdirect"),
    "netbios": ("netbios-ns",),
    "dns": ("domain", "dns"),
    "snmp.sysdescr": ("snmp",),
    "h323": ("h323q931", "H.323-gatekeeper-discovery"),
    "rdp": ("ms-wbt-server",),
}
"""nmap's names for our kinds of services, where they are not the same word."""
_WEAK = frozenset(kind.id for kind in device_types().values() if kind.weak)

_Said = tuple[object, ...]


def name_devices(
    texts: pa.Array | pa.ChunkedArray,
    kinds: pa.Array | pa.ChunkedArray | None,
    hints: pa.Array | pa.ChunkedArray | None,
    *,
    recog: Recog | None = None,
    nmap: NmapProbes | None = None,
) -> pa.Table:
    """Return for each row of which anything is known what is said of the device, as `NAMED_COLUMNS`, ordered by `row`.

    Our own rules decide. Where they say nothing, are weak, or only name a part that many devices share, Recog, then
    nmap fill in, the first that names a device. Then come weak rules of ours that name one, then the scanner's words.
    What others say is `medium` at most, the scanner's words `weak`; their `device_rule` begins with who said it.

    Args:
        texts: Banners; null has no answer but by its hints. Like rows are decided once.
        kinds: The service, as `kind_of` takes it (`OBSERVATIONS` has it as `service`); null where it is not known.
        hints: `map<string, string>` as `OBSERVATIONS` has it; null where the scanner states nothing.
        recog: Fingerprints of Recog, where the user has them.
        nmap: Device lines of an installed nmap, likewise.
    """
    rows: dict[str, list[object]] = {name: [] for name in NAMED_COLUMNS.names}
    known: dict[RowKey, _Said | None] = {}
    for row, key in enumerate(distinct_rows(texts, kinds, hints)):
        if key not in known:
            if len(known) >= _MOST_KNOWN:
                known.clear()
            known[key] = _decided(key, recog, nmap)
        said = known[key]
        if said is not None:
            for name, value in zip(NAMED_COLUMNS.names, (row, *said), strict=True):
                rows[name].append(value)
    return pa.table(rows, schema=NAMED_COLUMNS)


def _decided(key: RowKey, recog: Recog | None, nmap: NmapProbes | None) -> _Said | None:
    text, kind, hints = key[0], key[1], dict(key[2])
    matches = device_matcher().match(text, kind, hints)
    own = [(*told(matches), "own")] if matches else []
    if matches and matches[0].rule.type not in _WEAK and matches[0].rule.strength > 0:
        return own[0]
    others: list[_Said] = []
    if recog is not None or nmap is not None:
        fields = split_banner(text, kind, hints)
        others += _recog(recog, fields, hints) if recog is not None else ()
        others += _nmap(nmap, text, kind, fields) if nmap is not None else ()
    # The first that names a device; where none does, the part that many share which we know is said before theirs.
    named = next((said for said in (*others, *own, *_scanner(hints)) if said[1] not in _WEAK), None)
    return named or next(iter((*own, *others)), None)


def _answer(
    source: str, rule: str, device_type: str, strength: str, *, field: str, vendor: str | None, product: str | None
) -> _Said:
    names = [shorten(name.strip(), _LONGEST_NAME) or None if name else None for name in (vendor, product)]
    return (shorten(rule, _LONGEST_NAME), device_type, *names, strength, field, None, None, None, source)


def _recog(recog: Recog, fields: Mapping[str, str], hints: Mapping[str, str]) -> Iterator[_Said]:
    found = [(field, match) for field, value in fields.items() for match in recog.match_fields({field: value})]
    for hint, database in _BY_HASH.items():
        lines = hints.get(hint, "").split("\n", _MOST_TAGS)[:_MOST_TAGS]
        found += [(hint, match) for line in lines if line and (match := recog.match(line, database)) is not None]
    for field, match in found:
        if match.device_type is not None:
            # A device that only stands for the operating system is what usually runs it.
            strength = "medium" if match.params.get("hw.device") else "weak"
            rule = f"recog:{match.description}"
            yield _answer(
                "recog", rule, match.device_type, strength, field=field, vendor=match.vendor, product=match.product
            )


def _nmap(nmap: NmapProbes, text: str, kind: str, fields: Mapping[str, str]) -> Iterator[_Said]:
    if not text:
        return
    service = kind_of(kind).partition(".")[0] if kind_of(kind) != "snmp.sysdescr" else "snmp.sysdescr"
    if service in {"", "text"}:
        service = next((name.partition(".")[0] for name in fields if name != "text"), kind)
    for name in dict.fromkeys((*_NMAP_SERVICES.get(service, (service,)), kind)):
        match = nmap.match(text, name)
        if match is not None and match.device_type is not None:
            rule = f"nmap:{match.service}:{match.line}"
            strength = "weak" if match.soft else "medium"
            yield _answer("nmap", rule, match.device_type, strength, field=name, vendor=None, product=match.product)


def _scanner(hints: Mapping[str, str]) -> Iterator[_Said]:
    for hint, vocabulary, word in _words(hints):
        device_type = type_of_word(vocabulary, word)
        if device_type is not None:
            rule = f"scanner:{word.strip().lower()}"
            yield _answer("scanner", rule, device_type, "weak", field=hint, vendor=None, product=None)


def _words(hints: Mapping[str, str]) -> Iterator[tuple[str, Vocabulary, str]]:
    """Give the hint, the vocabulary and the word of each type that a scanner states, the surest first."""
    if "devicetype" in hints:
        yield "devicetype", "nmap", hints["devicetype"]
    yield from (("os.type", "nmap", word) for word in _surest(hints.get("os.type", "")))
    for tag in hints.get("tags", "").split("\n", _MOST_TAGS)[:_MOST_TAGS]:
        yield "tags", "shodan", tag[:_LONGEST_TAG]


def _surest(lines: str) -> list[str]:
    """Return the word that fits an operating system best, of lines as `broadband router 96`; none where several do."""
    shares: dict[str, int] = {}
    for line in lines.split("\n", _MOST_TAGS)[:_MOST_TAGS]:
        word, _, share = line.rpartition(" ")
        known = share.isascii() and share.isdecimal() and len(share) <= 3
        word, number = (word, int(share)) if known else (line, 0)
        device_type = type_of_word("nmap", word)
        if device_type is not None:
            shares[word] = max(number, shares.get(word, 0))
    best = [word for word, share in shares.items() if share == max(shares.values())]
    return best[:1] if len({type_of_word("nmap", word) for word in best}) == 1 else []
