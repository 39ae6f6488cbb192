#!/usr/bin/env bash
# scipy 1.16.3
#
# ndimage.sobel(stack, axis=2) of many grey pictures (n, h, w) is asked for the slope along one axis, and one
# expects an edge map of each picture. SciPy smooths with 1, 2, 1 along every other axis, that of the pictures
# too: each map is the previous picture's edges, twice its own, and the next picture's. Shapes are right, an edge
# detector's map looks right at a glance, and a single picture gives other edges alone than in a batch.
# generic_gradient_magnitude, prewitt and gaussian_gradient_magnitude of a stack mix likewise.
#
# Seen: "edges of an empty picture between two others: 8.0 by sobel, 6.0 by prewitt; alone 0.0 and 0.0"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/python -m pip install --quiet --disable-pip-version-check scipy==1.16.3 numpy==2.3.5
env/bin/python - <<'PY'
import sys

import numpy as np
from scipy import ndimage

stack = np.zeros((3, 8, 8))
stack[0, :, 4:] = stack[2, :, 4:] = 1.0  # a step; the picture between is empty
seen = [np.abs(edges(stack, axis=2)[1]).max() for edges in (ndimage.sobel, ndimage.prewitt)]
alone = [np.abs(edges(stack[1], axis=1)).max() for edges in (ndimage.sobel, ndimage.prewitt)]
print(
    "edges of an empty picture between two others: {:.1f} by sobel, {:.1f} by prewitt; alone {:.1f} and {:.1f}".format(
        *seen, *alone
    )
)
sys.exit(0 if min(seen) > 1 and max(alone) == 0 else 1)
PY
