# %% [markdown]
# # Choosing a model
#
# **Ask what the answer depends on, how far away that lies, and whether there is one right answer; then let
# three seeds and fresh pictures decide, not the name of a family of models.**
#
# ## What you will be able to do
#
# - say beforehand which of two networks must fail at a task, from what they can see;
# - compare networks at equal weights and equal seconds, and say "not decided" when it is not;
# - tell the fault of an architecture from the fault of a loss;
# - search over settings on a logarithmic scale, and measure by how much the best one found is overrated;
# - find in one table which model of this course to try first on your problem.
#
# ## Prerequisites
#
# Lessons <<convolutions_that_draw>> (a convolutional GAN), <<the_next_frame>> (recurrent networks) and
# <<name_it_find_it_judge_it>> (a convolutional classifier). What a distance is worth is the subject of lesson
# <<one_scoreboard>>.

# %%
from course_lib import runtime

runtime.start(lesson="choosing_a_model", seed=1)

# %%
import importlib.metadata
import time

import keras
import numpy as np
from keras import layers, ops

from course_lib import check, choosing, data, inference, judge, operations, plots, weights, widgets
from course_lib.data import outlines, sequences
from course_lib.models import cnn, gan, rnn, unet, vae
from course_lib.models.supervised import Supervised

# %% tags=["knobs"]
seeds = runtime.pick(smoke=(1,), quick=(1, 2, 3), full=(1, 2, 3, 4, 5))
n_films = runtime.pick(smoke=64, quick=12_000, full=40_000)  # to learn from
n_held_out = runtime.pick(smoke=60, quick=1500, full=5000)  # films that numbers are made of
film_steps = runtime.pick(  # so many take about equally long
    smoke={"LSTM": 2, "CNN, 3 frames": 2},
    quick={"LSTM": 2000, "CNN, 3 frames": 650, "CNN, 6 frames": 650, "recurrent CNN": 130},
    full={"LSTM": 30_000, "CNN, 3 frames": 10_000, "CNN, 6 frames": 10_000, "recurrent CNN": 5000},
)
name_steps = runtime.pick(smoke=2, quick=250, full=5000)  # of each network that names garments
name_times = runtime.pick(smoke=1, quick=2, full=2)  # garments as they are; then also permuted
opponents = runtime.pick(  # of the CNN, at naming
    smoke=("LSTM over rows",), quick=("LSTM over rows", "dense"), full=("LSTM over rows", "dense")
)
game_steps = runtime.pick(  # with an adversary; the cheaper generator takes further ones
    smoke={"dense": (2, 1)},
    quick={"convolutional": (130,), "dense": (130, 90)},
    full={"convolutional": (5000,), "dense": (5000, 3000)},
)
mean_steps = runtime.pick(  # of the generators that learn by regression
    smoke={"dense": 2},
    quick={"convolutional": 150, "dense": 600},
    full={"convolutional": 2000, "dense": 4000},
)
code_steps = runtime.pick(smoke=2, quick=250, full=3000)  # of the VAE
search_steps = runtime.pick(smoke=2, quick=300, full=1000)  # of 144 small networks at once
n_unseen = runtime.pick(smoke=400, quick=10_000, full=10_000)  # validation pictures
n_named = runtime.pick(smoke=400, quick=4000, full=10_000)  # test pictures to be named
n_score = runtime.pick(smoke=100, quick=2000, full=10_000)  # pictures to a distance
per_call = runtime.pick(smoke=1, quick=10, full=50)  # training steps in one call of the backend
draws = runtime.pick(smoke=50, quick=1000, full=5000)  # choices that are played through

# %% [markdown]
# One of the articles says that convolutional networks are for recognising, and poor at making or changing
# pictures. Every picture in these rows that is not a drawing was made by one.

# %%
pictures, labels = data.load("fashion", "train")  # (50000, 28, 28, 1) uint8, (50000,)
others, names_of_others = data.load("fashion", "validation")  # (10000, 28, 28, 1)
others, names_of_others = others[:n_unseen], names_of_others[:n_unseen]  # all, but in smoke
drawings = outlines.draw(outlines.find(others[:10]))  # (10, 28, 28, 1) uint8
generator = gan.conv_generator()  # latents (n, 64) -> pictures (n, 28, 28, 1)
weights.load_into(generator, "dcgan_fashion.weights.h5")
painter = unet.unet(28, 1, 1, widths=(48, 96), patch=2, outputs="linear")
weights.load_into(painter, "garment_painter.weights.h5")
rows = {
    "from noise": generator.predict(keras.random.normal((10, 64), seed=3), verbose=0),
    "a drawing": drawings,
    "painted": np.clip(painter.predict(data.signed(drawings), verbose=0), -1, 1),
}
figure = plots.pairs(rows, title="Made by convolutional networks")
plots.show(
    figure,
    alt="Ten garments made from noise; ten outlines of garments; ten garments painted after them.",
)

# %% [markdown]
# ## From the documents
#
# | the articles say | in this lesson |
# |---|---|
# | RNNs suit sequences, CNNs suit images (C8) | both on the same films and on the same garments, at equal weights |
# | CNNs are for classification, and poor at generating or transforming images (C7) | what the course's CNNs made and changed; a dense against a convolutional generator; a loss that makes both fail |
# | choose by problem, amount of data and compute; combine models, or search over settings (X1) | a table that answers, made of what the lessons measured; a search, and what it is worth |
# | the trends: quality, variety, requests, editing, cheap training (X2) | single ideas behind them, each without and with |
# | PyTorch, TensorFlow, Keras; OpenCV, PIL, scikit-image; ImageNet, CIFAR-10, MNIST (X3) | which of them this course uses, and for what |
#
# ## The idea
#
# "RNN" and "CNN" answer two different questions, so they are no alternatives:
#
# ```
#                        where do equal weights look?
#                        at all pixels at once         at every place, near it
#  how far back?       ┌─────────────────────────────┬──────────────────────────┐
#    k frames, stacked │ dense network               │ CNN, k frames as channels│
#    all, in a state   │ LSTM over flattened frames  │ recurrent CNN            │
#                      └─────────────────────────────┴──────────────────────────┘
# ```
#
# *Convolution* says: what matters is near, and means the same wherever it stands. *Recurrence* says: what
# matters may have been long ago, and a state carries it. A network whose statement is true of your data need
# not learn it; one whose statement is false pays for it, and what lies outside its view no training brings
# in. A third question, which loss, is asked of all four.
#
# ## The mathematics
#
# ### Equal weights
#
# A dense layer from $n$ numbers to $u$ has $u(n+1)$ weights, with a bias for each output. A convolution from
# $n$ channels to $u$ with kernels of $k\times k$ has $u(k^2n+1)$, however large the picture. An **LSTM** with
# $u$ units sees $n$ numbers and its own last state at each step $t$, and takes four products of them, all
# with weights and biases of their own:
#
# $$\begin{pmatrix}i\\f\\o\\g\end{pmatrix}=\begin{pmatrix}\sigma\\\sigma\\\sigma\\\tanh\end{pmatrix}\big(W
# x_t+U h_{t-1}+b\big),\qquad c_t=f\odot c_{t-1}+i\odot g,\qquad h_t=o\odot\tanh c_t.$$
#
# $x_t$ is the frame, $h_t$ and $c_t$ are the state; $i,f,o$ are the gates for input, forgetting and output,
# $g$ is the candidate, $\sigma$ the logistic function, and $\odot$ multiplies number by number. $W$, $U$ and
# $b$ hold what all four need.
#
# ## Exercise: the weights of an LSTM
#
# Networks below have equally many weights within three per cent, so you have to be able to count them.


