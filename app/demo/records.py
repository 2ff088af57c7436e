"""Decisions as the log has them, rendered for people."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from haechi.app import credentials
from haechi.app.folder import DataFolder
from haechi.app.lookup import names
from haechi.app.shown import enum_word

if TYPE_CHECKING:
    from haechi.rpc.v1.decision_pb2 import Decision


class Records:
    """Reads decisions from the log of an installation.

    Parameters
    ----------
    folder
        Its data directory.
    configs
        Folder of its configuration; the packaged one if None.
    """

    def __init__(self, folder: DataFolder, configs: Path | None = None) -> None:
        from haechi.streams.log.reader import LogReader
        from haechi.streams.tokens import Tokens

        self.folder: Final = folder
        self.reader: Final = LogReader(folder.log)
        self._names = names(folder, configs)
        self._tokens = Tokens(credentials.token_key(folder, make=False))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.reader.close()

    def decision(self, decision_id: str) -> Decision | None:
        """The decision of that id, whole; None if the log does not have it."""
        from haechi.rpc.render import render_decision

        body = self.reader.decision(bytes.fromhex(decision_id))
        return render_decision(body, self._names) if body is not None else None

    def logged_id(self, event_id: str) -> bytes:
        """Id under which the log holds an event, 16 bytes."""
        return self._tokens.id128("event", event_id)


def verdict_of(decision: Decision) -> str:
    """Verdict, directive and coarse reason in a few words."""
    from haechi.rpc.v1 import vocabulary_pb2 as words

    said = enum_word(words.Verdict, decision.verdict)
    directive = enum_word(words.Directive, decision.directive)
    because = enum_word(words.CodeClass, decision.code_class)
    return f"{said}{f' / {directive}' if directive else ''} ({because})"


def numbers_of(decision: Decision) -> str:
    """Score and thresholds of a decision, as probabilities."""
    score = decision.score
    return (
        f"risk {score.probability:.1%} (log-odds {score.log_odds:+.3f}; REFER from "
        f"{score.refer_at_log_odds:+.3f}, HOLD from {score.hold_at_log_odds:+.3f})"
    )


def reasons_of(decision: Decision) -> list[str]:
    """The base and the reasons, with what each added to the log-odds."""
    shown = [f"{r.contribution:+.3f}  {r.text}" for r in decision.reasons]
    return [f"{decision.score.base_log_odds:+.3f}  base", *shown]
