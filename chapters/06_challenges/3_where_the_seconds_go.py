# %% [markdown]
# # Where the seconds go
#
# **Count the multiplications, measure the machine, and you can say which famous tricks will make your
# network faster, and which will not.**
#
# ## What you will be able to do
#
# - measure the speed of something on a machine that others use too, and say how sure you are;
# - count what a network and a training step ask for, and hold it against what the machine can do;
# - tell for seven ways of saving time whether they help here;
# - make a trained generator cheaper to serve, and know what each way costs in quality;
# - work out time, energy and money of a million pictures from assumptions that stand in view.
#
# ## Prerequisites
#
# Lessons <<the_adversarial_game>> and <<convolutions_that_draw>>: a GAN's training step, R1, the judge's
# distance. You can multiply two matrices on paper.

# %%
from course_lib import runtime

runtime.start(lesson="where_the_seconds_go", seed=1)

# %%
import time
import zlib

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from course_lib import (
    check,
    compact,
    data,
    inference,
    judge,
    losses,
    operations,
    plots,
    results,
    training,
    weights,
)
from course_lib.models import cnn, gan, supervised

# %% tags=["knobs"]
turns = runtime.pick(smoke=1, quick=10, full=12)  # how often each of two rivals is timed
conv_steps = runtime.pick(smoke=1, quick=10, full=50)  # training steps in one turn
dense_steps = runtime.pick(smoke=1, quick=50, full=250)  # of the dense GAN, whose steps are short
batch_pictures = runtime.pick(smoke=16, quick=256, full=5120)  # in one turn at every batch size
in_a_row = runtime.pick(smoke=1, quick=5, full=50)  # calls of a small network in one turn
sides = runtime.pick(smoke=(64, 128), quick=(128, 256, 512, 1024, 2048), full=(256, 1024, 4096))
moved_numbers = runtime.pick(smoke=100_000, quick=25_000_000, full=100_000_000)
n_score = runtime.pick(smoke=200, quick=2000, full=5000)  # pictures that a distance is made of
n_pairs = runtime.pick(smoke=128, quick=20_000, full=100_000)  # that a student learns from
student_steps = runtime.pick(smoke=1, quick=1000, full=10_000)
half_steps = runtime.pick(smoke=1, quick=500, full=5000)
serve_batches = runtime.pick(smoke=(1, 4), quick=(1, 4, 16, 64, 256), full=(1, 16, 256, 1024))
batch_sizes = runtime.pick(smoke=(32,), quick=(8, 32, 128), full=(8, 32, 128, 512))
zero_shares = runtime.pick(smoke=(0.9,), quick=(0.3, 0.5, 0.7, 0.9), full=(0.3, 0.5, 0.7, 0.9))
bits_tried = (16, 8, 6, 5, 4, 3, 2)
bit_counts = runtime.pick(smoke=(6, 2), quick=bits_tried, full=bits_tried)
batch_networks = ("dense", "convolutional")[: runtime.pick(smoke=1, quick=2, full=2)]
rivals = ("a pass for each", "half the channels", "bfloat16")  # of the small convolutional GAN
rivals = runtime.pick(smoke=rivals[:1], quick=rivals, full=rivals)
n_networks = runtime.pick(smoke=4, quick=6, full=6)  # of those that are counted and timed
steps_a_call = runtime.pick(smoke=(1,), quick=(1, 10), full=(1, 10))
n_rules = runtime.pick(smoke=1, quick=3, full=3)  # training steps that the graph counts as well
pupils = ("quarter, fresh, taught", "quarter, cut out, taught", "half, cut out, taught")
pupils = runtime.pick(smoke=pupils[2:], quick=pupils, full=pupils)
xla_networks = ("dense G", "conv G")[: runtime.pick(smoke=1, quick=2, full=2)]
larger_side = runtime.pick(smoke=16, quick=64, full=64)  # of pictures whose training is timed
largest_side = runtime.pick(smoke=32, quick=256, full=256)  # of a picture whose work is counted

# %% [markdown]
# The generator of lesson <<convolutions_that_draw>>, and below it the same one in a file of about a
# sixth of the size.

# %%
shipped = gan.conv_generator()  # latents (n, 64) -> pictures (n, 28, 28, 1)
weights.load_into(shipped, "dcgan_fashion.weights.h5")
files = {bits: compact.pack(shipped, bits) for bits in (32, 5)}
latents = keras.random.normal((14, 64), seed=4)
rows = {
    f"{bits} bits a weight": compact.unpack(shipped, file).predict(latents, verbose=0)  # (14, 28, 28, 1)
    for bits, file in files.items()
}
figure = plots.pairs(rows, title="The same latents, the same network, fewer bits")
plots.show(
    figure,
    alt="Two rows of 14 grey garments, made by the weights as shipped and in 5 bits: hardly a difference.",
)
for bits, file in files.items():
    print(f"{bits:2d} bits a weight: a file of {len(file) / 1000:.0f} KB")

# %% [markdown]
# ## From the documents
#
# Three of the articles name computing power among the costs of their models, and do not measure it.
#
# | the articles say | in this lesson |
# |---|---|
# | generative networks need large computing resources (C13) | distance reached for each CPU-minute, and how work grows with the picture |
# | computing is a challenge for the years to come (K3) | where seconds go, ways to save them, what serving costs |
# | the same models in PyTorch, with empty bodies (S6) | one model, written once, timed on three backends |
#
# ## The idea
#
# A network spends its seconds on three things, and each has its own cure:
#
# | seconds go into | they grow with | what can help |
# |---|---|---|
# | **multiplying** | the multiply-adds of the layers | a smaller network, numbers of fewer bits, more cores |
# | **moving** numbers to and from memory | the sizes of weights and layers' outputs | fewer bits, fewer passes over memory |
# | **calling**: starting each operation, each step, each epoch | how many there are, however small | larger batches, several steps in a call, another input pipeline |
#
# A trick that cures something else than what ails you saves nothing. So find out which of the three it is.
#
# ## The mathematics
#
# ### The least possible time
#
# Write $F$ for the **multiply-adds** of a piece of work: one product, added to a running sum. A
# machine's *peak* $P$ is quoted in FLOP/s, and counts product and sum apart, so a multiply-add is 2
# FLOPs. Let $Q$ be the bytes that have to come from memory or go there, and $B$ the *bandwidth* in
# bytes per second. Processors multiply while the next numbers are on their way, so the time $t$ in
# seconds is at least
#
# $$t\;\ge\;\max\Big(\frac{2F}{P},\ \frac{Q}{B}\Big).$$
#
# That is the *roofline* (Williams, Waterman and Patterson 2009). What a measurement shows beyond it
# went into calling, or into operations that use the machine badly.
#
# ### What layers ask for
#
# - A **dense** layer from $m$ to $n$ numbers: $F=mn$.
# - A **convolution** to a grid of $h\times w$ places and $n$ channels, from $c$ channels, with a kernel of
#   $k\times k$: at every place a product with the whole kernel, $F=hw\,k^2cn$.
# - A **transposed** convolution spreads every place of its *input* over $k\times k$ places: the same, with
#   $h\times w$ the input's grid.
#
# ### What training asks for
#
# Backwards, the chain rule needs two products of the size of the pass forward: one for the gradient of
# the weights, one for that of the inputs. So a network that is *trained* costs $3F$ a picture, one
# through which a gradient only *passes* $2F$, and one that only looks $F$: the rule of lesson
# <<combining_and_sharing>>. A first layer needs no gradient of its inputs: nobody asks how the picture
# should change.
#
# ## Exercise: the least time
#
# Return the seconds that a machine needs at least for `multiply_adds` and `bytes_moved`, when it can do
# `flops_per_second` and move `bytes_per_second`.


