"""What is added to the addresses of a case: network and place, access, banners, devices, and what they prove."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution import enrich
from attribution._files import listed, sha256_of
from attribution.enrich import access, banners, devices, evidence
from attribution.errors import UsageError
from attribution.models import Problem
from attribution.pipeline.addresses import gather_addresses, with_access
from attribution.pipeline.parts import write_table
from attribution.pipeline.peers import MESSAGE_COLUMNS as OF_PEERS
from attribution.pipeline.peers import read_peers
from attribution.tables import ADDRESSES, BANNERS, CONTROLS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import ExitStack

    from attribution.enrich import Database
    from attribution.limits import Limits
    from attribution.pipeline.peers import Peers

__all__ = [
    "MAX_GAP_DAYS",
    "MESSAGE_COLUMNS",
    "WINDOW_DAYS",
    "EnrichOptions",
    "Enriched",
    "Enricher",
    "device_shares",
    "open_databases",
]

MAX_GAP_DAYS = 180
"""Days between a database and the mail beyond which what it says is marked as stale."""
WINDOW_DAYS = 30
"""Days between a banner and the mail within which it is near."""
MESSAGE_COLUMNS = tuple(dict.fromkeys([*OF_PEERS, "origin_ip", "received_at", "engine"]))
"""Columns of the messages table that the enrichment needs."""


@dataclass(frozen=True, slots=True)
class EnrichOptions:
    """What a user asked for; paths as given.

    Attributes:
        mmdb: IP databases, in the order in which they are asked; without any, those in the usual places.
        banners: Scan files, and folders of them.
        access: Lists that name the access type of networks, AS numbers or host names.
        device_rules: Folders of Recog and files of nmap's probes; without any, those that were installed.
        max_gap_days: See `MAX_GAP_DAYS`. `window_days`: see `WINDOW_DAYS`.
    """

    mmdb: tuple[str, ...] = ()
    banners: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    device_rules: tuple[str, ...] = ()
    max_gap_days: int = MAX_GAP_DAYS
    window_days: int = WINDOW_DAYS

    @classmethod
    def of(
        cls,
        mmdb: str | Path | Iterable[str | Path],
        banners: str | Path | Iterable[str | Path],
        access: str | Path | Iterable[str | Path],
        device_rules: str | Path | Iterable[str | Path],
        max_gap_days: int,
        window_days: int,
    ) -> EnrichOptions:
        """Return the options with all paths as texts."""
        mmdbs, scans, lists, rules = map(listed, (mmdb, banners, access, device_rules))
        return cls(mmdbs, scans, lists, rules, max_gap_days, window_days)

    def as_dict(self) -> dict[str, Any]:
        """Return the options as `run.json` keeps them."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        kept = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
        # Paths may be relative: they are those of files in this folder.
        return {**kept, "folder": str(Path.cwd())}


@dataclass(frozen=True, slots=True)
class Enriched:
    """The result.

    Attributes:
        addresses: The addresses table.
        messages: Columns of the messages table that speak of devices, row for row; None without banners.
        controls: The neighbours of the senders, as `CONTROLS`.
        problems: What could not be read in the scan files.
        record: What `run.json` keeps of it.
    """

    addresses: pa.Table
    messages: pa.Table | None
    controls: pa.Table
    problems: list[Problem]
    record: dict[str, Any]


def open_databases(mmdb: Iterable[str], say: Callable[[str], None], stack: ExitStack) -> list[Database]:
    """Open the IP databases of a run, to be closed with the stack.

    Args:
        mmdb: Those that were named. They stand alone: what lies about on one machine must not change a result there.
            Without any, those in the usual places are used.
        say: Called with a sentence for each database that was found and cannot be used.
        stack: Closes them.

    Raises:
        DatabaseError: One that was named cannot be used.
    """
    given = [Path(path) for path in mmdb]
    databases, warnings = enrich.open_databases(given, () if given else enrich.find_databases())
    for database in databases:
        stack.enter_context(database)
    for warning in warnings:
        say(warning)
    return databases


@dataclass(frozen=True, slots=True)
class _Fingerprint:
    """A scan file as it was before it was read; size and digest are None where it could not be opened."""

    path: Path
    size: int | None
    changed_at: int | None
    sha256: str | None

    @classmethod
    def of(cls, path: Path) -> _Fingerprint:
        try:
            state = path.stat()
            return cls(path, state.st_size, state.st_mtime_ns, sha256_of(path))
        except OSError:  # its reader says why
            return cls(path, None, None, None)

    def changed(self) -> Problem | None:
        """Return a row where the file is no more what it was."""
        now = _Fingerprint.of(self.path) if self._looks_changed() else self
        if (now.size, now.sha256) == (self.size, self.sha256):
            return None
        return Problem(str(self.path), None, None, "partial", "the file changed while it was read")

    def _looks_changed(self) -> bool:
        try:
            state = self.path.stat()
        except OSError:
            return self.size is not None
        return (state.st_size, state.st_mtime_ns) != (self.size, self.changed_at)

    def as_dict(self) -> dict[str, Any]:
        return {"path": str(self.path), "bytes": self.size, "sha256": self.sha256}


