"""What linters cannot hold: sizes, names, and nothing of anybody's machine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINES_MAX = 400
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "stuff"}
CODE = {".py", ".sql", ".toml", ".js", ".css", ".html"}

# Assembled, so that this file does not find itself.
SLASH = "/"
MACHINE = re.compile(
    "|".join(
        [
            rf"{SLASH}(?:home|Users|root|work|opt|usr{SLASH}local){SLASH}[\w.-]",
            rf"{SLASH}tmp{SLASH}[\w.-]",
            r"pypi\.org|pythonhosted\.org|npmjs\.org|registry\.npm|crates\.io|maven\.org",
            r"proxy\.golang\.org|deb\.debian\.org|--(?:extra-)?index-url|--find-link[s]",
        ]
    )
)


def tracked() -> list[Path]:
    """Files that git tracks or would; a plain copy of the tree has no git and is walked."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("needs a git checkout")
    paths = [ROOT / name.decode() for name in listed.stdout.split(b"\0") if name]
    return [path for path in paths if path.is_file()]


def generated(path: Path) -> bool:
    return "_pb2" in path.name or path.suffix == ".lock"


def test_files_hold_one_idea() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked()
        if path.suffix in CODE and not generated(path)
        if (lines := path.read_bytes().count(b"\n")) > LINES_MAX
    }
    assert not long, f"over {LINES_MAX} lines, look for the second idea: {long}"


def test_names_say_something() -> None:
    vague = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if VAGUE & {part.lower() for part in (*path.relative_to(ROOT).parts[:-1], path.stem)}
    ]
    assert not vague, f"name the idea instead: {vague}"


def test_no_init_where_it_would_hide_something() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.name == "__init__.py"
        and (path.parent == ROOT / "grpc" or path.relative_to(ROOT).parts[0] == "tests")
    ]
    assert not wrong, f"delete: {wrong}"


def test_nothing_of_a_machine_is_committed() -> None:
    found = []
    for path in tracked():
        text = path.read_bytes().decode("utf-8", "replace")
        for number, line in enumerate(text.splitlines(), start=1):
            if hit := MACHINE.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {hit.group()}")
    assert not found, "paths or hosts of one machine:\n" + "\n".join(found)
