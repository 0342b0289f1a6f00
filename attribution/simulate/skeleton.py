"""A message with holes: the header of one engine and the frame of one body, made once for a campaign."""

from __future__ import annotations

import re
from operator import itemgetter
from typing import TYPE_CHECKING

from attribution.simulate.clocks import zone_at
from attribution.simulate.mime import code_body

if TYPE_CHECKING:
    from collections.abc import Collection

    from attribution.simulate.engines import Engine
    from attribution.simulate.mime import Coding
    from attribution.simulate.model import Occasion, User
    from attribution.simulate.payloads import Attachment

__all__ = ["Skeleton"]

_KEY = re.compile(r"%\((\w+)\)s")


def _minutes(own: int | str | None, zone: int, time: int) -> int:
    """Return the zone that an engine writes, which has one of its own or that of the sender."""
    if own is None:
        return zone
    return own if isinstance(own, int) else zone_at(own, time).minutes


class Skeleton:
    """The frame of a campaign's messages.

    Args:
        engine: Writes the header.
        structure: `plain`, `html` or `alternative`.
        coding: Of the texts.
        extras: Keys of the engine's fields that have a value here beside the usual ones: `reply`, `answers`,
            `references`.
        attached: Whether a file is attached.
    """

    def __init__(
        self, engine: Engine, structure: str, coding: Coding, extras: Collection[str] = (), *, attached: bool = False
    ) -> None:
        self.engine = engine
        self._structure = structure
        self._coding = coding
        self._attached = attached
        mark = '"' if engine.quoted_charset else ""
        charset = f"{engine.type_break}charset={mark}{coding.charset}{mark}"
        kinds = {"plain": "text/plain", "html": "text/html"}
        if attached:
            kind = f'multipart/mixed{engine.type_break}boundary="%(boundary)s"'
        elif structure == "alternative":
            kind = f'multipart/alternative{engine.type_break}boundary="%(boundary)s"'
        else:
            kind = kinds[structure] + charset
        multipart = kind.startswith("multipart")
        missing = {"reply", "answers", "references"} - set(extras)
        lines = []
        for field in engine.fields:
            if any(f"%({key})s" in field for key in missing) or (multipart and "%(coding)s" in field):
                continue
            if multipart and field.startswith("Content-Disposition"):
                continue
            lines.append(field.replace("%(type)s", kind).replace("%(coding)s", coding.transfer))
        # Fixed parts and keys take turns.
        self._parts = _KEY.split("\n".join(lines) + "\n")
        self._values = itemgetter(*self._parts[1::2])
        self._index, self._keyed = ("index" in self._parts[1::2]), ("key" in self._parts[1::2])
        self._part = {
            name: f"Content-Type: {kinds[name]}{charset}\nContent-Transfer-Encoding: {coding.transfer}\n\n".encode()
            for name in kinds
        }
        self._multipart = multipart

    def fill(
        self,
        occasion: Occasion,
        sender: str,
        address: str,
        subject: str,
        *,
        zone: int,
        helo: str,
        sent_at: int,
        client: str = "",
        reply: str = "",
        answers: str = "",
        references: str = "",
        topic: str = "",
        plain: str = "",
        html: str = "",
        file: Attachment | None = None,
        message_id: str = "",
        at_once: bool = False,
        to: str = "",
    ) -> tuple[str, bytes]:
        """Return the header fields and the body of one message.

        Args:
            occasion: The message.
            sender: The From field.
            address: The address in it.
            subject: The Subject field.
            zone: Minutes east of UTC where the sender is, unless the engine has a zone of its own.
            helo: Name of the sender's machine.
            sent_at: When the message left it by its clock, in seconds since 1970; the Date field is a little earlier.
            client: Its address.
            reply: Value of this key, as the three that follow.
            answers: See `reply`.
            references: See `reply`.
            topic: See `reply`; else the subject.
            plain: The plain text, where the structure has one.
            html: The same for HTML.
            file: What is attached.
            at_once: Whether the Date field is no earlier than `sent_at`.
            message_id: Instead of one of the engine's shape.
            to: The To field; else the recipient.
        """
        engine, dice, user = self.engine, occasion.dice, occasion.user
        own = engine.zone
        home = address.rpartition("@")[2]
        written = sent_at if at_once else sent_at - int(dice.random() ** 4 * 400)
        boundary = engine.boundary.make(dice, written, home, helo) if self._multipart else ""
        values = {
            "id": message_id or engine.message_id.make(dice, written, home, helo),
            "date": engine.date(written, _minutes(own, zone, written)),
            "from": sender,
            "to": to or self._to(user),
            "subject": subject,
            "boundary": boundary,
            "reply": reply,
            "answers": answers,
            "references": references,
            "topic": topic or subject,
            "client": client,
            "sender": address,
            "minor": "12",
            "index": dice.signs("m", 27) if self._index else "",
            "key": dice.hexadecimal(8).upper() if self._keyed else "",
        }
        parts = self._parts.copy()
        parts[1::2] = self._values(values)
        return "".join(parts), self._body(boundary, plain, html, file, occasion)

    def _to(self, user: User) -> str:
        if self.engine.named:
            return f'"{user.first} {user.last}" <{user.address}>'
        return user.address if self.engine.bare else f"<{user.address}>"

    def _body(self, boundary: str, plain: str, html: str, file: Attachment | None, occasion: Occasion) -> bytes:
        coding = self._coding
        if not self._multipart:
            return code_body(plain if self._structure == "plain" else html, coding)
        line = f"--{boundary}\n".encode()
        out = [self.engine.preamble.encode(), line]
        if not self._attached:
            out += self._both(line, plain, html)
        elif self._structure == "alternative":
            # The inner boundary must not begin with the outer one.
            inner = f"{boundary[:-3]}alt"
            out += [f'Content-Type: multipart/alternative; boundary="{inner}"\n\n--{inner}\n'.encode()]
            out += [*self._both(f"--{inner}\n".encode(), plain, html), f"\n--{inner}--\n".encode()]
        else:
            out += [self._part[self._structure], code_body(plain if self._structure == "plain" else html, coding)]
        if file is not None:
            name = file.name.make(occasion.dice, occasion.time, "", "")
            fields = (
                f'Content-Type: {file.type}; name="{name}"\nContent-Transfer-Encoding: base64\n'
                f'Content-Disposition: attachment; filename="{name}"\n\n'
            )
            out += [b"\n", line, fields.encode(), file.lines(occasion.dice)]
        out += [b"\n--", boundary.encode(), b"--\n"]
        return b"".join(out)

    def _both(self, line: bytes, plain: str, html: str) -> list[bytes]:
        """Return a plain part and the same as HTML, with what divides them."""
        plain_part = [self._part["plain"], code_body(plain, self._coding)]
        return [*plain_part, b"\n", line, self._part["html"], code_body(html, self._coding)]
