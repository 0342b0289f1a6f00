"""Where a message came from: who the receiver is, where the trust ends, and what lies beyond as a claim.

Once for a dump, who the receiver is:

- `receiver` holds the answer; `networks` and `trust_check` help it to read `--trust`, `receiver_file` writes it down.
- `infer` learns it from a sample of the mail, or has `configured` start from what `--trust` says. What is learnt has a
  module each: `relays`, `polls`, `gates`, `clock_skew`.

Then, for each message, `verdict` puts together:

- `walk`: down through the receiver's lines to the trust boundary;
- `handover`: who connected there, compared with what other fields say (`statements`, whose signers `authserv` knows);
- `scene`: what lies below, followed by `claims` while one line leads to the next (`continuity`);
- `earliest`: the origin, with `remarks` for a reader;
- `findings`: what is odd in one line (`line_faults`) or in all of them together (`chain_faults`).

The facts stand in data files, and a module reads each: `profiles/` the providers, `senders` who sends for others and
what wrote a message, `authserv` who signs how, `line_faults` what no server writes, `rulebook` the rules in
`rules.toml`. `server_names` knows what the name of a host tells.
"""

from __future__ import annotations

from attribution.origin.infer import describe_receiver, learn_receivers
from attribution.origin.receiver import Receiver, Receivers, TrustRule, read_trust
from attribution.origin.receiver_file import receiver_file
from attribution.origin.rulebook import rules
from attribution.origin.verdict import decide

__all__ = [
    "Receiver",
    "Receivers",
    "TrustRule",
    "decide",
    "describe_receiver",
    "learn_receivers",
    "read_trust",
    "receiver_file",
    "rules",
]
