"""What mail servers write of the host that they had a message from, one form for each family of servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from attribution.simulate.model import Peer

__all__ = ["FORMS"]


def _looked_up(peer: Peer, _account: str, _port: int) -> str:
    """Return it as Postfix does."""
    return f"{peer.helo} ({peer.rdns or 'unknown'} [{peer.ip}])"


def _sendmail(peer: Peer, _account: str, _port: int) -> str:
    return f"{peer.helo} ({peer.rdns} [{peer.ip}])" if peer.rdns else f"{peer.helo} ([{peer.ip}])"


def _bracketed(peer: Peer, _account: str, _port: int) -> str:
    return f"{peer.helo} ([{peer.ip}])"


def _bare(peer: Peer, _account: str, _port: int) -> str:
    return f"{peer.helo} ({peer.ip})"


def _spaced(peer: Peer, _account: str, _port: int) -> str:
    return f"{peer.helo} [{peer.ip}]"


def _exim(peer: Peer, _account: str, _port: int) -> str:
    helo, rdns, ip = peer
    if rdns:
        return f"{rdns} ([{ip}])" if helo == rdns else f"{rdns} ([{ip}] helo={helo})"
    return helo if helo == f"[{ip}]" else f"[{ip}] (helo={helo})"


def _exim_port(peer: Peer, _account: str, port: int) -> str:
    """Return it as Exim does where it is told to log the ports of its clients."""
    helo, rdns, ip = peer
    if rdns:
        return f"{rdns} ([{ip}]:{port})" if helo == rdns else f"{rdns} ([{ip}]:{port} helo={helo})"
    return f"{helo}:{port}" if helo == f"[{ip}]" else f"[{ip}] (port={port} helo={helo})"


def _qmail(peer: Peer, _account: str, _port: int) -> str:
    return _by_qmail(peer, peer.ip)


def _qmail_login(peer: Peer, account: str, _port: int) -> str:
    """Return it as qmail does with the patch that lets users log in."""
    return _by_qmail(peer, f"{account}@{peer.ip}")


def _by_qmail(peer: Peer, where: str) -> str:
    if peer.helo == peer.rdns:
        return f"{peer.rdns} ({where})"
    # All signs but those of a name become question marks.
    helo = peer.helo.replace("[", "?").replace("]", "?")
    return f"{peer.rdns or 'unknown'} (HELO {helo}) ({where})"


def _ironport(peer: Peer, _account: str, _port: int) -> str:
    if peer.helo == peer.rdns:
        return f"{peer.rdns} ([{peer.ip}])"
    return f"{peer.rdns or 'unknown'} (HELO {peer.helo}) ([{peer.ip}])"


def _account(peer: Peer, account: str, _port: int) -> str:
    """Return it as CommuniGate Pro does of somebody who logged in."""
    return f"[{peer.ip}] (account {account} HELO {peer.helo})"


def _verified(peer: Peer, _account: str, _port: int) -> str:
    """Return it as CommuniGate Pro does of anybody else."""
    if peer.rdns and peer.helo == peer.rdns:
        return f"{peer.rdns} ([{peer.ip}] verified)"
    return f"[{peer.ip}] (HELO {peer.helo})"


def _unverified(peer: Peer, _account: str, _port: int) -> str:
    return f"{peer.helo} ({peer.rdns or 'unverified'} [{peer.ip}])"


def _courier(peer: Peer, _account: str, _port: int) -> str:
    return f"{peer.helo} ({peer.rdns} [::ffff:{peer.ip}])" if peer.rdns else f"{peer.helo} ([::ffff:{peer.ip}])"


def _sun(peer: Peer, _account: str, _port: int) -> str:
    return f"{peer.helo} ({peer.rdns or '[unknown]'} [{peer.ip}])"


def _wrapped(peer: Peer, _account: str, _port: int) -> str:
    """Return it as the gateways of the firewall toolkit do."""
    return f"{peer.rdns or 'unknown'}({peer.ip})"


def _mxlogic(peer: Peer, _account: str, _port: int) -> str:
    return f"[{peer.ip}] (EHLO {peer.helo})"


def _ecelerity(peer: Peer, _account: str, port: int) -> str:
    return f"[{peer.ip}] ([{peer.ip}:{port}] helo={peer.helo})"


FORMS: dict[str, Callable[[Peer, str, int], str]] = {
    "looked-up": _looked_up,
    "sendmail": _sendmail,
    "bracketed": _bracketed,
    "bare": _bare,
    "spaced": _spaced,
    "exim": _exim,
    "exim-port": _exim_port,
    "qmail": _qmail,
    "qmail-login": _qmail_login,
    "ironport": _ironport,
    "account": _account,
    "verified": _verified,
    "unverified": _unverified,
    "courier": _courier,
    "sun": _sun,
    "wrapped": _wrapped,
    "mxlogic": _mxlogic,
    "ecelerity": _ecelerity,
}
"""The forms by the names that servers.toml has for them: each takes the peer, its account, its port."""
