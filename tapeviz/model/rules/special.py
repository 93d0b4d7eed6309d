"""Special functions, and what is made of complex numbers."""

from __future__ import annotations

from tapeviz.model.rules.rule import Rule


def _function(op_type: str, name: str, symbol: str, forward: str, slope: str | tuple[str, ...], sentence: str) -> Rule:
    locals_ = (slope,) if isinstance(slope, str) else slope
    return Rule(op_types=(op_type,), name=name, symbol=symbol, forward=forward, locals=locals_, sentence=sentence)


_KIN = "Its slope is made of its own kin, as that of the sine is the cosine."
_SCALED = "The exponential factor adds a term of the function itself to its slope."

GAMMA = (
    _function("Lgamma", "Log-gamma", "log Γ", "lgamma(u)", "digamma(u)", "The slope of log Γ is the digamma function."),
    _function("Digamma", "Digamma", "ψ", "digamma(u)", "polygamma(1, u)", "The slope of digamma is trigamma."),
    _function(
        "Polygamma",
        "Polygamma",
        "ψ⁽ⁿ⁾",
        "polygamma(u, v)",
        ("", "polygamma(u + 1, v)"),
        "Each polygamma function is the slope of the one before; none goes back to its order.",
    ),
    _function(
        "Zeta",
        "Hurwitz zeta",
        "ζ",
        "zeta(u, v)",
        ("", "-u * zeta(u + 1, v)"),
        "By its second argument zeta falls like the next zeta; TensorFlow has no gradient by the first.",
    ),
    _function(
        "Igamma",
        "Incomplete gamma",
        "P(a, x)",
        "igamma(u, v)",
        ("igamma_by_a(u, v)", "exp((u - 1) * log(v) - v - lgamma(u))"),
        "By its end point the integral grows by what is integrated: the gamma density.",
    ),
    _function(
        "Igammac",
        "Upper incomplete gamma",
        "Q(a, x)",
        "1 - igamma(u, v)",
        ("-igamma_by_a(u, v)", "-exp((u - 1) * log(v) - v - lgamma(u))"),
        "What the lower part gains the upper part loses.",
    ),
    _function(
        "Betainc",
        "Incomplete beta",
        "I(a, b)",
        "betainc(u, v, w)",
        ("", "", "exp((u - 1) * log(w) + (v - 1) * log(1 - w) - lbeta(u, v))"),
        "By its end point the integral grows by the beta density; TensorFlow has no gradient by a and b.",
    ),
)

INTEGRALS = (
    _function(
        "Erfinv",
        "Inverse error function",
        "erf⁻¹",
        "erfinv(u)",
        "sqrt(pi) / 2 * exp(z**2)",
        "The steeper the bell curve is low, the steeper its inverse: the slope grows without bound near −1 and 1.",
    ),
    _function(
        "Ndtri",
        "Normal quantile",
        "Φ⁻¹",
        "ndtri(u)",
        "sqrt(2 * pi) * exp(z**2 / 2)",
        "One over the normal density at the quantile: rare values move fast.",
    ),
    _function("Expint", "Exponential integral", "Ei", "expint(u)", "exp(u) / u", "The slope is what is integrated."),
    _function("Dawsn", "Dawson integral", "D(x)", "dawsn(u)", "1 - 2 * u * z", "The slope is 1 at 0 and turns down."),
    _function("Spence", "Dilogarithm", "Li₂", "spence(u)", "log(u) / (1 - u)", "The slope is what is integrated."),
    _function("FresnelCos", "Fresnel cosine", "C(x)", "fresnel_cos(u)", "cos(pi / 2 * u**2)", "A wave ever faster."),
    _function("FresnelSin", "Fresnel sine", "S(x)", "fresnel_sin(u)", "sin(pi / 2 * u**2)", "A wave ever faster."),
)

BESSEL = (
    _function("BesselI0", "Bessel I₀", "I₀", "besselI0(u)", "besselI1(u)", _KIN),
    _function("BesselI1", "Bessel I₁", "I₁", "besselI1(u)", "besselI0(u) - z / u", _KIN),
    _function("BesselI0e", "Bessel I₀, scaled", "I₀ₑ", "besselI0e(u)", "besselI1e(u) - sign(u) * z", _SCALED),
    _function("BesselI1e", "Bessel I₁, scaled", "I₁ₑ", "besselI1e(u)", "besselI0e(u) - z * (sign(u) + 1 / u)", _SCALED),
    _function("BesselK0", "Bessel K₀", "K₀", "besselK0(u)", "-besselK1(u)", _KIN),
    _function("BesselK1", "Bessel K₁", "K₁", "besselK1(u)", "-besselK0(u) - z / u", _KIN),
    _function("BesselK0e", "Bessel K₀, scaled", "K₀ₑ", "besselK0e(u)", "z - besselK1e(u)", _SCALED),
    _function("BesselK1e", "Bessel K₁, scaled", "K₁ₑ", "besselK1e(u)", "z * (1 - 1 / u) - besselK0e(u)", _SCALED),
    _function("BesselJ0", "Bessel J₀", "J₀", "besselJ0(u)", "-besselJ1(u)", _KIN),
    _function("BesselJ1", "Bessel J₁", "J₁", "besselJ1(u)", "besselJ0(u) - z / u", _KIN),
    _function("BesselY0", "Bessel Y₀", "Y₀", "besselY0(u)", "-besselY1(u)", _KIN),
    _function("BesselY1", "Bessel Y₁", "Y₁", "besselY1(u)", "besselY0(u) - z / u", _KIN),
)

PAIRS = (
    _function(
        "Xdivy",
        "u / v, safe at 0",
        "x ÷ y",
        "u / v",
        ("1 / v", "-u / v**2"),
        "A quotient that is 0 where its numerator is 0.",
    ),
    _function(
        "Xlog1py",
        "u log(1 + v), safe at 0",
        "x log1p",
        "u * log(1 + v)",
        ("log(1 + v)", "u / (1 + v)"),
        "The product rule and the logarithm in one, 0 where u is 0.",
    ),
    _function(
        "NextAfter",
        "Next number",
        "next",
        "nextafter(u, v)",
        ("1", "0"),
        "The next number a computer can write moves with u; where it is headed does not matter.",
    ),
)


def _complex(op_type: str, name: str, symbol: str, forward: str, pull: tuple[str, ...], backward: str) -> Rule:
    return Rule(
        op_types=(op_type,),
        name=name,
        symbol=symbol,
        manner="structural",
        forward=forward,
        pull=pull,
        backward=backward,
        sentence="A cotangent of a complex number is complex: its parts belong to the real and the imaginary part.",
    )


COMPLEX = (
    _complex("Real", "Real part", "Re", "z = Re u", ("complex(z̄, 0)",), "gives the cotangent to the real part"),
    _complex(
        "Imag", "Imaginary part", "Im", "z = Im u", ("complex(0, z̄)",), "gives the cotangent to the imaginary part"
    ),
    _complex("Conj", "Conjugate", "conj", "z = conj(u)", ("conj(z̄)",), "conjugates the cotangent"),
    _complex(
        "Complex", "Complex number", "u+iv", "z = u + i v", ("real(z̄)", "imag(z̄)"), "parts the cotangent into its parts"
    ),
    _complex(
        "ComplexAbs", "Magnitude", "|x|", "z = |u|", ("z̄ * u / z",), "points the cotangent the way the number points"
    ),
    _complex(
        "Angle",
        "Angle",
        "arg",
        "z = arg u",
        ("z̄ * i() * u / abs(u)**2",),
        "turns the cotangent a quarter ahead of the number, and divides by its magnitude",
    ),
)
