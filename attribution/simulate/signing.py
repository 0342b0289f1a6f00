"""Signatures of DKIM (RFC 6376) that look like those of their programs; nobody could verify one."""

from __future__ import annotations

from binascii import b2a_base64
from typing import TYPE_CHECKING, Any

from attribution.simulate.texts import texts

if TYPE_CHECKING:
    from attribution.simulate.dice import Dice

__all__ = ["Signer"]

_WEEK = 604_800


class Signer:
    """Signs for one domain, always with one key.

    Args:
        program: A table of signers.toml, or a number for one of those of mailing services.
        domain: Which takes the responsibility.
        dice: Decides on selector and key; the same for all messages of the domain.

    Attributes:
        verdict: What the receiver says of a message with this signature, as in `Letter`.
    """

    __slots__ = ("_bits", "_fold", "_hash", "_text", "verdict")

    def __init__(self, program: str | int, domain: str, dice: Dice) -> None:
        plan: dict[str, Any] = (
            texts("signers")[program]
            if isinstance(program, str)
            else texts("signers")["service"][program % len(texts("signers")["service"])]
        )
        # What is the same in all its signatures stands in the text already.
        own = {"{d}": domain, "{s}": dice.pick(plan["selectors"]), "{i}": f"@{domain}"}
        text: str = plan["text"]
        for word, value in own.items():
            text = text.replace(word, value)
        self._bits, self._hash = dice.pick(plan["bits"]), plan["hash"]
        self._text = f"DKIM-Signature: {text}\n".format
        self._fold: tuple[int, int, str] = tuple(plan["fold"])
        self.verdict = f";\n\tdkim=pass ({self._bits}-bit key) header.d={domain} header.i=@{domain}"

    def sign(self, dice: Dice, time: int) -> str:
        """Return the field of one message.

        Args:
            dice: Throws hash and signature.
            time: When it is signed, in seconds since 1970.
        """
        size = self._hash + self._bits // 8
        thrown = dice.getrandbits(8 * size).to_bytes(size, "little")
        body, whole = (
            b2a_base64(octets, newline=False).decode("ascii") for octets in (thrown[: self._hash], thrown[self._hash :])
        )
        first, others, between = self._fold
        lines = [whole[:first], *(whole[at : at + others] for at in range(first, len(whole), others))]
        return self._text(t=time, x=time + _WEEK, bh=body, b=between.join(lines))
