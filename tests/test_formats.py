"""`data.folder` and `data.picture` on rarer formats and colours: right, or refused with the true reason."""

import re
import struct
import sys
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

import heic
from course_lib import data
from course_lib.data import colours
from test_data_folder import BLACK_WHITE, BLUE, COLOURS, RED, as_bytes, grey_halves, halves, shown

pytestmark = pytest.mark.tensorflow

PIXELS = np.asarray(halves(32, 24))
RGB8 = {258: (8, 8, 8), 262: 2, 277: 3}


def grey(left, right, dtype, order="<"):
    array = np.empty((24, 32), np.dtype(dtype).newbyteorder(order))
    array[:, :16], array[:, 16:] = left, right
    return array


def tiff(*pages, order="<", gap=b""):
    """A TIFF file: pages of (tags, pixels), and below the tag 330 a list of further ones."""
    offsets = {273, 279, 330}
    content = bytearray((b"II*\0" if order == "<" else b"MM\0*") + bytes(4) + gap)

    def put(data):
        content.extend(bytes(len(content) % 2) + data)
        return len(content) - len(data)

    def directory(tags, pixels):
        tags = {256: 32, 257: 24, 258: 8, 259: 1, 262: 1, 277: 1, 278: 24} | tags
        raw = pixels if isinstance(pixels, bytes) else pixels.tobytes()
        if tags[259] == 8:
            raw = zlib.compress(raw)
        tags = {273: put(raw), 279: len(raw)} | tags
        if 330 in tags:
            tags[330] = tuple(directory(*page)[0] for page in tags[330])
        entries = b""
        for tag, value in sorted(tags.items()):
            if isinstance(value, bytes):
                kind, size, packed = 7, len(value), value
            else:
                values = value if isinstance(value, tuple) else (value,)
                kind, letter = (4, "I") if tag in offsets or max(values) > 65535 else (3, "H")
                size, packed = len(values), struct.pack(f"{order}{len(values)}{letter}", *values)
            place = packed.ljust(4, b"\0") if len(packed) <= 4 else struct.pack(order + "I", put(packed))
            entries += struct.pack(order + "HHI", tag, kind, size) + place
        at = put(struct.pack(order + "H", len(tags)) + entries + bytes(4))
        return at, len(content) - 4

    link = 4
    for page in pages:
        at, following = directory(*page)
        content[link : link + 4] = struct.pack(order + "I", at)
        link = following
    return bytes(content)


def one(tags, pixels, **options):
    return lambda: tiff((tags, pixels), **options)


def deep(left, right, dtype="u2", order="<", **tags):
    bits = np.dtype(dtype).itemsize * 8
    given = {258: bits} | {int(key[1:]): value for key, value in tags.items()}
    return lambda: tiff((given, grey(left, right, dtype, order)), order=order)


def png(pixels, chunks, **options):
    """A PNG file with further chunks behind its header."""
    content = as_bytes(
        pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels), "PNG", **options
    )
    more = b""
    for kind, value in chunks.items():
        more += struct.pack(">I", len(value)) + kind + value + struct.pack(">I", zlib.crc32(kind + value))
    return content[:33] + more + content[33:]


def psd(planes, mode=3, bits=8, composite=1, version=1):
    """A flat Photoshop file of planes `(h, w)`; composite=0: saved without one."""
    height, width = planes[0].shape
    header = b"8BPS" + struct.pack(">H6xHIIHH", version, len(planes), height, width, bits, mode)
    resource = b"8BIM" + struct.pack(">HHI", 1057, 0, 6) + struct.pack(">IBB", 1, composite, 0)
    stored = b"".join(np.asarray(plane, ">u2" if bits == 16 else "u1").tobytes() for plane in planes)
    return header + bytes(4) + struct.pack(">I", len(resource)) + resource + bytes(4) + b"\0\0" + stored


def tga(pixels, descriptor=0, mark=b"", rle=False, alpha=None):
    """An uncompressed or run-length TGA; descriptor 0 is from bottom to top, 0x20 from top to bottom."""
    rows = pixels[..., ::-1] if alpha is None else np.concatenate([pixels[..., ::-1], alpha[..., None]], -1)
    rows = rows if descriptor & 0x20 else rows[::-1]
    height, width, channels = rows.shape
    header = struct.pack(
        "<BBB5xHHHHBB", 0, 0, 10 if rle else 2, 0, 0, width, height, 8 * channels, descriptor
    )
    body = rows.tobytes()
    if rle:
        body = b"".join(bytes([width - 1]) + row.tobytes() for row in rows)
    return header + body + mark


def ico():
    """Two of the same size, the poorer first, and a small one."""
    pictures = [
        (4, as_bytes(halves(32, 32).convert("L").quantize(2), "PNG")),
        (32, as_bytes(halves(32, 32), "PNG")),
        (32, as_bytes(Image.new("RGB", (16, 16)), "PNG")),
    ]
    directory, content = struct.pack("<HHH", 0, 1, len(pictures)), b""
    for (bits, stored), side in zip(pictures, (32, 32, 16), strict=True):
        directory += struct.pack("<BBBBHHII", side, side, 0, 0, 1, bits, len(stored), 54 + len(content))
        content += stored
    return directory + content


