"""One campaign of a case, for a notebook: its record, its rows of the tables, and why it is one."""

from __future__ import annotations

from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from attribution.campaigns.why import absorbing, explain_campaign, explain_message
from attribution.errors import CaseError, UsageError
from attribution.limits import GRAPH_MESSAGES
from attribution.report.shown import shown
from attribution.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import networkx as nx
    import pandas as pd

    from attribution.campaigns.why import CampaignWhy, MessageWhy, Reason

__all__ = ["Campaign", "CaseFolder", "read_rows", "without_links"]

_REASONS_IN_NOTEBOOK = 5
_VALUE_CHARS = 120


class CaseFolder(Protocol):
    """What a campaign needs of its case: where it lies."""

    @property
    def path(self) -> Path:
        """The case folder."""


class Campaign:
    """A campaign and what holds it together. Its rows are read when they are first asked for, and no others.

    Attributes:
        key: Its key; where the key that was asked for is an alias, that of the campaign that absorbed it.
        record: Its row of the campaigns table, None for what is not known.
    """

    def __init__(self, case: CaseFolder, key: int) -> None:
        """Open a campaign.

        Args:
            case: The case.
            key: Its key, or that of a campaign that it absorbed.

        Raises:
            UsageError: The case has no such campaign.
            CaseError: The campaigns table cannot be read.
        """
        self._case = case
        self._asked = int(key)
        keys = read_rows(case.path, "campaigns", ("campaign", "aliases"))
        found = absorbing(self._asked, keys)
        if found is None:
            message = f"{case.path} has no campaign {key}: its keys are in the column campaign of the campaigns table"
            raise UsageError(message)
        self.key = found
        self._row = read_rows(case.path, "campaigns", where=pc.field("campaign") == found).slice(0, 1)
        self.record: dict[str, Any] = self._row.to_pylist()[0]
        mine = pc.field("campaign") == found
        at_one_end = (pc.field("campaign_a") == found) | (pc.field("campaign_b") == found)
        where = {"messages": mine, "evidence": mine, "links": mine, "leads": at_one_end}
        self._tables = _Rows(case.path, where)

    def __repr__(self) -> str:
        name = "" if self.record["name"] is None else f" {shown(self.record['name'], _VALUE_CHARS)!r}"
        return f"<Campaign {self.key}{name}: {self.record['messages'] or 0:,} messages>"

    @cached_property
    def messages(self) -> pd.DataFrame:
        """Its rows of the messages table."""
        return _frame(self._tables["messages"])

    @cached_property
    def evidence(self) -> pd.DataFrame:
        """Its rows of the evidence table."""
        return _frame(self._tables["evidence"])

    @cached_property
    def links(self) -> pd.DataFrame:
        """Its rows of the links table: the forest that holds it together."""
        return _frame(self._tables["links"])

    @cached_property
    def leads(self) -> pd.DataFrame:
        """The rows of the leads table that have it at one end."""
        return _frame(self._tables["leads"])

    def why(self, *, limit: int | None = None) -> CampaignWhy:
        """Say why it is one campaign, what it hangs on, and what may belong to it.

        Args:
            limit: Reasons that are returned at most, those of most messages first; None for all.

        Raises:
            CaseError: An older version wrote the case, without links.
        """
        tables = self._linked()
        return explain_campaign(
            self._asked, self._row, tables["evidence"], tables["links"], tables["leads"], limit=limit
        )

    def path(self, message: int, other: int | None = None) -> MessageWhy:
        """Say how a message of it hangs on its core, or on another message of it: the shortest way over evidence.

        Args:
            message: Its key.
            other: That of the other message; None for the core, the message with most links.

        Raises:
            CaseError: An older version wrote the case, without links.
        """
        tables = self._linked()
        return explain_message(
            int(message),
            self._row,
            tables["evidence"],
            tables["links"],
            tables["leads"],
            other=None if other is None else int(other),
        )

    def graph(self, *, limit: int | None = GRAPH_MESSAGES) -> nx.Graph[Any]:
        """Return its messages and evidence as a networkx graph: the links of its forest.

        Args:
            limit: Messages beyond which it is refused; None for no limit.

        Raises:
            UsageError: It has more messages than that.
        """
        # Imported here: networkx is not loaded before a graph is asked for.
        from attribution.campaigns.graph import campaign_graph

        tables = self._tables
        return campaign_graph(self.key, tables["links"], tables["evidence"], tables["messages"], limit=limit)

    def _linked(self) -> _Rows:
        """Return its tables if its links are there."""
        if self._tables["links"].num_rows == 0:
            raise without_links(self._case.path)
        return self._tables

    def _repr_html_(self) -> str:
        """Return the short answer and the first reasons as HTML in which nothing from mail can act."""
        try:
            why = self.why(limit=_REASONS_IN_NOTEBOOK)
        except CaseError as error:
            return f"<p>{_html(repr(self))}: {_html(str(error))}</p>"
        name = "" if why.name is None else f" {why.name}"
        lines = [f"<p><strong>Campaign {why.campaign}{_html(name)}</strong></p>"]
        lines += [
            f"<p>{_html(sentence)}</p>" for sentence in (*why.sentences, why.bridge_sentence, why.stability) if sentence
        ]
        lines += ["<table><thead><tr><th>messages</th><th>in common</th><th>values</th></tr></thead><tbody>"]
        lines += [_html_row(reason) for reason in why.reasons]
        lines += ["</tbody></table>"]
        lines += [f"<p>{_html(warning)}</p>" for warning in (*why.warnings, why.caveat)]
        return "\n".join(lines)


