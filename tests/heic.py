"""HEIC files for tests, written by hand: pi-heif only reads them, and encoders are under the GPL.

A picture is one block of 32 × 32 pixels of HEVC whose samples are stored as they are ("PCM"). For such a
block the arithmetic coder of HEVC writes the same bits whatever the samples are: they stand here as numbers.
"""

import struct

import numpy as np

SIDE = 32  # of the only block; the picture is its upper left part
BEFORE_SAMPLES, AFTER_SAMPLES = "100001101", "111111101"  # "in one part, samples follow"; "end of slice"


def heic(
    pixels,
    *,
    bits=8,
    colours=(1, 13),
    icc=None,
    properties=(),
    exif=None,
    alpha=None,
    second=None,
    brand=b"heic",
    premultiplied=False,
):
    """The bytes of a HEIC file.

    Args:
        pixels: integers `(h, w, 3)`, at most 32 × 32, both even.
        bits: of a sample, 8 or 10.
        colours: numbers of H.273: the primaries and the transfer characteristics.
        icc: a colour profile.
        properties: further boxes that belong to the picture, of `box`: a turn, for instance.
        exif: what a TIFF header begins.
        alpha: opacity `(h, w)`.
        second: another picture `(h, w, 3)`, which is not the primary one.
    """
    items, references = [(b"hvc1", _hevc(_planes(pixels), bits), _common(pixels, bits, 3))], []
    primary = items[0][2]
    primary.append(box(b"colr", b"nclx" + struct.pack(">HHHB", *colours, 0, 0x80)))
    if icc:
        primary.append(box(b"colr", b"prof" + icc))
    primary += properties
    if alpha is not None:
        kind = b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"
        boxes = [*_common(alpha, bits, 1), full_box(b"auxC", kind)]
        items.append((b"hvc1", _hevc([alpha], bits), boxes))
        references.append((b"auxl", len(items), 1))
        if premultiplied:
            references.append((b"prem", 1, len(items)))
    if second is not None:
        colour = box(b"colr", b"nclx" + struct.pack(">HHHB", *colours, 0, 0x80))
        items.append((b"hvc1", _hevc(_planes(second), bits), [*_common(second, bits, 3), colour]))
    if exif:
        items.append((b"Exif", struct.pack(">I", 0) + exif, []))
        references.append((b"cdsc", len(items), 1))
    return _file(items, references, brand)


def box(kind, content):
    return struct.pack(">I", 8 + len(content)) + kind + content


def full_box(kind, content, version=0):
    return box(kind, struct.pack(">I", version << 24) + content)


def _planes(pixels):
    """Green, blue, red: with "matrix 0" HEVC's three planes are these, without arithmetic."""
    return [pixels[..., channel] for channel in (1, 2, 0)]


def _common(pixels, bits, channels):
    height, width = pixels.shape[:2]
    arrays = b"".join(
        struct.pack(">BHH", kind, 1, len(unit)) + unit for kind, unit in _headers(pixels, bits, channels)
    )
    profile = struct.pack(">BIIHB", 4, 1 << 27, 0x9000 << 16, 0, 93)
    chroma = 3 if channels == 3 else 0
    record = (
        b"\1"
        + profile
        + struct.pack(">HBBBBHBB", 0xF000, 0xFC, 0xFC | chroma, 0xF8 | bits - 8, 0xF8 | bits - 8, 0, 15, 3)
    )
    return [
        box(b"hvcC", record + arrays),
        full_box(b"ispe", struct.pack(">II", width, height)),
        full_box(b"pixi", bytes([channels, *[bits] * channels])),
    ]


