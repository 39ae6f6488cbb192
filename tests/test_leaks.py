"""tools/leaks.py finds test pictures in a training, and nothing where there are none."""

import pytest

import leaks

pytestmark = pytest.mark.tools

FINAL = ('test, names = data.load("fashion", "test")', ["final"])


def said(*cells):
    return [
        sentence
        for _, sentence in leaks.find([cell if isinstance(cell, tuple) else (cell, []) for cell in cells])
    ]


@pytest.mark.parametrize(
    "cells",
    [
        (FINAL, "model.fit(test)"),
        (FINAL, "signed = data.signed(test)", "model.fit(signed)"),
        (
            FINAL,
            "rate = min(rates, key=lambda rate: far(rate, test))",
            "model = build(rate)\nmodel.fit(pictures)",
        ),
        (FINAL, "def train():\n    model.fit(test)", "train()"),
        (FINAL, "def look():\n    return test", "def train(x):\n    m.fit(x)", "train(look())"),
        (FINAL, "kept = []\nkept.append(test)", "model.fit(kept)"),
        (FINAL, "kept = {}\nkept['a'] = test", "model.fit(kept)"),
        (FINAL, "for x in test:\n    model.fit(x)"),
        (FINAL, "test = test / 255\nmodel.fit(test)"),
        ('best = jury.frechet(drawn, "test")', "model.fit(pictures, epochs=int(best))"),
        ('best = jury.frechet(drawn, reference="test")', "with quiet():\n    training.train(best)"),
    ],
)
def test_a_training_that_reads_the_test_set_is_found(cells):
    assert any("came from the test set, and this cell trains" in sentence for sentence in said(*cells))


@pytest.mark.parametrize(
    "cells",
    [
        (FINAL, "print(accuracy(model, test))", "model.fit(pictures)"),
        ("model.fit(pictures)", FINAL, "model.evaluate(test)"),
        (FINAL, "x = test[:3]\nshow(x)", "x = pictures[:3]\nmodel.fit(x)"),
        (
            FINAL,
            "for name in test:\n    print(name)",
            "for name in ways:\n    train(name)\n    model.fit(name)",
        ),
        (FINAL, "def show(x):\n    test = x\n    return test", "model.fit(show(pictures))"),
        (
            'def run(seed):\n    model.fit(pictures)\n    return jury.score(draw(), "test")',
            "run(1)",
            "run(2)",
        ),
        (FINAL, "far = [len(x) for x in test]", "model.fit([x for x in pictures])"),
    ],
)
def test_what_only_looks_at_the_test_set_is_not(cells):
    assert said(*cells) == []


def test_the_test_set_is_loaded_in_one_cell():
    assert said('x, _ = data.load("fashion", "test")') == [
        'data.load(…, "test") belongs into the one cell tagged `final`.'
    ]
    assert said('for split in ("train", "test"):\n    data.load("fashion", split)')
    assert said(FINAL, FINAL) == ["a lesson has one cell tagged `final`; this is the second."]
    assert said('jury.score(drawn, "test")', FINAL) == []
