# %% [markdown]
# # Turning and sliding
#
# **A network that makes pixels turns a garment too little, and less the longer it goes on; one that finds the
# angle, and leaves the turning to geometry, goes on turning.**
#
# ## What you will be able to do
#
# - write a turn and a shift as one matrix, and draw with it by asking each pixel where it comes from;
# - find the motion in a few frames without any network, to a few hundredths of a degree;
# - tell what a network has learnt from what it has been shown, by speeds, directions and garments kept out of
#   training;
# - measure whether a made film turns at all, which no error in pixels tells;
# - recognise a target that teaches a network to do nothing;
# - put geometry inside a network, so that it learns three numbers in place of a thousand pixels.
#
# ## Prerequisites
#
# Lesson <<the_next_frame>> (the recurrent network of cells, free running). You can multiply a matrix by a
# vector, and know what sine and cosine do to a point on a circle.

# %%
from course_lib import runtime

runtime.start(lesson="turning_and_sliding", seed=1)

# %%
import inspect

import keras
import numpy as np
from keras import ops
from scipy import ndimage, optimize
from skimage.registration import phase_cross_correlation

from course_lib import callbacks, check, data, inference, metrics, plots, training
from course_lib.data import motions
from course_lib.models import motion, rnn
from course_lib.models.supervised import Supervised

# %% tags=["knobs"]
given, ahead = 4, 8  # frames that are seen, and frames to be made
n_train = runtime.pick(smoke=32, quick=3000, full=20_000)  # films to learn from
n_look = runtime.pick(smoke=4, quick=24, full=100)  # films of each kind, and at each speed, to look at
n_test = runtime.pick(smoke=4, quick=48, full=200)  # films of each kind that the verdict rests on
steps = runtime.pick(smoke=2, quick=420, full=8000)  # of each network that makes pixels
finder_steps = runtime.pick(smoke=2, quick=1000, full=8000)  # of the one that finds the motion
wrong_steps = runtime.pick(smoke=1, quick=10, full=50)  # eight times, with the wrong target
per_call = runtime.pick(smoke=1, quick=10, full=50)  # training steps in one call of the backend

# %% [markdown]
# A film in which a garment turns, by the same angle from each frame to the next. You will see four frames of
# such films, and go on with such films, and with some that slide, in seven ways.

# %%
new, new_labels = data.load("fashion", "validation")  # (10000, 28, 28, 1), (10000,), kept from training
bags = np.isin(new_labels, (5, 8))  # sandals and bags, which no network will be shown
opening = motions.moving_pictures(new[~bags], 3, turns=((9, 10),), kinds=("turn",), seed=4)
figure = plots.pairs(
    {f"{angle:.1f}° a frame": film for angle, film in zip(opening.angles, opening.frames, strict=True)},
    title="One angle, repeated",
    captions=range(given + ahead),
)
plots.show(
    figure,
    alt="Three rows of twelve frames, in each of which a garment turns counter-clockwise by equal angles.",
)

# %% [markdown]
# ## From the documents
#
# Two of the articles say what recurrent networks are for in pictures:
#
# | the articles say | in this lesson |
# |---|---|
# | an RNN can rotate, shift and translate pictures, edit and restore them (C9) | turning and shifting (U6): networks, inside and outside of what they were shown, against a warp that knows nothing but geometry. Translating is lesson <<from_outline_to_picture>>, restoring <<completing_and_restoring>> and <<restoring_photographs>> |
# | it learns by making the distance between the edited and the *original* picture small | trained as written, then measured |
#
# (The course's `docs/claims.md` says what became of each claim.)
#
# ## The idea
#
# A film that turns or slides is one small step, repeated. Whoever is to go on with it can do one of two
# things:
#
# ```
#  frames 0 … 3 ──► network ──► the pixels of frame 4 ──► network ──► the pixels of frame 5 ──► …
#
#  frames 0 … 3 ──► the step: an angle and a shift ──► repeat it k times ──► move frame 3 by that
# ```
#
# The upper way needs no idea of what motion is; it has to learn what each of a thousand pixels becomes. The
# lower way has three numbers to find, and everything else is known since Euclid. The articles speak of the
# upper one.
#
# The films: a garment of 16 × 16 pixels on a canvas of 32 × 32. About half of the films turn about the
# middle, the others slide in a straight line, at speeds that are not whole pixels. Each frame is resampled
# from the original of 28 × 28, so that nobody who sees the frames can know the next one exactly. Films of
# training have seven frames, those to be judged by twelve. You look at films of garments kept from training;
# the test set waits until the verdict. Training leaves gaps, on purpose:

# %%
pictures, labels = data.load("fashion", "train")  # (50000, 28, 28, 1), (50000,)
shown = pictures[~np.isin(labels, (5, 8))]
films = motions.moving_pictures(shown, n_train, given + 3, seed=1)  # frames (n_train, 7, 32, 32, 1)
KINDS = {  # name: how they move; by default as in training, half of them turning and half sliding
    "new garments": {},
    "turns of training": {"kinds": ("turn",)},
    "slides of training": {"kinds": ("slide",)},
    "speeds between": {"turns": ((11, 13),), "slides": ((0.85, 0.95),)},
    "faster": {"turns": ((20, 25),), "slides": ((1.3, 1.45),)},
    "other directions": {"kinds": ("slide",), "directions": (290, 340)},  # to the right and down
    "both at once": {"kinds": ("both",)},
    "bags and sandals": {},
}


turning = np.abs(films.angles[films.angles != 0])
slow, quick = turning[turning < 12], turning[turning > 12]
print(
    f"turns of {slow.min():.1f} to {slow.max():.1f} and {quick.min():.1f} to {quick.max():.1f} degrees a frame"
)


