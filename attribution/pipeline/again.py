"""The enrichment of a finished case done again, with other databases or banners: the mail is not read again."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attribution import campaigns
from attribution._files import listed
from attribution.case import Case, open_case
from attribution.errors import CaseError
from attribution.limits import Limits
from attribution.pipeline.enrichment import (
    MAX_GAP_DAYS,
    MESSAGE_COLUMNS,
    WINDOW_DAYS,
    Enricher,
    EnrichOptions,
    open_databases,
)
from attribution.pipeline.exchange import exchanging
from attribution.pipeline.finish import problem_rows, with_devices
from attribution.pipeline.grouping import with_devices_of_campaigns
from attribution.pipeline.late_findings import HOP_COLUMNS, find_late, renew_findings
from attribution.pipeline.late_findings import MESSAGE_COLUMNS as OF_MESSAGES
from attribution.pipeline.parts import each_part, read_parts, write_table
from attribution.pipeline.peers import HOP_COLUMNS as OF_PEERS
from attribution.pipeline.progress import Progress
from attribution.tables import ADDRESSES, CAMPAIGNS, CONTROLS, HOPS, MESSAGES, PROBLEMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pyarrow as pa

    from attribution.pipeline.enrichment import Enriched
    from attribution.pipeline.exchange import Exchange

__all__ = ["enrich_case", "limits_of", "options_of"]


def enrich_case(
    path: str | Path,
    *,
    mmdb: str | Path | Iterable[str | Path] | None = None,
    banners: str | Path | Iterable[str | Path] | None = None,
    access: str | Path | Iterable[str | Path] | None = None,
    device_rules: str | Path | Iterable[str | Path] | None = None,
    max_gap: int | None = None,
    window: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    notice: Callable[[str], None] | None = None,
) -> Case:
    """Enrich the addresses of a finished case again; the result is what `analyze` gives with the same options.

    What is not named stays as it was in the last run, files included: they are read again where they lie. What is
    named takes the place of what was; an empty list takes it away.

    Args:
        path: The case folder; its tables are replaced once all is ready.
        mmdb: IP databases; here and below one that stands alone needs no list.
        banners: Scan files, and folders of them.
        access: Lists that name access types.
        device_rules: Folders of Recog and files of nmap's probes.
        max_gap: Days between a database and the mail beyond which what it says is marked as stale.
        window: Days between a banner and the mail within which it is near.
        progress: Called with the state of the run.
        notice: Called with sentences that a person should see.

    Returns:
        The case, open.

    Raises:
        CaseError: There is no finished case.
        InputNotFoundError: A scan file does not exist.
        UsageError: A list or a set of rules cannot be read.
        DatabaseError: A database cannot be used.
        OutputError: The case cannot be written.
    """
    with ExitStack() as stack:
        exchange = stack.enter_context(exchanging(path, "enrich"))
        run = exchange.case.run
        options = options_of(run, mmdb, banners, access, device_rules, max_gap, window)
        state = Progress(messages=(run.get("counts") or {}).get("messages", 0))

        def step(stage: str, done: int = 0, total: int | None = None) -> None:
            state.stage, state.bytes_done, state.bytes_total = stage, done, total
            if progress is not None:
                progress(state)

        say = notice or (lambda _: None)
        databases = open_databases(options.mmdb, say, stack)
        _replace(exchange, Enricher(options, databases, limits_of(run), step, say), step)
    return open_case(path)


def options_of(
    run: dict[str, Any],
    mmdb: str | Path | Iterable[str | Path] | None,
    banners: str | Path | Iterable[str | Path] | None,
    access: str | Path | Iterable[str | Path] | None,
    device_rules: str | Path | Iterable[str | Path] | None,
    max_gap: int | None,
    window: int | None,
) -> EnrichOptions:
    """Return what was asked for now, and for what was not, what was asked for last time.

    Args:
        run: The run record of the case.
        mmdb: See `enrich_case`; likewise the others.
        banners: None for what was.
        access: None for what was.
        device_rules: None for what was.
        max_gap: None for what was.
        window: None for what was.
    """
    before = run.get("arguments") or {}
    folder = str(before.get("folder") or ".")

    def paths(name: str, given: str | Path | Iterable[str | Path] | None) -> Sequence[str]:
        if given is not None:
            return listed(given)
        # A path that was given in another folder is that of another file here.
        old = [str(path) for path in before.get(name) or ()]
        return old if folder == str(Path.cwd()) else [os.path.join(folder, path) for path in old]  # noqa: PTH118 (keeps what stands behind @)

    return EnrichOptions.of(
        paths("mmdb", mmdb),
        paths("banners", banners),
        paths("access", access),
        paths("device_rules", device_rules),
        before.get("max_gap_days", MAX_GAP_DAYS) if max_gap is None else max_gap,
        before.get("window_days", WINDOW_DAYS) if window is None else window,
    )


def limits_of(run: dict[str, Any]) -> Limits:
    """Return the caps that the case was made with, as far as this version knows them."""
    names = Limits().as_dict()
    try:
        return Limits(**{name: value for name, value in (run.get("limits") or {}).items() if name in names})
    except (TypeError, AttributeError) as error:
        message = "run.json holds limits that cannot be read; run the analysis again into a new folder"
        raise CaseError(message) from error


def _replace(exchange: Exchange, enricher: Enricher, step: Callable[..., None]) -> None:
    """Make the new tables and run record beside the old ones."""
    clock = time.monotonic()
    case, made, record = exchange.case, exchange.made, exchange.record
    messages = read_parts(case.path, "messages", ["campaign", *MESSAGE_COLUMNS])
    enriched = enricher.run(messages, each_part(case.path, "hops", OF_PEERS), made)
    step("writing")
    _write(case, made, messages, enriched, enricher)
    (made / "banners").mkdir(exist_ok=True)  # of which there may be none now
    record |= enriched.record
    for name in {"banners", "control"} - enriched.record.keys():
        record.pop(name, None)
    record["arguments"] = {**(case.run.get("arguments") or {}), **enricher.options.as_dict()}
    record["enriched"] = datetime.now(UTC).isoformat()
    record["timings"] = {**(case.run.get("timings") or {}), "addresses": round(time.monotonic() - clock, 3)}


def _write(case: Case, made: Path, messages: pa.Table, enriched: Enriched, enricher: Enricher) -> None:
    """Write the tables that the enrichment changes."""
    judged = read_parts(case.path, "messages", OF_MESSAGES)
    hops = read_parts(case.path, "hops", HOP_COLUMNS)
    lines, rows = find_late(judged, hops, enricher.databases, enriched.addresses)
    noted = renew_findings(each_part(case.path, "messages"), MESSAGES, rows)
    write_table(made, "messages", MESSAGES, with_devices(noted, enriched.messages))
    write_table(made, "hops", HOPS, renew_findings(each_part(case.path, "hops"), HOPS, lines))
    described = case.table("campaigns")
    senders = messages.select(["campaign", "handover_ip"])
    described = campaigns.with_places(described, senders, enriched.addresses)
    control = enriched.record.get("control")
    described = with_devices_of_campaigns(described, senders, enriched.addresses, enriched.controls, control)
    write_table(made, "campaigns", CAMPAIGNS, iter([described]))
    write_table(made, "addresses", ADDRESSES, iter([enriched.addresses]))
    write_table(made, "controls", CONTROLS, iter([enriched.controls]))
    write_table(made, "problems", PROBLEMS, _problems(case, enriched))


def _problems(case: Case, enriched: Enriched) -> Iterator[pa.Table]:
    """Give the problems of the mail, and those of the scan files that were read now."""
    count = (case.run.get("counts") or {}).get("problems", 0)
    yield case.table("problems").slice(0, count)
    yield from problem_rows(enriched.problems)
