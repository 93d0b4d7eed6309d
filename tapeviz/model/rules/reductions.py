"""Many elements into fewer: sums, means, extremes."""

from __future__ import annotations

from tapeviz.model.rules.rule import Rule

REDUCTIONS = (
    Rule(
        op_types=("Sum",),
        name="Sum",
        symbol="Σ",
        manner="structural",
        forward="z = Σ u",
        vjp=("z̄, once for each element",),
        latex=(r"\bar{u}_i = \bar{z}",),
        backward="hands the cotangent to each element that was summed",
        sentence="A sum hands its cotangent to every element it added.",
    ),
    Rule(
        op_types=("Mean",),
        name="Mean",
        symbol="mean",
        manner="structural",
        forward="z = (1/n) Σ u",
        vjp=("z̄ / n, once for each element",),
        latex=(r"\bar{u}_i = \frac{1}{n} \, \bar{z}",),
        backward="hands each element an equal share of the cotangent",
        sentence="A mean shares its cotangent out evenly: 1/n to each of the n elements.",
    ),
    Rule(
        op_types=("Prod",),
        name="Product",
        symbol="Π",
        manner="structural",
        forward="z = Π u",
        vjp=("z̄ · Π of the other elements",),
        latex=(r"\bar{u}_i = \bar{z} \, \prod_{j \neq i} u_j",),
        backward="multiplies the cotangent by the product of the other elements",
        sentence="Each element gets the cotangent times the product of all the others.",
    ),
    Rule(
        op_types=("Max",),
        name="Largest element",
        symbol="max",
        manner="structural",
        forward="z = max u",
        vjp=("z̄ where u = z, else 0",),
        latex=(r"\bar{u}_i = \bar{z}\ \text{if}\ u_i = z,\ \text{else}\ 0",),
        backward="sends the cotangent to the largest element only",
        sentence="The winner takes it all; winners that tie share it.",
    ),
    Rule(
        op_types=("Min",),
        name="Smallest element",
        symbol="min",
        manner="structural",
        forward="z = min u",
        vjp=("z̄ where u = z, else 0",),
        latex=(r"\bar{u}_i = \bar{z}\ \text{if}\ u_i = z,\ \text{else}\ 0",),
        backward="sends the cotangent to the smallest element only",
        sentence="The smallest takes it all; those that tie share it.",
    ),
    Rule(
        op_types=("Cumsum",),
        name="Running sum",
        symbol="cumsum",
        manner="structural",
        forward="zᵢ = u₁ + … + uᵢ",
        vjp=("z̄ᵢ + z̄ᵢ₊₁ + …",),
        latex=(r"\bar{u}_i = \sum_{j \geq i} \bar{z}_j",),
        backward="sums the cotangents from the other end",
        sentence="Each element is in all later sums, so it gets the sum of all later cotangents.",
    ),
)