# %%
def films_of(garments, bags, n, seed):
    """Films of each kind of garments that no network was shown, by name."""
    return {
        name: motions.moving_pictures(
            garments[bags == (name == "bags and sandals")], n, given + ahead, seed=seed + number, **how
        )
        for number, (name, how) in enumerate(KINDS.items())
    }


looked_at = films_of(new, bags, n_look, seed=3)

# %% [markdown]
# ## The mathematics
#
# ### A step as a matrix
#
# Count rows $r$ downwards and columns $c$ to the right, both from the middle of the picture. One step turns a
# point by the angle $\omega$ (counter-clockwise, as you look at it) and then moves it by $s_r$ rows and $s_c$
# columns. With a third coordinate that is always 1, both become one matrix:
#
# $$\begin{pmatrix}r'\\c'\\1\end{pmatrix}=M\begin{pmatrix}r\\c\\1\end{pmatrix},\qquad
# M=\begin{pmatrix}\cos\omega&-\sin\omega&s_r\\ \sin\omega&\cos\omega&s_c\\0&0&1\end{pmatrix},$$
#
# and $k$ steps are the power $M^k$. (Check it on a point to the right of the middle, $(0,1)$: for a small
# $\omega$ it goes to about $(-\omega,1)$, which is up, as it should.) Turns and shifts are special cases of
# *affine maps*, which have six free numbers in the upper two rows, and can stretch and shear as well.
#
# ### Where does it come from?
#
# To draw with $M$, do not push pixels to where they go: they land between pixels, some twice, and leave
# holes. Go through the pixels of the *result*, and ask each one where it comes from, which is $M^{-1}$. That
# is what `scipy.ndimage.affine_transform(picture, matrix, offset)` wants:
#
# $$\text{input}=\texttt{matrix}\cdot\text{output}+\texttt{offset},$$
#
# in pixels as NumPy counts them, from $(0,0)$ in the upper left corner. The middle of `size` pixels is then
# at $m=(\texttt{size}-1)/2$.
#
# ## Exercise: the arguments of the warp
#
# `step` is the 3 × 3 matrix $M$, about the middle, NumPy. Return `matrix` (2, 2) and `offset` (2,).


# %% tags=["exercise"]
def warp_arguments(step, size):
    """(matrix, offset) for scipy.ndimage.affine_transform on pictures of size × size."""
    ...


# %% tags=["solution"]
def warp_arguments(step, size):
    """(matrix, offset) for scipy.ndimage.affine_transform on pictures of size × size."""
    back = np.linalg.inv(step)  # (3, 3), from where a pixel is to where it was
    middle = np.full(2, (size - 1) / 2)
    matrix = back[:2, :2]
    return matrix, middle + back[:2, 2] - matrix @ middle


# %% tags=["check"]
warp_arguments = check.warp_arguments(warp_arguments)


# %%
def warp(picture, angle, shift, steps):
    """A picture (32, 32) after so many steps of `angle` degrees and `shift` pixels, between pixels bilinear."""
    matrix, offset = warp_arguments(motions.step_matrix(angle, shift, steps), len(picture))
    return ndimage.affine_transform(picture, matrix, offset, order=1)


# %% [markdown]
# ### Between the pixels
#
# Where a pixel comes from is rarely a whole number of rows and columns. **Bilinear sampling** mixes the four
# pixels around the place $(r,c)$. With $r_0=\lfloor r\rfloor$, $c_0=\lfloor c\rfloor$ and the fractions
# $\alpha=r-r_0$, $\beta=c-c_0$:
#
# $$x(r,c)=(1-\alpha)\big[(1-\beta)\,x_{r_0,c_0}+\beta\,x_{r_0,c_0+1}\big]
# +\alpha\big[(1-\beta)\,x_{r_0+1,c_0}+\beta\,x_{r_0+1,c_0+1}\big].$$
#
# Its value has a slope in $r$ and $c$ (except at whole numbers, where it has a kink). Remember that for the
# end of the lesson. SciPy calls it `order=1`, and `warp` uses it.

# %% [markdown]
# ### Once, not again and again
#
# Mixing four pixels blurs a little. There are two ways to make the eighth frame: move the frame before it by
# one step, as a network that feeds on its own frames does, or move the last *given* frame by $M^8$. Both know
# the motion exactly.
#
# Errors are told as *peak signal-to-noise ratio*, $\mathrm{PSNR}=10\log_{10}(255^2/\mathrm{MSE})$ decibels
# (dB), MSE being the mean squared error in grey levels; half the error everywhere is 6 dB more. Each number
# is the mean over films.


# %%
def per_step(film, made):
    """PSNR in dB at each step ahead, the mean over films: (ahead,)."""
    right = film.frames[:, given:]  # (n, ahead, 32, 32, 1)
    return np.array([metrics.psnr(right[:, k], made[:, k]).mean() for k in range(ahead)])


def at_once(frame, angle, shift):
    """The frames after `frame` (32, 32, 1), each moved from it at once: uint8 (ahead, 32, 32, 1)."""
    grey = frame[..., 0].astype("float32")
    made = [warp(grey, angle, shift, k) for k in range(1, ahead + 1)]
    return np.rint(np.stack(made)).astype("uint8")[..., None]


def one_by_one(frame, angle, shift):
    """The same, each moved from the one before."""
    made = [frame[..., 0].astype("float32")]
    for _ in range(ahead):
        made.append(warp(made[-1], angle, shift, 1))
    return np.rint(np.stack(made[1:])).astype("uint8")[..., None]


# %%
x = np.arange(1, ahead + 1)  # steps ahead
film = looked_at["new garments"]


def all_films(film, way):
    """What `way` makes of every film, told the true motion: (n, ahead, 32, 32, 1)."""
    told = zip(film.frames[:, given - 1], film.angles, film.shifts, strict=True)
    return np.stack([way(*one) for one in told])


