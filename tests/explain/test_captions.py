"""The sentences under the picture, over real recordings; the numbers in them follow from calculus."""

from __future__ import annotations

import pytest

from tapeviz.model.captions import LONGEST, LONGEST_RESULT
from tapeviz.model.explain import caption
from tests.explain.conftest import Tell, Told

MOCK = """x = tf.Variable(2.0)
y = tf.Variable(3.0)
with tf.GradientTape() as tape:
    f = x**2 + 3*x*y + y**3
grads = tape.gradient(f, [x, y])
"""


def one(operation: str, x: float | str, name: str = "y") -> str:
    return f"""x = tf.Variable({x})
with tf.GradientTape() as tape:
    {name} = {operation}
g = tape.gradient({name}, x)
"""


@pytest.fixture(scope="module")
def mock(tell: Tell) -> Told:
    return tell(MOCK)


def test_the_picture_of_the_design_is_told_step_by_step(mock: Told) -> None:
    assert [(caption.heading, caption.text) for caption in mock.captions] == [
        ("Start", "Nothing is computed yet: x = 2.000 and y = 3.000 are given."),
        ("Forward 1 of 6", "( )² takes 2.000 and makes 4.000."),
        ("Forward 2 of 6", "3× takes 2.000 and makes 6.000."),
        ("Forward 3 of 6", "× takes 6.000 and 3.000 and makes 18.00."),
        ("Forward 4 of 6", "+ takes 4.000 and 18.00 and makes 22.00."),
        ("Forward 5 of 6", "( )³ takes 3.000 and makes 27.00."),
        ("Forward 6 of 6", "+ takes 22.00 and 27.00 and makes f = 49.00."),
        ("Seed", "The backward pass starts at f with ∂f/∂f = 1."),
        ("Backward 1 of 6", "+ hands 1.000 unchanged to both + and ( )³."),
        ("Backward 2 of 6", "+ hands 1.000 unchanged to both ( )² and ×."),
        ("Backward 3 of 6", "( )³ sends 1.000 · 27.00 = 27.00 back to y, the first of 2 shares."),
        ("Backward 4 of 6", "( )² sends 1.000 · 4.000 = 4.000 back to x, the first of 2 shares."),
        (
            "Backward 5 of 6",
            "× sends 1.000 · 3.000 = 3.000 back to 3× and 1.000 · 6.000 = 6.000 to y; "
            "together with 27.00 from ( )³ that makes 33.00 at y.",
        ),
        (
            "Backward 6 of 6",
            "3× sends 3.000 · 3.000 = 9.000 back to x; together with 4.000 from ( )² that makes 13.00.",
        ),
        ("Result", "tape.gradient returns ∂f/∂x = 13.00 and ∂f/∂y = 33.00; every sum agrees."),
    ]


def test_colour_follows_the_direction(mock: Told) -> None:
    tones = [caption.tone for caption in mock.captions]
    assert tones == ["plain", *["forward"] * 6, *["backward"] * 7, "good"]


def test_one_caption_is_the_same_as_among_all(mock: Told) -> None:
    for playhead, told in enumerate(mock.captions):
        assert caption(mock.recording, mock.graph, mock.timeline, playhead) == told


