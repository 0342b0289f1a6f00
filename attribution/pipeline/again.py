"""The enrichment of a finished case done again, with other databases or banners: the mail is not read again."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attribution import campaigns
from attribution._files import replacing
from attribution.case import ENRICHING, Case, open_case
from attribution.errors import CaseError, OutputError
from attribution.limits import Limits
from attribution.pipeline.enrichment import (
    MAX_GAP_DAYS,
    MESSAGE_COLUMNS,
    WINDOW_DAYS,
    Enricher,
    EnrichOptions,
    device_shares,
    open_databases,
)
from attribution.pipeline.finish import problem_rows, with_devices, with_shares
from attribution.pipeline.parts import each_part, read_parts, write_table
from attribution.pipeline.progress import Progress
from attribution.pipeline.provider_lines import HOP_COLUMNS, find_elsewhere, renew_finding
from attribution.pipeline.provider_lines import MESSAGE_COLUMNS as TIMED
from attribution.tables import ADDRESSES, CAMPAIGNS, CONTROLS, HOPS, MESSAGES, PROBLEMS

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pyarrow as pa

    from attribution.pipeline.enrichment import Enriched

__all__ = ["enrich_case"]

_MOVING = "moving"
"""File that says that the tables are being exchanged."""


def enrich_case(
    path: str | Path,
    *,
    mmdb: Iterable[str | Path] | None = None,
    banners: Iterable[str | Path] | None = None,
    access: Iterable[str | Path] | None = None,
    device_rules: Iterable[str | Path] | None = None,
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
        mmdb: IP databases.
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
        stack.enter_context(_alone(Path(path)))
        case = open_case(path, unfinished_enrichment=True)
        if (case.path / ENRICHING / _MOVING).exists():
            _move(case.path / ENRICHING, case.path)
            case = open_case(path)
        options = _options(case.run, mmdb, banners, access, device_rules, max_gap, window)
        state = Progress(messages=(case.run.get("counts") or {}).get("messages", 0))

        def step(stage: str, done: int = 0, total: int | None = None) -> None:
            state.stage, state.bytes_done, state.bytes_total = stage, done, total
            if progress is not None:
                progress(state)

        say = notice or (lambda _: None)
        databases = open_databases(options.mmdb, say, stack)
        enricher = Enricher(options, databases, _limits(case.run), step, say)
        try:
            _replace(case, enricher, step)
        except OSError as error:
            if not (case.path / ENRICHING / _MOVING).exists():
                shutil.rmtree(case.path / ENRICHING, ignore_errors=True)
            message = f"{error.filename or case.path}: {error.strerror or error}. Give the same command again"
            raise OutputError(message) from error
    return open_case(path)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep a second enrichment out of the case; the lock ends with this process, however it ends."""
    if sys.platform == "win32" or not folder.is_dir():
        yield  # no such lock there: two runs on one case are the user's to avoid
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            message = f"{folder}: another enrichment of this case is running; wait for its end"
            raise CaseError(message) from error
        yield
    finally:
        os.close(handle)


def _options(
    run: dict[str, Any],
    mmdb: Iterable[str | Path] | None,
    banners: Iterable[str | Path] | None,
    access: Iterable[str | Path] | None,
    device_rules: Iterable[str | Path] | None,
    max_gap: int | None,
    window: int | None,
) -> EnrichOptions:
    """Return what was asked for now, and for what was not, what was asked for last time."""
    before = run.get("arguments") or {}
    folder = str(before.get("folder") or ".")

    def paths(name: str, given: Iterable[str | Path] | None) -> list[str | Path]:
        if given is not None:
            return list(given)
        # A path that was given in another folder is that of another file here.
        old = [str(path) for path in before.get(name) or ()]
        return [*old] if folder == str(Path.cwd()) else [os.path.join(folder, path) for path in old]  # noqa: PTH118 (keeps what stands behind @)

    return EnrichOptions.of(
        paths("mmdb", mmdb),
        paths("banners", banners),
        paths("access", access),
        paths("device_rules", device_rules),
        before.get("max_gap_days", MAX_GAP_DAYS) if max_gap is None else max_gap,
        before.get("window_days", WINDOW_DAYS) if window is None else window,
    )