def _file(items, references, brand):
    kinds, boxes, associations = b"", [], b""
    for number, (kind, _, properties) in enumerate(items, 1):
        kinds += full_box(b"infe", struct.pack(">HH", number, 0) + kind + b"\0", version=2)
        boxes += properties
        indices = range(len(boxes) - len(properties) + 1, len(boxes) + 1)
        essential = [0x80 * (each[4:8] in (b"hvcC", b"irot", b"imir")) for each in properties]
        linked = bytes(mark | index for mark, index in zip(essential, indices, strict=True))
        if properties:
            associations += struct.pack(">HB", number, len(properties)) + linked
    linked_items = sum(bool(properties) for *_, properties in items)
    ipma = full_box(b"ipma", struct.pack(">I", linked_items) + associations)
    iref = b"".join(box(kind, struct.pack(">HHH", of, 1, to)) for kind, of, to in references)

    def meta(offset):
        places = b""
        for number, (_, content, _) in enumerate(items, 1):
            places += struct.pack(">HHHII", number, 0, 1, offset, len(content))
            offset += len(content)
        return full_box(
            b"meta",
            full_box(b"hdlr", struct.pack(">I4s12s", 0, b"pict", b"") + b"\0")
            + full_box(b"pitm", struct.pack(">H", 1))
            + full_box(b"iloc", struct.pack(">HH", 0x4400, len(items)) + places)
            + full_box(b"iinf", struct.pack(">H", len(items)) + kinds)
            + box(b"iprp", box(b"ipco", b"".join(boxes)) + ipma)
            + (full_box(b"iref", iref) if iref else b""),
        )

    start = box(b"ftyp", brand + bytes(4) + b"mif1heic")
    offset = len(start) + len(meta(0)) + 8
    return start + meta(offset) + box(b"mdat", b"".join(content for _, content, _ in items))


# ------------------------------------------------------------------------------------------------- HEVC


def _u(value, bits):
    return format(value, f"0{bits}b")


def _ue(*values):
    """Numbers in Exp-Golomb code: as many zeros as `value + 1` has bits after its first, then it."""
    binary = [format(value + 1, "b") for value in values]
    return "".join("0" * (len(text) - 1) + text for text in binary)


def _unit(kind, bits):
    """A NAL unit; wherever two zero bytes would meet a byte below 4, a 3 is put between."""
    bits += "0" * (-len(bits) % 8)
    unit, zeros = bytearray([kind << 1, 1]), 0
    for byte in int(bits, 2).to_bytes(len(bits) // 8, "big"):
        if zeros == 2 and byte < 4:
            unit.append(3)
            zeros = 0
        unit.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(unit)


def _headers(pixels, bits, channels):
    height, width = pixels.shape[:2]
    level = _u(4, 8) + _u(1 << 27, 32) + "1001" + "0" * 44 + _u(93, 8)  # profile "range extensions"
    video = (
        "0000"
        + "11"
        + _u(0, 6)
        + "000"
        + "1"
        + "1" * 16
        + level
        + "1"
        + _ue(0, 0, 0)
        + _u(0, 6)
        + _ue(0)
        + "00"
    )
    crop = _ue(0, SIDE - width, 0, SIDE - height)
    chroma = _ue(3) + "0" if channels == 3 else _ue(0)
    sequence = "0000" + "000" + "1" + level + _ue(0) + chroma + _ue(SIDE, SIDE) + "1" + crop
    sequence += _ue(bits - 8, bits - 8, 0) + "1" + _ue(0, 0, 0)
    sequence += _ue(2, 0, 0, 3, 0, 0)  # one size of blocks, 32; transforms from 4 to 32
    sequence += "000" + "1" + _u(bits - 1, 4) * 2 + _ue(2, 0) + "1" + _ue(0) + "00000"  # samples as they are
    picture = (
        _ue(0, 0) + "0" * 7 + _ue(0, 0, 0) + "000" + _ue(0, 0) + "0" * 6 + "0" + "101" + "00" + _ue(0) + "00"
    )
    return [(32, _unit(32, video + "1")), (33, _unit(33, sequence + "1")), (34, _unit(34, picture + "1"))]


def _hevc(planes, bits):
    """One picture: its slice, with the length in front."""
    height, width = planes[0].shape
    slice_header = "10" + _ue(0, 2, 0) + "1"
    slice_header += "0" * (-len(slice_header) % 8)
    data = BEFORE_SAMPLES + "0" * (-len(BEFORE_SAMPLES) % 8)
    for plane in planes:
        block = np.pad(plane, ((0, SIDE - height), (0, SIDE - width)), mode="edge")
        data += "".join(_u(int(value), bits) for value in block.flat)
    unit = _unit(19, slice_header + data + AFTER_SAMPLES)
    return struct.pack(">I", len(unit)) + unit
