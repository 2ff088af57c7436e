"""Which key a subject has on Kafka, and so which partition and which shard.

Keys are hashes of names under a key of their own, made of the installation's. So they lead back
to nobody, they are not the tokens of the log, and a gate that was given the routing key can tell
by itself which shard a traveler belongs to.
"""

from __future__ import annotations

import hashlib
from typing import Final

from haechi.streams.tokens import KEY_BYTES, Tokens

_PERSON: Final = b"haechi routing"


def routing_key(token_key: bytes) -> bytes:
    """Make the secret under which names become keys, 32 bytes.

    Parameters
    ----------
    token_key
        The installation's key of tokens; it cannot be found from what is made of it.
    """
    return hashlib.blake2b(key=token_key, person=_PERSON, digest_size=KEY_BYTES).digest()


def routing_tokens(token_key: bytes) -> Tokens:
    """Make what turns names into tokens for routing, in place of the log's."""
    return Tokens(routing_key(token_key))


def subject_key(token: int) -> str:
    """Key on Kafka of a subject's token for routing, 16 hexadecimal characters.

    Text, because tables of Faust take their keys as JSON.
    """
    return f"{token:016x}"
