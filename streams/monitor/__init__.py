"""Watches the models beside the engine, in a process of its own, and decides nothing.

It follows the log, joins inspection outcomes with the decisions that they name, and keeps how
good the models are, by kind of subject and lane. What it notices goes back into the log as an
event, and its figures go to ClickHouse.

- :mod:`labels` joins; :mod:`estimates`, :mod:`scores` and :mod:`quality` measure.
- :mod:`challenger` and :mod:`predictions`: other models, learning beside the one that decides.
- :mod:`drift` watches; :mod:`alarms` makes the events and knows which are in the log.
- :mod:`monitor` puts it together; :mod:`checkpoint` keeps it over a restart.
- :mod:`process` runs it: :mod:`follower` reads the log, :mod:`reports` says when figures are due,
  :mod:`outlet` writes rows, :mod:`status` tells how it is doing.
"""
