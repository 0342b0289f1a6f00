"""The words of the report in plain language: what a grade, a status and a table mean."""

from __future__ import annotations

__all__ = ["ACTIONS", "DEVICE_GRADES", "FAMILIES", "GRADES", "LEADS", "STATUSES", "TABLES", "VERDICTS"]

GRADES = {
    "vouched": "The receiver's own server wrote the address down when the mail came in.",
    "corroborated": "A claim that something independent of it confirms, such as the known address of its author.",
    "claimed": "Only text says so that the sender, or a server nobody here vouches for, may have written.",
    "contradicted": "Something else in the message speaks against it; it may be forged.",
    "none": "The message names no address that could be graded.",
}
"""Meaning of each word of `models.Grade`, in its order."""

DEVICE_GRADES = {
    "near": "A device was seen on the address near the time of the mail, and nothing speaks for another host.",
    "shared": "A device was seen on the address near the time of the mail, but other hosts share the address.",
    "opposed": "A device was seen on the address near the time of the mail, but something speaks for another host.",
    "far": "A device was seen on the address, but only at another time.",
    "none": "The address answered, and nothing names a device well enough.",
}
"""Meaning of each word of `models.DeviceGrade`, in its order. No grade says that the device sent the mail."""

VERDICTS = {
    "more": "clearly more",
    "slightly-more": "somewhat more",
    "same": "as often",
    "less": "less",
    "unclear": "unclear",
    "none": "not judged",
}
"""How often senders show a thing beside their neighbours, for each verdict of the comparison."""

FAMILIES = {
    "attachment": "attachments",
    "contact": "contacts",
    "engine": "engine",
    "identity": "sender names",
    "infrastructure": "addresses",
    "payload": "links",
    "stream": "List-Id",
    "subject": "subject",
    "text": "text",
    "time": "time",
    "trace": "trace lines",
}
"""What each family of evidence is called where there is little room."""

LEADS = {
    "evidence": "by shared evidence",
    "same senders": "by the same senders",
    "same engine": "by the same engine",
}
"""What each kind of lead rests on."""

ACTIONS = {
    "together": "messages held together",
    "apart": "messages kept apart",
    "name": "a campaign named",
    "undo": "a decision withdrawn",
}
"""What each kind of decision did."""

STATUSES = {
    "ok": "read in full",
    "partial": "read up to a limit",
    "malformed": "not what its kind requires",
    "too-large": "beyond a limit of size",
    "timeout": "beyond a limit of time",
    "unsupported": "of a kind that is not read",
    "unreadable": "could not be opened or read",
    "crashed": "the program that read it died",
}
"""Meaning of each word of `models.Status`, in its order."""

TABLES = {
    "messages": "one row for each message: its place in the input, both addresses, grades and reasons",
    "hops": "one row for each Received field, as read and as it stands, with its place in the message",
    "addresses": "one row for each address: network, country, period, and what else is known of it",
    "campaigns": "one row for each group of messages that share rare traits",
    "evidence": "why the messages of a campaign belong together, trait by trait",
    "links": "which two messages each piece of evidence joined, as a forest that holds each campaign together",
    "leads": "what may belong together and is too weak to be asserted, with its reason",
    "traits": "what campaigns are found by, message by message",
    "banners": "what services on an address answered, when, in which scan file, and the device that rules see in it",
    "controls": "addresses beside the senders that answered the same scan and sent nothing, for comparison",
    "problems": "what could not be read of the mail and of the scan files, and why",
}
"""What each table of a case holds, in the order of `tables.TABLES`."""
