"""Whatever mail and scans hold, the judgement ends, says nothing of what was not seen, and agrees with itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.enrich.evidence import SIGHTINGS, Scanned, judge, reasons
from attribution.models import DeviceGrade
from attribution.tables import ADDRESSES, MESSAGES

IPS = ["22.5.1.7", "22.5.1.8", "22.5.9.9", "10.0.0.1", "2a0e:100::1", "2a0e:100:7::5", "198.51.100.4"]
OTHERS = ["22.5.1.99", "22.5.200.1", "2a0e:100::99"]
KINDS = ["router", "ip-camera", "nas", "desktop", "server", "embedded-web-server", "no such type", None]
TIMES = st.none() | st.integers(0, 800).map(lambda days: datetime(2013, 6, 1, tzinfo=UTC) + timedelta(days=days))

MESSAGE = st.fixed_dictionaries(
    {
        "handover_ip": st.sampled_from([*IPS, None]),
        "origin_ip": st.sampled_from([*IPS, None]),
        "received_at": TIMES,
        "helo": st.sampled_from(["DESKTOP-7Q2K9RA", "mail.example.org", "", None]),
        "engine": st.sampled_from(["a", "b", None]),
    }
)


def sighting(ips: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "ip": st.sampled_from(ips),
            "port": st.sampled_from([80, 554, None]),
            "observed_at": TIMES.filter(bool),
            "device_type": st.sampled_from(KINDS),
            "device_vendor": st.sampled_from(["One", "Two", None]),
            "device_rule": st.sampled_from(["x", "y", None]),
            "device_strength": st.sampled_from(["strong", "medium", "weak", None]),
            "dataset": st.sampled_from(["a.json", "b.json"]),
        }
    )


@settings(max_examples=150, deadline=None)
@given(
    st.lists(MESSAGE, max_size=12),
    st.lists(sighting(IPS), max_size=12),
    st.lists(sighting(OTHERS), max_size=6),
    st.lists(st.sampled_from(["residential", "cgnat", "mail-provider", None]), min_size=len(IPS), max_size=len(IPS)),
    st.integers(0, 60),
)
def test_any_mail_and_any_scan_can_be_judged(
    mail: list[dict[str, Any]],
    seen: list[dict[str, Any]],
    others: list[dict[str, Any]],
    access: list[str | None],
    window: int,
) -> None:
    used = sorted({row[column] for row in mail for column in ("handover_ip", "origin_ip")} - {None})
    rows = []
    for ip in used:
        times = [row["received_at"] for row in mail if ip in (row["handover_ip"], row["origin_ip"])]
        known = sorted(time for time in times if time)
        special = "private" if ip.startswith("10.") else None
        first, last = (known[0], known[-1]) if known else (None, None)
        rows.append(
            {"ip": ip, "first_seen": first, "last_seen": last, "special": special, "access": access[IPS.index(ip)]}
        )
    near = sorted({row["ip"] for row in others})
    scanned = Scanned(
        pa.Table.from_pylist([row for row in seen if row["ip"] in used], schema=SIGHTINGS),
        pa.Table.from_pylist(others, schema=SIGHTINGS),
        pa.array(near, pa.string()),
        pa.nulls(len(near), pa.int64()),
    )
    addresses = pa.Table.from_pylist(rows, schema=ADDRESSES)
    found = judge(addresses, pa.Table.from_pylist(mail, schema=MESSAGES), scanned, window_days=window)
    assert (len(found.addresses), len(found.messages)) == (len(used), len(mail))
    listed = {row["ip"]: row for row in scanned.sightings.to_pylist()}
    for ip, row in zip(used, found.addresses.to_pylist(), strict=True):
        assert (row["banners"] > 0) == (ip in listed) == (row["device_grade"] is not None)
    for row in [*found.addresses.to_pylist(), *found.messages.to_pylist()]:
        assert row["device_grade"] in (*get_args(DeviceGrade), None)
        assert set(row["device_reasons"] or ()) <= reasons().keys()
        # A grade is never better than its reasons leave it.
        order = get_args(DeviceGrade)
        for reason in row["device_reasons"] or ():
            assert order.index(row["device_grade"]) >= order.index(reasons()[reason].effect)