# %% tags=["exercise"]
def lstm_weights(inputs, units):
    """How many numbers an LSTM layer learns that sees `inputs` numbers at each step and has `units` units."""
    ...


# %% tags=["solution"]
def lstm_weights(inputs, units):
    """How many numbers an LSTM layer learns that sees `inputs` numbers at each step and has `units` units."""
    return 4 * units * (inputs + units + 1)  # three gates and a candidate; the 1 is the bias


# %% tags=["check"]
lstm_weights = check.lstm_weights(lstm_weights)

# %% [markdown]
# ### What your input does not tell
#
# Let $v$ be what a network sees (its view), $y$ the picture it shall give, and $\hat y(v)$ the one it gives.
# $\mathbb E[\,\cdot\mid v]$ is the mean over all pictures $y$ that go with the view $v$, and
# $\lVert\cdot\rVert^2$ the sum of squared pixels. For every $v$,
#
# $$\mathbb E\big[\lVert y-\hat y(v)\rVert^2\mid v\big]=\big\lVert\hat y(v)-\mathbb E[y\mid
# v]\big\rVert^2+\mathbb E\big[\lVert y-\mathbb E[y\mid v]\rVert^2\mid v\big],$$
#
# because the mixed term has mean zero. The second part does not depend on the network. So whatever the
# network is, squared error asks it for the mean $\mathbb E[y\mid v]$ of all pictures that go with $v$, and
# where $v$ says nothing of $y$, for the mean of all pictures. Remember it for two experiments: a window that
# has closed, and noise.
#
# Three trainings a network decide by lesson <<one_scoreboard>>'s one rule: Welch's interval of the
# difference, Holm's correction within a table, and beside "not decided" what three seeds could have
# decided.
#
# ## The experiment
#
# ### Films, and a lamp that goes out
#
# The garments of lesson <<the_next_frame>> move over a canvas, here of 16×16 pixels; one garment a film, one
# or two pixels a frame. The networks see six frames and give the next one. But the projector's lamp may fail
# for the last $d$ of the six, and the film stops until it burns again: the right answer is then the frame
# after the last one that was seen. Nothing changes but how long ago that was.

# %%
seen, side, longest = 6, 16, 4  # frames, pixels, and the longest darkness in frames


def failing_lamp(garments, n, seed):
    """Frames (n, 6, 16, 16, 1) and the next one (n, 16, 16, 1), uint8; the darkness of each film (n,)."""
    how = {"size": side, "garments": 1, "sides": (10, 11), "speeds": (1, 2)}
    films = sequences.moving_garments(garments, n, seen + 1, seed=seed, **how).frames
    dark = np.random.default_rng(seed).integers(0, longest + 1, n)
    moment = dark[:, None] + np.arange(seen)  # (n, 6), which frame of the film would stand there
    lit = moment < seen
    frames = films[np.arange(n)[:, None], np.minimum(moment, seen - 1)]  # (n, 6, 16, 16, 1)
    return frames * lit[..., None, None, None], films[:, seen], dark


films = failing_lamp(pictures, n_films, seed=1)
shown = [int(np.flatnonzero(films[2] == d)[0]) for d in (0, 2, 4)]
rows = {f"dark for {films[2][i]}": np.concatenate([films[0][i], films[1][i : i + 1]]) for i in shown}
figure = plots.pairs(rows, title="Six frames, and the wanted one", captions=[*range(6), "next"])
plots.show(
    figure,
    alt="Three rows of seven small frames with a moving garment; in the second row the last two of six "
    "are black, in the third the last four.",
)

# %% [markdown]
# Four networks, each for a corner of the question. The CNN is given the last three frames as channels, or all
# six. What stands in the way of the three-frame CNN is no lack of weights: from $d=3$ on, all it sees is
# black, for every film.


# %%
def window_cnn(window, width):
    """A CNN that sees the last `window` frames stacked as channels, (n, 6, 16, 16, 1) -> (n, 16, 16, 1)."""
    film = keras.Input((seen, side, side, 1))
    x = layers.Permute((2, 3, 1, 4))(film[:, seen - window :])  # (n, 16, 16, window, 1)
    x = layers.Reshape((side, side, window))(x)
    x = layers.Conv2D(width, 4, strides=2, padding="same", activation="relu")(x)
    for _ in range(2):
        x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)  # (n, 8, 8, width)
    return keras.Model(film, layers.Conv2DTranspose(1, 4, strides=2, padding="same")(x))


def recurrent_cnn(width):
    """The same eyes and hands around a state (n, 8, 8, width): lesson <<the_next_frame>>'s recurrent convolution."""
    film = keras.Input((seen, side, side, 1))
    look = layers.Conv2D(width, 4, strides=2, padding="same", activation="relu")
    remember = rnn.ConvGRU(width)
    looks = [look(film[:, t]) for t in range(seen)]  # (n, 8, 8, width) each
    state = ops.zeros_like(looks[0])
    for x in looks:
        state = remember(x, state)
    return keras.Model(film, layers.Conv2DTranspose(1, 4, strides=2, padding="same")(state))


# %%
def lstm(units):
    """The articles' recurrent network, with the projection back to pixels that they forgot."""
    film = keras.Input((seen, side, side, 1))
    x = layers.Reshape((seen, side * side))(film)  # (n, 6, 256)
    x = layers.Dense(side * side)(layers.LSTM(units)(x))  # (n, 256)
    return keras.Model(film, layers.Reshape((side, side, 1))(x))