class Show(Protocol):
    """Takes the name of a step, and where bytes are read how many of how many."""

    def __call__(self, stage: str, done: int = 0, total: int | None = None) -> None: ...


class Enricher:
    """Everything that was given for the enrichment, checked and opened before any mail is read.

    Args:
        options: What the user asked for.
        databases: Open IP databases, in their order.
        limits: Caps in force.
        show: Called with what is being done, and of what is read with the bytes so far and in all.
        say: Called with a sentence that a person should see.

    Raises:
        InputNotFoundError: A path does not exist.
        UsageError: A list or a set of rules cannot be read, or a number of days makes no sense.
    """

    def __init__(
        self,
        options: EnrichOptions,
        databases: Sequence[Database],
        limits: Limits,
        show: Show,
        say: Callable[[str], None],
    ) -> None:
        for name, days in (("--max-gap", options.max_gap_days), ("--window", options.window_days)):
            if days < 0:
                message = f"{name} {days}: give a number of days, 0 or more"
                raise UsageError(message)
        self.options = options
        self.databases = list(databases)
        self._limits = limits
        self.show = show
        self._say = say
        self._files, self._problems = evidence.scan_files(options.banners)
        self._lists = [access.read_access_list(Path(path)) for path in options.access]
        self._recog: devices.Recog | None = None
        self._nmap: devices.NmapProbes | None = None
        self._rules: dict[str, Any] = {}
        if self._files:
            self._read_rules()

    def _read_rules(self) -> None:
        """Read the device rules of others: those that were named, or else those that were installed."""
        named = [Path(path) for path in self.options.device_rules]
        found = named or [path for path in (enrich.installed_recog(), enrich.installed_nmap_probes()) if path]
        self._rules = {"own": len(devices.device_rules())}
        for path in found:
            if path.is_dir():
                self._recog = devices.read_recog(path)
                counts = [len(each) for each in self._recog.databases.values()]
                digest = enrich.digest_of(path)
                self._rules["recog"] = {"path": str(path), "fingerprints": sum(counts), "sha256": digest}
            else:
                self._nmap = devices.read_nmap_probes(path)
                counts = [len(each) for each in self._nmap.lines.values()]
                self._rules["nmap"] = {"path": str(path), "lines": sum(counts), "sha256": sha256_of(path)}

    def run(self, messages: pa.Table, hops: Iterable[pa.Table], out: Path) -> Enriched:
        """Enrich the addresses of all messages, and write the banners table.

        Args:
            messages: With `MESSAGE_COLUMNS`, a row a message.
            hops: The parts of the hops table, with `attribution.pipeline.peers.HOP_COLUMNS`.
            out: Folder in which the parts of the banners table are written; an older one is replaced by the caller.
        """
        self.show("addresses")
        prints = [_Fingerprint.of(file.path) for file in self._files]
        tally = enrich.Tally()
        known = gather_addresses(messages)
        known = enrich.look_up(known, self.databases, tally, max_gap_days=self.options.max_gap_days)
        known = with_access(enrich.with_names(known, self.databases), self._lists)
        for reason in tally.unusable.values():
            self._say(f"Not used: {reason}")
        # Tables say how many of their rows could be read once they were asked.
        listed = [{**database.as_dict(), **enrich.credit(database)} for database in self.databases]
        record: dict[str, Any] = {"databases": listed, "lookups": _plain(tally)}
        record["access_lists"] = [{"path": path, "sha256": sha256_of(Path(path))} for path in self.options.access]
        peers = read_peers(messages, hops)
        record["gateway"] = peers.gateway
        record["hosts"] = evidence.count_hosts(_host_columns(messages, known, peers), known).as_dict()
        if not self._files:
            return Enriched(_addresses(known), None, CONTROLS.empty_table(), self._problems, record)
        scan = self._scan(known, messages, out)
        others = scan.others
        other_ips = pc.unique(others["ip"].combine_chunks())
        other_asn = self._networks_of(other_ips, known)
        kept = scan.neighbours
        scanned = evidence.Scanned(
            scan.sightings, others, other_ips, other_asn, near_share=kept.near_share, far_share=kept.far_share
        )
        self.show("devices")
        judged = evidence.judge(known, messages, scanned, window_days=self.options.window_days)
        for name in judged.addresses.column_names:
            known = known.append_column(name, judged.addresses[name])
        record["control"] = judged.control.as_dict()
        record["banners"] = {
            "files": [each.as_dict() for each in prints],
            "rules": self._rules,
            "tally": _plain(scan.tally),
        }
        controls = evidence.control_table(others, other_ips, other_asn, judged.neighbours)
        changed = [problem for each in prints if (problem := each.changed()) is not None]
        problems = [*self._problems, *scan.tally.problems, *changed]
        return Enriched(_addresses(known), judged.messages, controls, problems, record)

    def _scan(self, known: pa.Table, messages: pa.Table, out: Path) -> evidence.Scan:
        """Read all scan files, write the banners of the case's addresses and keep what the neighbours answer."""
        ips = known["ip"].to_pylist()
        handed = pc.is_in(known["ip"], value_set=pc.unique(messages["handover_ip"].combine_chunks()))
        public = pc.fill_null(pc.equal(known["special"], "documentation"), fill_value=True)
        senders = known["ip"].filter(pc.and_(handed, public)).to_pylist()
        neighbours = evidence.Neighbours(ips, senders, self._limits.control_addresses)
        scan = evidence.Scan(neighbours, self._limits, self._recog, self._nmap)
        total, done = sum(path.stat().st_size for path, _ in self._files if path.exists()), 0

        def advance(count: int) -> None:
            nonlocal done
            done += count
            self.show("reading banners", done, total)

        write_table(out, "banners", BANNERS, scan.read(self._files, advance))
        return scan

    def _networks_of(self, ips: pa.Array, known: pa.Table) -> pa.Array:
        """Return the AS numbers of neighbours, as of the time of the mail."""
        period = pc.min_max(known["first_seen"]).as_py(), pc.min_max(known["last_seen"]).as_py()
        kind = ADDRESSES.field("first_seen").type
        times = {
            "first_seen": pa.array([period[0]["min"]] * len(ips), kind),
            "last_seen": pa.array([period[1]["max"]] * len(ips), kind),
        }
        asked = enrich.look_up(pa.table({"ip": ips, **times}), self.databases, max_gap_days=self.options.max_gap_days)
        return asked["asn"].combine_chunks()


