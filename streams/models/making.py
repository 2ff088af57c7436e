"""Making artefacts out of a log, beside the engine that writes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from haechi.engine.build import BUILD_HEX
from haechi.engine.codes import EventKind
from haechi.engine.errors import ConfigError
from haechi.engine.ftrl import new_weights
from haechi.engine.kernel import Array
from haechi.operators.artefact import (
    ModelHeader,
    fresh_platt,
    pack_model,
    settings_digest,
    unpack_header,
)
from haechi.operators.shard import Shard
from haechi.operators.state import Count
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.log.reader import LogReader
from haechi.streams.models.card import card_of
from haechi.streams.models.figures import figures, groups
from haechi.streams.models.labels import Label, Labels
from haechi.streams.models.refit import Learner, decided
from haechi.streams.replay import Replayer, Row
from haechi.streams.start import read_start, settings_of

KINDS: Final = ("parcel", "traveler")
_LEARNERS: Final = (0, 1)
_LEARNED: Final = (Count.LEARNED, Count.SHADOW_LEARNED)
_NO_STATE: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class Names:
    """Names of groups for cards.

    Parameters
    ----------
    lane
        Name of a lane by its number.
    site
        Name of a site by its token.
    """

    lane: Callable[[int], str]
    site: Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Made:
    """An artefact that was made.

    Parameters
    ----------
    name
        SHA-256 of its bytes, hex.
    content
        Its bytes.
    card
        Its card.
    """

    name: str
    content: bytes
    card: dict[str, Any]


class Maker:
    """Makes artefacts from what a log holds up to an offset.

    Parameters
    ----------
    reader
        The log, with keys.
    artefacts
        What the log names; made artefacts are kept there.
    names
        Names of groups.
    """

    def __init__(self, reader: LogReader, artefacts: Artefacts, names: Names) -> None:
        self._reader = reader
        self._artefacts = artefacts
        self._names = names
        self.skipped = 0
        self.other_builds: tuple[str, ...] = ()

    def none(self, kind: str) -> Made:
        """The untrained model, with the settings of the log's last start."""
        start = None
        for event in self._reader.events_of(EventKind.ENGINE_STARTED):
            start = event
        if start is None:
            raise ConfigError("the log has no start of an engine yet; start one with: haechi up")
        started = read_start(self._reader.payload(start))
        number = KINDS.index(kind)
        model = settings_of(started, self._artefacts).model[number]
        header = ModelHeader(
            kind, settings_digest(model), "none", started.shard, -1, 0, _NO_STATE, BUILD_HEX
        )
        return self._made(header, new_weights(), fresh_platt(), model, [], {}, [])

    def checkpoint(
        self, kind: str, up_to: int | None, progress: Callable[[int, int], None] | None = None
    ) -> Made:
        """What the learner had learned when the log ended at an offset (its end by default)."""
        number = KINDS.index(kind)
        shard, header, labels = self._replayed(kind, "checkpoint", up_to, progress)
        header = replace(header, labels=shard.count(_LEARNED[number]))
        said = np.zeros(0)
        if labels:
            rows = decided(labels)
            said = np.array(rows["log_odds" if number == 0 else "shadow_log_odds"])
        # Each label was scored before it was learned; the rate beside it is all labels'.
        rate = (sum(label.found for label in labels) + 0.5) / (len(labels) + 1.0)
        state = shard.state
        return self._made(
            header,
            state.weights[_LEARNERS[number]],
            state.platt[number],
            state.model[number],
            labels,
            {"how": "as scored, before each label was learned", **figures(labels, said, rate)},
            groups(labels, said, self._names.lane, self._names.site),
        )

    def refit(
        self,
        kind: str,
        up_to: int | None,
        passes: int,
        progress: Callable[[int, int], None] | None = None,
    ) -> Made:
        """A model that was learned anew, in some passes, from the labels up to an offset."""
        number = KINDS.index(kind)
        shard, header, labels = self._replayed(kind, "refit", up_to, progress)
        if not labels:
            raise ConfigError(
                f"the log holds no label of a {kind} up to offset {header.learned_to}; refit when "
                "inspections were reported; the untrained model is named none"
            )
        state = shard.state
        done = Learner(number, state.model, state.prior).refit(labels, passes)
        held = labels[len(labels) - done.held_out :]
        return self._made(
            replace(header, labels=len(labels)),
            done.weights,
            done.platt,
            state.model[number],
            labels,
            {
                "how": f"the last {len(held)} labels, held out first and learned afterwards",
                "passes": passes,
                **figures(held, done.said, done.base_rate),
            },
            groups(held, done.said, self._names.lane, self._names.site),
        )

    def _replayed(
        self,
        kind: str,
        made_by: str,
        up_to: int | None,
        progress: Callable[[int, int], None] | None,
    ) -> tuple[Shard, ModelHeader, list[Label]]:
        """Replay the log with the core and collect its labels."""
        head = self._reader.head()
        last = head.offset if head is not None else -1
        if up_to is not None and not 0 <= up_to <= last:
            raise ConfigError(f"--up-to is {up_to}; the log's offsets are 0 to {last}")
        last = last if up_to is None else up_to
        outcomes: list[tuple[int, bytes]] = []

        def note(rows: list[Row]) -> None:
            outcomes.extend(
                (row[0], row[5]) for row in rows if row[1] == EventKind.INSPECTION_OUTCOME
            )

        shard = Shard()
        replayer = Replayer(self._reader, self._artefacts, shard, on_page=note)
        replayed = replayer.run(last + 1, progress)
        if replayed.started is None:
            raise ConfigError("the log has no start of an engine yet; start one with: haechi up")
        self.other_builds = tuple(replayed.other_builds)
        state = shard.state
        labels = Labels(state.model, state.base, self._reader.decision_at)
        for offset, records in outcomes:
            labels.take(offset, records)
        self.skipped = labels.skipped
        number = KINDS.index(kind)
        header = ModelHeader(
            kind,
            settings_digest(state.model[number]),
            made_by,
            replayed.started.shard,
            last,
            0,
            shard.digest(),
            BUILD_HEX,
        )
        return shard, header, labels.of(number)

    def _made(
        self,
        header: ModelHeader,
        weights: Array,
        platt: Array,
        model: Array,
        labels: list[Label],
        said: dict[str, Any],
        by_group: list[dict[str, Any]],
    ) -> Made:
        content = pack_model(header, weights, platt)
        name = self._artefacts.keep(content)
        card = card_of(name, unpack_header(content), model, labels, said, by_group)
        return Made(name, content, card)
