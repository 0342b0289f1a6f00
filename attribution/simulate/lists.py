"""Discussion lists as Mailman runs them: threads, quotes, footers; each post goes to several local users."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from attribution.simulate import names
from attribution.simulate.clocks import clock_error, wait, zone_at
from attribution.simulate.dice import Dice, mix
from attribution.simulate.engines import programs_of
from attribution.simulate.fixed import Phrases, paragraph
from attribution.simulate.mime import CHARSETS
from attribution.simulate.model import Letter, Peer
from attribution.simulate.networks import HOSTS, OFFICES, address_text
from attribution.simulate.notes import display_name, plain_coding, plain_skeleton
from attribution.simulate.offices import office_of
from attribution.simulate.servers import Way, choose
from attribution.simulate.signing import Signer
from attribution.simulate.texts import texts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from attribution.simulate.engines import Engine
    from attribution.simulate.model import Occasion
    from attribution.simulate.offices import Office

__all__ = ["DiscussionList"]

_TYPED = ("gmail", "roundcube")
_SIGNING = 0.4
"""Share of the lists of 2013 that sign, of those whose servers can."""
_KEPT = 16
"""Posts, and topics, that a list remembers."""
_LATER = ("eight", "amd64")
"""Words of lines about hardware that nobody had in 2002."""
_LONGEST = 12
"""Posts that a References field names at most."""


class _Subscriber(NamedTuple):
    first: str
    last: str
    salt: int
    engine: Engine


class _Post(NamedTuple):
    """A post, the same for all its copies: its author, its text, its Received lines, its author's server."""

    author: _Subscriber
    lines: list[str]
    above: str
    origin: str


def _domain(author: _Subscriber) -> str:
    return names.domain(author.salt % _DOMAINS, home=True)


def _address(author: _Subscriber) -> str:
    return f"{names.local_part(author.first, author.last, author.salt >> 9)}@{_domain(author)}"


@lru_cache(maxsize=1024)
def _office(seed: int, number: int, era: str) -> Office:
    """Return the mail servers of the domain of subscribers."""
    network = OFFICES[number % len(OFFICES)]
    ip = address_text(network.base + (number << 8) + 6)
    dice = Dice(f"{seed}:subscribers:{number}")
    # What reaches a list has gone through no filter that anybody pays for.
    return office_of(dice, names.domain(number, home=True), network.zone, ip, era)._replace(filter=None, signer=None)


_DOMAINS = 500
"""Of the subscribers of all lists."""


@cache
def _words(era: str) -> tuple[list[str], list[str]]:
    """Return the lines and the subjects of posts of a time."""
    lines, subjects = (
        [line for line in texts("people")["list"][kind] if era == "2013" or not any(word in line for word in _LATER)]
        for kind in ("lines", "subjects")
    )
    return lines, subjects


