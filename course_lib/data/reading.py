"""One file as a picture in sRGB, or the true reason why it is none.

The format is told from the content, not from the name. What a reader of Pillow's gets wrong without a word is
put right here; tests/test_formats.py has a file for each.
"""

from __future__ import annotations

import struct
import warnings
from pathlib import Path
from stat import S_ISREG

import numpy as np
from PIL import ExifTags, Image, ImageChops, ImageOps, ImagePalette

from course_lib.data import colours, kinds
from course_lib.data.litter import PassedOver, of_status

RARE = (
    "lzma",
    "tiff_jpeg",
    "tiff_sgilog",
    "tiff_sgilog24",
    "tiff_thunderscan",
    "webp",
    "zstd",
)  # in TIFF files
MAX_PIXELS = 64_000_000  # of one picture, as its header declares: 8,000 × 8,000


def read(path: Path, size: int, fit: str, bits: int | None = None) -> tuple[np.ndarray, list[str]]:
    """One picture file as uint8 `(size, size, 3)`, or with `fit="whole"` `(h, w, 3)`, no side above size.

    Returns:
        The picture, and what a reader should know of how its numbers were taken, a sentence each.

    Raises:
        ValueError: with the reason, if the file is not a picture that can be read.
    """
    try:
        # Asked of the name, not of the open file: opening a pipe would wait for its other end, and opening a
        # placeholder would start its download.
        status = path.stat()
        if not S_ISREG(status.st_mode):
            raise ValueError("is not a regular file")
        if reason := of_status(status):
            raise PassedOver(reason)
        with path.open("rb") as file:
            start = file.read(512)
            if not start:
                raise ValueError("the file is empty")
            with warnings.catch_warnings():
                # Pillow warns of big pictures and odd metadata; the checks below decide.
                warnings.simplefilter("ignore")
                notes: list[str] = []
                return _decode(file, start, path.suffix.lower(), size, fit, bits, notes), notes
    except FileNotFoundError:
        raise ValueError("is a link to a file that does not exist") from None
    except PermissionError:
        raise ValueError("may not be read (no permission)") from None
    except OSError as error:
        raise ValueError(f"cannot be opened ({error.strerror})") from None


def _decode(file, start: bytes, suffix: str, size: int, fit: str, bits, notes: list[str]) -> np.ndarray:
    directories = kinds.directories(file) if start.startswith(kinds.TIFF_STARTS) else []
    kinds.refuse_others(start, suffix, directories)
    try:
        if kinds.is_heic(start):
            image = _open_heic(file)
        else:
            file.seek(0)
            image = _open(file, start, suffix, directories)
    except (Image.DecompressionBombError, MemoryError):
        raise ValueError(_too_large("it declares")) from None
    with image:
        if image.width * image.height > MAX_PIXELS:
            raise ValueError(_too_large(f"{image.width:,} × {image.height:,}"))
        try:
            image = _page(image, start, notes)
            # JPEG can be decoded at 1/2, 1/4 or 1/8 of its size, which saves memory and time.
            image.draft(None, (4 * size, 4 * size))
            image.load()
            whole = _plain(_upright(image), image, file, start, bits, notes)
            small = fitted(whole, size, fit)
            try:
                small = colours.to_srgb(small, _profile(image, file, notes))
            except ValueError as error:
                notes.append(f"the colour profile was left aside ({error}): the colours were taken as sRGB")
                small = colours.to_srgb(small, None)
            return np.asarray(on_white(small, None if fit == "whole" else (size, size)))
        except MemoryError:
            raise ValueError("there is not enough memory to decode it") from None
        except _Refused as refused:
            raise ValueError(str(refused)) from None
        except Exception as error:  # Pillow's readers raise nearly anything on damaged pixels
            if rare := kinds.rare_jpeg(file) if image.format in ("JPEG", "MPO") else None:
                raise ValueError(rare) from None
            packed = image.info.get("compression") if image.format == "TIFF" else None
            or_rare = f", or packed in a way that is not read here ({packed})" if packed in RARE else ""
            raise ValueError(kinds.failed(f"damaged or cut short{or_rare}", error)) from None


