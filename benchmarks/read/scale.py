"""How many rows there are of each table, when they came, and what they say: by number alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta

DAYS = 90
"""Over so many days all rows are spread."""
TENANTS = 300
"""How many groups of references there are: what stands before the slash."""
LEAST = 300
"""The fewest rows of a table from 10,000 callbacks on, so that what is frequent, a fifth of them,
fills a page of each list at every size. Otherwise more would be shown of more."""
ONE = 3
"""The number of the row of each table that has what no other has. Among the oldest, for lists begin
with the newest: to find it, all others have to be passed."""

OFTEN_PREFIX, ONCE_PREFIX = "tenant-000/", f"tenant-{TENANTS - 1}/"
OFTEN_REFERENCE, ONCE_REFERENCE = f"{OFTEN_PREFIX}all", f"{ONCE_PREFIX}one"
OFTEN_WORD, ONCE_WORD = "garden", "heliotrope"
NOTHING = "is-nowhere"


@dataclass(frozen=True)
class Scale:
    """The size of a filling."""

    callbacks: int
    until: datetime
    """When the newest callback was received."""
    turns: int = 20
    """Of each conversation that has a transcript."""

    @property
    def videos(self) -> int:
        return max(self.callbacks // 10, ONE + 1)

    @property
    def conversations(self) -> int:
        return max(self.callbacks // 10, ONE + 1)

    @property
    def replicas(self) -> int:
        return self.share(100)

    @property
    def documents(self) -> int:
        return self.share(100)

    @property
    def live(self) -> int:
        """The newest conversations, which have not ended."""
        return max(self.conversations // 100, min(100, self.conversations // 2))

    def share(self, callbacks: int) -> int:
        """How many rows a table has of which there is one for so many callbacks."""
        return max(self.callbacks // callbacks, min(LEAST, self.callbacks // 10), ONE + 1)

    def moment(self, number: int, of: int) -> datetime:
        """When the row of this number came, of so many."""
        return self.until - timedelta(days=DAYS) * ((of - 1 - number) / of)

    def ago(self, **units: float) -> datetime:
        """So long before the newest callback."""
        return self.until - timedelta(**units)


def reference(number: int) -> str:
    """Every fifth row has the same, one has its own tenant, and the others share the rest."""
    if number == ONE:
        return ONCE_REFERENCE
    if number % 5 == 0:
        return OFTEN_REFERENCE
    return f"tenant-{1 + number * 7919 % (TENANTS - 2):03}/{number}"


def video_id(number: int) -> str:
    return f"v{number:011x}"


def conversation_id(number: int) -> str:
    return f"c{number:015x}"


def document_id(number: int) -> str:
    return f"d{number:011x}"


def replica_id(number: int) -> str:
    return f"r{number:09x}"


def replica_of(number: int, scale: Scale) -> str:
    """The replica of a video or conversation: that of every fifth is the same, others have ten."""
    return replica_id(0 if number % 5 == 0 else number // 10 % scale.replicas)


def words(number: int, count: int) -> str:
    """A text of so many words. One text in five has the word that is frequent."""
    found = [_WORDS[(number * 31 + place * place * 7) % len(_WORDS)] for place in range(count)]
    if number % 5 == 0:
        found[count // 2] = OFTEN_WORD
    if number == ONE:
        found[0] = ONCE_WORD
    return " ".join(found)


_TEXT = (
    "and then what we could plant here next to the old wall where it is dry most of the year with "
    "little water some shade nobody knows why they grow so well yes please tell me more about that"
)
_WORDS = _TEXT.split()
