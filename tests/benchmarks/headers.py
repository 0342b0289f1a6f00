"""How fast the header path is beside other parsers, and how its time grows. Run: `python tests/benchmarks/headers.py`.

All is measured in one process, the contestants in turns, and of several turns the fastest counts, because machines
are noisy: what is asserted are ratios within one run. The mail is real and no part of the project; it is read from
the folder `shared` beside the checkout.
"""

from __future__ import annotations

import argparse
import gc
import logging
import sys
import time
from email.parser import BytesHeaderParser
from email.policy import compat32
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mailparser

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from attribution import corpus, headers, origin
from attribution.headers.dialect_table import dialect_table
from attribution.limits import Limits
from attribution.models import Field, RawMessage

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
CORPORA = ("phishing_pot_dev", "spamassassin_dev")
FASTER = 8
"""Times that the header path must be as fast as mail-parser, on each corpus."""
STEEPEST = 6
"""Times that a line of 64 KB may cost what one of 16 KB does; linear is 4, quadratic 16."""
_LIMITS = Limits()
_STDLIB = BytesHeaderParser(policy=compat32)
_LARGE_TABLES = ("dialect_table", "profiles", "rules")
"""Caches that hold data of the package and not what mail taught."""


def main() -> None:
    """Measure both and say what is not as it must be."""
    parser = argparse.ArgumentParser(description="How fast the header path is, and how its time grows.")
    parser.add_argument("--turns", type=int, default=3, help="turns of each contestant")
    parser.add_argument("--corpora", type=Path, default=ROOT.parent / "shared" / "corpora", help="folder of the mail")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    faults = _compare(arguments.corpora, arguments.turns) + _grow()
    for fault in faults:
        _say(f"NOT MET: {fault}")
    if faults:
        raise SystemExit(1)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _compare(folder: Path, turns: int) -> list[str]:
    """Measure the header path beside the other parsers on each corpus that is there."""
    faults = []
    for name in CORPORA:
        path = folder / f"{name}.tar.xz"
        if not path.is_file():
            _say(f"{name}: left out, because {path} does not exist; the mail is no part of the project")
            continue
        whole = [item.data for item in corpus.read(str(path), _LIMITS) if isinstance(item, RawMessage)]
        if _measure_corpus(name, whole, turns) < FASTER:
            faults.append(f"{name}: less than {FASTER} times as fast as mail-parser on whole messages")
    return faults


def _measure_corpus(name: str, whole: list[bytes], turns: int) -> float:
    """Print the table of one corpus; return how many times as fast as mail-parser the header path is."""
    cut = [_header_of(data) for data in whole]
    receivers = origin.learn_receivers([headers.hops(headers.read_block(data, _LIMITS), _LIMITS) for data in whole])

    def read(data: bytes) -> None:
        block = headers.read_block(data, _LIMITS)
        origin.decide(block, headers.hops(block, _LIMITS), receivers)
        headers.message_fields(block)

    contestants: dict[str, tuple[Callable[[bytes], object], list[bytes], bool]] = {
        "attribution, nothing remembered": (read, whole, True),
        "attribution, run again": (read, whole, False),
        "attribution, header alone": (read, cut, True),
        "mail-parser": (_read_by_mail_parser, whole, False),
        "mail-parser, header alone": (_read_by_mail_parser, cut, False),
        "email.parser": (_STDLIB.parsebytes, whole, False),
        "email.parser, header alone": (_STDLIB.parsebytes, cut, False),
    }
    best = dict.fromkeys(contestants, float("inf"))
    for _ in range(turns):
        for contestant, (function, mail, forgetting) in contestants.items():
            if forgetting:
                _forget()
            best[contestant] = min(best[contestant], _time(function, mail))
    _say(f"\n{name}: {len(whole):,} messages, best of {turns} turns")
    for contestant, seconds in best.items():
        _say(f"  {contestant:32} {seconds / len(whole) * 1e6:8.1f} µs a message")
    ours, alone = best["attribution, nothing remembered"], best["attribution, header alone"]
    ratio, fair = best["mail-parser"] / ours, best["mail-parser, header alone"] / alone
    _say(f"  {ratio:.1f} times as fast as mail-parser (at least {FASTER}); on the header alone {fair:.1f} times")
    _say(f"  {best['email.parser, header alone'] / alone:.2f} times as fast as email.parser on the header alone")
    _say_stages(whole, receivers, turns)
    return ratio


def _header_of(data: bytes) -> bytes:
    """Return the header block and the empty line behind it, with no body."""
    found = [end for end in (data.find(b"\r\n\r\n"), data.find(b"\n\n")) if end >= 0]
    return data[: min(found, default=len(data))] + b"\r\n\r\n"


def _read_by_mail_parser(data: bytes) -> Any:  # noqa: ANN401 (the library has no types)
    try:
        return mailparser.parse_from_bytes(data).received
    except Exception:  # noqa: BLE001 (some real mail is too much for it, and the time is spent all the same)
        return None


def _time(function: Callable[[bytes], object], mail: list[bytes]) -> float:
    gc.collect()
    start = time.perf_counter()
    for data in mail:
        function(data)
    return time.perf_counter() - start


def _forget() -> None:
    """Empty every cache that mail fills, so that no turn profits from the one before it."""
    spaces: list[dict[str, Any]] = [vars(module) for name, module in sys.modules.items() if "attribution" in name]
    for space in [*spaces, vars(dialect_table())]:
        for name, value in space.items():
            if name not in _LARGE_TABLES and hasattr(value, "cache_clear"):
                value.cache_clear()


