"""The fused ops of TensorFlow's backward pass: second derivatives are taken through them."""

from __future__ import annotations

from tapeviz.model.rules.rule import Rule

_TWICE = "A VJP is a function like any other: it is linear in what comes in, and is differentiated by both."


def _slope(op_types: tuple[str, ...], of: str, symbol: str, forward: str, locals_: tuple[str, str]) -> Rule:
    return Rule(
        op_types=op_types,
        name=f"VJP of {of}",
        symbol=symbol,
        forward=forward,
        locals=locals_,
        sentence=_TWICE,
    )


ELEMENTWISE_VJPS = (
    _slope(("SigmoidGrad",), "sigmoid", "σ′", "v * u * (1 - u)", ("v * (1 - 2 * u)", "u * (1 - u)")),
    _slope(("TanhGrad",), "tanh", "tanh′", "v * (1 - u**2)", ("-2 * u * v", "1 - u**2")),
    _slope(("SqrtGrad",), "square root", "√′", "v / (2 * u)", ("-z / u", "1 / (2 * u)")),
    _slope(("RsqrtGrad",), "inverse root", "1/√′", "-v * u**3 / 2", ("-3 / 2 * u**2 * v", "-u**3 / 2")),
    _slope(("ReciprocalGrad", "InvGrad"), "reciprocal", "1/x′", "-v * u**2", ("-2 * u * v", "-u**2")),
    _slope(
        ("SoftplusGrad",),
        "softplus",
        "softpl′",
        "u * sigmoid(v)",
        ("sigmoid(v)", "u * sigmoid(v) * (1 - sigmoid(v))"),
    ),
    _slope(("ReluGrad",), "ReLU", "relu′", "u if v > 0 else 0", ("1 if v > 0 else 0", "0")),
    _slope(("Relu6Grad",), "ReLU6", "relu6′", "u if 0 < v < 6 else 0", ("1 if 0 < v < 6 else 0", "0")),
    Rule(
        op_types=("LeakyReluGrad",),
        name="VJP of leaky ReLU",
        symbol="lrelu′",
        forward="u if v > 0 else a * u",
        locals=("1 if v > 0 else a", "0"),
        parameters=(("a", "alpha"),),
        sentence=_TWICE,
    ),
    _slope(
        ("EluGrad",),
        "ELU",
        "elu′",
        "u * (v + 1) if v < 0 else u",
        ("v + 1 if v < 0 else 1", "u if v < 0 else 0"),
    ),
    _slope(
        ("SeluGrad",),
        "SELU",
        "selu′",
        "u * (v + 1.7580993408473766) if v < 0 else 1.0507009873554805 * u",
        ("v + 1.7580993408473766 if v < 0 else 1.0507009873554805", "u if v < 0 else 0"),
    ),
)


def _linear(
    op_types: tuple[str, ...], of: str, symbol: str, forward: str, pull: tuple[str, ...], backward: str
) -> Rule:
    return Rule(
        op_types=op_types,
        name=f"VJP of {of}",
        symbol=symbol,
        manner="structural",
        forward=forward,
        pull=pull,
        backward=backward,
        sentence=_TWICE,
    )


STRUCTURAL_VJPS = (
    _linear(
        ("BiasAddGrad",),
        "bias",
        "Σ rows",
        "z = Σ u over all axes but the channels",
        ("spread(z̄)",),
        "hands the cotangent to each element that was summed",
    ),
    _linear(
        ("StridedSliceGrad",),
        "slice",
        "[ : ]′",
        "z = s in the slice, 0 elsewhere",
        ("", "", "", "", "sliced(z̄)"),
        "takes the same slice of the cotangent",
    ),
    _linear(
        ("MirrorPadGrad",),
        "mirror padding",
        "pad′",
        "z = u, its border folded back",
        ("mirrored(z̄)",),
        "mirrors the cotangent at the border",
    ),
    _linear(
        ("MaxPoolGrad", "MaxPool3DGrad"),
        "max pooling",
        "maxpl′",
        "z = w at the maximum of each window of u",
        ("0", "0", "at_maxima(z̄)"),
        "reads the cotangent at the maximum of each window",
    ),
    _linear(
        ("AvgPoolGrad", "AvgPool3DGrad"),
        "average pooling",
        "avgpl′",
        "z = v shared out over each window",
        ("", "pooled(z̄)"),
        "takes the mean of the cotangent over each window",
    ),
    _linear(
        ("Conv2DBackpropInput", "Conv3DBackpropInputV2"),
        "convolution (by its input)",
        "convᵀ",
        "z = convᵀ(w, v)",
        ("", "correlate(z̄, w)", "conv(z̄, v)"),
        "convolves the cotangent with the kernel",
    ),
    _linear(
        ("Conv2DBackpropFilter", "Conv3DBackpropFilterV2"),
        "convolution (by its kernel)",
        "corr",
        "z = corr(u, w)",
        ("conv_transpose(w, z̄)", "", "conv(u, z̄)"),
        "convolves with the cotangent as if it were the kernel",
    ),
    _linear(
        ("DepthwiseConv2dNativeBackpropInput",),
        "depthwise convolution (by its input)",
        "convᵀ",
        "z = convᵀ(w, v)",
        ("", "correlate(z̄, w)", "conv(z̄, v)"),
        "convolves the cotangent with the kernel",
    ),
    _linear(
        ("DepthwiseConv2dNativeBackpropFilter",),
        "depthwise convolution (by its kernel)",
        "corr",
        "z = corr(u, w)",
        ("conv_transpose(w, z̄)", "", "conv(u, z̄)"),
        "convolves with the cotangent as if it were the kernel",
    ),
)
