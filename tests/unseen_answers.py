"""Wrong answers to the exercises, four for each, written from the statements in the notebooks alone.

`UNSEEN[name]` holds functions with the parameters that the exercise asks for. After each one stands what is
wrong with it, and on which input that shows. Whoever wrote them has seen no check.
"""

import numpy as np
from keras import ops
from scipy import special

from course_lib import training

UNSEEN = {}

# Lesson 0.1


def to_signed_own_range(pictures):
    x = pictures.astype("float32")
    return 2 * (x - x.min()) / (x.max() - x.min()) - 1


UNSEEN["to_signed"] = [
    lambda pictures: (2 * pictures / 255 - 1).astype("float32"),  # 2 * uint8 wraps: every value above 127
    lambda pictures: pictures / 127.5 - 1,  # float64 in place of float32: the dtype, on any input
    to_signed_own_range,  # stretched from its own darkest to its brightest: any without both 0 and 255
    lambda pictures: np.where(pictures > 127, 1, -1).astype("float32"),  # only 0 and 255 right: any grey
]


def brighten_in_place(pictures, amount):
    pictures[...] = np.clip(pictures.astype("int16") + amount, 0, 255)
    return pictures


def brighten_less(pictures, amount):
    room = min(amount, 255 - int(pictures.max()))
    return np.clip(pictures.astype("int16") + room, 0, 255).astype("uint8")


UNSEEN["brighten"] = [
    lambda pictures, amount: np.clip(pictures.astype("int16") + amount, 0, 255),  # int16, not uint8: any
    lambda pictures, amount: np.minimum(pictures.astype("int16") + amount, 255).astype(
        "uint8"
    ),  # no lower edge: negative amounts wrap
    brighten_in_place,  # right values, but writes them into its argument
    brighten_less,  # adds only what the brightest pixel can take: any picture with something near 255
]

UNSEEN["mean_picture"] = [
    lambda pictures: (
        sum(pictures) / len(pictures)
    ),  # Python's sum stays uint8 and wraps: more than 255 in all
    lambda pictures: pictures.sum(axis=0) // len(pictures),  # whole numbers, rounded down: no floats
    lambda pictures: pictures.mean(axis=0).squeeze(),  # loses an axis of one: grey pictures (h, w, 1)
    lambda pictures: (pictures[0].astype(float) + pictures[-1]) / 2,  # first and last only: three or more
]

# Lesson 1.1


def optimal_discriminator_normalised(p_data, p_generator):
    real, drawn = p_data / np.sum(p_data), p_generator / np.sum(p_generator)
    return real / (real + drawn)


UNSEEN["optimal_discriminator"] = [
    lambda p_data, p_generator: p_data / p_generator,  # the ratio, no probability: anywhere
    lambda p_data, p_generator: p_data / (p_data + p_generator + 1e-3),  # too much added: small densities
    optimal_discriminator_normalised,  # brings both sums to 1: arrays with unequal sums, single places
    lambda p_data, p_generator: 1 / (1 + np.exp(p_generator - p_data)),  # sigmoid of a difference, no logs
]

UNSEEN["generator_loss"] = [
    lambda fake_logits: -ops.mean(ops.softplus(fake_logits)),  # the saturating loss: any logits
    lambda fake_logits: np.mean(
        np.logaddexp(0, -np.asarray(fake_logits))
    ),  # NumPy: no gradient, no compiling
    lambda fake_logits: -ops.mean(ops.log(ops.sigmoid(fake_logits) + 1e-7)),  # stops at 16: logits below -16
    lambda fake_logits: ops.softplus(-ops.mean(fake_logits)),  # mean inside: logits that are not all equal
]

# Lesson 1.2


def enlarged_size_added(size, layers):
    for kernel, stride, padding in layers:
        size = size * stride + (kernel if padding == "valid" else 0)
    return size


