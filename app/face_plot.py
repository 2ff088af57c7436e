"""Similarities of one person's and of different people's photos, and their errors, as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from haechi.engine.errors import ConfigError

if TYPE_CHECKING:
    from haechi.streams.faces.calibrate import Calibration

_KINDS: Final = frozenset({".png", ".svg", ".pdf"})
_BINS: Final = 60
_STEPS: Final = 400


def check_plot(path: Path) -> None:
    """Tell before any work that a picture cannot be drawn.

    Raises
    ------
    ConfigError
        If its kind is not known, its folder is not there, or matplotlib is missing.
    """
    if path.suffix.lower() not in _KINDS:
        raise ConfigError(f"--plot {path}: name it {', '.join(sorted(_KINDS))}")
    if not path.parent.is_dir():
        raise ConfigError(f"--plot {path}: there is no folder {path.parent}: make it")
    _pyplot()


def draw(path: Path, found: Calibration) -> None:
    """Draw both histograms with the thresholds, and FNMR against FMR."""
    import numpy as np

    plt = _pyplot()
    genuine, impostor = found.pairs.genuine(), found.pairs.impostor()
    edges = np.linspace(min(impostor.min(), genuine.min()), 1.0, _BINS)
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    for values, name in ((impostor, "different people"), (genuine, "one person")):
        left.hist(values, edges, density=True, alpha=0.6, label=f"{name}, {len(values):,} pairs")
    for one in found.operating:
        style = "--" if one.name.startswith("configured") else "-"
        color = "black" if one.name.endswith("same") else "grey"
        left.axvline(one.threshold, linestyle=style, color=color, linewidth=1,
                     label=f"{one.name} {one.threshold:.3f}")  # fmt: skip
    left.set(xlabel="cosine similarity", ylabel="density")
    left.legend(fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    thresholds = np.linspace(edges[0], 1.0, _STEPS)
    fmr = 1.0 - np.searchsorted(np.sort(impostor), thresholds) / len(impostor)
    fnmr = np.searchsorted(np.sort(genuine), thresholds) / len(genuine)
    # A logarithm has no zero: what cannot be shown lies at half an error.
    fmr, fnmr = np.maximum(fmr, 0.5 / len(impostor)), np.maximum(fnmr, 0.5 / len(genuine))
    right.loglog(fmr, fnmr, linewidth=1.5)
    for one in found.operating:
        marker = "x" if one.name.startswith("configured") else "o"
        at = (max(one.fmr.value, 0.5 / len(impostor)), max(one.fnmr.value, 0.5 / len(genuine)))
        right.plot(*at, marker, label=one.name)
    right.set(xlabel="FMR, different people taken for one", ylabel="FNMR, one person not known")
    right.grid(visible=True, which="both", linewidth=0.3)
    right.legend(fontsize=8)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _pyplot() -> Any:
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise ConfigError(
            "--plot needs matplotlib; install it with `make extra-bench` or "
            "pip install 'haechi[bench]'"
        ) from error
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    return plt
