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


# Names that a notebook uses again, cell after cell: what a later cell does with them says nothing of an earlier one.
LATER_CELLS = """
w = tf.Variable([1.0, 2.0])
def plain(v):
    return np.mean(v.numpy())
with tf.GradientTape() as tape:
    loss = tf.constant(plain(w * 3.0))
tape.gradient(loss, w)
# %%
with tf.GradientTape() as tape:
    loss = tf.numpy_function(lambda v: np.mean(v), [w], tf.float32)
tape.gradient(loss, w)
# %%
x = tf.Variable(2.0)
x = tf.constant(4.0)
with tf.GradientTape() as tape:
    y = x**2
tape.gradient(y, x)
# %%
x = tf.constant([[3.0, 4.0]])
"""


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_a_name_that_is_used_again_later_explains_nothing_before(engine: Engine) -> None:
    calls = engine.run(name="lesson.py", text=HEAD + LATER_CELLS.lstrip("\n")).recording.gradient_calls
    by_hand, by_numpy, rebound = (call.sources[0].why_none for call in calls)
    assert by_hand is not None and by_hand.cause == "left_tensorflow"
    assert "leaves TensorFlow on line 5" in by_hand.message
    assert by_numpy is not None and by_numpy.cause == "left_tensorflow"
    assert "line 11" in by_numpy.message
    assert rebound is not None and rebound.cause == "variable_became_tensor"
    assert "line 15 (`x = tf.constant(4.0)`)" in rebound.message


ERRORS_AND_NONES = """
model = tf.Variable(1.0)
other = tf.Variable(2.0)
with tf.GradientTape() as tape:
    loss = model * 3.0
gradient = tape.gradient(loss, other)
tf.keras.optimizers.SGD().apply_gradients([(gradient, other)])
# %%
with tf.GradientTape() as tape:
    late = tf.stop_gradient(model) * 2.0
tape.gradient(late, model)
"""


def test_an_error_is_put_down_to_a_none_before_it(engine: Engine) -> None:
    recording = engine.run(name="lesson.py", text=HEAD + ERRORS_AND_NONES.lstrip("\n"), keep_going=True).recording
    assert len(recording.gradient_calls) == 2
    (error,) = recording.errors
    assert "Nothing links loss to other" in (error.hint or "")
    assert "late" not in (error.hint or "")


def _is_well_said(reason: WhyNone) -> None:
    assert reason.message.endswith(".")
    assert reason.fix.endswith(".")
    assert "None," not in reason.message
    assert "unnamed" not in reason.message
