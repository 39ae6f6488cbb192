"""Colours as sRGB, by what a picture's profile, or its format, says its numbers mean."""

from __future__ import annotations

import functools
import io
import struct

import numpy as np
from PIL import Image, ImageCms

D65, D50 = (0.3127, 0.3290), (0.3457, 0.3585)  # x, y of two whites: of screens, and of profiles
# x, y of red, green and blue by the numbers of ITU-T H.273, all with white D65.
PRIMARIES = {
    1: ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)),  # sRGB, BT.709
    5: ((0.64, 0.33), (0.29, 0.60), (0.15, 0.06)),
    6: ((0.63, 0.34), (0.31, 0.595), (0.155, 0.07)),
    7: ((0.63, 0.34), (0.31, 0.595), (0.155, 0.07)),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),  # BT.2020
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),  # Display P3
}
UNSPECIFIED = 2
SRGB_CURVES = (1, 2, 6, 13, 14, 15)  # those of video are shown like sRGB's by what shows pictures
PQ, HLG = 16, 18
WHITE_PAPER = 203  # cd/m², where BT.2408 puts it in a picture of high dynamic range
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
NEAR = 2  # grey levels by which a profile may miss sRGB and still be taken for it


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """A picture in grey, RGB or CMYK, with or without alpha, as sRGB in mode RGB or RGBA.

    Relative colorimetric, with compensation of the black point: colours that sRGB has stay what they are, the
    others move to its edge, and the darkest that was printed becomes black. It is what photo programs do.

    Raises:
        ValueError: if the profile is damaged, or made for another kind of picture.
    """
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    flat = image.convert(image.mode.removesuffix("A"))
    transform = None
    if profile is not None:
        space, transform = _transform(profile)
        if space == "RGB" and flat.mode == "L":
            flat = flat.convert("RGB")
        if space != flat.mode:
            raise ValueError(f"a profile for {space} does not fit")
    made = flat.convert("RGB") if transform is None else transform.apply(flat)
    if alpha is not None:
        made.putalpha(alpha)
    return made


@functools.lru_cache(maxsize=32)
def _transform(profile: bytes):
    """The mode a profile is for, and what brings it to sRGB: None where that is where it is."""
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK"}[opened.profile.xcolor_space.strip()]
        transform = ImageCms.buildTransform(
            opened,
            ImageCms.createProfile("sRGB"),
            space,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, KeyError, TypeError) as error:
        raise ValueError("it cannot be used") from error
    if space != "CMYK":
        # Profiles of sRGB differ in name, size and last digits; what counts is what they do.
        levels = np.linspace(0, 255, 9).astype(np.uint8) if space == "RGB" else np.arange(256, dtype=np.uint8)
        grid = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(-1, 1, 3)
        probe = Image.fromarray(grid if space == "RGB" else levels[:, None])
        change = np.asarray(transform.apply(probe)).astype(int) - np.asarray(probe.convert("RGB"))
        if np.abs(change).max() <= NEAR:
            transform = None
    return space, transform


def described(primaries: int, transfer: int) -> bytes | None:
    """A profile for two numbers of H.273, as PNG (cICP), AVIF and HEIC (nclx) carry them; None is sRGB.

    Of high dynamic range, what is brighter than white paper is cut.

    Raises:
        ValueError: if one of the numbers is not known here.
    """
    if primaries in (1, UNSPECIFIED) and transfer in SRGB_CURVES:
        return None
    curves = {4: lambda v: v**2.2, 5: lambda v: v**2.8, 8: lambda v: v, PQ: _pq, HLG: _hlg}
    curves |= dict.fromkeys(SRGB_CURVES, srgb_curve)
    if primaries == UNSPECIFIED:
        primaries = 1
    if primaries not in PRIMARIES or transfer not in curves:
        raise ValueError(f"the colours {primaries}/{transfer} of H.273 are not known here")
    return matrix_profile(PRIMARIES[primaries], D65, curves[transfer])


def adobe_rgb() -> bytes:
    """Adobe RGB (1998), which cameras note without a profile."""
    return matrix_profile(((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), D65, lambda v: v ** (563 / 256))


def matrix_profile(primaries, white, curve) -> bytes:
    """An ICC profile of three primaries, a white, all in x and y, and one curve from 0..1 to 0..1."""

    def xyz(place):
        x, y = place
        return np.array([x / y, 1, (1 - x - y) / y])

    corners = np.stack([xyz(place) for place in primaries], axis=1)
    columns = corners * np.linalg.solve(corners, xyz(white))  # so that all three together are white
    seen, wanted = BRADFORD @ xyz(white), BRADFORD @ xyz(D50)
    columns = np.linalg.solve(BRADFORD, (wanted / seen)[:, None] * BRADFORD) @ columns

    def numbers(values):
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(float(value) * 65536) for value in values))

    steps = np.rint(np.clip(curve(np.linspace(0, 1, 4096)), 0, 1) * 65535).astype(">u2")
    table = b"curv\0\0\0\0" + struct.pack(">I", len(steps)) + steps.tobytes()
    tags = {b"wtpt": numbers(xyz(D50)), b"rTRC": table, b"gTRC": table, b"bTRC": table}
    tags |= dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), map(numbers, columns.T), strict=True))
    directory, content, offset = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        directory += name + struct.pack(">II", offset + len(content), len(value))
        content += value
    header = struct.pack(">I4sI12s", offset + len(content), b"", 0x02400000, b"mntrRGB XYZ ")
    header += bytes(12) + b"acsp" + bytes(28) + numbers(xyz(D50))[8:] + bytes(48)
    return header + directory + content


def srgb_curve(values):
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _pq(values):
    """SMPTE ST 2084, in units of white paper."""
    root = values ** (1 / 78.84375)
    return (
        10_000
        / WHITE_PAPER
        * (np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (1 / 0.1593017578125)
    )


def _hlg(values):
    """BT.2100's hybrid curve on a screen of 1,000 cd/m², in units of white paper."""
    high = (np.exp((values - 0.55991073) / 0.17883277) + 0.28466892) / 12
    return 1000 / WHITE_PAPER * np.where(values <= 0.5, values**2 / 3, high) ** 1.2
