from __future__ import annotations

import os
from pathlib import Path

from haechi.app.warm import forget_old_builds


def test_kernels_of_builds_long_gone_are_removed_and_nothing_else(tmp_path: Path) -> None:
    for age, name in enumerate("abcdef"):
        folder = tmp_path / f"kernels-{name}"
        (folder / "deep").mkdir(parents=True)
        os.utime(folder, (1_000_000 - age, 1_000_000 - age))
    (tmp_path / "other").mkdir()
    forget_old_builds(tmp_path / "kernels-f")
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "kernels-a", "kernels-b", "kernels-c", "kernels-f", "other",
    ]  # fmt: skip
