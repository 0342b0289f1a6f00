"""A case folder, opened: its tables as pandas, its run record, its summary and report."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from attribution import campaigns, origin, report
from attribution._files import replacing
from attribution.campaign import Campaign, read_rows
from attribution.campaigns.per_address import PER_ADDRESS
from attribution.campaigns.why import explain_campaign
from attribution.decisions import DECISIONS, read_decisions
from attribution.enrich import access, devices, evidence
from attribution.errors import CaseError, OutputError, UsageError
from attribution.limits import GRAPH_MESSAGES
from attribution.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import networkx as nx
    import pandas as pd

    from attribution.report import CampaignDetails, Summary

__all__ = ["CHANGING", "MOVING", "Case", "open_case"]

CHANGING = ".changing"
"""Folder inside a case that holds the new tables of a change which is not finished."""
MOVING = "moving"
"""File in it that says that the tables are being exchanged; it names the command."""


class Case:
    """The result of one run. Tables are read when they are first asked for.

    Attributes:
        path: The case folder.
        run: What `run.json` holds: version, arguments, sources with SHA-256, databases, limits, counts, timings.
    """

    def __init__(self, path: Path, run: dict[str, Any]) -> None:
        self.path = path
        self.run = run

    def __repr__(self) -> str:
        counts = self.run.get("counts", {})
        return f"<Case {str(self.path)!r}: {counts.get('messages', 0):,} messages>"

    def table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Return a table of the case as Arrow.

        Args:
            name: One of the names in `tables.TABLES`. A table that the run did not write is empty.
            columns: Those that are wanted; None for all.

        Raises:
            CaseError: A part of the table cannot be read.
        """
        schema = TABLES[name]
        if columns is not None:
            schema = pa.schema([schema.field(column) for column in columns])
        try:
            paths = sorted((self.path / name).glob("part-*.parquet"))
            parts = [_read_part(part, schema, TABLES[name].names[0]) for part in paths]
        except (OSError, pa.ArrowException) as error:
            message = f"{self.path / name}: a part cannot be read ({error}); run the analysis again into a new folder"
            raise CaseError(message) from error
        return pa.concat_tables(parts) if parts else schema.empty_table()

    def _frame(self, name: str) -> pd.DataFrame:
        # Imported here: a command that shows no frame need not wait for it.
        import pandas as pd

        # Whole numbers that may be missing stay whole numbers: a key must never become a float.
        nullable = {pa.int32(): pd.Int32Dtype(), pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
        frame: pd.DataFrame = self.table(name).to_pandas(types_mapper=nullable.get)
        return frame

    @cached_property
    def messages(self) -> pd.DataFrame:
        """One row for each message."""
        return self._frame("messages")

    @cached_property
    def hops(self) -> pd.DataFrame:
        """One row for each Received field."""
        return self._frame("hops")

    @cached_property
    def addresses(self) -> pd.DataFrame:
        """One row for each distinct handover or origin address."""
        return self._frame("addresses")

    @cached_property
    def banners(self) -> pd.DataFrame:
        """One row for each banner of an address of the case."""
        return self._frame("banners")

    @cached_property
    def controls(self) -> pd.DataFrame:
        """One row for each neighbour of a sender that answered a scan and sent nothing."""
        return self._frame("controls")

    @cached_property
    def campaigns(self) -> pd.DataFrame:
        """One row for each campaign."""
        return self._frame("campaigns")

    @cached_property
    def evidence(self) -> pd.DataFrame:
        """One row for each trait that holds a campaign together."""
        return self._frame("evidence")

    @cached_property
    def links(self) -> pd.DataFrame:
        """One row for each link that holds a campaign together: two messages and the evidence that both carry."""
        return self._frame("links")

    @cached_property
    def leads(self) -> pd.DataFrame:
        """One row for what may belong together and is not asserted."""
        return self._frame("leads")

    @cached_property
    def problems(self) -> pd.DataFrame:
        """One row for each item of the input that gave no message."""
        return self._frame("problems")

    def campaign(self, key: int) -> Campaign:
        """Return one campaign, to ask why it is one.

        Args:
            key: Its key, or that of one that it took up.

        Raises:
            UsageError: There is no such campaign.
        """
        return Campaign(self, key)

    def graph(self, level: str = "addresses", *, limit: int | None = GRAPH_MESSAGES) -> nx.Graph[Any]:
        """Return the campaigns and what belongs to them as a networkx graph.

        Nodes are pairs such as `("campaign", key)` and `("address", ip)`; see `campaigns.graph` for their attributes.

        Args:
            level: `campaigns`, with their leads; `networks`, with the networks that they came from; `addresses`, with
                the handover addresses; `messages`, with all messages too.
            limit: Messages beyond which that last graph is refused; None for no limit.

        Raises:
            UsageError: There is no such level, or there are too many messages for it.
        """
        columns = campaigns.MESSAGE_COLUMNS.get(level)
        return campaigns.case_graph(
            level,
            campaigns=self.table("campaigns"),
            messages=None if columns is None else self.table("messages", columns),
            addresses=self.table("addresses"),
            leads=self.table("leads"),
            limit=limit,
        )

    def summary(self) -> Summary:
        """Return the figures that a person wants to see first."""
        tables = {name: read_rows(self.path, name, columns) for name, columns in report.SUMMARISED.items()}
        try:
            decided, lost = read_decisions(self.path / DECISIONS), False
        except UsageError:  # a file that a person writes by hand: that it is broken hides nothing else
            decided, lost = None, True
        return report.summarise(
            tables["messages"],
            tables["addresses"],
            tables["campaigns"],
            tables["problems"],
            {**self.run, "case": str(self.path)},
            [name for name in devices.device_types() if evidence.is_thing(name)],
            leads=tables["leads"],
            decisions=decided,
            decisions_lost=lost,
            per_address=PER_ADDRESS,
        )

    def write_report(self) -> Path:
        """Write `report.html` into the case folder and return its path.

        Raises:
            OutputError: The folder cannot be written.
        """
        path = self.path / "report.html"
        says = {rule.id: rule.says for rule in origin.rules().values()}
        says |= {reason.id: reason.says for reason in evidence.reasons().values()}
        text = report.render_html(self.summary(), says, access.ACCESS_TYPES, self._campaign_details())
        try:
            with replacing(path) as temporary:
                temporary.write_text(text, "utf-8")
        except OSError as error:
            message = f"{path}: {error.strerror or error}"
            raise OutputError(message) from error
        return path

    def _campaign_details(self) -> tuple[CampaignDetails, ...]:
        """Return what the page shows of the largest campaigns; the tables are read for those alone."""
        described = self.table("campaigns", ["campaign", "messages", "group"])
        keys: list[int] = report.largest(described, report.DETAILED)["campaign"].to_pylist()
        wanted = pa.array(keys, pa.int64())
        mine, at_a, at_b = (pc.field(name).isin(wanted) for name in ("campaign", "campaign_a", "campaign_b"))
        rows = report.largest(read_rows(self.path, "campaigns", where=mine), report.DETAILED)
        reasons = read_rows(self.path, "evidence", where=mine)
        leads = read_rows(self.path, "leads", where=at_a | at_b)
        groups, no_links = report.grouped(described), TABLES["links"].empty_table()
        found = []
        for key, row, touching in zip(keys, rows.to_pylist(), report.leads_by(keys, leads), strict=True):
            why = explain_campaign(key, rows, reasons, no_links, touching.strongest, limit=report.REASONS)
            line = report.campaign_line(row, groups, PER_ADDRESS)
            found.append(report.campaign_details(line, row, why, touching.number))
        return tuple(found)


def _read_part(path: Path, schema: pa.Schema, key: str) -> pa.Table:
    """Return the columns of a part; those that an older version did not write are null, but for the first of all."""
    there = set(pq.read_schema(path).names)
    if key not in there:
        message = f"it has no column {key}"
        raise pa.ArrowInvalid(message)
    found = pq.read_table(path, columns=[name for name in schema.names if name in there])
    columns = [
        found[field.name].cast(field.type) if field.name in there else pa.nulls(found.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def open_case(path: str | Path, *, unfinished_change: bool = False) -> Case:
    """Open a case folder.

    Args:
        path: A folder that `analyze` wrote.
        unfinished_change: Open it although a change was stopped as it put its tables in their place.

    Raises:
        CaseError: There is no finished case; the message says what is there instead.
    """
    folder = Path(path)
    if (folder / ".staging").is_dir() and not (folder / "run.json").exists():
        message = f"{folder}: the run was stopped before its end; go on with analyze --resume --out {folder}"
        raise CaseError(message)
    if (folder / CHANGING / MOVING).exists() and not unfinished_change:
        message = f"{folder}: a change was stopped before its end; bring it to its end: attribution regroup {folder}"
        raise CaseError(message)
    try:
        if (folder / "run.json").exists() and not (folder / "run.json").is_file():
            message = f"{folder / 'run.json'} is no regular file"
            raise CaseError(message)
        run = json.loads((folder / "run.json").read_text("utf-8"))
    except RecursionError as error:
        message = f"{folder / 'run.json'} holds no run record"
        raise CaseError(message) from error
    except FileNotFoundError as error:
        message = f"{folder} is no case: it has no run.json. Make one with: attribution analyze PATH --out {folder}"
        raise CaseError(message) from error
    except (OSError, ValueError) as error:
        message = f"{folder / 'run.json'} cannot be read: {error}"
        raise CaseError(message) from error
    if not isinstance(run, dict):
        message = f"{folder / 'run.json'} holds no run record"
        raise CaseError(message)
    return Case(folder, run)