class _Refused(Exception):
    """The reason why a picture is not read though it is whole."""


def _too_large(declared: str) -> str:
    return f"{declared} pixels, more than the {MAX_PIXELS / 1e6:.0f} million allowed: make it smaller"


def _open_heic(file) -> Image.Image:
    try:
        import pi_heif
    except ImportError:
        raise ValueError("is a HEIC photograph: pip install pi-heif lets it be read") from None
    file.seek(0)
    try:
        heif = pi_heif.open_heif(file)
        if not len(heif):
            raise _Refused
        if heif.size[0] * heif.size[1] > MAX_PIXELS:
            raise Image.DecompressionBombError
        return heif.to_pillow()  # turned already, as the file says; EXIF data must not turn it again
    except (Image.DecompressionBombError, MemoryError):
        raise
    except _Refused:
        raise ValueError("holds no picture in HEVC, the code of HEIC: save it as JPEG or PNG") from None
    except Exception as error:
        raise ValueError(kinds.failed("is a HEIC photograph that is damaged or cut short", error)) from None


def _open(file, start: bytes, suffix: str, directories) -> Image.Image:
    """The picture as Pillow opens it, not decoded yet."""
    Image.init()  # loads the readers, once
    formats = [name for name in kinds.FORMATS if name in Image.OPEN]
    if kinds.is_tga(file, start, suffix):
        formats.append("TGA")
    try:
        image = Image.open(file, formats=formats)
        if image.format == "ICO":  # Pillow takes the one with the fewest colours of the largest
            entries = image.ico.entry
            best = max(range(len(entries)), key=lambda number: (entries[number].square, entries[number].bpp))
            image = image.ico.frame(best)
            image.format = "ICO"  # not that of the part
    except Image.DecompressionBombError:
        raise
    except Exception:  # Pillow's readers raise nearly anything on damaged headers
        raise ValueError(kinds.what_it_is(file, start, suffix, directories)) from None
    return image


# ----------------------------------------------------------------------- from what is stored to plain colours


def _page(image: Image.Image, start: bytes, notes: list[str]) -> Image.Image:
    """The first whole page of a TIFF; anything else as it is."""
    if image.format == "PSD":
        _check_psd(image, start)
    if image.format != "TIFF":
        return image
    pages, reduced = [], []
    for number in range(16):
        try:
            image.seek(number)
        except Exception:  # there are no more, or it is damaged
            break
        kind = image.tag_v2.get(254, 0)
        whole = not kind & 0b101 and image.tag_v2.get(255) != 2  # neither a reduced picture nor a mask
        (pages if whole else reduced).append(number)
    first = (pages or reduced)[0]
    image.seek(first)
    if not pages and 330 in image.tag_v2:
        raise _Refused(
            "begins with a thumbnail, and the picture itself lies where it is not read: save it as JPEG"
        )
    if len(pages) > 1:
        notes.append("has several pages: the first was taken")
    if image.tag_v2.get(262) == 5 and image.tag_v2.get(332, 1) != 1:
        raise _Refused("is a TIFF in inks that are not CMYK, which is not read here: save it in RGB")
    subsampled = image.tag_v2.get(262) == 6 and tuple(image.tag_v2.get(530, (2, 2))) != (1, 1)
    if subsampled and image.tag_v2.get(259, 1) == 1:
        raise _Refused("is a TIFF in YCbCr without compression, which is not read here: save it in RGB")
    if image.width * image.height > MAX_PIXELS:
        raise _Refused(_too_large(f"{image.width:,} × {image.height:,}"))
    if image.tag_v2.get(284) == 2 and image.tag_v2.get(277, 1) == 1:
        # A single channel, said to lie apart: Pillow takes the first letter of what it is for all of it.
        image.tag_v2[284] = 1
        image._setup()
    if image.mode == "L" and image.tag_v2.get(258) == (8,) and image.tag_v2.get(339) == (2,):
        raise _Refused("is a TIFF of signed 8-bit numbers, which is not read here: save it with 16 bits")
    if image.tag_v2.get(262) == 3 and max(image.tag_v2[320]) < 256:
        # Some write the colours of a palette in 8 bits instead of 16, which Pillow takes for black.
        image.palette = ImagePalette.raw("RGB;L", bytes(image.tag_v2[320]))
    if image.tag_v2.get(284) == 2 and image.tag_v2.get(258, (8,))[0] == 16 and image.tile[0][0] == "raw":
        # Each channel apart: Pillow takes their halves for pixels.
        order = "B" if start.startswith(b"MM") else "L"
        image.tile = [
            part._replace(args=(f"{part.args[0]};16{order}", *part.args[1:])) for part in image.tile
        ]
    native = {"I;16BS": "I;16NS", "I;32BS": "I;32NS", "F;32BF": "F;32NF"}
    if image.tile[0].codec_name == "libtiff" and image.tile[0].args[0] in native:
        # libtiff gives numbers in the order of this machine, and Pillow expects that of the file.
        kind, *others = image.tile[0].args
        image.tile = [image.tile[0]._replace(args=(native[kind], *others))]
    return image


