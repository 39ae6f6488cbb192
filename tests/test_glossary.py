"""The glossary has every word once, in order, in both languages."""

import re
import unicodedata

import pytest

import env

pytestmark = pytest.mark.tools

ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (env.ROOT / "docs/glossary.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| English")
]
# What a lesson's verdicts rest on, and what papers call the course's distances.
NEEDED = (
    "nat",
    "KID",
    "FID",
    "Welch",
    "paired",
    "Wilson",
    "multiple comparisons",
    "power",
    "Holm",
    "MAC",
    "HMAC",
)


def test_every_row_says_the_word_in_both_languages_and_what_it_means():
    assert all(len(row) == 3 and all(row) for row in ROWS)
    assert all(re.search(r"[\u4e00-\u9fff]", chinese) or chinese.startswith("VAE") for _, chinese, _ in ROWS)


def test_no_word_stands_there_twice():
    """Not with another word before it either: "seed" and "random seed" are one."""
    chinese = [row[1].split("（")[0] for row in ROWS]
    doubles = {word for word in chinese if chinese.count(word) > 1}
    assert doubles <= {"预热", "偏差"}  # each of two meanings in English, too
    assert len({row[0] for row in ROWS}) == len(ROWS)


def test_words_are_in_order():
    words = [unicodedata.normalize("NFKD", row[0]).lower().replace("-", " ") for row in ROWS]
    words = [re.sub(r"[^a-z0-9 ]", "", word).strip() for word in words]
    assert words == sorted(words)


@pytest.mark.parametrize("word", NEEDED)
def test_the_words_of_inference_are_explained(word):
    assert any(re.search(rf"\b{word}\b", row[0]) for row in ROWS)


def test_an_hmac_is_no_signature():
    (mac,) = [row for row in ROWS if "HMAC" in row[0]]
    assert "签名" not in mac[1] and "signature" not in mac[0]