resampled = {"moved at once": at_once, "frame by frame": one_by_one}
resampled = {name: all_films(film, way) for name, way in resampled.items()}
resampled["last frame copied"] = np.repeat(film.frames[:, given - 1 : given], ahead, axis=1)
figure = plots.curves(
    {name: (x, per_step(film, made)) for name, made in resampled.items()},
    xlabel="step ahead (frames)",
    ylabel="PSNR (dB)",
    title="The motion is known, and still it matters how often one resamples",
)
plots.show(
    figure,
    alt="PSNR against the step: moved at once stays level, frame by frame falls, the copied frame lies far below.",
)
for name, made in resampled.items():
    first, *_, last = per_step(film, made)
    print(f"{name:18s} {first:5.1f} dB at step 1, {last:5.1f} dB at step {ahead}")
    runtime.record(f"psnr_last_{name.replace(' ', '_')}", last, films=n_look, unit="dB")

# %% [markdown]
# The level line is what resampling a frame once, bilinearly, costs, however far it is moved; it is the
# **ceiling** for every way below that moves a given frame. A network that makes each frame of the last has to
# fight against the falling one.
#
# ## Exercise: what went wrong?
#
# Six programs go on with films that turn. All are told the angle, and each has one fault. The next cell draws
# their curves, and the copied frame's beside them. Which fault made which curve? Look at the figure, then
# return a dict, `{"A": "half the angle", "B": …}` to `"F"`.
#
# | name | what the program does |
# |---|---|
# | `"one step late"` | makes of frame $k$ what frame $k-1$ should be |
# | `"about the corner"` | turns about pixel $(0,0)$ |
# | `"again and again"` | turns its own last frame by one step |
# | `"stops after a step"` | goes one step, and stays there |
# | `"the wrong way"` | turns clockwise what turns counter-clockwise |
# | `"half the angle"` | turns half as far at every step |
# | `"twice the angle"` | turns twice as far: none of the six |

# %%
spun = motions.moving_pictures(new[~bags], n_look, turns=((9, 10),), kinds=("turn",), seed=6)
unknown = check.motion.made_wrongly(spun.frames[:, given - 1], spun.angles, ahead)  # {letter: frames}
unlabelled = {letter: (x, per_step(spun, made)) for letter, made in unknown.items()}
still = np.repeat(spun.frames[:, given - 1 : given], ahead, axis=1)
figure = plots.curves(
    unlabelled | {"last frame copied": (x, per_step(spun, still))},
    xlabel="step ahead (frames)",
    ylabel="PSNR (dB)",
    title="Six faults and a copied frame, films that turn by 9 to 10 degrees",
)
plots.show(
    figure,
    alt="Seven curves: A is level at the height of the copy's first step; B lies far below all; C begins highest and falls "
    "slowly; D begins highest and drops at once; E begins below the copy; F begins between and falls above the copy.",
)


# %% tags=["exercise"]
def what_went_wrong():
    """The fault behind each of the six curves."""
    ...


# %% tags=["solution"]
def what_went_wrong():
    """The fault behind each of the six curves."""
    return {
        "A": "one step late",
        "B": "about the corner",
        "C": "again and again",
        "D": "stops after a step",
        "E": "the wrong way",
        "F": "half the angle",
    }


# %% tags=["check"]
what_went_wrong = check.what_went_wrong(what_went_wrong)

# %%
named = what_went_wrong()
figure = plots.pairs(
    {"film": spun.frames[0, given:]}
    | {f"{letter}: {named[letter]}": made[0] for letter, made in unknown.items()},
    title=f"The same faults in one film, {spun.angles[0]:.1f}° a frame",
    captions=x,
)
plots.show(
    figure,
    alt="Seven rows of one garment that turns: the film, and below it late, out of the picture, blurred, standing still, "
    "turning the other way, and turning half as far.",
)

# %% [markdown]
# A curve tells a fault by its shape: blur adds up slowly, a wrong angle adds up fast, and a delay not at all.
#
# ### The motion, from four frames
#
# Nobody tells the motion. But a guess $(\omega,s_r,s_c)$ can be tried: move frame 0 by $M$ and by $M^3$, and
# look how badly it fits frames 1 and 3 (all of them blurred a little, so that edges which do not meet yet
# already feel each other). That misfit, as a function of the guess, has a valley:

# %%
soft = ndimage.gaussian_filter(opening.frames[0, ..., 0] / 255.0, (0, 1, 1))  # (12, 32, 32)
guesses = np.linspace(-30, 30, 61)
misfits = {
    f"frame {k}": [np.square(warp(soft[0], guess, (0, 0), k) - soft[k]).mean() for guess in guesses]
    for k in (1, 3)
}
figure = plots.curves(
    {name: (guesses, np.array(values)) for name, values in misfits.items()},
    xlabel="angle tried (degrees a frame)",
    ylabel="mean squared misfit (grey from 0 to 1)",
    title=f"A film that turns by {opening.angles[0]:.1f}° a frame",
)
plots.show(
    figure,
    alt="Two valleys with their lowest point at the film's angle; the one of frame 3 is narrower.",
)

# %% [markdown]
# Least squares walks downhill, so it has to begin in the right valley; frame 1 has the widest one. It
# begins twice: at the best of some turns, tried one by one on frame 1, and at the slide that *phase
# correlation* proposes: a shifted picture's Fourier transform has the same lengths and other phases, so the
# transform back of the phases' differences alone is a picture with one peak, at the shift. The better end
# wins. Of the numbers that steer the walk `x_scale` says that 5 degrees count as much as half a pixel,
# `diff_step` how small the steps are by which slopes are measured, and `ftol` when to stop.