class _Rows(dict[str, pa.Table]):
    """Tables of one campaign, each read when it is first asked for."""

    def __init__(self, folder: Path, where: dict[str, pc.Expression]) -> None:
        super().__init__()
        self._folder = folder
        self._where = where

    def __missing__(self, name: str) -> pa.Table:
        self[name] = read_rows(self._folder, name, where=self._where[name])
        return self[name]


def read_rows(
    folder: Path, name: str, columns: Sequence[str] | None = None, where: pc.Expression | None = None
) -> pa.Table:
    """Return the rows of a table of a case for which a condition holds; others do not stay in memory.

    Args:
        folder: The case folder.
        name: One of the names in `tables.TABLES`. A table that the run did not write is empty; a column that an
            older version did not write is null.
        columns: Those that are wanted; None for all.
        where: An expression over the columns of the table; None for all rows.

    Raises:
        CaseError: A part of the table cannot be read.
    """
    schema = TABLES[name]
    wanted = schema.names if columns is None else list(columns)
    try:
        paths = [str(path) for path in sorted((folder / name).glob("part-*.parquet"))]
        if not paths:
            return pa.schema([schema.field(column) for column in wanted]).empty_table()
        key = schema.names[0]
        read = list(dict.fromkeys([key, *wanted]))
        rows = ds.dataset(paths, schema=schema, format="parquet").to_table(columns=read, filter=where)
        if rows[key].null_count:
            message = f"it has no column {key}"
            raise pa.ArrowInvalid(message)
        return rows.select(wanted)
    except (OSError, pa.ArrowException) as error:
        message = f"{folder / name}: a part cannot be read ({error}); run the analysis again into a new folder"
        raise CaseError(message) from error


def without_links(folder: Path) -> CaseError:
    """Return the error for a case that does not say what holds its campaigns together.

    Args:
        folder: The case folder.
    """
    message = (
        f"{folder}: an older version wrote this case, or its links are lost: nothing says what holds its campaigns "
        "together; run the analysis again into a new folder"
    )
    return CaseError(message)


def _frame(table: pa.Table) -> pd.DataFrame:
    # Imported here: a command that shows no frame need not wait for it.
    import pandas as pd

    # Whole numbers that may be missing stay whole numbers: a key must never become a float.
    nullable = {pa.int32(): pd.Int32Dtype(), pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    frame: pd.DataFrame = table.to_pandas(types_mapper=nullable.get)
    return frame


def _html(text: str) -> str:
    return escape(shown(text))


def _html_row(reason: Reason) -> str:
    values = " + ".join(escape(shown(value, _VALUE_CHARS)) for value in reason.values)
    return f"<tr><td>{reason.messages:,}</td><td>{_html(reason.sentence)}</td><td>{values}</td></tr>"
