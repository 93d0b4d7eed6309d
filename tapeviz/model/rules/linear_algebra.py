"""Products of matrices, systems and decompositions. A bar stands for a cotangent: ū belongs to u."""

from __future__ import annotations

from tapeviz.model.rules.rule import Rule

_OTHER_SIDE = "multiplies the cotangent by the other matrix"


def _product(
    op_types: tuple[str, ...], flags: tuple[str, str], turned: tuple[bool, bool], forward: str, pull: tuple[str, str]
) -> Rule:
    is_plain = not any(turned)
    return Rule(
        op_types=op_types,
        name="Matrix product",
        symbol="@",
        manner="structural",
        forward=f"z = {forward}",
        pull=pull,
        where=tuple(zip(flags, turned, strict=True)),
        backward=f"{_OTHER_SIDE}, transposed" if is_plain else _OTHER_SIDE,
        sentence="Each matrix gets the cotangent multiplied by the other one, transposed: the shapes leave no choice.",
    )


_FOUR_PRODUCTS: tuple[tuple[tuple[bool, bool], str, tuple[str, str]], ...] = (
    ((False, False), "u v", ("z̄ @ T(v)", "T(u) @ z̄")),
    ((False, True), "u vᵀ", ("z̄ @ v", "T(z̄) @ u")),
    ((True, False), "uᵀ v", ("v @ T(z̄)", "u @ z̄")),
    ((True, True), "uᵀ vᵀ", ("T(v) @ T(z̄)", "T(z̄) @ T(u)")),
)

PRODUCTS = (
    *(_product(("MatMul",), ("transpose_a", "transpose_b"), *product) for product in _FOUR_PRODUCTS),
    *(
        _product(("BatchMatMul", "BatchMatMulV2", "BatchMatMulV3"), ("adj_x", "adj_y"), *product)
        for product in _FOUR_PRODUCTS
    ),
    Rule(
        op_types=("Einsum",),
        name="Einsum",
        symbol="einsum",
        manner="structural",
        forward="z = einsum(u, v)",
        pull=("einsum(z̄, v)", "einsum(z̄, u)"),
        where=(("N", 2),),
        backward="contracts the cotangent with the other operand, the letters of z going in and its own coming out",
        sentence="The letters tell it all: put the cotangent's in, ask for the operand's own, contract with the other.",
    ),
    Rule(
        op_types=("Einsum",),
        name="Einsum",
        symbol="einsum",
        manner="structural",
        forward="z = einsum(u)",
        pull=("einsum1(z̄)",),
        where=(("N", 1),),
        backward="puts the letters back: what was summed is copied, what was turned is turned back",
        sentence="With one operand an einsum sums, turns or picks a diagonal; the way back undoes each of these.",
    ),
    Rule(
        op_types=("SparseTensorDenseMatMul",),
        name="Sparse matrix product",
        symbol="@",
        manner="structural",
        forward="z = A u4, A the sparse matrix with values v at u",
        pull=("", "at(z̄ @ T(u4), u)", "", "T(sparse(v)) @ z̄"),
        where=(("adjoint_a", False), ("adjoint_b", False)),
        backward="multiplies the cotangent by the other matrix, transposed, and keeps only the places that are stored",
        sentence="What is not stored is no variable: only the stored places of z̄ times the other matrix count.",
    ),
    Rule(
        op_types=("Cross",),
        name="Cross product",
        symbol="cross",
        manner="structural",
        forward="z = u × v",
        pull=("cross(v, z̄)", "cross(z̄, u)"),
        backward="crosses the cotangent with the other vector",
        sentence="Each vector gets a cross product of the cotangent with the other one.",
    ),
)