def _limits(run: dict[str, Any]) -> Limits:
    """Return the caps that the case was made with, as far as this version knows them."""
    names = Limits().as_dict()
    try:
        return Limits(**{name: value for name, value in (run.get("limits") or {}).items() if name in names})
    except (TypeError, AttributeError) as error:
        message = "run.json holds limits that cannot be read; run the analysis again into a new folder"
        raise CaseError(message) from error


def _replace(case: Case, enricher: Enricher, step: Callable[..., None]) -> None:
    """Make the new tables and run record beside the old ones, then put them in their place."""
    clock = time.monotonic()
    made = case.path / ENRICHING
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    messages = read_parts(case.path, "messages", ["message", "campaign", *MESSAGE_COLUMNS])
    enriched = enricher.run(messages, made)
    step("writing")
    _write(case, made, messages, enriched, enricher)
    (made / "banners").mkdir(exist_ok=True)  # of which there may be none now
    record = {**case.run, **enriched.record}
    for name in {"banners", "control"} - enriched.record.keys():
        record.pop(name, None)
    record["arguments"] = {**(case.run.get("arguments") or {}), **enricher.options.as_dict()}
    record["enriched"] = datetime.now(UTC).isoformat()
    record["timings"] = {**(case.run.get("timings") or {}), "addresses": round(time.monotonic() - clock, 3)}
    with replacing(made / "run.json") as temporary:
        temporary.write_text(json.dumps(record, indent=2) + "\n", "utf-8")
    # From here on the case is neither the old nor the new one, until run.json is in its place.
    (made / _MOVING).touch()
    _move(made, case.path)


def _move(made: Path, out: Path) -> None:
    """Put what is finished in the place of the old; done again after a kill, it goes on where it stopped."""
    for table in sorted(each.name for each in made.iterdir() if each.is_dir()):
        shutil.rmtree(out / table, ignore_errors=True)
        (made / table).rename(out / table)
    Case(out, json.loads((made / "run.json").read_text("utf-8"))).write_report()
    with replacing(out / "run.json") as temporary:
        shutil.copyfile(made / "run.json", temporary)
    shutil.rmtree(made)


def _write(case: Case, made: Path, messages: pa.Table, enriched: Enriched, enricher: Enricher) -> None:
    """Write the tables that the enrichment changes."""
    timed = read_parts(case.path, "messages", TIMED)
    hops = read_parts(case.path, "hops", HOP_COLUMNS)
    lines, rows = find_elsewhere(timed, hops, enricher.databases)
    noted = renew_finding(each_part(case.path, "messages"), MESSAGES, rows)
    write_table(made, "messages", MESSAGES, with_devices(noted, enriched.messages))
    write_table(made, "hops", HOPS, renew_finding(each_part(case.path, "hops"), HOPS, lines))
    described = case.table("campaigns")
    senders = messages.select(["campaign", "handover_ip"])
    described = campaigns.with_places(described, senders, enriched.addresses)
    described = with_shares(described, device_shares(described, senders, enriched.addresses))
    write_table(made, "campaigns", CAMPAIGNS, iter([described]))
    write_table(made, "addresses", ADDRESSES, iter([enriched.addresses]))
    write_table(made, "controls", CONTROLS, iter([enriched.controls]))
    write_table(made, "problems", PROBLEMS, _problems(case, enriched))


def _problems(case: Case, enriched: Enriched) -> Iterator[pa.Table]:
    """Give the problems of the mail, and those of the scan files that were read now."""
    count = (case.run.get("counts") or {}).get("problems", 0)
    yield case.table("problems").slice(0, count)
    yield from problem_rows(enriched.problems)
