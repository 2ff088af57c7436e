"""How faces are captured, compared and kept: faces.toml as frozen dataclasses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, cast

from haechi.configs.port import config_text
from haechi.configs.tables import Table
from haechi.engine.errors import ConfigError

_FILE: Final = "faces.toml"
_MINUTE_US: Final = 60_000_000


@dataclass(frozen=True, slots=True)
class FaceModel:
    """The ``[model]`` table; empty ``weights`` means those that were installed."""

    name: str
    dimension: int
    weights: str


@dataclass(frozen=True, slots=True)
class Capture:
    """The ``[camera]`` table; sizes in pixels, times in seconds, the rest from 0 to 1."""

    detect_px: int
    min_face_px: int
    max_megapixels: float
    min_quality: float
    min_liveness: float
    min_score: float
    track_gap_s: float
    stopped_s: float


@dataclass(frozen=True, slots=True)
class Keeping:
    """The ``[gallery]`` table; times in microseconds."""

    enrol: Literal["at_risk", "all"]
    photos: int
    wait_us: int
    keep_us: int
    most: int


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The ``[threshold]`` table of one site; cosine similarities."""

    same: float
    review: float
    impostor_mean: float
    impostor_sd: float
    false_matches_per_flight: float
    travelers_per_flight: int
    version: int


@dataclass(frozen=True, slots=True)
class Watchlist:
    """The ``[watchlist]`` table; cosine similarities."""

    same: float
    review: float
    most: int


@dataclass(frozen=True, slots=True)
class Walk:
    """The ``[walk]`` table; the median in microseconds, the penalty a cosine similarity."""

    median_us: int
    spread: float
    penalty: float


@dataclass(frozen=True, slots=True)
class Faces:
    """All of faces.toml."""

    model: FaceModel
    capture: Capture
    keeping: Keeping
    watchlist: Watchlist
    walk: Walk
    _general: Thresholds
    _sites: Mapping[str, Thresholds]

    @classmethod
    def load(cls, folder: Path | None = None) -> Faces:
        """Read faces.toml.

        Parameters
        ----------
        folder
            Where it stands; the packaged one if not given, or if the folder has none.

        Raises
        ------
        ConfigError
            If it cannot be read or used; the message names the key's path.
        """
        if folder is not None and not (folder / _FILE).exists():
            folder = None
        return cls.parse(config_text(_FILE, folder))

    @classmethod
    def parse(cls, text: str) -> Faces:
        """Read the file's text; raises ConfigError as :meth:`load` does."""
        root = Table.parse(text, _FILE)
        threshold = root.table("threshold")
        general = _thresholds(threshold, None)
        sites = {}
        if threshold.has("site"):
            sites = {name: _thresholds(table, general) for name, table in threshold.named("site")}
        threshold.finish()
        faces = cls(
            _model(root.table("model")),
            _capture(root.table("camera")),
            _keeping(root.table("gallery")),
            _watchlist(root.table("watchlist")),
            _walk(root.table("walk")),
            general,
            sites,
        )
        root.finish()
        return faces

    def thresholds(self, site: str) -> Thresholds:
        """Thresholds of a site; the general ones where it has none of its own."""
        return self._sites.get(site, self._general)


def _model(table: Table) -> FaceModel:
    model = FaceModel(
        table.text("name"),
        table.whole("dimension", 16, 4096),
        table.text("weights") if table.has("weights") else "",
    )
    table.finish()
    return model


def _capture(table: Table) -> Capture:
    capture = Capture(
        detect_px=table.whole("detect_px", 160, 4096),
        min_face_px=table.whole("min_face_px", 16, 1024),
        max_megapixels=_within(table, "max_megapixels", 0.1, 1000.0),
        min_quality=_share(table, "min_quality"),
        min_liveness=_share(table, "min_liveness"),
        min_score=_share(table, "min_score"),
        track_gap_s=_within(table, "track_gap_s", 0.01, 60.0),
        stopped_s=_within(table, "stopped_s", 0.1, 3600.0),
    )
    table.finish()
    return capture


def _keeping(table: Table) -> Keeping:
    enrol = table.text("enrol")
    if enrol not in ("at_risk", "all"):
        raise table.wrong("enrol", 'it must be "at_risk" or "all"')
    keeping = Keeping(
        enrol=cast(Literal["at_risk", "all"], enrol),
        photos=table.whole("photos", 1, 64),
        wait_us=table.whole("wait_min", 1, 1440) * _MINUTE_US,
        keep_us=table.whole("keep_min", 1, 4320) * _MINUTE_US,
        most=table.whole("most", 1, 10_000_000),
    )
    table.finish()
    return keeping


def _thresholds(table: Table, general: Thresholds | None) -> Thresholds:
    """Read thresholds; what a site does not say is as everywhere."""

    def number(key: str, low: float, high: float) -> float:
        if general is not None and not table.has(key):
            return float(getattr(general, key))
        return _within(table, key, low, high)

    def whole(key: str, most: int) -> int:
        if general is not None and not table.has(key):
            return int(getattr(general, key))
        return table.whole(key, 1, most)

    thresholds = Thresholds(
        same=number("same", -1.0, 1.0),
        review=number("review", -1.0, 1.0),
        impostor_mean=number("impostor_mean", -1.0, 1.0),
        impostor_sd=number("impostor_sd", 0.001, 1.0),
        false_matches_per_flight=number("false_matches_per_flight", 1e-6, 1000.0),
        travelers_per_flight=whole("travelers_per_flight", 100_000),
        version=whole("version", (1 << 31) - 1),
    )
    if thresholds.review > thresholds.same:
        raise table.wrong("review", f"it must not be above same, {thresholds.same:g}")
    if general is not None:
        table.finish()
    return thresholds


def _watchlist(table: Table) -> Watchlist:
    watchlist = Watchlist(
        same=_within(table, "same", -1.0, 1.0),
        review=_within(table, "review", -1.0, 1.0),
        most=table.whole("most", 1, 10_000_000),
    )
    if watchlist.review > watchlist.same:
        raise table.wrong("review", f"it must not be above same, {watchlist.same:g}")
    table.finish()
    return watchlist


def _walk(table: Table) -> Walk:
    walk = Walk(
        median_us=int(_within(table, "median_min", 0.1, 1440.0) * _MINUTE_US),
        spread=_within(table, "spread", 0.05, 5.0),
        penalty=_within(table, "penalty", 0.0, 1.0),
    )
    table.finish()
    return walk


def _share(table: Table, key: str) -> float:
    return _within(table, key, 0.0, 1.0)


def _within(table: Table, key: str, low: float, high: float) -> float:
    value = table.number(key)
    if not low <= value <= high:
        raise ConfigError(f"{table.at(key)} is {value:g}; it must be from {low:g} to {high:g}")
    return value