SYSTEMS = (
    Rule(
        op_types=("MatrixInverse",),
        name="Matrix inverse",
        symbol="( )⁻¹",
        manner="structural",
        forward="z = u⁻¹",
        pull=("-T(z) @ z̄ @ T(z)",),
        where=(("adjoint", False),),
        backward="multiplies the cotangent by the inverse, transposed, on both sides, and turns the sign",
        sentence="As −1/x² for numbers, with the order of the factors kept.",
    ),
    Rule(
        op_types=("MatrixDeterminant",),
        name="Determinant",
        symbol="det",
        manner="structural",
        forward="z = det u",
        pull=("z̄ * z * invT(u)",),
        backward="scales the inverse, transposed, by the determinant",
        sentence="The derivative of the determinant is its adjugate, transposed.",
    ),
    Rule(
        op_types=("LogMatrixDeterminant",),
        name="Log-determinant",
        symbol="log det",
        manner="structural",
        forward="s · eᶻ = det u",
        results=("s", "z"),
        pull=("z̄ * invT(u)",),
        backward="scales the inverse, transposed, by the cotangent",
        sentence="The gradient of log |det u| is the inverse, transposed: one of the most useful in statistics.",
    ),
    Rule(
        op_types=("MatrixSolve",),
        name="Linear system",
        symbol="solve",
        manner="structural",
        forward="z = u⁻¹ v",
        pull=("-invT(u) @ z̄ @ T(z)", "invT(u) @ z̄"),
        where=(("adjoint", False),),
        backward="solves the transposed system for the cotangent",
        sentence="The way back solves the transposed system; no inverse is ever formed.",
    ),
    Rule(
        op_types=("MatrixSolve",),
        name="Linear system, transposed",
        symbol="solve",
        manner="structural",
        forward="z = u⁻ᵀ v",
        pull=("-z @ T(inv(u) @ z̄)", "inv(u) @ z̄"),
        where=(("adjoint", True),),
        backward="solves the system itself for the cotangent",
        sentence="The way back through a transposed system solves the system itself.",
    ),
    Rule(
        op_types=("MatrixTriangularSolve",),
        name="Triangular system",
        symbol="solve",
        manner="structural",
        forward="z = u⁻¹ v",
        pull=("-triangle(invT(u) @ z̄ @ T(z))", "invT(u) @ z̄"),
        where=(("adjoint", False),),
        backward="solves the transposed triangular system for the cotangent",
        sentence="Only the triangle that was used gets something back.",
    ),
    Rule(
        op_types=("MatrixTriangularSolve",),
        name="Triangular system, transposed",
        symbol="solve",
        manner="structural",
        forward="z = u⁻ᵀ v",
        pull=("-triangle(z @ T(inv(u) @ z̄))", "inv(u) @ z̄"),
        where=(("adjoint", True),),
        backward="solves the triangular system itself for the cotangent",
        sentence="Only the triangle that was used gets something back.",
    ),
)