# %% tags=["exercise"]
def least_seconds(multiply_adds, bytes_moved, flops_per_second, bytes_per_second):
    """The longer of the time for the arithmetic and the time for moving the bytes."""
    ...


# %% tags=["solution"]
def least_seconds(multiply_adds, bytes_moved, flops_per_second, bytes_per_second):
    """The longer of the time for the arithmetic and the time for moving the bytes."""
    return max(2 * multiply_adds / flops_per_second, bytes_moved / bytes_per_second)


# %% tags=["check"]
least_seconds = check.least_seconds(least_seconds)

# %% [markdown]
# ## The experiment
#
# ### A stopwatch
#
# Time something twice and you get two numbers: other programs, the processor's temperature and its
# clock all have a say. What survives is a *ratio* of two rivals that took **turns**: what disturbs one
# turn disturbs both. Before the first turn each runs once unmeasured, because first calls build graphs
# and fill caches. And the clock stops when the work is *finished*, which on a GPU is later than when
# the call returns.
#
# What is timed is TensorFlow as this course sets it up on a CPU: deterministic, one operation after
# another, each on all cores. Other settings give other seconds.


# %%
def side_by_side(ways, turns=turns):
    """Seconds of each way, arrays (turns,): all of them once to warm up, then in turns."""
    taken = {name: [] for name in ways}
    for _ in range(turns + 1):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            tf.test.experimental.sync_devices()  # waits for GPUs
            taken[name].append(time.perf_counter() - began)
    return {name: np.array(seconds[1:]) for name, seconds in taken.items()}


# %% [markdown]
# ## Exercise: a speed-up, and how sure it is
#
# `before` and `after` are seconds of two rivals, `(turns,)` each; position $i$ of both is the same
# turn. Return three numbers: the median of the speed-ups of the single turns, the lowest and the
# highest. Twice as fast is 2.


# %% tags=["exercise"]
def speed_up(before, after):
    """Median, lowest and highest of how many times as fast `after` is, turn by turn."""
    ...


# %% tags=["solution"]
def speed_up(before, after):
    """Median, lowest and highest of how many times as fast `after` is, turn by turn."""
    ratios = before / after  # (turns,)
    return np.median(ratios), ratios.min(), ratios.max()


# %% tags=["check"]
speed_up = check.speed_up(speed_up)

# %% [markdown]
# What are lowest and highest worth? If two rivals are equal and the turns independent, one of them wins all
# ten by luck with probability $2\cdot(1/2)^{10}$, once in 512: so lowest and highest hold the true median
# in 99.8 % of such experiments, whatever the distribution. (From the second lowest to the second highest it
# is 97.9 %; that interval, `inference.median`, is printed beside each ratio.)
#
# A way is called **faster** if all its turns were, **slower** if none was, and otherwise *not decided*,
# which is no evidence that nothing changed. Why all, where the printed interval may leave 1 out already?
# This page makes about twenty such comparisons, and at one in 512 each there is one chance in twenty-five
# that luck decides any of them. On a busy machine less is decided.


# %%
def told(before, after):
    """A speed-up in words: the median with its interval, and a verdict on which all turns agree."""
    _, low, high = speed_up(before, after)
    verdict = "faster" if low > 1 else "slower" if high < 1 else "not decided"
    return f"{inference.median(before / after)} times as fast: {verdict}"


def remember(key, before, after, **details):
    """Records a speed-up with the interval of its median."""
    runtime.record(key, inference.median(before / after), **details)


# %% [markdown]
# ### What this machine can do
#
# The peak is measured with the operation that machines do best, a product of two large matrices: $n^3$
# multiply-adds for a side of $n$. The bandwidth, by adding one long array to another in place: two are read
# and one is written.


# %%
def product(side, dtype):
    """A way to multiply two matrices (side, side), often enough to be measured."""
    left, right = (tf.cast(tf.random.normal((side, side)), dtype) for _ in range(2))
    repeats = max(1, round(2e8 / side**3))

    def way():
        for _ in range(repeats):
            tf.matmul(left, right)

    return way, 2 * side**3 * repeats  # the second is FLOPs


speeds, spreads = {}, {}
for dtype in ("float32", "bfloat16"):
    ways = {side: product(side, dtype) for side in sides}
    taken = side_by_side({side: way for side, (way, _) in ways.items()})
    rate = {side: flops / taken[side] for side, (_, flops) in ways.items()}  # (turns,) FLOP/s each
    speeds[dtype] = np.array([np.median(rate[side]) for side in sides])
    spreads[dtype] = np.array([[np.min(rate[side]), np.max(rate[side])] for side in sides]).T  # (2, sides)

# %%
peak = float(speeds["float32"].max())
one, other = (tf.Variable(tf.ones(moved_numbers)) for _ in range(2))
taken = side_by_side({"add": lambda: one.assign_add(other)})["add"]
bandwidth = float(np.median(3 * 4 * moved_numbers / taken))
del one, other
figure = plots.curves(
    {dtype: (np.array(sides), line / 1e9) for dtype, line in speeds.items()},
    bands={dtype: band / 1e9 for dtype, band in spreads.items()},
    xlabel="side of the matrices", ylabel="GFLOP/s", log="x",
    title=f"Matrix products on {runtime.cores()} cores (median, lowest to highest turn)",
)  # fmt: skip
plots.show(
    figure,
    alt="GFLOP/s against the side of the matrices: small products run far below the speed of large ones.",
)
runtime.record("peak_gflops", peak / 1e9, dtype="float32")
runtime.record("peak_gflops_bfloat16", float(speeds["bfloat16"].max()) / 1e9)
runtime.record("bandwidth_gb", bandwidth / 1e9)
print(
    f"peak {peak / 1e9:.0f} GFLOP/s in float32, {speeds['bfloat16'].max() / 1e9:.0f} in bfloat16; memory {bandwidth / 1e9:.1f} GB/s"
)
print(f"while one byte arrives, the machine can do {peak / bandwidth:.0f} FLOPs")

# %% [markdown]
# Small matrices do not reach the peak: calling and moving take their share. And a number that comes from
# memory, is used in a single product and goes back keeps the processor waiting.
#
# ### What the networks ask for
#
# `operations.count` goes through a network and adds up $F$ for one picture. The networks: both players of
# the dense and of the small convolutional GAN, the usual tutorial's generator of lesson
# <<convolutions_that_draw>>, and the classifier of lesson <<name_it_find_it_judge_it>>. Do not trust a
# count because it is a count: TensorFlow keeps its own, of every matrix product and convolution in a graph,
# those of gradients included.


# %%
def usual_generator():
    """The generator of many tutorials: latents (n, 100) to pictures (n, 28, 28, 1)."""
    z = keras.Input((100,))
    h = layers.BatchNormalization()(layers.Dense(7 * 7 * 256, use_bias=False)(z))
    h = layers.Reshape((7, 7, 256))(layers.LeakyReLU(0.3)(h))
    for filters, stride in ((128, 1), (64, 2)):  # (n, 7, 7, 128), (n, 14, 14, 64)
        h = layers.Conv2DTranspose(filters, 5, strides=stride, padding="same", use_bias=False)(h)
        h = layers.LeakyReLU(0.3)(layers.BatchNormalization()(h))
    last = layers.Conv2DTranspose(1, 5, strides=2, padding="same", use_bias=False, activation="tanh")
    return keras.Model(z, last(h))


