"""What a person wants to know of a case at the end of a run, counted from its tables."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, get_args

import pyarrow as pa
import pyarrow.compute as pc

from attribution.models import Grade, Status
from attribution.report.advice import advise
from attribution.report.campaigns import CampaignLine, campaign_line, grouped, largest, lead_kinds
from attribution.report.databases import STALE_DAYS, Database, read_databases
from attribution.report.devices import AccessLine, Devices, access_lines, read_devices, stale_facts
from attribution.report.history import AppendedLine, DecisionsLine, read_appended, read_decisions_line
from attribution.tables import LEADS, TABLES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from attribution.decisions import Decisions

__all__ = [
    "SUMMARISED",
    "CampaignLine",
    "CountryLine",
    "NetworkLine",
    "ProblemLine",
    "SourceLine",
    "Summary",
    "summarise",
]

_TOP = 10
_PROBLEMS_SHOWN = 5


_NOT_IN_A_SUMMARY = {
    *("aliases", "burst_starts", "engine", "device_sentence", "device_share"),
    *("bridge_evidence", "bridge_messages", "bridge_background"),
}

SUMMARISED: Mapping[str, tuple[str, ...]] = {
    "messages": (
        *("sha256", "status", "received_at", "handover_ip", "handover_grade", "origin_grade", "findings"),
        *("device_type", "device_grade", "device_reasons"),
    ),
    "addresses": (
        *("ip", "messages", "first_seen", "last_seen", "asn", "as_org", "as_built", "as_gap_days", "as_stale"),
        *("country", "geo_built", "geo_gap_days", "geo_stale", "access", "banners", "device_type", "device_grade"),
    ),
    "campaigns": tuple(name for name in TABLES["campaigns"].names if name not in _NOT_IN_A_SUMMARY),
    "leads": ("kind",),
    "problems": tuple(TABLES["problems"].names),
}
"""Columns that a summary needs of each table."""


@dataclass(frozen=True, slots=True)
class NetworkLine:
    """One autonomous system by the mail that it handed over: messages, and distinct handover addresses."""

    asn: int
    as_org: str | None
    messages: int
    addresses: int


@dataclass(frozen=True, slots=True)
class CountryLine:
    """One country by the mail that was handed over from addresses registered there (ISO 3166 code)."""

    country: str
    messages: int
    addresses: int


@dataclass(frozen=True, slots=True)
class ProblemLine:
    """What could not be read of the input, and why; `alike`: rows of the same file with the same detail."""

    source: str
    member: str | None
    offset: int | None
    status: str
    detail: str
    alike: int = 1


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source as it was given: its number of files, their bytes, and the SHA-256 that the run recorded."""

    path: str
    files: int | None
    bytes: int | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one case; every count is of messages unless its name says otherwise.

    Attributes:
        case: Path of the case folder as the run was given it; None for tables without one.
        version: Version of the toolkit that wrote the case.
        sources: What was read.
        messages: Rows of the messages table. `duplicates`: those whose bytes an earlier row has as well.
        statuses: Messages by status. `handover_grades`, `origin_grades`: messages by grade; both in the
            order of the vocabulary, without the words that do not occur.
        handover_addresses: Distinct handover IPs.
        first, last: Period of `received_at`, in UTC; None when no trusted hop has a time.
        receiver: Sentences that say who was taken for the receiver, and why.
        networks: The largest autonomous systems. `network_count`: how many there are.
            `networkless`: messages with a handover IP whose network is not known.
        countries, country_count, countryless: The same for countries.
        campaigns: The largest campaigns. `campaign_count`, `campaign_messages`: all of them.
        campaign_groups: Groups of campaigns that seem to come from one botnet each. `campaign_grouped`: the campaigns
            in them.
        leads: What may belong together and is not asserted: number of leads by kind, most frequent first.
        decisions: What an analyst decided; None where nothing was. `decisions_lost`: the log cannot be read.
        appended: Additions of mail after the first run, in their order.
        findings: Rule ids with the number of messages in which they fired, most frequent first.
        problems: What could not be read of the mail and the scan files. `problem_statuses`: the same by status.
            `problem_examples`: the first few that are not alike.
        databases: IP databases that the run used.
        stale: Sentences that say which facts come from a database far from the mail in time.
        access: Access types of the handover addresses. `accessless`: messages for which it is not known.
        devices: What scan files say of the addresses; None where none were given.
        hosts: How many hosts may have sent, in a sentence; None where that was not counted.
        host_notes: Sentences on what that rests on.
        advice: Sentences that name the next step where something is missing.
        seconds: How long the first run took; None when not recorded.
    """

    case: str | None
    version: str | None
    sources: tuple[SourceLine, ...]
    messages: int
    duplicates: int
    statuses: dict[str, int]
    handover_grades: dict[str, int]
    origin_grades: dict[str, int]
    handover_addresses: int
    first: datetime | None
    last: datetime | None
    receiver: tuple[str, ...]
    networks: tuple[NetworkLine, ...]
    network_count: int
    networkless: int
    countries: tuple[CountryLine, ...]
    country_count: int
    countryless: int
    campaigns: tuple[CampaignLine, ...]
    campaign_count: int
    campaign_messages: int
    campaign_groups: int
    campaign_grouped: int
    leads: dict[str, int]
    decisions: DecisionsLine | None
    decisions_lost: bool
    appended: tuple[AppendedLine, ...]
    findings: dict[str, int]
    problems: int
    problem_statuses: dict[str, int]
    problem_examples: tuple[ProblemLine, ...]
    databases: tuple[Database, ...]
    stale: tuple[str, ...]
    access: tuple[AccessLine, ...]
    accessless: int
    devices: Devices | None
    hosts: str | None
    host_notes: tuple[str, ...]
    advice: tuple[str, ...]
    seconds: float | None

    @property
    def flawed(self) -> int:
        """Number of items that were not read in full: problems, and messages whose status is not `ok`."""
        return self.problems + self.messages - self.statuses.get("ok", 0)

    def as_dict(self) -> dict[str, Any]:
        """Return the summary as values that JSON knows; times are ISO 8601 texts in UTC."""
        return {item.name: _plain(getattr(self, item.name)) for item in fields(self)}


def summarise(
    messages: pa.Table,
    addresses: pa.Table,
    campaigns: pa.Table,
    problems: pa.Table,
    run: Mapping[str, Any],
    things: Collection[str] = (),
    *,
    leads: pa.Table | None = None,
    decisions: Decisions | None = None,
    decisions_lost: bool = False,
    per_address: Sequence[int] = (),
) -> Summary:
    """Count what the tables of a case hold.

    Args:
        messages: Table with the columns of `attribution.tables.MESSAGES` that `SUMMARISED` names, one row a message.
        addresses: Likewise of `ADDRESSES`, one row a distinct address.
        campaigns: Likewise of `CAMPAIGNS`.
        problems: Likewise of `PROBLEMS`.
        run: The run record, and under `case` the path of the folder; a key that it lacks leaves its figure
            unknown.
        things: Device types that are things, no computers.
        leads: Likewise of `LEADS`; None where there are none.
        decisions: The log of an analyst's decisions.
        decisions_lost: There is such a log, and it cannot be read.
        per_address: Greatest number of messages of each class of the campaigns' `per_address`, but the last.
    """
    by_address = _by_address(messages["handover_ip"], addresses)
    networks, networkless = _grouped(by_address, "asn", "as_org")
    countries, countryless = _grouped(by_address, "country")
    period = pc.min_max(messages["received_at"]).as_py()
    max_gap = (run.get("arguments") or {}).get("max_gap_days", STALE_DAYS)
    databases = read_databases(run.get("databases"), period["min"], period["max"], max_gap)
    access = access_lines(by_address)
    handover_grades = _counted(messages["handover_grade"], get_args(Grade))
    receiver, hosts = run.get("receiver") or {}, run.get("hosts") or {}
    found = read_devices(messages, addresses, run, things)
    groups = grouped(campaigns)
    decided = read_decisions_line(decisions, run)
    tally = (run.get("banners") or {}).get("tally") or {}
    return Summary(
        case=run.get("case"),
        version=run.get("version"),
        sources=tuple(
            SourceLine(str(item.get("path")), item.get("files"), item.get("bytes"), item.get("sha256"))
            for item in run.get("sources") or ()
        ),
        messages=messages.num_rows,
        duplicates=_duplicates(messages["sha256"]),
        statuses=_counted(messages["status"], get_args(Status)),
        handover_grades=handover_grades,
        origin_grades=_counted(messages["origin_grade"], get_args(Grade)),
        handover_addresses=by_address.num_rows,
        first=period["min"],
        last=period["max"],
        receiver=tuple(receiver.get("sentences") or ()),
        networks=tuple(NetworkLine(**row) for row in networks.slice(0, _TOP).to_pylist()),
        network_count=networks.num_rows,
        networkless=networkless,
        countries=tuple(CountryLine(**row) for row in countries.slice(0, _TOP).to_pylist()),
        country_count=countries.num_rows,
        countryless=countryless,
        campaigns=tuple(campaign_line(row, groups, per_address) for row in largest(campaigns, _TOP).to_pylist()),
        campaign_count=campaigns.num_rows,
        campaign_messages=_sum(campaigns["messages"]),
        campaign_groups=len(groups),
        campaign_grouped=sum(groups.values()),
        leads=lead_kinds(LEADS.empty_table() if leads is None else leads),
        decisions=decided,
        decisions_lost=decisions_lost,
        appended=read_appended(run),
        findings=_findings(messages["findings"]),
        problems=problems.num_rows,
        problem_statuses=_counted(problems["status"], get_args(Status)),
        problem_examples=_examples(problems),
        databases=databases,
        stale=stale_facts(addresses),
        access=access,
        accessless=_sum(by_address["messages"]) - sum(line.messages for line in access),
        devices=found,
        hosts=hosts.get("said"),
        host_notes=_host_notes(hosts),
        advice=advise(
            messages=messages.num_rows,
            vouched=handover_grades.get("vouched", 0),
            addresses=by_address.num_rows,
            with_network=networks.num_rows > 0,
            with_country=countries.num_rows > 0,
            databases=len(databases),
            undated=[database.name for database in databases if database.built is None],
            scanned=None if found is None else found.banners,
            elsewhere=int(tally.get("elsewhere") or 0),
            problems=problems.num_rows,
            waiting=0 if decided is None else decided.waiting,
            decisions_lost=decisions_lost,
            gateway=run.get("gateway"),
            case=run.get("case"),
        ),
        seconds=_seconds(run.get("started"), run.get("finished")),
    )


def _by_address(handover: pa.ChunkedArray, addresses: pa.Table) -> pa.Table:
    """Return one row for each distinct handover IP: its messages and what is known of it."""
    counted = pa.table({"ip": handover.drop_null()}).group_by("ip").aggregate([([], "count_all")])
    place = pc.index_in(counted["ip"], value_set=addresses["ip"].combine_chunks())
    facts = addresses.select(["asn", "as_org", "country", "access"]).take(place)
    return facts.append_column("messages", counted["count_all"])


def _grouped(by_address: pa.Table, key: str, label: str | None = None) -> tuple[pa.Table, int]:
    """Return messages and addresses of each value of `key`, largest first, and the messages without one."""
    known = by_address.filter(pc.is_valid(by_address[key]))
    wanted = [("messages", "sum"), ("messages", "count")]
    groups = known.group_by(key).aggregate(wanted if label is None else [*wanted, (label, "min")])
    columns = {key: groups[key]}
    if label is not None:
        columns[label] = groups[f"{label}_min"]
    columns["messages"] = groups["messages_sum"]
    columns["addresses"] = groups["messages_count"]
    table = pa.table(columns).sort_by([("messages", "descending"), ("addresses", "descending"), (key, "ascending")])
    return table, _sum(by_address["messages"]) - _sum(known["messages"])


def _findings(column: pa.ChunkedArray) -> dict[str, int]:
    counts = _value_counts(pc.list_flatten(column))
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_TOP])


def _examples(problems: pa.Table) -> tuple[ProblemLine, ...]:
    """Return the first problem of each kind: a file of many broken lines must not hide what else is wrong."""
    kind = ["source", "member", "status", "detail"]
    numbered = problems.append_column("row", pa.array(range(problems.num_rows), pa.int64()))
    groups = numbered.group_by(kind).aggregate([("row", "min"), ("row", "count")]).sort_by("row_min")
    first = groups.slice(0, _PROBLEMS_SHOWN)
    rows = problems.take(first["row_min"].combine_chunks()).to_pylist()
    return tuple(
        ProblemLine(**row, alike=alike) for row, alike in zip(rows, first["row_count"].to_pylist(), strict=True)
    )


def _host_notes(hosts: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what the count of hosts rests on: the range of the estimate, then what is taken for granted."""
    low, high = hosts.get("estimate_low"), hosts.get("estimate_high")
    ends = () if low is None or high is None else (f"The estimate may as well be anything from {low:,} to {high:,}.",)
    return (*ends, *map(str, hosts.get("assumptions") or ()))


def _counted(column: pa.ChunkedArray, order: Iterable[str]) -> dict[str, int]:
    counts = _value_counts(column)
    known = {word: counts.pop(word) for word in order if word in counts}
    return known | dict(sorted(counts.items()))


def _value_counts(column: pa.ChunkedArray) -> dict[str, int]:
    counts = pc.value_counts(column.drop_null()).to_pylist()
    return {row["values"]: row["counts"] for row in counts}


def _duplicates(sha256: pa.ChunkedArray) -> int:
    return int(len(sha256) - sha256.null_count - pc.count_distinct(sha256).as_py())


def _seconds(started: object, finished: object) -> float | None:
    if not isinstance(started, str) or not isinstance(finished, str):
        return None
    return round((datetime.fromisoformat(finished) - datetime.fromisoformat(started)).total_seconds(), 3)


def _sum(column: pa.ChunkedArray) -> int:
    return int(pc.sum(column).as_py() or 0)


def _plain(value: object) -> object:
    if is_dataclass(value):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
