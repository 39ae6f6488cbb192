"""Exercises whose answer is a function, graded by what it does on inputs that are drawn anew each time.

    @drawn(
        answer="losses.generator_loss",
        tensors=True, slopes=("fake_logits",), compiled=True,
        mistakes=[(lambda fake: ops.sum(ops.softplus(-fake)), "you summed over the batch: take the mean")],
        right=[lambda fake: -ops.mean(ops.log_sigmoid(fake))],
        idea="D is the sigmoid of a logit x, and -log sigmoid(x) = softplus(-x)",
    )
    def generator_loss(rng):
        '''The non-saturating loss, E[-log D(G(z))], from the logits of D on fakes.'''
        yield (rng.normal(-0.5, 1.5, (8, 1)),)
        yield hinted("with one picture the mean is its loss", rng.normal(size=(1, 1)))

The function draws the arguments: it yields a tuple of them for each trial. A learner's function is right when
it does on each of them what the answer does; when it does what a mistake does, it gets that mistake's hint.
Both are looked at in this order: values, what `observe` sees, types, slopes, and the values once compiled.
"""

import functools
import inspect
import warnings
from typing import NamedTuple

import numpy as np

from course_lib.check import guard
from course_lib.check.framework import EXERCISES, Exercise, array, refuse_numpy, tensors
from course_lib.check.guard import Wrong

SHOWN = 8  # numbers of an argument that a hint writes out
CLOSE = 1e-3  # relative; a hundredth of that, of the largest value, is what float32 leaves at zero


class _Ops:
    """keras.ops, imported when it is first used: importing the checks must not import Keras."""

    def __getattr__(self, name):
        from keras import ops

        return getattr(ops, name)


ops = _Ops()


class Trial(NamedTuple):
    """The arguments of one call, and what to say when this is the first on which an answer goes wrong."""

    arguments: tuple
    hint: str = ""


def hinted(hint: str, *arguments) -> Trial:
    """A trial whose failing says something of its own, where no mistake is recognised."""
    return Trial(arguments, hint)


class Failed(NamedTuple):
    """What is seen of a call that raised: the sentence, and the kind of the error."""

    text: str
    kind: str


class Mistake(NamedTuple):
    """A function that a learner may write, and what is said to it."""

    function: object
    hint: str


