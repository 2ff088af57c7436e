"""How real feeds arrive: late, twice, and out of order.

Of the published events 2% come late (one to twenty minutes after they happened) and 3% out of
order (two to thirty seconds); of all events 1% are sent once more, byte for byte, one to
sixty seconds later. A gate's question is never late: the gate stands there and asks. Sensors'
outages come in time, or cameras would be reported down after they are back.
"""

from __future__ import annotations

from dataclasses import dataclass

from haechi.streams.simulator.draws import between_us, draws_for, happens
from haechi.streams.simulator.items import Item


@dataclass(frozen=True, slots=True)
class Disorder:
    """Shares of what does not come in order.

    Parameters
    ----------
    late, swapped, doubled
        Shares of events, 0 to 1.
    """

    late: float = 0.02
    swapped: float = 0.03
    doubled: float = 0.01

    def apply(self, seed: int, items: list[Item]) -> list[Item]:
        """Delay and double some of the items; sorted by when they are sent."""
        out = []
        for item in items:
            draws = draws_for(seed, "disorder", item.name)
            sent = item
            if item.channel == "publish" and item.kind != "sensor_status":
                if happens(draws, self.late):
                    sent = item.sent_at(item.send_us + between_us(draws, 60, 1200))
                elif happens(draws, self.swapped):
                    sent = item.sent_at(item.send_us + between_us(draws, 2, 30))
            out.append(sent)
            if happens(draws, self.doubled):
                again_us = sent.send_us + between_us(draws, 1, 60)
                out.append(sent.sent_at(again_us, duplicate=True))
        return sorted(out, key=lambda item: item.order)
