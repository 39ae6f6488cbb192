#!/usr/bin/env bash
# Pillow 12.0.0 (11.3.0 alike)
#
# Image.resize with Resampling.BOX is the filter one takes for "every new pixel is the mean of the area that it
# covers". It is, while the sizes divide. Where they do not, a pixel that lies across the border of two areas is
# not shared between them in proportion: it counts wholly in one or the other. Shrinking 37 columns to 28, some
# new pixels are copies of one old pixel although they cover parts of two. Image.reduce takes whole factors only.
#
# Seen: "280 to 28: 0.0 greys off; 37 to 28: 71.3 greys off; copies of one old column: 19 of 28"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/python -m pip install --quiet --disable-pip-version-check pillow==12.0.0 numpy==2.3.5
env/bin/python - <<'PY'
import sys

import numpy as np
from PIL import Image


def compare(large, small):
    """Greatest distance from the mean of areas, and how many new columns are copies of an old one."""
    row = (np.arange(large) * 53 % 256).astype("float32")
    made = np.asarray(Image.fromarray(row[None]).resize((small, 1), Image.Resampling.BOX))[0]
    edges = np.linspace(0, large, small + 1)
    columns = np.arange(large)
    shared = np.clip(np.minimum(edges[1:, None], columns + 1) - np.maximum(edges[:-1, None], columns), 0, 1)
    mean = shared @ row / shared.sum(axis=1)
    return np.abs(made - mean).max(), sum((np.abs(value - row) < 1e-4).any() for value in made)


even, _ = compare(280, 28)
uneven, copies = compare(37, 28)
print(f"280 to 28: {even:.1f} greys off; 37 to 28: {uneven:.1f} greys off; copies of one old column: {copies} of 28")
sys.exit(0 if even < 0.01 and uneven > 20 and copies > 10 else 1)
PY
