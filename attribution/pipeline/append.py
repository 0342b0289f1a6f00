"""The end of an append: new mail beside what a case holds, and what follows from all of it found anew."""

from __future__ import annotations

import shutil
import time
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from attribution.case import CHANGING, MOVING
from attribution.decisions import DECISIONS, read_decisions
from attribution.errors import CaseError, InputError
from attribution.pipeline.again import options_of
from attribution.pipeline.exchange import exchanging, keep_parts
from attribution.pipeline.finish import DESCRIBED, find_late_in, problem_rows, with_column, with_findings
from attribution.pipeline.grouping import NEEDED, group, write_groups
from attribution.pipeline.late_findings import HOP_COLUMNS as LATE_HOPS
from attribution.pipeline.late_findings import MESSAGE_COLUMNS as LATE_MESSAGES
from attribution.pipeline.late_findings import find_late, renew_findings
from attribution.pipeline.parts import add_parts, each_part, parts_of, read_parts, write_part, write_table
from attribution.pipeline.peers import HOP_COLUMNS as OF_PEERS
from attribution.pipeline.regroup import changes, check_traits, earlier_of, traits_of_case
from attribution.tables import ADDRESSES, CONTROLS, HOPS, MESSAGES, PROBLEMS, TABLES, TRAITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from attribution.campaigns import Background
    from attribution.case import Case
    from attribution.pipeline.enrichment import Enriched, Enricher
    from attribution.pipeline.exchange import Exchange

__all__ = ["APPENDING", "check_case", "finish_append"]

APPENDING = ".appending"
"""Folder inside a case that holds the work of an append which is not finished."""


def check_case(case: Case) -> None:
    """Refuse a case to which no mail can be added, before any is read.

    Args:
        case: A finished case, perhaps with an exchange that is to go on.

    Raises:
        CaseError: An older version made it, without traits.
        UsageError: Its decisions cannot be read, or contradict one another.
    """
    read_decisions(case.path / DECISIONS)
    if not (case.path / CHANGING / MOVING).exists():
        check_traits(case)


def finish_append(
    case: Path,
    staging: Path,
    enricher: Enricher,
    record: dict[str, Any],
    timings: dict[str, float],
    step: Callable[[str], None],
    say: Callable[[str], None],
    background: Background | None = None,
    *,
    resume: bool = False,
) -> None:
    """Put the new mail into the case.

    Parts of tables that do not change are kept as they are. It can be done again from the start at any moment.

    Args:
        case: The case folder.
        staging: Holds the parts of the new mail.
        enricher: Has what is asked about addresses: what the case was made with.
        record: What the run record of the new mail alone would be.
        timings: Seconds by step; added to.
        step: Called with the name of each step.
        say: Called with sentences that a person should see.
        background: Rates of other mail.
        resume: An append of this mail was stopped before, perhaps when all of it was in the case.

    Raises:
        InputError: No message is new, or standard input holds other mail than the one that is in the case.
        CaseError: The case has no traits, or is enriched with other data than when the append was begun.
    """
    with exchanging(case, "analyze --append", "give the same command with --resume") as exchange:
        traits = traits_of_case(exchange.case)
        if options_of(exchange.case.run, None, None, None, None, None, None) != enricher.options:
            message = f"{case} was enriched with other data in the meantime; give the same command with --resume"
            raise CaseError(message)
        new = _New.of(exchange.case, staging)
        if not new.count or new.is_other_input:
            shutil.rmtree(staging)
            if not resume or new.changed:
                raise InputError(new.why_not(case))
            say(new.why_not(case))
            exchange.wanted = False
            return
        if new.known:
            say(f"{_messages(new.known)} in the case already and passed over")
        for sentence in new.remarks(exchange.case):
            say(sentence)
        clock = time.monotonic()
        old = read_parts(exchange.case.path, "messages", [*DESCRIBED, "campaign"])
        messages = pa.concat_tables([old.select(DESCRIBED), new.table("messages", DESCRIBED)])
        hops = (part.select(OF_PEERS) for part in new.parts("hops"))
        enriched = enricher.run(messages, chain(each_part(exchange.case.path, "hops", OF_PEERS), hops), exchange.made)
        timings["addresses"] = round(time.monotonic() - clock, 3)

        clock = time.monotonic()
        step("campaigns")
        before = pa.chunked_array([*old["campaign"].chunks, pa.nulls(new.count, pa.int64())])
        grouped = group(
            pa.concat_tables([traits, new.table("traits", TRAITS.names)]),
            messages.select(NEEDED),
            enriched.addresses,
            enriched.controls,
            control=enriched.record.get("control"),
            decisions=read_decisions(exchange.case.path / DECISIONS),
            background=background,
            earlier=earlier_of(exchange.case, before),
        )
        timings["campaigns"] = round(time.monotonic() - clock, 3)

        step("writing")
        _write(exchange, new, enriched, enricher, grouped.labels)
        write_groups(exchange.made, grouped)
        _note(exchange, record, enriched, new, {"campaigns": grouped.record, "timings": timings})
        for sentence in changes(grouped.record):
            say(sentence)
    shutil.rmtree(staging)