DECOMPOSITIONS = (
    Rule(
        op_types=("Cholesky",),
        name="Cholesky factor",
        symbol="chol",
        manner="structural",
        forward="z zᵀ = u, z lower triangular",
        pull=("symmetric(invT(z) @ half_lower(T(z) @ z̄) @ inv(z))",),
        backward="solves with the factor on both sides, of the lower triangle only",
        sentence="Φ keeps the lower triangle and halves its diagonal, as the factor itself is lower triangular.",
    ),
    Rule(
        op_types=("Qr",),
        name="QR decomposition",
        symbol="qr",
        manner="structural",
        forward="q r = u, qᵀ q = 1, r upper triangular",
        results=("q", "r"),
        pull=("(q̄ + q @ mirrored_lower(r @ T(r̄) - T(q̄) @ q)) @ invT(r)",),
        where=(("full_matrices", False),),
        backward="keeps the turning and the scaling apart, as the two factors do",
        sentence="q may only turn and r may only stay triangular: the way back allows for both.",
    ),
    Rule(
        op_types=("SelfAdjointEigV2",),
        name="Eigenvalues and eigenvectors",
        symbol="eigh",
        manner="structural",
        forward="u = q diag(e) qᵀ",
        results=("e", "q"),
        pull=("fold_lower(q @ (diag(ē) + gaps(e) * (T(q) @ q̄)) @ T(q))",),
        where=(("compute_v", True),),
        backward="turns back by the eigenvectors; equal eigenvalues would divide by 0",
        sentence="Eigenvectors of near eigenvalues are sensitive: their gap stands in the denominator.",
    ),
    Rule(
        op_types=("SelfAdjointEigV2",),
        name="Eigenvalues",
        symbol="eigh",
        manner="structural",
        forward="u = Q diag(e) Qᵀ",
        results=("e", "q"),
        pull=("fold_lower(eigenvectors(u) @ diag(ē) @ T(eigenvectors(u)))",),
        where=(("compute_v", False),),
        backward="turns the cotangents of the eigenvalues back by the eigenvectors",
        sentence="Each eigenvalue moves with the outer square of its eigenvector.",
    ),
    Rule(
        op_types=("Svd",),
        name="Singular values",
        symbol="svd",
        manner="structural",
        forward="u = P diag(s) Qᵀ",
        results=("s", "p", "q"),
        pull=("left_vectors(u) @ diag(s̄) @ T(right_vectors(u))",),
        where=(("compute_uv", False),),
        backward="turns the cotangents of the singular values back by both sets of vectors",
        sentence="Each singular value moves with the outer product of its two vectors.",
    ),
    Rule(
        op_types=("Svd",),
        name="Singular value decomposition",
        symbol="svd",
        manner="structural",
        forward="u = p diag(s) qᵀ",
        results=("s", "p", "q"),
        pull=(
            "p @ (diag(s̄) + (gaps(s**2) * (T(p) @ p̄ - T(p̄) @ p)) @ diag(s)"
            " + diag(s) @ (gaps(s**2) * (T(q) @ q̄ - T(q̄) @ q))) @ T(q)"
            " + outside(p) @ p̄ @ diag(1 / s) @ T(q) + p @ diag(1 / s) @ T(q̄) @ outside(q)",
        ),
        where=(("compute_uv", True), ("full_matrices", False)),
        backward="turns back by both sets of vectors; equal singular values would divide by 0",
        sentence="Vectors of near singular values are sensitive: the gap of the squares stands in the denominator.",
    ),
)

DIAGONALS = (
    Rule(
        op_types=("MatrixDiagPart", "MatrixDiagPartV2", "MatrixDiagPartV3", "DiagPart"),
        name="Diagonal of",
        symbol="diag",
        manner="structural",
        forward="z = diag u",
        pull=("placed(z̄)",),
        backward="puts the cotangents on the diagonal and 0 elsewhere",
        sentence="Only the diagonal was read, so only the diagonal gets something back.",
    ),
    Rule(
        op_types=("MatrixDiag", "MatrixDiagV2", "MatrixDiagV3", "Diag"),
        name="Diagonal matrix",
        symbol="diag",
        manner="structural",
        forward="z = u on the diagonal, 0 elsewhere",
        pull=("diagonal(z̄)",),
        backward="reads the diagonal of the cotangent",
        sentence="The zeros came from nowhere, so only the diagonal of the cotangent goes back.",
    ),
    Rule(
        op_types=("MatrixSetDiag", "MatrixSetDiagV2", "MatrixSetDiagV3"),
        name="Set diagonal",
        symbol="setdiag",
        manner="structural",
        forward="z = u with v on the diagonal",
        pull=("off_diagonal(z̄)", "diagonal(z̄)"),
        backward="parts the cotangent: the diagonal to what was set, the rest to the matrix",
        sentence="What was overwritten gets 0; what was set gets the diagonal.",
    ),
    Rule(
        op_types=("MatrixBandPart",),
        name="Band of a matrix",
        symbol="band",
        manner="structural",
        forward="z = u within the band, 0 outside",
        pull=("band(z̄)",),
        backward="keeps the band of the cotangent",
        sentence="What was set to 0 gets 0 back.",
    ),
)
