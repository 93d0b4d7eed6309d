"""The reason of a None in lessons that run under the real tape, the questions of TensorFlow's users among them.

Each lesson ends with one gradient call. What is expected is written beside it: for every source the cause, or ``ok``
where there is a gradient; the words that the first message must hold; and the words that its fix must hold.
"""

from __future__ import annotations

import pytest

from tapeviz.engine.runner import Engine
from tapeviz.model.why_none import WhyNone
from tests.connectivity.case import HEAD, Case
from tests.connectivity.cases_of_paths import PATHS
from tests.connectivity.cases_of_questions import QUESTIONS
from tests.connectivity.cases_of_sources import SOURCES
from tests.connectivity.cases_of_use import USE
from tests.connectivity.cases_of_variants import VARIANTS


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("case", SOURCES + PATHS + USE + QUESTIONS + VARIANTS, ids=lambda case: case.name)
def test_the_cause_is_the_first_true_one(case: Case, engine: Engine) -> None:
    recording = engine.run(name="lesson.py", text=HEAD + case.lesson.lstrip("\n"), seed=1).recording
    assert recording.errors == ()
    sources = recording.gradient_calls[-1].sources
    assert tuple(source.why_none.cause if source.why_none else "ok" for source in sources) == case.causes
    reasons = [source.why_none for source in sources if source.why_none]
    assert reasons
    for words in case.says:
        assert words in reasons[0].message
    for words in case.mends:
        assert words in reasons[0].fix
    for reason in reasons:
        _is_well_said(reason)


def _is_well_said(reason: WhyNone) -> None:
    assert reason.message.endswith(".")
    assert reason.fix.endswith(".")
    assert "None," not in reason.message
    assert "unnamed" not in reason.message
