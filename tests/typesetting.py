"""LaTeX, set by a typesetter that is not ours."""

from __future__ import annotations

import warnings


def drawn(latex: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # ziamath looks for its fonts in a deprecated way
        import ziamath

        return str(ziamath.Latex(latex).svg())
