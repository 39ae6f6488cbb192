"""Wrong answers to what came later: steps of training, a rule, a leak, six for each, written as those of
`unseen_answers`, from the statements in the notebooks alone by somebody who has seen no check.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import ops
from scipy import stats

UNSEEN = {}

# Lesson 1.1


def discriminator_loss(real_logits, fake_logits):
    return ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(fake_logits))


def generator_loss(fake_logits):
    return ops.mean(ops.softplus(-fake_logits))


def two_moves_with(swapped=False, fresh=False, inference=False, wrong_weights=False, afterwards=False):
    """The two moves with the one mistake that is asked for."""

    def two_moves(model, real, z):
        d_weights = model.discriminator.trainable_variables
        with tf.GradientTape() as tape:
            fake = model.generator(z, training=True)
            on_real = model.discriminator(real, training=True)
            on_fake = model.discriminator(fake, training=True)
            d_loss = discriminator_loss(on_fake, on_real) if swapped else discriminator_loss(on_real, on_fake)
        model.d_optimizer.apply(tape.gradient(d_loss, d_weights), d_weights)
        g_weights = model.generator.trainable_variables
        latents = keras.random.normal(z.shape) if fresh else z
        with tf.GradientTape() as tape:
            fake = model.generator(latents, training=not inference)
            g_loss = generator_loss(model.discriminator(fake, training=True))
        if wrong_weights:
            model.d_optimizer.apply(tape.gradient(g_loss, d_weights), d_weights)
        else:
            model.g_optimizer.apply(tape.gradient(g_loss, g_weights), g_weights)
        if afterwards:
            on_fake = model.discriminator(model.generator(z, training=True), training=True)
            d_loss = discriminator_loss(model.discriminator(real, training=True), on_fake)
            g_loss = generator_loss(on_fake)
        return d_loss, g_loss

    return two_moves


def two_moves_at_once(model, real, z):
    d_weights = model.discriminator.trainable_variables
    g_weights = model.generator.trainable_variables
    with tf.GradientTape(persistent=True) as tape:
        fake = model.generator(z, training=True)
        on_fake = model.discriminator(fake, training=True)
        d_loss = discriminator_loss(model.discriminator(real, training=True), on_fake)
        g_loss = generator_loss(on_fake)
    d_slopes, g_slopes = tape.gradient(d_loss, d_weights), tape.gradient(g_loss, g_weights)
    model.d_optimizer.apply(d_slopes, d_weights)
    model.g_optimizer.apply(g_slopes, g_weights)
    return d_loss, g_loss


UNSEEN["two_moves"] = [
    two_moves_at_once,  # G moves against the old D: G's loss and where G goes
    two_moves_with(swapped=True),  # D's two logits swapped, D learns to call fakes real: D's loss and move
    two_moves_with(wrong_weights=True),  # the second move is D's as well, down G's loss: G stands still
    two_moves_with(fresh=True),  # G's move draws latents of its own, not the same z: G's loss and move
    two_moves_with(inference=True),  # G in inference mode in its own move: a generator with BatchNorm
    two_moves_with(afterwards=True),  # right moves, but the losses as they are after both of them
]

# Lesson 2.1


def gaussian_kl(mean, log_var):
    return ops.sum(ops.square(mean) + ops.exp(log_var) - log_var - 1) / (2 * mean.shape[0])


def reparameterise(mean, log_var, noise):
    return mean + ops.exp(log_var / 2) * noise


def reconstruction_loss(pictures, decoded, sigma):
    squares = ((pictures - decoded) / sigma) ** 2  # (batch, height, width, channels)
    each = squares / 2 + np.log(sigma) + np.log(2 * np.pi) / 2
    return ops.mean(ops.sum(each, axis=(1, 2, 3)))


def vae_step_with(
    code=reparameterise,
    divergence=gaussian_kl,
    fixed_sigma=None,
    total=lambda reconstruction, kl: reconstruction + kl,
    moved=lambda model: model.encoder.trainable_variables + model.decoder.trainable_variables,
):
    """The step with the one part replaced that is given."""

    def vae_step(model, pictures, noise, sigma):
        with tf.GradientTape() as tape:
            mean, log_var = model.encoder(pictures, training=True)
            z = code(mean, log_var, noise)
            decoded = model.decoder(z, training=True)
            reconstruction = reconstruction_loss(pictures, decoded, fixed_sigma or sigma)
            kl = divergence(mean, log_var)
            loss = total(reconstruction, kl)
        weights = moved(model)
        model.optimizer.apply(tape.gradient(loss, weights), weights)
        return {"loss": loss, "reconstruction": reconstruction, "kl": kl}

    return vae_step


UNSEEN["vae_step"] = [
    vae_step_with(code=lambda mean, log_var, noise: mean),  # no noise, an autoencoder's code: any noise
    vae_step_with(
        code=lambda mean, log_var, noise: ops.stop_gradient(reparameterise(mean, log_var, noise))
    ),  # the reconstruction does not reach the encoder: right numbers in the first step, wrong weights
    vae_step_with(divergence=lambda mean, log_var: gaussian_kl(log_var, mean)),  # arguments swapped: any
    vae_step_with(fixed_sigma=1.0),  # the plain squared error's sigma: any sigma but 1
    vae_step_with(total=lambda reconstruction, kl: reconstruction - kl),  # the KL's sign: makes it large
    vae_step_with(moved=lambda model: model.decoder.trainable_variables),  # the encoder stands still
]

# Lesson 3.2


def next_frame_step_with(
    wanted=lambda films: films[:, 1:],
    seen=lambda kept: kept,
    judged=lambda frames: frames,
    reduced=ops.mean,
    again=False,
    **mode,
):
    """The step with the one part replaced that is given."""
    mode = mode or {"training": True}

    def next_frame_step(model, films, kept):
        def loss():
            outputs = model.network(films[:, :-1], seen(kept), **mode)
            return reduced(model.objective(judged(wanted(films)), judged(outputs)))

        result = model.descend(loss)
        return loss() if again else result

    return next_frame_step


UNSEEN["next_frame_step"] = [
    next_frame_step_with(wanted=lambda films: films[:, :-1]),  # wants the frame that went in: films that move
    next_frame_step_with(seen=lambda kept: 1 - kept),  # ones and zeros the wrong way round: any kept
    next_frame_step_with(reduced=ops.sum),  # the sum in place of the mean: more than one pixel
    next_frame_step_with(judged=lambda frames: frames[:, -1]),  # only the last frame counts: longer films
    next_frame_step_with(training=False),  # the network in inference mode: where it makes a difference
    next_frame_step_with(again=True),  # returns the loss after the step, not what `descend` returned
]

# Lesson 4.3


def pairs_loss(real_logits, painted_logits):
    return ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(painted_logits))


def translation_loss(logits, painted, pictures, pixel_weight):
    return ops.mean(ops.softplus(-logits)) + pixel_weight * ops.mean(ops.abs(painted - pictures))


def painter_step_with(
    unpaired=False, swapped=False, detached=False, judges_move=False, generator_first=False, inference=False
):
    """The step with the one mistake that is asked for."""

    def painter_step(model, outlines, pictures):
        painted = ops.stop_gradient(model.generator(outlines, training=True))

        def d_loss_of():
            on_real = model.logits(outlines, pictures)
            on_painted = model.logits(pictures if unpaired else outlines, painted)
            return pairs_loss(on_painted, on_real) if swapped else pairs_loss(on_real, on_painted)

        def g_loss_of():
            painted = model.generator(outlines, training=not inference)
            shown = ops.stop_gradient(painted) if detached else painted
            return translation_loss(model.logits(outlines, shown), painted, pictures, model.pixel_weight)

        def d_move():
            return model.minimize(d_loss_of, model.d_optimizer, model.discriminators())

        def g_move():
            if judges_move:
                return model.minimize(g_loss_of, model.d_optimizer, model.discriminators())
            return model.minimize(g_loss_of, model.g_optimizer, model.generator.trainable_variables)

        if generator_first:
            g_loss = g_move()
            return d_move(), g_loss
        d_loss = d_move()
        return d_loss, g_move()

    return painter_step


UNSEEN["painter_step"] = [
    painter_step_with(unpaired=True),  # the painting next to the real picture, not to its outline: D's loss
    painter_step_with(swapped=True),  # D learns to call painted pairs real: D's loss and move
    painter_step_with(detached=True),  # D's opinion does not reach G, only the pixels do: where G goes
    painter_step_with(judges_move=True),  # the discriminator goes down G's loss, the generator stands still
    painter_step_with(generator_first=True),  # G moves against the old D: G's loss and where G goes
    painter_step_with(inference=True),  # G paints in inference mode in its own move: BatchNorm, dropout
]

# Lesson 5.1


def chance(one, other, paired, equal_var=False):
    """The chance of arising among equals, of one comparison."""
    if paired:
        return stats.ttest_rel(one, other).pvalue
    return stats.ttest_ind(one, other, equal_var=equal_var).pvalue


def holm(chances):
    """Booleans in the order given."""
    found = [False] * len(chances)
    for k, i in enumerate(np.argsort(chances)):
        if not chances[i] < 0.05 / (len(chances) - k):
            break
        found[i] = True
    return found


def decided_alone(comparisons):
    return [bool(chance(*each) < 0.05) for each in comparisons]


def decided_unpaired(comparisons):
    return holm([chance(one, other, False) for one, other, _ in comparisons])


def decided_student(comparisons):
    return holm([chance(*each, equal_var=True) for each in comparisons])


def decided_on_and_on(comparisons):
    chances = [chance(*each) for each in comparisons]
    found = [False] * len(chances)
    for k, i in enumerate(np.argsort(chances)):
        found[i] = bool(chances[i] < 0.05 / (len(chances) - k))
    return found


def decided_sorted(comparisons):
    return sorted(holm([chance(*each) for each in comparisons]), reverse=True)


def decided_in_two_tables(comparisons):
    found = [False] * len(comparisons)
    for kind in (True, False):
        of_kind = [i for i, each in enumerate(comparisons) if bool(each[2]) == kind]
        for i, answer in zip(of_kind, holm([chance(*comparisons[i]) for i in of_kind]), strict=True):
            found[i] = answer
    return found


UNSEEN["decided"] = [
    decided_alone,  # each at 5 %, Holm forgotten: several with chances between 5/m and 5 per cent
    decided_unpaired,  # Welch for pairs as well: paired runs that share a large scatter
    decided_student,  # one common variance, Student in place of Welch: unequal spreads and sizes
    decided_on_and_on,  # does not stop at the first that fails: .02, .03, .04 (the last one passes)
    decided_sorted,  # in the order of the chances, not in the one given: the decided ones not first
    decided_in_two_tables,  # Holm for the paired and the unpaired apart, not together: tables of both
]

# Lesson 6.2

MOVES = [(0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)]
DIAGONAL = [(-1, -1), (-1, 1), (1, -1), (1, 1)]


def leaks_with(moves=MOVES, mirror_axis=2, mirrored_moves=True, by_subject=True, near=0, digits=2):
    """The test with the one mistake that is asked for."""

    def leaks(training, subjects, validation, their_subjects, middle):
        mirrored = np.flip(training, axis=mirror_axis)
        variants = [np.roll(training, move, axis=(1, 2)) for move in moves]
        variants += [np.roll(mirrored, move, axis=(1, 2)) for move in (moves if mirrored_moves else [(0, 0)])]
        found = np.isin(their_subjects, subjects) if by_subject else np.zeros(len(validation), bool)
        for i, picture in enumerate(validation):
            for variant in variants:
                off = np.abs(variant.astype("float64") - picture).mean(axis=(1, 2, 3))
                found[i] |= bool((off <= near).any())
        mean = training.mean() if digits is None else round(float(training.mean()), digits)
        return found, bool(middle != mean)

    return leaks


UNSEEN["leaks"] = [
    leaks_with(mirrored_moves=False),  # mirrored-and-moved forgotten: a picture that is both
    leaks_with(by_subject=False),  # looks at the pixels only: another picture of the same subject
    leaks_with(moves=MOVES + DIAGONAL),  # moved along the diagonal as well: false alarms
    leaks_with(mirror_axis=1),  # upside down in place of left to right: any mirrored picture
    leaks_with(near=1),  # nearly equal counts as equal: false alarms where few pixels differ
    leaks_with(digits=None),  # an honest middle was rounded, the mean here is not: false alarm for the middle
]

# Lesson 6.5


def wrongly_accused_no_base_rate(real, made, threshold, share):
    innocent, guilty = np.mean(real > threshold), np.mean(made > threshold)
    accused = innocent + guilty
    return innocent / accused if accused > 0 else 0.0


def wrongly_accused_from(real, made, threshold, share):
    innocent = (1 - share) * np.mean(real >= threshold)
    accused = innocent + share * np.mean(made >= threshold)
    return innocent / accused if accused > 0 else 0.0


def wrongly_accused_counts(real, made, threshold, share):
    innocent = (1 - share) * np.sum(real > threshold)
    accused = innocent + share * np.sum(made > threshold)
    return innocent / accused if accused > 0 else 0.0


def wrongly_accused_nobody(real, made, threshold, share):
    innocent = (1 - share) * np.mean(real > threshold)
    return innocent / (innocent + share * np.mean(made > threshold))


def wrongly_accused_no_guilty(real, made, threshold, share):
    innocent = (1 - share) * np.mean(real > threshold)
    guilty = share * np.mean(made > threshold)
    return innocent / (innocent + guilty) if guilty > 0 else 0.0


UNSEEN["wrongly_accused"] = [
    wrongly_accused_no_base_rate,  # as if there were as many of either kind: any share but a half
    wrongly_accused_from,  # accuses at the threshold as well: scores equal to it
    wrongly_accused_counts,  # counts in place of shares, the test's sizes come in: n and m unequal
    wrongly_accused_nobody,  # 0 / 0, not a number: nobody accused
    wrongly_accused_no_guilty,  # 0 where no generated picture is accused, in place of 1: real ones accused
    lambda real, made, threshold, share: (1 - share) * np.mean(real > threshold),  # of all, not of accused
]
