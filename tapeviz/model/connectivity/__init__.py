"""Why a gradient is None: the first true cause in a fixed order, where the path is cut, and what mends it."""

from tapeviz.model.connectivity.explainer import Explainer, explain_none

__all__ = ["Explainer", "explain_none"]