class DiscussionList:
    """The posts of one list.

    Args:
        label: Its number.
        seed: Of the world.
        copies: To how many local users each post goes.
        era: As `World.era`.
        times: When its messages arrive, in order.
    """

    def __init__(self, label: int, seed: int, copies: int, era: str, times: NDArray[np.int64]) -> None:
        programs = programs_of(era)
        engines = (*programs.clients, *(programs.webmail[name] for name in _TYPED if name in programs.webmail))
        self._version = "2.1.15" if era == "2013" else "2.0.8"
        dice = Dice(f"{seed}:list:{label}")
        self._label, self._seed, self._copies = label, seed, max(copies, 1)
        self._home = names.domain(mix(seed * 32452843 + label), home=True)
        self._name = f"{dice.pick(names.WORDS)}-{dice.pick(('users', 'dev', 'announce', 'talk', 'help'))}"
        network = dice.pick(HOSTS)
        self._host = f"lists.{self._home}"
        self._peer = Peer(self._host, self._host, address_text(network.base + (dice.below(1024) << 8) + 30))
        self._place = network.zone
        self._software = choose(era, "list", dice)
        signs = self._software.signer and dice.random() < _SIGNING
        self._signer = Signer(self._software.signer, self._home, dice) if signs else None
        self._bounces = f"{self._name}-{'admin' if era == '2002' else 'bounces'}@{self._home}"
        self._era, self._times = era, times
        self._ids: dict[int, str] = {}
        self._ways: dict[int, tuple[int, int]] = {}
        self._subscribers = [
            _Subscriber(dice.pick(names.FIRST), dice.pick(names.LAST), dice.getrandbits(60), dice.pick(engines))
            for _ in range(6 + dice.below(40))
        ]
        self._lines, self._subjects = _words(era)
        self._say = Phrases(texts("people")["lists"]).make
        self._posts: dict[int, _Post] = {}
        self._topics: dict[int, str] = {}

    def _parent(self, post: int) -> int:
        """Return the post that another one answers, -1 where it begins a thread."""
        x = mix(self._label * 1_000_003 + post)
        return post - 1 - x % 3 if post > 2 and (x >> 8) % 100 < 65 else -1

    def _author(self, post: int) -> tuple[_Subscriber, Dice]:
        """Return who wrote a post, and the dice for all that is the same in its copies."""
        dice = Dice(f"{self._seed}:post:{self._label}:{post}")
        return dice.pick(self._subscribers), dice

    def _post(self, post: int) -> _Post:
        """Return a post; copies and answers come soon after it, and it is made once for them."""
        found = self._posts.get(post)
        if found is None:
            author, dice = self._author(post)
            count = 1 + dice.below(4)
            lines = [paragraph(self._say(dice.pick(self._lines), dice, {})) for _ in range(count)]
            found = _Post(author, lines, *self._way(author, post))
            if len(self._posts) == _KEPT:
                self._posts.clear()
            self._posts[post] = found
        return found

    def _topic(self, root: int) -> str:
        """Return what a thread is about."""
        found = self._topics.get(root)
        if found is None:
            dice = Dice(f"{self._seed}:thread:{self._label}:{root}")
            found = paragraph(self._say(dice.pick(self._subjects), dice, {}, self._sent(root)[1]))
            if len(self._topics) == _KEPT:
                self._topics.clear()
            self._topics[root] = found
        return found

    def _sent(self, post: int) -> tuple[int, int]:
        """Return when a post left its author, by a right clock, and when it reached the list."""
        found = self._ways.get(post)
        if found is None:
            x = mix(self._label * 7_368_787 + post + self._seed)
            late, held, way = (x >> shift & 0xFFFFF for shift in (0, 20, 40))
            # The list may have held it back.
            arrives = int(self._times[min(post * self._copies, len(self._times) - 1)]) - 9 - wait(held / 0x100000)
            found = arrives - 3 - int((late / 0x100000) ** 4 * 400) - wait(way / 0x100000), arrives
            self._ways[post] = found
        return found

    def _id(self, post: int) -> str:
        """Return the Message-ID of a post, as the program of its author makes it."""
        found = self._ids.get(post)
        if found is None:
            author, _ = self._author(post)
            written = self._sent(post)[0] + clock_error(author.salt)
            dice = Dice(f"{self._seed}:id:{self._label}:{post}")
            found = author.engine.message_id.make(dice, written, _domain(author), names.machine(author.salt))
            self._ids[post] = found
        return found

    def write(self, occasion: Occasion) -> Letter:
        """Return one copy of a post."""
        post = occasion.seq // self._copies
        chain = [post]
        while (parent := self._parent(chain[-1])) >= 0 and len(chain) < _LONGEST:
            chain.append(parent)
        answer = len(chain) > 1
        topic = self._topic(chain[-1])
        author, lines, above, origin = self._post(post)
        text = "\n\n".join(lines) + "\n"
        if answer:
            other, quoted, *_ = self._post(chain[1])
            text = f"{other.first} {other.last} wrote:\n" + "".join(f"> {line}\n" for line in quoted) + f"\n{text}"
        address_of_list = f"{self._name}@{self._home}"
        text += (
            f"\n{author.first}\n{'_' * 47}\n{self._name} mailing list\n{address_of_list}\n"
            f"http://{self._host}/mailman/listinfo/{self._name}\n"
        )
        address = _address(author)
        name = f"{author.first} {author.last}"
        coding = plain_coding(text, name + topic, CHARSETS["de"][author.salt % 5], author.engine, self._era)
        network = OFFICES[author.salt % _DOMAINS % len(OFFICES)]
        left, _ = self._sent(post)
        written = left + clock_error(author.salt)
        header, body = plain_skeleton(author.engine, coding, answer=answer).fill(
            occasion,
            f"{display_name(name, coding)} <{address}>",
            address,
            f"[{self._name}] {'Re: ' if answer else ''}{topic}",
            zone=zone_at(network.zone, written).minutes,
            helo=names.machine(author.salt),
            sent_at=written,
            at_once=True,
            message_id=self._id(post),
            answers=self._id(chain[1]) if answer else "",
            references="\n ".join(f"<{self._id(number)}>" for number in reversed(chain[1:])),
            plain=text,
            to=address_of_list,
        )
        signer = self._signer
        header = above + header + self._fields(self._bounces)
        verdict = signer.verdict if signer else ""
        return Letter(
            self._peer, self._bounces, verdict, "none", False, header, body, origin, author.engine.name, False
        )

    def _way(self, author: _Subscriber, post: int) -> tuple[str, str]:
        """Return the lines of a post, the same in all its copies, and the address of its author's server."""
        dice = Dice(f"{self._seed}:way:{self._label}:{post}")
        left, arrived = self._sent(post)
        office = _office(self._seed, author.salt % _DOMAINS, self._era)
        address, to = _address(author), f"{self._name}@{self._home}"
        server = office.hosts["server"]
        facts = {"from": address, "list": to, "bounces": self._bounces, "home": self._home}
        ways = Way({"server": self._peer, "author": server}, facts, self._place, "")
        # It goes out some seconds after it came.
        above, _ = self._software.write(ways, arrived + 6, dice)
        if self._signer is not None:
            above = self._signer.sign(dice, arrived + 6) + above
        inner = office.inner_address(author.salt >> 12)
        machine = names.machine(author.salt)
        client = Peer(f"[{inner}]" if author.engine.helo == "inner" else machine, "", inner)
        lines, _ = office.send(client, address, to, left + 2, dice, own=False)
        return above + lines, server.ip

    def _fields(self, bounces: str) -> str:
        """Return the fields that Mailman adds, as the version of the time does.

        Args:
            bounces: Where bounces go.
        """
        name, home, site = self._name, self._home, f"http://{self._host}"
        asking = f"{name}-request@{home}"
        page, post = f"{site}/mailman/listinfo/{name}", f"<mailto:{name}@{home}>"
        subject = f"<mailto:{asking}?subject="
        own = f"List-Id: {name.replace('-', ' ').title()} list <{name}.{home}>\n"
        people = f"Sender: {bounces}\nErrors-To: {bounces}\n"
        who = f"X-BeenThere: {name}@{home}\nX-Mailman-Version: {self._version}\n"
        join = f"List-Subscribe: <{page}>,\n\t{subject}subscribe>\n"
        helps = f"List-Help: {subject}help>\nList-Post: {post}\n"
        archive = f"List-Archive: <{site}/pipermail/{name}/>\n"
        if self._era == "2002":
            leave = f"List-Unsubscribe: <{page}>,\n\t{subject}unsubscribe>\n"
            return f"{people}{who}Precedence: bulk\n{helps}{join}{own}{leave}{archive}"
        leave = f"List-Unsubscribe: <{site}/mailman/options/{name}>,\n\t{subject}unsubscribe>\n"
        return f"{who}Precedence: list\n{own}{leave}{archive}{helps}{join}{people}"