class Drawn(Exercise):
    """An exercise graded by `inputs(rng)`, a generator of the trials' arguments: see the module.

    Args:
        answer: the reference function, or the name of the library's, "losses.gaussian_kl".
        inputs: yields a tuple of arguments, or a `Trial`, for each trial; what the statement allows.
        mistakes: pairs (function, hint); each must differ from the answer and from every other.
        right: further right answers, written otherwise.
        idea: what the last hint says, never the code.
        tensors: whether arrays are passed as the backend's tensors, as in training.
        slopes: parameters with respect to which the value is differentiated in the lesson.
        compiled: whether the lesson calls the function inside a compiled step.
        returns: names of the several things that are returned, in order.
        dtype: of the result, where the statement asks for one.
        gives: "array", "list", "int" or "float", where the cells after it need that; converted for them.
        observe: {what is seen: function(answer or attempt, *arguments)}, where the values do not tell all.
        tell: function(got, wanted, *arguments) that may return a hint for a family of mistakes, or None.
        value: whether the plain result of a call is looked at.
    """

    seeded = True

    def __init__(
        self, answer, inputs, *, mistakes=(), right=(), idea="", tensors=False, slopes=(), compiled=False,
        returns=(), dtype="", gives="", observe=None, tell=None, value=True,
    ):  # fmt: skip
        super().__init__(answer, inputs)
        self.inputs, self.idea, self.right = inputs, idea, list(right)
        self.mistakes = [Mistake(*one) for one in mistakes]
        self.tensors, self.slopes, self.compiled, self.value = tensors, slopes, compiled, value
        self.returns, self.dtype, self.gives = returns, dtype, gives
        self.observe, self.tell = observe or {}, tell

    # ------------------------------------------------------------------------------ what is looked at

    def trials(self, seed: int) -> list[Trial]:
        """The trials that are drawn from a seed."""
        drawn = self.inputs(np.random.default_rng(seed))
        return [one if isinstance(one, Trial) else Trial(one) for one in drawn]

    def stages(self) -> dict:
        """What is looked at, in this order: {name: function(answer or attempt, arguments) -> arrays}."""
        found = {"": self.plain} if self.value else {}
        for name, see in self.observe.items():
            found[name] = lambda f, a, see=see: self._arrays(see(f, *self._given(a)))
        if self.dtype:
            found["type"] = lambda f, a: [np.asarray(str(p.dtype)) for p in self._parts(f(*self._given(a)))]
        for name in self.slopes:
            found[f"slope by `{name}`"] = functools.partial(self._slope, name)
        if self.compiled:
            found["compiled"] = self._compiled
        return found

    def plain(self, function, arguments):
        """What a function returns: a list of arrays, one for each thing that is returned."""
        return self._parts(function(*self._given(arguments)))

    def _given(self, arguments):
        """Copies of the arguments, as the lesson passes them."""
        return [
            (tensors(one)[0] if self.tensors else one.copy()) if isinstance(one, np.ndarray) else one
            for one in arguments
        ]

    def _parts(self, result):
        """The result as a list of arrays, one for each thing that is returned."""
        if not self.returns:
            return [array(result)]
        names = ", ".join(self.returns)
        try:
            parts = list(result)
        except TypeError:
            raise Wrong(f"{len(self.returns)} things are asked for: return {names}") from None
        if len(parts) != len(self.returns):
            raise Wrong(f"{len(self.returns)} things are asked for, not {len(parts)}: return {names}")
        return [array(part, f"your {name}") for name, part in zip(self.returns, parts, strict=True)]

    def _arrays(self, seen):
        return [array(one) for one in seen] if isinstance(seen, tuple | list) else [array(seen)]

    def _slope(self, name, function, arguments):
        """The gradient of a fixed weighted sum of what is returned, by one argument."""
        from course_lib import training

        place = list(inspect.signature(self.answer).parameters).index(name)
        given = self._given(arguments)

        def weighed(x):
            result = function(*given[:place], x, *given[place + 1 :])
            parts = list(result) if self.returns else [result]
            for part in parts:
                refuse_numpy(part)
            total = 0.0 * ops.sum(x)  # PyTorch has no slope by what plays no part; this makes it 0
            for number, part in enumerate(map(ops.convert_to_tensor, parts)):
                weights = np.random.default_rng(number).uniform(0.5, 1.5, tuple(part.shape))
                total = total + ops.sum(ops.cast(part, "float32") * ops.convert_to_tensor(weights, "float32"))
            return total

        return [array(training.gradient(weighed, given[place]))]

    def _compiled(self, function, arguments):
        """The values once more, computed in a compiled function as in a training step."""
        from course_lib import backend

        given = self._given(arguments)
        places = [place for place, one in enumerate(given) if ops.is_tensor(one)]

        def step(*traced):
            full = list(given)
            for place, one in zip(places, traced, strict=True):
                full[place] = one
            result = function(*full)
            for part in result if self.returns else [result]:
                refuse_numpy(part)
            return result

        return self._parts(backend.compiled(step)(*(given[place] for place in places)))

    def look(self, function, stage, trials) -> list:
        """What is seen of a function at one stage: a list of arrays, or `Failed`, for each trial."""
        seen = []
        for trial in trials:
            try:
                with np.errstate(all="ignore"):  # what a mistake divides by 0 is not what the learner printed
                    seen.append(stage(function, trial.arguments))
            except Wrong as wrong:
                seen.append(Failed(str(wrong), wrong.kind))
            except Exception as error:
                seen.append(Failed(guard.text(error), type(error).__name__))
        return seen

    # --------------------------------------------------------------------------------------- judging

    def judge(self, attempt, seed):
        """Raise `Wrong`, with what is said when asked again, unless the attempt does what the answer does."""
        failing = self._failing(attempt, seed)
        if failing:
            raise self._wrong(*failing)

    def accepts(self, function, seed: int = 0) -> bool:
        """Whether `grade` says ✓: faster where it does not, for nobody asks which mistake it is."""

        def judge(attempt):
            if self._failing(attempt, seed):
                raise Wrong("")

        try:
            return not self._unfit(function) and guard.call(judge, function)[0] is None
        except guard.Stopped:
            return False

    def _failing(self, attempt, seed):
        """The first look at which an attempt does otherwise than the answer: what `_wrong` takes, or None."""
        trials = self.trials(seed)
        before = []
        for name, stage in self.stages().items():
            trials = trials[:1] if name == "compiled" else trials
            wanted = self.look(self.answer, stage, trials)
            got = self.look(attempt, stage, trials)
            failing = [n for n, pair in enumerate(zip(got, wanted, strict=True)) if not _agree(*pair)]
            if failing:
                return name, stage, trials, got, wanted, failing[0], before
            before.append((stage, wanted))
        return None

    def _wrong(self, name, stage, trials, got, wanted, first, before):
        """The `Wrong` for the first trial that fails: the likely mistake, what came out, the idea."""
        trial = trials[first]
        seen = _said(name, got[first], wanted[first])
        if not isinstance(got[first], Failed):
            seen += f", for {self._inputs(trial.arguments)}"
        hint = self._recognised(stage, trials, got, before)
        if not hint and self.tell and not name and not isinstance(got[first], Failed):
            one = [parts if self.returns else parts[0] for parts in (got[first], wanted[first])]
            hint = self.tell(*one, *trial.arguments)
        hint = hint or trial.hint
        return Wrong(*(text for text in (hint, seen, self.idea) if text))

    def _recognised(self, stage, trials, got, before):
        """The hint of the mistake that does what was seen, and until here did what the answer does."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # else the learner is shown them as printed by their own function
            for mistake in self.mistakes:
                if self._does(mistake.function, stage, trials, got, _alike) and all(
                    self._does(mistake.function, earlier, trials, wanted, _agree)
                    for earlier, wanted in before
                ):
                    return mistake.hint
        return ""

    def _does(self, function, stage, trials, seen, same):
        """Whether a function does on every trial what was seen (of more); the first that differs ends it."""
        return all(
            same(self.look(function, stage, [trial])[0], one)
            for trial, one in zip(trials, seen, strict=False)
        )

    def _inputs(self, arguments):
        names = list(inspect.signature(self.answer).parameters)
        if not self.value:  # the arguments are those of what looks at it, after the function itself
            names = list(inspect.signature(next(iter(self.observe.values()))).parameters)[1:]
        return ", ".join(f"{n} {_shown(a)}" for n, a in zip(names, arguments, strict=False))

    def fit(self, function):
        """The function, giving the next cells what they need; and what is said of it."""
        kinds = {
            "int": (int | np.integer, lambda x: int(array(x))),
            "float": (float | np.floating, lambda x: float(array(x))),
            "array": (np.ndarray | np.generic, array),
            "list": (list | np.ndarray, lambda x: array(x).tolist()),
        }
        if self.gives not in kinds:
            return function, ""
        kind, convert = kinds[self.gives]
        results = []
        given = self._given(self.trials(0)[0].arguments)
        guard.call(lambda attempt: results.append(attempt(*given)), function)  # what it prints was shown
        parts = [part for one in results for part in (one if self.returns else [one])]
        others = [type(part).__name__ for part in parts if not isinstance(part, kind)]
        if not others:
            return function, ""

        @functools.wraps(function)
        def fitted(*arguments):
            result = function(*arguments)
            return tuple(map(convert, result)) if self.returns else convert(result)

        return fitted, f"right; the cells below get your {others[0]} as {self.gives}"

    def agrees(self, function, number: int, seed: int = 10_000) -> bool:
        """Whether a function does what the answer does on so many drawn trials, looked at in every way."""
        stages = self.stages()
        while number > 0:
            trials = self.trials(seed)
            for stage in stages.values():
                if not self._does(function, stage, trials, self.look(self.answer, stage, trials), _agree):
                    return False
            stages.pop("compiled", None)  # once is enough, and it takes a hundred times as long as the rest
            number, seed = number - len(trials), seed + 1
        return True


def drawn(*, answer, **settings):
    """Turn a generator of arguments into the exercise of its name: see `Drawn`."""

    def wrap(inputs):
        name = inputs.__name__
        if name in EXERCISES:
            raise ValueError(f"there are two exercises {name}")
        EXERCISES[name] = Drawn(answer, inputs, **settings)
        return EXERCISES[name]

    return wrap


# ------------------------------------------------------------------------------- comparing and saying


def _agree(got, wanted):
    """Whether an attempt's parts are the answer's: shapes, and values within float32's rounding."""
    if isinstance(got, Failed) or isinstance(wanted, Failed):
        return False
    return len(got) == len(wanted) and all(map(_close, got, wanted))


