"""Campaigns found, described, linked and judged: everything that the tables of a case say of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from attribution import campaigns
from attribution.enrich import evidence
from attribution.pipeline.enrichment import device_shares
from attribution.pipeline.parts import write_table
from attribution.tables import CAMPAIGNS, EVIDENCE, LEADS, LINKS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from attribution.decisions import Decisions

__all__ = ["NEEDED", "Earlier", "Grouped", "group", "with_devices_of_campaigns", "write_groups"]

NEEDED = ["message", "handover_ip", "handover_grade", "received_at", "engine"]
"""Columns of the messages table by which campaigns are described."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The campaigns of an earlier run, whose keys are kept.

    Attributes:
        labels: The campaign that each message had; null for none and for messages that are new.
        aliases: Keys of campaigns that were taken up, by the campaign.
    """

    labels: pa.Array
    aliases: Mapping[int, list[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grouped:
    """The result.

    Attributes:
        labels: The campaign of each message.
        tables: The tables of campaigns by name: campaigns, evidence, links and leads.
        record: What `run.json` keeps of it.
    """

    labels: pa.Array
    tables: dict[str, pa.Table]
    record: dict[str, Any]


def group(
    traits: pa.Table,
    messages: pa.Table,
    addresses: pa.Table,
    controls: pa.Table,
    *,
    control: Mapping[str, Any] | None = None,
    decisions: Decisions | None = None,
    background: campaigns.Background | None = None,
    earlier: Earlier | None = None,
) -> Grouped:
    """Find the campaigns among messages and describe them.

    Args:
        traits: As `tables.TRAITS`.
        messages: The same rows, with `NEEDED`.
        addresses: The addresses table.
        controls: The controls table.
        control: What the run record says of the comparison with neighbours.
        decisions: What an analyst decided.
        background: Rates of other mail.
        earlier: Campaigns whose keys are kept.
    """
    together = [] if decisions is None else list(decisions.together_told)
    apart = [] if decisions is None else list(decisions.apart)
    found = campaigns.find(traits, together=together, apart=apart, background=background)
    record: dict[str, Any] = {"epsilon": found.epsilon, "lead_epsilon": campaigns.LEAD}
    aliases: Mapping[int, list[int]] = {}
    if earlier is not None:
        kept = campaigns.keep_ids(traits["message"].combine_chunks(), found.labels, earlier.labels, earlier.aliases)
        found, aliases = campaigns.renamed(found, kept), kept.aliases
        record["absorbed"] = {str(key): names for key, names in sorted(kept.aliases.items())}
        record["divided"] = {str(key): list(pair) for key, pair in kept.divided.items()}
    shown = messages.append_column("subject_template", traits["subject_template"])
    described = campaigns.describe(found, shown, addresses)
    said, links = campaigns.evidence_tables(found)
    described = campaigns.with_evidence(described, found, said)
    labelled = messages.append_column("campaign", found.labels)
    layer = campaigns.link_campaigns(described, labelled)
    named = {} if decisions is None else decisions.names
    described = _filled(
        described,
        group=layer.groups,
        aliases=pa.array([aliases.get(key) for key in described["campaign"].to_pylist()], pa.list_(pa.int64())),
        name=_names(described, labelled, named),
    )
    described = with_devices_of_campaigns(described, labelled, addresses, controls, control)
    leads = pa.concat_tables([found.leads, layer.leads])
    return Grouped(found.labels, {"campaigns": described, "evidence": said, "links": links, "leads": leads}, record)


def with_devices_of_campaigns(
    described: pa.Table,
    messages: pa.Table,
    addresses: pa.Table,
    controls: pa.Table,
    control: Mapping[str, Any] | None,
) -> pa.Table:
    """Return the campaigns table with what is known of their senders' devices.

    Args:
        described: As `tables.CAMPAIGNS`.
        messages: With `campaign` and `handover_ip`.
        addresses: The addresses table.
        controls: The controls table.
        control: What the run record says of the comparison with neighbours.
    """
    senders = messages.select(["campaign", "handover_ip"])
    devices = evidence.campaign_devices(described, senders, addresses, controls, control=control)
    return _filled(
        described,
        device_share=device_shares(described, senders, addresses),
        **{name: devices[name].combine_chunks() for name in devices.column_names},
    )


def write_groups(out: Path, grouped: Grouped) -> None:
    """Write the tables of campaigns into a case folder."""
    for name, schema in (("campaigns", CAMPAIGNS), ("evidence", EVIDENCE), ("links", LINKS), ("leads", LEADS)):
        write_table(out, name, schema, iter([grouped.tables[name]]))


def _filled(described: pa.Table, **columns: pa.Array) -> pa.Table:
    for name, column in columns.items():
        place = CAMPAIGNS.get_field_index(name)
        described = described.set_column(place, CAMPAIGNS.field(place), column)
    return described


def _names(described: pa.Table, labelled: pa.Table, names: Mapping[int, str]) -> pa.Array:
    """Return the name that an analyst gave to each campaign, by a message that it holds; of several the last given."""
    by_campaign: dict[int, str] = {}
    places = pc.index_in(pa.array(list(names), pa.int64()), value_set=labelled["message"])
    for name, place in zip(names.values(), places.to_pylist(), strict=True):
        campaign = None if place is None else labelled["campaign"][place].as_py()
        if campaign is not None:
            by_campaign[campaign] = name
    return pa.array([by_campaign.get(key) for key in described["campaign"].to_pylist()], pa.string())
