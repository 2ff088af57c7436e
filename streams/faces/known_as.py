"""Under which names somebody is known: a desk may give a document today and an id tomorrow."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from haechi.streams.decode.references import Subject


class KnownAs:
    """Names that mean one person, the newest persons first.

    Parameters
    ----------
    most
        Most persons; beyond it those who came first are forgotten.
    """

    def __init__(self, most: int) -> None:
        self._most: Final = most
        self._key_of: Final[dict[int, int]] = {}
        self._names: Final[OrderedDict[int, set[int]]] = OrderedDict()

    def key(self, name: int) -> int:
        """The one name under which a person is kept here."""
        return self._key_of.get(name, name)

    def names(self, subject: Subject) -> set[int]:
        """All names of a person."""
        given = {subject.ref, subject.alias} - {0}
        return given.union(*(self._names.get(self.key(name), set()) for name in given))

    def note(self, subject: Subject, key: int = 0) -> int:
        """Note that a subject's names mean one person; the name under which it is kept.

        Parameters
        ----------
        subject
            The names.
        key
            The name under which it is kept already; 0 for whichever is known.
        """
        key = key or self._key_of.get(subject.ref) or self.key(subject.alias or subject.ref)
        names = self.names(subject) | {key}
        self._names[key] = names
        self._names.move_to_end(key)
        for name in names:
            self._key_of[name] = key
        if len(self._names) > self._most:
            _, forgotten = self._names.popitem(last=False)
            for name in forgotten:
                self._key_of.pop(name, None)
        return key
