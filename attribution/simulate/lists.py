"""Discussion lists as Mailman runs them: threads, quotes, footers; each post goes to several local users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from attribution.simulate import names
from attribution.simulate.dice import Dice, mix
from attribution.simulate.engines import programs_of
from attribution.simulate.fixed import Phrases, paragraph
from attribution.simulate.mime import CHARSETS, coding_for
from attribution.simulate.model import Letter, Peer
from attribution.simulate.networks import HOSTS, OFFICES, address_text
from attribution.simulate.notes import display_name, plain_skeleton
from attribution.simulate.relays import postfix
from attribution.simulate.texts import texts

if TYPE_CHECKING:
    from attribution.simulate.engines import Engine
    from attribution.simulate.model import Occasion

__all__ = ["DiscussionList"]

_TYPED = ("gmail", "roundcube")
_KEPT = 16
"""Posts, and topics, that a list remembers."""
_LONGEST = 12
"""Posts that a References field names at most."""


class _Subscriber(NamedTuple):
    first: str
    last: str
    salt: int
    engine: Engine


class _Post(NamedTuple):
    """A post, the same for all its copies: its author, its text, and bits of its two queue ids."""

    author: _Subscriber
    lines: list[str]
    ids: tuple[int, int]


class DiscussionList:
    """The posts of one list.

    Args:
        label: Its number.
        seed: Of the world.
        copies: To how many local users each post goes.
        era: As `World.era`.
    """

    def __init__(self, label: int, seed: int, copies: int, era: str) -> None:
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
        self._zone = network.zone
        self._subscribers = [
            _Subscriber(dice.pick(names.FIRST), dice.pick(names.LAST), dice.getrandbits(60), dice.pick(engines))
            for _ in range(6 + dice.below(40))
        ]
        self._texts: dict[str, Any] = texts("people")["list"]
        self._say = Phrases(texts("people")["lists"]).make
        self._posts: dict[int, _Post] = {}
        self._topics: dict[tuple[int, int], str] = {}

    def _parent(self, post: int) -> int:
        """Return the post that another one answers, -1 where it begins a thread."""
        x = mix(self._label * 1_000_003 + post)
        return post - 1 - x % 3 if post > 2 and (x >> 8) % 100 < 65 else -1

    def _id(self, post: int) -> str:
        x = mix(self._label * 7_368_787 + post + self._seed)
        return f"{x:016x}.{post:05}@{names.domain(x % 500, home=True)}"

    def _post(self, post: int) -> _Post:
        """Return a post; copies and answers come soon after it, and it is made once for them."""
        found = self._posts.get(post)
        if found is None:
            dice = Dice(f"{self._seed}:post:{self._label}:{post}")
            author = dice.pick(self._subscribers)
            count = 1 + dice.below(4)
            lines = [paragraph(self._say(dice.pick(self._texts["lines"]), dice, {})) for _ in range(count)]
            found = _Post(author, lines, (dice.getrandbits(40), dice.getrandbits(40)))
            if len(self._posts) == _KEPT:
                self._posts.clear()
            self._posts[post] = found
        return found

    def _topic(self, root: int, day: int) -> str:
        """Return what a thread is about, as it is written on a day."""
        found = self._topics.get((root, day))
        if found is None:
            dice = Dice(f"{self._seed}:thread:{self._label}:{root}")
            found = paragraph(self._say(dice.pick(self._texts["subjects"]), dice, {}, day * 86400))
            if len(self._topics) == _KEPT:
                self._topics.clear()
            self._topics[root, day] = found
        return found

    def write(self, occasion: Occasion) -> Letter:
        """Return one copy of a post."""
        post = occasion.seq // self._copies
        chain = [post]
        while (parent := self._parent(chain[-1])) >= 0 and len(chain) < _LONGEST:
            chain.append(parent)
        answer = len(chain) > 1
        topic = self._topic(chain[-1], occasion.time // 86400)
        author, lines, ids = self._post(post)
        text = "\n\n".join(lines) + "\n"
        if answer:
            other, quoted, _ = self._post(chain[1])
            text = f"{other.first} {other.last} wrote:\n" + "".join(f"> {line}\n" for line in quoted) + f"\n{text}"
        address_of_list = f"{self._name}@{self._home}"
        text += (
            f"\n{author.first}\n{'_' * 47}\n{self._name} mailing list\n{address_of_list}\n"
            f"http://{self._host}/mailman/listinfo/{self._name}\n"
        )
        own = names.domain(author.salt % 500, home=True)
        address = f"{names.local_part(author.first, author.last, author.salt >> 9)}@{own}"
        name = f"{author.first} {author.last}"
        coding = coding_for(text + name, CHARSETS["de"][author.salt % 5])
        header, body = plain_skeleton(author.engine, coding, answer=answer).fill(
            occasion,
            f"{display_name(name, coding)} <{address}>",
            address,
            f"[{self._name}] {'Re: ' if answer else ''}{topic}",
            zone=60,
            helo=names.machine(author.salt),
            sent_at=occasion.time - 12,
            message_id=self._id(post),
            answers=self._id(chain[1]) if answer else "",
            references="\n ".join(f"<{self._id(number)}>" for number in reversed(chain[1:])),
            plain=text,
            to=address_of_list,
        )
        client = address_text(OFFICES[author.salt % len(OFFICES)].base + (author.salt >> 8) % 200000 + 7)
        time, host, zone = occasion.time, self._host, self._zone
        above = postfix(f"{host} (localhost [127.0.0.1])", host, time - 3, zone, occasion.dice, bits=ids[0])
        above += postfix(
            f"mail.{own} (mail.{own} [{client}])",
            host,
            time - 9,
            zone,
            occasion.dice,
            recipient=address_of_list,
            bits=ids[1],
        )
        fields = (
            f"Precedence: list\nList-Id: {self._name.replace('-', ' ').title()} list <{self._name}.{self._home}>\n"
            f"List-Post: <mailto:{address_of_list}>\n"
            f"List-Unsubscribe: <http://{self._host}/mailman/options/{self._name}>\n"
            f"Errors-To: {self._name}-bounces@{self._home}\nSender: {self._name}-bounces@{self._home}\n"
            f"X-BeenThere: {address_of_list}\nX-Mailman-Version: {self._version}\n"
        )
        envelope = f"{self._name}-bounces@{self._home}"
        return Letter(
            self._peer, envelope, "", "none", False, above + header + fields, body, client, author.engine.name, False
        )
