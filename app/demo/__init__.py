"""`haechi demo`: a whole installation, a simulated port, and an account of what happened.

- :mod:`plan`: how long, how much, how fast; :mod:`clock`: event time on the wall clock.
- :mod:`gates`, :mod:`watcher`, :mod:`crew`: the port's clients.
- :mod:`driver` plays the day; :mod:`strike` kills the engine on the way.
- :mod:`cctv` shows cameras real photographs; :mod:`traces` looks for what they left behind.
- :mod:`ledger` keeps what was acknowledged; :mod:`story`, :mod:`figures`, :mod:`proofs` and
  :mod:`declarations` judge it against log and ClickHouse; :mod:`report` prints it.
"""

from haechi.app.demo.command import add

__all__ = ["add"]