def associated(colour):
    """Half of a colour, already multiplied by its opacity, as RGBA."""
    return np.broadcast_to(np.array([*(value // 2 for value in colour), 128], "u1"), (24, 32, 4))


def subsampled(compression):
    """YCbCr, one Cb and one Cr for 2 × 2 pixels: Y Y Y Y Cb Cr."""
    ycc = np.asarray(Image.fromarray(PIXELS).convert("YCbCr"))
    blocks = ycc.reshape(12, 2, 16, 2, 3).transpose(0, 2, 1, 3, 4).reshape(12, 16, 4, 3)
    packed = np.concatenate([blocks[..., 0], blocks[:, :, 0, 1:]], -1)
    return tiff(
        ({258: (8, 8, 8), 259: compression, 262: 6, 277: 3, 530: (2, 2)}, np.ascontiguousarray(packed))
    )


def planar():
    """A TIFF of 16-bit colours that stores each channel apart, as programs of microscopes do."""
    planes = [(PIXELS[..., channel].astype("<u2") * 257).tobytes() for channel in range(3)]
    offsets = tuple(8 + sum(map(len, planes[:number])) for number in range(3))
    return tiff((RGB8 | {258: (16,) * 3, 284: 2, 273: offsets, 279: (1536,) * 3}, b""), gap=b"".join(planes))


def bmp(pixels, alpha=None, profile=b""):
    """A BMP of the fifth version; alpha: of all pixels."""
    rows = pixels[::-1, :, ::-1]
    if alpha is not None:
        rows = np.concatenate([rows, np.full((*rows.shape[:2], 1), alpha, "u1")], -1)
    body, depth = rows.tobytes(), 8 * rows.shape[2]
    header = struct.pack("<IiiHHIIiiII", 124, 32, 24, 1, depth, 3 * (depth == 32), len(body), 0, 0, 0, 0)
    masks = (0xFF0000, 0xFF00, 0xFF, 0xFF000000 * (depth == 32))
    header += struct.pack("<4I", *masks) + (b"DEBM" if profile else b"BGRs") + bytes(48)
    header += struct.pack("<4I", 4, 124 + len(body), len(profile), 0)
    return b"BM" + struct.pack("<IHHI", 138 + len(body + profile), 0, 0, 138) + header + body + profile


def gif(pixels, profile):
    """A GIF with a profile in front of its pixels."""
    content = as_bytes(Image.fromarray(pixels), "GIF")
    at = 13 + (3 << (content[10] & 7) + 1)
    parts = [profile[start : start + 255] for start in range(0, len(profile), 255)]
    blocks = b"".join(bytes([len(part)]) + part for part in parts)
    return content[:at] + b"\x21\xff\x0bICCRGBG1012" + blocks + b"\0" + content[at:]


def lossless_jpeg():
    """Grey without loss: the first pixel is 128, and no other differs from the one before, a bit each."""
    table = b"\xff\xc4\0\x14\0\1" + bytes(16)
    frame = b"\xff\xc3" + struct.pack(">HBHHB3B", 11, 8, 24, 32, 1, 1, 0x11, 0)
    return b"\xff\xd8" + table + frame + b"\xff\xda\0\x08\1\1\0\1\0\0" + bytes(96) + b"\xff\xd9"


def jpeg_of_plain_cmyk():
    """CMYK that says how much ink there is, without Adobe's mark, which stands for the contrary."""
    content = as_bytes(Image.eval(halves().convert("CMYK"), lambda value: 255 - value), "JPEG", quality=95)
    at = content.index(b"\xff\xee")
    (length,) = struct.unpack(">H", content[at + 2 : at + 4])
    return content[:at] + content[at + 2 + length :]


PALETTE = tuple(257 * value for value in (np.array([RED, BLUE] + [(0, 0, 0)] * 14).T).ravel())
NIBBLES = np.repeat([[0x00, 0x11]], 8, axis=1).repeat(24, axis=0).astype("u1")
BITS = np.repeat([[0xFF, 0x00]], 2, axis=1).repeat(24, axis=0).astype("u1")
TWELVE = np.frombuffer(bytes.fromhex("000000" * 8 + "ffffff" * 8) * 24, "u1")
HALF = ((0, 0, 0), (128, 128, 128))
WHITE_BLACK = BLACK_WHITE[::-1]
LIGHT = tuple(255 - (255 - np.array(colour)) * 128 // 255 for colour in (RED, RED))

READ = {
    "heic": ("a.heic", lambda: heic.heic(PIXELS), COLOURS),
    "heic named jpg": ("a.jpg", lambda: heic.heic(PIXELS, brand=b"mif1"), COLOURS),
    "heic of 10 bits": ("a.heic", lambda: heic.heic(PIXELS.astype(int) * 4, bits=10, brand=b"heix"), COLOURS),
    "heic with another picture": ("a.heic", lambda: heic.heic(PIXELS, second=255 - PIXELS), COLOURS),
    "heic that is turned": (
        "a.heic",
        lambda: heic.heic(np.rot90(PIXELS, 1), properties=[heic.box(b"irot", b"\3")]),
        COLOURS,
    ),
    "heic that is mirrored": (
        "a.heic",
        lambda: heic.heic(PIXELS[:, ::-1], properties=[heic.box(b"imir", b"\1")]),
        COLOURS,
    ),
    "heic with alpha": (
        "a.heic",
        lambda: heic.heic(PIXELS, alpha=np.repeat([[0, 255]], 16, axis=1).repeat(24, axis=0)),
        ((255, 255, 255), BLUE),
    ),
    "heic, multiplied by alpha": (
        "a.heic",
        lambda: heic.heic(PIXELS // 2, alpha=np.full((24, 32), 128), premultiplied=True),
        tuple(255 - (255 - np.array(colour)) * 128 // 255 for colour in COLOURS),
    ),
    "jpeg 2000": ("a.jp2", lambda: as_bytes(halves(), "JPEG2000"), COLOURS),
    "jpeg 2000, codes only": ("a.j2k", lambda: as_bytes(halves(), "JPEG2000", no_jp2=True), COLOURS),
    "jpeg 2000, 16 bits": ("a.jp2", lambda: as_bytes(grey_halves((0, 65535), "u2"), "JPEG2000"), BLACK_WHITE),
    "jpeg 2000, sYCC": ("a.jp2", lambda: as_bytes(halves().convert("YCbCr"), "JPEG2000"), COLOURS),
    "tga": ("a.tga", lambda: tga(PIXELS), COLOURS),
    "tga, from the top": ("a.tga", lambda: tga(PIXELS, 0x20), COLOURS),
    "tga, run lengths": ("a.tga", lambda: as_bytes(halves(), "TGA", compression="tga_rle"), COLOURS),
    "tga, packets": ("a.tga", lambda: tga(PIXELS, rle=True), COLOURS),
    "tga, told by its mark": ("a.png", lambda: tga(PIXELS, mark=bytes(8) + b"TRUEVISION-XFILE.\0"), COLOURS),
    "tga, alpha that is none": ("a.tga", lambda: tga(PIXELS, alpha=np.zeros((24, 32), "u1")), COLOURS),
    "tga, alpha": ("a.tga", lambda: tga(PIXELS, 8, alpha=np.zeros((24, 32), "u1")), (WHITE_BLACK[0],) * 2),
    "ico": ("a.ico", ico, COLOURS),
    "psd": ("a.psd", lambda: psd(PIXELS.transpose(2, 0, 1)), COLOURS),
    "psd, cmyk": ("a.psd", lambda: psd([*PIXELS.transpose(2, 0, 1), 0 * PIXELS[..., 0] + 255], 4), COLOURS),
    "psd, grey": ("a.psd", lambda: psd([grey(0, 255, "u1")], 1), BLACK_WHITE),
    "psd, Lab": ("a.psd", lambda: psd([grey(0, 255, "u1"), *[grey(128, 128, "u1")] * 2], 9), BLACK_WHITE),
    "psd with a selection": (
        "a.psd",
        lambda: psd([*PIXELS.transpose(2, 0, 1), grey(0, 255, "u1")]),
        COLOURS,
    ),
    "tiff, white is zero": ("a.tif", one({262: 0}, grey(0, 255, "u1")), WHITE_BLACK),
    "tiff, 16 bits, white is zero": ("a.tif", deep(0, 65535, t262=0), WHITE_BLACK),
    "tiff, floats, white is zero": ("a.tif", deep(0, 1, "f4", t262=0, t339=3), WHITE_BLACK),
    "tiff, 1 bit, white is zero": ("a.tif", one({258: 1, 262: 0}, BITS), BLACK_WHITE),
    "tiff, 12 bits": ("a.tif", one({258: 12}, TWELVE), BLACK_WHITE),
    "tiff, 12 of 16 bits": ("a.tif", deep(0, 4095, t281=4095), BLACK_WHITE),
    "tiff, its highest number noted": ("a.tif", deep(0, 2050, t281=3977), HALF),
    "tiff, a highest number that is wrong": ("a.tif", deep(0, 65535, t281=255), BLACK_WHITE),
    "tiff, unsigned 32 bits": ("a.tif", deep(0, 4_000_000_000, "u4"), BLACK_WHITE),
    "tiff, signed 16 bits": ("a.tif", deep(-9000, 9000, "i2", t339=2), BLACK_WHITE),
    "tiff, big-endian floats, packed": ("a.tif", deep(0, 0.5, "f4", ">", t259=8, t339=3), HALF),
    "tiff, big-endian 32 bits, packed": ("a.tif", deep(-7, 9, "i4", ">", t259=8, t339=2), BLACK_WHITE),
    "tiff, big-endian signed 16, packed": ("a.tif", deep(-7, 9, "i2", ">", t259=8, t339=2), BLACK_WHITE),
    "tiff, big-endian 16 bits, packed": ("a.tif", deep(0, 65535, "u2", ">", t259=8), BLACK_WHITE),
    "tiff, 16-bit colours": ("a.tif", one(RGB8 | {258: (16,) * 3}, PIXELS.astype("u2") * 257), COLOURS),
    "tiff, palette of 16": ("a.tif", one({258: 4, 262: 3, 320: PALETTE}, NIBBLES), COLOURS),
    "tiff, multiplied by alpha": (
        "a.tif",
        one(RGB8 | {258: (8,) * 4, 277: 4, 338: 1}, associated(RED)),
        LIGHT,
    ),
    "tiff, YCbCr": ("a.tif", lambda: subsampled(8), COLOURS),
    "tiff, Lab": (
        "a.tif",
        one({258: (8, 8, 8), 262: 8, 277: 3}, np.stack([grey(0, 255, "u1"), *[grey(0, 0, "u1")] * 2], -1)),
        BLACK_WHITE,
    ),
    "tiff with a thumbnail behind": (
        "a.tif",
        lambda: tiff((RGB8, PIXELS), (RGB8 | {254: 1, 256: 8, 257: 6}, 0 * PIXELS[::4, ::4])),
        COLOURS,
    ),
    "tiff with a thumbnail in front": (
        "a.tif",
        lambda: tiff((RGB8 | {254: 1, 256: 8, 257: 6}, 0 * PIXELS[::4, ::4]), (RGB8, PIXELS)),
        COLOURS,
    ),
    "tiff with a thumbnail below": (
        "a.tif",
        lambda: tiff((RGB8 | {330: [(RGB8 | {254: 1, 256: 8, 257: 6}, 0 * PIXELS[::4, ::4])]}, PIXELS)),
        COLOURS,
    ),
    "png, 12 of 16 bits": ("a.png", lambda: png(grey(0, 4095, "u2"), {b"sBIT": b"\x0c"}), BLACK_WHITE),
    "png, 12 bits stretched to 16": (
        "a.png",
        lambda: png(grey(0, 0x0800, "u2"), {b"sBIT": b"\x0c"}),
        ((0,) * 3, (8,) * 3),
    ),
    "tiff, palette of 8-bit colours": (
        "a.tif",
        one({258: 4, 262: 3, 320: tuple(value // 257 for value in PALETTE)}, NIBBLES),
        COLOURS,
    ),
    "tiff, 16-bit channels apart": ("a.tif", planar, COLOURS),
    "tiff, a single channel apart": ("a.tif", deep(0, 65535, t284=2), BLACK_WHITE),
    "tiff, a single one of 1 bit": ("a.tif", one({258: 1, 262: 0, 284: 2}, BITS), BLACK_WHITE),
    "tiff, a palette apart": ("a.tif", one({258: 4, 262: 3, 284: 2, 320: PALETTE}, NIBBLES), COLOURS),
    "bmp, alpha that is none": ("a.bmp", lambda: bmp(PIXELS, alpha=0), COLOURS),
    "bmp, alpha": (
        "a.bmp",
        lambda: bmp(PIXELS, alpha=128),
        tuple(255 - (255 - np.array(c)) // 2 for c in COLOURS),
    ),
    "jpeg without loss": ("a.jpg", lossless_jpeg, ((128,) * 3,) * 2),
    "pgm of 10 bits": ("a.pgm", lambda: b"P5 32 24 1023\n" + grey(0, 1023, "u2", ">").tobytes(), BLACK_WHITE),
    "pgm that is nearly black": (
        "a.pgm",
        lambda: b"P5 32 24 65535\n" + grey(0, 200, "u2", ">").tobytes(),
        ((0,) * 3,) * 2,
    ),
    "jpeg, cmyk without adobe": ("a.jpg", jpeg_of_plain_cmyk, COLOURS),
    "jpeg named as a raw file": ("a.cr2", lambda: as_bytes(halves(), "JPEG", quality=95), COLOURS),
}


@pytest.mark.parametrize("kind", READ)
def test_is_read(kind, tmp_path):
    name, write, expected = READ[kind]
    (tmp_path / name).write_bytes(write())
    result = data.folder(tmp_path, size=24)
    assert result.names == [name] and result.skipped == {}
    for seen, wanted in zip(shown(result.images[0]), expected, strict=True):
        assert np.abs(seen - wanted).max() <= 8, (kind, seen)


@pytest.mark.parametrize("orientation", [3, 6])
@pytest.mark.parametrize("packed", [1, 8])
def test_a_tiff_is_turned_once(orientation, packed, tmp_path):
    turns = {3: 2, 6: 1}[orientation]
    stored = np.rot90(PIXELS, turns)
    tags = RGB8 | {256: stored.shape[1], 257: stored.shape[0], 259: packed, 274: orientation, 278: 99}
    (tmp_path / "a.tif").write_bytes(tiff((tags, np.ascontiguousarray(stored))))
    assert (data.picture(tmp_path / "a.tif") == PIXELS).all()


def test_a_heic_is_turned_once_though_its_exif_data_say_it_again(tmp_path):
    exif = b"MM\0*\0\0\0\x08\0\1" + struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0) + bytes(4)
    stored = heic.heic(np.rot90(PIXELS, 1), properties=[heic.box(b"irot", b"\3")], exif=exif)
    (tmp_path / "a.heic").write_bytes(stored)
    assert (data.picture(tmp_path / "a.heic") == PIXELS).all()


# ------------------------------------------------------------------------------------------- skipped


THUMBNAIL = (RGB8 | {254: 1, 256: 8, 257: 6}, 0 * PIXELS[::4, ::4])
SENSOR = {262: 32803, 258: 16}


def raw(tags=(), below=(), front=None, **options):
    first, pixels = front or THUMBNAIL
    return lambda: tiff((first | dict(tags) | ({330: list(below)} if below else {}), pixels), **options)


def floats(dtype):
    return deep(0, 1, dtype, t339=3)


SAYS_RAW = "is a raw camera file: export it"
REFUSED = {
    "nef": ("a.nef", raw(below=[(SENSOR, grey(0, 9, "u2"))], order=">"), SAYS_RAW),
    "nef named tif": ("a.tif", raw(below=[(SENSOR, grey(0, 9, "u2"))], order=">"), SAYS_RAW),
    "nef named jpg": ("a.jpg", raw(below=[(SENSOR | {259: 34713}, grey(0, 9, "u2"))]), SAYS_RAW),
    "dng": ("a.dng", raw({50706: bytes([1, 4, 0, 0])}, [(SENSOR, grey(0, 9, "u2"))]), SAYS_RAW),
    "dng, the sensor first": (
        "a.tif",
        raw({50706: bytes([1, 4, 0, 0])}, front=(SENSOR, grey(0, 9, "u2"))),
        SAYS_RAW,
    ),
    "linear dng": (
        "a.tif",
        raw({50706: bytes([1, 4, 0, 0])}, [(RGB8 | {262: 34892}, PIXELS)]),
        r"is a raw camera file \(a linear DNG\): export it",
    ),
    "cr2": ("a.tif", raw(gap=b"CR\2\0" + bytes(4), front=(RGB8, PIXELS)), SAYS_RAW),
    "raw by its name": ("a.3fr", raw(front=(RGB8, PIXELS)), SAYS_RAW),
    "raf": ("a.jpg", lambda: b"FUJIFILMCCD-RAW 0201FF" + bytes(600), SAYS_RAW),
    "orf": ("a.orf", lambda: b"IIRO\x08\0\0\0" + bytes(600), SAYS_RAW),
    "rw2": ("a.rw2", lambda: b"IIU\0\x18\0\0\0" + bytes(600), SAYS_RAW),
    "cr3": ("a.cr3", lambda: b"\0\0\0\x18ftypcrx \0\0\0\1" + bytes(600), SAYS_RAW),
    "thumbnail of nothing": ("a.tif", raw(below=[(RGB8, PIXELS)]), "begins with a thumbnail"),
    "floats of 64 bits": (
        "a.tif",
        floats("f8"),
        r"TIFF with pixels of 1 × 64-bit floats \(black is zero\), which is not",
    ),
    "floats of 16 bits": ("a.tif", floats("f2"), "1 × 16-bit floats"),
    "colours as floats": (
        "a.tif",
        one(RGB8 | {258: (32,) * 3, 339: (3,) * 3}, PIXELS.astype("f4")),
        "3 × 32-bit floats",
    ),
    "white is zero, big-endian": (
        "a.tif",
        deep(0, 9, "u2", ">", t262=0),
        r"16-bit numbers \(white is zero\)",
    ),
    "transparency mask": ("a.tif", one({258: 1, 262: 4}, BITS), "transparency mask"),
    "ICC Lab": ("a.tif", one(RGB8 | {262: 9}, PIXELS), r"ICC L\*a\*b\*"),
    "ITU Lab": ("a.tif", one(RGB8 | {262: 10}, PIXELS), r"ITU L\*a\*b\*"),
    "LogLuv": (
        "a.tif",
        one(RGB8 | {258: (16,) * 3, 262: 32845, 339: (2,) * 3}, PIXELS.astype("u2")),
        "LogLuv",
    ),
    "unknown photometry": ("a.tif", one({262: 777}, grey(0, 9, "u1")), "photometric interpretation 777"),
    "unknown compression": ("a.tif", one({259: 50002}, grey(0, 9, "u1")), "with the compression 50002"),
    "rare packing": (
        "a.tif",
        one({259: 50000}, grey(0, 9, "u1")),
        r"or packed in a way that is not read here \(zstd\)",
    ),
    "sequence": (
        "a.heics",
        lambda: b"\0\0\0\x14ftyphevc\0\0\0\0msf1" + bytes(99),
        "is a sequence of HEIC pictures",
    ),
    "heif of another code": (
        "a.heif",
        lambda: heic.heic(PIXELS).replace(b"hvc1", b"av99"),
        "not read here|no picture in HEVC",
    ),
    "heif in avc": (
        "a.heif",
        lambda: heic.heic(PIXELS, brand=b"avci").replace(b"hvc1", b"avc1"),
        "no picture in HEVC",
    ),
    "pam": ("a.pam", lambda: b"P7\nWIDTH 2\n", "is a PAM picture"),
    "other inks": (
        "a.tif",
        one({258: (8,) * 4, 262: 5, 277: 4, 332: 2}, associated(RED)),
        "inks that are not CMYK",
    ),
    "YCbCr": ("a.tif", lambda: subsampled(1), "a TIFF in YCbCr without compression"),
    "psd of 16 bits": (
        "a.psd",
        lambda: psd(PIXELS.transpose(2, 0, 1), bits=16),
        "Photoshop file of 16 bits a channel",
    ),
    "psd cut short": ("a.psd", lambda: b"8BPS\0\1" + bytes(9), "is damaged or cut short within its header"),
    "psb": ("a.psb", lambda: psd(PIXELS.transpose(2, 0, 1), version=2), r"a large document \(PSB\)"),
    "psd of layers": ("a.psd", lambda: psd(PIXELS.transpose(2, 0, 1), composite=0), "maximize compatibility"),
    "psd, duotone": ("a.psd", lambda: psd([grey(0, 9, "u1")], 8), "the mode duotone"),
    "jpeg of 12 bits": (
        "a.jpg",
        lambda: as_bytes(halves(), "JPEG").replace(b"\xff\xc0\0\x11\x08", b"\xff\xc0\0\x11\x0c"),
        "not read here",
    ),
    "jpeg, hierarchical": (
        "a.jpg",
        lambda: as_bytes(halves(), "JPEG").replace(b"\xff\xc0\0\x11", b"\xff\xc5\0\x11"),
        r"a JPEG of a rare kind \(SOF5\)",
    ),
    "tiff of signed bytes": ("a.tif", one({339: 2}, grey(-100, 100, "i1")), "TIFF of signed 8-bit numbers"),
    "png with a long note": (
        "a.png",
        lambda: png(PIXELS, {b"zTXt": b"a\0\0" + zlib.compress(bytes(3_000_000))}),
        "of a kind that is not read here .* too large",
    ),
    "png for apple": (
        "a.png",
        lambda: png(PIXELS, {}).replace(b"\0\0\0\rIHDR", b"\0\0\0\4CgBI\0\0\0\0\0\0\0\0\0\0\0\rIHDR"),
        "a PNG for Apple's devices",
    ),
    "git lfs": ("a.jpg", lambda: b"version https://git-lfs.github.com/spec/v1\n", "run git lfs pull"),
    "finder's alias": ("a.jpg", lambda: b"book\0\0\0\0mark\0\0\0\0" + bytes(99), "an alias that Finder made"),
    "a server's error": ("a.jpg", lambda: b'<?xml version="1.0"?><Error/>', "what a server wrote"),
    "gzip": ("a.jpg", lambda: b"\x1f\x8b\x08" + bytes(99), "an archive: unpack it"),
    "windows' cursor": ("a.cur", lambda: b"\0\0\2\0\1\0" + bytes(99), "a picture of the format CUR"),
    "mac's icon": ("a.png", lambda: b"icns" + bytes(99), "a picture of the format ICNS"),
    "ico, damaged within": ("a.ico", lambda: ico().replace(b"IHDR", b"IHDR\xff"), "is damaged or cut short"),
    "heic cut short": (
        "a.heic",
        lambda: heic.heic(PIXELS)[:900],
        "is a HEIC photograph that is damaged or cut short",
    ),
    "film named jpg": (
        "a.jpg",
        lambda: b"\0\0\0\x14ftypqt  \0\0\0\0" + bytes(600),
        "is a film, not a picture",
    ),
    "film of an old camera": (
        "a.mov",
        lambda: b"\0\0\0\x08wide\0\0\x10\0mdat" + bytes(600),
        "is a film, not a picture",
    ),
    "voice beside a photograph": ("a.wav", lambda: b"RIFF\x24\0\0\0WAVEfmt " + bytes(600), "is sound, not a"),
    "pdf named jpg": ("a.jpg", lambda: b"%PDF-1.7\n" + bytes(600), "a PDF document: export the page"),
    "jpeg xl": ("a.jpg", lambda: b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(600), "is a JPEG XL picture"),
    "zeros": ("a.jpg", lambda: bytes(5000), "its download or copy was never finished"),
    "numbers named tga": ("a.tga", lambda: bytes(range(256)) * 9, "is not a picture"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_is_refused_with_the_true_reason(kind, tmp_path):
    name, write, reason = REFUSED[kind]
    (tmp_path / name).write_bytes(write())
    with pytest.raises(ValueError, match=reason):
        data.picture(tmp_path / name)
    halves().save(tmp_path / "good.png")
    result = data.folder(tmp_path, size=8)
    assert result.names == ["good.png"] and list(result.skipped) == [name]


def test_without_pi_heif_a_heic_says_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "a.heic").write_bytes(heic.heic(PIXELS))
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    with pytest.raises(ValueError, match="is a HEIC photograph: pip install pi-heif"):
        data.picture(tmp_path / "a.heic")


@pytest.mark.parametrize("kind", ["heic", "ico"])
def test_a_container_cannot_hide_a_bomb(kind, tmp_path):
    if kind == "heic":
        content = heic.heic(PIXELS).replace(struct.pack(">II", 32, 24), struct.pack(">II", 30_000, 20_000))
    else:
        big = as_bytes(Image.new("1", (9000, 9000)), "PNG")
        content = struct.pack("<HHHBBBBHHII", 0, 1, 1, 0, 0, 0, 0, 1, 32, len(big), 22) + big
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(ValueError, match="more than the 64 million allowed"):
        data.picture(tmp_path / "a")


# ------------------------------------------------------------------------------------------- what is said


@pytest.mark.parametrize("kind", ["png", "tif"])
def test_bits_make_a_dark_picture_bright(kind, tmp_path, capsys):
    content = png(grey(0, 4095, "u2"), {}) if kind == "png" else deep(0, 4095)()
    (tmp_path / f"a.{kind}").write_bytes(content)
    assert data.picture(tmp_path / f"a.{kind}").max() == 16
    assert "uses less than a quarter of its 16 bits" in capsys.readouterr().out
    assert data.picture(tmp_path / f"a.{kind}", bits=12).max() == 255
    assert data.picture(tmp_path / f"a.{kind}", bits=13).max() == 127
    assert capsys.readouterr().out == ""
    with pytest.raises(ValueError, match="bits=8 must be a whole number from 9 to 32"):
        data.folder(tmp_path, bits=8)


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (deep(0, 0.5, "f4", t339=3), "grey values of 32 bits without an agreed white: 1 was taken"),
        (deep(0, 200, "f4", t339=3), "an agreed white: 255 was taken"),
        (deep(0, 2**31, "u4"), "the highest was taken"),
        (lambda: as_bytes(plain((9, 9, 9, 0), "RGBA"), "PNG"), "is wholly transparent, so it is white"),
        (lambda: tiff((RGB8, PIXELS), (RGB8, PIXELS)), "has several pages: the first was taken"),
        (
            one(RGB8 | {258: (16,) * 3}, PIXELS.astype("u2") * 16),
            "less than a quarter of its 16 bits, so it is dark: save",
        ),
        (
            lambda: as_bytes(halves().convert("CMYK"), "JPEG"),
            "CMYK without a colour profile: its colours are a guess",
        ),
        (
            lambda: as_bytes(halves(), "JPEG", icc_profile=b"broken"),
            "profile was left aside .* taken as sRGB",
        ),
        (
            lambda: heic.heic(PIXELS, colours=(9, 16)),
            "of high dynamic range: what is brighter than white paper",
        ),
    ],
)
def test_a_doubt_is_said_once(write, said, tmp_path, capsys):
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(write())
    assert data.folder(tmp_path, 8).names == ["a", "b"]
    printed = capsys.readouterr().out
    if said is None:
        assert printed == ""
        return
    (line,) = printed.splitlines()
    assert line.startswith("2 of 2 files, each of which ") and re.search(said, line), line


def test_a_doubt_about_one_picture_is_a_sentence(tmp_path, capsys):
    (tmp_path / "a").write_bytes(as_bytes(halves().convert("CMYK"), "JPEG"))
    data.folder(tmp_path, 8)
    assert capsys.readouterr().out.startswith("'a' is in CMYK")


# ------------------------------------------------------------------------------------------- colours


def icc(space, tags, pcs=b"XYZ ", kind=b"mntr"):
    """A profile of tags (name: bytes), by hand."""
    directory, content, offset = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, value in tags.items():
        value += bytes(-len(value) % 4)
        directory += name + struct.pack(">II", offset + len(content), len(value))
        content += value
    white = struct.pack(">3i", 63190, 65536, 54061)
    header = (
        struct.pack(">I4xI", offset + len(content), 0x02400000) + kind + space + pcs + bytes(12) + b"acsp"
    )
    return (header + bytes(28) + white).ljust(128, b"\0") + directory + content


def xyz(*values):
    return b"XYZ \0\0\0\0" + struct.pack(f">{len(values)}i", *(round(65536 * value) for value in values))


def gamma(value):
    return b"curv\0\0\0\0" + struct.pack(">IHxx", 1, round(256 * value))


LINEAR_GREY = icc(b"GRAY", {b"wtpt": xyz(0.9642, 1, 0.8249), b"kTRC": gamma(1)})
SRGB_CURVE = b"para\0\0\0\0\0\3\0\0" + xyz(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)[8:]
# Display P3 as Apple's profile writes it, with the curve of sRGB.
P3 = icc(
    b"RGB ",
    {
        b"wtpt": xyz(0.9642, 1, 0.8249),
        b"rXYZ": xyz(0.5151, 0.2412, -0.0011),
        b"gXYZ": xyz(0.2920, 0.6922, 0.0419),
        b"bXYZ": xyz(0.1571, 0.0666, 0.7841),
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), SRGB_CURVE),
    },
)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def inks_of_another_colour():
    """A profile for CMYK in which all ink is green, whatever its name: Lab by a table of 2⁴ corners."""
    ramp = bytes(range(256))
    paper, ink = bytes([255, 128, 128]), bytes([140, 70, 190])
    corners = paper + ink * 15
    matrix = struct.pack(">9i", *(65536 * (i % 4 == 0) for i in range(9)))
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + matrix + ramp * 4 + corners + ramp * 3
    return icc(b"CMYK", {b"wtpt": xyz(0.9642, 1, 0.8249), b"A2B0": table, b"A2B1": table}, b"Lab ", b"prtr")


def plain(colour, mode="RGB"):
    return Image.new(mode, (32, 24), colour)


def jp2(colour, profile):
    """A JPEG 2000 file whose colours are described by a profile instead of a number."""
    content = as_bytes(plain(colour), "JPEG2000")
    at, start = content.index(b"colr") - 4, content.index(b"jp2h") - 4
    (length, whole) = (struct.unpack(">I", content[place : place + 4])[0] for place in (at, start))
    box = heic.box(b"colr", b"\2\0\0" + profile)
    content = content[:at] + box + content[at + length :]
    return content[:start] + struct.pack(">I", whole + len(box) - length) + content[start + 4 :]


def noted_adobe_rgb(colour):
    """A JPEG whose EXIF data say "not sRGB" and "R03", as cameras write for Adobe RGB."""
    exif = Image.Exif()
    exif._ifds[0x8769] = {0xA001: 65535, 0xA005: {1: "R03"}}
    exif[0x8769] = exif._ifds[0x8769]
    return as_bytes(plain(colour), "JPEG", quality=100, subsampling=0, exif=exif)


def avif(colour, numbers):
    content = as_bytes(plain(colour), "AVIF", quality=100, subsampling="4:4:4")
    return content.replace(
        b"colrnclx" + struct.pack(">HH", 1, 13), b"colrnclx" + struct.pack(">HH", *numbers)
    )


def of(colour):
    return np.broadcast_to(np.array(colour), (24, 32, 3))


# What is sRGB's red is (234, 51, 35) in Display P3 and (219, 0, 0) in Adobe RGB, its green (117, 251, 76) and
# (144, 255, 60): numbers that every converter of colours shows.
P3_RED, P3_GREEN, ADOBE_RED, ADOBE_GREEN = (234, 51, 35), (117, 251, 76), (219, 0, 0), (144, 255, 60)
SRGB_RED, SRGB_GREEN = (255, 0, 0), (0, 255, 0)
P3_PLACES = struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
MEANT = {
    "a profile of sRGB": (lambda: as_bytes(plain(P3_RED), "PNG", icc_profile=SRGB), P3_RED),
    "p3, png": (lambda: as_bytes(plain(P3_GREEN), "PNG", icc_profile=P3), SRGB_GREEN),
    "p3, jpeg": (
        lambda: as_bytes(plain(P3_GREEN), "JPEG", quality=100, subsampling=0, icc_profile=P3),
        SRGB_GREEN,
    ),
    "p3, webp": (lambda: as_bytes(plain(P3_RED), "WEBP", lossless=True, icc_profile=P3), SRGB_RED),
    "p3, tiff": (lambda: as_bytes(plain(P3_RED), "TIFF", icc_profile=P3), SRGB_RED),
    "p3, avif": (
        lambda: as_bytes(plain(P3_RED), "AVIF", quality=100, subsampling="4:4:4", icc_profile=P3),
        SRGB_RED,
    ),
    "p3, bmp": (lambda: bmp(of(P3_RED).astype("u1"), profile=P3), SRGB_RED),
    "p3, gif": (lambda: gif(of(P3_RED).astype("u1"), P3), SRGB_RED),
    "p3, heic": (lambda: heic.heic(of(P3_RED), icc=P3), SRGB_RED),
    "p3, jpeg 2000": (lambda: jp2(P3_RED, P3), SRGB_RED),
    "p3, a palette": (lambda: as_bytes(plain(P3_RED).quantize(2), "PNG", icc_profile=P3), SRGB_RED),
    "p3, with alpha": (lambda: as_bytes(plain((*P3_RED, 255), "RGBA"), "PNG", icc_profile=P3), SRGB_RED),
    "p3 that sRGB has not": (lambda: as_bytes(plain(SRGB_GREEN), "PNG", icc_profile=P3), SRGB_GREEN),
    "p3, white": (lambda: as_bytes(plain("white"), "PNG", icc_profile=P3), (255, 255, 255)),
    "p3 by numbers, heic": (lambda: heic.heic(of(P3_RED), colours=(12, 13)), SRGB_RED),
    "p3 by numbers, avif": (lambda: avif(P3_RED, (12, 13)), SRGB_RED),
    "p3 by numbers, png": (lambda: png(of(P3_RED).astype("u1"), {b"cICP": bytes([12, 13, 0, 1])}), SRGB_RED),
    "p3 by places, png": (
        lambda: png(of(P3_RED).astype("u1"), {b"gAMA": b"\0\0\xb1\x8f", b"cHRM": P3_PLACES}),
        SRGB_RED,
    ),
    "sRGB by numbers": (lambda: heic.heic(of(P3_RED), colours=(1, 13)), P3_RED),
    "unspecified numbers": (lambda: heic.heic(of(P3_RED), colours=(2, 2)), P3_RED),
    "adobe rgb by exif": (lambda: noted_adobe_rgb(ADOBE_RED), SRGB_RED),
    "adobe rgb, its green": (lambda: noted_adobe_rgb(ADOBE_GREEN), SRGB_GREEN),
    "png, linear": (lambda: png(of((55, 55, 55)).astype("u1"), {b"gAMA": b"\0\1\x86\xa0"}), (128, 128, 128)),
    "png, the usual gamma": (
        lambda: png(of((20, 20, 20)).astype("u1"), {b"gAMA": b"\0\0\xb1\x8f"}),
        (20, 20, 20),
    ),
    "grey profile": (lambda: as_bytes(plain(55, "L"), "PNG", icc_profile=LINEAR_GREY), (128, 128, 128)),
    "grey profile, 16 bits": (
        lambda: png(grey(55 * 257, 55 * 257, "u2"), {}, icc_profile=LINEAR_GREY),
        (128, 128, 128),
    ),
    "grey with a profile for colours": (
        lambda: as_bytes(plain(99, "L"), "PNG", icc_profile=P3),
        (99, 99, 99),
    ),
    "grey with alpha": (
        lambda: as_bytes(plain((55, 255), "LA"), "PNG", icc_profile=LINEAR_GREY),
        (128, 128, 128),
    ),
    "a profile for another kind": (lambda: as_bytes(plain(P3_RED), "PNG", icc_profile=LINEAR_GREY), P3_RED),
    "a damaged profile": (lambda: as_bytes(plain(P3_RED), "PNG", icc_profile=P3[:200]), P3_RED),
    "unknown numbers": (lambda: heic.heic(of(P3_RED), colours=(22, 17)), P3_RED),
    "cmyk": (
        lambda: as_bytes(plain((0, 200, 0, 0), "CMYK"), "TIFF", icc_profile=inks_of_another_colour()),
        (82, 177, 60),
    ),
    # 58 % of the signal is white paper by PQ, 75 % by HLG; what is brighter cannot be shown.
    "hdr, pq": (lambda: heic.heic(of((148,) * 3), colours=(9, 16)), (255, 255, 255)),
    "hdr, pq, dark": (lambda: heic.heic(of((108,) * 3), colours=(9, 16)), (123, 123, 123)),
    "hdr, hlg": (lambda: heic.heic(of((191,) * 3), colours=(9, 18)), (255, 255, 255)),
    "hdr, brighter": (lambda: heic.heic(of((250,) * 3), colours=(9, 16)), (255, 255, 255)),
}


@pytest.mark.parametrize("kind", MEANT)
def test_colours_are_those_that_are_meant(kind, tmp_path):
    write, wanted = MEANT[kind]
    (tmp_path / "a").write_bytes(write())
    seen = data.picture(tmp_path / "a")[12, 16].astype(int)
    assert np.abs(seen - wanted).max() <= 4, seen


def test_a_profile_that_does_what_sRGB_does_changes_nothing(tmp_path):
    """Whatever it is called: profiles of sRGB differ in their last digits."""
    near = colours.matrix_profile(
        ((0.6401, 0.33), (0.30, 0.5999), (0.15, 0.06)), colours.D65, colours.srgb_curve
    )
    picture = Image.effect_noise((32, 24), 90).convert("RGB")
    for profile in (SRGB, near):
        picture.save(tmp_path / "a.png", icc_profile=profile)
        assert (data.picture(tmp_path / "a.png") == np.asarray(picture)).all()


def test_what_is_transparent_stays_so_and_lies_on_the_white_of_sRGB(tmp_path):
    half = halves(mode="RGBA", left=(*P3_RED, 0), right=(*P3_RED, 255))
    half.save(tmp_path / "a.png", icc_profile=P3)
    left, right = shown(data.picture(tmp_path / "a.png"))
    assert (left == 255).all() and np.abs(right - SRGB_RED).max() <= 4