@pytest.mark.parametrize(
    ("operation", "x", "sentence"),
    [
        ("tf.nn.relu(x)", 2.0, "relu lets 1.000 through to x because 2.000 > 0."),
        ("tf.nn.relu(x)", -1.0, "relu blocks 1.000 on its way to x because −1.000 < 0."),
        ("tf.nn.relu(x)", 0.0, "relu blocks 1.000 on its way to x because it is exactly 0."),
        ("tf.nn.leaky_relu(x, 0.1)", -2.0, "lrelu sends 1.000 · 0.1000 = 0.1000 back to x because −2.000 < 0."),
        ("tf.abs(x)", -2.0, "|x| sends 1.000 · (−1.000) = −1.000 back to x."),
        ("-x", 2.0, "−( ) sends 1.000 · (−1.000) = −1.000 back to x."),
        ("tf.exp(x)", 0.0, "exp sends 1.000 · 1.000 = 1.000 back to x."),
        ("tf.square(x)", 3.0, "( )² sends 1.000 · 6.000 = 6.000 back to x."),
        ("tf.sqrt(x)", 4.0, "√ sends 1.000 · 0.2500 = 0.2500 back to x."),
        ("tf.math.log(x)", 4.0, "log sends 1.000 · 0.2500 = 0.2500 back to x."),
        ("tf.sigmoid(x)", 0.0, "σ sends 1.000 · 0.2500 = 0.2500 back to x."),
        ("tf.tanh(x)", 0.0, "tanh sends 1.000 · 1.000 = 1.000 back to x."),
        ("tf.identity(x) - 1.0", 0.0, "− 1 hands 1.000 unchanged to x."),
        (
            "x * x",
            3.0,
            "× sends 1.000 · 3.000 = 3.000 back to x twice; together that makes 6.000.",
        ),
        ("x + x", 3.0, "+ hands 1.000 unchanged to x twice; together that makes 2.000."),
    ],
)
def test_ops_on_scalars_say_what_they_send(tell: Tell, operation: str, x: float, sentence: str) -> None:
    told = [caption.text for caption in tell(one(operation, x)).captions if caption.heading.startswith("Backward")]
    assert told == [sentence]


def test_a_maximum_says_which_operand_won(tell: Tell) -> None:
    told = tell("""z, w = tf.Variable(2.0), tf.Variable(-1.0)
with tf.GradientTape() as tape:
    f = 2 * tf.maximum(z, w)
g = tape.gradient(f, [z, w])
""")
    assert told.backward("max") == (
        "max lets 2.000 through to z because 2.000 > −1.000 and blocks it on its way to w because −1.000 < 2.000."
    )


def test_a_clip_that_did_not_cut_lets_it_through(tell: Tell) -> None:
    told = tell(one("tf.clip_by_value(x, 0.0, 1.0)", 0.5))
    sentences = [caption.text for caption in told.captions if caption.heading.startswith("Backward")]
    assert sentences == [
        "max( , 0) lets 1.000 through to min( , 1) because 0.5000 > 0.000.",
        "min( , 1) lets 1.000 through to x because 0.5000 < 1.000.",
    ]


def test_a_sum_hands_its_cotangent_to_each_element(tell: Tell) -> None:
    told = tell(one("tf.reduce_sum(x)", "[1.0, 2.0, 3.0, 4.0]"))
    assert told.backward("Σ") == "Σ hands 1.000 to each of the 4 elements of x."


def test_a_mean_shares_it_out(tell: Tell) -> None:
    told = tell(one("tf.reduce_mean(x)", "[1.0, 2.0, 3.0, 4.0]"))
    assert told.backward("mean") == "mean hands 1.000 / 4 = 0.2500 to each of the 4 elements of x."


def test_a_matrix_product_shows_both_products_with_their_shapes(tell: Tell) -> None:
    told = tell("""x = tf.Variable(tf.ones([2, 3]))
W = tf.Variable(tf.ones([3, 2]))
with tf.GradientTape() as tape:
    y = x @ W
g = tape.gradient(y, [x, W])
""")
    assert told.backward("@") == ("@ sends x̄ = ȳ Wᵀ, (2×3) = (2×2)(2×3), to x and W̄ = xᵀ ȳ, (3×2) = (3×2)(2×2), to W.")


def test_broadcasting_is_told_as_a_sum_over_rows(tell: Tell) -> None:
    told = tell("""x = tf.Variable(tf.ones([4, 2]))
b = tf.Variable([1.0, 2.0])
with tf.GradientTape() as tape:
    y = tf.reduce_sum(x + b)
g = tape.gradient(y, [x, b])
""")
    assert told.backward("+") == (
        "+ hands its cotangent on: 4×2 (norm 2.828) back to x and [4.000, 4.000], summed over the 4 rows, to b."
    )


