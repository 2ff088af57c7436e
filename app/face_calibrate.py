"""`haechi face-calibrate`: what a site's own labelled photos say about its thresholds."""

from __future__ import annotations

import argparse
import dataclasses
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from haechi.app.arguments import Commands, command, configs_option, json_option
from haechi.app.exits import OK
from haechi.app.face_models import models_folder, models_option
from haechi.app.face_photos import read_photos
from haechi.app.face_plot import check_plot, draw
from haechi.app.terminal import Phases, columns, emit_json, say
from haechi.engine.errors import BadInput

if TYPE_CHECKING:
    from haechi.configs.faces import Faces, Thresholds
    from haechi.streams.faces.calibrate import Calibration
    from haechi.streams.faces.labelled import Captured
    from haechi.streams.faces.rates import Rate

_SHOWN: Final = 10
_CAVEAT: Final = (
    "[..] are intervals of 95%, their base beside them. FMR and FNMR are of photos that gave a "
    "template; who gave none is in the capture rate. They hold for people, cameras and light like "
    "these."
)


class Eye(Protocol):
    """Takes the face of a photo."""

    def __call__(self, path: Path, /) -> Captured:
        """Template of the photo's face, or the fault; never raises for what a photo is."""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands, "face-calibrate", run, "measure thresholds of faces on a site's labelled photos",
        "haechi face-calibrate photos/\n"
        "haechi face-calibrate photos/ --site ICN-T1 --plot faces.png\n"
        "haechi face-calibrate pairs.csv --json",
        details="A folder has a folder of photos for each person, or photos named "
        "PERSON_anything.jpg: the person stands before the last underscore, or, where there is "
        "none, before the digits at the end. A CSV has the columns a, b (photos, from its own "
        "folder) and same (1 or 0); only its pairs are compared, so that it tells nothing of "
        "galleries. Nothing of a photo is kept.",
    )  # fmt: skip
    parser.add_argument("photos", type=Path, metavar="FOLDER|PAIRS.csv", help="labelled photos")
    parser.add_argument(
        "--site", default="", help="whose thresholds are compared (default: the general ones)"
    )
    parser.add_argument(
        "--fpir", type=_share, default=0.01, metavar="SHARE",
        help="share of strangers whom a gallery may name (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--gallery", type=_gallery, metavar="N",
        help="persons enrolled, at least 2 (default: all; more than there are is extrapolated)",
    )  # fmt: skip
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw it: .png, .svg or .pdf")
    models_option(parser)
    configs_option(parser)
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Look at every photo, measure and propose."""
    from haechi.configs.faces import Faces
    from haechi.streams.faces.calibrate import calibrate
    from haechi.streams.faces.labelled import Labelled

    if args.plot is not None:
        check_plot(args.plot)
    photos = read_photos(args.photos)
    faces = Faces.load(args.configs)
    thresholds = faces.thresholds(args.site)
    eye = open_eye(faces, models_folder(args))
    captured: list[Captured] = []
    troubles = list(photos.left_out)
    with Phases() as phases:
        for at, path in enumerate(photos.paths):
            phases.show("looking at photos", at, len(photos.paths))
            captured.append(_look(eye, path))
            if captured[-1].vector is None:
                troubles.append(f"{path}: {captured[-1].fault}")
    _tell_troubles(troubles)
    labelled = Labelled(captured, photos.persons, photos.listed)
    found = calibrate(labelled, thresholds, args.fpir, args.gallery)
    if args.plot is not None:
        draw(args.plot, found)
    if args.json:
        emit_json(_for_machines(found, args.site, thresholds, len(photos.left_out)))
    else:
        _tell(found, args.site, thresholds)
    return OK


def open_eye(faces: Faces, models: Path) -> Eye:
    """Open what looks at photos; it needs the extra "vision".

    Raises
    ------
    ConfigError
        If the extra or the weights are missing.
    """
    from haechi.streams.vision.still import StillEye

    return StillEye(faces, models)


def _look(eye: Eye, path: Path) -> Captured:
    from haechi.streams.faces.labelled import Captured

    try:
        return eye(path)
    except BadInput as error:
        return Captured(None, 0, error.code)
    except OSError:
        return Captured(None, 0, "UNREADABLE")


def _tell_troubles(troubles: list[str]) -> None:
    for one in troubles[:_SHOWN]:
        say(one)
    if len(troubles) > _SHOWN:
        say(f"... and {len(troubles) - _SHOWN:,} more that could not be used")


def _for_machines(
    found: Calibration, site: str, thresholds: Thresholds, left_out: int
) -> dict[str, Any]:
    kept = {
        one.name: getattr(found, one.name)
        for one in dataclasses.fields(found)
        if one.name not in ("pairs", "impostors")
    }
    return cast(dict[str, Any], _plain({
        **kept,
        "left_out": left_out,
        "pairs_same": len(found.pairs.genuine()),
        "pairs_different": len(found.pairs.impostor()),
        "impostor_mean": found.impostors.mean,
        "impostor_sd": found.impostors.stdev,
        "toml": _toml(found, site, thresholds),
    }))  # fmt: skip


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, tuple) else value


def _toml(found: Calibration, site: str, thresholds: Thresholds) -> str:
    """The lines to paste into faces.toml."""
    head = f"[threshold.site.{site}]" if site else "[threshold]"
    return (
        f"{head}\nsame = {found.same:.3f}\nreview = {found.review:.3f}\n"
        f"impostor_mean = {found.impostors.mean:.4f}\nimpostor_sd = {found.impostors.stdev:.4f}\n"
        f"version = {thresholds.version + 1}"
    )


def _tell(found: Calibration, site: str, thresholds: Thresholds) -> None:
    faults = ", ".join(f"{count:,} {fault}" for fault, count in sorted(found.faults.items()))
    print(f"{found.photos:,} photos, {found.persons:,} persons with a template"
          + (f"; without one: {faults}" if faults else ""))  # fmt: skip
    print(
        f"{len(found.pairs.genuine()):,} pairs of one person, {len(found.pairs.impostor()):,} of "
        f"different people: mean {found.impostors.mean:.3f}, deviation {found.impostors.stdev:.3f}"
    )
    rows = [("face, px", "photos", "captured")]
    for band in found.bands:
        name = f"{band.from_px}+" if band.to_px is None else f"{band.from_px}-{band.to_px}"
        rows.append((name, f"{band.captured.n:,}", _shown(band.captured)))
    rows.append(("all, also without a face", f"{found.captured.n:,}", _shown(found.captured)))
    print("\ncapture")
    print(columns(rows))
    one_to_one = [("one to one", "from", "FMR", "FNMR")]
    for one in found.operating:
        one_to_one.append((one.name, f"{one.threshold:.3f}", _shown(one.fmr), _shown(one.fnmr)))
    print()
    print(columns(one_to_one, indent=""))
    if (many := found.identification) is not None:
        print(
            f"\none to many: {many.enrolled:,} enrolled, FPIR {100 * many.fpir:g}% of "
            f"{many.strangers:,} searches of strangers\n"
            f"  from {many.threshold:.3f}, {many.threshold_by}: FNIR {_shown(many.fnir)}"
        )
    for caution in found.cautions:
        print(f"\ncaution: {caution}")
    print(f"\n{_CAVEAT}\n\nfor faces.toml:\n{_toml(found, site, thresholds)}")


def _shown(rate: Rate) -> str:
    if not math.isfinite(rate.value):
        return "-"
    value, low, high = (100 * one for one in (rate.value, rate.low, rate.high))
    return f"{value:.3g}% [{low:.3g}, {high:.3g}] of {rate.n:,}, {rate.interval}"


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if not 0.0 < share < 1.0:
        raise argparse.ArgumentTypeError(f"{text} is no share; give one above 0 and below 1")
    return share


def _gallery(text: str) -> int:
    count = int(text) if text.isdecimal() else 0
    if count < 2:
        raise argparse.ArgumentTypeError(f"{text} is no number of persons; give 2 or more")
    return count
