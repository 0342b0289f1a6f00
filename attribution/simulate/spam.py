"""Spam campaigns: texts that are spun, payloads that turn, senders that are borrowed."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from attribution.simulate import names
from attribution.simulate.clocks import month_of, seasons
from attribution.simulate.dice import Dice, mix
from attribution.simulate.engines import private_engine, programs_of
from attribution.simulate.layout import html_text, plain_text
from attribution.simulate.mime import CHARSETS, code_header
from attribution.simulate.model import Letter
from attribution.simulate.payloads import attachment, link_writer, phone_number, wallet
from attribution.simulate.senders import HostSender, WebmailSender, borrowed_sender
from attribution.simulate.skeleton import Skeleton
from attribution.simulate.spintax import Slot, Text, settle, slots_of
from attribution.simulate.texts import texts
from attribution.simulate.values import VALUES, dressed_phone, random_letters, random_number, random_words
from attribution.simulate.webmail import PROVIDER_DOMAINS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attribution.simulate.engines import Engine
    from attribution.simulate.model import Occasion
    from attribution.simulate.payloads import Attachment
    from attribution.simulate.senders import BotSender, Sent
    from attribution.simulate.spintax import Spun
    from attribution.simulate.world import World

__all__ = ["Spam", "engines_of"]

_NO_THEMES = {"lists", "generic", "kit", "fee"}
_WITH_FILES = {"invoice", "rechnung", "parcel"}
_IMPERSONATING = {"bank", "quota", "parcel", "callback", "banco", "ginko"}
_FILE_WORDS = ("attach", "enclosed", "Anhang", "Anlage")
_AFFILIATED = ("pharma", "replica", "casino", "dating", "software", "diploma", "loan")
_PROGRAMMES = 12
_KNOWN_BRANDS = 40
_NOT_YET = {"2002": {"quota"}, "2013": set[str]()}
"""Themes that nobody had thought of at a time."""
_LATER = {"sextortion", "callback"}
"""Themes that nobody had thought of at any of those times."""
_BEFORE = {"gmail.com": "msn.com", "outlook.com": "excite.com", "live.com": "lycos.com"}
"""What people had in 2002 instead of these."""
_OFFICES = ("service", "support", "noreply", "security", "info", "alert", "billing", "notice")
_WEB_PROVIDERS = {"yahoo": 5, "hotmail": 3, "gmail": 4, "roundcube": 2, "squirrel": 2}


@lru_cache(maxsize=256)
def engines_of(seed: int, botnet: int, era: str) -> tuple[Engine, ...]:
    """Return the engines of a botnet: of its own, of a kit that others use too, or made to look like a client.

    Args:
        seed: Of the world.
        botnet: Its number.
        era: As `World.era`.
    """
    programs = programs_of(era)
    dice = Dice(f"{seed}:engines:{botnet}")
    engines = []
    for number in range(1 + dice.below(3)):
        draw = dice.random()
        if draw < 0.45:
            engines.append(private_engine(dice, f"private {botnet}.{number}", names.brand(dice.getrandbits(40))))
        elif draw < 0.72:
            engines.append(dice.pick(programs.kits))
        else:
            engines.append(dice.pick(programs.clients))
    return tuple(engines)


def _weighted(dice: Dice, weights: Mapping[str, int]) -> str:
    return dice.choices(tuple(weights), tuple(weights.values()))[0]


class Spam:
    """One spam campaign.

    Args:
        label: Its number.
        kind: `bot`, `phish` or `scam`.
        seed: Of the world.
        world: `english`, `generic` and `hash_busters` hold.
        botnets: The botnets that send it.
        bots: Sends for botnets.
        start: When the campaign begins.
    """

    def __init__(
        self, label: int, kind: str, seed: int, world: World, botnets: tuple[int, ...], bots: BotSender, start: int
    ) -> None:
        dice = Dice(f"{seed}:campaign:{label}")
        self._identity = mix(seed * 0x1000003 + label)
        plan = texts("spam")
        programs = programs_of(world.era)
        old = self._old = world.era == "2002"
        language = "en"
        if kind == "scam":
            theme = "fee"
        elif dice.random() < world.english or kind == "phish":
            found = plan["phish_themes" if kind == "phish" else "themes"]
            unknown = _NOT_YET[world.era] | (set() if world.later and not old else _LATER)
            theme = _weighted(dice, {name: weight for name, weight in found.items() if name not in unknown})
        else:
            language = _weighted(dice, plan["languages"])
            theme = dice.pick([name for name in texts(language) if name not in _NO_THEMES])
        self._language = language
        own = texts(language)
        self._known_home = ""
        self._facts = self._make_facts(dice, language, theme)
        lists = {**texts("en")["lists"], **own.get("lists", {})}
        if month_of(start // 86400) not in {11, 12, 1}:
            lists["season"] = seasons(start)
        openness = dice.uniform(0.25, 0.8)

        def made(line: str) -> Spun:
            if old:
                line = line.replace("2014", "2002")
            return settle(line, dice, self._facts, lists, openness=openness)

        section = own[theme]
        draw = dice.random()
        if kind == "bot" and draw < world.generic:
            pool = own["generic" if draw < world.generic / 2 else "kit"]["subjects"]
            chosen = dice.sample(pool, min(1 + dice.below(2), len(pool)))
        else:
            chosen = dice.sample(section["subjects"], min(1 + dice.below(5), len(section["subjects"])))
        subjects = [made(line) for line in chosen]
        with_file = theme in _WITH_FILES and dice.random() < (0.9 if theme != "parcel" else 0.4)
        self._file: Attachment | None = None
        if with_file:
            word = dice.pick(lists["file"]) if language == "en" else "Rechnung"
            self._file = attachment(dice, word, start // 86400 - 1)
        calls = [line for line in section["call"] if any(word in line for word in _FILE_WORDS) == with_file]
        call = dice.pick(calls or section["call"])
        middle = dice.sample(section["middle"], min(2 + dice.below(3), len(section["middle"])))
        lines = [
            made(dice.pick(section["open"])),
            *(made(line) for line in middle),
            made(call),
            made(dice.pick(section["close"])),
        ]

        busters = dice.random() < world.hash_busters and kind != "scam"
        self._buster_words = 3 + dice.below(14)
        self._mad_letters = dice.random() < 0.4
        if busters and dice.random() < 0.5:
            subjects = [(*subject, " ", Slot("tail")) for subject in subjects]
        self._subjects = tuple(map(Text, subjects))
        structure = dice.choices(("plain", "html", "alternative"), (8, 3, 1) if old else (4, 3, 4))[0]
        if kind == "scam":
            structure = "plain"
        plain = plain_text(lines, dice, buster=busters) if structure != "html" else ()
        html = html_text(lines, dice, buster=busters, language=language) if structure != "plain" else ()
        self._plain, self._html = Text(plain), Text(html)

        self._bots = bots
        self._host: HostSender | None = None
        self._webmail: WebmailSender | None = None
        engines: dict[int, Engine] = {}
        if kind == "bot":
            for botnet in botnets:
                engines[botnet] = dice.pick(engines_of(seed, botnet, world.era))
        elif kind == "phish":
            self._host = HostSender(dice, world.era)
            engines[-1] = dice.pick(programs.kits[:2])
        else:
            provider = _weighted(
                dice, {name: _WEB_PROVIDERS[name] for name in _WEB_PROVIDERS if name in programs.webmail}
            )
            self._webmail = WebmailSender(dice, provider, world.era)
            engines[-1] = programs.webmail[provider]
        coding = dice.pick(CHARSETS[language])
        if language == "en" and dice.random() < 0.5:
            coding = CHARSETS["en"][dice.below(2)]
        self._coding = coding

        self._link_kind, link = "", None
        self._senders = tuple(
            (name, address, self._field(name, address)) for name, address in self._choose_senders(dice, kind, theme)
        )
        used = slots_of(*subjects, plain, html)
        if "url" in used:
            self._link_kind, link = link_writer(self._identity, dice, names.WORDS, old=old)
        self._values = self._make_values(used, dice, link, label)
        reply = "reply" in used and kind != "phish"
        extras = {"reply"} if reply or (kind == "scam" and dice.random() < 0.8) else set()
        self._reply_field = bool(extras)
        self._skeletons = {
            number: Skeleton(engine, structure, coding, extras, attached=self._file is not None)
            for number, engine in engines.items()
        }

    def _make_facts(self, dice: Dice, language: str, theme: str) -> dict[str, str]:
        people, lists = texts("spam")["people"], texts("en")["lists"]
        first, last = dice.pick(_ASCII_FIRST), dice.pick(_ASCII_LAST)
        word = names.brand(dice.getrandbits(48))
        # Well-known names are misused by many at once, who have nothing to do with each other.
        if theme in _IMPERSONATING and dice.random() < 0.5:
            word = names.brand(dice.below(_KNOWN_BRANDS))
            self._known_home = f"{word.lower()}.example"
        elif theme in _AFFILIATED and dice.random() < 0.4:
            # A programme pays many spammers, who advertise the same shop each in their own way.
            word = names.brand(1000 + _AFFILIATED.index(theme) * 100 + dice.below(_PROGRAMMES))
        return {
            "brand": word,
            "company": names.company(dice.getrandbits(48)),
            "person": dice.pick(people["ru"])
            if language == "ru"
            else f"{first} {last}"
            if dice.random() < 0.5
            else first,
            "ticker": dice.signs("L", 4),
            "title": dice.pick(lists["title"]),
            "bank": dice.pick(lists["bank"]),
            "place": dice.pick(lists["place"]),
            "kana": dice.pick(people["kana"]),
            "han": dice.pick(people["han"]) + dice.pick(people["han"]),
        }

    def _of_then(self, home: str) -> str:
        """Return the domain of a free provider, another one where it did not exist at the time."""
        return _BEFORE.get(home, home) if self._old else home

    def _borrowed(self, dice: Dice) -> str:
        """Return an address that is misused as sender."""
        local, home = borrowed_sender(dice)
        return f"{local}@{self._of_then(home)}"

    def _choose_senders(self, dice: Dice, kind: str, theme: str) -> tuple[tuple[str, str], ...]:
        """Choose how the From field is filled; return names and addresses, none where each message has its own."""
        brand = self._facts["brand"]
        self._replies = tuple(
            f"{_account(dice)}@{self._of_then(dice.pick(names.FREE))}" for _ in range(1 + dice.below(2))
        )
        if kind == "scam":
            provider = self._webmail.provider if self._webmail else ""
            home = PROVIDER_DOMAINS.get(provider, self._webmail.site if self._webmail else "")
            people = (
                self._facts["person"],
                f"{self._facts['title']} {self._facts['person']}",
                f"{dice.pick(_ASCII_FIRST)} {dice.pick(_ASCII_LAST)}",
            )
            return tuple((dice.pick(people), f"{_account(dice)}@{home}") for _ in range(1 + dice.below(4)))
        branded = theme in _IMPERSONATING or kind == "phish"
        draw = dice.random()
        senders: tuple[tuple[str, str], ...] = ()
        if branded and draw < 0.75:
            home = self._known_home or names.domain(mix(self._identity), home=True)
            office = dice.pick(_OFFICES)
            title = dice.pick((f"{brand}", f"{brand} {office.capitalize()}", f"{brand} Team"))
            senders = tuple(
                (title, f"{office}{number}@{home}")
                for number in dice.sample(("", "1", "24", "-no", "s"), 1 + dice.below(2))
            )
        elif draw < 0.35:
            senders = tuple(
                (f"{dice.pick(_ASCII_FIRST)} {dice.pick(_ASCII_LAST)}", self._borrowed(dice))
                for _ in range(3 + dice.below(30))
            )
        elif draw < 0.45:
            senders = (("", ""),)  # the recipient's own address
        self._title = dice.pick(("", "", brand, f"{brand} Store", self._facts["company"])) if kind == "bot" else brand
        return senders

    def _from(self, occasion: Occasion) -> tuple[str, str, str]:
        """Return the display name and the address of the sender, and the From field."""
        dice = occasion.dice
        if self._senders:
            found = dice.pick(self._senders)
            if found[1]:
                return found
            name, address = occasion.user.first, occasion.user.address
        else:
            address = self._borrowed(dice)
            name = self._title or f"{dice.pick(_ASCII_FIRST)} {dice.pick(_ASCII_LAST)}"
        return name, address, self._field(name, address)

    def _field(self, name: str, address: str) -> str:
        return f'"{name}" <{address}>' if name.isascii() else f"{code_header(name, self._coding)} <{address}>"

    def _make_values(
        self, used: frozenset[str], dice: Dice, link: Callable[[Occasion], str] | None, label: int
    ) -> tuple[tuple[str, Callable[[Occasion], str]], ...]:
        wallets = tuple(wallet(dice) for _ in range(1 + dice.below(3)))
        phones = tuple(dressed_phone(phone_number(label * 2 + turn), dice) for turn in range(1 + dice.below(2)))
        words = self._buster_words
        special: dict[str, Callable[[Occasion], str]] = {
            "wallet": lambda occasion: occasion.dice.pick(wallets),
            "phone": lambda occasion: occasion.dice.pick(phones),
            "reply": lambda occasion: occasion.dice.pick(self._replies),
            "buster": random_letters(words) if self._mad_letters else random_words(words, dice),
            "tail": dice.pick((random_letters(1), random_words(1, dice), random_words(2, dice), random_number)),
        }
        if link is not None:
            special["url"] = link
        return tuple((name, special.get(name) or VALUES[name]) for name in sorted(used) if name != "sender")

    def _send(self, occasion: Occasion, address: str) -> tuple[Skeleton, Sent]:
        """Return the frame of the message, and how it is handed over."""
        if self._host is not None:
            return self._skeletons[-1], self._host.send(occasion)
        if self._webmail is not None:
            return self._skeletons[-1], self._webmail.send(occasion, address)
        skeleton = self._skeletons[occasion.bot[3]]
        return skeleton, self._bots.send(occasion, skeleton.engine, address)

    def write(self, occasion: Occasion) -> Letter:
        """Return the message for an occasion."""
        dice = occasion.dice
        name, address, sender = self._from(occasion)
        values = {key: make(occasion) for key, make in self._values}
        values["sender"] = name or "Team"
        skeleton, sent = self._send(occasion, address)
        subject = code_header(dice.pick(self._subjects).make(dice, values), self._coding)
        plain, html = self._plain.make(dice, values), self._html.make(dice, values)
        header, body = skeleton.fill(
            occasion,
            sender,
            address,
            subject,
            zone=sent.zone,
            helo=sent.helo,
            client=sent.origin_ip,
            reply=f"<{values.get('reply') or dice.pick(self._replies)}>" if self._reply_field else "",
            sent_at=sent.time,
            plain=plain,
            html=html,
            file=self._file,
        )
        if self._host is not None:
            header = self._host.script + header
            envelope = f"www-data@{sent.peer.helo}"
        else:
            envelope = address if address != occasion.user.address else self._borrowed(dice)
        return Letter(
            sent.peer,
            envelope,
            sent.verdict,
            sent.spf,
            sent.secure,
            sent.above + header,
            body,
            sent.origin_ip,
            skeleton.engine.name,
            sent.forged,
        )


_ASCII_FIRST = tuple(name for name in names.FIRST if name.isascii())
_ASCII_LAST = tuple(name for name in names.LAST if name.isascii())


def _account(dice: Dice) -> str:
    return names.local_part(dice.pick(_ASCII_FIRST), dice.pick(_ASCII_LAST), dice.getrandbits(30) | 1 << 20)