def _say_stages(whole: list[bytes], receivers: origin.Receivers, turns: int) -> None:
    """Say which share of the time each stage takes, in the first reading of the corpus."""
    best = [float("inf")] * 4
    for _ in range(turns):
        _forget()
        spent = [0.0] * 4
        for data in whole:
            begin = time.perf_counter()
            block = headers.read_block(data, _LIMITS)
            split = time.perf_counter()
            hops = headers.hops(block, _LIMITS)
            read = time.perf_counter()
            origin.decide(block, hops, receivers)
            decided = time.perf_counter()
            headers.message_fields(block)
            end = time.perf_counter()
            steps = (split - begin, read - split, decided - read, end - decided)
            spent = [total + step for total, step in zip(spent, steps, strict=True)]
        best = [min(pair) for pair in zip(best, spent, strict=True)]
    names = ("read_block", "hops", "decide", "message_fields")
    shares = [f"{name} {share / sum(best):.0%}" for name, share in zip(names, best, strict=True)]
    _say(f"  shares: {', '.join(shares)}")


_GOOD_END = " by mx.example.net (Postfix) with ESMTP id 4F0C21A0B7; Mon, 5 Jan 2026 10:00:02 +0000"
_GOOD = "from relay.example.org (unknown [203.0.113.9])" + _GOOD_END


def _hostile_lines() -> dict[str, Callable[[int], str]]:
    """Return ways to write a Received value of a length that is meant to cost time."""
    units = {
        **{f"{char!r} repeated": char for char in '()<>[]";:.,@=\\/-a0 \t\xe9\x00'},
        "folds": "\r\n ",
        "nested pairs": "()",
        "comments": "(a) ",
        "open comments and quotes": '("',
        "quoted local parts": '"a"@',
        "open quotes in angles": '<"',
        "angles": "<a> ",
        "keywords": "by ",
        "keywords of every kind": "from by with id for via ",
        "words that begin as keywords": "fro b wit i fo vi ",
        "keywords glued by dots": "by.by.",
        "hosts": "by a.example.org ",
        "clauses": "with a id b ",
        "addresses": "[192.0.2.1] ",
        "dots and digits": "1.2.3.4.",
        "colons and digits": "1:2:3:",
        "greetings": "(HELO a) ",
        "helo comments": "(helo=a ident=b ",
        "sessions": "(using TLSv1 with cipher a (1/2 bits)) ",
        "ciphers": "version=TLS1_2, cipher=a ",
        "TLS without an end": "(TLS",
        "envelope senders": "envelope-from <a",
        "dates": "Mon, 5 Jan 2026 10:00:02 ",
        "announced dates": "; Mon, 5 Jan 2026 10:00:02 +0000",
        "dates and folds": "; 10:00\r\n ",
        "weekdays": " Mon,",
        "whole lines": _GOOD + " ",
        "forgery words": "may be forged ",
        "8-bit words": "\xc3\xa9 ",
    }
    frames = {
        "": lambda text: text,
        " in HELO": lambda text: f"from {text} (unknown [203.0.113.9]){_GOOD_END}",
        " in a name": lambda text: f"from relay.example.org ({text} [203.0.113.9]){_GOOD_END}",
        " behind by": lambda text: f"from relay.example.org ([203.0.113.9]) by {text}; Mon, 5 Jan 2026 10:00:02 +0000",
        " as date": lambda text: f"{_GOOD.rpartition(';')[0]}; {text}",
    }

    def line(unit: str, frame: Callable[[str], str]) -> Callable[[int], str]:
        return lambda size: frame((unit * (size // len(unit) + 1))[: size - len(frame(""))])

    return {f"{name}{place}": line(unit, frame) for name, unit in units.items() for place, frame in frames.items()}


def _grow() -> list[str]:
    """Measure lines of two lengths in turns; name those whose cost grows too much."""
    sizes = (16 * 1024, 64 * 1024)
    found = []
    for name, make in _hostile_lines().items():
        lines = [Field("received", "Received", make(size), 0, 9, 9 + size) for size in sizes]
        found.append((*_cost_of(lines), name))
    found.sort(key=lambda entry: entry[1] / entry[0], reverse=True)
    _say(f"\n{len(found)} ways to write a hostile line of 16 KB and of 64 KB; the steepest:")
    for small, large, name in found[:5]:
        _say(f"  {large / small:5.2f} times  {small * 1e3:7.3f} ms {large * 1e3:7.3f} ms  {name}")
    dearest = max(found, key=lambda entry: entry[1])
    _say(f"  the dearest costs {dearest[1] * 1e3:.2f} ms at 64 KB: {dearest[2]}")
    return [
        f"64 KB cost {large / small:.1f} times what 16 KB do, at most {STEEPEST}: {name}"
        for small, large, name in found
        if large > STEEPEST * small
    ]


_NOTICED = 0.002
"""Seconds of work below which the clock and the caches of the processor blur a comparison."""

_CLEAR = 5
"""Growth below which a line is not measured again."""


def _cost_of(lines: list[Field], turns: int = 5) -> tuple[float, float]:
    """Return the least seconds that the small and the large line cost, measured in turns."""
    best = [float("inf"), float("inf")]
    rounds = 1 + int(_NOTICED / max(_time_field(lines[0], 1), 1e-7))
    for turn in range(3 * turns):
        for place, line in enumerate(lines):
            best[place] = min(best[place], _time_field(line, rounds))
        if turn >= turns and best[1] <= _CLEAR * best[0]:
            break
    return best[0], best[1]


def _time_field(field: Field, rounds: int) -> float:
    start = time.perf_counter()
    for _ in range(rounds):
        headers.parse_received(field, 0, 0)
    return (time.perf_counter() - start) / rounds


if __name__ == "__main__":
    main()
