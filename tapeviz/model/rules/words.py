"""The words of the rules: what is done to whole tensors, each with its text, its LaTeX and its meaning.

A formula such as ``z̄ @ T(v)`` is written once, in `notation`. What a word looks like stands here; what it computes is
written out beside the tests, which hold every formula to TensorFlow's own VJP.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """How one function of the notation is written.

    Parameters
    ----------
    text, latex : str
        Templates; ``{0}`` is the first argument.
    meaning : str
        What it does, for the list of rules.
    is_tight : bool
        Whether its arguments need brackets unless they are single letters: ``(u v)ᵀ``.
    level : str
        How tightly it holds together: ``Σ u`` like a product.
    """

    text: str
    latex: str
    meaning: str
    is_tight: bool = False
    level: Literal["sum", "product", "atom"] = "atom"


def _named(name: str, meaning: str, arity: int = 1) -> Word:
    places = ", ".join(f"{{{place}}}" for place in range(arity))
    word = name.replace("_", r"\ ")
    return Word(
        text=f"{name.replace('_', ' ')}({places})",
        latex=rf"\mathrm{{{{{word}}}}}\left({places}\right)",
        meaning=meaning,
    )


ALGEBRA = {
    "T": Word(text="{0}ᵀ", latex="{0}^{{T}}", meaning="the last two axes exchanged", is_tight=True),
    "inv": Word(text="{0}⁻¹", latex="{0}^{{-1}}", meaning="the inverse of the matrix", is_tight=True),
    "invT": Word(text="{0}⁻ᵀ", latex="{0}^{{-T}}", meaning="the inverse of the matrix, transposed", is_tight=True),
    "diag": _named("diag", "a vector as the diagonal of a matrix that is 0 elsewhere"),
    "diagonal": _named("diagonal", "the diagonal of a matrix as a vector"),
    "off_diagonal": _named("off_diagonal", "the matrix with 0 where the diagonal was set"),
    "band": _named("band", "the same band of the matrix, 0 outside"),
    "triangle": _named("triangle", "the triangle that was used, 0 in the other one"),
    "half_lower": Word(text="Φ({0})", latex=r"\Phi\left({0}\right)", meaning="the lower triangle, its diagonal halved"),
    "symmetric": _named("sym", "half the sum of the matrix and its transpose"),
    "mirrored_lower": _named("copyltu", "the lower triangle, copied to the upper one"),
    "fold_lower": _named("tril", "both triangles added into the lower one, as TensorFlow reads it"),
    "gaps": Word(
        text="F({0})",
        latex=r"F\left({0}\right)",
        meaning="1 over the difference of each two of the numbers: Fᵢⱼ = 1 / (eⱼ − eᵢ), 0 on the diagonal",
    ),
    "outside": Word(
        text="(I − {0} {0}ᵀ)", latex=r"\left(I - {0} {0}^{{T}}\right)", meaning="what the columns do not span"
    ),
    "eigenvectors": Word(text="Q", latex="Q", meaning="the eigenvectors of u as columns"),
    "left_vectors": Word(text="P", latex="P", meaning="the left singular vectors of u as columns"),
    "right_vectors": Word(text="Q", latex="Q", meaning="the right singular vectors of u as columns"),
    "cross": Word(
        text="{0} × {1}", latex=r"{0} \times {1}", meaning="the cross product", is_tight=True, level="product"
    ),
    "sparse": Word(text="A", latex="A", meaning="the sparse matrix that was multiplied"),
    "einsum": _named("einsum", "the einsum that takes the letters of the result back to those of this operand", 2),
    "einsum1": _named("einsum", "the einsum that takes the letters of the result back to those of the operand"),
}

SUMS = {
    "spread": Word(
        text="{0}, once for each element",
        latex="{0}",
        meaning="copied along the axes that were summed",
        level="product",
    ),
    "others": Word(
        text="Π of the other elements", latex=r"\prod_{{j \neq i}} {0}_j", meaning="the product of the others"
    ),
    "total": Word(text="Σ {0}", latex=r"\sum {0}", meaning="the sum over the classes (the last axis)", level="product"),
    "sum_copies": Word(
        text="Σ {0} over the copies",
        latex=r"\sum_{{\mathrm{{copies}}}} {0}",
        meaning="the sum over all places to which an element was copied",
        level="product",
    ),
    "sum_positions": Word(
        text="Σ {0} over all axes but the channels",
        latex=r"\sum_{{\neq \mathrm{{channel}}}} {0}",
        meaning="the sum over every axis except that of the channels",
        level="product",
    ),
    "later": Word(
        text="{0}ᵢ + {0}ᵢ₊₁ + …",
        latex=r"\sum_{{j \geq i}} {0}_j",
        meaning="the sum from here to the end",
        is_tight=True,
        level="sum",
    ),
    "after": Word(
        text="{0}ᵢ₊₁ + {0}ᵢ₊₂ + …",
        latex=r"\sum_{{j > i}} {0}_j",
        meaning="the sum of all that follow",
        is_tight=True,
        level="sum",
    ),
    "earlier": Word(
        text="{0}₁ + … + {0}ᵢ",
        latex=r"\sum_{{j \leq i}} {0}_j",
        meaning="the sum up to here",
        is_tight=True,
        level="sum",
    ),
    "before": Word(
        text="{0}₁ + … + {0}ᵢ₋₁",
        latex=r"\sum_{{j < i}} {0}_j",
        meaning="the sum of all before",
        is_tight=True,
        level="sum",
    ),
    "mean": Word(
        text="mean({0})",
        latex=r"\mathrm{{mean}}\left({0}\right)",
        meaning="the mean over every axis except that of the channels",
    ),
}

MOVES = {
    "shaped": Word(
        text="{0} in the shape of {1}", latex=r"\mathrm{{reshape}}\left({0}\right)", meaning="the shape of the input"
    ),
    "typed": Word(text="{0}, in the type of {1}", latex="{0}", meaning="cast to the type of the input"),
    "permuted": Word(text="{0}ᵀ", latex="{0}^{{T}}", meaning="the axes put back in their order", is_tight=True),
    "adjoined": Word(
        text="{0}ᴴ", latex="{0}^{{H}}", meaning="the axes put back in their order, conjugated", is_tight=True
    ),
    "reversed": Word(text="{0}, back to front", latex=r"\mathrm{{reverse}}\left({0}\right)", meaning="turned round"),
    "rolled_back": Word(
        text="{0}, rolled back", latex=r"\mathrm{{roll}}^{{-1}}\left({0}\right)", meaning="rolled back"
    ),
    "placed": Word(
        text="{0} in its place, 0 elsewhere",
        latex=r"\mathrm{{place}}\left({0}\right)",
        meaning="put where it was taken from; what was taken twice is added up",
    ),
    "placed_at": Word(
        text="{0} added up at {1}, 0 elsewhere",
        latex=r"\mathrm{{scatter}}_{{{1}}}\left({0}\right)",
        meaning="put back at the indices it was taken from; what was taken twice is added up",
    ),
    "at": Word(text="{0}[{1}]", latex="{0}_{{{1}}}", meaning="what stands at the indices", is_tight=True),
    "cleared_at": Word(
        text="{0}, 0 at {1}",
        latex=r"{0} \left[{1} \to 0\right]",
        meaning="the same with 0 at the indices that were overwritten",
    ),
    "cleared": Word(
        text="{0}, 0 in the slice",
        latex=r"\mathrm{{clear}}\left({0}\right)",
        meaning="the same with 0 in the slice that was overwritten",
    ),
    "sliced": Word(text="{0} in the slice", latex=r"\mathrm{{slice}}\left({0}\right)", meaning="the same slice of it"),
    "part": Word(
        text="its part of {0}", latex=r"\mathrm{{part}}\left({0}\right)", meaning="the part this input became"
    ),
    "joined": Word(
        text="[{0}₁, {0}₂, …]",
        latex=r"[{0}_1, {0}_2, \ldots]",
        meaning="the cotangents of all outputs, put together again",
    ),
    "cropped": Word(
        text="{0} without the border", latex=r"\mathrm{{crop}}\left({0}\right)", meaning="the border cut off"
    ),
    "folded": Word(
        text="{0}, its border folded back",
        latex=r"\mathrm{{fold}}\left({0}\right)",
        meaning="what was mirrored is added to where it came from",
    ),
    "mirrored": Word(text="{0}, mirrored", latex=r"\mathrm{{mirror}}\left({0}\right)", meaning="padded by its mirror"),
    "space_to_depth": _named("space_to_depth", "blocks of pixels stacked as channels"),
    "depth_to_space": _named("depth_to_space", "channels laid out as blocks of pixels"),
    "space_to_batch": _named("space_to_batch", "blocks of pixels stacked as batches"),
    "batch_to_space": _named("batch_to_space", "batches laid out as blocks of pixels"),
    "resized_back": Word(
        text="{0}, given back to the pixels it was mixed from",
        latex=r"R^{{T}} {0}",
        meaning="the transpose of resizing: each output pixel gives back by the weights it was mixed with",
    ),
    "patched_back": Word(
        text="{0} added up at the pixels of each patch",
        latex=r"\mathrm{{fold}}\left({0}\right)",
        meaning="each patch added up at the pixels it was taken from",
    ),
}

LAYERS = {
    "softmax": _named("softmax", "the softmax over the last axis"),
    "log_softmax": Word(
        text="log softmax({0})", latex=r"\log \mathrm{{softmax}}\left({0}\right)", meaning="the log of the softmax"
    ),
    "onehot": _named("onehot", "1 at the index of the class, 0 at all others"),
    "conv": _named("conv", "the convolution with the same strides and padding", 2),
    "conv_transpose": Word(
        text="convᵀ({0}, {1})",
        latex=r"\mathrm{{conv}}^{{T}}\left({0}, {1}\right)",
        meaning="the transposed convolution: the same kernel, turned round, from each output back to its window",
    ),
    "correlate": Word(
        text="corr({0}, {1})",
        latex=r"\mathrm{{corr}}\left({0}, {1}\right)",
        meaning="the correlation of input and cotangent: for each kernel weight, the sum over all places it was used",
    ),
    "unpooled": Word(
        text="{0} at the maximum of each window, 0 elsewhere",
        latex=r"\mathrm{{unpool}}\left({0}\right)",
        meaning="each cotangent at the largest element of its window",
    ),
    "at_maxima": Word(
        text="{0} at the maximum of each window",
        latex=r"\mathrm{{pick}}\left({0}\right)",
        meaning="what stands at the largest element of each window",
    ),
    "shared": Word(
        text="{0} shared out over each window",
        latex=r"\mathrm{{share}}\left({0}\right)",
        meaning="each cotangent divided evenly among the elements of its window",
    ),
    "pooled": Word(
        text="avgpool({0})", latex=r"\mathrm{{avgpool}}\left({0}\right)", meaning="the mean over each window"
    ),
    "normal": Word(
        text="normal({0})",
        latex=r"\hat{{{0}}}",
        meaning="u normalised: less its mean, divided by its standard deviation",
    ),
    "deviation": Word(
        text="σ({0})", latex=r"\sigma\left({0}\right)", meaning="√(variance + ε) over every axis except the channels"
    ),
    "neighbours": Word(
        text="Σ {0} over the neighbours",
        latex=r"\sum_{{\mathrm{{near}}}} {0}",
        meaning="the sum over the channels within the depth radius",
        level="product",
    ),
}

COMPLEX = {
    "complex": _named("complex", "real and imaginary part put together", 2),
    "real": Word(text="Re({0})", latex=r"\mathrm{{Re}}\left({0}\right)", meaning="the real part"),
    "imag": Word(text="Im({0})", latex=r"\mathrm{{Im}}\left({0}\right)", meaning="the imaginary part"),
    "conj": Word(text="conj({0})", latex=r"\overline{{{0}}}", meaning="the complex conjugate"),
    "i": Word(text="i", latex="i", meaning="the imaginary unit"),
    "fft": _named("fft", "the discrete Fourier transform"),
    "ifft": _named("ifft", "the inverse discrete Fourier transform"),
    "rfft": _named("rfft", "the Fourier transform of real numbers, its first half"),
    "filled": Word(
        text="{0} filled up with 0",
        latex=r"\mathrm{{fill}}\left({0}\right)",
        meaning="the half that was cut off put back as 0",
    ),
    "doubled": Word(
        text="{0}, doubled but for the ends",
        latex=r"\mathrm{{double}}\left({0}\right)",
        meaning="twice each frequency that stands for its mirror image too",
    ),
}

FUNCTIONS_BY_NAME = {
    "digamma": Word(text="ψ({0})", latex=r"\psi\left({0}\right)", meaning="the digamma function"),
    "polygamma": Word(
        text="ψ₍{0}₎({1})", latex=r"\psi^{{({0})}}\left({1}\right)", meaning="a derivative of the digamma function"
    ),
    "lgamma": Word(text="log Γ({0})", latex=r"\log \Gamma\left({0}\right)", meaning="the logarithm of gamma"),
    "loggamma": Word(text="log Γ({0})", latex=r"\log \Gamma\left({0}\right)", meaning="the logarithm of gamma"),
    "zeta": Word(text="ζ({0}, {1})", latex=r"\zeta\left({0}, {1}\right)", meaning="the Hurwitz zeta function"),
    "igamma": Word(text="P({0}, {1})", latex=r"P\left({0}, {1}\right)", meaning="the regularised lower gamma function"),
    "igammac": Word(
        text="Q({0}, {1})", latex=r"Q\left({0}, {1}\right)", meaning="the regularised upper gamma function"
    ),
    "igamma_by_a": Word(
        text="∂P({0}, {1})/∂{0}",
        latex=r"\frac{{\partial P\left({0}, {1}\right)}}{{\partial {0}}}",
        meaning="the derivative of P by its first argument, which has no shorter form",
    ),
    "lbeta": Word(text="log B({0}, {1})", latex=r"\log B\left({0}, {1}\right)", meaning="the logarithm of beta"),
    "betainc": Word(
        text="I₍{2}₎({0}, {1})", latex=r"I_{{{2}}}\left({0}, {1}\right)", meaning="the regularised incomplete beta"
    ),
    "expint": Word(text="Ei({0})", latex=r"\mathrm{{Ei}}\left({0}\right)", meaning="the exponential integral"),
    **{
        name: Word(
            text=f"{letter}{subscript}({{0}})",
            latex=rf"{letter}_{place}\left({{0}}\right)",
            meaning=f"the Bessel function {letter}{subscript}",
        )
        for letter in "IJKY"
        for place, subscript in enumerate("₀₁")
        for name in [f"bessel{letter}{place}"]
    },
    **{
        f"bessel{letter}{place}e": Word(
            text=f"{letter}{subscript}ₑ({{0}})",
            latex=rf"{letter}_{place}^{{{{e}}}}\left({{0}}\right)",
            meaning=f"the Bessel function {letter}{subscript}, exponentially scaled",
        )
        for letter in "IK"
        for place, subscript in enumerate("₀₁")
    },
    "besseli": Word(text="I₍{0}₎({1})", latex=r"I_{{{0}}}\left({1}\right)", meaning="the Bessel function I"),
    "besselj": Word(text="J₍{0}₎({1})", latex=r"J_{{{0}}}\left({1}\right)", meaning="the Bessel function J"),
    "besselk": Word(text="K₍{0}₎({1})", latex=r"K_{{{0}}}\left({1}\right)", meaning="the Bessel function K"),
    "bessely": Word(text="Y₍{0}₎({1})", latex=r"Y_{{{0}}}\left({1}\right)", meaning="the Bessel function Y"),
}

WORDS: dict[str, Word] = {**ALGEBRA, **SUMS, **MOVES, **LAYERS, **COMPLEX, **FUNCTIONS_BY_NAME}
"""Every word of the notation that is more than a function of one number that any calculator has."""