def _alike(mistake, got):
    """Whether a mistake did what was seen; what is not finite counts as one and the same."""
    if isinstance(mistake, Failed) or isinstance(got, Failed):
        return isinstance(mistake, Failed) and isinstance(got, Failed) and mistake.kind == got.kind
    return len(mistake) == len(got) and all(
        _close(*map(_finite_or_nan, pair)) for pair in zip(mistake, got, strict=True)
    )


def _finite_or_nan(values):
    return np.where(np.isfinite(values), values, np.nan) if values.dtype.kind == "f" else values


def _close(one, other):
    if one.shape != other.shape:
        return False
    if one.dtype.kind in "US":
        return bool(np.all(one == other))
    one, other = one.astype("float64"), other.astype("float64")
    size = np.abs(other[np.isfinite(other)]).max(initial=0.0) or 1.0
    return bool(np.allclose(one, other, rtol=CLOSE, atol=CLOSE / 100 * min(size, 1.0), equal_nan=True))


def _said(stage, got, wanted):
    """What was seen at a stage and what should have been, in words."""
    if isinstance(got, Failed):
        return got.text if stage != "compiled" else (
            f"it works, but not inside the compiled training step of the lesson ({got.text}): use keras.ops "
            "only, and x.shape[0] in place of len(x)"
        )  # fmt: skip
    pairs = [pair for pair in zip(got, wanted, strict=True) if not _close(*pair)]
    one, other = pairs[0]
    if stage == "type":
        return f"the values are right but stored as {one}: they must be {other}"
    if stage.startswith("slope"):
        if one.shape == other.shape and not np.any(one):
            return f"the value is right, but no gradient comes back: its {stage} is 0 everywhere"
        return f"the value is right, but not its {stage}: {difference(one, other)}"
    return f"{stage}: {difference(one, other)}" if stage else difference(one, other)


