"""The symbolic twin against what sympy derives from formulas typed by hand, and against TensorFlow's numbers."""

from __future__ import annotations

import re
from collections.abc import Callable

import mpmath
import pytest
import sympy

from tapeviz.model.explanation import SymbolicDerivative
from tests.symbolic.conftest import Derive, Record, Twins

x, y = sympy.symbols("x y", real=True)
AT = {x: 1.3, y: 0.7}


def script(formula: str, at: dict[str, float]) -> str:
    variables = "\n".join(f"{name} = tf.Variable({value})" for name, value in at.items())
    return f"""{variables}
with tf.GradientTape() as tape:
    f = {formula}
g = tape.gradient(f, [{", ".join(at)}])
"""


def only(twins: Twins) -> SymbolicDerivative:
    (twin,) = twins
    assert twin is not None
    return twin


FORMULAS = [
    ("x**2 + 3*x*y + y**3", x**2 + 3 * x * y + y**3),
    ("tf.exp(x) * tf.sin(y)", sympy.exp(x) * sympy.sin(y)),
    ("x / y - y / x", x / y - y / x),
    ("tf.sqrt(x**2 + y**2)", sympy.sqrt(x**2 + y**2)),
    ("tf.math.log(x * y + 1)", sympy.log(x * y + 1)),
    ("tf.tanh(x - y)", sympy.tanh(x - y)),
    ("tf.sigmoid(2 * x - y)", 1 / (1 + sympy.exp(-(2 * x - y)))),
    ("tf.nn.softplus(x * y)", sympy.log(1 + sympy.exp(x * y))),
    ("tf.square(x - 5) + tf.math.rsqrt(y)", (x - 5) ** 2 + 1 / sympy.sqrt(y)),
    ("x**y", x**y),
    ("0.5 * x**3 - 2 * y**2 + x + 1", x**3 / 2 - 2 * y**2 + x + 1),
    ("tf.cos(x) + tf.atan(y) + tf.sinh(x)", sympy.cos(x) + sympy.atan(y) + sympy.sinh(x)),
    ("tf.math.squared_difference(x, y)", (x - y) ** 2),
    ("tf.math.erf(x) * tf.math.reciprocal(y)", sympy.erf(x) / y),
    ("np.pi * x**2 + y", sympy.pi * x**2 + y),
    ("tf.add_n([x, y, x * y])", x + y + x * y),
]


@pytest.mark.parametrize(("formula", "by_hand"), FORMULAS, ids=[formula for formula, _ in FORMULAS])
def test_the_value_is_sympys_and_tensorflows(record: Record, twins: Derive, formula: str, by_hand: sympy.Expr) -> None:
    text = script(formula, {"x": 1.3, "y": 0.7})
    recording = record(text)
    for symbol, twin, source in zip((x, y), twins(text), recording.gradient_calls[0].sources, strict=True):
        assert twin is not None
        assert twin.value == pytest.approx(float(sympy.diff(by_hand, symbol).subs(AT)), rel=1e-5)
        assert source.value is not None
        returned = recording.tensors[source.value].value
        assert returned is not None
        assert twin.value == pytest.approx(float(returned.array), rel=1e-4)


def parsed(expression: str) -> sympy.Expr:
    """Read what is shown back in, as a student would."""
    text = re.sub(r"(?<=[\w)])(?=[⁰¹²³⁴⁵⁶⁷⁸⁹])", "**", expression)
    text = text.translate(str.maketrans("·−⁰¹²³⁴⁵⁶⁷⁸⁹", "*-0123456789"))
    text = re.sub(r"(\d)(?=[xy(])", r"\1*", text)
    return sympy.sympify(text, locals={"x": x, "y": y})


POLYNOMIALS = [
    ("x**2 + 2*x + 1", ["2x + 2"]),
    ("3*x**3 + 2*x**2 + x + 1", ["9x² + 4x + 1"]),
    ("(x - 5)**2", ["2x − 10"]),
    ("x**4", ["4x³"]),
    ("x * x", ["2x"]),
    ("0.5*x**3 - 2*x**2 + x + 1", None),
]