film_networks = {
    "LSTM": lambda: lstm(23),
    "CNN, 3 frames": lambda: window_cnn(3, 40),
    "CNN, 6 frames": lambda: window_cnn(6, 39),
    "recurrent CNN": lambda: recurrent_cnn(24),
}
count = {name: build().count_params() for name, build in film_networks.items()}
wanted = np.mean(list(count.values()))
for name, number in count.items():
    millions = operations.count(film_networks[name]()).multiply_adds / 1e6
    off = number / wanted - 1
    print(f"{name:14s} {number:,} weights ({off:+.1%} from the mean), {millions:4.1f} million products")
print(f"the LSTM's layer has {lstm_weights(side * side, 23):,}; the others project back to pixels")

# %% [markdown]
# The error is a share: squared error over that of the mean frame, so that 1 means "knows nothing of this
# film". All four are trained on the same films with Adam at 0.003, the better of two rates for each of them
# on other films of training garments, for as many steps as fit into a few seconds, printed below. A film
# costs the LSTM little and the recurrent CNN much: a weight of a convolution is used at every place, and
# one of a state at every frame.


# %%
def cosine(rate, steps):
    """Adam whose rate falls along half a cosine to 0."""
    return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, steps))


def trained_on_films(name, seed):
    """A network that has learnt to give the next frame, and the seconds it took."""
    runtime.seed(seed)
    model = Supervised(film_networks[name](), "mean_squared_error", seed=seed)
    model.compile(cosine(3e-3, film_steps[name]), steps_per_execution=per_call)
    began = time.perf_counter()
    batches = data.Batches(films[:2], batch_size=32, seed=seed)
    model.fit(batches, steps_per_epoch=film_steps[name], verbose=0)
    return model, time.perf_counter() - began


film_runs = {
    name: [trained_on_films(name, seed) for seed in seeds] for name in film_steps if "frames" in name
}

# %%
film_runs |= {
    name: [trained_on_films(name, seed) for seed in seeds] for name in film_steps if name not in film_runs
}

# %% [markdown]
# Everything about the films is chosen and trained, so the test garments may be loaded: they make films that
# nobody has seen, and later the last word on names and drawings. No training reads them.

# %% tags=["final"]
test_pictures, test_labels = data.load("fashion", "test")  # (10000, 28, 28, 1) uint8, (10000,)
frames, right, dark = failing_lamp(test_pictures, n_held_out, seed=2)
target = data.signed(right)
mean_frame = data.signed(films[1]).mean(axis=0)  # (16, 16, 1)
nothing_known = np.mean((target - mean_frame) ** 2)


def share_of_error(given):
    """Squared error over that of the mean frame, for each darkness 0 ... 4."""
    each = np.mean((given - target) ** 2, axis=(1, 2, 3)) / nothing_known  # (n_held_out,)
    return [each[dark == d].mean() for d in range(longest + 1)]


# %% covers="C8"
given = {
    name: [model.predict(data.signed(frames), batch_size=500, verbose=0) for model, _ in runs]
    for name, runs in film_runs.items()
}
film_errors = {name: np.array([share_of_error(one) for one in runs]) for name, runs in given.items()}
lines, bands = {}, {}
for name, errors in film_errors.items():  # (seeds, 5)
    found = [inference.mean(column) for column in errors.T]
    lines[name] = [one.value for one in found]
    bands[name] = [one.low for one in found], [one.high for one in found]
lines["the mean frame"] = share_of_error(mean_frame)
figure = plots.curves(
    lines,
    xlabel="how long the lamp was out (frames)",
    ylabel="error (1 = the mean frame, all films)",
    title=f"The next frame, {len(seeds)} seeds",
    bands=bands,
)
figure.axes[0].set(xticks=range(longest + 1), ylim=(0, 1.6))
plots.show(
    figure,
    alt="Error over darkness: the CNN with three frames rises and joins the line of the mean frame at three dark "
    "frames; the others stay about level, far below it.",
)

# %%
parts = {"in view": [0], "in the dark": [3, 4]}  # darkness, in frames
film_table = {
    name: {part: inference.mean(errors[:, which].mean(axis=1)) for part, which in parts.items()}
    for name, errors in film_errors.items()
}
print(f"{'':14s} {'lamp on':>22s} {'dark for 3 or 4':>22s} {'seconds':>8s}")
for name, row in film_table.items():
    lit, gone = row.values()
    print(f"{name:14s} {lit!s:>22s} {gone!s:>22s} {np.mean([run[1] for run in film_runs[name]]):8.1f}")
runtime.record("film_error", film_table, films=n_held_out, weights=count)


# %%
def compared(tables, pairs):
    """Prints whether rows of {name: {part: estimate}} differ, judged together; pairs: (one, other, part)."""
    found = {
        f"{part}: {one} − {other}": inference.difference(
            tables[one][part].runs, tables[other][part].runs, paired=False
        )
        for one, other, part in pairs
        if {one, other} <= set(tables) and tables[one][part].n > 1  # the profile smoke has one seed
    }
    for said, difference in inference.holm(found).items():
        print(f"{said:44s} {difference.said()}")


windows = (("CNN, 3 frames", "in view"), ("CNN, 3 frames", "in the dark"), ("CNN, 6 frames", "in the dark"))
compared(film_table, [(name, *window) for window in windows for name in ("LSTM", "recurrent CNN")])
some = [int(i) for i in np.flatnonzero(dark == 4)[:8]]

# %%
rows = {"last seen": frames[some, 1], "wanted": right[some]} | {
    name: np.clip(runs[0][some], -1, 1) for name, runs in given.items()
}
figure = plots.pairs(rows, title="After four dark frames: what each network gives")
plots.show(
    figure,
    alt="Eight films: the CNN with three frames gives the same grey cloud for all of them; the one with six gives "
    "soft blobs in about the right place, the LSTM softer ones, the recurrent CNN faint ones, half of them hardly visible.",
)

