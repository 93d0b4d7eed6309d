"""Convolutions, pooling, normalisation, resizing, Fourier transforms."""

from __future__ import annotations

from tapeviz.model.rules.rule import Rule


def _whole(
    op_types: tuple[str, ...],
    name: str,
    symbol: str,
    forward: str,
    pull: tuple[str, ...],
    backward: str,
    sentence: str,
) -> Rule:
    return Rule(
        op_types=op_types,
        name=name,
        symbol=symbol,
        manner="structural",
        forward=forward,
        pull=pull,
        backward=backward,
        sentence=sentence,
    )


CONVOLUTIONS = (
    _whole(
        ("Conv2D", "Conv3D", "DepthwiseConv2dNative"),
        "Convolution",
        "conv",
        "z = conv(u, v)",
        ("conv_transpose(z̄, v)", "correlate(u, z̄)"),
        "sends each cotangent back through the kernel that made it, and sums over all places for the kernel",
        "A convolution shares its kernel over all places, so the kernel gets the sum over all places.",
    ),
    _whole(
        ("ExtractImagePatches", "ExtractVolumePatches"),
        "Patches",
        "patches",
        "z = the patches of u",
        ("patched_back(z̄)",),
        "adds each patch up at the pixels it was taken from",
        "A pixel that is in several patches gets a share from each.",
    ),
)

POOLING = (
    _whole(
        ("MaxPool", "MaxPoolV2", "MaxPool3D", "MaxPoolWithArgmax"),
        "Max pooling",
        "maxpool",
        "z = the largest of each window of u",
        ("unpooled(z̄)",),
        "sends each cotangent to the largest element of its window",
        "In each window the winner takes it all.",
    ),
    _whole(
        ("AvgPool", "AvgPool3D"),
        "Average pooling",
        "avgpool",
        "z = the mean of each window of u",
        ("shared(z̄)",),
        "shares each cotangent out over its window",
        "A mean shares its cotangent out evenly, window by window.",
    ),
)

_BATCH_NORM = ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")

NORMALISATION = (
    Rule(
        op_types=_BATCH_NORM,
        name="Batch normalisation",
        symbol="bnorm",
        manner="structural",
        forward="z = v · û + w, with û = (u − mean) / σ of this batch",
        pull=(
            "v / deviation(u) * (z̄ - mean(z̄) - normal(u) * mean(z̄ * normal(u)))",
            "sum_positions(z̄ * normal(u))",
            "sum_positions(z̄)",
        ),
        where=(("is_training", True),),
        backward="takes the mean out of the cotangent, and its part along û, for the batch cannot change either",
        sentence="Shift or scale the batch and the result stays: so the gradient has no part along either.",
    ),
    Rule(
        op_types=_BATCH_NORM,
        name="Batch normalisation, trained",
        symbol="bnorm",
        manner="structural",
        forward="z = v · (u − u4) / √(u5 + ε) + w",
        pull=(
            "z̄ * v / sqrt(u5 + ε)",
            "sum_positions(z̄ * (u - u4) / sqrt(u5 + ε))",
            "sum_positions(z̄)",
        ),
        parameters=(("ε", "epsilon"),),
        where=(("is_training", False),),
        backward="scales the cotangent channel by channel",
        sentence="With its statistics fixed, batch normalisation is a scaling and a shift of each channel.",
    ),
    Rule(
        op_types=("LRN",),
        name="Local response normalisation",
        symbol="lrn",
        manner="structural",
        forward="z = u / s^b, with s = c + a Σ u² over the neighbours",
        pull=("z̄ * (c + a * neighbours(u**2))**(-b) - 2 * a * b * u * neighbours(z̄ * z / (c + a * neighbours(u**2)))",),
        parameters=(("a", "alpha"), ("b", "beta"), ("c", "bias")),
        backward="gives each its own share, less what it took from its neighbours",
        sentence="A strong channel dampens its neighbours, so they send a negative share back to it.",
    ),
)

RESIZING = (
    _whole(
        ("ResizeBilinear", "ResizeNearestNeighbor", "ResizeBicubic", "ScaleAndTranslate"),
        "Resize",
        "resize",
        "z = u in another size",
        ("resized_back(z̄)",),
        "gives each pixel back by the weights it was mixed with",
        "Resizing mixes pixels by fixed weights; the way back uses the same weights the other way round.",
    ),
    _whole(
        ("SpaceToDepth",),
        "Space to depth",
        "s2d",
        "z = blocks of u as channels",
        ("depth_to_space(z̄)",),
        "lays the channels out as blocks again",
        "The same numbers in another place, both ways.",
    ),
    _whole(
        ("DepthToSpace",),
        "Depth to space",
        "d2s",
        "z = channels of u as blocks",
        ("space_to_depth(z̄)",),
        "stacks the blocks as channels again",
        "The same numbers in another place, both ways.",
    ),
    _whole(
        ("SpaceToBatchND", "SpaceToBatch"),
        "Space to batch",
        "s2b",
        "z = blocks of u as batches",
        ("batch_to_space(z̄)",),
        "lays the batches out as blocks again",
        "The same numbers in another place, both ways.",
    ),
    _whole(
        ("BatchToSpaceND", "BatchToSpace"),
        "Batch to space",
        "b2s",
        "z = batches of u as blocks",
        ("space_to_batch(z̄)",),
        "stacks the blocks as batches again",
        "The same numbers in another place, both ways.",
    ),
)

FOURIER = (
    _whole(
        ("FFT", "FFT2D", "FFT3D"),
        "Fourier transform",
        "fft",
        "z = fft(u)",
        ("n * ifft(z̄)",),
        "transforms the cotangent back, without the 1/n",
        "A Fourier transform is a matrix; its transpose is the inverse transform, n times as large.",
    ),
    _whole(
        ("IFFT", "IFFT2D", "IFFT3D"),
        "Inverse Fourier transform",
        "ifft",
        "z = ifft(u)",
        ("fft(z̄) / n",),
        "transforms the cotangent, divided by n",
        "The way back through the inverse transform is the transform itself, divided by n.",
    ),
    _whole(
        ("RFFT",),
        "Fourier transform of real numbers",
        "rfft",
        "z = the first half of fft(u)",
        ("real(n * ifft(filled(z̄)))",),
        "transforms the cotangent back, the half that was cut off taken as 0",
        "What was cut off sends nothing back.",
    ),
    _whole(
        ("IRFFT",),
        "Inverse Fourier transform to real numbers",
        "irfft",
        "z = ifft(u and its mirror image)",
        ("doubled(rfft(z̄) / n)",),
        "transforms the cotangent, doubled where a frequency stood for its mirror image too",
        "A frequency that was used twice, as itself and as its mirror image, gets twice as much.",
    ),
)