@pytest.mark.parametrize(("formula", "shown"), POLYNOMIALS, ids=[formula for formula, _ in POLYNOMIALS])
def test_polynomials_are_shown_as_on_the_board(twins: Derive, formula: str, shown: list[str] | None) -> None:
    twin = only(twins(script(formula, {"x": 3.0})))
    derivative = sympy.diff(sympy.nsimplify(sympy.sympify(formula, locals={"x": x})), x)
    assert sympy.simplify(parsed(twin.expression) - derivative) == 0
    if shown:
        assert [twin.expression] == shown


def test_the_derivative_of_the_design_is_shown_as_drawn(twins: Derive) -> None:
    by_x, by_y = twins(script("x**2 + 3*x*y + y**3", {"x": 2.0, "y": 3.0}))
    assert by_x is not None
    assert by_y is not None
    assert (by_y.left, by_y.expression, by_y.substituted, by_y.value) == ("∂f/∂y", "3x + 3y²", "6 + 27", 33.0)
    assert (by_x.left, by_x.expression, by_x.substituted, by_x.value) == ("∂f/∂x", "2x + 3y", "4 + 9", 13.0)
    assert by_y.latex == r"\frac{\partial f}{\partial y} = 3 x + 3 y^{2} = 6 + 27 = 33"


def test_a_product_of_functions_keeps_its_terms(twins: Derive) -> None:
    twin = only(twins(script("tf.exp(x) * tf.sin(x)", {"x": 1.0})))
    assert twin.expression == "eˣ·sin(x) + eˣ·cos(x)"
    assert twin.substituted == "2.287 + 1.469"


NESTED = """x = tf.Variable({x})
with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        y = {formula}
    dy = inner.gradient(y, x)
d2y = outer.gradient(dy, x)
"""


@pytest.mark.parametrize(
    ("formula", "by_hand"),
    [
        ("x**4", x**4),
        ("x**3", x**3),
        ("tf.exp(x) * tf.sin(x)", sympy.exp(x) * sympy.sin(x)),
        ("tf.sigmoid(x)", 1 / (1 + sympy.exp(-x))),
        ("tf.tanh(x)", sympy.tanh(x)),
        ("tf.sqrt(x)", sympy.sqrt(x)),
        ("1 / x", 1 / x),
        ("tf.math.log(x)", sympy.log(x)),
    ],
)
def test_a_second_derivative_goes_through_tensorflows_own_backward_ops(
    twins: Derive, formula: str, by_hand: sympy.Expr
) -> None:
    twin = only(twins(NESTED.format(x=2.0, formula=formula), call=1))
    assert twin.value == pytest.approx(float(sympy.diff(by_hand, x, 2).subs({x: 2.0})), rel=1e-4)


def test_a_second_derivative_is_shown_simply(twins: Derive) -> None:
    assert only(twins(NESTED.format(x=2.0, formula="x**4"), call=1)).expression == "12x²"


def test_what_is_stopped_stands_still(twins: Derive) -> None:
    twin = only(twins(script("tf.stop_gradient(x**2) * x", {"x": 3.0})))
    assert (twin.expression, twin.value) == ("x²", 9.0)


def test_what_the_lesson_named_shortens_what_would_be_long(twins: Derive) -> None:
    twin = twins("""w0, w1, w2 = tf.Variable(2.0), tf.Variable(-3.0), tf.Variable(-3.0)
x0, x1 = tf.Variable(-1.0), tf.Variable(-2.0)
with tf.GradientTape() as tape:
    f = tf.sigmoid(w0*x0 + w1*x1 + w2)
g = tape.gradient(f, [w0, w1, w2, x0, x1])
""")[0]
    assert twin is not None
    assert twin.expression == "f·x0·(1 − f)"
    assert twin.value == pytest.approx(-0.1966, abs=1e-4)


