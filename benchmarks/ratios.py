"""Once more the ratios and goals of findings: ``python -m benchmarks.ratios FILE...``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def main() -> None:
    """Tell them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ratios", description=__doc__)
    parser.add_argument("files", type=Path, nargs="+", help="what benchmarks wrote with --json")
    for path in parser.parse_args().files:
        said = json.loads(path.read_text("utf-8"))
        print(f"\n{said['benchmark']}: load {said['manifest']['load_before'][0]} before")
        for rows in said.values():
            for row in rows if isinstance(rows, list) else ():
                if "ratio" in row:
                    found = "{found:>7.3f} [{from:.3f}, {to:.3f}]".format(**row)
                    print(f"  {found}  {row['ratio']}, {row['of']}")
        for goal in said["goals"]:
            met = "met   " if goal["met"] else "MISSED"
            print(f"  {met} {goal['what']}: {goal['found']:,.3f} (goal {goal['goal']:,g})")


if __name__ == "__main__":
    main()