def _host_columns(messages: pa.Table, known: pa.Table, peers: Peers) -> pa.Table:
    """Return the columns from which hosts are counted."""
    place = pc.index_in(messages["handover_ip"], value_set=known["ip"].combine_chunks())
    kinds = known["access"].take(place)
    service = pc.is_in(kinds, value_set=pa.array(["mail-provider", "bulk-mailer"]))
    return pa.table(
        {
            "ip": messages["handover_ip"],
            "time": messages["received_at"],
            "engine": messages["engine"],
            "service": pc.or_(service, peers.service),
            "owner": peers.owner,
        }
    )


def _plain(tally: enrich.Tally | banners.Tally) -> dict[str, Any]:
    """Return what was counted as values that JSON holds; lists of rows have a table of their own."""
    values = {item.name: getattr(tally, item.name) for item in fields(tally)}
    return {
        name: dict(sorted(value.items())) if isinstance(value, dict) else value
        for name, value in values.items()
        if not isinstance(value, list)
    }


def _addresses(known: pa.Table) -> pa.Table:
    """Return the addresses table; columns that no step filled are null."""
    columns = [
        known[field.name].cast(field.type) if field.name in known.column_names else pa.nulls(len(known), field.type)
        for field in ADDRESSES
    ]
    return pa.table(columns, schema=ADDRESSES)


def device_shares(campaigns: pa.Table, messages: pa.Table, addresses: pa.Table) -> pa.Array:
    """Return on which share of each campaign's handover addresses that answered a scan a thing was seen near its mail.

    Args:
        campaigns: With `campaign`.
        messages: With `campaign` and `handover_ip`.
        addresses: The addresses table; without banners all shares are null.
    """
    if addresses["banners"].null_count == len(addresses):
        return pa.nulls(len(campaigns), pa.float64())
    near = pc.is_in(addresses["device_grade"], value_set=pa.array(["near", "shared", "opposed"]))
    thing = np.array([evidence.is_thing(kind) for kind in addresses["device_type"].to_pylist()], np.bool_)
    shown = addresses["ip"].filter(pc.and_(near, pa.array(thing)))
    pairs = messages.filter(pc.and_(pc.is_valid(messages["campaign"]), pc.is_valid(messages["handover_ip"])))
    pairs = pairs.select(["campaign", "handover_ip"]).group_by(["campaign", "handover_ip"], use_threads=False)
    distinct = pairs.aggregate([])
    scanned = addresses["ip"].filter(pc.greater(addresses["banners"], 0)).combine_chunks()
    distinct = distinct.filter(pc.is_in(distinct["handover_ip"], value_set=scanned))
    hit = pc.is_in(distinct["handover_ip"], value_set=shown.combine_chunks())
    counted = pa.table({"campaign": distinct["campaign"], "hit": hit.cast(pa.float64())})
    shares = counted.group_by("campaign", use_threads=False).aggregate([("hit", "mean")])
    place = pc.index_in(campaigns["campaign"], value_set=shares["campaign"].combine_chunks())
    return shares["hit_mean"].take(place).combine_chunks()
