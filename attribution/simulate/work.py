"""The part of a simulation that worker processes do: pieces of the mail and of the scan, each by its number."""

from __future__ import annotations

import gc
import gzip
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from attribution.simulate.bots import Bots
from attribution.simulate.engines import programs_of
from attribution.simulate.frames import frame_of, name_of_mail
from attribution.simulate.generate import BLOCK, Simulation
from attribution.simulate.homes import Homes, make_homes
from attribution.simulate.keep import keep, kept
from attribution.simulate.networks import HOUSEHOLDS
from attribution.simulate.plan import Plan
from attribution.simulate.scan import THINGS, Scanner
from attribution.simulate.truth import TRUTH_MESSAGES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from attribution.simulate.homes import Variant
    from attribution.simulate.world import World

__all__ = ["Job", "MailPiece", "ScanPiece", "Workshop", "do_piece", "mail_pieces", "prepare", "scan_pieces"]

_BLOCKS = 4
"""Blocks of messages in a piece of mail."""
_ADDRESSES = 4096
"""Addresses in a piece of the scan."""
_LEVEL = 3
"""How hard the scan is compressed: less than half the time of the usual level, for a file that is a quarter larger."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a simulation is made of.

    Attributes:
        messages, seed, world: As of `generate`.
        variant: Who sends, see `homes`.
        kind: One of `frames.FORMATS`.
        mail: Path of the container.
    """

    messages: int
    seed: int
    world: World
    variant: Variant
    kind: str
    mail: Path

    @property
    def scanned(self) -> bool:
        """Whether there is a scan: in 2002 nobody scanned, and no things were there to be seen."""
        return self.world.era != "2002"


class MailPiece(NamedTuple):
    """Some messages: the bytes of their container, an Arrow stream of `TRUTH_MESSAGES`, and how many bytes they have.

    `offset` in the stream counts from the start of the piece.
    """

    data: bytes
    rows: bytes
    size: int


class ScanPiece(NamedTuple):
    """Some addresses: lines of the scan, compressed, and how many; the type of what answers at each, in order."""

    data: bytes
    lines: int
    types: list[str | None]


class Workshop:
    """A simulation that is ready to give any of its pieces.

    Args:
        job: What it is made of.
        folder: Where another process has put the plan, see `keep`; None to plan here.
    """

    def __init__(self, job: Job, folder: Path | None = None) -> None:
        self.job = job
        plan = kept(folder, Plan, bots=kept(folder, Bots)) if folder else None
        self.simulation = Simulation(job.messages, job.seed, job.world, plan)
        self.homes: Homes = (
            kept(folder, Homes)
            if folder
            else make_homes(self.simulation.plan, job.seed, job.variant, scanned=job.scanned)
        )
        self.scanner = Scanner(job.seed)

    def keep(self, folder: Path) -> None:
        """Put the plan into a folder, for others to go by."""
        plan = self.simulation.plan
        for record in (plan, plan.bots, self.homes):
            keep(folder, record)

    def mail(self, number: int) -> MailPiece:
        """Return a piece of the mail."""
        plan, homes = self.simulation.plan, self.homes
        begin = number * _BLOCKS * BLOCK
        frame = frame_of(self.job.kind, self.job.mail)
        source = name_of_mail(self.job.kind)
        found = []
        for order, message in enumerate(self.simulation.run(number * _BLOCKS, (number + 1) * _BLOCKS), begin):
            place = frame.add(message, order)
            found.append((place.member, place.offset, len(place.data), hashlib.sha256(place.data).hexdigest(), message))
        members, offsets, lengths, digests, messages = zip(*found, strict=True)
        count = len(messages)
        senders = plan.sender[begin : begin + count]
        bots = np.flatnonzero(senders >= 0)
        home = homes.of_bot[senders[bots]]
        kinds = [
            "webmail" if message.engine in _TYPED and message.kind in {"scam", "ham"} else "server"
            for message in messages
        ]
        things: list[str | None] = [None] * count
        machines: list[int | None] = [None] * count
        salts = plan.bots.salt[senders[bots]].tolist()
        for row, thing, model, salt in zip(
            bots.tolist(), homes.thing[home].tolist(), homes.model[home].tolist(), salts, strict=True
        ):
            kinds[row] = "thing" if thing else "pc"
            things[row] = THINGS[model].type if thing else None
            machines[row] = salt
        truth = list(zip(*(message[1:] for message in messages), strict=True))
        times = pa.array([time * 1_000_000 for time in truth[0]], pa.int64())
        orders = range(begin, begin + count)
        columns = (
            *([source] * count, members, orders, offsets, lengths, digests, times.cast(pa.timestamp("us", tz="UTC"))),
            *(*truth[1:], kinds, things, machines),
        )
        arrays = [
            column if isinstance(column, pa.Array) else pa.array(column, field.type)
            for column, field in zip(columns, TRUTH_MESSAGES, strict=True)
        ]
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, TRUTH_MESSAGES) as stream:
            stream.write_batch(pa.record_batch(arrays, schema=TRUTH_MESSAGES))
        return MailPiece(frame.close(), sink.getvalue().to_pybytes(), sum(lengths))

    def scan(self, number: int) -> ScanPiece:
        """Return a piece of the scan of households."""
        homes = self.homes
        part = slice(number * _ADDRESSES, (number + 1) * _ADDRESSES)
        lines: list[str] = []
        types: list[str | None] = []
        columns = (homes.ip[part], homes.network[part], homes.model[part], homes.when[part], homes.answers[part])
        for ip, network, model, when, answers in zip(*(column.tolist() for column in columns), strict=True):
            if answers:
                data, kind = self.scanner.home(ip, HOUSEHOLDS[network], model, when)
                lines.append(data)
                types.append(kind)
            else:
                types.append(THINGS[model].type if model >= 0 else None)
        whole = "".join(lines).encode("ascii")
        return ScanPiece(gzip.compress(whole, _LEVEL, mtime=0), whole.count(b"\n"), types)


_TYPED = frozenset(engine.name for era in ("2013", "2002") for engine in programs_of(era).webmail.values())


def mail_pieces(messages: int) -> int:
    """Return how many pieces the mail has."""
    return -(-messages // (_BLOCKS * BLOCK))


def scan_pieces(homes: Homes) -> int:
    """Return how many pieces the scan of households has."""
    return -(-len(homes.ip) // _ADDRESSES)


_made_of: list[tuple[Job, Path]] = []
_ready: list[Workshop] = []


def prepare(job: Job, folder: Path) -> None:
    """Make this process ready for `do_piece`.

    Args:
        job: What is made.
        folder: Where the plan will be before the first piece is asked for.
    """
    _made_of[:] = [(job, folder)]
    # Looking for cycles among all that stays open takes time, and there are none.
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def do_piece(_number: int, items: list[tuple[str, int]], lost: Sequence[object]) -> MailPiece | ScanPiece | None:
    """Return the piece that the one item names: `mail` or `scan`, and its number; `start` is none.

    Args:
        _number: Of the batch.
        items: One item.
        lost: The item, where it has killed a process before.

    Raises:
        RuntimeError: It has.
    """
    if lost:
        message = "a worker process died; is memory short? Try fewer --workers"
        raise RuntimeError(message)
    [(what, number)] = items
    if what == "start":
        return None
    if not _ready:
        _ready.append(Workshop(*_made_of[0]))
    return _ready[0].mail(number) if what == "mail" else _ready[0].scan(number)
