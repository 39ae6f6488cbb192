#!/usr/bin/env bash
# keras 3.15.1 on jax 0.10.2 (TensorFlow behaves alike)
#
# A model counts the random numbers it has drawn: every Dropout keeps a SeedGenerator whose state is one of the
# model's variables. Neither `save_weights` nor `save` writes that variable, not even into the whole-model .keras
# file, which does hold the optimizer's momentum and step count so that training can go on. A training that goes
# on from such a file (BackupAndRestore's too) meets the dropout masks of its first epochs once more, in the same
# order, and ends in other weights than one that was never stopped. Nothing warns.
#
# Seen: "drawn before saving 3 masks; next: weights file mask 1, .keras file mask 1, model in memory mask 4"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/python -m pip install --quiet --disable-pip-version-check keras==3.15.1 jax==0.10.2
KERAS_BACKEND=jax KERAS_HOME="$folder" env/bin/python - <<'PY'
import sys

import keras
import numpy as np


def make():
    model = keras.Sequential([keras.layers.Input((32,)), keras.layers.Dropout(0.5, seed=7)])
    model.compile(optimizer="adam", loss="mse")
    return model


def mask(model):
    return np.asarray(model(np.ones((1, 32), "float32"), training=True)).astype(bool).tobytes()


model = make()
drawn = [mask(model) for _ in range(3)]
model.save_weights("model.weights.h5")
model.save("model.keras")
reloaded = make()
reloaded.load_weights("model.weights.h5")
following = mask(reloaded), mask(keras.models.load_model("model.keras")), mask(model)
drawn.append(following[2])
numbers = tuple(drawn.index(each) + 1 if each in drawn else None for each in following)
print(
    "drawn before saving 3 masks; next: weights file mask {}, .keras file mask {}, model in memory mask {}".format(
        *numbers
    )
)
sys.exit(0 if len(set(drawn)) == 4 and numbers == (1, 1, 4) else 1)
PY
