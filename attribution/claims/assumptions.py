"""What ratings rest on, in plain sentences that may be printed."""

from __future__ import annotations

__all__ = [
    "ADDRESS_IS_NO_DEVICE",
    "ALIKE",
    "BANNER_IS_OF_ADDRESS",
    "BEHIND",
    "BEHIND_ONE",
    "CLOCK",
    "CLUSTERED",
    "COVERAGE",
    "DUMP",
    "EXACT",
    "FITS",
    "GIVE_SCAN",
    "KNOWN_HANDOVER",
    "NAT",
    "ONE_CAMPAIGN",
    "WHOLE_CASE_CONTROL",
]

DUMP = "The dump is what one receiver kept. It is taken for all that the claim speaks of; what it lacks is not counted."
KNOWN_HANDOVER = "Only handovers that the receiver vouches for, or that something independent confirms, are counted."
ADDRESS_IS_NO_DEVICE = "An address is no device: one host may have had many addresses, and one address many hosts."
BEHIND_ONE = 10
"""Hosts that one address may hide at most, where it is not one that a provider or a service shares out."""
BEHIND = f"Behind one address there were {BEHIND_ONE} hosts that sent at most, as in a home or an office."
BANNER_IS_OF_ADDRESS = "A banner speaks about the address on which something answered, not about who sent the mail."
NAT = "Behind a home router several hosts share one address: the one that answers need not be the one that sends."
COVERAGE = (
    "A scan sees what answers on the ports that it asks. Addresses where nothing answered near the time of the mail "
    "are unknown: the lower end takes them for others, the upper end for like those that answered."
)
CLUSTERED = (
    "Messages of one address are not independent: the interval is as wide as for the addresses that they are worth."
)
CLOCK = "Times are those of the receiver's own clock. Messages without one are left out."
ONE_CAMPAIGN = "Which messages belong to the campaign is the result of this program, and may be incomplete."
WHOLE_CASE_CONTROL = (
    "The comparison with the neighbours is over all senders of the case, not over these messages alone."
)
EXACT = "exact count of this dump"
GIVE_SCAN = "Give a scan of the senders' networks: attribution enrich CASE --banners FILE"
ALIKE = (
    "Senders and neighbours were asked alike by the scan, and differ in nothing else that goes with having a device "
    "that answers."
)
FITS = (
    "That senders show devices more often fits malware on the devices, or on the routers in front of them; it proves "
    "nothing of any one address."
)
