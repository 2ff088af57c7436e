"""From a protobuf event to fixed-width records: the edge's half of the contract.

What passes here is well-formed: names are tokens, codes are packed, numbers are finite and in
range, places exist. What does not raises :class:`haechi.engine.errors.BadInput`, and nothing
behind this package checks again.
"""

from haechi.streams.decode.decoder import Decoder

__all__ = ["Decoder"]