# %% [markdown]
# Read the figure twice.
#
# - **With the lamp on**, the answer depends on the last two or three frames. There a window is enough. The
#   LSTM is behind the three-frame CNN: it has to learn for each pixel apart what a convolution learns for
#   all. So is the recurrent CNN, which goes through all six frames one by one and takes a fifth of the steps
#   in more seconds.
# - **In the dark** the three-frame CNN gives what the formula says it must: the mean frame, the same for
#   every film. (That line is 1 over all films; those of one darkness happen to be a little easier or
#   harder.) This is the failure, and not one of training, which could go on for ever. Networks with a state
#   hardly notice the darkness.
# - **The cure** is no recurrent network. The same CNN with a window that covers the darkness is as good
#   there as in the light, and both networks with a state are behind it. A state earns its place where nobody
#   can say how long the window has to be, or where it would be too long to pay for.
#
# All four are soft: squared error on what is not known for certain, and little training.
#
# ### Garments, and a shuffled wardrobe
#
# The other half of the claim: the same picture task. An LSTM can read a garment row by row, as lesson
# <<completing_and_restoring>>'s painter does: 28 steps of 28 pixels. A CNN slides over it. As a control, a
# dense network, for which pixels have no order at all. Equal weights, equal pictures; Adam at 0.005, on
# training pictures set aside the better of two rates for the LSTM, for the dense network, and for a CNN of
# nearly this form.
#
# Then two things are done to the pictures. **Permuted**: all of them, in training and test, have their pixels
# shuffled by one and the same random permutation, which you could undo; nothing is lost but which pixels are
# neighbours. **Moved**: trained on pictures as they are, tested on the same shifted by four pixels, right and
# down; what leaves the picture is lost to all three.


# %%
def rows_lstm(units):
    """Reads rows from top to bottom, (n, 28, 28, 1) -> logits (n, 10)."""
    picture = keras.Input((28, 28, 1))
    x = layers.LSTM(units)(layers.Reshape((28, 28))(picture))  # (n, units)
    return keras.Model(picture, layers.Dense(10)(x))


def small_cnn(widths):
    """Three convolutions and a mean over places, (n, 28, 28, 1) -> logits (n, 10)."""
    picture = keras.Input((28, 28, 1))
    x = layers.MaxPooling2D(2)(cnn.block(picture, widths[0], "block_1"))  # (n, 14, 14, 10)
    x = layers.MaxPooling2D(2)(cnn.block(x, widths[1], "block_2"))  # (n, 7, 7, 40)
    x = cnn.block(x, widths[2], "block_3")  # (n, 7, 7, 56)
    x = layers.GlobalAveragePooling2D()(x)  # (n, 56)
    return keras.Model(picture, layers.Dense(10)(x))


def dense(width):
    """Two hidden layers over all pixels, (n, 28, 28, 1) -> logits (n, 10)."""
    picture = keras.Input((28, 28, 1))
    x = layers.Flatten()(picture)  # (n, 784)
    for _ in range(2):
        x = layers.Dense(width, activation="relu")(x)
    return keras.Model(picture, layers.Dense(10)(x))


# %%
name_networks = {
    "LSTM over rows": lambda: rows_lstm(64),
    "CNN": lambda: small_cnn((10, 40, 56)),
    "dense": lambda: dense(30),
}
name_count = {
    name: sum(int(np.prod(weight.shape)) for weight in build().trainable_variables)
    for name, build in name_networks.items()
}
print(name_count)
shuffle = np.random.default_rng(1).permutation(784)


def permuted(some):
    """Pictures (n, 28, 28, 1) with their pixels in one other order."""
    return some.reshape(-1, 784)[:, shuffle].reshape(-1, 28, 28, 1)


def shifted(some):
    """Pictures (n, 28, 28, 1) moved by four pixels, right and down, with black coming in."""
    room = np.pad(some, ((0, 0), (4, 0), (4, 0), (0, 0)))
    return room[:, :28, :28]


# %%
some = pictures[:9]
rows = {"as they are": some, "moved": shifted(some), "permuted": permuted(some)}
figure = plots.pairs(rows, title="Three tasks")
plots.show(
    figure,
    alt="Nine garments; the same ones lower and further right, some cut off at the edge; and the same as grey noise.",
)


# %%
def trained_to_name(name, seed):
    """A classifier of garments as they are, and one of permuted ones."""
    models = []
    for change in (lambda some: some, permuted)[:name_times]:
        runtime.seed(seed)
        model = cnn.Classifier(name_networks[name](), mirrored=False, reach=0, seed=seed)
        model.compile(cosine(5e-3, name_steps), steps_per_execution=per_call)
        batches = data.Batches((change(pictures), labels), batch_size=64, seed=seed)
        model.fit(batches, steps_per_epoch=name_steps, verbose=0)
        models.append(model)
    return models


namers = {name: [trained_to_name(name, seed) for seed in seeds] for name in opponents}

# %%
namers["CNN"] = [trained_to_name("CNN", seed) for seed in seeds]

# %% covers="C8"
changes = {"as they are": lambda some: some, "moved": shifted, "permuted": permuted}
changes = dict(list(changes.items())[: name_times + 1])
which = {"as they are": 0, "moved": 0, "permuted": 1}  # of the two classifiers


def named_rightly(model, change):
    """The share of the test pictures, changed, that a classifier names rightly."""
    logits = model.predict(data.signed(change(test_pictures[:n_named])), batch_size=1000, verbose=0)
    return np.mean(logits.argmax(axis=1) == test_labels[:n_named])


name_table = {
    name: {
        task: inference.mean([named_rightly(models[which[task]], change) for models in runs])
        for task, change in changes.items()
    }
    for name, runs in namers.items()
}
for task in changes:
    print(f"{task:12s}", "   ".join(f"{name} {row[task]}" for name, row in name_table.items()))
rivals = [("CNN", name, task) for task in changes for name in ("LSTM over rows", "dense")]
compared(name_table, [*rivals, ("dense", "LSTM over rows", "as they are")])

# %%
runtime.record("named_rightly", name_table, steps=name_steps, weights=name_count)
figure = plots.bars(
    list(changes),
    {name: [one.value for one in row.values()] for name, row in name_table.items()},
    spread={
        name: ([one.low for one in row.values()], [one.high for one in row.values()])
        for name, row in name_table.items()
    },
    ylabel=f"named rightly (share of {n_named:,})",
    title="Garments at equal weights",
)
plots.show(
    figure,
    alt="Bars for LSTM, dense network and CNN: level on the pictures as they are, the CNN far ahead on moved "
    "ones, the dense network a little ahead on permuted ones.",
)

# %% [markdown]
# Who loses what:
#
# - **As they are**, nothing is decided between LSTM and CNN. The dense network has the highest mean:
#   garments of this set all stand upright in the middle, so that each pixel has a meaning by its place
#   alone. (Lesson <<name_it_find_it_judge_it>>'s CNN is far better, with more weights and several times as
#   many steps.)
# - **Moved**, the CNN is the only one that still names half of them. It was never shown a moved garment, but
#   a feature is the same feature four pixels further on, and the mean over places at its end does not ask
#   where. (Four pixels are one whole place of its last grid, the kindest shift for it.) The LSTM has weights
#   of its own for every column, the dense network for every pixel.
# - **Permuted**, the dense network loses nothing: it had no neighbours to lose. The CNN loses most, and has
#   the lowest mean. What it takes for granted, that near pixels belong together, is no longer true. That is
#   what "CNNs suit images" predicts, not what refutes it.
#
# So it is a statement about what is *done* with images: natural pictures in which things stand anywhere
# have the structure that a convolution assumes.
#
# ### Can a CNN draw?
#
# First, what the course has measured already. The first rival is the dense GAN of lesson <<one_scoreboard>>,
# which has as many seconds; the next three learn nothing:

# %%
board = (choosing.SCOREBOARD, "scores")
restores, translates = "restoring_photographs", "from_outline_to_picture"
rivals = [  # what; a CNN; its rival, with its name; unit
    ("new garments", (*board, "DCGAN", "distance"), (*board, "dense GAN", "distance"),
     "dense GAN", "distance, lower is better"),
    ("noise of 25", (restores, "denoise_25_shipped_psnr"),
     (restores, "denoise_25_cosines_psnr"), "thresholded cosines", "dB, higher is better"),
    ("enlarging ×2", (restores, "enlarge_2_shipped_psnr"), (restores, "enlarge_2_linear_filter_psnr"),
     "the best linear filter", "dB, higher is better"),
    ("holes", (restores, "inpaint_shipped_ssim_inside"),
     (restores, "inpaint_biharmonic_ssim_inside"), "biharmonic", "SSIM, higher is better"),
    ("drawings painted", (translates, "frechet, pixels and adversary"),
     (translates, "frechet, pixels only"), "the same CNN, pixel loss", "distance, lower is better"),
]  # fmt: skip
for what, place, rival_place, rival, unit in rivals:
    ours, theirs = choosing.look_up(*place), choosing.look_up(*rival_place)
    if ours is None or theirs is None:
        print(f"{what:17s} not measured here: run lesson {place[0]}")
    else:
        print(f"{what:17s} {ours:7.3g}   {rival}: {theirs:.3g} ({unit})")

# %% [markdown]
# Transforming: on four photographs, which decide little (lesson <<restoring_photographs>> has the
# intervals), a CNN stands beside rivals that learn nothing or fit one linear filter, and are at their best; a
# hole it fills about as well as a smooth plate. The last line has CNNs on both sides: what makes a drawing
# into a picture is the loss.
#
# Generating: lesson <<one_scoreboard>>'s two GANs differ in their discriminators, too. The fair question
# is: if *only* the generator changes, from dense to convolutional, at equal weights, against equal
# discriminators, do the pictures become worse? The convolutional one multiplies far more often, so the
# dense one gets a second chance: more steps, for about equal time.

# %%
generators = {
    "convolutional": lambda: gan.conv_generator(64),
    "dense": lambda: gan.dense_generator(64),
}
for name, build in generators.items():
    number = sum(int(np.prod(weight.shape)) for weight in build().trainable_variables)
    millions = operations.count(build()).multiply_adds / 1e6
    print(f"{name:14s} {number:,} weights, {millions:.1f} million multiplications a picture")

# %%
jury = judge.load("fashion")
garments = data.Batches(pictures, batch_size=64, seed=1)


def play(name, seed):
    """Trains a generator against lesson <<convolutions_that_draw>>'s discriminator: [(pictures, seconds), ...]."""
    runtime.seed(seed)
    model = gan.GAN(generators[name](), gan.conv_discriminator(), seed=seed)
    model.compile(steps_per_execution=per_call)
    told, seconds = [], 0.0
    for steps in game_steps[name]:
        began = time.perf_counter()
        model.fit(garments, steps_per_epoch=steps, verbose=0)
        seconds += time.perf_counter() - began
        told.append((model.generate(n_score, seed=7), seconds))
    return told


budgets = {
    "convolutional": ("convolutional",),
    "dense": ("dense, equal steps", "dense, equal time"),
}
drawer = next(iter(game_steps))  # the convolutional one; the other has a cell of its own
games = {drawer: [play(drawer, seed) for seed in seeds]}

# %% covers="C7"
games |= {name: [play(name, seed) for seed in seeds] for name in game_steps if name != drawer}
distances, lasted = {}, {}
for name, runs in games.items():
    for i, budget in enumerate(budgets[name]):
        distances[budget] = {"distance": inference.mean([jury.frechet(told[i][0], "test") for told in runs])}
        lasted[budget] = np.mean([told[i][1] for told in runs])
for name, row in distances.items():
    print(f"{name:19s} distance {row['distance'].named()} after {lasted[name]:.0f} s")
compared(distances, [(budgets[drawer][0], budget, "distance") for budget in budgets["dense"]])
runtime.record(
    "generator_distance", {name: row["distance"] for name, row in distances.items()},
    judge=jury.version, samples=n_score, seconds=lasted,
)  # fmt: skip

# %% [markdown]
# The convolutional generator is nearer, after equal steps and after equal time. It is one budget of a few
# seconds, and which budget gets printed is a choice as well.
#
# ### What really fails
#
# One article's CNN (row S4) emits an image and is told nothing but a squared error. Here is that objective,
# put to both generators: noise goes in, a training picture is the target, and the noise has nothing to do
# with the picture. And the same convolutional network twice more: with the adversary, as above, and as the
# decoder of a VAE, where an encoder says *which* picture is meant.


# %%
class FromNoise(Supervised):
    """Regression from noise to pictures: the target of a noise vector is whatever picture comes next."""

    def pair(self, batch):
        return self.noise((batch.shape[0], 64)), batch  # (64, 64), (64, 28, 28, 1)


latents = keras.random.normal((n_score, 64), seed=7)
drawn = {}
for name, steps in mean_steps.items():
    runtime.seed(1)
    model = FromNoise(generators[name](), "mean_squared_error", seed=1)
    model.compile(cosine(1e-3, steps), steps_per_execution=per_call)
    model.fit(garments, steps_per_epoch=steps, verbose=0)
    drawn[f"{name}, regression"] = model.predict(latents, batch_size=500, verbose=0)

# %% covers="C7"
runtime.seed(1)
coder = vae.CalibratedVAE(vae.dense_encoder(64), generators[drawer](), seed=1)
coder.compile(keras.optimizers.Adam(1e-3), steps_per_execution=per_call)
coder.fit(garments, steps_per_epoch=code_steps, verbose=0)
drawn[f"{drawer}, VAE"] = coder.decode(np.asarray(latents))
drawn[f"{drawer}, GAN"] = games[drawer][0][-1][0]
drawn["the same, shipped"] = generator.predict(latents, batch_size=500, verbose=0)
mean_picture = data.signed(pictures).mean(axis=0)  # (28, 28, 1)
spread = data.signed(pictures[:5000]).std(axis=0).mean()

