"""What is said of a landscape beside what is drawn on it: curvature, basins, and why something cannot be drawn."""

from __future__ import annotations

import numpy as np

from tapeviz.model.descent_state import DescentState
from tapeviz.model.landscape import Basins, Curvature
from tapeviz.model.numbers import format_number


def curvature_words(curvature: Curvature) -> tuple[str, str]:
    """Say how curved it is and how fast one may go there, each in a few words."""
    if len(curvature.eigenvalues) == 1:
        curved = f"second derivative {format_number(curvature.eigenvalues[0])}"
    elif curvature.condition is None:
        curved = "flat along a direction"
    else:
        curved = f"condition number {format_number(curvature.condition)}"
    rate = curvature.largest_stable_rate
    return curved, "no direction curves upwards" if rate is None else f"stable up to rate {format_number(rate)}"


def terrain_sentences(descent: DescentState) -> tuple[str, ...]:
    """Say in sentences what the switches of the landscape that are on have found, or why they find nothing."""
    view, plane = descent.view, descent.plane
    is_line = plane is not None and len(plane.directions) == 1
    sentences = []
    if view.has_parabola if is_line else view.has_curvature:
        sentences.append(descent.curvature_problem or _curvature_sentence(descent.curvature))
    if view.has_critical_points:
        sentences.append(descent.critical_problem or _critical_sentence(descent))
    if view.has_basins and not is_line and descent.basins is not None:
        sentences.append(descent.basins.problem or _basins_sentence(descent.basins))
    return tuple(filter(None, sentences))


def _curvature_sentence(curvature: Curvature | None) -> str:
    if curvature is None:
        return ""
    curved, rate = curvature_words(curvature)
    kind = {None: "", "degenerate": " It is at a degenerate critical point."}.get(
        curvature.kind, f" It is at a {curvature.kind}."
    )
    return f"At the iterate: {curved}; {rate}.{kind}"


def _critical_sentence(descent: DescentState) -> str:
    return "No critical point is in view." if descent.critical_points == () else ""


def _basins_sentence(basins: Basins) -> str:
    lost = float(np.mean(basins.ends.array < 0))
    if not lost:
        return ""
    share = "All" if lost == 1 else f"{max(1, round(100 * lost))} %"
    return f"{share} of the starts end in no minimum within these iterations."