networks = {
    "dense G": gan.dense_generator(), "dense D": gan.dense_discriminator(),
    "conv G": shipped, "conv D": gan.conv_discriminator(),
    "usual G": usual_generator(), "classifier": cnn.classifier(),
}  # fmt: skip
networks = dict(list(networks.items())[:n_networks])
counts = {name: operations.count(network) for name, network in networks.items()}
print(counts["conv G"])


# %%
def graph_flops(function, *shapes):
    """FLOPs of the graph that TensorFlow makes of `function` for inputs of these shapes."""
    inputs = [tf.TensorSpec(shape) for shape in shapes]
    graph = tf.function(function).get_concrete_function(*inputs).graph
    builder = tf.compat.v1.profiler.ProfileOptionBuilder
    options = builder(builder.float_operation()).with_empty_output().build()
    return tf.compat.v1.profiler.profile(graph, options=options).total_float_ops


def forward(network):
    return lambda x: network(x, training=False)


def forward_and_back(network):
    """One pass and the gradient of all weights, as a training needs them."""

    def function(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(network(x, training=True)))
        return tape.gradient(loss, [v.value for v in network.trainable_variables])

    return function


# %%
def input_shape(network, batch):
    return (batch, *network.inputs[0].shape[1:])


in_graph = {name: graph_flops(forward(net), input_shape(net, 1)) for name, net in networks.items()}
back = {name: graph_flops(forward_and_back(net), input_shape(net, 1)) for name, net in networks.items()}
for name, counted in counts.items():
    print(f"{name:11s} {counted.multiply_adds:12,d} multiply-adds; the graph says {in_graph[name] / 2:12,.0f}, "
          f"with the way back {back[name] / in_graph[name]:.2f} times as many")  # fmt: skip

# %% [markdown]
# The two counts agree, but for biases and the like, which ours leaves out. And "three times with the way
# back" holds, less what the first layers save: most in the dense discriminator, of which the first layer is
# the largest part.
#
# ### How well they use the machine
#
# Bytes, as an estimate: every layer reads its input, writes its output and reads its weights, four bytes a
# number. What a cache keeps does not have to travel, so this is rather too much. Batches of 64.


# %%
def bytes_moved(network, batch):
    """Bytes to and from memory in one pass, if no layer finds its input in a cache."""
    numbers = network.count_params()
    for layer in network.layers:
        if not isinstance(layer, layers.InputLayer | layers.Reshape | layers.Flatten):
            numbers += sum(batch * int(np.prod(x.shape[1:])) for x in (layer.input, layer.output))
    return 4 * numbers


def ways_of(function, networks, batch, times=1):
    """Compiled calls of `function(network)` on a batch, by the networks' names; `times` in a row."""
    calls = {}
    for name, network in networks.items():
        x, compiled = tf.random.normal(input_shape(network, batch)), tf.function(function(network))
        calls[name] = lambda x=x, compiled=compiled: [compiled(x) for _ in range(times)]
    return calls


# %% covers="K3"
batch = 64
forwards = side_by_side(ways_of(forward, networks, batch, in_a_row))
print("network     weights  Mmult-adds  measured  arithmetic  memory   GFLOP/s  of the peak")
for name, network in networks.items():
    work, seconds = batch * counts[name].multiply_adds, np.median(forwards[name]) / in_a_row
    share = 2 * work / seconds / peak
    limits = [
        least_seconds(work, 0, peak, bandwidth),
        least_seconds(0, bytes_moved(network, batch), peak, bandwidth),
    ]
    runtime.record(f"share_of_peak {name}", share, multiply_adds=counts[name].multiply_adds)
    print(f"{name:11s} {network.count_params():8,d} {work / batch / 1e6:9.2f} {1000 * seconds:8.2f} ms {1000 * limits[0]:7.2f} ms "
          f"{1000 * limits[1]:6.2f} ms {2 * work / seconds / 1e9:8.0f} {share:8.0%}")  # fmt: skip

# %% [markdown]
# Weights say little about work: the dense generator has as many as the small convolutional one, and a small
# part of its multiply-adds, because a convolution uses each of its weights at every place. Where the *share
# of the peak* is small, neither arithmetic nor memory accounts for the milliseconds: they go into calling,
# and into operations whose shape does not suit the machine.
#
# ### A training step, by the rule
#
# Write $g$ and $d$ for one pass of the generator and the discriminator. D's move trains it on real and
# on drawn pictures, $2\cdot 3d$. G's move trains G and only passes through D, $3g+2d$. R1 is a gradient
# of a gradient: a pass and its way back, $2d$, and the way back through both, $4d$, so $6d$ in all,
# less what the first layer saves. If pictures are drawn anew for each move, one more $g$.


# %%
class TwoPasses(gan.GAN):
    """The textbook's step: pictures are drawn anew for each move."""

    def step(self, real):
        def draw():
            return self.generator(self.noise((ops.shape(real)[0], self.latent_size)), training=True)

        d_value, scores = self.minimize(
            lambda: self.discriminator_loss(real, ops.stop_gradient(draw())),
            self.d_optimizer, self.discriminator.trainable_variables,
        )  # fmt: skip
        g_value = self.minimize(
            lambda: self.generator_loss(draw()),
            self.g_optimizer,
            self.generator.trainable_variables,
        )
        t = ops.cast(self.steps_taken, "float32")
        decay = ops.minimum(self.average_decay, (1 + t) / (10 + t))
        training.update_moving_average(self.average_generator, self.generator, decay)
        return {"d_loss": d_value, "g_loss": g_value, **scores}


# %%
def conv_players(share=1):
    widths = np.array([128, 64, 32]) // share
    return gan.conv_generator(widths=tuple(map(int, widths))), gan.conv_discriminator(
        widths=tuple(map(int, widths[::-1]))
    )


def dense_players():
    return gan.dense_generator(), gan.dense_discriminator()


def step_in_graph(kind, players, r1):
    """Multiply-adds of a training step a picture, as TensorFlow's graph has them."""
    model = kind(*players(), r1_weight=r1, seed=1)
    model.compile()
    return graph_flops(model.step, (32, 28, 28, 1)) / 2 / 32


# %%
g, d = counts["conv G"].multiply_adds, counts["conv D"].multiply_adds
cases = {
    "one pass for both, no R1": (gan.GAN, 0.0, 3 * g + 8 * d),
    "one pass for both, R1": (gan.GAN, 1.0, 3 * g + 14 * d),
    "a pass for each, R1": (TwoPasses, 1.0, 4 * g + 14 * d),
}
for name, (kind, r1, by_rule) in list(cases.items())[:n_rules]:
    found = step_in_graph(kind, conv_players, r1)
    runtime.record(f"step {name}", found, by_rule=by_rule)
    print(f"{name:25s} {found / 1e6:6.1f} million multiply-adds a picture, by the rule {by_rule / 1e6:6.1f}")
for name, players in {"dense": dense_players, "conv": conv_players}.items():
    one = operations.count(players()[1]).multiply_adds  # a pass of D
    price = (step_in_graph(gan.GAN, players, 1.0) - step_in_graph(gan.GAN, players, 0.0)) / one
    runtime.record(f"price of R1 {name}", price, unit="passes of D")
    print(f"R1 of the {name} GAN costs {price:.1f} passes of its D, by the graph")

