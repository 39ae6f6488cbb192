"""What kind of file this is, told from its content, and why it is no picture that can be read."""

from __future__ import annotations

from PIL import Image, TiffImagePlugin, TiffTags

from course_lib.data.litter import PassedOver

# Formats whose decoders are part of Pillow; EPS and others that start outside programs are left out. The JPEG
# reader also reads MPO, which many phones write. HEIC is read by pi-heif.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF", "JPEG2000", "PSD", "ICO")
LISTED = "JPEG, PNG, WebP, HEIC, AVIF, GIF, BMP, TIFF, JPEG 2000, PPM, TGA, ICO and PSD"
TGA_ENDINGS = (".tga", ".vda", ".icb", ".vst")  # old TGA files cannot be told by their content
RAW = "is a raw camera file: export it from a photo program as JPEG or TIFF"
RAW_ENDINGS = (
    ".3fr .ari .arw .bay .cap .cr2 .cr3 .crw .dcr .dng .erf .fff .gpr .iiq .k25 .kdc .mdc .mef .mos .mrw "
    ".nef .nrw .orf .pef .ptx .raf .raw .rw2 .rwl .sr2 .srf .srw .x3f"
)
RAW_STARTS = (
    b"FUJIFILMCCD-RAW",
    b"IIRO",
    b"IIRS",
    b"MMOR",
    b"IIU\0",
    b"\0MRM",
    b"FOVb",
    b"II\x1a\0\0\0HEAPCCDR",
)
CFA, LINEAR_RAW = 32803, 34892
RAW_COMPRESSIONS = (
    32767,
    32769,
    32770,
    34713,
    34892,
    65000,
    65535,
)  # Sony, Epson, Samsung, Nikon, DNG, Kodak, Pentax
TIFF_STARTS = tuple(TiffImagePlugin.PREFIXES)
PHOTOMETRIC = {
    0: "white is zero",
    1: "black is zero",
    2: "RGB",
    3: "palette",
    4: "transparency mask",
    5: "CMYK",
    6: "YCbCr",
    8: "CIE L*a*b*",
    9: "ICC L*a*b*",
    10: "ITU L*a*b*",
    32844: "LogL",
    32845: "LogLuv",
    51177: "depth map",
}
HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"miaf")
SEQUENCE_BRANDS = (b"hevc", b"hevx", b"hevm", b"hevs", b"msf1")
AVIF_BRANDS = (b"avif", b"avis")

# How other files begin, at which byte, and what is said of them.
OTHERS = (
    (0, b"%PDF", "is not a picture but a PDF document: export the page as PNG"),
    (0, b"%!PS", "is not a picture but a PostScript drawing: export it as PNG"),
    (0, b"PK\3\4", "is not a picture but an archive (zip, or a document of an office or painting program)"),
    (0, b"Rar!", "is not a picture but an archive: unpack it"),
    (0, b"7z\xbc\xaf", "is not a picture but an archive: unpack it"),
    (0, b"\x1f\x8b", "is not a picture but an archive: unpack it"),
    (0, b"version https://git-lfs", "stands for a picture that Git LFS has not fetched: run git lfs pull"),
    (0, b"book\0\0\0\0mark", "is an alias that Finder made: give the picture itself"),
    (12, b"CgBI", "is a PNG for Apple's devices alone, which is not read here: save it as JPEG"),
    (0, b"\x76\x2f\x31\x01", "is an OpenEXR picture, which is not read here: save it as PNG"),
    (0, b"#?RADIANCE", "is a Radiance HDR picture, which is not read here: save it as PNG"),
    (0, b"gimp xcf", "is a file of GIMP: export it as PNG"),
    (0, b"P7\n", "is a PAM picture, which is not read here: save it as PNG"),
    (0, b"PF\n", "is a PFM picture in colours, which is not read here: save it as PNG"),
    (0, b"\xff\xd8\xff\xf7", "is a JPEG-LS picture, which is not read here: save it as PNG"),
    (0, b"\xff\x0a", "is a JPEG XL picture, which is not read here: save it as JPEG or PNG"),
    (4, b"JXL ", "is a JPEG XL picture, which is not read here: save it as JPEG or PNG"),
    (0, b"II\xbc\x01", "is a JPEG XR picture, which is not read here: save it as JPEG or PNG"),
    (0, b"SIMPLE  =", "is a FITS file, which is not read here: save it as TIFF or PNG"),
    (128, b"DICM", "is a DICOM file, which is not read here: save it as TIFF or PNG"),
    (8, b"WAVE", "is sound, not a picture"),
    (8, b"AVI ", "is a film, not a picture"),
    (4, b"moov", "is a film, not a picture"),
    (4, b"mdat", "is a film, not a picture"),
    (4, b"wide", "is a film, not a picture"),
    (0, b"FLV\1", "is a film, not a picture"),
    (0, b"\x1a\x45\xdf\xa3", "is a film, not a picture"),
    (0, b"\0\0\1\xba", "is a film, not a picture"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "is a film, not a picture"),
)
UNSUPPORTED = (
    "unsupported",
    "not supported",
    "not yet",
    "cannot handle",
    "unknown",
    "not available",
    "no decoder",
    "too large",  # notes packed within a PNG
)
# What Pillow knows and the course does not read: a picture all the same.
OTHER_PICTURES = ("CUR", "DCX", "DDS", "ICNS", "MSP", "PCX", "QOI", "SGI", "SUN", "WMF", "XPM")


