"""Products of matrices, and what is done to whole matrices. A bar stands for a cotangent: ū belongs to u."""

from __future__ import annotations

from tapeviz.model.rules.rule import Rule

LINEAR_ALGEBRA = (
    Rule(
        op_types=("MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3"),
        name="Matrix product",
        symbol="@",
        manner="structural",
        forward="z = u v",
        vjp=("z̄ vᵀ", "uᵀ z̄"),
        latex=(r"\bar{u} = \bar{z} \, v^{T}", r"\bar{v} = u^{T} \, \bar{z}"),
        backward="multiplies the cotangent by the other matrix, transposed",
        sentence="Each matrix gets the cotangent multiplied by the other one, transposed: the shapes leave no choice.",
    ),
    Rule(
        op_types=("MatrixInverse",),
        name="Matrix inverse",
        symbol="( )⁻¹",
        manner="structural",
        forward="z = u⁻¹",
        vjp=("−zᵀ z̄ zᵀ",),
        latex=(r"\bar{u} = -z^{T} \, \bar{z} \, z^{T}",),
        backward="multiplies the cotangent by the inverse, transposed, on both sides",
        sentence="As −1/x² for numbers, with the order of the factors kept.",
    ),
    Rule(
        op_types=("MatrixDeterminant",),
        name="Determinant",
        symbol="det",
        manner="structural",
        forward="z = det u",
        vjp=("z̄ · z · u⁻ᵀ",),
        latex=(r"\bar{u} = \bar{z} \, z \, u^{-T}",),
        backward="scales the inverse, transposed, by the determinant",
        sentence="The derivative of the determinant is its adjugate, transposed.",
    ),
    Rule(
        op_types=("MatrixDiagPart", "MatrixDiagPartV2", "MatrixDiagPartV3", "DiagPart"),
        name="Diagonal of",
        symbol="diag",
        manner="structural",
        forward="z = diag u",
        vjp=("z̄ on the diagonal, 0 elsewhere",),
        latex=(r"\bar{u} = \mathrm{diag}(\bar{z})",),
        backward="puts the cotangents on the diagonal and 0 elsewhere",
        sentence="Only the diagonal was read, so only the diagonal gets something back.",
    ),
    Rule(
        op_types=("Cross",),
        name="Cross product",
        symbol="cross",
        manner="structural",
        forward="z = u × v",
        vjp=("v × z̄", "z̄ × u"),
        latex=(r"\bar{u} = v \times \bar{z}", r"\bar{v} = \bar{z} \times u"),
        backward="crosses the cotangent with the other vector",
        sentence="Each vector gets a cross product of the cotangent with the other one.",
    ),
)
