"""The main job: a dump of mail in, a case out."""

from __future__ import annotations

import os
import shutil
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from attribution import headers, origin
from attribution._files import listed, replacing
from attribution._version import __version__
from attribution.case import Case, open_case
from attribution.errors import CaseExistsError, InputError, OutputError, UsageError
from attribution.limits import Limits
from attribution.models import RawMessage
from attribution.pipeline.again import limits_of, options_of
from attribution.pipeline.append import APPENDING, check_case, finish_append
from attribution.pipeline.batch import BatchCounts, process_batch, set_up_worker
from attribution.pipeline.enrichment import MAX_GAP_DAYS, WINDOW_DAYS, Enricher, EnrichOptions, open_databases
from attribution.pipeline.finish import finish
from attribution.pipeline.journal import Journal, places_digest
from attribution.pipeline.parts import read_parts
from attribution.pipeline.progress import Progress
from attribution.pipeline.receiver_record import describe
from attribution.pipeline.regroup import background_of
from attribution.pipeline.sources import Sources
from attribution.workers import WorkerPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from attribution.campaigns import Background
    from attribution.models import Problem
    from attribution.origin import Receivers, TrustRule

__all__ = ["STAGING", "analyze", "append_mail"]

STAGING = ".staging"
"""Folder inside a case that holds the work of a run which is not finished."""
_FULL_ENOUGH = 0.5
"""Share of the messages that were to be sampled below which it is said how few there were."""


def analyze(
    paths: str | Path | Sequence[str | Path],
    *,
    out: str | Path,
    trust: str | Path | Iterable[str | Path] = (),
    mmdb: str | Path | Iterable[str | Path] = (),
    banners: str | Path | Iterable[str | Path] = (),
    access: str | Path | Iterable[str | Path] = (),
    device_rules: str | Path | Iterable[str | Path] = (),
    max_gap: int = MAX_GAP_DAYS,
    window: int = WINDOW_DAYS,
    workers: int | None = None,
    resume: bool = False,
    headers_only: bool = False,
    background: str | Path | None = None,
    limits: Limits | None = None,
    progress: Callable[[Progress], None] | None = None,
    notice: Callable[[str], None] | None = None,
) -> Case:
    """Analyse mail and write a case folder.

    The tables are the same, byte for byte, for the same input, options and databases, whatever the number
    of workers and however often the run was killed and resumed.

    Args:
        paths: Files or folders of any kind that `corpus` reads; `-` is standard input.
        out: The case folder to write. It must be new or empty, unless `resume` is set.
        trust: Who the receiver is: hosts, networks, or TOML files. Without it that is learnt from the mail. Here and
            below one that stands alone needs no list.
        mmdb: IP databases, of which the one nearest in time is asked first; without any, those in the usual places.
        banners: Scan files (Shodan, Censys, ZGrab2, nmap, masscan, CSV or Parquet), and folders of them.
        access: Lists that name the access type of networks, AS numbers or host names.
        device_rules: Folders of Recog and files of nmap's probes; without any, those that were installed.
        max_gap: Days between a database and the mail beyond which what it says is marked as stale.
        window: Days between a banner and the mail within which it is near.
        workers: Worker processes; None for one on each core.
        resume: Go on with a run of the same input and options that was stopped.
        headers_only: Take no trait from message bodies; they are hashed all the same.
        background: Another case, of ordinary mail, whose traits are taken for common when campaigns are looked for.
        limits: Caps; None for the default ones.
        progress: Called with the state of the run whenever it changes; must return quickly.
        notice: Called with sentences that a person should see as the run goes on, such as who was taken for the
            receiver.

    Returns:
        The case, open.

    Raises:
        UsageError: An option makes no sense.
        InputError: A path does not exist, or nothing in the input can be read as mail.
        DatabaseError: A database that was named cannot be read.
        CaseError: The case folder holds something else, or a run that differs.
        OutputError: The case cannot be written.
    """
    run = _Run.plan(paths, out, trust, workers, headers_only, limits or Limits(), progress, notice)
    run.background = None if background is None else str(Path(background).absolute())
    options = EnrichOptions.of(mmdb, banners, access, device_rules, max_gap, window)
    with ExitStack() as stack:
        rates = background_of(background)
        databases = open_databases(options.mmdb, run.say, stack)
        enricher = Enricher(options, databases, run.limits, run.step, run.say)
        sources = Sources(run.paths, run.limits, sys.stdin.buffer if "-" in run.paths else None, run.advance)
        run.claim_folder(resume=resume)
        try:
            run.execute(sources, enricher, rates)
        except OSError as error:
            raise _kept(error, run.out) from error
    return open_case(run.out)


