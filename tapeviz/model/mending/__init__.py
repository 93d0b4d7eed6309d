"""What can be changed in a lesson's text, by one click, so that a missing gradient, an error or a NaN goes away."""

from tapeviz.model.mending.mend import Mend
from tapeviz.model.mending.mends import mends_of_error, mends_of_finding, mends_of_source

__all__ = ["Mend", "mends_of_error", "mends_of_finding", "mends_of_source"]
