"""Results of a comparison as plain values, a module per section of the report; `Summary` holds all of them.

It is what ``results.json`` is written from, and what a report is rendered from. Nothing here computes or renders.
"""

from skdl.results._data import *
from skdl.results._errors import *
from skdl.results._evidence import *
from skdl.results._inspection import *
from skdl.results._leaderboard import *
from skdl.results._networks import *
from skdl.results._ship import *
from skdl.results._summary import *
from skdl.results._tuning import *
from skdl.results._verdict import *