def test_a_scalar_that_was_broadcast_gets_the_sum_over_all_elements(tell: Tell) -> None:
    told = tell("""w = tf.Variable(2.0)
x = tf.constant([1.0, 2.0, 3.0])
with tf.GradientTape() as tape:
    y = tf.reduce_sum(w * x)
g = tape.gradient(y, w)
""")
    assert told.backward("×") == (
        "× multiplies by the other factor, element by element: 6.000, summed over the 3 elements, back to w."
    )


def test_stop_gradient_says_that_nothing_comes_back(tell: Tell) -> None:
    told = tell(one("tf.stop_gradient(x**2) * x", 3.0, "z"))
    assert "stop takes 9.000 and makes 9.000. Nothing will come back through it." in told.texts
    assert told.texts[-1] == "tape.gradient returns ∂z/∂x = 9.000; every sum agrees."


def test_an_op_without_a_rule_speaks_of_tensorflows_registered_gradient(tell: Tell) -> None:
    told = tell(one("tf.linalg.sqrtm(x)", "[[4.0, 1.0], [0.0, 9.0]]"), call=0)
    sentences = [text for text in told.texts if text.startswith("By TensorFlow's registered gradient, ")]
    assert sentences


def test_a_none_says_why(tell: Tell) -> None:
    told = tell("""x = tf.Variable(2.0)
w = tf.Variable(3.0, trainable=False)
with tf.GradientTape() as tape:
    y = x * w
g = tape.gradient(y, [x, w])
""")
    why = told.recording.gradient_calls[0].sources[1].why_none
    assert why is not None
    assert told.texts[-1] == (
        f"tape.gradient returns ∂y/∂x = 3.000; every sum agrees. It gives None for w: {why.message}"
    )


def test_a_non_scalar_target_starts_with_ones(tell: Tell) -> None:
    told = tell(one("x * 2.0", "[1.0, 2.0, 3.0]"))
    seed = next(caption.text for caption in told.captions if caption.heading == "Seed")
    assert seed == "The backward pass starts at y with 1 for each of its 3 elements, as if summed."


def test_a_given_cotangent_is_told(tell: Tell) -> None:
    told = tell("""x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = x * x
g = tape.gradient(y, x, output_gradients=tf.constant(2.5))
""")
    seed = next(caption.text for caption in told.captions if caption.heading == "Seed")
    assert seed == "The backward pass starts at y with the cotangent that was given: 2.500."


def test_several_targets_are_told_as_a_sum(tell: Tell) -> None:
    told = tell("""x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    a = x * x
    b = 3 * x
g = tape.gradient([a, b], x)
""")
    assert told.texts[-1] == "tape.gradient returns ∂(a + b)/∂x = 7.000; every sum agrees."


LONG = """layers = [tf.Variable(tf.random.normal([7, 7])) for _ in range(9)]
some_long_name_of_a_thing = tf.Variable(tf.random.normal([7, 7]))
with tf.GradientTape() as tape:
    h = some_long_name_of_a_thing
    for w in layers:
        h = tf.nn.softmax(h @ w + some_long_name_of_a_thing * h)
    loss = tf.reduce_mean(tf.add_n([h, h * h, h, tf.concat([h[:3], h[3:]], 0)]))
g = tape.gradient(loss, [*layers, some_long_name_of_a_thing])
"""


@pytest.mark.parametrize("is_folded", [True, False])
def test_no_caption_is_longer_than_two_lines(tell: Tell, is_folded: bool) -> None:
    told = tell(LONG, is_folded=is_folded)
    assert len(told.captions) > 60
    assert max(map(len, told.texts[:-1])) <= LONGEST
    assert len(told.texts[-1]) <= LONGEST_RESULT
    assert all(text.endswith(".") for text in told.texts)


def test_a_tape_without_a_gradient_call_is_told_forward_only(tell: Tell) -> None:
    told = tell("""x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = x * x
""")
    assert [caption.heading for caption in told.captions] == ["Start", "Forward 1 of 1"]