# %%
for name, made in drawn.items():
    off = np.sqrt(np.mean((made.mean(axis=0) - mean_picture) ** 2))
    differ, far = made.std(axis=0).mean() / spread, jury.frechet(made)
    print(f"{name:26s} distance {far:5.1f}   differ {differ:.2f}   mean off by {off:.3f}")
    runtime.record(f"objective_{name}", far, judge=jury.version, samples=n_score, differ=differ)
figure = plots.pairs(
    {name: made[:9] for name, made in drawn.items()},
    title="One network at three objectives (and a dense one)",
)
plots.show(
    figure,
    alt="Rows of nine pictures: both regressions give one grey cloud again and again; the VAE dim, soft shapes; the "
    "short GAN bright blobs, each different; the shipped GAN garments.",
)

# %% [markdown]
# *differ* is the spread of the pictures over their latents, as a share of the spread of real ones; *mean
# off* is how far their mean is from the mean training picture (root of the mean square, pixels from -1 to
# 1). Regression gives the mean picture, whichever network is asked, because noise says nothing of the
# picture. Had you met only that experiment, with a CNN, you might have written that CNNs cannot draw. Put
# the dense generator beside it, and the fault moves to where it is: the objective.
#
# The cures keep the network and change the question. An adversary asks whether the picture could be one of
# them, which of them does not matter; after these few seconds it has got as far as blobs of the right kind,
# and the shipped weights of the same network show where it leads. An encoder tells the decoder which
# picture is meant, so that there is a right answer again. (What you see of it are random codes, after few
# steps. A third cure, a distance between two sets of pictures, is in lesson <<one_scoreboard>>.)
#
# ## When it goes wrong
#
# ### Choosing by one run
#
# You have seen intervals overlap. What if one chooses without them? To play that through a thousand times
# takes networks that train in no time. Here are two: one hidden layer of 31 units, or two of 30, with equally
# many weights within one per cent, on 2,000 garments, forty seeds each. All forty are trained at once: their
# weights have one more axis. So a seed is here a draw of the starting weights; the batches are the same for
# all.


# %%
def many(networks, widths):
    """`networks` dense networks side by side: pictures (n, 28, 28, 1) -> logits (n, networks, 10)."""
    picture = keras.Input((28, 28, 1))
    x, inputs, product = layers.Flatten()(picture), 784, "ni,sio->nso"
    for width in (*widths, 10):
        start = keras.initializers.RandomNormal(stddev=np.sqrt(2 / inputs))
        bend = None if width == 10 else "relu"
        x = layers.EinsumDense(
            product, (networks, width), bias_axes="so", activation=bend, kernel_initializer=start
        )(x)  # (n, networks, width)
        inputs, product = width, "nsi,sio->nso"
    return keras.Model(picture, x)


# %%
unseen = np.concatenate([pictures[48_000:], others])  # (2000 + n_unseen, 28, 28, 1)
unseen_labels = np.concatenate([labels[48_000:], names_of_others])


def train_many(network, rates, smoothing, examples):
    """Trains each network at its own rate; returns which of `unseen` it names rightly, (2000 + n_unseen, networks)."""
    rates, smoothing = np.float32(rates), np.float32(smoothing)[:, None]

    def loss(wanted, logits):  # (n,), (n, networks, 10)
        hot = ops.one_hot(ops.cast(wanted, "int32"), 10)[:, None]
        hot = (1 - smoothing) * hot + smoothing / 10  # label smoothing
        log_p = logits - ops.logsumexp(logits, axis=-1, keepdims=True)
        return -ops.sum(hot * log_p, axis=-1) * rates * len(rates)  # (n, networks)

    model = Supervised(network, loss, seed=1)
    model.compile(keras.optimizers.SGD(1.0, momentum=0.9), steps_per_execution=per_call)
    batches = data.Batches((pictures[:examples], labels[:examples]), batch_size=64, seed=1)
    model.fit(batches, steps_per_epoch=search_steps, verbose=0)
    logits = model.predict(data.signed(unseen), batch_size=500, verbose=0)
    return logits.argmax(axis=-1) == unseen_labels[:, None]


# %% [markdown]
# A loss times a rate, with plain gradient descent at rate 1, takes the same steps as the loss at that rate;
# momentum does not change that. So one training serves networks with rates of their own. (Adam would undo it:
# it divides by the size of the gradient.)

# %%
candidates = {}
for name, widths in (("one layer", (31,)), ("two layers", (30, 30))):
    runtime.seed(2)
    hits = train_many(many(40, widths), [0.03] * 40, [0.0] * 40, examples=2000)
    candidates[name] = hits[2000:]  # (n_unseen, 40)
truth = {name: right.mean() for name, right in candidates.items()}
better, worse = sorted(truth, key=truth.get, reverse=True)
for name, right_ones in candidates.items():
    each = right_ones.mean(axis=0)  # (40,)
    print(
        f"{name:10s} {each.mean():.4f} over forty seeds; single ones from {each.min():.3f} to {each.max():.3f}"
    )
print("called the truth from here on:", better, "is better")


# %%
def play_choices(n_seeds, n_pictures, by_interval, seed=0):
    """Shares of choices that are right, wrong and not decided, over `draws` draws."""
    rng, ends = np.random.default_rng(seed), []
    for _ in range(draws):
        looked = rng.choice(n_unseen, n_pictures, replace=False)
        runs = [rng.choice(40, n_seeds, replace=False) for _ in range(2)]
        good, bad = (
            candidates[name][looked][:, run].mean(axis=0)
            for name, run in zip((better, worse), runs, strict=True)
        )  # (n_seeds,) each
        low = high = good.mean() - bad.mean()
        if by_interval:
            gain = inference.difference(good, bad, paired=False)
            low, high = gain.low, gain.high
        ends.append("right" if low > 0 else "wrong" if high < 0 else "not decided")
    return {end: ends.count(end) / draws for end in ("right", "wrong", "not decided")}


# %%
half = n_unseen // 2
rules = {
    "one seed, 100 pictures": (1, 100, False),
    f"one seed, {half:,} pictures": (1, half, False),
    f"three seeds, {half:,} pictures": (3, half, False),
    "three seeds and an interval": (3, half, True),
    "twelve seeds and an interval": (12, half, True),
}
choices = {name: play_choices(*rule) for name, rule in rules.items()}
runtime.record("choices", choices, draws=draws)
for name, ends in choices.items():
    print(
        f"{name:29s} right {ends['right']:.0%}, wrong {ends['wrong']:.0%}, not decided {ends['not decided']:.0%}"
    )

