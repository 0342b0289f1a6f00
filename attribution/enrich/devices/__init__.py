"""What kind of device answered on an address, by rules about banners; evidence about the address, not the sender."""

from __future__ import annotations

from attribution.enrich.devices.matcher import COLUMNS, DeviceMatcher, Match, device_matcher
from attribution.enrich.devices.naming import NAMED_COLUMNS, name_devices
from attribution.enrich.devices.nmap_probes import NmapProbes, read_nmap_probes
from attribution.enrich.devices.recog import Recog, RecogMatch, read_recog
from attribution.enrich.devices.rules import DeviceRule, device_rules, read_rules
from attribution.enrich.devices.vocabulary import DeviceType, device_types, type_of_word

__all__ = [
    "COLUMNS",
    "NAMED_COLUMNS",
    "DeviceMatcher",
    "DeviceRule",
    "DeviceType",
    "Match",
    "NmapProbes",
    "Recog",
    "RecogMatch",
    "device_matcher",
    "device_rules",
    "device_types",
    "name_devices",
    "read_nmap_probes",
    "read_recog",
    "read_rules",
    "type_of_word",
]