def test_a_lone_none_is_told_with_its_reason(tell: Tell) -> None:
    told = tell("""x = tf.constant(3.0)
with tf.GradientTape() as tape:
    y = x**2
g = tape.gradient(y, x)
""")
    why = told.recording.gradient_calls[0].sources[0].why_none
    assert why is not None
    assert told.texts[-1] == f"tape.gradient returns None for x: {why.message}"
    assert told.texts[-2] == "( )² takes 3.000 and makes y = 9.000. The tape does not hold it."


def test_a_function_and_a_custom_gradient_are_told_apart_from_registered_ones(tell: Tell) -> None:
    told = tell("""@tf.function
def f(x):
    return x * x

@tf.custom_gradient
def clipped(x):
    return tf.identity(x), lambda g: tf.clip_by_value(g, -1.0, 1.0)

x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    y = clipped(f(x)) * 5
g = tape.gradient(y, x)
""")
    assert told.backward("By the") == "By the function's own backward pass, f sends 4.000 back to x."
    assert told.backward("By its") == "By its custom gradient, clipped sends 1.000 back to f."


def test_what_is_not_a_number_is_told_as_it_is(tell: Tell) -> None:
    told = tell(one("tf.reduce_sum(tf.sqrt(x) / x)", "[0.0, 1.0]"))
    assert told.texts[-1] == (
        "tape.gradient returns ∂y/∂x = [NaN, −0.5000]; every sum agrees. "
        "`tf.sqrt(x) / x` on line 5 divides 0.000 by 0.000, which is NaN."
    )


@pytest.mark.parametrize(
    ("operation", "x", "sentence"),
    [
        (
            "tf.reduce_max(x)",
            "[1.0, 7.0, 3.0]",
            "max sends all of 1.000 to x[1], the largest of 3, and 0 to the rest.",
        ),
        (
            "tf.reduce_min(x)",
            "[[2.0, 1.0], [1.0, 4.0]]",
            "min shares 1.000 among the 2 elements that tie: 0.5000 each, 0 to the rest.",
        ),
        (
            "tf.reduce_max(x, axis=1)",
            "[[2.0, 1.0], [1.0, 4.0]]",
            "max sends each cotangent to the largest it came from: x[0, 0] and x[1, 1]; the rest get 0.",
        ),
        (
            "tf.gather(x, [1, 2, 1])",
            "[[2.0, 1.0], [1.0, 4.0], [0.0, 1.0]]",
            "[i] adds each cotangent to the row it was taken from: row 1 of x was picked twice and gets both.",
        ),
        (
            "tf.gather(x, [2])",
            "[[2.0, 1.0], [1.0, 4.0], [0.0, 1.0]]",
            "[i] sends each cotangent back to the row of x it was taken from, and 0 to the 2 that were not picked.",
        ),
        ("x[1]", "[2.0, 5.0, 3.0]", "[1] puts 1.000 back at x[1], and 0 everywhere else."),
        (
            "tf.nn.sparse_softmax_cross_entropy_with_logits([1], x)",
            "[[0.0, 0.0]]",
            "CE sends each logit its probability, less 1 at the true class 1: 0.5000 − 1 = −0.5000 there.",
        ),
        (
            "tf.raw_ops.EuclideanNorm(input=x, axis=0)",
            "[3.0, 4.0]",
            "‖ ‖ sends 1.000 · x / 5.000 back: it points along x itself.",
        ),
        ("tf.transpose(x)", "[[1.0, 2.0, 3.0]]", "( )ᵀ transposes the cotangent back, (3×1) → (1×3): "),
    ],
)
def test_ops_on_tensors_point_at_what_matters(tell: Tell, operation: str, x: str, sentence: str) -> None:
    told = [caption.text for caption in tell(one(operation, x)).captions if caption.heading.startswith("Backward")]
    assert told[-1].startswith(sentence), told
    assert len(told[-1]) <= LONGEST
