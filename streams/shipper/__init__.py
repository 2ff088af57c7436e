"""The one batching writer of committed decisions to ClickHouse: never twice, never lost.

A process of its own that follows the log; decisions never wait for it.
"""

from haechi.streams.shipper.names import BareNames, PlaceNames
from haechi.streams.shipper.process import ship
from haechi.streams.shipper.verify import Checked, Shipped, verify_shipped

__all__ = ["BareNames", "Checked", "PlaceNames", "Shipped", "ship", "verify_shipped"]
