"""What ratings rest on, in plain sentences that may be printed."""

from __future__ import annotations

__all__ = [
    "ADDRESS_IS_NO_DEVICE",
    "ALIKE",
    "BANNER_IS_OF_ADDRESS",
    "BEHIND",
    "BEHIND_ONE",
    "CHOSEN_PART",
    "CLAIMED_TOO",
    "CLOCK",
    "CLUSTERED",
    "COUNTRY_IS_OF_ADDRESS",
    "COVERAGE",
    "DUMP",
    "EVENLY",
    "EXACT",
    "FITS",
    "GIVE_SCAN",
    "KNOWN_HANDOVER",
    "LINE_IS_READ",
    "MADE_UP",
    "NAT",
    "NETWORK_IS_OF_ADDRESS",
    "NOT_COUNTED",
    "ONE_CAMPAIGN",
]

DUMP = "The dump is what one receiver kept. It is taken for all that the claim speaks of; what it lacks is not counted."
KNOWN_HANDOVER = "Only handovers that the receiver vouches for, or that something independent confirms, are counted."
CLAIMED_TOO = "Handovers that somebody only claims are counted too: whoever sends can write such lines."
ADDRESS_IS_NO_DEVICE = "An address is no device: one host may have had many addresses, and one address many hosts."
BEHIND_ONE = 10
"""Hosts that one address may hide at most, where it is not one that a provider or a service shares out."""
BEHIND = f"Behind one address there were {BEHIND_ONE} hosts that sent at most, as in a home or an office."
BANNER_IS_OF_ADDRESS = "A banner speaks about the address on which something answered, not about who sent the mail."
NAT = "Behind a home router several hosts share one address: the one that answers need not be the one that sends."
MADE_UP = "A banner can be made up, or be that of another product."
COUNTRY_IS_OF_ADDRESS = (
    "A country is where a database places the address. Whoever sent may have sat elsewhere, behind a tunnel, or have "
    "used somebody else's machine."
)
NETWORK_IS_OF_ADDRESS = (
    "A network is the one that announces the address. It names a carrier, and none of its customers."
)
LINE_IS_READ = (
    "An access type is read from names and networks, and some are read wrongly. It speaks of the line, not of what "
    "sent over it."
)
NOT_COUNTED = "Messages of which the case does not know whether the claim speaks of them are left out."
COVERAGE = (
    "A scan sees what answers on the ports that it asks. Addresses where nothing answered near the time of the mail "
    "are unknown: the lower end takes them for others, the upper end for like those that answered."
)
CLUSTERED = (
    "Messages of one address are not independent: the interval is as wide as for the addresses that they are worth."
)
CLOCK = "Times are those of the receiver's own clock. Messages without one are left out."
ONE_CAMPAIGN = "Which messages belong to the campaign is the result of this program, and may be incomplete."
CHOSEN_PART = (
    "The claim chooses which part of the mail is compared with its neighbours. Who looks at many parts finds some that "
    "differ by chance."
)
EXACT = "exact count of this dump"
GIVE_SCAN = "Give a scan of the senders' networks: attribution enrich CASE --banners FILE"
ALIKE = (
    "Senders and neighbours were asked alike by the scan, and differ in nothing else that goes with having a device "
    "that answers."
)
EVENLY = (
    "The figure, and not its interval, takes it that such devices send as much where their neighbours show many as "
    "where they show few."
)
FITS = (
    "That senders show devices more often fits malware on the devices, or on the routers in front of them; it proves "
    "nothing of any one address."
)