class _New:
    """The new mail, without what the case holds already.

    Attributes:
        count: Messages that are new. `known`: those that the case holds.
        changed: Those at whose place another message stands in the case.
        is_other_input: Whether what came from standard input is other mail than what came from it before.
        problems: Rows that are new, also of messages that have changed.
    """

    def __init__(self, staging: Path, passed: pa.Array, count: int, changed: pa.Table, problems: pa.Table) -> None:
        self._staging = staging
        self._passed = passed
        self.count = count
        self.changed = len(changed)
        self.known = len(passed) - self.changed
        self.is_other_input = "-" in pc.unique(changed["source"]).to_pylist()
        self.problems = problems

    @classmethod
    def of(cls, case: Case, staging: Path) -> _New:
        """Compare the new mail with a case by the keys of messages: where they lie."""
        there = read_parts(case.path, "messages", ["message", "sha256"])
        given = read_parts(staging, "messages", ["message", "sha256", "source", "member", "offset"])
        place = pc.index_in(given["message"], value_set=there["message"].combine_chunks())
        twice = given.filter(pc.is_valid(place))
        digests = there["sha256"].take(place.drop_null())
        changed = twice.filter(pc.not_equal(twice["sha256"], digests))
        rows = changed.select(["source", "member", "offset"])
        rows = rows.append_column("status", pa.array(["unsupported"] * len(changed), pa.string()))
        detail = "another message stands at this place in the case already; give the mail under another path"
        rows = rows.append_column("detail", pa.array([detail] * len(changed), pa.string())).cast(PROBLEMS)
        problems = pa.concat_tables([*each_part(staging, "problems"), rows])
        known = pc.is_in(_whole_rows(problems), value_set=_whole_rows(_mail_problems(case)))
        passed = twice["message"].combine_chunks()
        return cls(staging, passed, len(given) - len(twice), changed, problems.filter(pc.invert(known)))

    def why_not(self, case: Path) -> str:
        """Say why nothing of it can be added."""
        if self.is_other_input:
            return (
                f"{case} holds mail from standard input already, and this is other mail: "
                "save it to a file and give that, so that each message has a place of its own"
            )
        known = [f"{_messages(self.known)} in {case} already"] if self.known else []
        others = f"other messages stand in {case} at the places of {self.changed:,}: give the mail under another path"
        return "no message is new: " + ", and ".join([*known, others] if self.changed else known)

    def remarks(self, case: Case) -> list[str]:
        """Say what looks as if the wrong mail were added: copies, and mail that another receiver took in."""
        rows = self.table("messages", ["sha256", "handover_grade"])
        there = pc.unique(read_parts(case.path, "messages", ["sha256"])["sha256"].combine_chunks())
        copies = pc.sum(pc.is_in(rows["sha256"], value_set=there)).as_py() or 0
        unknown = pc.sum(pc.equal(rows["handover_grade"], "none")).as_py() or 0
        said = []
        if copies:
            said.append(
                f"{copies:,} of {self.count:,} new messages are byte for byte in the case already, at another place: "
                "they count again there. Give mail under the path that it had before, and it is passed over"
            )
        if unknown * 10 > self.count * 9:
            said.append(
                f"{unknown:,} of {self.count:,} new messages have no handover: they do not end at the receiver that "
                f"{case.path / 'receiver.toml'} names. If another receiver took them in, they need a case of their "
                "own, or its hosts in that file before they are added"
            )
        return said

    def parts(self, table: str, rows: dict[int, dict[str, pa.Array]] | None = None) -> Iterator[pa.Table]:
        """Give the parts of a table of the new mail; with findings added in some rows of each part."""
        parts = each_part(self._staging, table)
        for part in with_findings(parts, TABLES[table], rows) if rows else parts:
            yield part.filter(pc.invert(pc.is_in(part["message"], value_set=self._passed)))

    def table(self, table: str, columns: list[str]) -> pa.Table:
        """Return some columns of a table of the new mail."""
        kept = list(dict.fromkeys(["message", *columns]))
        whole = read_parts(self._staging, table, kept)
        return whole.filter(pc.invert(pc.is_in(whole["message"], value_set=self._passed))).select(columns)


def _messages(count: int) -> str:
    return "1 message is" if count == 1 else f"{count:,} messages are"


def _mail_problems(case: Case) -> pa.Table:
    """Return the problems of the mail, without those of scan files."""
    return case.table("problems").slice(0, (case.run.get("counts") or {}).get("problems", 0))


