"""The face service: templates of the desk and of the exit are compared here and go no further.

- :mod:`search`, :mod:`gallery`, :mod:`thresholds`: who is alike, and how alike is alike enough.
- :mod:`templates`, :mod:`tracks`, :mod:`lobby`: what comes from cameras, and what waits.
- :mod:`roster`: who is enrolled; :mod:`vault`: the same on disk, encrypted.
- :mod:`hall`: the way from the desk to the exit; :mod:`probe`, :mod:`comparison`: a face before a
  camera; :mod:`events`: what the engine is told of it.
- :mod:`inbox`, :mod:`flow`: all of it as a dataflow.
- :mod:`calibrate` measures thresholds on :mod:`labelled` photos, one against many by
  :mod:`identification`, with the intervals of :mod:`rates`.
"""