# %% [markdown]
# *Not decided* without an interval is a tie; with one it means that 0 lies in Welch's interval. Choosing by
# one run on a hundred pictures, one takes the wrong network in every third case or so. More pictures alone
# do not cure it, because the seed is left. With an interval the choice is hardly ever wrong, at a price:
# three seeds nearly always say that it is not decided. That is their lack of *power*, no proof that the two
# are equal; and it says what to do next: more seeds, of which twelve decide far more often, or whichever
# network is cheaper, since a difference that takes so many seeds to see is small.
#
# ### Searching over settings
#
# The last line of the articles' advice is to search. Two settings of a small network, one layer of 24 units:
# the learning rate between 0.0001 and 1, and label smoothing $\varepsilon$ (the wanted probability becomes
# $1-\varepsilon+\varepsilon/10$ for the right name, $\varepsilon/10$ for each other one; Szegedy et al.)
# between 0.001 and 0.3. Both scales are logarithmic, because what matters in a rate is its factor: from 0.001
# to 0.002 changes as much as from 0.1 to 0.2.
#
# ## Exercise: a random setting
#
# Turn a chance, uniform in [0, 1), into a setting between `low` and `high` whose *logarithm* is uniform. All
# are NumPy's; two settings at once come as columns, `chance` `(n, 2)` with `low` and `high` `(2,)` each.


# %% tags=["exercise"]
def log_uniform(chance, low, high):
    """Numbers (n,) in [0, 1) to settings (n,) between low and high, evenly spread over their logarithm."""
    ...


# %% tags=["solution"]
def log_uniform(chance, low, high):
    """Numbers (n,) in [0, 1) to settings (n,) between low and high, evenly spread over their logarithm."""
    return low * (high / low) ** np.asarray(chance)


# %% tags=["check"]
log_uniform = check.log_uniform(log_uniform)

# %% [markdown]
# With sixteen trainings to spend, a grid of 4×4 tries four rates, each four times. Random search tries
# sixteen rates, which is better where only one setting matters (Bergstra and Bengio). Eight random searches
# against one grid, all 144 networks at once; chosen on 2,000 training pictures that no network learns from,
# the validation pictures for the last word.

# %%
low, high = np.array([1e-4, 1e-3]), np.array([1.0, 0.3])  # rate, smoothing
steps_of_grid = np.stack(np.meshgrid(np.arange(4) / 3, np.arange(4) / 3), axis=-1)
chances = [
    steps_of_grid.reshape(16, 2),
    *np.random.default_rng(4).random((8, 16, 2)),
]  # (16, 2) each, nine of them
settings = np.concatenate([log_uniform(chance, low, high) for chance in chances])  # (144, 2)
runtime.seed(3)
hits = train_many(many(144, (24,)), settings[:, 0], settings[:, 1], examples=1000)
validation, last = hits[:2000].mean(axis=0), hits[2000:].mean(axis=0)  # (144,) each

# %% covers="X1"
found = []
for first in range(0, 144, 16):
    best = first + validation[first : first + 16].argmax()
    found.append(last[best])
    if first in (0, 16):
        print(
            f"{'grid' if first == 0 else 'random'}: rate {settings[best, 0]:.4f}, smoothing "
            f"{settings[best, 1]:.3f}: {last[best]:.3f} of fresh pictures"
        )
random = inference.mean(found[1:], of="searches")
print(f"random searches: {random.named()}; grid {found[0]:.3f}")
print(f"random − grid: {inference.difference(found[1:], found[0], paired=False, of='searches').said()}")
runtime.record("random_search", random, grid=found[0])

# %%
of_grid = last[:16].reshape(4, 4)  # (smoothings, rates)
for setting, means in {"rate": of_grid.mean(axis=0), "smoothing": of_grid.mean(axis=1)}.items():
    print(f"grid, means of the four values of the {setting}: {', '.join(f'{m:.2f}' for m in means)}")
order = np.argsort(settings[16:, 0]) + 16
figure = plots.curves(
    {
        "random": (settings[order, 0], last[order]),
        "grid": (settings[:4, 0], of_grid.mean(axis=0)),
    },
    xlabel="learning rate",
    ylabel="named rightly (share)",
    title="128 random settings and a grid of 16, over the setting that matters",
    log="x",
)
plots.show(
    figure,
    alt="Accuracy over the logarithm of the rate: a slope, a broad plateau between 0.002 and 0.05, and a cliff near "
    "0.1; two of the grid's four rates stand on the plateau.",
)

# %% [markdown]
# Here the two are level, though only one setting matters: the smoothing moves little, as the printed means
# say. The plateau is so broad that two of the grid's four rates stand on it; half of the grid was wasted
# all the same, and a good part of the random settings; and the cliff on the right is steep. Always search
# such a setting on a logarithmic scale, look at the curve, and see whether its top is at an end: the grid's
# winner has the largest smoothing that was tried. Where smoothing mattered, one would have to go on beyond
# it.
#
# ### Choosing on the test set
#
# What if one keeps the setting with the best score on some pictures, and reports that score? Each score is
# the truth plus chance, and the highest has more luck than most: $\mathbb E\max_j m_j\ge\max_j\mathbb
# E\,m_j$, where $m_j$ is the score of setting $j$ on the pictures at hand. On fresh pictures no choice can
# expect more than the right side. The gift shrinks with the number of pictures: count how fast.
#
# ## Exercise: by how much the chosen one is overrated
#
# In each trial, every setting was scored on the pictures used to choose (`seen`) and on fresh ones (`fresh`),
# both NumPy arrays. Choose the highest in `seen`, of equal ones the first; return the mean over trials of its
# score there minus its score on fresh pictures.


# %% tags=["exercise"]
def optimism(seen, fresh):
    """Scores (trials, settings), twice, to one number."""
    ...


# %% tags=["solution"]
def optimism(seen, fresh):
    """Scores (trials, settings), twice, to one number."""
    trials = np.arange(len(seen))
    best = seen.argmax(axis=1)  # (trials,)
    return np.mean(seen[trials, best] - fresh[trials, best])


# %% tags=["check"]
optimism = check.optimism(optimism)