def _check_psd(image: Image.Image, start: bytes) -> None:
    if (mode := {7: "multichannel", 8: "duotone"}.get(start[25])) is not None:
        raise _Refused(f"is a Photoshop file of the mode {mode}, which is not read here: save it in RGB")
    for number, _, content in image.resources:
        if number == 1057 and not content[4]:
            raise _Refused('holds layers only: save it in Photoshop with "maximize compatibility", or as PNG')


def _upright(image: Image.Image) -> Image.Image:
    """The picture turned as its EXIF data say."""
    if image.format is None:  # HEIC is turned already
        return image
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # broken EXIF data: the pixels are still good
        return image


def _plain(
    image: Image.Image, opened: Image.Image, file, start: bytes, bits, notes: list[str]
) -> Image.Image:
    """The picture in mode L, LA, RGB, RGBA or CMYK, in the colours it is stored in."""
    if image.mode.startswith("I") or image.mode == "F":
        return _grey(image, opened, file, bits, notes)
    if image.mode == "CMYK":
        if opened.format == "JPEG" and "adobe" not in opened.info:
            # Pillow takes all for Adobe's, which store how little ink there is.
            image = ImageChops.invert(image)
        if "icc_profile" not in opened.info:
            notes.append("is in CMYK without a colour profile: its colours are a guess")
        return image
    if opened.format == "PSD" or (opened.format == "TGA" and not start[17] & 15):
        # Photoshop has laid the flattened picture on white; a TGA without bits for it has no alpha.
        return image.convert("L" if image.mode in ("1", "L", "LA") else "RGB")
    if image.mode == "RGBA" and not image.getchannel("A").getextrema()[1]:
        if opened.format == "BMP":  # whose writers often leave the fourth byte empty
            return image.convert("RGB")
        notes.append("is wholly transparent, so it is white")
    if _is_deep(opened, start) and image.mode in ("RGB", "RGBA"):
        brightest = max(high for _, high in image.getextrema()[:3])
        if brightest < 64:
            notes.append(
                "uses less than a quarter of its 16 bits, so it is dark: save it with 8 bits, and brighter"
            )
    if image.mode in ("1", "L") and not image.has_transparency_data:
        return image.convert("L")
    if image.mode in ("La", "LA"):
        return image.convert("LA")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _is_deep(image: Image.Image, start: bytes) -> bool:
    """Whether a channel of a PNG or TIFF has 16 bits, of which Pillow keeps the upper eight."""
    if image.format == "PNG":
        return start[24] == 16
    return image.format == "TIFF" and image.tag_v2.get(258, (8,))[0] == 16