def refuse_others(start: bytes, suffix: str, directories) -> None:
    """Raises the reason for files that no reader is asked for, though one might find a thumbnail in them."""
    found = brands(start)
    if not any(start):
        raise ValueError("holds zeros where a picture begins: its download or copy was never finished")
    if start.startswith(RAW_STARTS) or b"crx " in found:
        raise PassedOver(RAW)
    if found and not found & {*HEIF_BRANDS, *AVIF_BRANDS}:
        if found & {*SEQUENCE_BRANDS}:
            raise PassedOver(
                "is a sequence of HEIC pictures, which is not read here: save one of them as JPEG"
            )
        raise PassedOver("is a film, not a picture")
    for at, magic, reason in OTHERS:
        if start[at:].startswith(magic):
            raise (PassedOver if "a film" in reason else ValueError)(reason)
    if not directories:
        return
    kinds = [directory.get(262) for directory in directories]
    if LINEAR_RAW in kinds and CFA not in kinds:
        raise PassedOver(RAW.replace("file:", "file (a linear DNG):"))
    if (
        CFA in kinds
        or 50706 in directories[0]  # DNGVersion
        or any(directory.get(259) in RAW_COMPRESSIONS for directory in directories)
        or start[8:10] == b"CR"
        or start[8:12] in (b"IIII", b"MMMM")  # Phase One
        or suffix in RAW_ENDINGS.split()
    ):
        raise PassedOver(RAW)


def directories(file) -> list:
    """The tags of a TIFF file's pages and of the pictures below them, as far as they can be read."""
    found, waiting = [], []
    try:
        file.seek(0)
        header = file.read(8)
        header += file.read(8) if header[2] == 43 else b""  # BigTIFF
        waiting.append(TiffImagePlugin.ImageFileDirectory_v2(header).next)
        while waiting and len(found) < 16:
            offset = waiting.pop(0)
            file.seek(offset)
            directory = TiffImagePlugin.ImageFileDirectory_v2(header)
            directory.load(file)
            found.append(directory)
            below = directory.get(330, ())
            waiting += [
                each for each in (*(below if isinstance(below, tuple) else (below,)), directory.next) if each
            ]
    except Exception:  # damaged tags: what came before them may be enough
        pass
    return found


def is_heic(start: bytes) -> bool:
    """Whether `start` begins a HEIC file: its first brand may be anything, so the others count too."""
    found = brands(start)
    return bool(found & {*HEIF_BRANDS, *SEQUENCE_BRANDS}) and not found & {*AVIF_BRANDS}