# %% [markdown]
# The rule is good to a few per cent of a step. Look at G's three passes first, then at R1, which costs as
# much as all the rest of D's move. The dense D pays less than six passes for it, since its first layer is
# the most of it.
#
# ### Seven ways to save time, one at a time
#
# On the small convolutional GAN in batches of 32: **one pass of the generator** for both moves instead of a
# pass for each, **half of the channels**, **bfloat16** in place of float32. On the dense GAN, whose steps
# are short, in batches of 64: **ten steps in a call** instead of one. What do operations promise of the
# first two?

# %%
pictures, _ = data.load("fashion", "train")  # (50000, 28, 28, 1) uint8
pictures = pictures[:4096]  # enough to take turns on


def built(players=conv_players, kind=gan.GAN, policy="float32", calls=10):
    """A GAN, ready to train."""
    keras.config.set_dtype_policy(policy)
    runtime.seed(1)
    model = kind(*players(), seed=1)
    keras.config.set_dtype_policy("float32")
    model.compile(steps_per_execution=calls)
    return model


def steps_of(model, steps, batch=32):
    """A way to take so many training steps."""
    batches = data.Batches(pictures, batch, seed=1)
    return lambda: model.fit(batches, steps_per_epoch=steps, verbose=0)


# %%
calls = min(10, conv_steps)
variants = {
    "a pass for each": {"kind": TwoPasses},
    "half the channels": {"players": lambda: conv_players(2)},
    "bfloat16": {"policy": "mixed_bfloat16"},
}
models = {"as it is": built(calls=calls)} | {name: built(calls=calls, **variants[name]) for name in rivals}
taken = side_by_side({name: steps_of(model, conv_steps) for name, model in models.items()})
levers = {"one generator pass": (taken["a pass for each"], taken["as it is"])}  # before and after, (turns,)
levers |= {name: (taken["as it is"], taken[name]) for name in rivals[1:]}


dense_gans = {calls: built(dense_players, calls=calls) for calls in steps_a_call}
dense_gan = dense_gans[steps_a_call[-1]]
taken = side_by_side({calls: steps_of(model, dense_steps, 64) for calls, model in dense_gans.items()})
levers["10 steps a call (dense)"] = taken[1], taken[steps_a_call[-1]]
small_g, small_d = (operations.count(player).multiply_adds for player in conv_players(2))
promised = {
    "one generator pass": (4 * g + 14 * d) / (3 * g + 14 * d),
    "half the channels": (3 * g + 14 * d) / (3 * small_g + 14 * small_d),
}
for name, ratio in levers.items():
    hoped = f"; promised {promised[name]:.2f}" if name in promised else ""
    print(f"{name:24s} {told(*ratio)}{hoped}")

# %% [markdown]
# Half of the channels means a quarter of the multiply-adds, and saves much less than that promises.
# Smaller products reach a smaller share of the peak, as the first figure showed; and what is not
# multiplying shrinks to a half or not at all.
#
# **Does bfloat16 change what is learned?** It keeps 8 of float32's 24 bits of precision. Two tests: the
# shipped generator's pictures, made with it; and the gradient: how far does bfloat16 turn it, and how far
# does *another batch*, which training bears all the time?


# %%
def as_bfloat16(network):
    """The same weights, computing in bfloat16 between float32 weights and pictures."""

    def rebuild(layer):
        kept = isinstance(layer, layers.InputLayer) or layer.name == network.layers[-1].name
        return type(layer).from_config(layer.get_config() | ({} if kept else {"dtype": "mixed_bfloat16"}))

    copy = keras.models.clone_model(network, clone_function=rebuild)
    copy.set_weights(network.get_weights())
    return copy


def slope(generator, discriminator, seed):
    """The gradient of the generator's loss, all its weights in one vector."""
    z = keras.random.normal((64, 64), seed=seed)
    with tf.GradientTape() as tape:
        loss = losses.generator_loss(discriminator(generator(z, training=True), training=True))
    parts = tape.gradient(loss, [v.value for v in generator.trainable_variables])
    return np.concatenate([part.numpy().ravel() for part in parts]).astype("float64")


def cosine(one, other):
    """Of gradients (n, weights), one by one: (n,)."""
    return np.sum(one * other, axis=1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)


# %%
players = models["as it is"].generator, models["as it is"].discriminator
slopes = np.stack([slope(*players, seed) for seed in range(4)])  # (4, weights), four batches
rounded = np.stack([slope(*map(as_bfloat16, players), seed) for seed in range(4)])
cosines = {
    "bfloat16": inference.mean(cosine(slopes, rounded), of="batches"),
    "another batch": inference.mean(cosine(slopes, np.roll(slopes, 1, axis=0)), of="batches"),
}
z = keras.random.normal((n_score, 64), seed=0)
jury = judge.load("fashion")