def _whole_rows(problems: pa.Table) -> pa.Array:
    """Return each row as one text, by which rows can be compared."""
    columns = [problems[name].cast(pa.string()) for name in PROBLEMS.names]
    joined = pc.binary_join_element_wise(*columns, "\0", null_handling="replace", null_replacement="\1")
    return joined.combine_chunks()


def _write(exchange: Exchange, new: _New, enriched: Enriched, enricher: Enricher, labels: pa.Array) -> None:
    """Write the tables of messages, lines, problems, traits and addresses."""
    case, made = exchange.case, exchange.made
    in_messages, in_hops = find_late_in(new._staging, enricher.databases, enriched.addresses)
    renewed = _renewed(case, enricher, enriched.addresses)
    old = each_part(case.path, "messages") if renewed is None else renewed["messages"]
    _write_messages(exchange, old, new.parts("messages", in_messages), enriched, labels)
    for table, rows in (("hops", in_hops), ("traits", None)):
        first = keep_parts(exchange, table)
        if renewed is not None and table in renewed:
            _write_changed(exchange, table, renewed[table])
        add_parts(made, table, TABLES[table], new.parts(table, rows), first)
    found = chain([_mail_problems(case), new.problems], problem_rows(enriched.problems))
    write_table(made, "problems", PROBLEMS, found)
    write_table(made, "addresses", ADDRESSES, iter([enriched.addresses]))
    write_table(made, "controls", CONTROLS, iter([enriched.controls]))
    (made / "banners").mkdir(exist_ok=True)  # of which there may be none now


def _renewed(case: Case, enricher: Enricher, addresses: pa.Table) -> dict[str, Iterator[pa.Table]] | None:
    """Return the messages and lines that were there, their late findings made anew; None where none can have changed.

    New mail may name an address otherwise, which is then known to be of another access type.
    """
    before = case.table("addresses", ["ip", "access"])
    kinds = addresses["access"].take(pc.index_in(before["ip"], value_set=addresses["ip"].combine_chunks()))
    if pc.fill_null(before["access"], "").equals(pc.fill_null(kinds, "")):
        return None
    judged = read_parts(case.path, "messages", LATE_MESSAGES)
    lines, rows = find_late(judged, read_parts(case.path, "hops", LATE_HOPS), enricher.databases, addresses)
    return {
        "messages": renew_findings(each_part(case.path, "messages"), MESSAGES, rows),
        "hops": renew_findings(each_part(case.path, "hops"), HOPS, lines),
    }


def _write_changed(exchange: Exchange, table: str, parts: Iterator[pa.Table]) -> None:
    """Write those parts of a table that was there in which something has changed."""
    paths = parts_of(exchange.case.path, table)
    for path, old, part in zip(paths, each_part(exchange.case.path, table), parts, strict=False):
        if not part.equals(old):
            write_part(exchange.made / table / path.name, part.cast(TABLES[table]))


def _write_messages(
    exchange: Exchange, old: Iterator[pa.Table], new: Iterator[pa.Table], enriched: Enriched, labels: pa.Array
) -> None:
    """Write the messages; a part in which no campaign, device and finding has changed stays the same file."""
    columns: dict[str, pa.Array | pa.ChunkedArray] = {"campaign": labels}
    if enriched.messages is not None:
        columns |= {name: enriched.messages[name] for name in enriched.messages.column_names}
    kept = keep_parts(exchange, "messages")
    parts: Iterator[pa.Table] = chain(old, new)
    for name, column in columns.items():
        parts = with_column(parts, name, column)
    _write_changed(exchange, "messages", parts)
    add_parts(exchange.made, "messages", MESSAGES, parts, kept)


def _note(exchange: Exchange, new: dict[str, Any], enriched: Enriched, mail: _New, more: dict[str, Any]) -> None:
    """Complete the run record: what the case holds now, and what was added when."""
    record, before = exchange.record, exchange.case.run
    counts = before.get("counts") or {}
    statuses = {**(counts.get("statuses") or {})}
    for status in mail.table("messages", ["status"])["status"].to_pylist():
        statuses[status] = statuses.get(status, 0) + 1
    record |= enriched.record
    record["counts"] = {
        "messages": counts.get("messages", 0) + mail.count,
        "problems": counts.get("problems", 0) + len(mail.problems),
        "statuses": statuses,
    }
    record["sources"] = [*(before.get("sources") or []), *new["sources"]]
    record["campaigns"] = more["campaigns"]
    entry = {
        "time": datetime.now(UTC).isoformat(),
        "version": new["version"],
        "paths": new["arguments"]["paths"],
        "messages": mail.count,
        "passed_over": mail.known,
        "receiver": new["receiver"],
        "timings": more["timings"],
        "worker_faults": new["worker_faults"],
    }
    record["appended"] = [*(before.get("appended") or []), entry]