# %%
def find_motion(frames):
    """Angle in degrees and shift in pixels of one frame, from the given frames (given, 32, 32, 1): (3,)."""
    soft = ndimage.gaussian_filter(frames[..., 0] / 255.0, (0, 1, 1))

    def misfit(guess):
        moved = [warp(soft[0], guess[0], guess[1:], k) - soft[k] for k in (1, 3)]
        return np.ravel(moved)

    tried = np.arange(-30, 31, 3)
    fit = [np.square(warp(soft[0], angle, (0, 0), 1) - soft[1]).sum() for angle in tried]
    slide, _, _ = phase_cross_correlation(soft[3], soft[0], upsample_factor=20)
    ends = [
        optimize.least_squares(misfit, start, x_scale=(5, 0.5, 0.5), diff_step=1e-3, ftol=1e-4)
        for start in ((tried[np.argmin(fit)], 0, 0), (0, *slide / 3))
    ]
    return min(ends, key=lambda end: end.cost).x


def find_all(films):
    """The motion of each of several films (n, given, 32, 32, 1): (n, 3)."""
    return np.array([find_motion(one) for one in films])


found = {name: find_all(film.frames[:, :given]) for name, film in looked_at.items()}
for name, film in looked_at.items():
    errors = np.abs(found[name][:, 0] - film.angles)
    off = np.linalg.norm(found[name][:, 1:] - film.shifts, axis=1)
    print(f"{name:21s} median error {np.median(errors):.3f}° and {np.median(off):.3f} pixels a frame")

# %% [markdown]
# No weights, no training, and hardly a difference between garments, speeds and directions: what keeps its
# shape, turns by no more than the angles tried, and has nothing else in the picture, is found. This is the
# rival that a network has to be held against.
#
# ## The experiment
#
# ### Two networks of equal size
#
# - **Recurrent**: the convolutional GRU of lesson <<the_next_frame>>, a grid of 8 × 8 cells with a memory.
# - **Feed-forward**: the same eyes and the same hands (how a frame is looked at, and how the next one is put
#   together), but in the middle, where the other remembers, convolutions over the last four frames, laid side
#   by side as channels.
#
# (Lesson <<the_next_frame>> held the articles' dense LSTM against such a network.)

# %%
shape = (32, 32, 1)
BUILD = {
    "recurrent": lambda: rnn.FrameNetwork(shape, width=48, depth=1, moves=1),
    "feed-forward": lambda: motion.StackNetwork(shape, width=48, memory=given, hidden=(48, 48), moves=1),
}
for name, build in BUILD.items():
    weights = build().count_params()
    print(f"{name:13s} {weights:8,} weights")
    runtime.record(f"weights_{name.replace('-', '_')}", weights)

# %% [markdown]
# ## Exercise: one step of training
#
# What goes in, what shall come out, and what does the network see? `films` is a tensor `(batch, time, h, w,
# c)`, and `kept` one of ones and zeros `(batch, time - 1)`: 1 where the network shall see the film's own
# frame, 0 where what it said before. `model.network(inputs, kept, training=True)` gives as many frames as
# went in, `model.objective(targets, outputs)` the error of every pixel, and `model.descend(loss)` takes the
# step: `loss` is a function without arguments that returns one number, the mean. Return what `descend`
# returns. This is compiled: `keras.ops` only.


# %% tags=["exercise"]
def next_frame_step(model, films, kept):
    """One step down the loss of the next frame; what `model.descend` returns."""
    ...


# %% tags=["solution"]
def next_frame_step(model, films, kept):
    """One step down the loss of the next frame; what `model.descend` returns."""
    inputs, targets = films[:, :-1], films[:, 1:]

    def loss():
        expected = model.network(inputs, kept, training=True)  # (batch, time - 1, h, w, c)
        return ops.mean(model.objective(targets, expected))

    return model.descend(loss)


# %% tags=["check"]
next_frame_step = check.next_frame_step(next_frame_step)


# %%
class GoOn(rnn.NextFrame):
    """Trains a network to go on, by the step of the exercise."""

    def step(self, films):
        return next_frame_step(self, films, self.kept(ops.shape(films)[0], films.shape[1] - 1))


def error(right, made):
    """The squared error, and a fifth of the absolute one, which wants edges sharp."""
    return ops.square(right - made) + 0.2 * ops.abs(right - made)


