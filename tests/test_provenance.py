"""provenance.py and watermark.py: papers of a picture and of a model, and an invisible mark."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

import lesson_source
from course_lib import callbacks, data, metrics, provenance, watermark
from course_lib.data import colours

pytestmark = pytest.mark.tensorflow

LESSON = Path(__file__).parents[1] / "chapters/06_challenges/5_can_you_trust_a_picture.py"
RNG = np.random.default_rng(0)
PICTURE = RNG.integers(0, 256, (20, 30, 3), dtype=np.uint8)
SECRET = b"a secret"


def scene(seed=0, size=(150, 200)):
    """A smooth picture in colour with some texture, uint8."""
    rng = np.random.default_rng(seed)
    coarse = ndimage.gaussian_filter(rng.normal(size=(*size, 3)), (20, 20, 0)) * 2500
    fine = ndimage.gaussian_filter(rng.normal(size=(*size, 3)), (1, 1, 0)) * 25
    return np.clip(128 + coarse + fine, 0, 255).astype(np.uint8)


def test_what_is_written_has_neither_the_profile_nor_the_exif_data_of_what_was_read(tmp_path):
    """A photograph's place does not travel on, and numbers that are sRGB are not called something else."""
    exif = Image.Exif()
    exif[271] = "a phone"
    photograph = tmp_path / "read.jpg"
    Image.fromarray(PICTURE).save(photograph, exif=exif, icc_profile=colours.adobe_rgb())
    picture = data.picture(photograph)
    for suffix in ("png", "jpg", "webp"):
        Image.fromarray(picture).save(tmp_path / f"written.{suffix}")
    provenance.save(tmp_path / "papers.png", picture)
    callbacks.save_gif(picture[None], tmp_path / "film.gif")
    photograph.unlink()
    for path in tmp_path.iterdir():
        with Image.open(path) as written:
            assert "icc_profile" not in written.info and not written.getexif(), path.name


# -- papers of a picture ------------------------------------------------------------------------------


def test_a_fingerprint_knows_pixels_and_shape():
    assert provenance.fingerprint(PICTURE) == provenance.fingerprint(PICTURE.copy())
    other = PICTURE.copy()
    other[3, 4, 1] ^= 1
    assert provenance.fingerprint(other) != provenance.fingerprint(PICTURE)
    assert provenance.fingerprint(PICTURE.reshape(30, 20, 3)) != provenance.fingerprint(PICTURE)
    assert provenance.fingerprint(PICTURE[::-1, ::-1][::-1, ::-1]) == provenance.fingerprint(PICTURE)
    with pytest.raises(TypeError, match="to_uint8"):
        provenance.fingerprint(PICTURE / 255)


def test_examine_tells_the_four_cases_apart():
    record = provenance.seal(PICTURE, SECRET, author="me", seed=3)
    other = PICTURE.copy()
    other[0, 0, 0] ^= 1
    assert provenance.examine(PICTURE, record, SECRET) == "as sealed"
    assert provenance.examine(other, record, SECRET) == "other pixels"
    assert provenance.examine(PICTURE, None, SECRET) == "no record"
    for wrong in (
        {**record, "facts": {"author": "you", "seed": 3}},
        {**record, "pixels": provenance.fingerprint(other)},
        {**record, "code": "0"},
        {"facts": record["facts"]},
    ):
        assert provenance.examine(PICTURE, wrong, SECRET).startswith("record not sealed")
    assert provenance.examine(PICTURE, record, b"another").startswith("record not sealed")


def test_the_order_of_the_facts_does_not_matter():
    first = provenance.seal(PICTURE, SECRET, author="me", seed=3)
    assert first == provenance.seal(PICTURE, SECRET, seed=3, author="me")


def test_without_a_secret_nothing_is_sealed():
    with pytest.raises(ValueError, match="empty"):
        provenance.seal(PICTURE, b"", author="me")


@pytest.mark.parametrize("picture", [PICTURE, PICTURE[..., :1]])
def test_a_record_travels_in_the_file_and_is_lost_when_it_is_saved_again(tmp_path, picture):
    record = provenance.seal(picture, SECRET, author="Zoë · 画家")
    path = provenance.save(tmp_path / "new" / "sealed.png", picture, record)
    again, read = provenance.load(path)
    np.testing.assert_array_equal(again, picture)
    assert provenance.examine(again, read, SECRET) == "as sealed"
    Image.open(path).convert("RGB").save(tmp_path / "other.jpg")
    assert provenance.load(tmp_path / "other.jpg")[1] is None
    provenance.save(tmp_path / "bare.png", picture)
    assert provenance.load(tmp_path / "bare.png")[1] is None


