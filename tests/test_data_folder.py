"""`data.folder` on what people really have: each kind is read rightly, or named with its reason.

Every good picture shows the same: its left half is red, its right half blue (or black and white).
"""

import io
import os
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from course_lib import data
from course_lib.data import pictures

pytestmark = pytest.mark.tensorflow

RED, BLUE = (220, 30, 30), (30, 30, 220)


def halves(width=80, height=60, left=RED, right=BLUE, mode="RGB"):
    picture = Image.new(mode, (width, height), right)
    picture.paste(left, (0, 0, width // 2, height))
    return picture


def grey_halves(values, dtype):
    array = np.empty((60, 80), dtype)
    array[:, :40], array[:, 40:] = values
    return Image.fromarray(array)


def as_bytes(picture, format, **options):
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


def shown(picture):
    """The mean colours of the left and of the right half, without the seam."""
    width = picture.shape[1]
    left, right = picture[:, : width // 2 - 4], picture[:, width // 2 + 4 :]
    return left.mean((0, 1)), right.mean((0, 1))


# ---------------------------------------------------------------------------- what must be read


def turned(path, orientation):
    """A picture that is stored turned, with the note in its EXIF data that says so."""
    undo = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90}[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    halves().transpose(undo).save(path, "JPEG", quality=95, exif=exif)


def palette_with_transparency(path):
    # Colour 0 is transparent: the left half shows the white below.
    picture = Image.new("P", (80, 60), 1)
    picture.putpalette([*RED, *BLUE])
    picture.paste(0, (0, 0, 40, 60))
    picture.save(path, "PNG", transparency=0)


def half_transparent(path):
    picture = halves(mode="RGBA", left=(*RED, 0), right=(*BLUE, 255))
    picture.save(path, "PNG")


def grey_with_alpha(path):
    halves(mode="LA", left=(0, 0), right=(0, 255)).save(path, "PNG")


def animation(path, format):
    frames = [halves(), halves(left=BLUE, right=RED), halves(left=BLUE, right=BLUE)]
    frames[0].save(
        path,
        format,
        save_all=True,
        append_images=frames[1:],
        duration=100,
        lossless=True,
        quality=95,
    )


def broken_exif(path):
    halves().save(path, "JPEG", quality=95, exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\xff\xff\xff")


def big_endian_tiff():
    """A TIFF written by hand, since Pillow writes them little-endian."""
    pixels = np.repeat([[0, 65535]], 40, axis=1).repeat(60, axis=0).astype(">u2").tobytes()
    # (tag, value): width, height, bits, no compression, black is 0, offset, rows, bytes
    tags = {256: 80, 257: 60, 258: 16, 259: 1, 262: 1, 273: 8, 278: 60, 279: len(pixels)}
    entries = b"".join(struct.pack(">HHII", tag, 4, 1, value) for tag, value in tags.items())
    directory = struct.pack(">H", len(tags)) + entries + struct.pack(">I", 0)
    return b"MM\0*" + struct.pack(">I", 8 + len(pixels)) + pixels + directory


COLOURS = (RED, BLUE)
BLACK_WHITE = ((0, 0, 0), (255, 255, 255))
WHITE_BLUE = ((255, 255, 255), BLUE)

READABLE = {
    "jpeg": ("a.jpg", lambda p: halves().save(p, "JPEG", quality=95), COLOURS),
    "progressive jpeg": (
        "a.jpg",
        lambda p: halves().save(p, "JPEG", quality=95, progressive=True),
        COLOURS,
    ),
    "png": ("a.png", lambda p: halves().save(p, "PNG"), COLOURS),
    "webp": ("a.webp", lambda p: halves().save(p, "WEBP", lossless=True), COLOURS),
    "bmp": ("a.bmp", lambda p: halves().save(p, "BMP"), COLOURS),
    "gif": ("a.gif", lambda p: halves().save(p, "GIF"), COLOURS),
    "tiff": ("a.tif", lambda p: halves().save(p, "TIFF"), COLOURS),
    "ppm": ("a.ppm", lambda p: halves().save(p, "PPM"), COLOURS),
    "avif": ("a.avif", lambda p: halves().save(p, "AVIF", quality=95), COLOURS),
    "mpo": ("a.jpg", lambda p: animation(p, "MPO"), COLOURS),
    "cmyk jpeg": ("a.jpg", lambda p: halves().convert("CMYK").save(p, "JPEG", quality=95), COLOURS),
    "16-bit grey png": (
        "a.png",
        lambda p: grey_halves((0, 65535), np.uint16).save(p, "PNG"),
        BLACK_WHITE,
    ),
    "16-bit grey tiff": (
        "a.tif",
        lambda p: grey_halves((0, 32768), np.uint16).save(p, "TIFF"),
        ((0, 0, 0), (127, 127, 127)),
    ),
    "16-bit grey tiff, big-endian": (
        "a.tif",
        lambda p: p.write_bytes(big_endian_tiff()),
        BLACK_WHITE,
    ),
    "32-bit integer tiff": (
        "a.tif",
        lambda p: grey_halves((-70_000, 70_000), np.int32).save(p, "TIFF"),
        BLACK_WHITE,
    ),
    "float tiff, 0 to 1": (
        "a.tif",
        lambda p: grey_halves((0.0, 1.0), np.float32).save(p, "TIFF"),
        BLACK_WHITE,
    ),
    "float tiff, any range": (
        "a.tif",
        lambda p: grey_halves((-3.5, 1e9), np.float32).save(p, "TIFF"),
        BLACK_WHITE,
    ),
    "8-bit grey": ("a.png", lambda p: grey_halves((0, 255), np.uint8).save(p, "PNG"), BLACK_WHITE),
    "1 bit": (
        "a.png",
        lambda p: halves(mode="1", left=0, right=1).save(p, "PNG"),
        BLACK_WHITE,
    ),
    "palette": ("a.png", lambda p: halves().quantize(4).save(p, "PNG"), COLOURS),
    "palette with transparency": ("a.png", palette_with_transparency, WHITE_BLUE),
    "alpha": ("a.png", half_transparent, WHITE_BLUE),
    "grey with alpha": ("a.png", grey_with_alpha, ((255, 255, 255), (0, 0, 0))),
    "exif, upside down": ("a.jpg", lambda p: turned(p, 3), COLOURS),
    "exif, on its side": ("a.jpg", lambda p: turned(p, 6), COLOURS),
    "broken exif": ("a.jpg", broken_exif, COLOURS),
    "animated gif": ("a.gif", lambda p: animation(p, "GIF"), COLOURS),
    "animated webp": ("a.webp", lambda p: animation(p, "WEBP"), COLOURS),
    "png named jpg": ("a.jpg", lambda p: halves().save(p, "PNG"), COLOURS),
    "no suffix": ("picture", lambda p: halves().save(p, "JPEG", quality=95), COLOURS),
    "very wide": ("a.png", lambda p: halves(5000, 8).save(p, "PNG"), COLOURS),
    "large jpeg": ("a.jpg", lambda p: halves(6000, 4000).save(p, "JPEG", quality=90), COLOURS),
    "odd name": ("ein Bild, 图 (1).png", lambda p: halves().save(p, "PNG"), COLOURS),
}


@pytest.mark.parametrize("fit", ["crop", "pad"])
@pytest.mark.parametrize("kind", READABLE)
def test_is_read(kind, fit, tmp_path):
    name, write, expected = READABLE[kind]
    write(tmp_path / name)
    result = data.folder(tmp_path, size=32, fit=fit)
    assert result.names == [name] and result.skipped == {}
    assert result.images.shape == (1, 32, 32, 3) and result.images.dtype == np.uint8
    picture = result.images[0]
    if fit == "pad":  # only the middle rows are the picture, on white
        assert (picture[0] == 255).all() and (picture[-1] == 255).all()
        picture = picture[15:17] if kind != "very wide" else picture[15:16]
    for seen, wanted in zip(shown(picture), expected, strict=True):
        assert np.abs(seen - wanted).max() <= 8, (kind, seen)


def test_one_pixel(tmp_path):
    Image.new("RGB", (1, 1), RED).save(tmp_path / "a.png")
    for fit in ("crop", "pad"):
        assert (data.folder(tmp_path, 16, fit).images == RED).all()


@pytest.mark.parametrize("shape", [(1, 4000), (4000, 1)])
def test_extreme_shapes(shape, tmp_path):
    Image.new("RGB", shape, RED).save(tmp_path / "a.png")
    assert (data.folder(tmp_path, 16).images == RED).all()
    padded = data.folder(tmp_path, 16, "pad").images[0]
    assert (padded == RED).all(-1).sum() == 16 and (padded == 255).all(-1).sum() == 15 * 16  # a line


def test_crop_keeps_the_middle_and_pad_keeps_all(tmp_path):
    picture = Image.new("RGB", (90, 30), "black")
    picture.paste(RED, (30, 0, 60, 30))
    picture.save(tmp_path / "a.png")
    cropped = data.folder(tmp_path, 30).images[0]
    assert (cropped == RED).all()
    padded = data.folder(tmp_path, 90, "pad").images[0]
    assert (padded[30:60] == np.asarray(picture)).all()
    assert (padded[:30] == 255).all() and (padded[60:] == 255).all()


def test_transparent_edges_do_not_bleed(tmp_path):
    """The hidden colour of transparent pixels must not tint the rim of a smaller picture."""
    picture = Image.new("RGBA", (200, 200), (0, 255, 0, 0))
    picture.paste((*BLUE, 255), (50, 50, 150, 150))
    picture.save(tmp_path / "a.png")
    image = data.folder(tmp_path, 25).images[0].astype(int)
    assert (image[..., 1] <= image[..., 2] + 1).all()  # never greener than white or blue


# ---------------------------------------------------------------------------- what must be skipped


def png_that_declares(width, height):
    """A valid header of a picture of any size, with next to nothing behind it."""

    def chunk(kind, content):
        checksum = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


def bomb(path):
    """400 million pixels in half a megabyte, whole and valid."""
    Image.new("1", (20_000, 20_000)).save(path, "PNG")


JPEG = as_bytes(halves(), "JPEG")
PNG = as_bytes(Image.effect_noise((80, 60), 50), "PNG")

SKIPPED = {
    "zero bytes": ("a.png", lambda p: p.write_bytes(b""), "the file is empty"),
    "jpeg cut short": ("a.jpg", lambda p: p.write_bytes(JPEG[: len(JPEG) // 2]), "cut short"),
    "png cut short": ("a.png", lambda p: p.write_bytes(PNG[: len(PNG) // 2]), "cut short"),
    "jpeg header only": ("a.jpg", lambda p: p.write_bytes(JPEG[:20]), "within its header"),
    "png header only": ("a.png", lambda p: p.write_bytes(PNG[:12]), "within its header"),
    "damaged png": (
        "a.png",
        lambda p: p.write_bytes(PNG[:200] + bytes(200) + PNG[400:]),
        "damaged or cut short",
    ),
    "text named png": ("a.png", lambda p: p.write_text("my notes"), "is not a picture"),
    "web page named jpg": (
        "a.jpg",
        lambda p: p.write_text("\n<!DOCTYPE html><html>404</html>"),
        "is a web page",
    ),
    "svg": (
        "a.svg",
        lambda p: p.write_text('<?xml version="1.0"?><svg xmlns="x"/>'),
        "is an SVG drawing",
    ),
    "heic": ("a.heic", lambda p: p.write_bytes(b"\0\0\0\x18ftypheic" + bytes(99)), "is a HEIC"),
    "pdf": ("a.pdf", lambda p: p.write_bytes(b"%PDF-1.7\n"), "is not a picture"),
    "postscript": (
        "a.eps",
        lambda p: p.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
        "is not a picture",
    ),
    "zip named webp": ("a.webp", lambda p: p.write_bytes(b"PK\3\4" + bytes(50)), "not a picture"),
    "random bytes": ("a.bmp", lambda p: p.write_bytes(bytes(range(256)) * 9), "is not a picture"),
    "declares 2 billion pixels": (
        "a.png",
        lambda p: p.write_bytes(png_that_declares(50_000, 40_000)),
        "more than the 64 million",
    ),
    "declares 100 million pixels": (
        "a.png",
        lambda p: p.write_bytes(png_that_declares(10_000, 10_000)),
        "10,000 × 10,000 pixels, more than the 64 million",
    ),
    "bomb": ("a.png", bomb, "more than the 64 million"),
    "not finite": (
        "a.tif",
        lambda p: grey_halves((0.0, np.nan), np.float32).save(p, "TIFF"),
        "not finite numbers",
    ),
    "broken link": ("a.png", lambda p: p.symlink_to("nowhere.png"), "a link to a file that does"),
    "link to itself": ("a.png", lambda p: p.symlink_to("a.png"), "cannot be opened"),
    "pipe": ("a.png", os.mkfifo, "is not a regular file"),
}


@pytest.mark.parametrize("kind", SKIPPED)
def test_is_skipped_with_its_reason(kind, tmp_path, capsys):
    name, write, reason = SKIPPED[kind]
    write(tmp_path / name)
    halves().save(tmp_path / "good.png")
    result = data.folder(tmp_path, size=32)
    assert result.names == ["good.png"] and result.images.shape == (1, 32, 32, 3)
    assert list(result.skipped) == [name] and reason in result.skipped[name]
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 1 and name in printed[0] and reason in printed[0]


def test_a_file_without_permission_is_skipped(tmp_path, monkeypatch):
    halves().save(tmp_path / "good.png")
    halves().save(tmp_path / "secret.png")
    whole = Path.open

    def refuse(self, *arguments, **more):  # root may read everything, so chmod proves nothing
        if self.name == "secret.png":
            raise PermissionError(13, "Permission denied", str(self))
        return whole(self, *arguments, **more)

    monkeypatch.setattr(Path, "open", refuse)
    assert data.folder(tmp_path).skipped == {"secret.png": "may not be read (no permission)"}


def test_a_folder_without_permission_is_skipped(tmp_path, monkeypatch):
    halves().save(tmp_path / "good.png")
    locked = tmp_path / "locked"
    locked.mkdir()
    scandir = os.scandir

    def refuse(path):
        if str(path) == str(locked):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    result = data.folder(tmp_path)
    assert result.names == ["good.png"]
    assert result.skipped == {"locked": "the folder cannot be opened (Permission denied)"}


def test_bombs_take_no_memory(tmp_path):
    """Read by a process that may take 100 MB more than it has after its imports."""
    for number, kind in enumerate(("declares 2 billion pixels", "bomb", "declares 100 million pixels")):
        SKIPPED[kind][1](tmp_path / f"{number}.png")
    Image.new("L", (12_000, 12_000)).save(tmp_path / "3.gif")
    halves().save(tmp_path / "good.png")
    code = (
        "import resource, sys; from PIL import Image; from course_lib import data; Image.init(); "
        "pages = int(open('/proc/self/statm').read().split()[0]); "
        "limit = pages * resource.getpagesize() + 100_000_000; "
        "resource.setrlimit(resource.RLIMIT_AS, (limit, limit)); "
        "print(data.folder(sys.argv[1]).names)"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "['good.png']"
    assert done.stdout.count("more than the 64 million allowed") == 4


# ---------------------------------------------------------------------------- the folder itself


def test_no_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no folder .*missing"):
        data.folder(tmp_path / "missing")


def test_a_file_instead_of_a_folder(tmp_path):
    halves().save(tmp_path / "a.png")
    with pytest.raises(NotADirectoryError, match="a.png is a file: give the folder"):
        data.folder(tmp_path / "a.png")


def test_an_empty_folder(tmp_path):
    (tmp_path / "inside").mkdir()
    (tmp_path / ".DS_Store").write_bytes(b"x")
    with pytest.raises(ValueError, match="is empty: put some pictures into it"):
        data.folder(tmp_path)


def test_no_readable_picture(tmp_path):
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "b.txt").write_text("y")
    with pytest.raises(ValueError, match="No picture in .* the first file, 'a.txt': is not a pic"):
        data.folder(tmp_path)


@pytest.mark.parametrize("size", [0, -1, 64.0, "64", None, True, 1025])
def test_wrong_size(size, tmp_path):
    with pytest.raises(ValueError, match="whole number of pixels from 1 to 1024"):
        data.folder(tmp_path, size=size)


def test_wrong_fit(tmp_path):
    with pytest.raises(ValueError, match="no fit='squash': choose"):
        data.folder(tmp_path, fit="squash")


def test_numpy_sizes_are_numbers_too(tmp_path):
    halves().save(tmp_path / "a.png")
    assert data.folder(tmp_path, size=np.int64(8)).images.shape == (1, 8, 8, 3)


def test_order_is_by_name_and_folders_inside_are_read(tmp_path):
    for name in ("b.png", "a.png", "z/a.png", "c.png/inside.png", ".hidden.png", ".hidden/a.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        halves().save(tmp_path / name, "PNG")
    first = data.folder(tmp_path, size=8)
    assert first.names == ["a.png", "b.png", "c.png/inside.png", "z/a.png"]  # twice an a.png
    second = data.folder(str(tmp_path), size=8)
    assert second.names == first.names and (second.images == first.images).all()
    assert first.skipped == {}


def test_links_to_pictures_are_read_and_links_to_folders_are_not(tmp_path):
    (tmp_path / "inside").mkdir()
    halves().save(tmp_path / "inside/a.png")
    (tmp_path / "link.png").symlink_to("inside/a.png")
    (tmp_path / "inside/loop").symlink_to(tmp_path, target_is_directory=True)
    result = data.folder(tmp_path, size=8)
    assert result.names == ["inside/a.png", "link.png"] and result.skipped == {}


def test_the_report_is_capped(tmp_path, capsys):
    halves().save(tmp_path / "good.png")
    for number in range(25):
        (tmp_path / f"{number:02}.txt").write_text("x")
    result = data.folder(tmp_path, size=8)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 11 and "15 more" in lines[-1]
    assert len(result.skipped) == 25


def test_names_that_cannot_be_printed(tmp_path, capsys):
    halves().save(tmp_path / "good.png")
    name = os.fsdecode(b"bad\xff\nname.png")
    (tmp_path / name).write_bytes(b"")
    assert data.folder(tmp_path, size=8).skipped == {name: "the file is empty"}
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_too_many_for_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "MAX_BYTES", 50_000)
    for number in range(5):
        halves().save(tmp_path / f"{number}.png")
    with pytest.raises(ValueError, match="5 files of 64 × 64 need .* smaller size"):
        data.folder(tmp_path)
    assert len(data.folder(tmp_path, size=32).images) == 5


def test_the_bundled_photos_as_a_folder(tmp_path):
    folder = Path(data.bundled.FILES) / "photos"
    shutil.copytree(folder, tmp_path / "photos")
    result = data.folder(tmp_path, size=48)
    assert [Path(name).stem for name in result.names] == list(data.load("photos"))
    assert list(result.skipped) == ["photos/SOURCE.md"]
    assert result.images.std() > 40


# --- one picture, whole ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "longest", "wanted"),
    [
        ((80, 60), 1024, (60, 80)),
        ((80, 60), 40, (30, 40)),
        ((60, 80), 40, (40, 30)),
        ((300, 1), 100, (1, 100)),
    ],
)
def test_picture_is_whole_and_only_ever_made_smaller(shape, longest, wanted, tmp_path):
    halves(*shape).save(tmp_path / "a.png")
    made = data.picture(tmp_path / "a.png", longest)
    assert made.dtype == np.uint8 and made.shape == (*wanted, 3)


def test_picture_is_turned_and_laid_on_white(tmp_path):
    turned(tmp_path / "a.jpg", 6)
    half_transparent(tmp_path / "b.png")
    on_its_side = data.picture(tmp_path / "a.jpg")
    assert on_its_side.shape == (60, 80, 3)
    assert on_its_side[30, 10, 0] > 200 and on_its_side[30, 70, 2] > 200  # red left, blue right
    assert (data.picture(tmp_path / "b.png")[30, 10] == 255).all()


def test_picture_says_what_is_wrong(tmp_path):
    (tmp_path / "page.png").write_text("<!DOCTYPE html><p>not a picture</p>")
    with pytest.raises(ValueError, match="page.png: is a web page"):
        data.picture(tmp_path / "page.png")
    with pytest.raises(FileNotFoundError, match="There is no file"):
        data.picture(tmp_path / "none.png")
    with pytest.raises(ValueError, match="is a folder"):
        data.picture(tmp_path)


@pytest.mark.parametrize("read", [data.picture, data.folder])
def test_a_home_that_nobody_has_is_a_name_like_any_other(read):
    """~pictures where ~/pictures was meant."""
    with pytest.raises(FileNotFoundError, match=r"There is no (file|folder) ~pictures_of_nobody"):
        read("~pictures_of_nobody")


@pytest.mark.parametrize("read", [data.picture, data.folder])
def test_an_address_is_no_path(read):
    with pytest.raises(ValueError, match=r"https://example.org/a.jpg is an address.*: download it"):
        read("https://example.org/a.jpg")