def enlarged_size_even(size, layers):
    for kernel, stride, padding in layers:
        cut = 2 * ((kernel - stride) // 2) if padding == "same" else 0
        size = (size - 1) * stride + kernel - cut
    return size


def enlarged_size_first(size, layers):
    for kernel, stride, padding in layers:
        if padding == "same":
            return size * stride
        return (size - 1) * stride + kernel


UNSEEN["enlarged_size"] = [
    enlarged_size_added,  # n inputs begin s further on, not n - 1: "valid"
    enlarged_size_even,  # cuts as much on both sides: "same" with kernel - stride odd
    enlarged_size_first,  # returns in the loop: more than one layer
    lambda size, layers: size * layers[0][1] ** len(layers),  # first stride for all, no padding: others
]


def overlap_short(length, kernel, stride):
    counts = np.zeros((length - 1) * stride + kernel, int)
    for i in range(length):
        counts[i * stride : i * stride + kernel - 1] += 1
    return counts


def overlap_same(length, kernel, stride):
    counts = np.zeros(length * stride, int)
    for i in range(length):
        counts[i * stride : i * stride + kernel] += 1
    return counts


def overlap_no_gaps(length, kernel, stride):
    counts = np.zeros((length - 1) * stride + kernel, int)
    for i in range(length):
        counts[i * stride : i * stride + kernel] += 1
    return np.maximum(counts, 1)


def overlap_by_two(length, kernel, stride):
    counts = np.zeros((length - 1) * stride + kernel, int)
    for i in range(length):
        counts[2 * i : 2 * i + kernel] += 1
    return counts


UNSEEN["overlap"] = [
    overlap_short,  # i·s + k - 1 taken as the end of a slice: any kernel
    overlap_same,  # the output of padding "same": kernel and stride unequal
    overlap_no_gaps,  # at least 1 everywhere: kernels smaller than the stride leave gaps of 0
    overlap_by_two,  # the lesson's stride of 2 in the loop: other strides
]


# Lesson 1.3


def covered_modes_no_root(points, centres, width):
    far = ((points[:, None] - centres) ** 2).sum(axis=-1)
    return int(((far <= 3 * width).mean(axis=0) >= 0.25 / len(centres)).sum())


def covered_modes_of_near(points, centres, width):
    near = np.linalg.norm(points[:, None] - centres, axis=-1) <= 3 * width
    return int((near.sum(axis=0) >= 0.25 / len(centres) * near.sum()).sum())


def covered_modes_strict(points, centres, width):
    near = np.linalg.norm(points[:, None] - centres, axis=-1) <= 3 * width
    return int((near.mean(axis=0) > 0.25 / len(centres)).sum())


def covered_modes_of_eight(points, centres, width):
    near = np.linalg.norm(points[:, None] - centres, axis=-1) <= 3 * width
    return int((near.mean(axis=0) >= 0.25 / 8).sum())


UNSEEN["covered_modes"] = [
    covered_modes_no_root,  # squared distance against 3 widths: points a little outside (or inside) the ring
    covered_modes_of_near,  # share of the points near any centre, not of all: many points far from all
    covered_modes_strict,  # "more than" for "at least": exactly a quarter of the share
    covered_modes_of_eight,  # eight modes hard coded: other numbers of centres
]


def gradient_penalty_swapped(critic, real, fake, mix):
    slope = training.gradient(critic, mix * fake + (1 - mix) * real)
    norm = ops.sqrt(ops.sum(ops.square(slope), axis=1) + 1e-12)
    return ops.mean(ops.square(norm - 1))


def gradient_penalty_whole_batch(critic, real, fake, mix):
    slope = training.gradient(critic, mix * real + (1 - mix) * fake)
    norm = ops.sqrt(ops.sum(ops.square(slope)) + 1e-12)
    return ops.mean(ops.square(norm - 1))


def gradient_penalty_one_sided(critic, real, fake, mix):
    slope = training.gradient(critic, mix * real + (1 - mix) * fake)
    norm = ops.sqrt(ops.sum(ops.square(slope), axis=1) + 1e-12)
    return ops.mean(ops.square(ops.relu(norm - 1)))


def gradient_penalty_bare_root(critic, real, fake, mix):
    slope = training.gradient(critic, mix * real + (1 - mix) * fake)
    norm = ops.sqrt(ops.sum(ops.square(slope), axis=1))
    return ops.mean(ops.square(norm - 1))


UNSEEN["gradient_penalty"] = [
    gradient_penalty_swapped,  # mix counts the fake ones: any mix but a half, for a critic that bends
    gradient_penalty_whole_batch,  # one norm for the whole batch: more than one pair
    gradient_penalty_one_sided,  # slopes below 1 cost nothing: flat critics
    gradient_penalty_bare_root,  # no 1e-12: the gradient is NaN where the slope is 0
]

# Lesson 1.4


def projection_logits_all_pairs(features, labels, weight, bias, embedding):
    looks = ops.matmul(features, ops.reshape(weight, (-1, 1))) + bias
    return looks + ops.sum(ops.matmul(labels, embedding) * features, axis=1)


def projection_logits_first_label(features, labels, weight, bias, embedding):
    rows = ops.take(embedding, ops.argmax(labels, axis=1), axis=0)
    return ops.matmul(features, weight) + bias + ops.sum(rows * features, axis=1)


def projection_logits_mean(features, labels, weight, bias, embedding):
    fits = ops.mean(ops.matmul(labels, embedding) * features, axis=1)
    return ops.matmul(features, weight) + bias + fits


def projection_logits_no_bias(features, labels, weight, bias, embedding):
    fits = ops.sum(ops.matmul(labels, embedding) * features, axis=0)
    return ops.matmul(features, weight) + ops.sum(fits)


UNSEEN["projection_logits"] = [
    projection_logits_all_pairs,  # (n, 1) plus (n,) is (n, n): more than one picture
    projection_logits_first_label,  # one label only: orders with several ones, as in the lesson
    projection_logits_mean,  # mean for sum over the features: any f but 1
    projection_logits_no_bias,  # no bias, and the second term summed over the batch: anywhere
]


def closer_to_training_ties(samples, training, held_out):
    own = np.array([np.linalg.norm(training - one, axis=1).min() for one in samples])
    other = np.array([np.linalg.norm(held_out - one, axis=1).min() for one in samples])
    return (own <= other).mean()


def closer_to_training_city(samples, training, held_out):
    own = np.array([np.abs(training - one).sum(axis=1).min() for one in samples])
    other = np.array([np.abs(held_out - one).sum(axis=1).min() for one in samples])
    return (own < other).mean()


def closer_to_training_average(samples, training, held_out):
    own = np.array([np.linalg.norm(training - one, axis=1).mean() for one in samples])
    other = np.array([np.linalg.norm(held_out - one, axis=1).mean() for one in samples])
    return (own < other).mean()


def closer_to_training_per_training(samples, training, held_out):
    own = np.array([np.linalg.norm(samples - one, axis=1).min() for one in training])
    other = np.array([np.linalg.norm(samples - one, axis=1).min() for one in held_out])
    return (own < other).mean()


UNSEEN["closer_to_training"] = [
    closer_to_training_city,  # sum of absolute differences, not Euclidean: where the two disagree
    closer_to_training_average,  # mean distance, not the nearest: a copy in a set that is far on average
    closer_to_training_ties,  # counts samples that are as near to both
    closer_to_training_per_training,  # nearest sample of each picture: a share of m, not of n
]

# Lesson 2.1


def gaussian_kl_clipped(mean, log_var):
    log_var = ops.clip(log_var, -5, 5)
    return ops.mean(ops.sum(0.5 * (ops.square(mean) + ops.exp(log_var) - log_var - 1), axis=1))


UNSEEN["gaussian_kl"] = [
    lambda mean, log_var: (
        0.5 * ops.mean(ops.sum(ops.square(mean) + ops.square(ops.exp(log_var)) - log_var - 1, axis=1))
    ),  # exp(log_var) taken for the standard deviation: any log_var but 0
    lambda mean, log_var: (
        0.5 * ops.mean(ops.sum(ops.square(mean) + ops.exp(log_var) - log_var, axis=1))
    ),  # the - 1 is missing: not 0 for the prior itself
    gaussian_kl_clipped,  # log_var cut at ±5: very narrow and very wide clouds
    lambda mean, log_var: (
        10 * ops.mean(ops.square(mean) + ops.exp(log_var) - log_var - 1)
    ),  # the lesson's 20 latents hard coded: any other number
]

# Lesson 2.2


def best_picture_no_log(code, mean, log_var, pictures):
    log_q = -0.5 * ((code - mean) ** 2 / np.exp(log_var)).sum(axis=1)
    q = np.exp(log_q - log_q.max())
    return np.tensordot(q / q.sum(), pictures, axes=1)


def best_picture_mean(code, mean, log_var, pictures):
    log_q = -0.5 * ((code - mean) ** 2 / np.exp(log_var) + log_var).mean(axis=1)
    q = np.exp(log_q - log_q.max())
    return np.tensordot(q / q.sum(), pictures, axes=1)


def best_picture_underflow(code, mean, log_var, pictures):
    q = np.exp(-0.5 * ((code - mean) ** 2 / np.exp(log_var) + log_var).sum(axis=1))
    return np.tensordot(q / (q.sum() + 1e-300), pictures, axes=1)


def best_picture_nearest(code, mean, log_var, pictures):
    log_q = -0.5 * ((code - mean) ** 2 / np.exp(log_var) + log_var).sum(axis=1)
    return pictures[log_q.argmax()].astype(float)


UNSEEN["best_picture"] = [
    best_picture_no_log,  # log v left out: clouds of different sizes
    best_picture_mean,  # mean for sum over the latents: any number of latents but 1
    best_picture_underflow,  # largest log q not subtracted: codes far from all clouds
    best_picture_nearest,  # the likeliest picture alone: where clouds overlap
]


# Lesson 2.3


def level_probabilities_half(pictures, mean, scale):
    upper = ops.sigmoid((pictures + 0.5 / 255 - mean) / scale)
    lower = ops.sigmoid((pictures - 0.5 / 255 - mean) / scale)
    upper = ops.where(pictures > 0.999, ops.ones_like(upper), upper)
    return upper - ops.where(pictures < -0.999, ops.zeros_like(lower), lower)


def level_probabilities_black_only(pictures, mean, scale):
    upper = ops.sigmoid((pictures + 1 / 255 - mean) / scale)
    lower = ops.sigmoid((pictures - 1 / 255 - mean) / scale)
    return ops.where(pictures < -0.999, upper, upper - lower)


def level_probabilities_own_ends(pictures, mean, scale):
    upper = ops.sigmoid((pictures + 1 / 255 - mean) / scale)
    lower = ops.sigmoid((pictures - 1 / 255 - mean) / scale)
    upper = ops.where(pictures >= ops.max(pictures), ops.ones_like(upper), upper)
    return upper - ops.where(pictures <= ops.min(pictures), ops.zeros_like(lower), lower)


def level_probabilities_two_levels(pictures, mean, scale):
    upper = ops.sigmoid((pictures + 1 / 255 - mean) / scale)
    lower = ops.sigmoid((pictures - 1 / 255 - mean) / scale)
    upper = ops.where(pictures > 0.99, ops.ones_like(upper), upper)
    return upper - ops.where(pictures < -0.99, ops.zeros_like(lower), lower)


UNSEEN["level_probabilities"] = [
    level_probabilities_half,  # bins half as wide: every level, and the sum is not 1
    level_probabilities_black_only,  # the bin of white stays closed: white
    level_probabilities_own_ends,  # opens the darkest and brightest level present: greys without -1 or 1
    level_probabilities_two_levels,  # opens two bins at each end: the levels beside black and white
]


def importance_weighted_bound_one_top(log_weights):
    top = ops.max(log_weights)
    return ops.log(ops.mean(ops.exp(log_weights - top), axis=0)) + top


UNSEEN["importance_weighted_bound"] = [
    lambda log_weights: ops.logsumexp(log_weights, axis=0),  # the sum, not the mean: k above 1
    lambda log_weights: (
        ops.logsumexp(log_weights, axis=0) - np.log(log_weights.shape[1])
    ),  # divided by the batch, not by k: where they differ
    importance_weighted_bound_one_top,  # one largest for all: pictures that are 1,000 nats apart
    lambda log_weights: ops.max(log_weights, axis=0),  # the best code only: k above 1
]

UNSEEN["free_bits"] = [
    lambda kl_each, nats: ops.sum(ops.mean(ops.maximum(kl_each, nats), axis=0)),  # max before the mean
    lambda kl_each, nats: ops.maximum(
        ops.sum(ops.mean(kl_each, axis=0)), nats * kl_each.shape[1]
    ),  # max of the whole, not of each latent: one loud, one silent
    lambda kl_each, nats: np.maximum(np.mean(kl_each, axis=0), nats).sum(),  # NumPy: no gradient
    lambda kl_each, nats: ops.sum(
        ops.relu(ops.mean(kl_each, axis=0) - nats)
    ),  # takes nats off: lower by nats a latent
]

# Lesson 3.1


def linear_extrapolation_from_zero(seen, steps):
    last = seen[:, -1:].astype(int)
    k = np.arange(steps).reshape(1, -1, 1, 1, 1)
    return np.clip(last + k * (last - seen[:, -2:-1]), 0, 255).astype("uint8")


def linear_extrapolation_steps_first(seen, steps):
    last = seen[:, -1].astype(int)
    change = last - seen[:, -2]
    return np.stack([np.clip(last + k * change, 0, 255) for k in range(1, steps + 1)]).astype("uint8")


def linear_extrapolation_int8(seen, steps):
    change = (seen[:, -1] - seen[:, -2]).astype("int8").astype(int)
    made = [np.clip(seen[:, -1] + k * change, 0, 255) for k in range(1, steps + 1)]
    return np.stack(made, axis=1).astype("uint8")


def linear_extrapolation_of_five(seen, steps):
    last = seen[:, 4].astype(int)
    change = last - seen[:, 3]
    made = [np.clip(last + k * change, 0, 255) for k in range(1, steps + 1)]
    return np.stack(made, axis=1).astype("uint8")


UNSEEN["linear_extrapolation"] = [
    linear_extrapolation_from_zero,  # counts steps from 0: whatever moves
    linear_extrapolation_steps_first,  # (steps, n, ...): the shape
    linear_extrapolation_int8,  # the change as int8: more than 127 in one step
    linear_extrapolation_of_five,  # frames 4 and 5 hard coded: other numbers of given frames
]


def error_per_step_int16(right, made):
    return ((right.astype("int16") - made) ** 2).mean(axis=(0, 2, 3, 4)) / 255**2


UNSEEN["error_per_step"] = [
    lambda right, made: ((right.astype(float) - made) ** 2).mean(axis=(0, 2, 3, 4)) / 255,  # 255 not squared
    lambda right, made: ((right / 255 - made / 255) ** 2).mean(axis=(0, 2, 3)),  # (steps, c): the shape
    error_per_step_int16,  # the square overflows: differences above 181
    lambda right, made: np.sqrt(
        (((right - made) / 255) ** 2).mean(axis=(0, 2, 3, 4))
    ),  # uint8 differences wrap, and a root: anywhere
]


def frames_to_keep_one_more(coins, given, chance):
    early = ops.arange(coins.shape[1]) <= given
    return ops.cast(ops.logical_or(early, coins < chance), "float32")


def frames_to_keep_tie(coins, given, chance):
    early = ops.arange(coins.shape[1]) < given
    return ops.cast(ops.logical_or(early, coins <= chance), "float32")


def frames_to_keep_numpy(coins, given, chance):
    keep = np.array(coins) < chance
    keep[:, :given] = True
    return ops.convert_to_tensor(keep.astype("float32"))


def frames_to_keep_one_coin(coins, given, chance):
    early = ops.arange(coins.shape[1]) < given
    return ops.cast(ops.logical_or(early, coins[:, :1] < chance), "float32")


UNSEEN["frames_to_keep"] = [
    frames_to_keep_one_more,  # given + 1 frames are always true: a coin above chance there
    frames_to_keep_numpy,  # NumPy on a tensor: fails when compiled, as in the lesson's training
    frames_to_keep_tie,  # a coin of 0 keeps at chance 0: coins equal to chance
    frames_to_keep_one_coin,  # the first coin decides about a whole film: the others ignored
]

# Lesson 3.2


def warp_arguments_half(step, size):
    back, middle = np.linalg.inv(step), np.full(2, size / 2)
    return back[:2, :2], middle + back[:2, 2] - back[:2, :2] @ middle


def warp_arguments_forward(step, size):
    step, middle = np.asarray(step), np.full(2, (size - 1) / 2)
    return step[:2, :2], middle + step[:2, 2] - step[:2, :2] @ middle


def warp_arguments_minus_shift(step, size):
    step, middle = np.asarray(step), np.full(2, (size - 1) / 2)
    matrix = np.linalg.inv(step[:2, :2])
    return matrix, middle - matrix @ middle - step[:2, 2]


def warp_arguments_32(step, size):
    back, middle = np.linalg.inv(step), np.full(2, 15.5)
    return back[:2, :2], middle + back[:2, 2] - back[:2, :2] @ middle


UNSEEN["warp_arguments"] = [
    warp_arguments_half,  # the middle at size / 2: any turn
    warp_arguments_forward,  # not inverted: any step but the identity
    warp_arguments_minus_shift,  # the shift is not turned back: turns and shifts together
    warp_arguments_32,  # the lesson's 32 pixels hard coded: turns of other sizes
]


# Lesson 3.3


def before_itself(pictures, reach):
    padded = ops.pad(pictures, ((0, 0), (0, 0), (reach, 0), (0, 0)))
    width = pictures.shape[2]
    return ops.concatenate([padded[:, :, reach - k : reach - k + width] for k in range(reach)], axis=-1)


def before_farthest_first(pictures, reach):
    padded = ops.pad(pictures, ((0, 0), (0, 0), (reach, 0), (0, 0)))
    return ops.concatenate([padded[:, :, k : k + pictures.shape[2]] for k in range(reach)], axis=-1)


def before_above(pictures, reach):
    padded = ops.pad(pictures, ((0, 0), (reach, 0), (0, 0), (0, 0)))
    height = pictures.shape[1]
    parts = [padded[:, reach - k - 1 : reach - k - 1 + height] for k in range(reach)]
    return ops.concatenate(parts, axis=-1)


UNSEEN["before"] = [
    before_itself,  # one place too far to the right: a pixel hears itself
    before_farthest_first,  # the order of the channels: reach above 1
    lambda pictures, reach: ops.concatenate(
        [ops.roll(pictures, k + 1, axis=2) for k in range(reach)], axis=-1
    ),  # comes back in from the right edge: the first columns, unless the last ones are 0
    before_above,  # the pixels above, not to the left: anywhere
]


def bits_per_dimension_from_first(log_p, painted):
    first = int(np.argmax(painted))
    return -log_p[:, first:].mean() / np.log(2)


UNSEEN["bits_per_dimension"] = [
    lambda log_p, painted: (
        -log_p[:, painted].sum(axis=(1, 2)).mean() / log_p[0].size / np.log(2)
    ),  # divided by all pixels: where some rows were given
    lambda log_p, painted: -log_p[:, :, painted].mean() / np.log(2),  # columns for rows: any but all
    bits_per_dimension_from_first,  # everything below the first painted row: given rows further down
    lambda log_p, painted: log_p[:, 14:].mean() / np.log(2),  # the sign, and the lower half hard coded
]


def draw_pixel_coarse(logits, means, log_scales, chance, place):
    sums = np.cumsum(special.softmax(logits, axis=-1), axis=-1)
    k = np.minimum((sums <= chance[:, None]).sum(axis=-1), logits.shape[1] - 1)
    rows = np.arange(len(k))
    x = means[rows, k] + np.exp(log_scales[rows, k]) * special.logit(place)
    return np.clip(np.rint(x * 128) / 128, -1, 1)


def draw_pixel_swapped(logits, means, log_scales, chance, place):
    sums = np.cumsum(special.softmax(logits, axis=-1), axis=-1)
    k = np.minimum((sums <= place[:, None]).sum(axis=-1), logits.shape[1] - 1)
    rows = np.arange(len(k))
    x = means[rows, k] + np.exp(log_scales[rows, k]) * special.logit(chance)
    return np.clip(np.rint((x + 1) * 127.5) / 127.5 - 1, -1, 1)


def draw_pixel_no_last(logits, means, log_scales, chance, place):
    sums = np.cumsum(special.softmax(logits, axis=-1), axis=-1)
    k = (sums > chance[:, None]).argmax(axis=-1)
    rows = np.arange(len(k))
    x = means[rows, k] + np.exp(log_scales[rows, k]) * special.logit(place)
    return np.clip(np.rint((x + 1) * 127.5) / 127.5 - 1, -1, 1)


def draw_pixel_likeliest(logits, means, log_scales, chance, place):
    k, rows = logits.argmax(axis=-1), np.arange(len(logits))
    x = means[rows, k] + np.exp(log_scales[rows, k]) * special.logit(place)
    return np.clip(np.rint((x + 1) * 127.5) / 127.5 - 1, -1, 1)


UNSEEN["draw_pixel"] = [
    draw_pixel_coarse,  # steps of 1/128: none of the 256 levels
    draw_pixel_swapped,  # chance and place exchanged: anywhere
    draw_pixel_no_last,  # the first component where no sum exceeds chance: chance next to 1 and rounding
    draw_pixel_likeliest,  # always the likeliest component, chance ignored: K above 1
]

# Lesson 4.1


def receptive_field_own_stride(layers):
    side, jump = 1, 1
    for kernel, stride in layers:
        jump *= stride
        side += (kernel - 1) * jump
    return side


def receptive_field_added(layers):
    side, jump = 1, 1
    for kernel, stride in layers:
        side += (kernel - 1) * jump
        jump += stride - 1
    return side


def receptive_field_reversed(layers):
    side, jump = 1, 1
    for kernel, stride in layers[::-1]:
        side += (kernel - 1) * jump
        jump *= stride
    return side


UNSEEN["receptive_field"] = [
    receptive_field_own_stride,  # the layer's own stride counts: any stride but 1
    receptive_field_reversed,  # from the unit to the picture: layers that differ
    receptive_field_added,  # strides added up, not multiplied: two or more strided layers, and one behind
    lambda layers: sum(kernel - 1 for kernel, stride in layers),  # no strides, and no 1: anywhere
]


def iou_product(box, other):
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    shared = max(0, width * height)
    a, b = ((x[2] - x[0]) * (x[3] - x[1]) for x in (box, other))
    return shared / (a + b - shared)


def iou_inclusive(box, other):
    width = max(0, min(box[2], other[2]) - max(box[0], other[0]) + 1)
    height = max(0, min(box[3], other[3]) - max(box[1], other[1]) + 1)
    a, b = ((x[2] - x[0] + 1) * (x[3] - x[1] + 1) for x in (box, other))
    return width * height / (a + b - width * height)


def iou_smaller(box, other):
    width = max(0, min(box[2], other[2]) - max(box[0], other[0]))
    height = max(0, min(box[3], other[3]) - max(box[1], other[1]))
    return width * height / min((x[2] - x[0]) * (x[3] - x[1]) for x in (box, other))


def iou_width_height(box, other):
    width = max(0, min(box[0] + box[2], other[0] + other[2]) - max(box[0], other[0]))
    height = max(0, min(box[1] + box[3], other[1] + other[3]) - max(box[1], other[1]))
    return width * height / (box[2] * box[3] + other[2] * other[3] - width * height)


UNSEEN["iou"] = [
    iou_inclusive,  # the last pixel counted twice: boxes that overlap in part or touch
    iou_smaller,  # over the smaller box, not over both: one box inside the other
    iou_product,  # two negative sides make a positive area: boxes apart both ways
    iou_width_height,  # right and bottom taken for width and height: boxes not at (0, 0)
]

# Lesson 4.2


def to_pixels_colours_first(channels, factor):
    n, h, w, c = channels.shape
    x = ops.reshape(channels, (-1, h, w, c // factor**2, factor, factor))
    x = ops.transpose(x, (0, 1, 4, 2, 5, 3))
    return ops.reshape(x, (-1, h * factor, w * factor, c // factor**2))


def to_pixels_columns_first(channels, factor):
    n, h, w, c = channels.shape
    x = ops.reshape(channels, (-1, h, w, factor, factor, c // factor**2))
    x = ops.transpose(x, (0, 1, 4, 2, 3, 5))
    return ops.reshape(x, (-1, h * factor, w * factor, c // factor**2))


def to_pixels_three_colours(channels, factor):
    n, h, w, c = channels.shape
    x = ops.reshape(channels, (-1, h, w, factor, factor, 3))
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (-1, h * factor, w * factor, 3))


def to_pixels_reshape(channels, factor):
    n, h, w, c = channels.shape
    return ops.reshape(channels, (-1, h * factor, w * factor, c // factor**2))


UNSEEN["to_pixels"] = [
    to_pixels_columns_first,  # rows and columns of a block exchanged: anywhere
    to_pixels_reshape,  # nothing transposed: more than one column
    to_pixels_colours_first,  # colours before places in the channels: c above 1
    to_pixels_three_colours,  # three colours hard coded: other numbers of colours
]


def hole_loss_per_picture(picture, made, hole):
    lost = ops.sum(ops.abs(picture - made) * hole, axis=(1, 2, 3))
    return ops.mean(lost / (3 * ops.sum(hole, axis=(1, 2, 3))))


UNSEEN["hole_loss"] = [
    lambda picture, made, hole: ops.mean(ops.abs(picture - made) * hole),  # divided by all pixels
    lambda picture, made, hole: (
        ops.sum(ops.abs(picture - made) * hole) / ops.sum(hole)
    ),  # not divided by the three colours: three times as much
    hole_loss_per_picture,  # a mean of means: holes of unequal sizes
    lambda picture, made, hole: ops.sqrt(
        ops.sum(ops.square(picture - made) * hole) / (3 * ops.sum(hole))
    ),  # root of the mean square: errors that are not all equal
]

# Lesson 4.3

UNSEEN["cycle_loss"] = [
    lambda day, night, to_night, to_day: (
        ops.mean(ops.abs(to_day(to_night(day)) - day)) + ops.mean(ops.abs(to_day(to_night(night)) - night))
    ),  # night goes the same way round as day
    lambda day, night, to_night, to_day: (
        0.5
        * (
            ops.mean(ops.abs(to_day(to_night(day)) - day))
            + ops.mean(ops.abs(to_night(to_day(night)) - night))
        )
    ),  # the mean of both, not the sum
    lambda day, night, to_night, to_day: (
        ops.abs(ops.mean(to_day(to_night(day)) - day)) + ops.abs(ops.mean(to_night(to_day(night)) - night))
    ),  # absolute value after the mean: errors of both signs
    lambda day, night, to_night, to_day: (
        ops.mean(ops.abs(to_night(day) - night)) + ops.mean(ops.abs(to_day(night) - day))
    ),  # takes them for pairs, no way back: anywhere
]

# Lesson 4.4


def occlusion_map_piling_up(score, picture, side, fill):
    h, w = picture.shape[0] // side, picture.shape[1] // side
    before, hidden, falls = float(score(picture[None])[0]), picture.copy(), np.zeros((h, w))
    for i in range(h):
        for j in range(w):
            hidden[i * side : (i + 1) * side, j * side : (j + 1) * side] = fill
            falls[i, j] = before - float(score(hidden[None])[0])
    return falls


def occlusion_map_square(score, picture, side, fill):
    n = picture.shape[0] // side
    before, falls = float(score(picture[None])[0]), np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            hidden = picture.copy()
            hidden[i * side : (i + 1) * side, j * side : (j + 1) * side] = fill
            falls[i, j] = before - float(score(hidden[None])[0])
    return falls


def occlusion_map_first_channel(score, picture, side, fill):
    h, w = picture.shape[0] // side, picture.shape[1] // side
    before, falls = float(score(picture[None])[0]), np.zeros((h, w))
    for i in range(h):
        for j in range(w):
            hidden = picture.copy()
            hidden[i * side : (i + 1) * side, j * side : (j + 1) * side, 0] = fill
            falls[i, j] = before - float(score(hidden[None])[0])
    return falls


def occlusion_map_rises(score, picture, side, fill):
    h, w = picture.shape[0] // side, picture.shape[1] // side
    before, falls = float(score(picture[None])[0]), np.zeros((h, w))
    for i in range(h):
        for j in range(w):
            hidden = picture.copy()
            hidden[i * side : (i + 1) * side, j * side : (j + 1) * side] = -1.0
            falls[i, j] = float(score(hidden[None])[0]) - before
    return falls


UNSEEN["occlusion_map"] = [
    occlusion_map_piling_up,  # squares stay hidden: from the second one on
    occlusion_map_square,  # as many columns as rows: pictures that are not square
    occlusion_map_first_channel,  # paints the first channel only: colour
    occlusion_map_rises,  # the sign, and -1 hard coded for the fill
]


def share_inside_cuts_input(maps, where):
    maps[maps < 0] = 0
    total = maps.sum(axis=(1, 2))
    return np.where(total > 0, maps[:, where].sum(axis=1) / np.where(total > 0, total, 1), np.nan)


def share_inside_zero(maps, where):
    up = np.maximum(maps, 0)
    return up[:, where].sum(axis=1) / np.maximum(up.sum(axis=(1, 2)), 1e-12)


def share_inside_common_total(maps, where):
    up = np.maximum(maps, 0)
    inside, total = up[:, where].sum(axis=1), up.sum() / len(maps)
    return np.where(up.sum(axis=(1, 2)) > 0, inside / max(total, 1e-12), np.nan)


def share_inside_places(maps, where):
    up = maps > 0
    total = up.sum(axis=(1, 2))
    return np.where(total > 0, up[:, where].sum(axis=1) / np.maximum(total, 1), np.nan)


UNSEEN["share_inside"] = [
    share_inside_cuts_input,  # right values, but sets negative ones in its argument to 0
    share_inside_common_total,  # divided by the mean sum of all maps: maps with unequal sums
    share_inside_zero,  # 0 in place of NaN: a map without any value above 0
    share_inside_places,  # counts places, not their values: values that differ
]

# Lesson 4.5


def gram_mixed(maps):
    n, h, w, c = maps.shape
    x = ops.reshape(maps, (-1, c, h * w))
    return ops.matmul(x, ops.transpose(x, (0, 2, 1))) / (h * w)


def gram_centred(maps):
    n, h, w, c = maps.shape
    x = ops.reshape(maps - ops.mean(maps, axis=(1, 2), keepdims=True), (-1, h * w, c))
    return ops.matmul(ops.transpose(x, (0, 2, 1)), x) / (h * w)


def gram_square(maps):
    n, h, w, c = maps.shape
    x = ops.reshape(maps, (-1, h * w, c))
    return ops.matmul(ops.transpose(x, (0, 2, 1)), x) / (h * h)


def gram_one_picture(maps):
    x = ops.reshape(maps, (-1, maps.shape[-1]))
    return (ops.matmul(ops.transpose(x), x) / x.shape[0])[None]


UNSEEN["gram"] = [
    gram_mixed,  # reshaped, not transposed: features and places mixed, more than one feature
    gram_centred,  # means taken off, a covariance: features with a mean
    gram_square,  # divided by h²: maps that are not square
    gram_one_picture,  # all pictures in one matrix: more than one picture
]


def adain_variance(content, style):
    m, v = ops.mean(content, axis=(1, 2), keepdims=True), ops.var(content, axis=(1, 2), keepdims=True)
    n, u = ops.mean(style, axis=(1, 2), keepdims=True), ops.var(style, axis=(1, 2), keepdims=True)
    return u * (content - m) / (v + 1e-8) + n


def adain_all_channels(content, style):
    m, s = ops.mean(content, axis=(1, 2, 3), keepdims=True), ops.std(content, axis=(1, 2, 3), keepdims=True)
    n, t = ops.mean(style, axis=(1, 2, 3), keepdims=True), ops.std(style, axis=(1, 2, 3), keepdims=True)
    return t * (content - m) / (s + 1e-6) + n


def adain_no_care(content, style):
    m, s = ops.mean(content, axis=(1, 2), keepdims=True), ops.std(content, axis=(1, 2), keepdims=True)
    n, t = ops.mean(style, axis=(1, 2), keepdims=True), ops.std(style, axis=(1, 2), keepdims=True)
    return t * (content - m) / s + n


UNSEEN["adain"] = [
    adain_variance,  # variances for standard deviations: where these are not equal or 1
    adain_all_channels,  # one mean and spread for all channels: channels that differ
    adain_no_care,  # 0 / 0 is NaN: a channel of the content that is the same everywhere
    lambda content, style: (
        content - ops.mean(content, axis=(1, 2), keepdims=True) + ops.mean(style, axis=(1, 2), keepdims=True)
    ),  # the mean alone: spreads that differ
]

# Lesson 5.1


def mmd_squared_over_squares(within_x, within_y, between):
    n, m = between.shape
    x, y = (within_x.sum() - np.trace(within_x)) / n**2, (within_y.sum() - np.trace(within_y)) / m**2
    return x + y - 2 * between.mean()


def mmd_squared_not_negative(within_x, within_y, between):
    n, m = between.shape
    x = (within_x.sum() - np.trace(within_x)) / (n * (n - 1))
    y = (within_y.sum() - np.trace(within_y)) / (m * (m - 1))
    return max(x + y - 2 * between.mean(), 0.0)


def mmd_squared_ones(within_x, within_y, between):
    n, m = between.shape
    x, y = (within_x.sum() - n) / (n * (n - 1)), (within_y.sum() - m) / (m * (m - 1))
    return x + y - 2 * between.mean()


def mmd_squared_one_size(within_x, within_y, between):
    n = len(within_x)
    off = within_x.sum() - np.trace(within_x) + within_y.sum() - np.trace(within_y)
    return off / (n * (n - 1)) - 2 * between.mean()


UNSEEN["mmd_squared"] = [
    mmd_squared_over_squares,  # no diagonal, but divided by n²: small sets above all
    mmd_squared_not_negative,  # cut at 0, no more unbiased: sets of one distribution
    mmd_squared_ones,  # takes every k(x, x) for 1: kernels with another diagonal, as the lesson's
    mmd_squared_one_size,  # n for both sets: unequal sizes
]


def precision_coverage_nearest(distances, radii):
    inside = distances <= radii[:, None]
    nearest = distances.argmin(axis=0)
    return (distances.min(axis=0) <= radii[nearest]).mean(), inside.any(axis=1).mean()


def precision_coverage_swapped(distances, radii):
    inside = distances <= radii[:, None]
    return inside.any(axis=1).mean(), inside.any(axis=0).mean()


def precision_coverage_open(distances, radii):
    inside = distances < radii[:, None]
    return inside.any(axis=0).mean(), inside.any(axis=1).mean()


def precision_coverage_mean_radius(distances, radii):
    inside = distances <= radii.mean()
    return inside.any(axis=0).mean(), inside.any(axis=1).mean()


UNSEEN["precision_coverage"] = [
    precision_coverage_swapped,  # coverage first: where the two differ
    precision_coverage_nearest,  # only the nearest real picture's ball: inside a wider ball farther away
    precision_coverage_open,  # on the surface counts as outside: a distance equal to the radius
    precision_coverage_mean_radius,  # one radius for all balls: radii that differ
]


# Lesson 5.2

UNSEEN["step_operations"] = [
    lambda encoder, decoder, discriminator: (
        3 * encoder + 6 * decoder + 16 * discriminator
    ),  # two codes, not 3
    lambda encoder, decoder, discriminator: 3 * encoder + 9 * decoder + 15 * discriminator,  # no look at x
    lambda encoder, decoder, discriminator: (
        (encoder + decoder + discriminator) * 28 / 3
    ),  # the right sum spread evenly: networks of unequal cost
    lambda encoder, decoder, discriminator: (
        3 * encoder + 9 * decoder + 19 * discriminator
    ),  # 3 for a network that is only passed
]


def likeness_not_constant(wanted, made):
    variance = ops.mean(ops.square(wanted - made))
    return wanted.shape[1] / 2 * (ops.log(variance) + np.log(2 * np.pi) + 1)


def likeness_of_128(wanted, made):
    variance = ops.mean(ops.square(ops.stop_gradient(wanted) - made))
    return 64 * (ops.log(variance) + np.log(2 * np.pi) + 1)


def likeness_batch_for_n(wanted, made):
    variance = ops.mean(ops.square(ops.stop_gradient(wanted) - made))
    return wanted.shape[0] / 2 * (ops.log(variance) + np.log(2 * np.pi) + 1)


def likeness_variance_each(wanted, made):
    variance = ops.mean(ops.square(ops.stop_gradient(wanted) - made), axis=0)
    return 0.5 * ops.sum(ops.log(variance) + np.log(2 * np.pi) + 1)


UNSEEN["likeness"] = [
    likeness_not_constant,  # right value, but a gradient runs into `wanted`
    likeness_variance_each,  # a variance for each feature: features with unequal errors
    likeness_batch_for_n,  # the batch's size for the number of features: where they differ
    likeness_of_128,  # the lesson's 128 features hard coded: other numbers
]


def agreement_mean(first, second):
    cosines = [
        np.sum(a * b) / np.linalg.norm(a) / np.linalg.norm(b) for a, b in zip(first, second, strict=True)
    ]
    return float(np.mean(cosines))


def agreement_first_only(first, second):
    a, b = first[0].ravel(), second[0].ravel()
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def agreement_no_sign(first, second):
    a, b = (np.concatenate([x.ravel() for x in parts]) for parts in (first, second))
    return float(abs(a @ b) / np.linalg.norm(a) / np.linalg.norm(b))


def agreement_one_shape(first, second):
    a, b = np.stack(first).ravel(), np.stack(second).ravel()
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


UNSEEN["agreement"] = [
    agreement_mean,  # a mean of cosines, weight by weight: more than one weight
    agreement_no_sign,  # the absolute value: gradients that oppose each other
    agreement_one_shape,  # stacks the arrays: fails when their shapes differ
    agreement_first_only,  # only the first weight: more than one
]

# Lesson 5.3


def log_uniform_mixed_bases(chance, low, high):
    a, b = np.log10(low), np.log10(high)
    return np.exp(a + chance * (b - a))


def log_uniform_decades(chance, low, high):
    decades = np.round(np.log10(high / low))
    return low * 10 ** (chance * decades)


UNSEEN["lstm_weights"] = [
    lambda inputs, units: 4 * units * (inputs + units + 2),  # two biases, as PyTorch has: 4 · units too many
    lambda inputs, units: 4 * units * (inputs + units) + units,  # one bias for all four: 3 · units too few
    lambda inputs, units: 4 * units * (inputs + 24),  # the lesson's 23 units hard coded: other numbers
    lambda inputs, units: 3 * units * (inputs + 1),  # three products, and no weights of the state
]

UNSEEN["log_uniform"] = [
    log_uniform_mixed_bases,  # log10 there, exp back: any limits but 1
    lambda chance, low, high: np.exp(
        np.log(low) + chance * np.log(high - low)
    ),  # log of the difference, not the difference of logs
    log_uniform_decades,  # rounds to whole powers of ten: limits such as 0.001 and 0.3
    lambda chance, low, high: np.geomspace(low, high, len(chance)),  # ignores the chances: a fixed row
]


def optimism_best_on_average(seen, fresh):
    best = seen.mean(axis=0).argmax()
    return (seen[:, best] - fresh[:, best]).mean()


def optimism_by_fresh(seen, fresh):
    best, trials = fresh.argmax(axis=1), np.arange(len(fresh))
    return (fresh[trials, best] - seen[trials, best]).mean()


UNSEEN["optimism"] = [
    lambda seen, fresh: (seen.max(axis=1) - fresh.max(axis=1)).mean(),  # the best fresh one, not the chosen
    optimism_best_on_average,  # one setting chosen for all trials: trials with different winners
    lambda seen, fresh: (seen.max(axis=1) - fresh.mean(axis=1)).mean(),  # mean of all: unequal settings
    optimism_by_fresh,  # chosen on the fresh pictures, and the sign
]

# Lesson 6.1


def unit_iou_per_picture(activations, mask, thresholds):
    lit, there = activations > thresholds, mask[..., None]
    both, any_ = (lit & there).sum(axis=(1, 2)), (lit | there).sum(axis=(1, 2))
    return (both / np.maximum(any_, 1)).mean(axis=0)


def unit_iou_counts_both(activations, mask, thresholds):
    lit, there = activations > thresholds, mask[..., None]
    both = (lit & there).sum(axis=(0, 1, 2))
    return both / (lit.sum(axis=(0, 1, 2)) + mask.sum())


def unit_iou_at_threshold(activations, mask, thresholds):
    lit, there = activations >= thresholds, mask[..., None]
    return (lit & there).sum(axis=(0, 1, 2)) / (lit | there).sum(axis=(0, 1, 2))


def unit_iou_one_threshold(activations, mask, thresholds):
    lit, there = activations > thresholds.mean(), mask[..., None]
    return (lit & there).sum(axis=(0, 1, 2)) / (lit | there).sum(axis=(0, 1, 2))


UNSEEN["unit_iou"] = [
    unit_iou_per_picture,  # mean of the pictures' IoUs: pictures that differ
    unit_iou_counts_both,  # common places counted twice in the union: wherever there are any
    unit_iou_at_threshold,  # lit at the threshold too: activations equal to it
    unit_iou_one_threshold,  # the mean threshold for every unit: thresholds that differ
]


def matched_again(strength, chosen):
    free = [u for u in range(len(strength)) if u not in set(chosen)]
    return [min(free, key=lambda u: abs(strength[u] - strength[c])) for c in chosen]


def matched_from_above(strength, chosen):
    free = set(range(len(strength))) - set(chosen)
    partners = []
    for c in chosen:
        stronger = [u for u in free if strength[u] >= strength[c]] or list(free)
        partners.append(min(stronger, key=lambda u, c=c: abs(strength[u] - strength[c])))
        free.remove(partners[-1])
    return partners


def matched_marks_input(strength, chosen):
    wanted = [strength[c] for c in chosen]
    strength[list(chosen)] = np.inf
    partners = []
    for value in wanted:
        partners.append(int(np.abs(strength - value).argmin()))
        strength[partners[-1]] = np.inf
    return partners


def matched_by_rank(strength, chosen):
    free = set(range(len(strength))) - set(chosen)
    partners = {}
    for c in sorted(chosen, key=lambda c: strength[c]):
        partners[c] = min(free, key=lambda u, c=c: abs(strength[u] - strength[c]))
        free.remove(partners[c])
    return [partners[c] for c in chosen]


UNSEEN["matched"] = [
    matched_again,  # a partner may come twice: chosen units of like strength
    matched_from_above,  # only stronger partners if there are any: the nearest is weaker
    matched_by_rank,  # the weakest unit picks first, not the first one: where two want the same partner
    matched_marks_input,  # right partners, but writes infinity into the strengths
]

UNSEEN["absorb"] = [
    lambda kernel, rotation: rotation @ kernel,  # not transposed: rotations that are not symmetric
    lambda kernel, rotation: kernel @ rotation.T,  # from the wrong side: fails unless the kernel is square
    lambda kernel, rotation: (
        (2 * np.diag(np.diag(rotation)) - rotation) @ kernel
    ),  # signs beside the diagonal turned: right for turns in two dimensions, not in more
    lambda kernel, rotation: kernel[rotation.argmax(axis=0)],  # right where it only exchanges the latents
]

# Lesson 6.2


def auc_at_best_limit(inside, outside):
    limits = np.concatenate([inside, outside])
    return max(0.5 * ((inside >= t).mean() + (outside < t).mean()) for t in limits)


def auc_at_least_half(inside, outside):
    above = np.mean(inside[:, None] > outside) + 0.5 * np.mean(inside[:, None] == outside)
    return max(above, 1 - above)


UNSEEN["auc"] = [
    lambda inside, outside: np.mean(inside[:, None] > outside),  # ties count nothing: equal scores
    lambda inside, outside: (
        np.sum((inside[:, None] > outside) + 0.5 * (inside[:, None] == outside)) / len(inside) ** 2
    ),  # n² pairs, not n·m: unequal numbers
    auc_at_least_half,  # never below a half: scores that are higher for strangers
    auc_at_best_limit,  # the share of right guesses at the best limit: scores that overlap
]


def spoiled_in_place(names, share, chance, other):
    wrong = chance < share
    names[wrong] = (names[wrong] + other[wrong]) % 10
    return names


def spoiled_first_ones(names, share, chance, other):
    wrong = np.arange(len(names)) < round(share * len(names))
    return np.where(wrong, (names + other) % 10, names)


UNSEEN["spoiled"] = [
    lambda names, share, chance, other: np.where(
        chance < share, other, names
    ),  # `other` as the label itself: sometimes the right one, never 0
    spoiled_in_place,  # right labels, but changes `names`
    lambda names, share, chance, other: np.where(
        chance <= share, (names + other) % 10, names
    ),  # a chance of 0 spoils at share 0: chances equal to the share
    spoiled_first_ones,  # ignores the chances: always the first ones
]

# Lesson 6.3


def least_seconds_by_counts(multiply_adds, bytes_moved, flops_per_second, bytes_per_second):
    if 2 * multiply_adds > bytes_moved:
        return 2 * multiply_adds / flops_per_second
    return bytes_moved / bytes_per_second


UNSEEN["least_seconds"] = [
    lambda multiply_adds, bytes_moved, flops_per_second, bytes_per_second: (
        2 * multiply_adds / flops_per_second + bytes_moved / bytes_per_second
    ),  # the sum, not the longer: both above 0
    lambda multiply_adds, bytes_moved, flops_per_second, bytes_per_second: max(
        multiply_adds / flops_per_second, 2 * bytes_moved / bytes_per_second
    ),  # the 2 at the bytes: anywhere
    least_seconds_by_counts,  # the larger count, not the longer time: machines that move slowly
    lambda multiply_adds, bytes_moved, flops_per_second, bytes_per_second: max(
        2 * multiply_adds // flops_per_second, bytes_moved // bytes_per_second
    ),  # whole seconds: times with a fraction
]


def speed_up_of_medians(before, after):
    each = before / after
    return np.median(before) / np.median(after), each.min(), each.max()


def speed_up_upper_median(before, after):
    each = np.sort(before / after)
    return each[len(each) // 2], each[0], each[-1]


def speed_up_sorted(before, after):
    each = np.sort(before) / np.sort(after)
    return np.median(each), each.min(), each.max()


def speed_up_percentiles(before, after):
    low, middle, high = np.percentile(before / after, [2.5, 50, 97.5])
    return middle, low, high


UNSEEN["speed_up"] = [
    speed_up_of_medians,  # ratio of the medians: turns that differ
    speed_up_sorted,  # each rival sorted on its own: turns no more together
    speed_up_upper_median,  # the upper of the two in the middle: an even number of turns
    speed_up_percentiles,  # 2.5 and 97.5 per cent for lowest and highest: turns that differ
]


def quantised_one_more(kernel, bits):
    top = np.abs(kernel).max(axis=0)
    scale = np.where(top > 0, top, 1) / 2 ** (bits - 1)
    return np.round(kernel / scale) * scale


def quantised_no_abs(kernel, bits):
    top = kernel.max(axis=0)
    scale = np.where(top > 0, top, 1) / (2 ** (bits - 1) - 1)
    return np.round(kernel / scale) * scale


def quantised_zero(kernel, bits):
    scale = np.abs(kernel).max(axis=0) / (2 ** (bits - 1) - 1)
    return np.round(kernel / scale) * scale


def quantised_eight(kernel, bits):
    top = np.abs(kernel).max()
    scale = (top if top > 0 else 1) / 127
    return np.round(kernel / scale) * scale


UNSEEN["quantised"] = [
    quantised_one_more,  # 2^(b-1) without the - 1: anywhere
    quantised_no_abs,  # the largest, not the largest absolute weight: outputs whose largest is negative
    quantised_zero,  # 0 / 0 is NaN: an output whose weights are all 0
    quantised_eight,  # 8 bits hard coded, one scale for all outputs
]


def footprint_money_of_power(pictures_per_second, watts, grams_per_kwh, price_per_hour):
    kwh = watts * 1e6 / pictures_per_second / 3600 / 1000
    return kwh, kwh * grams_per_kwh, kwh * price_per_hour


def footprint_watt_hours(pictures_per_second, watts, grams_per_kwh, price_per_hour):
    hours = 1e6 / pictures_per_second / 3600
    return watts * hours, watts * hours * grams_per_kwh, hours * price_per_hour


def footprint_started_hours(pictures_per_second, watts, grams_per_kwh, price_per_hour):
    hours = 1e6 / pictures_per_second / 3600
    kwh = watts * hours / 1000
    return kwh, kwh * grams_per_kwh, np.ceil(hours) * price_per_hour


def footprint_minutes(pictures_per_second, watts, grams_per_kwh, price_per_hour):
    hours = 1e6 / pictures_per_second / 60
    kwh = watts * hours / 1000
    return kwh, kwh * grams_per_kwh / 1000, hours * price_per_hour


UNSEEN["footprint"] = [
    footprint_money_of_power,  # price for each kilowatt-hour, not for each hour
    footprint_watt_hours,  # watt-hours: energy and grams a thousand times too large
    footprint_started_hours,  # pays for whole hours: hours with a fraction
    footprint_minutes,  # minutes for hours, and kilograms for grams
]

# Lesson 6.4


def attack_step_growing(moved, pictures, slope, step, eps):
    change = ops.clip(step * ops.sign(slope), -eps, eps)
    return ops.clip(moved + change, -1, 1)


def attack_step_from_start(moved, pictures, slope, step, eps):
    change = ops.clip(step * ops.sign(slope), -eps, eps)
    return ops.clip(pictures + change, -1, 1)


def attack_step_divided(moved, pictures, slope, step, eps):
    change = ops.clip(moved + step * slope / ops.abs(slope) - pictures, -eps, eps)
    return ops.clip(pictures + change, -1, 1)


def attack_step_downhill(moved, pictures, slope, step, eps):
    change = ops.clip(moved - step * ops.sign(slope) - pictures, -eps, eps)
    return ops.clip(pictures + change, 0, 1)


UNSEEN["attack_step"] = [
    attack_step_growing,  # each step kept within the budget, not all together: later steps
    attack_step_from_start,  # begins at the picture each time: later steps
    attack_step_divided,  # 0 / 0 is NaN: places with a slope of 0
    attack_step_downhill,  # the sign, and pixels from 0 to 1
]

UNSEEN["left_after_all"] = [
    lambda hits: hits.mean(axis=1).min(),  # the best single attack: attacks that fool different pictures
    lambda hits: hits.all(axis=1).mean(),  # the share of attacks that fool nobody: the axis
    lambda hits: (hits[0] & hits[-1]).mean(),  # first and last only: three or more attacks
    lambda hits: hits.mean(axis=1).prod(),  # as if attacks were independent: they hardly ever are
]

# Lesson 6.5


def alarm_threshold_at_least(scores, rate):
    return min(s for s in scores if np.mean(scores >= s) <= rate)


UNSEEN["alarm_threshold"] = [
    lambda scores, rate: np.quantile(scores, 1 - rate),  # between two scores: none of those given
    alarm_threshold_at_least,  # counts the threshold itself as above: one score too high; fails at rate 0
    lambda scores, rate: np.sort(scores)[::-1][
        int(rate * len(scores))
    ],  # fails at rate 1; rounding (0.29 of 100) makes it one too high
    lambda scores, rate: np.max(scores),  # ignores the rate: right at rate 0 only
]