def difference(got, wanted) -> str:
    """How one array differs from another, in words: "yours is 8.00 times as large"."""
    if got.shape != wanted.shape:
        return f"the result has the shape {got.shape}, not {wanted.shape or 'one number'}"
    got, wanted = got.astype("float64"), wanted.astype("float64")
    if not np.all(np.isfinite(got)) and np.all(np.isfinite(wanted)):
        bad = got[~np.isfinite(got)]
        return f"yours is {bad[0]:g}" if got.ndim == 0 else f"{bad.size} of {got.size} values are {bad[0]:g}"
    every = "" if got.ndim == 0 else " everywhere"
    pair = f"yours gives {_short(got)}, and should give {_short(wanted)}" if got.size == 1 else ""
    with np.errstate(all="ignore"):
        ratio, gap = got / wanted, got - wanted
    told = ""
    if np.all(wanted != 0) and np.allclose(ratio, ratio.flat[0], rtol=1e-3) and got.size:
        factor = ratio.flat[0]
        if np.isclose(factor, -1):
            told = f"yours has the opposite sign{every}"
        elif factor and (got.size > 1 or _round(factor) or _round(1 / factor)):
            told = f"yours is {factor:.2f} times as large{every}"
    elif got.size > 1 and np.allclose(gap, gap.flat[0], rtol=1e-3, atol=1e-6):
        told = f"yours is larger by {gap.flat[0]:.4g}{every}".replace("larger by -", "smaller by ")
    if told or pair:
        return ": ".join(filter(None, (told, pair)))
    wrong = ~np.isclose(got, wanted, rtol=CLOSE, atol=1e-5, equal_nan=True)
    place = tuple(int(i) for i in np.argwhere(wrong)[0]) if wrong.any() else (0,) * got.ndim
    where = ", ".join(map(str, place))
    return (
        f"{int(wrong.sum())} of {got.size} values differ: at [{where}] yours is {_short(got[place])}, and "
        f"should be {_short(wanted[place])}"
    )


def _round(factor):
    """Whether a factor is one that a slip leaves: a whole number."""
    return abs(factor) > 1.5 and np.isclose(factor, np.rint(factor), rtol=1e-3)


def _short(value):
    return f"{float(np.ravel(value)[0]):.4g}"


def _shown(value):
    """An argument, in a few words."""
    if callable(value):
        return "as in the lesson"
    if not isinstance(value, np.ndarray):
        return f"= {' '.join(repr(value).split())}"[:80]  # arrays in a list would break the line
    if value.size <= SHOWN:
        return f"= {np.array2string(value, precision=3, separator=', ')}".replace("\n", "")
    return f"{value.shape} from {value.min():.3g} to {value.max():.3g}"
