"""Campaigns and their evidence as tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from attribution._net import network_key
from attribution._text import escape_control, shorten
from attribution.tables import CAMPAIGNS, EVIDENCE

if TYPE_CHECKING:
    from attribution.campaigns.reasons import Clustering

__all__ = ["describe", "with_places"]

_EVIDENCE_ROWS = 12
"""Combinations that are listed for one campaign, those that most of its messages carry first."""

_BURST_GAP = pd.Timedelta(hours=6)
_BURST_MESSAGES = 10
_BURST_SHARE = 0.05
_VALUE_CHARS = 300


def describe(
    clustering: Clustering, messages: pa.Table, addresses: pa.Table | None = None
) -> tuple[pa.Table, pa.Table]:
    """Describe each campaign, and say what holds it together.

    Campaigns: `messages`; `addresses`, the distinct handover addresses; `networks`, their distinct autonomous
    systems, and for addresses whose system is not known the /24 or /48; `countries`, of those addresses
    whose country is known, null when none is; `first_seen` and `last_seen` by the receiver's clock, null when no
    message has its time; `subject_template`, the most frequent one, as `traits` made it; `cohesion`, the share of
    its messages that carry one and the same combination of values, the most frequent one: 1 when all are alike in
    it, low when the campaign hangs together as a chain; `bursts`, runs of messages with no pause of six hours that
    hold ten messages and a twentieth of the campaign, null without times; `max_per_address`, the most messages
    from one handover address, null without any. `device_share` is null: this stage does not know devices.

    Evidence: the combinations that joined the campaign, at most twelve, those of most messages first. `trait`: its
    fields in words; `value`: their values; `messages`: how many of the campaign carry them all; `background`:
    expected number of unrelated clusters of messages that carry them by chance (E-value); `weight`: bits.

    Args:
        clustering: What `find` returned.
        messages: One row for each row of the traits, in the same order, with the columns `message`,
            `received_at`, `handover_ip` and `subject_template`.
        addresses: Columns `ip`, `country` and `asn`; None when nothing is known of addresses.

    Returns:
        Tables as `tables.CAMPAIGNS` and `tables.EVIDENCE`, in order of the campaign's key.
    """
    labels = clustering.labels.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    member = labels.notna().to_numpy()
    frame = pd.DataFrame(
        {
            "campaign": labels[member].astype("int64").to_numpy(),
            "ip": messages["handover_ip"].filter(pa.array(member)).to_pandas().to_numpy(dtype=object),
            "time": pd.DatetimeIndex(messages["received_at"].filter(pa.array(member)).to_pandas()),
            "template": messages["subject_template"].filter(pa.array(member)).to_pandas().to_numpy(dtype=object),
        }
    )
    grouped = frame.groupby("campaign", sort=True)
    result = pd.DataFrame({"messages": grouped.size()})
    located = frame[["campaign", "ip"]].dropna()
    result[["ip", "network", "country"]] = _places(located, result.index, addresses)
    result["first_seen"], result["last_seen"] = grouped["time"].min(), grouped["time"].max()
    result["template"] = _modes(frame)
    result["bursts"] = _bursts(frame, result["messages"])
    per_address = located.groupby(["campaign", "ip"]).size()
    result["max_per_address"] = per_address.groupby(level="campaign").max().reindex(result.index)
    joins = clustering.joins.to_pandas()
    result["cohesion"] = joins.groupby("campaign")["messages"].max() / result["messages"]
    return _campaign_table(result), _evidence_table(joins)


def with_places(campaigns: pa.Table, messages: pa.Table, addresses: pa.Table) -> pa.Table:
    """Return the campaigns table with its networks and countries counted again, as `describe` counts them.

    Args:
        campaigns: As `tables.CAMPAIGNS`.
        messages: Columns `campaign` and `handover_ip`.
        addresses: Columns `ip`, `country` and `asn`.
    """
    frame = messages.select(["campaign", "handover_ip"]).to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    located = frame.rename(columns={"handover_ip": "ip"}).dropna().astype({"campaign": "int64"})
    counted = _places(located, pd.Index(campaigns["campaign"].to_pylist(), name="campaign"), addresses)
    for name, column in (("networks", "network"), ("countries", "country")):
        place = campaigns.schema.get_field_index(name)
        field = CAMPAIGNS.field(name)
        campaigns = campaigns.set_column(place, field, pa.array(counted[column].astype("Int64"), field.type))
    return campaigns


def _places(located: pd.DataFrame, keys: pd.Index[int], addresses: pa.Table | None) -> pd.DataFrame:
    """Count the distinct addresses, networks and countries of each campaign."""
    known = located.merge(_known(located["ip"], addresses), on="ip", how="left")
    by_place = known.groupby("campaign", sort=True)
    result = pd.DataFrame(
        {column: by_place[column].nunique().reindex(keys) for column in ("ip", "network", "country")}, index=keys
    )
    result["country"] = result["country"].where(result["country"] > 0)
    result[["ip", "network"]] = result[["ip", "network"]].fillna(0)
    return result


def _known(ips: pd.Series[str], addresses: pa.Table | None) -> pd.DataFrame:
    """Return network and country of each distinct address."""
    known = pd.DataFrame({"ip": sorted(ips.dropna().unique())}, dtype=object)
    if addresses is None:
        known["country"], known["asn"] = None, None
    else:
        table = addresses.select(["ip", "country", "asn"]).to_pandas().drop_duplicates("ip")
        known = known.merge(table, on="ip", how="left")
    known["network"] = [
        network_key(ip) if pd.isna(asn) else f"AS{int(asn)}" for ip, asn in zip(known["ip"], known["asn"], strict=True)
    ]
    return known


def _modes(frame: pd.DataFrame) -> pd.Series[str]:
    """Return the most frequent template of each campaign; of equally frequent ones the first in order of text."""
    counts = frame.dropna(subset="template").groupby(["campaign", "template"], sort=True).size()
    ordered = counts.reset_index(name="n").sort_values(["campaign", "n", "template"], ascending=[True, False, True])
    return ordered.drop_duplicates("campaign").set_index("campaign")["template"]


def _bursts(frame: pd.DataFrame, sizes: pd.Series[int]) -> pd.Series[int]:
    """Count the bursts of each campaign; campaigns without times are left out."""
    timed = frame[["campaign", "time"]].dropna().sort_values(["campaign", "time"], kind="stable")
    begins = (timed["campaign"] != timed["campaign"].shift()) | (timed["time"].diff() > _BURST_GAP)
    runs = timed.groupby(["campaign", begins.cumsum()]).size()
    enough = (sizes * _BURST_SHARE).clip(lower=_BURST_MESSAGES)
    campaign = runs.index.get_level_values(0)
    return runs.ge(enough.reindex(campaign).to_numpy()).astype("int64").groupby(level=0).sum()


def _campaign_table(result: pd.DataFrame) -> pa.Table:
    columns = result.reset_index().rename(
        columns={"ip": "addresses", "network": "networks", "country": "countries", "template": "subject_template"}
    )
    columns["device_share"] = None
    return pa.table(
        {
            field.name: pa.array(columns[field.name], type=field.type, from_pandas=True)
            if not pa.types.is_integer(field.type)
            else pa.array(columns[field.name].astype("Int64"), type=field.type)
            for field in CAMPAIGNS
        },
        schema=CAMPAIGNS,
    )


def _evidence_table(joins: pd.DataFrame) -> pa.Table:
    """Return one row for each combination of values that joined, however many rounds it did so in."""
    ordered = joins.sort_values(["campaign", "messages", "weight", "join"], ascending=[True, False, False, True])
    ordered = ordered[ordered.groupby("campaign").cumcount() < _EVIDENCE_ROWS]
    values = [" + ".join(shorten(escape_control(value), _VALUE_CHARS) for value in row) for row in ordered["values"]]
    return pa.table(
        {
            "campaign": pa.array(ordered["campaign"], pa.int64()),
            "trait": pa.array(ordered["key"], pa.string()),
            "value": pa.array(values, pa.string()),
            "messages": pa.array(ordered["messages"], pa.int64()),
            "background": pa.array(ordered["expected"], pa.float64()),
            "weight": pa.array(ordered["weight"], pa.float64()),
        },
        schema=EVIDENCE,
    )