@pytest.mark.parametrize("text", ["no JSON {", "[1, 2]", "7"])
def test_a_text_that_is_no_record_counts_as_none(tmp_path, text):
    from PIL import PngImagePlugin

    info = PngImagePlugin.PngInfo()
    info.add_itxt(provenance.FIELD, text)
    Image.fromarray(PICTURE).save(tmp_path / "odd.png", pnginfo=info)
    assert provenance.load(tmp_path / "odd.png")[1] is None


# -- papers of a model --------------------------------------------------------------------------------

SECTIONS = {name: f"about {name.lower()}" for name in provenance.SECTIONS}


def test_a_model_card_has_what_was_given_and_what_was_looked_up():
    from course_lib import weights

    measured = {"distance": 1.23456, "copies": None}
    card = provenance.model_card("a model", "dcgan_fashion.weights.h5", measured, SECTIONS, "2026-11-20")
    entry = weights.manifest()["dcgan_fashion.weights.h5"]
    assert all(entry[name] in card for name in ("sha256", "version", "made_by"))
    assert "| distance | 1.235 |" in card
    assert "| copies | not measured |" in card
    for name, text in SECTIONS.items():
        assert f"## {name}\n\n{text}\n" in card


def test_a_model_card_with_a_hole_is_refused():
    for sections, named in (({}, "missing: Intended use"), ({**SECTIONS, "Caveats": " "}, "missing: Caveats"),
                            ({**SECTIONS, "Colour": "red"}, "unknown: Colour")):  # fmt: skip
        with pytest.raises(ValueError, match=named):
            provenance.model_card("a", "dcgan_fashion.weights.h5", {}, sections, "2026-11-20")


# -- the mark -----------------------------------------------------------------------------------------


def test_a_mark_is_found_with_its_key_only_and_hardly_seen():
    picture = scene()
    marked = watermark.embed(picture, 3)
    assert marked.dtype == np.uint8
    assert marked.shape == picture.shape
    assert watermark.score(marked, 3) > 8
    assert max(abs(watermark.score(marked, key)) for key in range(10, 30)) < 4.5
    assert abs(watermark.score(picture, 3)) < 4.5
    assert metrics.psnr(picture[None], marked[None])[0] > 40
    np.testing.assert_array_equal(watermark.embed(picture, 3, strength=0), picture)


def test_scores_of_wrong_keys_have_mean_zero_and_spread_one():
    heard = watermark.waves(scene(1))
    heard /= np.linalg.norm(heard)
    points = np.array([watermark.signs(key) @ heard for key in range(300)])
    assert abs(points.mean()) < 0.25
    assert 0.85 < points.std() < 1.15


def test_a_mark_survives_jpeg_and_another_size():
    marked = watermark.embed(scene(2), 3)
    file = io.BytesIO()
    Image.fromarray(marked).save(file, "JPEG", quality=50)
    assert watermark.score(np.asarray(Image.open(file)), 3) > 5
    small = Image.fromarray(marked).resize((120, 90), Image.Resampling.BICUBIC)
    assert watermark.score(np.asarray(small), 3) > 5


def test_a_crop_hides_the_mark_and_a_search_finds_it():
    marked = watermark.embed(scene(3), 3)
    piece = marked[20:140, 30:180]
    assert abs(watermark.score(piece, 3)) < 4.5
    assert watermark.search(piece, 3, marked.shape[:2]) > watermark.search(piece, 4, marked.shape[:2]) + 3


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (PICTURE.astype("float32"), "uint8"),
        (PICTURE[..., 0], "in colour"),
        (PICTURE, "needs 64 a side"),
    ],
)
def test_other_pictures_are_refused(picture, said):
    with pytest.raises(ValueError, match=said):
        watermark.embed(picture, 3)
    with pytest.raises(ValueError, match=said):
        watermark.score(picture, 3)


def test_a_piece_larger_than_the_whole_is_refused():
    with pytest.raises(ValueError, match="cannot come from"):
        watermark.search(scene(), 3, (100, 100))


@pytest.mark.parametrize("rate", [0.29, 0.57, 0.58])  # times 100, in floats: 28.999…, 56.999…, 57.999…
def test_the_lessons_threshold_counts_and_does_not_multiply(rate):
    space = {"np": np}
    exec(lesson_source.definitions(LESSON, "alarm_threshold"), space)
    scores = RNG.permutation(100.0 * np.arange(100))
    assert (scores > space["alarm_threshold"](scores, rate)).sum() == round(100 * rate)