def drawn_by(network, z=z):
    """Pictures (n, 28, 28, 1) of latents (n, 64), without building a graph for each network."""
    return np.concatenate(
        [ops.convert_to_numpy(network(part)) for part in np.array_split(z, -(-len(z) // 500))]
    )


teacher_pictures = drawn_by(shipped)
rounded_pictures = drawn_by(as_bfloat16(shipped))
runtime.record("gradient_cosine", cosines)
for name, found in cosines.items():
    print(f"cosine of the gradient with that of {name}: {found.named()}")
print(f"pictures: mean difference {np.abs(teacher_pictures - rounded_pictures).mean():.4f} on a scale of 2; "
      f"distance {jury.frechet(teacher_pictures):.2f} in float32, {jury.frechet(rounded_pictures):.2f} in bfloat16")  # fmt: skip

# %% [markdown]
# The rounding turns the gradient far less than the choice of the batch does, and the pictures keep their
# distance: these two tests see no cost. (An error that always points the same way they would not see.)
# Whether it *gains* something depends on the processor: see the first figure.
#
# **XLA** compiles the whole graph into one program, which saves passes over memory.

# %%
compiled, first = {}, {}
chosen = {name: networks[name] for name in xla_networks}
for name, network in chosen.items():
    x = tf.random.normal(input_shape(network, batch))
    for mode, jit in (("plain", False), ("XLA", True)):
        function = tf.function(forward_and_back(network), jit_compile=jit)
        began = time.perf_counter()
        function(x)
        first[f"{name} {mode}"] = time.perf_counter() - began
        compiled[f"{name} {mode}"] = lambda x=x, function=function: function(x)
taken = side_by_side(compiled)
for name in chosen:
    levers[f"XLA ({name})"] = ratio = taken[f"{name} plain"], taken[f"{name} XLA"]
    print(
        f"{name}: XLA {told(*ratio)}; the first call {first[f'{name} XLA']:.2f} s, without {first[f'{name} plain']:.2f} s"
    )

# %% [markdown]
# XLA's convolutions are slower on a CPU than those of TensorFlow's own library; so this course compiles
# with XLA on GPUs only.
#
# **The input pipeline.** The textbook's: slices, shuffle, batch, prefetch with `AUTOTUNE`. The course's
# `data.Batches` gathers from memory and switches the autotuner off: at the end of each epoch its thread has
# to be joined, and it may be asleep. So short epochs show it: two of the dense GAN. (The comparison is hard
# on the course's own pipeline: `fit` builds it anew in every turn.)
#
# **The batch.** The same number of pictures, in batches of different sizes.

# %%
epochs, epoch_steps = min(2, dense_steps), max(1, dense_steps // 2)
shown = pictures[: 64 * epoch_steps]


def textbook(autotuned):
    """The usual pipeline over `shown`, one epoch long."""
    scaled = tf.data.Dataset.from_tensor_slices(shown).map(lambda x: tf.cast(x, tf.float32) / 127.5 - 1)
    options = tf.data.Options()
    options.autotune.enabled = autotuned
    return (
        scaled.shuffle(len(shown))
        .batch(64, drop_remainder=True)  # of one static size, so that all rivals run the same graph
        .prefetch(tf.data.AUTOTUNE if autotuned else 2)
        .with_options(options)
    )


tuned, untuned, own = textbook(True), textbook(False), data.Batches(shown, 64, seed=1)
taken = side_by_side({
    "textbook": lambda: keras.Model.fit(dense_gan, tuned, epochs=epochs, shuffle=False, verbose=0),
    "textbook, not autotuned": lambda: keras.Model.fit(dense_gan, untuned, epochs=epochs, shuffle=False, verbose=0),
    "data.Batches": lambda: dense_gan.fit(own, epochs=epochs, steps_per_epoch=epoch_steps, verbose=0),
})  # fmt: skip
levers["pipeline (dense)"] = taken["textbook"], taken["data.Batches"]
print(f"the textbook's: {np.median(taken['textbook']):.2f} s for {epochs} epochs of {epoch_steps} steps")
print(f"without the autotuner {told(taken['textbook'], taken['textbook, not autotuned'])}")
print(f"data.Batches          {told(*levers['pipeline (dense)'])}")

# %%
sizes, lines = np.array(batch_sizes), {}
for name in batch_networks:
    players, number = {
        "convolutional": (conv_players, batch_pictures),
        "dense": (dense_players, 2 * batch_pictures),
    }[name]
    model = built(players, calls=max(1, min(5, number // max(batch_sizes))))
    ways = {size: steps_of(model, max(1, number // size), size) for size in batch_sizes}
    taken = side_by_side(ways)
    lines[name] = (
        sizes,
        np.array([max(1, number // size) * size / np.median(taken[size]) for size in sizes]),
    )
    larger = min(128, batch_sizes[-1])
    levers[f"batches of 128 for 32 ({name})"] = taken[32], taken[larger]
figure = plots.curves(
    lines,
    xlabel="pictures in a batch",
    ylabel="pictures per second",
    title="Training, by the size of the batch",
    log="both",
)
plots.show(
    figure,
    alt="Pictures per second against the batch size for the dense and the convolutional GAN: the dense one gains far more from larger batches.",
)
print({name: [round(float(v)) for v in line[1]] for name, line in lines.items()})

# %% [markdown]
# The dense GAN gains most, for its steps are short and calling is much of them. The convolutional one
# is busy multiplying already. And this figure shows pictures per second, not quality per second: a
# batch four times as large takes a quarter of the steps for the same pictures. These ways, side by
# side:

# %%
names = list(levers)
middles, lowest, highest = np.array([speed_up(*ratio) for ratio in levers.values()]).T  # (levers,) each
figure = plots.bars(
    names,
    middles,
    ylabel="times as fast",
    title="What each way is worth, alone (median, lowest to highest turn)",
    expected=1,
    expected_label="as before",
    spread=(lowest, highest),
)
plots.show(
    figure,
    alt="Nine bars with the spread of their turns, against a dashed line at 1: larger batches of the dense GAN and half the channels save most, XLA with convolutions loses, the rest lies close to the line, beyond it.",
)
for name, ratio in levers.items():
    remember(f"speed_up {name}", *ratio)
    print(f"{name:38s} {told(*ratio)}")

# %% [markdown]
# ## A generator that is cheap to serve
#
# Training happens once; what is trained may draw millions of times. First the ruler: three sets of
# latents, to see by how much the distance moves when nothing has changed. (Distances in this lesson are
# to validation pictures.)
#
# ### Pruning: weights to zero, channels taken out
#
# Set the smallest weights of each kernel to 0 (Han et al. 2015). Or take out whole channels:
# `compact.narrowed` keeps those with the largest weights, and builds a smaller network of them. No training
# afterwards.

# %%
others = [drawn_by(shipped, keras.random.normal((n_score, 64), seed=seed)) for seed in (11, 12)]
ruler = inference.mean([jury.frechet(drawn) for drawn in (teacher_pictures, *others)], of="sets of latents")
runtime.record("distance shipped", ruler, judge=jury.version, samples=n_score)
print(f"the shipped generator: distance {ruler.named()}; by set {np.round(ruler.runs, 2)}")
zeroed = {share: compact.zeroed(shipped, share) for share in (0.0, *zero_shares)}
by_share = {share: jury.frechet(drawn_by(network)) for share, network in zeroed.items()}
taken = side_by_side(ways_of(forward, {"full": shipped, "zeros": zeroed[0.9]}, batch))
remember("speed_up nine tenths zero", taken["full"], taken["zeros"])
zeros_said = told(taken["full"], taken["zeros"])
for share, network in zeroed.items():
    runtime.record(f"distance zeroed {share}", by_share[share], judge=jury.version, samples=n_score)
    kilobytes = len(zlib.compress(compact.pack(network, 32))) / 1000
    print(f"{share:4.0%} zeros: distance {by_share[share]:6.2f}; file {kilobytes:6.0f} KB, zipped")
print(f"with 90% zeros: {zeros_said}")

# %%
narrow = {share: compact.narrowed(shipped, share) for share in (0.75, 0.5, 0.25)}
taken = side_by_side(ways_of(forward, {1.0: shipped} | narrow, batch))
for share, network in narrow.items():
    work = operations.count(network).multiply_adds
    far = jury.frechet(drawn_by(network))
    runtime.record(f"distance narrowed {share}", far, judge=jury.version, samples=n_score)
    print(
        f"{share:4.0%} of the channels: {work / g:4.0%} of the multiply-adds, {told(taken[1.0], taken[share])}; distance {far:6.2f}"
    )

# %% [markdown]
# With zeros the file shrinks when it is zipped, and the distance grows from the first third of zeros on, by
# more than other latents change it. No second was seen to be saved: a dense product multiplies by zero as
# slowly as by anything else. Speed needs a pattern that the machine can skip, such as a whole channel.
# Without channels it is faster, though less than its multiply-adds promise; and where much is taken away,
# the distance comes near that of pure noise: the others have to learn to do without.
#
# ### Distilling: a student learns the map
#
# The large generator knows for every latent which picture to paint. So a smaller one need not play
# against anybody: it learns pairs of latents and pictures, by regression (Hinton, Vinyals and Dean
# 2015; with GANs, Aguinaldo et al. 2019). The pairs cost one pass of the teacher. Two students of equal
# shape, a quarter of the channels: one with fresh weights, one that begins as what was left after
# pruning. A third, also cut out, has half of the channels.

# %%
given = np.random.default_rng(1).standard_normal((n_pairs, 64)).astype("float32")
lessons_given = (given, drawn_by(shipped, given))  # (n_pairs, 64), (n_pairs, 28, 28, 1)


def taught(student, steps):
    """The student after so many steps of regression, and the seconds that they took."""
    runtime.seed(1)
    model = supervised.Supervised(student, "mean_absolute_error", seed=1)
    rate = keras.optimizers.schedules.CosineDecay(5e-3, steps, alpha=0.02)
    model.compile(keras.optimizers.Adam(rate), steps_per_execution=min(10, steps))
    log = model.fit(data.Batches(lessons_given, 64, seed=1), steps_per_epoch=steps, verbose=0).history
    return student, log["seconds"][-1]


def quarter():
    runtime.seed(1)
    return gan.conv_generator(widths=(32, 16, 8))


# %% covers="K3"
to_teach = {
    "quarter, fresh, taught": (quarter(), student_steps),
    "quarter, cut out, taught": (narrow[0.25], student_steps),
    "half, cut out, taught": (narrow[0.5], half_steps),
}
students = {"teacher": (shipped, 0.0)} | {name: taught(*to_teach[name]) for name in pupils}
taken = side_by_side(ways_of(forward, {name: network for name, (network, _) in students.items()}, batch))
student_distance, compared = {}, {}
for name, (network, seconds) in students.items():
    drawn = drawn_by(network)
    student_distance[name], compared[name] = jury.frechet(drawn), drawn[:12]
    kept = {"judge": jury.version, "samples": n_score, "seconds": seconds}
    runtime.record(f"distance {name}", student_distance[name], **kept)
    remember(f"speed_up serving {name}", taken["teacher"], taken[name])
    print(
        f"{name:25s} distance {student_distance[name]:6.2f} after {seconds:4.1f} s; {told(taken['teacher'], taken[name])}"
    )
figure = plots.pairs(
    compared,
    title="The same latents, by the teacher and its students",
)
plots.show(
    figure,
    alt="Rows of 12 garments: the teacher's, and those of its students, which are the same garments, softer for the smaller ones.",
)

# %% [markdown]
# The students paint the teacher's pictures, somewhat softer: a network too small to follow paints something
# in between. After equal steps the one that was cut out of the teacher was ahead of the one that began
# afresh. (One training of each: a hint, no verdict. With a long training the advantage may vanish, as Liu
# et al. 2019 found for classifiers.) Two of the rows are networks of one shape: by how much their speeds
# differ is the noise of this measurement.
#
# ### Fewer bits
#
# A weight in `float16` takes half the room. Whole numbers of 8 bits or less need a *scale*: the largest
# absolute weight of a channel becomes the largest whole number, and the others are rounded to multiples in
# between.
#
# ## Exercise: whole numbers
#
# `kernel` has the shape `(inputs, outputs)`. For every output, take the scale that sends the largest
# absolute weight to the whole number $2^{b-1}-1$, where $b$ is `bits`; round the weights in units of
# that scale, and return them as floats again. An output whose weights are all 0 keeps them.


# %% tags=["exercise"]
def quantised(kernel, bits):
    """The kernel (inputs, outputs), rounded to whole numbers of `bits` bits times a scale an output."""
    ...


# %% tags=["solution"]
def quantised(kernel, bits):
    """The kernel (inputs, outputs), rounded to whole numbers of `bits` bits times a scale an output."""
    largest = np.abs(kernel).max(axis=0)  # (outputs,)
    scale = np.where(largest > 0, largest, 1) / (2 ** (bits - 1) - 1)
    return np.rint(kernel / scale) * scale


# %% tags=["check"]
quantised = check.quantised(quantised)

# %% [markdown]
# `compact.pack` does that to all kernels of a network and puts the bits into a file, without gaps.
# Where does the curve break? With a scale for each channel, and with one for each kernel:

# %% covers="K3"
curves, by_bits = {}, {}
for how, per_channel in (("a scale for each channel", True), ("a scale for each kernel", False)):
    packed = [compact.pack(shipped, bits, per_channel) for bits in bit_counts]
    far = [jury.frechet(drawn_by(compact.unpack(shipped, file))) for file in packed]
    curves[how] = (np.array([len(file) / 1000 for file in packed]), np.array(far))  # KB, distances
    by_bits[how] = {str(bits): value for bits, value in zip(bit_counts, far, strict=True)}
    runtime.record(f"distance bits, {how}", by_bits[how], judge=jury.version, samples=n_score)
student_file = compact.pack(students["half, cut out, taught"][0], 8)
student_far = jury.frechet(drawn_by(compact.unpack(students["half, cut out, taught"][0], student_file)))
curves["the half student, 8 bits"] = (np.array([len(student_file) / 1000]), np.array([student_far]))
figure = plots.curves(curves, xlabel="file (KB)", ylabel=f"distance (judge {jury.version})", log="both",
                      title="The size of the file, and what it draws", floor=max(ruler.runs), floor_label="as shipped, other latents")  # fmt: skip
plots.show(
    figure,
    alt="Distance against the size of the file: flat down to 6 bits, rising below 5; both rules run close together until the smallest file, where one scale for each kernel is far worse. The small student lies below the curves.",
)
for position, bits in enumerate(bit_counts):
    print(f"{bits:2d} bits: {curves['a scale for each channel'][0][position]:6.0f} KB, distance {curves['a scale for each channel'][1][position]:6.2f}; "
          f"one scale for each kernel {curves['a scale for each kernel'][1][position]:6.2f}")  # fmt: skip
print(f"the half student in 8 bits: {len(student_file) / 1000:.0f} KB, distance {student_far:.2f}")

# %% [markdown]
# Down to 6 bits the distance stays within what other latents do to it (which is no proof that nothing is
# lost); then it breaks. At equal bits a scale for each channel does better, and at two bits by far: one
# channel of large weights no longer makes all others coarse. But scales take room as well: by the *size of
# the file* the two lie nearly on one line until the very end. The smaller network with more bits lies below
# both; mind that it was taught, and the rounded networks were not. These files are read back into
# `float32`, and calculate no faster; phones have processors that multiply 8-bit numbers.
#
# ### Serving: one at a time, or many at once
#
# A visitor waits for one picture: that is *latency*. An owner pays for many: that is *throughput*.

# %%
served = {
    "teacher": shipped,
    "half student": students["half, cut out, taught"][0],
    "dense": networks["dense G"],
}
latency = {name: {} for name in served}
for size in serve_batches:
    for name, seconds in side_by_side(ways_of(forward, served, size), turns=2 * turns).items():
        latency[name][size] = seconds
lines = {
    name: (
        np.array(serve_batches),
        np.array([size / np.median(found[size]) for size in serve_batches]),
    )
    for name, found in latency.items()
}
figure = plots.curves(
    lines,
    xlabel="pictures in a call",
    ylabel="pictures per second",
    title="Serving, by the size of the batch",
    log="both",
)
plots.show(
    figure,
    alt="Pictures per second against the batch size: close together at 1; the teacher levels off first, and the dense generator rises on, far above.",
)

# %%
best = {}
for name, found in latency.items():
    best[name] = float(max(lines[name][1]))
    runtime.record(f"pictures_per_second {name}", best[name], cores=runtime.cores())
    single = 1000 * found[serve_batches[0]]
    print(f"{name:13s} one picture: {inference.median(single)} ms, slowest of {len(single)}: {single.max():5.2f} ms; at best {best[name]:8,.0f} pictures a second, "
          f"{best[name] / runtime.cores():8,.0f} a core")  # fmt: skip

# %% [markdown]
# One at a time, the three generators are not far apart: a call costs what it costs, whatever is in it. In
# large batches their multiply-adds tell, and the dense one is ahead by far.
#
# ### What a million pictures cost
#
# That is arithmetic, and it is worth what its assumptions are worth. They stand in a cell of their own,
# after the exercise: **change them.** Watts are the weakest of the three: tables for rented (virtual)
# cores have mostly 2 to 6 at full load, without cooling (Cloud Carbon Footprint), and a laptop's core
# may take 15. Grams depend on where and when: a tenth with much water and wind, twice as many with
# coal.
#
# ## Exercise: a million pictures
#
# One core makes `pictures_per_second`. Return three numbers for a million pictures: kilowatt-hours,
# grams of CO₂, money.


# %% tags=["exercise"]
def footprint(pictures_per_second, watts, grams_per_kwh, price_per_hour):
    """Kilowatt-hours, grams and money that a million pictures cost on one core."""
    ...


# %% tags=["solution"]
def footprint(pictures_per_second, watts, grams_per_kwh, price_per_hour):
    """Kilowatt-hours, grams and money that a million pictures cost on one core."""
    hours = 1_000_000 / pictures_per_second / 3600
    kwh = hours * watts / 1000
    return kwh, kwh * grams_per_kwh, hours * price_per_hour


# %% tags=["check"]
footprint = check.footprint(footprint)

# %%
watts_per_core = 5.0  # assumption: a busy core with its share of the machine and of its cooling
grams_per_kwh = 436  # CO2 for a kWh, mean of the world in 2022 (Ember, Global Electricity Review 2023)
price_per_core_hour = 0.04  # assumption: euros or dollars for a rented core

# %% covers="K3"
for name, rate in best.items():
    kwh, grams, money = footprint(rate / runtime.cores(), watts_per_core, grams_per_kwh, price_per_core_hour)
    runtime.record(
        f"million {name}",
        {"kwh": kwh, "grams": grams, "money": money},
        watts=watts_per_core,
        grams_per_kwh=grams_per_kwh,
    )
    print(
        f"a million pictures, {name:13s} {1000 * kwh:7.3f} Wh, {grams:7.3f} g of CO2, {100 * money:7.3f} cents"
    )
one_by_one = footprint(
    1 / np.median(latency["teacher"][serve_batches[0]]) / runtime.cores(),
    watts_per_core,
    grams_per_kwh,
    price_per_core_hour,
)
seconds = runtime.recorded("convolutions_that_draw", "seconds_small") or 0.0
print(f"the teacher's, one picture at a time: {1000 * one_by_one[0]:.3f} Wh; training it as lesson <<convolutions_that_draw>> does, {seconds:.0f} s: "
      f"{watts_per_core * runtime.cores() * seconds / 3600:.3f} Wh")  # fmt: skip

# %% [markdown]
# Serving outweighs training after some number of pictures, and you can say which.
#
# ## "They need large computing resources"
#
# Two questions are in that sentence. **How far does a little get you?** What earlier lessons recorded when
# they were executed, in minutes of one CPU core (seconds times two cores, as if both had been busy all the
# time), beside what lesson <<a_picture_is_a_tensor>> found for noise, for a Gaussian with the training
# pictures' mean and covariance, and for real pictures. (All with 5,000 pictures: hold them against each
# other, and not against the distances above, which have fewer and so come out higher.) Then what lesson
# <<convolutions_that_draw>> found when it changed *one part at a time* between the small recipe and the usual
# tutorial's, for equal seconds, early in training, with several seeds.

# %% covers="C13"
spent = {
    "dense GAN (<<the_adversarial_game>>)": ("the_adversarial_game", "frechet", "training_seconds"),
    "small DCGAN (<<convolutions_that_draw>>)": ("convolutions_that_draw", "frechet_small", "seconds_small"),
    "usual DCGAN (<<convolutions_that_draw>>)": ("convolutions_that_draw", "frechet_usual", "seconds_usual"),
    "dense VAE (<<from_autoencoder_to_vae>>)": ("from_autoencoder_to_vae", "frechet", "training_seconds"),
}
zero = "a_picture_is_a_tensor"
scale = {name: runtime.recorded(zero, f"{name}_frechet") for name in ("noise", "gaussian", "real")}
reached = {name: [runtime.recorded(lesson, key) for key in keys] for name, (lesson, *keys) in spent.items()}
for name, (far, seconds) in reached.items():
    if far:
        print(f"{name:18s} distance {far:7.2f} after {2 * seconds / 60:.1f} core-minutes")
if scale["gaussian"]:
    print("for comparison: " + ", ".join(f"{name} {far:.2f}" for name, far in scale.items()))
    runtime.record("after a core-minute", {"small DCGAN": reached["small DCGAN (<<convolutions_that_draw>>)"][0], "usual DCGAN": reached["usual DCGAN (<<convolutions_that_draw>>)"][0],
                                           "one Gaussian": scale["gaussian"]})  # fmt: skip


# %%
recipes = {  # rows of that lesson's study
    "small": "small networks, our settings", "usual networks": "usual networks, our settings",
    "usual settings": "small networks, usual settings", "usual networks and settings": "usual networks, usual settings",
}  # fmt: skip
knobs = runtime.recorded("convolutions_that_draw", "one_knob") or {}
for row in [row for row in recipes if row in knobs]:
    print(f"{recipes[row]:31s} distance {knobs[row]:6.1f}, mean of its seeds")
usual = operations.count(usual_generator()).multiply_adds
print(f"multiply-adds of the usual generator over the small one's: {usual / g:.1f}")

# %% [markdown]
# About a core-minute brings a small network, whichever its kind, well below the single Gaussian (a low bar:
# no picture of a Gaussian looks like a garment); it leaves the usual *recipe* above pure noise. And of that
# recipe the settings, a slow rate and large batches, cost far more than the networks do. At this size the
# sentence is about a choice of recipe.
#
# **How does it grow?** Count. For larger pictures the same plan starts at a grid of 4×4 and doubles more
# often; channels double towards the coarse end, up to 512. One point is checked by the clock: if seconds
# follow operations, a step at 64×64 must last as long as its count says.


# %%
def players_for(side):
    """Generator and discriminator of the same plan for another side."""
    if side == 28:
        return conv_players()
    doublings = int(np.log2(side // 4))
    widths = [min(512, 32 * 2**i) for i in range(doublings + 1)]  # from fine to coarse
    return gan.conv_generator(64, (side, side, 1), tuple(widths[::-1])), gan.conv_discriminator(
        (side, side, 1), tuple(widths[:doublings])
    )


def step_cost(side):
    """Multiply-adds of a training step a picture, by the rule."""
    g, d = (operations.count(player).multiply_adds for player in players_for(side))
    return 3 * g + 14 * d


costs = {side: step_cost(side) for side in (28, larger_side, largest_side)}
large = built(lambda: players_for(larger_side), calls=1)
few = max(1, conv_steps // 4)
shape = (64, larger_side, larger_side, 1)  # noise is as good for timing
noise = np.random.default_rng(1).uniform(-1, 1, shape).astype("float32")
taken = side_by_side({
    28: steps_of(models["as it is"], conv_steps),
    larger_side: lambda: large.fit(data.Batches(noise, 32, seed=1), steps_per_epoch=few, verbose=0),
})  # fmt: skip
# Seconds a picture
each = {28: taken[28] / conv_steps / 32, larger_side: taken[larger_side] / few / 32}
grown = each[larger_side] / each[28]  # (turns,)

# %% covers="C13"
work, pixels = costs[larger_side] / costs[28], (larger_side / 28) ** 2
runtime.record(f"cost of {larger_side} over 28", inference.median(grown), by_operations=work)
runtime.record(f"pixels of {larger_side} over 28", pixels)
print(f"{larger_side}×{larger_side} over 28×28: {work:.1f} times the operations, {inference.median(grown)} "
      f"times the seconds, {pixels:.1f} times the pixels")  # fmt: skip
runtime.record("cost of the largest over 28", costs[largest_side] / costs[28], side=largest_side)
rate = 2 * costs[larger_side] / np.median(each[larger_side])  # FLOP/s reached
shown_pictures = 25e6  # real pictures that a StyleGAN was shown (Karras, Laine and Aila 2019)
for side, cost in costs.items():
    days = shown_pictures * 2 * cost / rate / 86400
    print(f"{side:3d}×{side:<3d} {cost / 1e6:8,.0f} million multiply-adds a picture; {shown_pictures / 1e6:.0f} million pictures: "
          f"{days:6.1f} days on this machine, {24 * days * watts_per_core * runtime.cores() / 1000:6.2f} kWh")  # fmt: skip

# %% [markdown]
# Work grows faster than pixels, for larger pictures get more channels as well. Seconds grow less than
# work here, as larger products reach more of the peak. And the number of pictures to be shown grows
# from tens of thousands to tens of millions. The project behind StyleGAN3, with all its trials, took 92
# years of a GPU and 225 MWh (Karras et al. 2021).
#
# ## One model, three backends
#
# The models of this course are written once and run on TensorFlow, JAX and PyTorch; tests hold all three to
# the same weights after the same steps. `python benchmarks/backends.py PYTHON …` times them with the
# interpreters that you name, in turns. What it measured once:

# %% covers="S6"
table = results.study("backends")
print(
    f"measured on {table['date']}, {table['cores']} cores, batches of {table['batch']}, {table['turns']} turns (lowest to highest)"
)
for backend, row in table["backends"].items():
    times = ", ".join(
        f"{name} {1000 * row[name]['median']:6.1f} ms ({1000 * row[name]['low']:.1f} to {1000 * row[name]['high']:.1f})"
        for name in ("dense", "conv")
    )
    print(f"{backend:10s} {row['version']:12s} {times}; mean |pixel| {row['picture']:.6f}")

# %% [markdown]
# The mean pixel is the same on all, to the last digit shown. The speeds are not, and they change places
# between the two networks: JAX compiles everything with XLA, and PyTorch calls each operation one by one.
#
# ## When it goes wrong
#
# Two benchmarks that lie, with the best intentions. **The first call:** two networks that are the same
# one, the "old" called first. **Not waiting:** on a GPU a call returns when the work is *ordered*;
# TensorFlow can do that on a CPU too, which shows what happens.

# %%
x = tf.random.normal((64, 64))


def timed(way):
    began = time.perf_counter()
    way()
    return time.perf_counter() - began


old = tf.function(forward(shipped))
naive = timed(lambda: old(x)) / timed(lambda: old(x))
fair = side_by_side({"old": lambda: old(x), "new": lambda: old(x)})
runtime.record("lie first call", naive)
print(
    f"'new' is {naive:.1f} times as fast as 'old', says the liar; with a warm-up and turns: {told(fair['old'], fair['new'])}"
)


# %%
side = sides[-1]
matrix = tf.random.normal((side, side))
tf.config.experimental.set_synchronous_execution(False)  # calls return before the work is done
tf.matmul(matrix, matrix).numpy()
began = time.perf_counter()
result = tf.matmul(matrix, matrix)
returned = time.perf_counter() - began
result.numpy()  # whoever reads the result has to wait for it
finished = time.perf_counter() - began
tf.config.experimental.set_synchronous_execution(True)
claimed = 2 * side**3 / returned / peak
runtime.record("lie not waiting", claimed, waited=2 * side**3 / finished / peak)
print(
    f"returned after {1000 * returned:.2f} ms: {claimed:.1f} times the peak! Finished after {1000 * finished:.2f} ms: {2 * side**3 / finished / peak:.2f} of it"
)

# %% [markdown]
# The first call builds the graph: warm up. And more than the machine can do is the surest sign of a clock
# that did not wait, and the reason to measure the peak first.
#
# ## Verdict

# %%
said = {name: told(*ratio).split(": ")[1] for name, ratio in levers.items()}
for word in ("faster", "not decided", "slower"):
    mine = [f"{name} ({np.median(np.divide(*levers[name])):.2f})" for name in levers if said[name] == word]
    print(f"{word:12s}", "; ".join(mine) or "none")
print(f"zeros for nine tenths of the weights: distance {by_share[0.9]:.1f}, {zeros_said}")
print(
    f"half of the channels, taught by the whole: distance {student_distance['half, cut out, taught']:.2f} (the whole: {ruler.runs[0]:.2f})"
)
print(
    f"6 bits a weight: distance {by_bits['a scale for each channel']['6']:.2f}; 2 bits: {by_bits['a scale for each channel']['2']:.1f}"
)
print(
    f"{largest_side}×{largest_side} over 28×28: {costs[largest_side] / costs[28]:.0f} times the multiply-adds a picture"
)

# %% [markdown]
# - *They need large computing resources* (C13) holds in part. For small pictures it is the recipe that
#   needs them, and of the recipe more the settings than the networks. For large pictures it is
#   arithmetic: work grows faster than pixels, and so does the number of pictures that have to be shown.
# - *Computing is a challenge* (K3): find out which of the three it is, multiplying, moving or calling. What
#   is famous need not help: zeros in the weights were not seen to save time here, and XLA with convolutions
#   on a CPU costs some.
# - *The same models in PyTorch* (S6): written once, they run on three backends; the shipped generator's
#   mean pixel is the same on all. Which is fastest depends on the network and the machine.
#
# **What is left over:** all seconds are those of one machine. The counts are not: take them along.
#
# ## What to read
#
# - Williams, Waterman, Patterson, *Roofline: an insightful visual performance model for multicore
#   architectures*, CACM 52(4), 2009, [doi
#   10.1145/1498765.1498785](https://doi.org/10.1145/1498765.1498785): one drawing that says which limit
#   a program has met.
# - Han, Pool, Tran, Dally, *Learning both weights and connections for efficient neural networks*, NIPS
#   2015, [1506.02626](https://arxiv.org/abs/1506.02626): pruning, and training again.
# - Li, Kadav, Durdanovic, Samet, Graf, *Pruning filters for efficient ConvNets*, ICLR 2017,
#   [1608.08710](https://arxiv.org/abs/1608.08710).
# - Liu, Sun, Zhou, Huang, Darrell, *Rethinking the value of network pruning*, ICLR 2019,
#   [1810.05270](https://arxiv.org/abs/1810.05270): when fresh weights do as well.
# - Hinton, Vinyals, Dean, *Distilling the knowledge in a neural network*, 2015,
#   [1503.02531](https://arxiv.org/abs/1503.02531); Aguinaldo et al., *Compressing GANs using knowledge
#   distillation*, 2019, [1902.00159](https://arxiv.org/abs/1902.00159).
# - Jacob et al., *Quantization and training of neural networks for efficient integer-arithmetic-only
#   inference*, CVPR 2018, [1712.05877](https://arxiv.org/abs/1712.05877).
# - Karras, Laine, Aila, *A style-based generator architecture for generative adversarial networks*, CVPR
#   2019, [1812.04948](https://arxiv.org/abs/1812.04948): what large pictures take.
# - Karras et al., *Alias-free generative adversarial networks*, NeurIPS 2021,
#   [2106.12423](https://arxiv.org/abs/2106.12423): with an account of what the project consumed.
# - Cloud Carbon Footprint, [*Methodology*](https://www.cloudcarbonfootprint.org/docs/methodology/): how
#   watts and grams are estimated where nobody measures them.