def brands(start: bytes) -> set[bytes]:
    """What a file of boxes (HEIC, AVIF, films) calls itself, in names of four letters."""
    if start[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(start[:4], "big"), len(start))
    return {start[8:12], *(start[at : at + 4] for at in range(16, end, 4))}


def is_tga(file, start: bytes, suffix: str) -> bool:
    """TGA has a mark at its end, if any; without it the name counts, if the header is possible."""
    file.seek(max(0, file.seek(0, 2) - 18))
    marked = file.read(18) == b"TRUEVISION-XFILE.\0"
    file.seek(0)
    return marked or (suffix in TGA_ENDINGS and len(start) > 18 and start[2] in (1, 2, 3, 9, 10, 11))


def what_it_is(file, start: bytes, suffix: str, directories) -> str:
    """A reason for a file that Pillow does not open."""
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return "is a web page, not a picture: download the picture itself"
    if b"<svg" in text:
        return "is an SVG drawing, which has no pixels: export it as PNG"
    if text.startswith((b"<", b"{")):
        return "is what a server wrote, not a picture: download the picture itself"
    if start.startswith(b"8BPS") and len(start) >= 26:
        version, depth = start[5], int.from_bytes(start[22:24], "big")
        if version == 2 or depth in (1, 16, 32):
            kind = "a large document (PSB)" if version == 2 else f"of {depth} bits a channel"
            return f"is a Photoshop file {kind}, which is not read here: save it as TIFF or PNG of 8 bits"
    if directories:
        return _tiff_reason(directories[0])
    for name in FORMATS:
        factory, accept = Image.OPEN.get(name, (None, None))
        if accept and accept(start):
            try:
                file.seek(0)
                factory(file, "")
            except Exception as error:  # the reader's own reason, which Image.open() keeps to itself
                return failed("is damaged or cut short within its header", error)
    if suffix in RAW_ENDINGS.split():
        return RAW
    for name in OTHER_PICTURES if len(start) > 16 else ():
        if name in Image.OPEN and Image.OPEN[name][1](start):
            return f"is a picture of the format {name}, which is not read here: save it as PNG"
    if start.startswith((b"\xff\xd8", b"\x89PNG", b"GIF8", b"BM", b"RIFF", *TIFF_STARTS)):
        return "is damaged or cut short within its header"
    return "is not a picture that can be read"


def rare_jpeg(file) -> str | None:
    """The reason for a JPEG of a kind that is hardly ever written, by the marker of its frame; else None."""
    file.seek(2)
    while len(head := file.read(4)) == 4:
        marker, length = head[1], int.from_bytes(head[2:], "big")
        if marker in (0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF):  # hierarchical, or with an arithmetic code
            return f"is a JPEG of a rare kind (SOF{marker - 0xC0}), which is not read here: save it as PNG"
        if marker == 0xDA or length < 2:
            return None
        file.seek(length - 2, 1)
    return None


def _tiff_reason(tags) -> str:
    if not {256, 257} <= set(tags):
        return "is damaged or cut short within its header"
    kind = tags.get(262, 0)
    depth, compression = tags.get(258, (1,)), tags.get(259, 1)
    sort = {2: "signed numbers", 3: "floats"}.get(tags.get(339, (1,))[0], "numbers")
    if compression not in TiffImagePlugin.COMPRESSION_INFO:
        names = TiffTags.lookup(259).enum
        named = next((name for name, number in names.items() if number == compression), compression)
        kind = f"with the compression {named}"
    else:
        channels = f"{tags.get(277, len(depth))} × {depth[0]}-bit {sort}"
        kind = f"with pixels of {channels} ({PHOTOMETRIC.get(kind, f'photometric interpretation {kind}')})"
    return f"is a TIFF {kind}, which is not read here: save it as PNG or as a TIFF of 8 bits"


def failed(otherwise: str, error: Exception) -> str:
    """The reason that a reader gives, told apart from damage where it says that it cannot."""
    reason = " ".join(str(error).split()) or type(error).__name__
    if any(word in reason.lower() for word in UNSUPPORTED):
        return f"is of a kind that is not read here ({reason}): save it as JPEG or PNG"
    return f"{otherwise} ({reason})"
