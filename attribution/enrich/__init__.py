"""What is known of each address: network and place, access, banners, devices, and what they prove.

Where to look for what:

- `ip`: databases of networks and places, special-use addresses, the look-up of many addresses at once;
- `access`: by what an address reaches the Internet, from names and networks;
- `banners`: scan files read into rows of one form;
- `devices`: rules that name the device behind a banner, Recog's and nmap's beside our own;
- `evidence`: what was seen near the mail, what speaks for another host, senders against neighbours, hosts as ranges;
- `datasets`: data that a user may install, add and remove.
"""

from __future__ import annotations

from attribution.enrich.datasets import (
    DataSet,
    InstalledDataset,
    add,
    available,
    credit,
    install,
    installed,
    remove,
)
from attribution.enrich.datasets.records import digest_of
from attribution.enrich.folders import data_folder, installed_nmap_probes, installed_recog
from attribution.enrich.ip import (
    Database,
    Tally,
    find_databases,
    look_up,
    open_database,
    open_databases,
    with_names,
)

__all__ = [
    "DataSet",
    "Database",
    "InstalledDataset",
    "Tally",
    "add",
    "available",
    "credit",
    "data_folder",
    "digest_of",
    "find_databases",
    "install",
    "installed",
    "installed_nmap_probes",
    "installed_recog",
    "look_up",
    "open_database",
    "open_databases",
    "remove",
    "with_names",
]
