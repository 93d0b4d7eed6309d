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
        pull=("spread(z̄)",),
        index="i",
        backward="hands the cotangent to each element that was summed",
        sentence="A sum hands its cotangent to every element it added.",
    ),
    Rule(
        op_types=("Mean",),
        name="Mean",
        symbol="mean",
        manner="structural",
        forward="z = (1/n) Σ u",
        pull=("spread(z̄ / n)",),
        index="i",
        backward="hands each element an equal share of the cotangent",
        sentence="A mean shares its cotangent out evenly: 1/n to each of the n elements.",
    ),
    Rule(
        op_types=("Prod",),
        name="Product",
        symbol="Π",
        manner="structural",
        forward="z = Π u",
        pull=("z̄ * others(u)",),
        index="i",
        backward="multiplies the cotangent by the product of the other elements",
        sentence="Each element gets the cotangent times the product of all the others.",
    ),
    Rule(
        op_types=("EuclideanNorm",),
        name="Euclidean norm",
        symbol="‖ ‖",
        manner="structural",
        forward="z = √(Σ u²)",
        pull=("z̄ * u / z",),
        backward="points the cotangent along the vector, which is scaled to length 1",
        sentence="A length grows fastest along the vector itself, and at rate 1.",
    ),
    Rule(
        op_types=("Max",),
        name="Largest element",
        symbol="max",
        manner="structural",
        forward="z = max u",
        pull=("z̄ / k if u == z else 0",),
        backward="sends the cotangent to the largest element only",
        sentence="The winner takes it all; k winners that tie share it.",
    ),
    Rule(
        op_types=("Min",),
        name="Smallest element",
        symbol="min",
        manner="structural",
        forward="z = min u",
        pull=("z̄ / k if u == z else 0",),
        backward="sends the cotangent to the smallest element only",
        sentence="The smallest takes it all; k that tie share it.",
    ),
)


def _running(is_reverse: bool, is_exclusive: bool, forward: str, back: str) -> tuple[Rule, Rule]:
    where = (("reverse", is_reverse), ("exclusive", is_exclusive))
    total = Rule(
        op_types=("Cumsum",),
        name="Running sum",
        symbol="cumsum",
        manner="structural",
        forward=forward,
        pull=(f"{back}(z̄)",),
        index="i",
        where=where,
        backward="sums the cotangents from the other end",
        sentence="Each element is in many of the sums, so it gets the sum of their cotangents.",
    )
    product = Rule(
        op_types=("Cumprod",),
        name="Running product",
        symbol="cumprod",
        manner="structural",
        forward=forward.replace("+", "·"),
        pull=(f"{back}((z̄ * z)) / u",),
        where=where,
        backward="sums cotangent times product from the other end, and divides by each element",
        sentence="Each element is a factor of many of the products: z̄ z, summed over them, divided by the element.",
    )
    return total, product


RUNNING = (
    *_running(False, False, "zᵢ = u₁ + … + uᵢ", "later"),
    *_running(False, True, "zᵢ = u₁ + … + uᵢ₋₁", "after"),
    *_running(True, False, "zᵢ = uᵢ + uᵢ₊₁ + …", "earlier"),
    *_running(True, True, "zᵢ = uᵢ₊₁ + uᵢ₊₂ + …", "before"),
    Rule(
        op_types=("CumulativeLogsumexp",),
        name="Running log-sum-exp",
        symbol="clogsum",
        manner="structural",
        forward="zᵢ = log(exp u₁ + … + exp uᵢ)",
        pull=("exp(u) * later((z̄ * exp(-z)))",),
        where=(("reverse", False), ("exclusive", False)),
        backward="weighs each cotangent by the share the element has in the sum",
        sentence="Each element gets a cotangent in proportion to its share exp(uᵢ − zⱼ) in every later sum.",
    ),
)

SEGMENTS = (
    Rule(
        op_types=("SegmentSum", "UnsortedSegmentSum"),
        name="Sum by segment",
        symbol="Σ seg",
        manner="structural",
        forward="zₖ = Σ u over segment k",
        pull=("at(z̄, v)",),
        backward="hands each row the cotangent of its segment",
        sentence="Each row gets the cotangent of the segment it was added to.",
    ),
    Rule(
        op_types=("SegmentMean",),
        name="Mean by segment",
        symbol="mean seg",
        manner="structural",
        forward="zₖ = the mean of u over segment k",
        pull=("at(z̄, v) / n",),
        backward="shares the cotangent of each segment out over its n rows",
        sentence="Each of the n rows of a segment gets 1/n of its cotangent.",
    ),
    Rule(
        op_types=("SegmentMax", "SegmentMin", "UnsortedSegmentMax", "UnsortedSegmentMin"),
        name="Extreme by segment",
        symbol="ext seg",
        manner="structural",
        forward="zₖ = the extreme of u over segment k",
        pull=("at(z̄, v) / k if u == at(z, v) else 0",),
        backward="sends the cotangent of each segment to the row that won",
        sentence="The winner of each segment takes it all; k winners that tie share it.",
    ),
    Rule(
        op_types=("SegmentProd", "UnsortedSegmentProd"),
        name="Product by segment",
        symbol="Π seg",
        manner="structural",
        forward="zₖ = Π u over segment k",
        pull=("at((z̄ * z), v) / u",),
        backward="multiplies the cotangent of each segment by the product of its other rows",
        sentence="Each row gets the cotangent of its segment times the product of all the others in it.",
    ),
    Rule(
        op_types=("SparseSegmentSum", "SparseSegmentSumWithNumSegments"),
        name="Sum of picked rows by segment",
        symbol="Σ seg",
        manner="structural",
        forward="zₖ = Σ u[v] over segment k",
        pull=("placed_at(at(z̄, w), v)",),
        backward="hands each row that was picked the cotangent of its segment",
        sentence="Each row gets the cotangents of all segments it was added to.",
    ),
    Rule(
        op_types=("SparseSegmentMean", "SparseSegmentMeanWithNumSegments"),
        name="Mean of picked rows by segment",
        symbol="mean seg",
        manner="structural",
        forward="zₖ = the mean of u[v] over segment k",
        pull=("placed_at(at(z̄, w) / n, v)",),
        backward="shares the cotangent of each segment out over the rows that were picked for it",
        sentence="Each of the n rows of a segment gets 1/n of its cotangent, as often as it was picked.",
    ),
    Rule(
        op_types=("SparseSegmentSqrtN", "SparseSegmentSqrtNWithNumSegments"),
        name="Scaled sum of picked rows by segment",
        symbol="Σ seg",
        manner="structural",
        forward="zₖ = Σ u[v] / √n over segment k",
        pull=("placed_at(at(z̄, w) / sqrt(n), v)",),
        backward="hands each row that was picked the cotangent of its segment, divided by √n",
        sentence="Each of the n rows of a segment gets 1/√n of its cotangent, as often as it was picked.",
    ),
)
