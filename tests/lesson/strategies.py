"""Formulas and forms as hypothesis makes them up."""

from __future__ import annotations

from hypothesis import strategies as st

from tapeviz.model.expression import (
    Binary,
    Call,
    Constant,
    Expression,
    Item,
    Name,
    Negative,
    Number,
)
from tapeviz.model.form import QuickForm, VariableKind, VariableRow

SCALAR_FUNCTIONS = ("sin", "cos", "tanh", "exp", "sigmoid", "relu", "softplus", "abs")

numbers = st.sampled_from(["1", "2", "3", "0.5", "1.25", "1e-3", "10"])
atoms: st.SearchStrategy[Expression] = st.one_of(
    numbers.map(Number), st.sampled_from(["pi", "e"]).map(Constant), st.sampled_from(["x", "y", "w1", "rate"]).map(Name)
)


def _grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.one_of(
        st.builds(Negative, inner),
        st.builds(Binary, st.sampled_from(["+", "-", "*", "/", "@"]), inner, inner),
        st.builds(Binary, st.just("**"), inner.filter(lambda part: part != Constant("e")), inner),
        st.builds(lambda name, part: Call(name, (part,)), st.sampled_from(SCALAR_FUNCTIONS), inner),
        st.builds(lambda name, a, b: Call(name, (a, b)), st.sampled_from(["max", "min", "dot"]), inner, inner),
        st.builds(lambda part, index: Item(part, (index,)), inner, st.integers(-2, 2)),
        st.builds(lambda part: Call("transpose", (part,)), inner),
    )


trees: st.SearchStrategy[Expression] = st.recursive(atoms, _grown, max_leaves=12)


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operand = st.one_of(inner, inner.map(lambda text: f"({text})"))
    return st.one_of(
        st.builds(lambda a, sign, b: f"({a}){sign}({b})", operand, st.sampled_from(["+", " - ", "*", "/"]), operand),
        st.builds(lambda a, sign, b: f"{a} {sign} {b}", operand, st.sampled_from(["+", "-"]), operand),
        st.builds(lambda number, a: f"{number}({a})", st.sampled_from(["2", "3", "0.5"]), operand),
        st.builds(lambda name, a: f"{name}({a})", st.sampled_from(["sin", "cos", "tanh"]), operand),
        st.builds(lambda a, power: f"({a})^{power}", operand, st.sampled_from(["2", "3"])),
        st.builds(lambda a: f"-({a})^2", operand),
    )


products = st.sampled_from(
    ["x", "y", "2", "0.5", "3x", "2x*y", "x y", "3x^2", "x^2 y", "1/2x", "pi x", "2^-x", "x^2^y"]
)
typed_formulas: st.SearchStrategy[str] = st.recursive(products, _joined, max_leaves=5)
"""Text that sympy's parser reads too, with implicit products and powers of powers."""

_values = st.one_of(
    st.sampled_from(["2", "-0.5", "1e-3", "pi/2", "3.25", "2*3", "[1, 2]", "[[1, 2], [3, 4]]", "[0.5, -1.5, 2]"]),
    st.floats(-100, 100).map(repr),
)
_kinds: st.SearchStrategy[VariableKind] = st.sampled_from(["Variable", "constant", "watched constant", "frozen"])
_bodies = st.sampled_from(
    [
        "x^2 + 3xy + y^3",
        "sin(x) * y",
        "x² + 2x + 1",
        "exp(-x)/(1 + exp(-y))",
        "-y^2",
        "sum(x * y)",
        "max(x, y, 0)",
        "sqrt(abs(x))",
        "pi x",
    ]
)


@st.composite
def forms(draw: st.DrawFn) -> QuickForm:
    """Draw a form that a script can be written of."""
    extra = draw(st.lists(st.sampled_from(["a", "b", "w1"]), unique=True, max_size=2))
    rows = tuple(
        VariableRow(
            name=name,
            kind=draw(_kinds),
            value=draw(_values),
            dtype=draw(st.sampled_from(["float32", "float64"])),
            high=draw(st.sampled_from([5.0, 5.0, 20.0])),
        )
        for name in ["x", "y", *extra]
    )
    names = draw(st.lists(st.sampled_from(["f", "g", "h"]), unique=True, min_size=1, max_size=3))
    functions = []
    for position, name in enumerate(names):
        body = draw(_bodies)
        if position and draw(st.booleans()):
            body = f"{names[position - 1]}(x, y)^2 + y"
        functions.append(f"{name}(x, y) = {body}")
    return QuickForm(
        functions=tuple(functions),
        variables=rows,
        target=draw(st.sampled_from(names)),
        sources=draw(st.sampled_from([(), ("x",), ("y",), ("x", "y")])),
        persistent=draw(st.booleans()),
    )