def trained(name):
    """One network, trained with scheduled sampling as in lesson <<the_next_frame>>; and the seconds."""
    runtime.seed(1)
    falling = keras.optimizers.schedules.PolynomialDecay(1.0, max(1, steps // 2), 0.0)
    model = GoOn(BUILD[name](), given, forcing=falling, objective=error, seed=1)
    rate = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    model.compile(keras.optimizers.Adam(rate), steps_per_execution=per_call)
    history = model.fit(batches, steps_per_epoch=steps, verbose=0).history
    return model.network, history["seconds"][-1]


# %% [markdown]
# ## Exercise: a bet
#
# Before they are trained: *degrees made / degrees shown*, on turns at the speeds of training, 1 for a network
# that turns as the film does. Bet on the median of the recurrent network in its first three frames
# (`"early"`) and in its last ones (`"late"`), from 0 to 1.5, and on who turns `"further"` at first,
# `"recurrent"` or `"feed-forward"`. Return a dict of the three. Nobody grades it; the cell that measures the
# turns will settle it.


# %% tags=["exercise"]
def how_far_they_turn():
    """Who turns further at first, and the recurrent network's share of the angle, early and late."""
    ...


# %% tags=["solution"]
def how_far_they_turn():
    """Who turns further at first, and the recurrent network's share of the angle, early and late."""
    return {"further": "recurrent", "early": 0.9, "late": 0.7}


# %% tags=["check"]
how_far_they_turn = check.how_far_they_turn(how_far_they_turn)

# %%
batches = data.Batches(films.frames, batch_size=16, seed=1)
networks, seconds = {}, {}
networks["feed-forward"], seconds["feed-forward"] = trained("feed-forward")

# %%
networks["recurrent"], seconds["recurrent"] = trained("recurrent")
for name, took in seconds.items():
    print(f"{name}: {steps} steps in {took:.0f} s")
    runtime.record(f"seconds_{name.replace('-', '_')}", took)

# %% [markdown]
# Both took the same number of steps on the same films, and saw more and more of their own frames. Now the
# eight kinds of films. The table has the PSNR, a mean over the eight steps and over the films, and in
# brackets the structural similarity (SSIM) of the last frame, which is 1 for equal pictures. Its rows are
# different films, some harder than others; so compare within a row.


# %%
def warped(film, parameters):
    """At once, by a motion for each film, (n, 3): uint8 (n, ahead, 32, 32, 1)."""
    frames = film.frames[:, given - 1]
    return np.stack([at_once(f, p[0], p[1:]) for f, p in zip(frames, parameters, strict=True)])


def continued(films, found):
    """What each way makes of films of each kind: {(way, kind): uint8 (n, ahead, 32, 32, 1)}."""
    made = {}
    for kind, film in films.items():
        seen = film.frames[:, :given]  # (n, given, 32, 32, 1)
        made["last frame copied", kind] = np.repeat(seen[:, -1:], ahead, axis=1)
        for network in ("feed-forward", "recurrent"):
            made[network, kind] = rnn.continue_films(networks[network], seen, ahead)
        made["warp, found", kind] = warped(film, found[kind])
        made["warp, told", kind] = warped(film, np.column_stack([film.angles, film.shifts]))
    return made


# %%
def each(film, made):
    """PSNR in dB of every film, the mean over its steps: (n,)."""
    right = film.frames[:, given:]
    return np.stack([metrics.psnr(right[:, k], made[:, k]) for k in range(ahead)]).mean(axis=0)


# %% covers="U6 C8 C9"
made = continued(looked_at, found)
ways = ["last frame copied", "feed-forward", "recurrent", "warp, found", "warp, told"]


def table(films, made, ways):
    """Prints PSNR over all steps and SSIM of the last one, by kind of film."""
    print(f"{'PSNR, dB (SSIM)':19s}" + "".join(f"{way.replace('last frame ', ''):>14s}" for way in ways))
    for kind, film in films.items():
        line = f"{kind:19s}"
        for way in ways:
            likeness = metrics.ssim(film.frames[:, -1], made[way, kind][:, -1]).mean()
            line += f"{each(film, made[way, kind]).mean():7.1f} ({likeness:.2f})"
        print(line)


table(looked_at, made, ways)

# %%
film = looked_at["turns of training"]
for place in range(2):
    rows = {"film": film.frames[place, given:]}
    rows |= {way: made[way, "turns of training"][place] for way in ways[1:4]}
    figure = plots.pairs(
        rows, title=f"A garment never seen, {film.angles[place]:.1f}° a frame, as in training", captions=x
    )
    plots.show(
        figure,
        alt="Four rows: the film's eight frames, in which a garment turns; the two networks', in which it turns less "
        "and less and dissolves; and the warp's, in which it turns with the film.",
    )

# %%
figure = plots.curves(
    {way: (x, per_step(film, made[way, "turns of training"])) for way in ways},
    xlabel="step ahead (frames)",
    ylabel="PSNR (dB)",
    title="New garments that turn, speeds as in training",
)
figure.axes[0].legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False, fontsize=9)
plots.show(
    figure,
    alt="PSNR against the step for five ways: the two warps stay high and nearly level, the two networks fall "
    "towards the copy.",
)

# %% [markdown]
# ### Do they turn?
#
# PSNR does not tell: a grey cloud that does not move at all can beat a sharp garment in the wrong place. But
# you have a program that finds a motion in four frames, whoever made them. Give it the last given frame and
# the first three that were made, and then the last four that were made, and hold what it finds against the
# film: *degrees made / degrees shown*, the median over the films. (In brackets its 95 % interval by order
# statistics, from one film's number to another's. The film itself and the warp are there to show that the
# program sees what is there.)


# %%
def turned(film, added):
    """Degrees made / degrees shown in the first and the last made frames: (n, 2)."""
    whole = np.concatenate([film.frames[:, given - 1 : given], added], axis=1)  # (n, 1 + ahead, 32, 32, 1)
    early, late = find_all(whole[:, :4]), find_all(whole[:, -4:])
    return np.stack([early[:, 0], late[:, 0]], axis=1) / film.angles[:, None]


def turns_told(shares):
    """Their medians as text."""
    early, late = (inference.median(share, of="films") for share in shares.T)
    return f"frames 1 to 3: {str(early):26s} frames 5 to 8: {late}"


shares = {}
for way, added in {
    "the film": film.frames[:, given:],
    **{way: made[way, "turns of training"] for way in ways[:4]},
}.items():
    shares[way] = turned(film, added)  # (n, 2)
    print(f"{way:18s} {turns_told(shares[way])}")

# %%
early, late = (inference.median(share, of="films") for share in shares["recurrent"].T)
further = max(("recurrent", "feed-forward"), key=lambda network: np.median(shares[network][:, 0]))
check.how_far_they_turn.settle(how_far_they_turn, further=further, early=early, late=late)

# %% [markdown]
# Read the table row by row, and then these lines.
#
# - **The warp does not care.** Garments, speeds, directions, both motions at once: it is all one to it.
#   Having to find the motion costs it about a decibel at most, and it has neither weights nor training.
# - **The two networks turn too little, and less the longer they go on**, at speeds that they were trained
#   on: the recurrent one by less than half of what was shown already in its first frames, the feed-forward
#   one by more. What they gain over the copy in PSNR is real, and only a part of it is turning: a blur over
#   the places where an edge may be is nearer to the film than a sharp edge left behind. Sliding suits them
#   better: compare the rows *slides of training* and *turns of training*, each with its copy.
# - **They need not know the garment.** They look at neighbouring cells, and move them: on kinds never
#   shown, too, they are ahead of the copy. Speeds *between* those of training cost nothing.
# - **Outside of what they saw they lose.** Faster films, and both motions at once, each known by itself, cost
#   them a good part of what they had gained over the copy.
#
# Two things make it hard for them. Each frame is resampled from their own last one, as in the falling line
# above. And these films are longer than those of training, in which three frames had to be made. But the
# first column is about those three. (The two had half a minute each. The profile `full` gives them about
# twenty times the steps; whether they then turn is not measured here.)
#
# ### Along the speeds
#
# Films that turn, at nine speeds. Grey: the speeds of training. A fast turn is harder than a slow one for
# whoever makes pixels, so the copy is in the figure too: it tells how much there was to gain.

# %%
speeds = np.array([1, 4, 7, 10.5, 13, 16, 19, 21.5, 25])
at_speed = [
    motions.moving_pictures(new[~bags], n_look, kinds=("turn",), turns=((v, v),), seed=20 + place)
    for place, v in enumerate(speeds)
]
first_frames = np.concatenate([film.frames[:, :given] for film in at_speed])  # (9 n_look, 4, 32, 32, 1)


def along_speeds(added):
    """PSNR over all steps at each speed, from the frames that were added to `first_frames`."""
    parts = np.split(added, len(speeds))
    return np.array([per_step(film, part).mean() for film, part in zip(at_speed, parts, strict=True)])


by_speed = {
    network: along_speeds(rnn.continue_films(networks[network], first_frames, ahead))
    for network in ("feed-forward", "recurrent")
}
copies = np.repeat(first_frames[:, -1:], ahead, axis=1)  # (9 n_look, 8, 32, 32, 1)
by_speed["last frame copied"] = along_speeds(copies)
by_speed["warp, told"] = np.array(
    [per_step(film, warped(film, np.column_stack([film.angles, film.shifts]))).mean() for film in at_speed]
)


# %%
def speed_figure(title):
    """PSNR against the speed, the speeds of training shaded."""
    figure = plots.curves(
        {name: (speeds, values) for name, values in by_speed.items()},
        xlabel="turn (degrees a frame)",
        ylabel="PSNR, mean over eight steps (dB)",
        title=title,
    )
    for low, high in ((5, 10), (14, 18)):
        figure.axes[0].axvspan(low, high, color="0.9", zorder=0)
    figure.axes[0].legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False, fontsize=9)
    return figure


