"""What lessons write by hand must be what the library does."""

from pathlib import Path

import keras
import numpy as np
import pytest

import lesson_source
from course_lib import backend, data
from course_lib.models import gan, vae

pytestmark = pytest.mark.tensorflow

CHAPTERS = Path(__file__).parents[1] / "chapters"


def definitions(lesson, *names, **space):
    """The last definition of each function or class in a lesson: the worked one. `space` is what it uses."""
    imports = "import keras, numpy as np\nfrom keras import layers, ops\n"
    if backend.NAME == "tensorflow":
        imports += "import tensorflow as tf\n"
    exec(imports + lesson_source.definitions(CHAPTERS / lesson, *names), space)
    return space


def assert_same_steps(hand, library, pictures, networks, logs, **tolerance):
    """Five steps of both: the same logs within `tolerance`, and the same weights, which moved."""
    start = [w.copy() for w in getattr(library, networks[0]).get_weights()]
    batches = data.Batches(pictures, 16, seed=1)
    by_hand = hand.fit(batches.dataset(), steps_per_epoch=1, epochs=5, shuffle=False, verbose=0).history
    by_library = library.fit(batches, steps_per_epoch=1, epochs=5, verbose=0).history
    for name in logs:
        assert by_hand[name] == pytest.approx(by_library[name], **tolerance)
    for network in networks:
        pairs = zip(
            getattr(hand, network).trainable_variables,
            getattr(library, network).trainable_variables,
            strict=True,
        )
        for a, b in pairs:
            np.testing.assert_allclose(a.numpy(), b.numpy(), atol=1e-4)
    moved = zip(start, getattr(library, networks[0]).get_weights(), strict=True)
    assert any(np.abs(a - b).max() > 1e-3 for a, b in moved)


def test_the_train_step_by_hand_takes_the_librarys_steps():
    lesson = definitions(
        "01_gan/1_the_adversarial_game.py",
        "discriminator_loss", "generator_loss", "build_generator", "build_discriminator",
        "two_moves", "HandMadeGAN",
    )  # fmt: skip
    pictures, _ = data.load("fashion", "test")
    models = []
    for kind in (lesson["HandMadeGAN"], gan.GAN):
        keras.utils.set_random_seed(1)
        networks = lesson["build_generator"](), lesson["build_discriminator"]()
        settings = {} if kind is not gan.GAN else {"r1_weight": 0}
        models.append(kind(*networks, seed=1, **settings))
        models[-1].compile(gan.default_optimizer(), gan.default_optimizer())
    hand, library = models
    networks = ("generator", "discriminator")
    assert_same_steps(hand, library, pictures, networks, ("d_loss", "g_loss"), abs=1e-5)


def test_the_lessons_networks_are_the_librarys():
    """So that shipped weights fit the networks that a learner builds."""
    lesson = definitions("01_gan/1_the_adversarial_game.py", "build_generator", "build_discriminator")
    for built, shipped in (
        (lesson["build_generator"](), gan.dense_generator()),
        (lesson["build_discriminator"](), gan.dense_discriminator()),
    ):
        assert [w.shape for w in built.weights] == [w.shape for w in shipped.weights]
        kinds = [[type(layer).__name__ for layer in network.layers] for network in (built, shipped)]
        assert kinds[0] == kinds[1]


VAE_LESSON = "02_vae/1_from_autoencoder_to_vae.py"


def test_the_vaes_train_step_by_hand_takes_the_librarys_steps():
    lesson = definitions(
        VAE_LESSON, "gaussian_kl", "reparameterise", "reconstruction_loss", "vae_step", "build_encoder",
        "build_decoder", "HandMadeVAE",
    )  # fmt: skip
    lesson.update(latent_size=5, sigma=0.3)
    pictures, _ = data.load("fashion", "test")
    models = []
    for kind in (lesson["HandMadeVAE"], vae.VAE):
        keras.utils.set_random_seed(1)
        settings = {"sigma": 0.3} if kind is vae.VAE else {}
        models.append(kind(lesson["build_encoder"](5), lesson["build_decoder"](5), seed=1, **settings))
    hand, library = models
    hand.compile(keras.optimizers.Adam(1e-3), jit_compile=False)
    library.compile(keras.optimizers.Adam(1e-3))
    networks = ("encoder", "decoder")
    assert_same_steps(hand, library, pictures, networks, ("loss", "reconstruction", "kl"), rel=1e-4)


def test_the_lessons_vae_networks_are_the_librarys():
    for lesson, size, networks in (
        (VAE_LESSON, 20, (vae.dense_encoder, vae.dense_decoder)),
        ("02_vae/2_a_space_of_pictures.py", 16, (vae.conv_encoder, vae.conv_decoder)),
    ):
        built = definitions(lesson, "build_encoder", "build_decoder")
        for name, library in zip(("build_encoder", "build_decoder"), networks, strict=True):
            pair = built[name](size), library(size)
            shapes = [[w.shape for w in network.weights] for network in pair]
            kinds = [[type(layer).__name__ for layer in network.layers] for network in pair]
            assert shapes[0] == shapes[1] and kinds[0] == kinds[1]