# %%
rng = np.random.default_rng(5)
sizes, gifts = [size for size in (50, 100, 300, 1000, 3000) if size <= half], {}
for size in sizes:
    seen_scores, fresh_scores = [], []
    for _ in range(draws // 10):
        mixed = rng.permutation(n_unseen)
        seen_scores.append(hits[2000:][mixed[:size]].mean(axis=0))  # (144,)
        fresh_scores.append(hits[2000:][mixed[size:]].mean(axis=0))
    gifts[size] = optimism(np.array(seen_scores), np.array(fresh_scores))
    print(f"chosen on {size:5,d} pictures: reported {gifts[size]:+.3f} too high")
    runtime.record(f"optimism_{size}", gifts[size], settings=144, trials=draws // 10)

# %% [markdown]
# On a hundred pictures the best setting would have been printed several points better than it is, without
# anybody lying. The cure is the split: choose on validation pictures, look once at the others, and print
# that.
#
# ## Which model, then?
#
# Five questions, in this order. *Is there one right answer?* *What does it depend on?* *How many pictures?*
# *How long may it take?* *Is it decided?* The menus answer from what the lessons measured; every number is
# read from the results when you run this cell. For new pictures, the order is that of lesson
# <<one_scoreboard>>'s scoreboard; elsewhere that in which the lessons would try.

# %% covers="X1"
chooser = widgets.Chooser(
    choosing.answer,
    {"problem": choosing.PROBLEMS, "pictures": choosing.AMOUNTS, "training": choosing.TIMES},
    rows=[
        ("problem", "to try, in this order", "pictures", "training", "measured"),
        *choosing.table(),
    ],
    caption="Which model: problem, pictures to learn from, training on two cores",
)
chooser.show()

# %% [markdown]
# And for the wall: one page of A4, as PDF and PNG in a new folder below `my_art`. A bar at the left joins
# neighbours whose order is not decided.

# %%
out = runtime.art_folder()  # a new folder of this run, below my_art
page = choosing.sheet()
page.savefig(out / "choosing_a_model.pdf")
page.savefig(out / "choosing_a_model.png", dpi=200)
print(out / "choosing_a_model.pdf")
plots.show(
    page,
    alt="A page: five questions with advice, and below them a table of problems, models to try, pictures and training "
    "needed, and what the course measured.",
)

# %% [markdown]
# **Combine them**, the articles add: lesson <<combining_and_sharing>> asks which combinations pay. What the
# table cannot know is your pictures. Take its first line, and its cheapest line as a rival.
#
# ### The tools
#
# The articles name tools and data sets. Which of them this course stands on, and what takes the place of the
# others:

# %% covers="X3"
tools = [
    ("TensorFlow", "tensorflow", "computes; what the lessons run on"),
    ("Keras", "keras", "layers and training, all lessons"),
    ("PyTorch", "torch", "a second backend for the same lessons (KERAS_BACKEND=torch)"),
    ("PIL", "pillow", "reads and writes pictures and films"),
    ("scikit-image", "scikit-image", "SSIM, and rivals without learning in 4.2"),
    ("OpenCV", "opencv-python", "not used: scikit-image stands for it"),
]
for name, package, use in tools:
    try:
        version = importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        version = "not here"
    print(f"{name:13s} {version:>9s}  {use}")
print("MNIST, CIFAR-10  data.load('mnist', 'train', source='tfds', download=True); Fashion-MNIST is bundled")
print("ImageNet         not its pictures, but features learnt from them: EfficientNet-Lite0 in 4.5")

# %% [markdown]
# ### Where it is going
#
# A trend needs two dates, and a course has one. What it can show are single ideas behind the trends that the
# articles expect, each without and with, on the same task. (More variety: no such pair was measured.)

# %% covers="X2"
ideas = [  # the trend; the idea; what is measured; without, with
    ("better quality, cheaper training", "averaged weights", "distance after equal steps",
     ("convolutions_that_draw", "one_knob", "no moving average"),
     ("convolutions_that_draw", "one_knob", "small")),
    ("on request", "a label told loudly", "share of orders kept",
     ("a_space_of_pictures", "asked_agreement_quiet"), ("a_space_of_pictures", "asked_agreement_loud")),
    ("stronger editing", "hair changed in the code", "error",
     ("a_space_of_pictures", "hair_error_hair_changed_in_pixels"),
     ("a_space_of_pictures", "hair_error_hair_changed_in_the_code")),
]  # fmt: skip
for trend, idea, what, *places in ideas:
    without, by_it = (choosing.look_up(*place) for place in places)
    said = choosing.NOT_HERE if None in (without, by_it) else f"{without:.3g} without, {by_it:.3g} with"
    print(f"{trend:33s} {idea:25s} {what}: {said}")

# %% [markdown]
# ## Verdict
#
# - *RNNs suit sequences, CNNs images* (C8): **in part, and not for the reason given.** On films whose past
#   fits into a window, both recurrent networks are behind the CNN. Where it does not fit, only a state, or a
#   wider window, helps. On centred garments nothing is decided between LSTM and
#   CNN; on moved ones the CNN is far ahead; on shuffled ones it loses what it lives on. What decides is
#   which assumption is true of the data. And the two are no alternatives: the recurrent CNN is both.
# - *CNNs are poor at generating and transforming* (C7): **fails.** With everything else equal, the
#   convolutional generator is nearer. CNNs take noise off and enlarge about as well as the best
#   rivals that learn nothing or one filter, and fill holes hardly better than a smooth plate; and what
#   paints drawings is one, with the right loss. What is poor is regression from noise, and a dense network
#   is as poor at it.
# - *Choose by problem, data, compute* (X1): **yes**, with two additions that the articles leave out: which
#   *loss*, and how sure one can be. Choosing by one run, or on the test pictures, is measured above.
# - What was not measured: sequences other than films, pictures other than grey garments, longer training,
#   larger networks. Three seeds leave open what a dozen might decide.
#
# ## What to read
#
# - Bergstra, Bengio, *Random search for hyper-parameter optimization*, Journal of Machine Learning Research
#   13, 2012, [jmlr.org](https://www.jmlr.org/papers/v13/bergstra12a.html): why a grid wastes its trainings.
# - Bai, Kolter, Koltun, *An empirical evaluation of generic convolutional and recurrent networks for sequence
#   modeling*, 2018, [1803.01271](https://arxiv.org/abs/1803.01271): the same comparison on text, music and
#   numbers, permuted digits among them.
# - Lucic, Kurach, Michalski, Gelly, Bousquet, *Are GANs created equal?*, NeurIPS 2018,
#   [1711.10337](https://arxiv.org/abs/1711.10337): what is left of differences between models once each is
#   searched and seeded alike.
# - Bouthillier et al., *Accounting for variance in machine learning benchmarks*, MLSys 2021,
#   [2103.03098](https://arxiv.org/abs/2103.03098): which chances enter a comparison, and how many runs it
#   takes.
# - Hochreiter, Schmidhuber, *Long short-term memory*, Neural Computation 9(8), 1997,
#   [doi 10.1162/neco.1997.9.8.1735](https://doi.org/10.1162/neco.1997.9.8.1735).