def test_a_gate_says_on_which_branch_its_derivative_holds(twins: Derive) -> None:
    by_x, by_y, by_z, by_w = twins("""x, y, z, w = [tf.Variable(v) for v in (3.0, -4.0, 2.0, -1.0)]
with tf.GradientTape() as tape:
    f = 2 * (x*y + tf.maximum(z, w))
g = tape.gradient(f, [x, y, z, w])
""")
    assert by_x is not None and by_y is not None and by_z is not None and by_w is not None
    assert [(twin.left, twin.expression, twin.value) for twin in (by_x, by_y, by_z, by_w)] == [
        ("∂f/∂x", "2y", -8.0),
        ("∂f/∂y", "2x", 6.0),
        ("where z ≥ w: ∂f/∂z", "2", 2.0),
        ("where z ≥ w: ∂f/∂w", "0", 0.0),
    ]


@pytest.mark.parametrize(
    ("operation", "value", "condition", "expression"),
    [
        ("tf.nn.relu(x)", 2.0, "where x > 0: ", "1"),
        ("tf.nn.relu(3*x)", -2.0, "where 3x ≤ 0: ", "0"),
        ("tf.minimum(x**2, 10.0)", 2.0, "where x² ≤ 10: ", "2x"),
        ("tf.clip_by_value(x, 0.0, 1.0)", 0.5, None, "1"),
        ("tf.nn.leaky_relu(x, 0.25)", -2.0, "where x ≤ 0: ", "1/4"),
    ],
)
def test_gates_of_one_variable(
    twins: Derive, operation: str, value: float, condition: str | None, expression: str
) -> None:
    twin = only(twins(script(operation, {"x": value})))
    assert twin.expression == expression
    if condition is not None:
        assert twin.left == f"{condition}∂f/∂x"


def test_a_decimal_constant_is_read_as_it_was_typed(twins: Derive) -> None:
    twin = only(twins(script("0.1 * x**2", {"x": 3.0})))
    assert parsed(twin.expression) == x / 5


@pytest.mark.parametrize(
    "text",
    [
        script("tf.reduce_sum(x * [1.0, 2.0])", {"x": 2.0}),
        script("tf.reduce_sum(tf.ones([2, 2]) @ tf.ones([2, 1]) * x)", {"x": 2.0}),
        "x = tf.Variable([1.0, 2.0])\nwith tf.GradientTape() as t:\n    f = x * x\ng = t.gradient(f, x)\n",
        "x = tf.Variable(2.0)\nc = tf.constant(1.0)\nwith tf.GradientTape() as t:\n    f = x * c\nt.gradient(f, c)\n",
    ],
)
def test_what_is_not_scalar_or_not_connected_has_no_twin(twins: Derive, text: str) -> None:
    assert twins(text) == (None,)


def test_a_graph_that_no_one_reads_has_no_twin(twins: Derive) -> None:
    text = """x = tf.Variable(1.0)
with tf.GradientTape() as tape:
    f = x
    for _ in range(100):
        f = tf.sin(f) + x
g = tape.gradient(f, x)
"""
    assert twins(text) == (None,)


def test_a_formula_that_doubles_with_each_line_has_no_twin(twins: Derive) -> None:
    text = """x = tf.Variable(0.5)
with tf.GradientTape() as tape:
    f = x
    for _ in range(30):
        f = f * f + f
g = tape.gradient(f, x)
"""
    assert twins(text) == (None,)


def test_a_custom_gradient_is_not_taken_for_calculus(twins: Derive) -> None:
    text = """x = tf.Variable(2.0)
@tf.custom_gradient
def odd(v):
    return v * v, lambda g: g * 100.0
with tf.GradientTape() as tape:
    f = odd(x)
g = tape.gradient(f, x)
"""
    assert twins(text) == (None,)


