"""The campaigns of a finished case found again: after an analyst's decision, or with rates of other mail."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from attribution import campaigns
from attribution.case import Case, open_case
from attribution.decisions import DECISIONS, read_decisions
from attribution.errors import CaseError
from attribution.pipeline.exchange import exchanging
from attribution.pipeline.finish import with_column
from attribution.pipeline.grouping import NEEDED, Earlier, group, write_groups
from attribution.pipeline.parts import each_part, parts_of, read_parts, write_table
from attribution.pipeline.progress import Progress
from attribution.tables import MESSAGES, TRAITS

if TYPE_CHECKING:
    from collections.abc import Callable

    from attribution.campaigns import Background
    from attribution.pipeline.exchange import Exchange

__all__ = ["background_of", "changes", "check_traits", "earlier_of", "regroup_case", "traits_of_case"]


def regroup_case(
    path: str | Path,
    *,
    background: str | Path | None = None,
    progress: Callable[[Progress], None] | None = None,
    notice: Callable[[str], None] | None = None,
) -> Case:
    """Find the campaigns of a finished case again, with the decisions in its `decisions.toml`.

    The mail is not read again. A campaign keeps its key as long as it has most of its messages; what it takes up is
    listed among its `aliases`.

    Args:
        path: The case folder.
        background: Another case, whose mail says what is common; None for that of the last run, if there was one.
        progress: Called with the state of the run.
        notice: Called with sentences that a person should see.

    Returns:
        The case, open.

    Raises:
        CaseError: There is no finished case, or an older version made it without traits.
        UsageError: The decisions cannot be read, or contradict one another.
        OutputError: The case cannot be written.
    """
    with exchanging(path, "regroup") as exchange:
        case = exchange.case
        state = Progress(messages=(case.run.get("counts") or {}).get("messages", 0), stage="campaigns")
        if progress is not None:
            progress(state)
        known = background or (case.run.get("arguments") or {}).get("background")
        _regroup(exchange, background_of(known))
        if background is not None:
            exchange.record["arguments"] = {
                **(case.run.get("arguments") or {}),
                "background": str(Path(background).absolute()),
            }
        if notice is not None:
            for sentence in changes(exchange.record["campaigns"]):
                notice(sentence)
    return open_case(path)


def _regroup(exchange: Exchange, background: Background | None) -> None:
    clock = time.monotonic()
    case, made = exchange.case, exchange.made
    messages = read_parts(case.path, "messages", [*NEEDED, "campaign"])
    grouped = group(
        traits_of_case(case),
        messages.select(NEEDED),
        case.table("addresses"),
        case.table("controls"),
        control=case.run.get("control"),
        decisions=read_decisions(case.path / DECISIONS),
        background=background,
        earlier=earlier_of(case, messages["campaign"]),
    )
    write_table(made, "messages", MESSAGES, with_column(each_part(case.path, "messages"), "campaign", grouped.labels))
    write_groups(made, grouped)
    exchange.record["campaigns"] = grouped.record
    exchange.record["regrouped"] = datetime.now(UTC).isoformat()
    timings = {**(case.run.get("timings") or {}), "campaigns": round(time.monotonic() - clock, 3)}
    exchange.record["timings"] = timings


def traits_of_case(case: Case) -> pa.Table:
    """Return the traits of a case, a row a message in their order.

    Args:
        case: A finished case.

    Raises:
        CaseError: It has none, or not as many as messages.
    """
    check_traits(case)
    traits = case.table("traits")
    return pa.table(traits.columns, schema=TRAITS)


def check_traits(case: Case) -> None:
    """Refuse a case that has no traits, or not as many as messages.

    Args:
        case: A finished case.

    Raises:
        CaseError: An older version made it, or a part cannot be read.
    """
    counts: list[int] = []
    for table in ("messages", "traits"):
        try:
            counts.append(sum(pq.read_metadata(part).num_rows for part in parts_of(case.path, table)))
        except (OSError, pa.ArrowException) as error:
            message = f"{case.path / table}: a part cannot be read ({error}); run the analysis again into a new folder"
            raise CaseError(message) from error
    if counts[0] != counts[1]:
        message = f"{case.path}: an older version made it without traits; run the analysis again into a new folder"
        raise CaseError(message)


def earlier_of(case: Case, labels: pa.ChunkedArray) -> Earlier:
    """Return the campaigns of a case, whose keys are to be kept.

    Args:
        case: A finished case.
        labels: The campaign of each message, null also for those that are new.
    """
    rows = case.table("campaigns", ["campaign", "aliases"]).to_pylist()
    return Earlier(labels.combine_chunks(), {row["campaign"]: row["aliases"] for row in rows if row["aliases"]})


def background_of(path: str | Path | None) -> Background | None:
    """Return the rates of another case's mail; None where none is named.

    Args:
        path: Its folder.

    Raises:
        CaseError: It is no finished case, or has no traits.
    """
    if path is None:
        return None
    case = open_case(path)
    labels = read_parts(case.path, "messages", ["campaign"])["campaign"]
    return campaigns.Background.of(traits_of_case(case), labels.combine_chunks())


def changes(record: dict[str, object]) -> list[str]:
    """Return in words what became of earlier campaigns.

    Args:
        record: What `group` keeps for the run record.
    """
    absorbed, divided = record.get("absorbed"), record.get("divided")
    sentences = []
    if isinstance(absorbed, dict) and absorbed:
        count = sum(len(names) for names in absorbed.values())
        were = "1 earlier campaign was" if count == 1 else f"{count:,} earlier campaigns were"
        sentences.append(f"{were} taken up by others; the keys are kept as aliases")
    if isinstance(divided, dict) and divided:
        lost = "1 earlier campaign has" if len(divided) == 1 else f"{len(divided):,} earlier campaigns have"
        sentences.append(f"{lost} lost messages; run.json lists them under campaigns.divided")
    return sentences
