"""The demonstration hospital, which the tests' world is too. Everybody in it is made up; nobody's number can ring.

`small_world` is the small named hospital that tests tell their stories in; `seed` grows it: three hundred patients, two
months behind and a month ahead. Holds no SQL: it calls verbs, and where there is much to write the rooms' history.
"""

from bedside.demo.growing import seed
from bedside.demo.small import SmallWorld, read_small_world, small_world

__all__ = ["SmallWorld", "read_small_world", "seed", "small_world"]
