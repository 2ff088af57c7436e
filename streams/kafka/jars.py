"""Apache Kafka's own jars: fetched once by Maven, pinned, checked, kept in the user's cache."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from haechi.engine.errors import ConfigError

VERSION: Final = "4.1.1"
"""Of Apache Kafka, as pom.xml names it."""

_HERE: Final = Path(__file__).resolve().parent
_COPY: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy-dependencies"
_FETCH_S: Final = 600.0
_SHOWN: Final = 300


def default_folder() -> Path:
    """Where the jars lie if nobody says otherwise: the user's cache."""
    cache_home = os.environ.get("XDG_CACHE_HOME") or ""
    root = Path(cache_home) if Path(cache_home).is_absolute() else Path.home() / ".cache"
    return root / "haechi" / "kafka" / VERSION


@cache
def pinned() -> Mapping[str, str]:
    """SHA-256 of every jar, by its name."""
    lines = (_HERE / "jars.sha256").read_text(encoding="ascii").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def wrong_jar(folder: Path) -> str:
    """Name of a jar that is missing or another one; empty if all are there."""
    for name, digest in pinned().items():
        path = folder / name
        if not path.is_file() or _sha256(path) != digest:
            return name
    return ""


def install(folder: Path, given: Path | None = None) -> bool:
    """Put the jars where they belong; True if something had to be done.

    Parameters
    ----------
    folder
        Where.
    given
        Folder that already has them; nothing is fetched then.

    Raises
    ------
    ConfigError
        If they cannot be had, or are not the pinned ones.
    """
    if not wrong_jar(folder):
        return False
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        taken = Path(made) / "jars"
        if given is None:
            _fetch(Path(made), taken)
        else:
            taken.mkdir()
            for name in pinned():
                if (given / name).is_file():
                    shutil.copyfile(given / name, taken / name)
        if name := wrong_jar(taken):
            raise ConfigError(
                f"{name} is missing or is not the jar that was pinned for Kafka {VERSION}: "
                "fetch again, or give another folder with --from"
            )
        shutil.rmtree(folder, ignore_errors=True)
        taken.rename(folder)
    return True


def need_java() -> str:
    """Path of Java.

    Raises
    ------
    ConfigError
        If there is none.
    """
    java = shutil.which("java")
    if java is None:
        raise ConfigError("no java: Kafka needs 17 or later (Debian: default-jre-headless)")
    return java


def _fetch(scratch: Path, folder: Path) -> None:
    mvn = shutil.which("mvn")
    if mvn is None:
        raise ConfigError(
            "no mvn, which fetches Kafka's jars (Debian: maven); or give a folder that has them "
            "with haechi kafka install --from FOLDER"
        )
    # Maven may write beside the file that it reads.
    pom = Path(shutil.copy(_HERE / "pom.xml", scratch))
    command: list[str | Path] = [mvn, "-q", "-B", "-f", pom, _COPY, "-DincludeScope=runtime"]
    try:
        done = subprocess.run(
            [*command, f"-DoutputDirectory={folder}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_FETCH_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ConfigError(f"Maven did not fetch Kafka within {_FETCH_S:g} s: try again") from None
    if done.returncode != 0:
        said = next((line for line in done.stdout.splitlines() if "ERROR" in line), done.stdout)
        raise ConfigError(f"Maven could not fetch Kafka: {said.strip()[:_SHOWN]}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
