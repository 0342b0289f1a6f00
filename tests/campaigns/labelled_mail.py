"""A world of mail with known labels: rows of traits, and for each row the campaign that it was made for.

Botnets with their engines send campaigns of heavy-tailed sizes whose subjects vary; subjects are shared between
campaigns, engines between botnets; shops write through shared bulk mailers; people write on lists and to each
other. Nothing here is taken from real mail. Everything follows from the seed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from attribution.campaigns import TRAITS
from attribution.campaigns.templates import subject_template

__all__ = ["Labelled", "b_cubed", "generate", "merged_clusters"]

_START = 1_388_000_000_000_000
_DAYS = 14
_CONSONANTS = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "st", "tr", "pl", "kr")
_SYLLABLES = [a + b for a in _CONSONANTS for b in ("a", "e", "i", "o", "u", "ai", "ou")]
_GENERIC = [
    "invoice", "hello", "your account", "important message", "payment received", "order confirmation", "re hello",
    "your package is waiting", "please confirm your account", "security alert", "urgent reply needed",
    "your subscription has expired", "new voicemail message", "document shared with you", "last reminder",
]  # fmt: skip
_CLIENTS = 40


@dataclass(frozen=True, slots=True)
class Labelled:
    """Traits and truth.

    Attributes:
        traits: One row a message.
        labels: The campaign of each row; a message that belongs to none has a label of its own.
        kinds: `bot`, `scam`, `bulk`, `list` or `ham`, by row.
    """

    traits: pa.Table
    labels: np.ndarray[tuple[int], np.dtype[np.int64]]
    kinds: list[str]


@dataclass(slots=True)
class _Rows:
    columns: dict[str, list[object]] = field(default_factory=lambda: {name: [] for name in TRAITS.names})
    labels: list[int] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)

    def add(self, label: int, kind: str, **values: object) -> None:
        for name, column in self.columns.items():
            column.append(values.get(name))
        self.labels.append(label)
        self.kinds.append(kind)


class _World:
    def __init__(self, size: int, seed: int) -> None:
        self.size = size
        self.rng = np.random.default_rng(seed)
        self.rows = _Rows()
        self.label = 0
        self.words = sorted({self._word() for _ in range(6_000)})
        rank = np.arange(1, len(self.words) + 1)
        self.word_rates = 1 / rank / (1 / rank).sum()
        self.clients = [f"client {n}; id <9.{n}@host>; boundary z; order c{n:07x}" for n in range(_CLIENTS)]
        rate = 1 / np.arange(1, _CLIENTS + 1)
        self.client_rates = rate / rate.sum()
        self.brands = [f"{self._word()}-{n}.example" for n in range(60)]
        self.helos = ["bare a", "bare z", "bare X15", "[ip]", "host - in a domain", "host 9-9-9-9 in a domain"]

    def _word(self) -> str:
        return "".join(self.rng.choice(_SYLLABLES, int(self.rng.integers(2, 4))))

    def phrase(self, low: int, high: int) -> list[str]:
        return [str(word) for word in self.rng.choice(self.words, int(self.rng.integers(low, high)), p=self.word_rates)]

    def junk(self) -> str:
        return "".join(self.rng.choice(list("abcdefghijkmnopqrstuvwxyz0123456789"), int(self.rng.integers(7, 12))))

    def address(self) -> str:
        return ".".join(str(part) for part in self.rng.integers(1, 255, 4))

    def client(self) -> str:
        return str(self.rng.choice(self.clients, p=self.client_rates))

    def new_label(self) -> int:
        self.label += 1
        return self.label

    def sizes(self, total: int, mean: float) -> list[int]:
        """Draw heavy-tailed sizes that sum to a total: most campaigns are small, most mail is of large ones."""
        sizes: list[int] = []
        while total > 0:
            size = min(total, max(2, int(mean * (self.rng.pareto(1.2) + 0.05))), max(2, self.size // 5))
            sizes.append(size)
            total -= size
        return sizes


def generate(size: int, seed: int) -> Labelled:
    """Make about `size` rows."""
    world = _World(size, seed)
    _bots(world, int(size * 0.55))
    _scams(world, int(size * 0.05))
    _bulk(world, int(size * 0.15))
    _lists(world, int(size * 0.08))
    _ham(world, int(size * 0.17))
    rows = world.rows
    count = len(rows.labels)
    shuffled = world.rng.permutation(count)
    rows.columns["message"] = [int(n) for n in world.rng.permutation(count * 7)[:count]]
    columns = {
        name: pa.array(values, TRAITS.field(name).type).take(pa.array(shuffled))
        for name, values in rows.columns.items()
    }
    return Labelled(
        pa.table(columns, schema=TRAITS),
        np.array(rows.labels, dtype=np.int64)[shuffled],
        [rows.kinds[n] for n in shuffled],
    )


def _subject_maker(world: _World, generic: float) -> list[list[list[str]]]:
    """Return the subjects of one campaign: each a list of slots, each slot its choices."""
    rng = world.rng
    if rng.random() < generic:
        return [[[str(rng.choice(_GENERIC))]]]
    patterns = []
    for _ in range(int(rng.integers(1, 4))):
        slots = [[word] for word in world.phrase(4, 9)]
        for _ in range(int(rng.integers(0, 3))):
            slots[int(rng.integers(0, len(slots)))] = world.phrase(2, 5)
        patterns.append(slots)
    return patterns


def _bots(world: _World, total: int) -> None:
    rng = world.rng
    kits = [f"kit {n}; id <z9@from>; boundary h32; order 4{n:07x}" for n in range(4)]
    own = "no mailer; id <h{}@host>; boundary none; order b{:07x}"
    forged_line = "postfix helo bare a by {}.example with SMTP id A10"
    botnets = []
    for number in range(int(rng.integers(10, 30))):
        origin = rng.choice(3, p=[0.5, 0.2, 0.3])
        botnets.append(
            (
                [own.format(8 + number, number), str(rng.choice(kits)), world.client()][origin],
                [world.address() for _ in range(max(20, total // 80))],
                str(rng.choice(world.helos)),
                forged_line.format(world.phrase(1, 2)[0]) if rng.random() < 0.3 else None,
            )
        )
    for size in world.sizes(total, 40):
        label = world.new_label()
        engine, bots, helo, trace = botnets[int(rng.integers(0, len(botnets)))]
        if rng.random() < 0.15:
            bots = bots + botnets[int(rng.integers(0, len(botnets)))][1]
        patterns = _subject_maker(world, 0.2)
        busted, numbered, named = rng.random(3) < (0.3, 0.3, 0.3)
        forged = [world.brands[int(rng.integers(0, len(world.brands)))]] if rng.random() < 0.4 else None
        begin, length = rng.random() * _DAYS, 0.2 + rng.pareto(1.5)
        for _ in range(size):
            slots = patterns[int(rng.integers(0, len(patterns)))]
            words = [slot[int(rng.integers(0, len(slot)))] for slot in slots]
            person = world.words[int(rng.integers(0, len(world.words)))] + str(int(rng.integers(0, 99)))
            words += [world.junk()] if busted else []
            words += [str(int(rng.integers(1_000, 99_999)))] if numbered else []
            words = [person, *words] if named else words
            address = bots[int(rng.integers(0, len(bots)))] if rng.random() > 0.03 else world.address()
            world.rows.add(
                label,
                "bot",
                time=_START + int((begin + rng.random() * length) * 86_400_000_000),
                subject_template=subject_template(" ".join(words), [f"{person}@example.org"]),
                from_domain=forged[0] if forged else f"{world.junk()}.example",
                engine=engine,
                helo_shape=helo,
                trace=trace,
                address=address,
                network=address.rpartition(".")[0] + ".0/24",
            )


def _scams(world: _World, total: int) -> None:
    rng = world.rng
    for size in world.sizes(total, 10):
        label = world.new_label()
        contacts = [f"{world.junk()}@gmail.example" for _ in range(int(rng.integers(1, 3)))]
        patterns = _subject_maker(world, 0.5)
        engine, address = world.client(), world.address()
        begin = rng.random() * _DAYS
        for _ in range(size):
            slots = patterns[int(rng.integers(0, len(patterns)))]
            world.rows.add(
                label,
                "scam",
                time=_START + int((begin + rng.random() * 3) * 86_400_000_000),
                subject_template=subject_template(" ".join(str(slot[0]) for slot in slots)),
                from_account=f"{world.junk()}@gmail.example",
                reply_to=contacts[int(rng.integers(0, len(contacts)))],
                engine=engine,
                helo_shape="host mail-a9 in a domain",
                address=address,
                network=address.rpartition(".")[0] + ".0/24",
            )


def _bulk(world: _World, total: int) -> None:
    """Newsletters: many shops, eight bulk mailers; the issues of one shop are one campaign."""
    rng = world.rng
    mailers = [
        (f"bulk {n}; id <h32@host>; boundary z; order e{n:07x}", [world.address() for _ in range(6)]) for n in range(8)
    ]
    for size in world.sizes(total, 30):
        label = world.new_label()
        engine, addresses = mailers[int(rng.integers(0, len(mailers)))]
        domain = f"{world.junk()}.example"
        list_id = f"{label}.{domain}" if rng.random() < 0.7 else None
        issues = [" ".join(world.phrase(3, 8)) for _ in range(int(rng.integers(1, 5)))]
        if rng.random() < 0.3:
            issues[0] = str(rng.choice(_GENERIC))
        for _ in range(size):
            address = addresses[int(rng.integers(0, len(addresses)))]
            issue = int(rng.integers(0, len(issues)))
            world.rows.add(
                label,
                "bulk",
                time=_START + int((issue * 3 + rng.random() * 0.3) * 86_400_000_000),
                subject_template=subject_template(issues[issue]),
                from_domain=domain,
                list_id=list_id,
                list_verified=None if list_id is None else bool(rng.random() < 0.8),
                engine=engine,
                helo_shape="host a9 in a domain",
                address=address,
                network=address.rpartition(".")[0] + ".0/24",
            )


def _lists(world: _World, total: int) -> None:
    """Discussions: threads of several people on lists of a few shared servers; a list is one stream."""
    rng = world.rng
    servers = [world.address() for _ in range(3)]
    for size in world.sizes(total, 60):
        label = world.new_label()
        server = servers[int(rng.integers(0, len(servers)))]
        threads = [" ".join(world.phrase(2, 7)) for _ in range(max(1, size // 6))]
        for _ in range(size):
            thread = int(rng.integers(0, len(threads)))
            world.rows.add(
                label,
                "list",
                time=_START + int((thread / len(threads) * _DAYS + rng.random()) * 86_400_000_000),
                subject_template=subject_template(f"Re: {threads[thread]}"),
                from_domain=f"{world.words[int(rng.integers(0, 900))]}.example",
                list_id=f"list{label}.example.net",
                list_verified=False,
                engine=world.client(),
                helo_shape="host a in a domain",
                address=server,
                network=server.rpartition(".")[0] + ".0/24",
            )


def _ham(world: _World, total: int) -> None:
    rng = world.rng
    offices = [world.address() for _ in range(200)]
    for _ in range(total):
        address = offices[int(rng.integers(0, len(offices)))] if rng.random() < 0.5 else world.address()
        generic = rng.random() < 0.25
        world.rows.add(
            world.new_label(),
            "ham",
            time=_START + int(rng.random() * _DAYS * 86_400_000_000),
            subject_template=subject_template(str(rng.choice(_GENERIC)) if generic else " ".join(world.phrase(1, 7))),
            from_domain=f"{world.words[int(rng.integers(0, 2_000))]}.example" if rng.random() < 0.6 else None,
            engine=world.client(),
            helo_shape="host a in a domain",
            address=address,
            network=address.rpartition(".")[0] + ".0/24",
        )


def b_cubed(truth: np.ndarray[tuple[int], np.dtype[np.int64]], found: pa.Array) -> tuple[float, float]:
    """Return B-cubed precision and recall; a row without a campaign is a cluster of its own."""
    labels = _found_labels(found)
    _, true = np.unique(truth, return_inverse=True)
    _, guess = np.unique(labels, return_inverse=True)
    pairs, inverse, both = np.unique(
        guess.astype(np.int64) * (int(true.max()) + 1) + true, return_inverse=True, return_counts=True
    )
    del pairs
    precision = both[inverse] / np.bincount(guess)[guess]
    recall = both[inverse] / np.bincount(true)[true]
    return float(precision.mean()), float(recall.mean())


def merged_clusters(truth: np.ndarray[tuple[int], np.dtype[np.int64]], found: pa.Array) -> int:
    """Count the clusters that hold messages of more than one label."""
    labels = _found_labels(found)
    pairs = np.unique(np.stack([labels, truth], axis=1), axis=0)
    return int((np.unique(pairs[:, 0], return_counts=True)[1] > 1).sum())


def _found_labels(found: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    alone = -1 - np.arange(len(found), dtype=np.int64)
    given = found.fill_null(-1).to_numpy()
    return np.where(given >= 0, given, alone)