def _grey(image: Image.Image, opened: Image.Image, file, bits, notes: list[str]) -> Image.Image:
    """A grey picture of more than 8 bits in mode L; `bits`, the file or its depth tell what is white."""
    numbers = np.asarray(image)
    tags = opened.tag_v2 if opened.format == "TIFF" else {}
    if image.mode == "I" and opened.format == "TIFF" and tags.get(339, (1,))[0] == 1:
        numbers = numbers.view(np.uint32)  # Pillow has no unsigned numbers of 32 bits
    numbers = numbers.astype(np.float64)
    if not np.isfinite(numbers).all():
        raise _Refused("it holds values that are not finite numbers")
    highest = numbers.max()
    if bits is not None and image.mode != "F":
        grey = np.clip(numbers, 0, 2**bits - 1) * (255 / (2**bits - 1))
    elif image.mode.startswith("I;16") or opened.format in ("PPM", "PNG") and image.mode == "I":
        white = _white(numbers, tags, file if opened.format == "PNG" else None)
        if white == 65535 and 0 < highest < 2**14 and opened.format in ("PNG", "TIFF"):
            notes.append(
                "uses less than a quarter of its 16 bits and does not say how many it has, so it is dark: "
                "with bits=12, or however many your camera has, it becomes brighter"
            )
        grey = numbers * (255 / white)
    else:
        grey = _stretched(numbers, notes)
    if tags.get(262) == 0:
        grey = 255 - grey  # Pillow inverts up to 8 bits
    return Image.fromarray(np.rint(grey).astype(np.uint8))


def _white(numbers, tags, png) -> int:
    """The number that is white in a grey picture of 16 bits, as the file tells it."""
    depth = 16
    if tags:
        noted = tags.get(281, (0,))  # MaxSampleValue; some write the highest that occurs
        noted = noted[0] if isinstance(noted, tuple) else noted
        depth = noted.bit_length() if noted > 1 else tags.get(258, (16,))[0]
    elif png and (significant := _png_chunks(png).get(b"sBIT")):
        # By the rule, numbers of 12 bits are stretched to 16; many do not, which shows in the lowest bits.
        spare = 16 - significant[0]
        if spare > 0 and (numbers % 2**spare).any():
            depth = significant[0]
    return 2**depth - 1 if numbers.max() < 2**depth else 65535


def _stretched(values: np.ndarray, notes: list[str]) -> np.ndarray:
    """Grey values of 32 bits, which have no agreed range, as 0 to 255.

    What fits 0 to 1, 0 to 255 or 0 to 65535 is taken for that; anything else is stretched from its
    lowest to its highest value.
    """
    lowest, highest = values.min(), values.max()
    if lowest >= 0:
        for white in (1, 255, 65535):
            if highest <= white:
                notes.append(f"has grey values of 32 bits without an agreed white: {white} was taken for it")
                return values * (255 / white)
    notes.append("has grey values of 32 bits without an agreed white: the highest was taken for it")
    return (values - lowest) * (255 / max(highest - lowest, 1e-12))


# ----------------------------------------------------------------------------------- what colours are meant


def _profile(image: Image.Image, file, notes: list[str]) -> bytes | None:
    """The colour profile of a picture, or one made from what its format says; None is sRGB.

    Raises:
        ValueError: if what it says is not known.
    """
    info, numbers = image.info, None
    if image.mode == "LAB":  # which needs none: Pillow has brought it to sRGB
        return None
    if image.format == "PNG" and (cicp := _png_chunks(file).get(b"cICP")):
        numbers = tuple(cicp[:2])
    elif info.get("icc_profile"):
        return info["icc_profile"]
    elif image.format == "BMP":
        return _bmp_profile(file)
    elif image.format == "GIF":
        return _gif_profile(file)
    elif image.format == "PNG":
        return None if "srgb" in info else _png_profile(info)
    elif image.format == "JPEG2000":
        return _jpeg2000_profile(file)
    elif "nclx_profile" in info:  # HEIC
        numbers = tuple(
            int(info["nclx_profile"][key]) for key in ("color_primaries", "transfer_characteristics")
        )
    elif image.format == "AVIF":
        file.seek(0)
        content = file.read(1 << 20)
        if (at := content.find(b"colrnclx")) >= 0:
            numbers = struct.unpack(">HH", content[at + 8 : at + 12])
    if numbers is None:
        return colours.adobe_rgb() if _is_noted_as_adobe_rgb(image) else None
    if numbers[1] in (colours.PQ, colours.HLG):
        notes.append("is a picture of high dynamic range: what is brighter than white paper was cut")
    return colours.described(*numbers)