plots.show(
    speed_figure("What was shown, and what was not"),
    alt="PSNR against the speed: the warp stays near 33 dB. The networks lie above the copy in the shaded ranges, "
    "below it at the slowest turn, and close to it at the fastest.",
)

# %% [markdown]
# Between the two grey ranges nothing special happens: they learnt a range, not two lists of speeds. Beyond
# its fast end they come down to the copy; and at one degree a frame, where a copy is nearly right, they are
# far worse than doing nothing. Told the motion, the warp does not notice; having to find it cost it about a
# decibel at most, in the table.
#
# A film to keep: four garments, and from left to right the film, the recurrent network, and the warp that
# found the motion.

# %%
out = runtime.art_folder()  # a new folder of this run, below my_art
film = looked_at["turns of training"]


def whole(way):
    """Given and added frames of four films, one above the other: (given + ahead, 4 · 32, 32)."""
    added = film.frames[:4, given:] if way is None else made[way, "turns of training"][:4]
    frames = np.concatenate([film.frames[:4, :given], added], axis=1)[..., 0]
    return np.concatenate(list(frames), axis=1)


sheet = np.concatenate([whole(None), whole("recurrent"), whole("warp, found")], axis=2)
sheet = (sheet // 8 * 8).repeat(2, axis=1).repeat(2, axis=2)  # fewer greys, a smaller file
callbacks.save_gif(sheet, out / "turning.gif")
plots.show_film(
    out / "turning.gif",
    alt="Four garments, three times side by side: in the film they turn on, in the recurrent network's version they slow "
    "down and dissolve, in the warp's they turn with the film.",
)
print(out / "turning.gif")

# %% [markdown]
# ## When it goes wrong
#
# ### The article's target
#
# One article has the network make the distance between its picture and the *original* small. Here is the same
# recurrent network with that target: the picture that goes in is the one that shall come out.


# %%
class Original(rnn.NextFrame):
    """The target is the picture that went in."""

    def pair(self, films):
        return films[:, :-1], films[:, :-1]


film = looked_at["new garments"]
few = data.signed(film.frames[:, : given + 1])  # (n_look, 5, 32, 32, 1)


def grey_levels(made, right):
    """Root of the mean squared distance, in grey levels of 255."""
    return 127.5 * float(np.sqrt(np.mean((ops.convert_to_numpy(made) - right) ** 2)))


runtime.seed(1)
idle = rnn.FrameNetwork(shape, width=48, depth=1, moves=1)
model = Original(idle, given, forcing=1.0, seed=1)
model.compile(keras.optimizers.Adam(2e-3), steps_per_execution=1)
to_original = callbacks.Measure("to original", lambda m: grey_levels(m(few[:, :-1]), few[:, :-1]))
to_edited = callbacks.Measure("to edited", lambda m: grey_levels(m(few[:, :-1]), few[:, 1:]))
log = model.fit(
    batches, epochs=8, steps_per_epoch=wrong_steps, callbacks=[to_original, to_edited], verbose=0
).history

# %% covers="C9"
copied = grey_levels(few[:, :-1], few[:, 1:])
taken = wrong_steps * np.arange(1, 9)
figure = plots.curves(
    {
        "from the original, which it is trained on": (taken, log["to original"]),
        "from the edited picture, which is wanted": (taken, log["to edited"]),
    },
    xlabel="training step",
    ylabel="distance (grey levels of 255, RMS)",
    title="A training that goes well, towards nothing",
    floor=copied,
    floor_label="copy, from the edited picture",
)
plots.show(
    figure,
    alt="The distance from the original is near zero from the first point on; that from the edited picture lies on the "
    "dashed level of a copy.",
)
idle_made = rnn.continue_films(idle, film.frames[:, :given], ahead)
runtime.record("identity_to_original", log["to original"][-1], unit="grey levels")
runtime.record("identity_to_edited", log["to edited"][-1], unit="grey levels")
runtime.record("copy_to_edited", copied, unit="grey levels")
runtime.record("psnr_identity", each(film, idle_made).mean(), films=n_look, unit="dB")
print(
    f"from the original {log['to original'][-1]:.1f}, from the edited {log['to edited'][-1]:.1f} grey levels; "
    f"a copy: {copied:.1f}"
)

# %%
place = int(np.argmax(np.abs(film.angles)))
rows = {
    "film": film.frames[place, given:],
    "target: original": idle_made[place],
    "target: next frame": made["recurrent", "new garments"][place],
}
figure = plots.pairs(rows, title="One network, two targets", captions=x)
plots.show(
    figure,
    alt="The film turns; with the original as target the garment stands still; with the next frame as target it begins "
    "to turn and dissolves.",
)

# %% [markdown]
# The loss is near 0 after a few steps, because there is a perfect answer: change nothing. (These hands find
# it at once, since they can pass a frame on as it is.) The distance from what was wanted is that of a copy.
# The target of an edit is the *edited* picture, of exercise <<next_frame_step>>; where nobody has it, one
# needs another way to say what is wanted (a text, a discriminator, as in lesson <<from_outline_to_picture>>),
# plus a term that keeps close to the original. That term alone is the article's loss.
#
# ### Speeds that nobody showed
#
# The cure for the ends of the speed figure is not more pixels. The motion was three numbers all the time; so
# let the network say three numbers. In a **spatial transformer** (Jaderberg et al.) a small network looks at
# the frames and answers with a motion; bilinear sampling, which has no weights, moves the picture. Its slope
# by the place is what makes it trainable: the error of a pixel says in which direction the place
# should have been, and so what the angle should have been. Nobody tells it an angle, in training either; the
# loss compares pictures, as before.
#
# And one idea from the least squares: look, move, *look again* (Lin, Lucey), twice in training. The network
# gets frame 0, moved by what it believes so far, beside frames 1 to 3, and answers with a correction. What it
# has to see is then never more than what is left over:
#
# ```
#  motion = nothing
#  repeat:  motion += network( frame 0 moved by motion, motion², motion³  |  frames 1, 2, 3 )
#  frame 3 + k = frame 3 moved by motionᵏ
# ```
#
# Its lines in the library (`look` are three convolutions, `judge` and `correct` dense layers, and `moved` is
# bilinear sampling):


# %%
print(inspect.getsource(motion.MotionNetwork.find))


class FindMotion(Supervised):
    """The first frames go in, the others shall come out."""

    def pair(self, films):
        return films[:, :given], films[:, given:]


runtime.seed(1)
finder = motion.MotionNetwork(shape, given=given, steps=3, rounds=2)
model = FindMotion(finder, "mean_squared_error", seed=1)
rate = keras.optimizers.schedules.CosineDecay(2e-3, finder_steps)
model.compile(keras.optimizers.Adam(rate), steps_per_execution=per_call)
history = model.fit(batches, steps_per_epoch=finder_steps, verbose=0).history
runtime.record("seconds_finder", history["seconds"][-1])
runtime.record("weights_finder", finder.count_params())
print(
    f"{finder.count_params():,} weights, {finder_steps} steps in {history['seconds'][-1]:.0f} s, "
    f"loss {history['loss'][-1]:.4f}"
)


# %%
def found_by_network(frames, looks):
    """Angle in degrees and shift in pixels of one frame, (n, 3)."""
    with training.outside_gradients():
        told = ops.convert_to_numpy(finder.find(data.signed(frames), looks))
    return np.column_stack([np.rad2deg(told[:, 0]), told[:, 1:]])


for name, film in looked_at.items():
    line = f"{name:19s} median error of the angle"
    for looks in (1, 2, 4, 6):
        told = found_by_network(film.frames[:, :given], looks)
        line += f"   ×{looks} {np.median(np.abs(told[:, 0] - film.angles)):5.2f}°"
        made[f"finder ×{looks}", name] = warped(film, told)
    print(line)

# %%
table(looked_at, made, ["recurrent", "finder ×1", "finder ×2", "finder ×6", "warp, found"])

# %%
for looks in (2, 6):
    told = np.split(found_by_network(first_frames, looks), len(speeds))
    by_speed[f"finder ×{looks}"] = np.array(
        [per_step(film, warped(film, part)).mean() for film, part in zip(at_speed, told, strict=True)]
    )
plots.show(
    speed_figure("Geometry inside the network"),
    alt="The speed figure with two lines more: the finder's lie close under the warp's up to the end of the shaded "
    "speeds and fall beyond, steeply with two looks, less with six.",
)

# %%
film = looked_at["faster"]
place = int(np.argmax(np.abs(film.angles)))
rows = {"film": film.frames[place, given:]}
rows |= {way: made[way, "faster"][place] for way in ("recurrent", "finder ×6", "warp, found")}
figure = plots.pairs(
    rows,
    title=f"{film.angles[place]:.1f}° a frame, faster than anything in training",
    captions=x,
)
plots.show(
    figure,
    alt="Four rows: the film; the recurrent network's garment, which hardly turns and dissolves; the finder's and the "
    "warp's, which turn with the film.",
)

# %% [markdown]
# In half the training time, and with about half the weights, the finder comes, in films like those of
# training, within a few decibels of the warp, and leaves both networks of pixels far behind. It resamples
# once, and an error in three numbers is all that can go wrong besides. Read its columns from left to right:
#
# - After the **first look** of two it has a rough answer, better in the range that it saw than outside.
# - With **two**, as trained, and with **six**, as never trained, the same weights reach further: a direction
#   never shown, a turn and a slide at once, speeds beyond the range. There a look leaves less for the next
#   one to see.
# - Inside the range the looks after the second gain little or nothing, and from four to six the angle gets
#   worse again in several rows: the network's last correction is only about right, and repeating it was never
#   trained. Least squares measures its misfit, and stops when that no longer falls.
# - It still is a network. Where garments turn much faster than anything it saw, its angles are worse; and new
#   kinds of garments cost it something, which they do not cost least squares.
#
# So the cure is not recurrence over pixels, but the right few numbers. Even here, though, least squares is
# better, and needed no training. A finder may be worth its weights where the misfit has no clean valley
# (noise, other garments in the way, thousands of films a second), or where the motion is a step inside a
# larger network.
#
# ## Verdict

# %%
# %% tags=["final"]
test_garments, test_labels = data.load("fashion", "test")  # (10000, 28, 28, 1), (10000,)
tests = films_of(test_garments, np.isin(test_labels, (5, 8)), n_test, seed=103)
made = continued(tests, {kind: find_all(film.frames[:, :given]) for kind, film in tests.items()})
for kind, film in tests.items():
    for looks in (2, 6):
        made[f"finder ×{looks}", kind] = warped(film, found_by_network(film.frames[:, :given], looks))
ways = ["last frame copied", "feed-forward", "recurrent", "finder ×2", "finder ×6", "warp, found"]
table(tests, made, ways)

# %%
decibels = {(way, kind): each(film, made[way, kind]) for kind, film in tests.items() for way in ways}
for (way, kind), values in decibels.items():
    key = f"psnr_{way}_{kind}".replace(" ", "_").replace(",", "").replace("-", "_").replace("×", "")
    runtime.record(key, inference.mean(values, of="films"), unit="dB")
# %%
asked = {
    (kind, one, other): inference.difference(
        decibels[one, kind], decibels[other, kind], paired=True, of="films"
    )
    for kind in tests
    for one, other in (
        ("feed-forward", "last frame copied"),
        ("recurrent", "last frame copied"),
        ("recurrent", "feed-forward"),
    )
}
for (kind, one, other), gain in inference.holm(asked).items():
    print(f"{kind:19s} {one} minus {other}, {gain.said('dB')}")

# %%
film = tests["turns of training"]
for way in ways[1:]:
    added = made[way, "turns of training"]
    shares = turned(film, added)
    print(f"{way:13s} {turns_told(shares)}")
    early, late = shares.T
    key = f"turned_{way.replace(' ', '_').replace(',', '').replace('-', '_').replace('×', '')}"
    runtime.record(
        key, {"early": inference.median(early, of="films"), "late": inference.median(late, of="films")}
    )

# %% [markdown]
# - *An RNN can rotate and shift pictures* (C9): what it makes is nearer to the film than a copy, on every
#   row, garments never shown included, and it blurs. But it does not rotate as it was shown: in its first
#   own frames it turns by less than half of that, and by less still in the last. A feed-forward network of
#   equal size turns further, and too little as well; on most rows it is nearer to the film. So the state is
#   no help here. (Intervals are Student's t at 95 % over films, with Holm's correction for the lines above;
#   each network was trained once, so they say nothing of what another seed would change.)
# - *A warp does it at every angle tried*, sharply, with no weights at all, and a few lines of least squares
#   find its three numbers. Where the change is known geometry, write down the geometry; where it is not
#   (garments that hide one another in lesson <<the_next_frame>>, cloth, faces), a network has something to
#   learn. Three numbers inside a network are a good mixture of both.
# - *Distance to the original* as a loss teaches the identity: perfect by its own measure, and as far from the
#   edited picture as a copy.
# - *Translating, editing, restoring*: lessons <<from_outline_to_picture>>, <<completing_and_restoring>> and
#   <<restoring_photographs>>.
#
# ## What to read
#
# - Jaderberg, Simonyan, Zisserman, Kavukcuoglu, *Spatial transformer networks*, NIPS 2015,
#   [1506.02025](https://arxiv.org/abs/1506.02025): bilinear sampling as a layer, with all six affine numbers.
# - Lin, Lucey, *Inverse compositional spatial transformer networks*, CVPR 2017,
#   [1612.03897](https://arxiv.org/abs/1612.03897): why looking again is Lucas and Kanade's old idea.
# - Finn, Goodfellow, Levine, *Unsupervised learning for physical interaction through video prediction*, NIPS
#   2016, [1605.07157](https://arxiv.org/abs/1605.07157): the hands of the two convolutional networks, which
#   move pixels too.
# - Guizar-Sicairos, Thurman, Fienup, *Efficient subpixel image registration algorithms*, Optics Letters
#   33(2), 2008, [doi 10.1364/OL.33.000156](https://doi.org/10.1364/OL.33.000156): how scikit-image finds a
#   shift to a fraction of a pixel.
