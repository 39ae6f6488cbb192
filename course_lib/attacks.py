"""Changes of a picture that a network notices and an eye does not, and a classifier trained on them.

A *loss* is a function from pictures `(n, h, w, c)` to `(n,)`, larger where the network does what the attacker
wants. A budget `eps` is the most that any pixel may change; pictures lie in [-1, 1], so one of the 255 steps
of an 8-bit pixel is 1 / 127.5 (`eps_of`).
"""

from __future__ import annotations

import numpy as np
from keras import ops

from course_lib.models.cnn import Classifier
from course_lib.training import gradient


def eps_of(levels: float) -> float:
    """A budget in grey levels (of 255) as one in the units of pictures, whose range is 2."""
    return levels / 127.5


def wrong_name(network, labels):
    """The loss of an attack on a classifier: the cross-entropy of the right names.

    Args:
        network: pictures to logits `(n, classes)`.
        labels: `(n,)`, the names that the attack shall make wrong.

    Returns:
        A function from pictures to `(n,)`.
    """
    labels = _integers(labels)

    def loss(pictures):
        logits = network(pictures, training=False)  # (n, classes)
        wanted = ops.one_hot(labels, logits.shape[-1])
        return -ops.sum(ops.log_softmax(logits, axis=-1) * wanted, axis=-1)

    return loss


def margin(network, labels):
    """By how much the best wrong logit is above the right one: above 0 where the name is wrong.

    Unlike the cross-entropy it has a slope however sure the network is (Carlini and Wagner, IEEE S&P 2017,
    1608.04644).
    """
    labels = _integers(labels)

    def loss(pictures):
        logits = network(pictures, training=False)  # (n, classes)
        wanted = ops.one_hot(labels, logits.shape[-1])
        right = ops.sum(logits * wanted, axis=-1)
        return ops.max(logits - 1e9 * wanted, axis=-1) - right

    return loss


def _integers(labels):
    if ops.is_tensor(labels):
        return ops.cast(labels, "int32")
    return ops.convert_to_tensor(np.asarray(labels, "int32"))


def project(pictures, start, eps: float):
    """The nearest pictures that differ by at most `eps` from `start` in every pixel, and are pictures.

    Args:
        pictures, start: `(n, h, w, c)`; `start` in [-1, 1].
        eps: in the same units.
    """
    return ops.clip(start + ops.clip(pictures - start, -eps, eps), -1.0, 1.0)


def fgsm(loss, pictures, eps: float):
    """One step of length `eps` in every pixel, uphill: the fast gradient sign method.

    Goodfellow, Shlens and Szegedy, ICLR 2015 (1412.6572): x + eps · sign(d loss / d x). A pixel whose slope
    is exactly 0 stays as it is.

    Args:
        loss: see the module.
        pictures: `(n, h, w, c)` in [-1, 1].
        eps: the budget; 0 returns the pictures.
    """
    return pgd(loss, pictures, eps, steps=1, step=eps)


def pgd(loss, pictures, eps: float, steps: int = 10, step: float | None = None, noise=None):
    """Several smaller steps uphill, each brought back into the budget: projected gradient descent.

    Madry, Makelov, Schmidt, Tsipras and Vladu, ICLR 2018 (1706.06083), in the maximum norm.

    Args:
        loss: see the module.
        pictures: `(n, h, w, c)` in [-1, 1].
        eps: the budget.
        steps: how many.
        step: the length of each; 2.5 eps / steps if None, so that the way reaches across the budget.
        noise: `(n, h, w, c)` uniform in [0, 1): where in the budget the way begins; None begins at the
            pictures themselves. Another noise is another attempt ("restart").

    Returns:
        Tensors of the shape of `pictures`, in [-1, 1], nowhere further than `eps` away.

    Raises:
        ValueError: for a negative budget, or no steps.
    """
    if eps < 0 or steps < 1:
        raise ValueError(
            f"An attack needs a budget of at least 0 and at least one step; got eps={eps}, steps={steps}."
        )
    step = 2.5 * eps / steps if step is None else step
    start = moved = ops.convert_to_tensor(pictures)
    if noise is not None:
        moved = project(start + eps * (2 * ops.convert_to_tensor(noise) - 1), start, eps)
    for _ in range(steps):
        moved = project(moved + step * ops.sign(gradient(loss, moved)), start, eps)
    return ops.stop_gradient(moved)


class Hardened(Classifier):
    """A classifier that is trained on attacked pictures: adversarial training (1706.06083, section 2).

    Every batch, moved and mirrored as for `Classifier`, is attacked from a random start with the network as
    it stands at that step, and the network learns the right names of the result.

    Args:
        network, mirrored, reach, seed: as for `Classifier`.
        eps: the budget of the attacks.
        attack_steps: of each attack; a step costs about as much as the training step itself.
    """

    saved = (*Classifier.saved, "eps", "attack_steps")

    def __init__(self, network, eps: float = eps_of(8), attack_steps: int = 2, **kwargs):
        super().__init__(network, **kwargs)
        self.eps, self.attack_steps = eps, attack_steps

    def pair(self, batch):
        pictures, labels = super().pair(batch)
        noise = self.uniform_noise(ops.shape(pictures))  # where each attack begins
        loss = wrong_name(self.network, labels)
        return pgd(loss, pictures, self.eps, self.attack_steps, noise=noise), labels
