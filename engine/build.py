"""Which build this is: the hash of everything that can change a decision.

Each start logs it, and replay uses the build that the log names or says which is needed.
It also keys the compiled kernels' cache: Numba notices a change of a kernel's own file, but
not of a file it calls into.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).resolve().parent
_SOURCES: Final = ("engine", "operators")


def _digest() -> str:
    total = hashlib.sha256()
    for folder in _SOURCES:
        for path in sorted((_HERE.parent / folder).glob("*.py")):
            total.update(f"{folder}/{path.name}\n".encode())
            total.update(path.read_bytes())
    return total.hexdigest()


BUILD_HEX: Final = _digest()
"""SHA-256 over the sources of the core, in hexadecimal."""

BUILD: Final = int(BUILD_HEX[:16], 16)
"""The first 64 bits of it, as decisions carry them."""
