"""The colours of a landscape: quiet, evenly spaced to the eye, so that trajectories stand out on every one of them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from tapeviz.paint.theme import Theme

Vector = npt.NDArray[np.float64]

_ENDS = {
    "light": ("#B4CDE6", "#E3E9EC", "#FCFCFB"),
    "dark": ("#27506F", "#1C2D3C", "#12151A"),
    "projector": ("#A9C8E8", "#DFE8F0", "#FFFFFF"),
    "print": ("#D2D2D2", "#ECECEC", "#FFFFFF"),
}
"""The lowest level, the middle and the highest: a valley is tinted, far walls fade into the page."""

# Björn Ottosson, "A perceptual color space for image processing" (2020).
_TO_CONES: Vector = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB: Vector = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


@lru_cache(maxsize=64)
def ramp(theme: Theme, count: int) -> tuple[str, ...]:
    """Give `count` colours from the lowest level of a landscape to the highest."""
    ends = np.stack([_to_lab(colour) for colour in _ENDS[theme.name]])
    places = np.linspace(0, len(ends) - 1, max(2, count))
    lab = np.stack([np.interp(places, range(len(ends)), ends[:, axis]) for axis in range(3)], axis=1)
    return tuple(_from_lab(each) for each in lab[:count])


def mixed(one: str, other: str, share: float) -> str:
    """Mix two colours: `share` of the other one, evenly to the eye."""
    return _from_lab((1 - share) * _to_lab(one) + share * _to_lab(other))


def _to_lab(colour: str) -> Vector:
    channels = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return np.asarray(_TO_LAB @ np.cbrt(_TO_CONES @ linear), dtype=np.float64)


def _from_lab(lab: Vector) -> str:
    linear = np.clip(np.linalg.solve(_TO_CONES, np.linalg.solve(_TO_LAB, lab) ** 3), 0, 1)
    channels = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(255 * float(channel)):02X}" for channel in channels)