def test_a_variable_that_changes_within_the_tape_is_no_single_symbol(twins: Derive) -> None:
    text = """x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    f = x * x
    x.assign(5.0)
    f = f + x * x * x
g = tape.gradient(f, x)
"""
    assert twins(text) == (None,)


def test_a_source_that_was_computed_from_another_hides_nothing(twins: Derive) -> None:
    by_x, by_h = twins("""x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    h = x * x
    f = h * x
g = tape.gradient(f, [x, h])
""")
    assert by_x is not None
    assert by_h is not None
    assert (by_x.expression, by_x.value) == ("3x²", 27.0)
    assert (by_h.expression, by_h.value) == ("x", 3.0)


def test_a_name_given_twice_is_not_used_for_either(twins: Derive) -> None:
    twin = only(
        twins("""x = tf.Variable(1.5)
with tf.GradientTape() as tape:
    h = tf.sin(x)
    h = tf.cos(h) * x
    h = tf.exp(h) * x
g = tape.gradient(h, x)
""")
    )
    assert "h" not in re.sub(r"sinh|cosh|tanh", "", twin.expression)


def test_the_hidden_layer_of_a_network_is_written_with_the_lessons_names(twins: Derive) -> None:
    twin = only(
        twins("""w = tf.Variable(0.4)
x, b, t = tf.constant(0.05), tf.constant(0.35), tf.constant(0.01)
v = tf.constant(0.3)
with tf.GradientTape() as tape:
    h = tf.sigmoid(v * x + b)
    o = tf.sigmoid(w * h + b)
    e = 0.5 * (t - o) ** 2
g = tape.gradient(e, w)
""")
    )
    assert twin.expression == "−ho·(1 − o)·(t − o)"


SPECIAL = [
    ("tf.math.lgamma(x) * y", lambda a, b: b * mpmath.digamma(a)),
    ("tf.math.digamma(x) + y", lambda a, b: mpmath.psi(1, a)),
    ("tf.math.special.bessel_i0(x) * y", lambda a, b: b * mpmath.besseli(1, a)),
    ("tf.math.special.bessel_j1(x) + y", lambda a, b: mpmath.diff(lambda t: mpmath.besselj(1, t), a)),
    ("tf.math.special.bessel_k1e(x) + y", lambda a, b: mpmath.diff(lambda t: mpmath.exp(t) * mpmath.besselk(1, t), a)),
    ("tf.math.special.bessel_i1e(x) + y", lambda a, b: mpmath.diff(lambda t: mpmath.exp(-t) * mpmath.besseli(1, t), a)),
    ("tf.math.special.bessel_y0(x) + y", lambda a, b: -mpmath.bessely(1, a)),
    ("tf.math.special.expint(x) + y", lambda a, b: mpmath.exp(a) / a),
    ("tf.math.special.dawsn(x) + y", lambda a, b: 1 - mpmath.sqrt(mpmath.pi) * a * mpmath.exp(-a * a) * mpmath.erfi(a)),
    ("tf.math.special.spence(x) + y", lambda a, b: mpmath.log(a) / (1 - a)),
    ("tf.math.special.fresnel_sin(x) + y", lambda a, b: mpmath.sin(mpmath.pi * a * a / 2)),
    ("tf.math.erfinv(x / 2) + y", lambda a, b: mpmath.diff(lambda t: mpmath.erfinv(t / 2), a)),
    ("tf.math.ndtri(x / 2) + y", lambda a, b: mpmath.diff(lambda t: mpmath.sqrt(2) * mpmath.erfinv(t - 1), a)),
    ("tf.math.igamma(y, x)", lambda a, b: a ** (b - 1) * mpmath.exp(-a) / mpmath.gamma(b)),
    ("tf.math.zeta(y + 1.0, x)", lambda a, b: -(b + 1) * mpmath.zeta(b + 2, a)),
    ("tf.math.xlogy(x, y)", lambda a, b: mpmath.log(b)),
    ("tf.math.erfc(x) * y", lambda a, b: -2 * b / mpmath.sqrt(mpmath.pi) * mpmath.exp(-a * a)),
]


