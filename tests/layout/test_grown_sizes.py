"""Room that is kept for numbers that change: a picture stands still while one goes through the iterations of a loop."""

from __future__ import annotations

from tapeviz.layout.sizes import LabelSize, PictureSizes, grown_sizes


def sizes(box: float, label: float, height: float = 14.0, chips: tuple[str, ...] = ("x",)) -> PictureSizes:
    return PictureSizes(
        boxes={"x": (box, 72.0)},
        chips=dict.fromkeys(chips, (60.0, 26.0)),
        labels={"x-y": LabelSize(value=(label, height if label else 0.0), cotangent=(0.0, 0.0))},
    )


def test_what_is_smaller_keeps_the_very_same_room() -> None:
    old = sizes(box=110.0, label=51.0)
    assert grown_sizes(old, sizes(box=104.0, label=40.0)) is old


def test_what_is_larger_gets_more_room_and_the_rest_keeps_its_own() -> None:
    grown = grown_sizes(sizes(box=110.0, label=51.0), sizes(box=104.0, label=66.0))
    assert grown == sizes(box=110.0, label=66.0)


def test_other_heights_and_other_numbers_are_measured_afresh() -> None:
    old = sizes(box=110.0, label=51.0)
    for new in (sizes(104.0, 40.0, height=34.0), sizes(104.0, 40.0, chips=()), sizes(104.0, 0.0)):
        assert grown_sizes(old, new) is new