def _is_noted_as_adobe_rgb(image: Image.Image) -> bool:
    """Whether EXIF data say "not sRGB" (ColorSpace) and "R03" (InteropIndex), as cameras do for Adobe RGB."""
    try:
        exif = image.getexif()
        if exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.ColorSpace) != 65535:
            return False
        return str(exif.get_ifd(ExifTags.IFD.Interop).get(1, "")).startswith("R03")
    except Exception:  # broken EXIF data
        return False


def _png_chunks(file) -> dict[bytes, bytes]:
    """The small chunks of a PNG file before its pixels."""
    chunks = {}
    file.seek(8)
    while len(header := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", header)
        if kind in (b"IDAT", b"IEND"):
            break
        chunks[kind] = file.read(length) if length <= 64 else b""
        file.seek(4 + (0 if length <= 64 else length), 1)
    return chunks


def _png_profile(info) -> bytes | None:
    """Of a PNG's gamma and chromaticities, where it has no better description."""
    gamma, places = info.get("gamma"), info.get("chromaticity")
    if gamma is None and places is None:
        return None
    # 1/2.2 stands for sRGB's own curve, which is what it approximates.
    curve = (
        colours.srgb_curve if gamma is None or abs(gamma - 1 / 2.2) < 0.005 else lambda v: v ** (1 / gamma)
    )
    white, *corners = (
        zip(places[::2], places[1::2], strict=True) if places else (colours.D65, *colours.PRIMARIES[1])
    )
    if (gamma is not None and not 0.1 < gamma < 10) or not all(0 < y <= 1 for _, y in (white, *corners)):
        raise ValueError("its numbers are impossible")
    return colours.matrix_profile(corners, white, curve)


def _jpeg2000_profile(file) -> bytes | None:
    file.seek(0)
    content = file.read(1 << 22)
    at = content.find(b"colr", max(content.find(b"jp2h"), 0))
    if b"jp2h" not in content or at < 0 or content[at + 4] != 2:
        return None
    (length,) = struct.unpack(">I", content[at - 4 : at])
    return content[at + 7 : at - 4 + length]


def _bmp_profile(file) -> bytes | None:
    """What the fifth version of the header holds where it says MBED, read as a number."""
    file.seek(14)
    header = file.read(124)
    if header[:1] != b"\x7c" or header[56:60] != b"DEBM":
        return None
    start, length = struct.unpack("<II", header[112:120])
    file.seek(14 + start)
    return file.read(length)


def _gif_profile(file) -> bytes | None:
    """The blocks of up to 255 bytes of an extension, which lies before the pixels."""
    file.seek(0)
    _, found, rest = file.read(1 << 22).partition(b"\x21\xff\x0bICCRGBG1012")
    profile = b""
    while rest[:1] > b"\0":
        profile, rest = profile + rest[1 : 1 + rest[0]], rest[1 + rest[0] :]
    return profile or None


# -------------------------------------------------------------------------------------- size and shape


def square(image: Image.Image, size: int, fit: str) -> Image.Image:
    """Cropped or padded to `size` × `size`, or whole with no side above `size`; on white, in RGB."""
    return on_white(fitted(image, size, fit), None if fit == "whole" else (size, size))


def fitted(image: Image.Image, size: int, fit: str) -> Image.Image:
    """Cut to a square and made as large as wanted, or made to fit into it; in its own mode."""
    if fit == "whole":
        small = image.copy()
        small.thumbnail((size, size), Image.Resampling.LANCZOS)
        return small
    if fit == "crop":
        return ImageOps.fit(image, (size, size), Image.Resampling.LANCZOS)
    scale = size / max(image.size)
    shape = tuple(max(1, round(side * scale)) for side in image.size)
    return image.resize(shape, Image.Resampling.LANCZOS)


def on_white(image: Image.Image, shape: tuple[int, int] | None) -> Image.Image:
    """In the middle of a white picture of `shape`, or of its own shape."""
    made = Image.new("RGB", shape or image.size, "white")
    corner = ((made.width - image.width) // 2, (made.height - image.height) // 2)
    made.paste(image, corner, mask=image if image.mode == "RGBA" else None)
    return made