def append_mail(
    case: str | Path,
    paths: str | Path | Sequence[str | Path],
    *,
    workers: int | None = None,
    resume: bool = False,
    progress: Callable[[Progress], None] | None = None,
    notice: Callable[[str], None] | None = None,
) -> Case:
    """Add new mail to a finished case.

    Only the new mail is read, with the options of the case and for the receiver that its `receiver.toml` names. What
    follows from all mail is found anew: addresses are looked up and campaigns found as one run over all of it
    would, but campaigns keep their keys (see `regroup_case`). Messages that the case holds already are passed over.
    The case is as it was until all is ready.

    Args:
        case: The case folder.
        paths: See `analyze`.
        workers: See `analyze`.
        resume: Go on with an append of the same mail that was stopped.
        progress: See `analyze`.
        notice: See `analyze`.

    Returns:
        The case, open.

    Raises:
        UsageError: No path was given.
        InputError: A path does not exist, or holds no mail that is new.
        CaseError: There is no finished case, it was made without traits, or another command changes it.
        DatabaseError: A database of the case is not there any more.
        OutputError: The case cannot be written.
    """
    with ExitStack() as stack:
        # An append that was stopped as its tables took their place is brought to its end as they are exchanged again.
        before = open_case(case, unfinished_change=resume)
        check_case(before)
        arguments = before.run.get("arguments") or {}
        trust = [str(before.path / "receiver.toml")] if (before.path / "receiver.toml").is_file() else []
        headers_only = bool(arguments.get("headers_only"))
        run = _Run.plan(paths, case, trust, workers, headers_only, limits_of(before.run), progress, notice)
        run.before, run.resume = before, resume
        rates = background_of(arguments.get("background"))
        options = options_of(before.run, None, None, None, None, None, None)
        databases = open_databases(options.mmdb, run.say, stack)
        enricher = Enricher(options, databases, run.limits, run.step, run.say)
        sources = Sources(run.paths, run.limits, sys.stdin.buffer if "-" in run.paths else None, run.advance)
        run.claim_folder(resume=resume)
        try:
            run.execute(sources, enricher, rates)
        except OSError as error:
            raise _kept(error, run.out) from error
    return open_case(case)


def _kept(error: OSError, out: Path) -> OutputError:
    named = error.filename or out
    return OutputError(f"{named}: {error.strerror or error}. What is done so far is kept: go on with --resume")