@pytest.mark.parametrize(("formula", "by_hand"), SPECIAL, ids=[formula for formula, _ in SPECIAL])
def test_special_functions_have_twins(twins: Derive, formula: str, by_hand: Callable[[float, float], float]) -> None:
    twin, *_ = twins(script(formula, {"x": 1.3, "y": 0.7}))
    assert twin is not None
    assert twin.value == pytest.approx(float(by_hand(1.3, 0.7)), rel=1e-4)
    assert twin.latex.isascii()


@pytest.mark.parametrize(
    ("operation", "value", "left", "slope"),
    [
        ("tf.nn.elu(x)", -1.0, "where x ≤ 0: ∂f/∂x", sympy.exp(-1)),
        ("tf.nn.elu(x)", 1.0, "where x > 0: ∂f/∂x", 1),
        ("tf.nn.selu(x)", 2.0, "where x > 0: ∂f/∂x", 1.0507009873554805),
        ("tf.nn.relu6(x)", 7.0, "where x > 6: ∂f/∂x", 0),
        ("tf.where(x > 0, x**2, -x)", -3.0, "on this branch: ∂f/∂x", -1),
        ("tf.nn.leaky_relu(x, 0.25) ** 2", -2.0, "where x ≤ 0: ∂f/∂x", -0.25),
    ],
)
def test_a_choice_is_followed_to_the_branch_that_was_taken(
    twins: Derive, operation: str, value: float, left: str, slope: float
) -> None:
    twin = only(twins(script(operation, {"x": value})))
    assert twin.left == left
    assert twin.value == pytest.approx(float(slope), rel=1e-5, abs=1e-9)


@pytest.mark.parametrize(
    ("formula", "by_hand"),
    [
        ("tf.nn.leaky_relu(x, 0.25) ** 2", 2.0),
        ("tf.nn.elu(-x)", sympy.exp(-2.0)),
        ("tf.nn.softplus(x)", sympy.exp(-2.0) / (1 + sympy.exp(-2.0)) ** 2),
        ("tf.math.lgamma(x)", sympy.polygamma(1, 2.0)),
        ("tf.nn.relu6(x) ** 3", 12.0),
        ("tf.math.rsqrt(x)", 0.75 * 2.0**-2.5),
    ],
)
def test_second_derivatives_go_through_gates_and_special_functions(twins: Derive, formula: str, by_hand: float) -> None:
    twin = only(twins(NESTED.format(x=2.0, formula=formula), call=1))
    assert twin.value == pytest.approx(float(by_hand), rel=1e-4)


def test_a_third_derivative_has_a_twin(twins: Derive) -> None:
    text = """x = tf.Variable(2.0)
with tf.GradientTape() as first:
    with tf.GradientTape() as second:
        with tf.GradientTape() as third:
            y = x**5
        d1 = third.gradient(y, x)
    d2 = second.gradient(d1, x)
d3 = first.gradient(d2, x)
"""
    assert only(twins(text, call=2)).expression == "60x²"


def test_several_targets_are_differentiated_as_their_sum(twins: Derive) -> None:
    twin = only(
        twins("""x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    a = x**2
    b = tf.sin(x)
g = tape.gradient([a, b], x)
""")
    )
    assert (twin.left, twin.expression) == ("∂(a + b)/∂x", "2x + cos(x)")
    assert twin.latex.startswith(r"\frac{\partial \left(a + b\right)}{\partial x}")


def test_the_branch_that_python_took_is_differentiated(twins: Derive) -> None:
    text = """x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    f = x**3 if x > 0 else -x
    while f < 100:
        f = f * x
g = tape.gradient(f, x)
"""
    assert only(twins(text)).expression == "5x⁴"
