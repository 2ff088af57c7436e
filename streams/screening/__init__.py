"""Tells whether two written names can be one person's, and finds names that can.

- :mod:`folding` makes words of one script, :mod:`scripts`, :mod:`hanzi` and :mod:`hanja` read
  other scripts.
- :mod:`korean`, :mod:`chinese` and :mod:`japanese` are :mod:`systems` of syllables; :mod:`sound`
  is for all other words.
- :mod:`name` puts a name together, :mod:`likeness` compares two, :mod:`years` their birth years.
- :mod:`blocking` says which are worth comparing, :mod:`index` keeps many, :mod:`hearing` those
  of lists and of travelers against each other.
"""

from haechi.streams.screening.hearing import Hearing
from haechi.streams.screening.index import Match, NameIndex
from haechi.streams.screening.likeness import THRESHOLD, similarity
from haechi.streams.screening.years import with_years

__all__ = ["THRESHOLD", "Hearing", "Match", "NameIndex", "similarity", "with_years"]