@dataclass
class _Run:
    """One analysis: what was asked for, and how far it is."""

    paths: list[str]
    out: Path
    rules: list[TrustRule]
    trust: list[str]
    workers: int
    headers_only: bool
    limits: Limits
    show: Callable[[Progress], None] | None
    notice: Callable[[str], None] | None
    background: str | None = None
    before: Case | None = None
    resume: bool = False
    state: Progress = field(default_factory=Progress)
    sampled: int = 0
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    timings: dict[str, float] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)

    @classmethod
    def plan(
        cls,
        paths: str | Path | Sequence[str | Path],
        out: str | Path,
        trust: str | Path | Iterable[str | Path],
        workers: int | None,
        headers_only: bool,
        limits: Limits,
        show: Callable[[Progress], None] | None,
        notice: Callable[[str], None] | None,
    ) -> _Run:
        """Check the arguments, before anything is read or written."""
        given = [paths] if isinstance(paths, (str, Path)) else list(paths)
        sources = [str(path) if str(path) == "-" else str(PurePath(path)) for path in given]
        if not sources:
            message = "no path was given: name a file or folder of mail, or - for standard input"
            raise UsageError(message)
        twice = sorted({source for source in sources if sources.count(source) > 1})
        if twice:
            message = f"{twice[0]} was given more than once"
            raise UsageError(message)
        if workers is not None and workers < 1:
            message = f"--workers {workers}: give at least 1"
            raise UsageError(message)
        values = list(listed(trust))
        count = workers or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else workers or 1
        folder = Path(out)
        try:
            str(folder).encode("utf-8")
        except UnicodeEncodeError as error:
            # The library that writes the tables takes no other names.
            message = f"--out {str(folder)!r} is no valid UTF-8: choose another name"
            raise UsageError(message) from error
        return cls(sources, folder, origin.read_trust(values), values, count, headers_only, limits, show, notice)

    @property
    def staging(self) -> Path:
        """The folder that holds the unfinished work."""
        return self.out / (STAGING if self.before is None else APPENDING)

    def say(self, sentence: str) -> None:
        """Tell the caller something that a person should see."""
        if self.notice is not None:
            self.notice(sentence)

    def step(self, stage: str | None = None, done: int = 0, total: int | None = None) -> None:
        """Show the state of the run; with the bytes of what is read now, where a new stage begins or goes on."""
        if stage is not None:
            self.state.stage, self.state.bytes_done, self.state.bytes_total = stage, done, total
        if self.show is not None:
            self.show(self.state)

    def claim_folder(self, *, resume: bool) -> None:
        """Make the case folder, or take up the one of a run that was stopped."""
        try:
            self._check_folder(resume=resume)
            self.staging.mkdir(parents=True, exist_ok=True)
        except CaseExistsError:
            raise
        except OSError as error:
            message = f"{self.out}: {error.strerror}. Choose another --out"
            raise OutputError(message) from error

    def _check_folder(self, *, resume: bool) -> None:
        """Refuse a folder that holds something else than the run that is to go on."""
        if self.before is not None:
            if self.staging.exists() and not resume:
                message = (
                    f"{self.out}: an append is at work there or was stopped: give the same command with --resume, "
                    f"or remove {self.staging} to give it up"
                )
                raise CaseExistsError(message)
            return
        if self.out.exists() and not self.out.is_dir():
            message = f"{self.out} is a file: name a folder for --out"
            raise CaseExistsError(message)
        if (self.out / "run.json").exists():
            message = f"{self.out} holds a finished case already: choose another --out"
            raise CaseExistsError(message)
        if self.out.is_dir() and any(self.out.iterdir()):
            if not self.staging.is_dir():
                message = f"{self.out} is not empty and holds no unfinished run: choose another --out"
                raise CaseExistsError(message)
            if not resume:
                message = f"{self.out} holds a run that was stopped: go on with --resume, or choose another --out"
                raise CaseExistsError(message)

    def execute(self, sources: Sources, enricher: Enricher, background: Background | None) -> None:
        """Read, analyse, reduce and write."""
        clock = time.monotonic()
        self.step("reading sample")
        receivers = self._learn(sources)
        for sentence in receivers.sentences:
            if self.before is None:
                self.say(sentence)
            elif not sentence.startswith("--trust"):  # entries of the case's own file, of which nobody gave one
                self.say(sentence.replace("what --trust says", "what the case's receiver.toml says"))
        clock = self._clock("sample", clock)
        plan = {
            "version": __version__,
            "paths": self.paths,
            "sizes": sources.sizes,
            "trust": self.trust if self.before is None else [],  # the case's own file, however the case is named
            "headers_only": self.headers_only,
            "limits": self.limits.as_dict(),
            "receivers": receivers.sentences,
        }
        with Journal(self.staging / "journal.jsonl", plan) as journal:
            self._reduce(journal, receivers, sources, enricher, clock, background)

    def _reduce(
        self,
        journal: Journal,
        receivers: Receivers,
        sources: Sources,
        enricher: Enricher,
        clock: float,
        background: Background | None,
    ) -> None:
        """Read all mail and bring the case to its end; the journal stays locked all the time."""
        self.step("reading mail", self.state.bytes_done, sources.size)
        faults = self._read(journal, receivers, sources)
        clock = self._clock("mail", clock)
        if not self.state.messages:
            self._nothing_found()
        for source, why in sources.not_read().items():
            self.say(f"{source} could not be read: {why}")
        receivers = self._with_remark(receivers)
        record = {
            "tool": "attribution",
            "version": __version__,
            "python": sys.version.split()[0],
            "arguments": {
                "paths": self.paths,
                "trust": self.trust,
                "workers": self.workers,
                "headers_only": self.headers_only,
                "background": self.background,
                **enricher.options.as_dict(),
            },
            "started": self.started.isoformat(),
            "sources": sources.fingerprints(),
            "receiver": describe(receivers),
            "limits": self.limits.as_dict(),
            "counts": {"messages": self.state.messages, "problems": self.state.problems, "statuses": self.statuses},
            "worker_faults": faults,
        }
        if self.before is not None:
            finish_append(
                self.before.path,
                self.staging,
                enricher,
                record,
                self.timings,
                self.step,
                self.say,
                background,
                resume=self.resume,
            )
            return
        with replacing(self.out / "receiver.toml") as temporary:
            temporary.write_text(origin.receiver_file(receivers), "utf-8")
        finish(self.out, self.staging, enricher, record, self.timings, self.step, background)

    def _clock(self, name: str, since: float) -> float:
        now = time.monotonic()
        self.timings[name] = round(now - since, 3)
        return now

    def _learn(self, sources: Sources) -> Receivers:
        sample = sources.sample()
        self.sampled = len(sample)
        blocks = (headers.read_block(data, self.limits) for data in sample)
        return origin.learn_receivers((headers.hops(block, self.limits) for block in blocks), self.rules)

    def _with_remark(self, receivers: Receivers) -> Receivers:
        """Say aloud where much less of the mail could be sampled than was to be to learn who the receiver is."""
        if self.rules and self.before is None:
            return receivers
        if self.sampled >= _FULL_ENOUGH * min(self.limits.sample_messages, self.state.messages):
            return receivers
        few = f"Only {self.sampled:,} of {self.state.messages:,} messages were looked at to learn who the receiver is"
        few += ": see whether that is right" + (", or name the receiver with --trust" if self.before is None else "")
        self.say(few)
        return replace(receivers, sentences=(*receivers.sentences, few))

    def _read(self, journal: Journal, receivers: Receivers, sources: Sources) -> int:
        """Read all mail, batch by batch; return how often a worker died."""
        setup = (self.limits, receivers, str(self.staging), self.headers_only)
        places: dict[int, str] = {}

        def open_batches() -> Iterator[tuple[int, list[RawMessage | Problem]]]:
            for number, items in enumerate(self._batches(sources)):
                digest = places_digest(items)
                counts = journal.finished(number, digest)
                if counts is not None:
                    self._count(counts)
                    continue
                places[number] = digest
                yield number, items

        with WorkerPool(process_batch, self.workers, set_up_worker, setup) as pool:
            for number, counts in pool.run(open_batches()):
                journal.note(number, places.pop(number), counts)
                self._count(counts)
            return pool.faults

    def _batches(self, sources: Sources) -> Iterator[list[RawMessage | Problem]]:
        batch: list[RawMessage | Problem] = []
        size = 0
        for item in sources.items():
            batch.append(item)
            size += len(item.data) if isinstance(item, RawMessage) else 0
            if len(batch) >= self.limits.batch_messages or size >= self.limits.batch_bytes:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def advance(self, count: int) -> None:
        """Note that so many more bytes of the sources were read."""
        self.state.bytes_done += count

    def _count(self, counts: BatchCounts) -> None:
        self.state.messages += counts.messages
        self.state.problems += counts.problems
        for status, number in counts.statuses.items():
            self.statuses[status] = self.statuses.get(status, 0) + number
        self.step()

    def _nothing_found(self) -> None:
        """Leave no case behind when the input holds no mail, and say what it holds instead."""
        problems = read_parts(self.staging, "problems", ["source", "member", "status", "detail"]).to_pylist()
        shutil.rmtree(self.staging)
        if self.before is None and not any(self.out.iterdir()):
            self.out.rmdir()
        message = f"no mail was found in {', '.join(self.paths)}"
        if problems:
            first = problems[0]
            named = first["source"] if first["member"] is None else f"{first['source']}: {first['member']}"
            message += f" ({named}: {first['detail']}"
            message += f"; and {len(problems) - 1:,} more)" if len(problems) > 1 else ")"
        raise InputError(message)
