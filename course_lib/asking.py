"""Which of two looks more real? Asking people, scoring what they say, and keeping it.

Two pictures stand side by side, one of each entrant, and one must be chosen: a two-alternative forced choice
(Green and Swets, "Signal detection theory and psychophysics", 1966). Whoever sees no difference chooses each
entrant in half of the pairs, whatever habit the hand has, for each stands on the left in half of them.

The answers are the learner's own. They stay in a file beside the notebook, and the project holds none.
"""

import datetime
import json
from pathlib import Path

import numpy as np

from course_lib import inference
from course_lib.files import move_aside, write_atomically

PLACE = Path("my_art", "looks_more_real.json")
NOBODY = "Nobody has been asked yet."


def sides(pairs: int, seed=None) -> np.ndarray:
    """Whether the first entrant's picture stands on the left, bool (pairs,): in half of them, shuffled.

    seed: of the order; None draws another one each time, so that it cannot be remembered.

    Raises ValueError for an odd number, which has no half.
    """
    if pairs < 2 or pairs % 2:
        raise ValueError(f"each entrant stands on the left in half of the pairs: {pairs} has no half")
    return np.random.default_rng(seed).permutation(np.arange(pairs) < pairs // 2)


def taken(first_left, chose_left) -> inference.Estimate:
    """The share of pairs in which the first entrant's picture was chosen, with Wilson's interval.

    first_left, chose_left: bool (pairs,): where it stood, and which side was chosen.
    """
    first_left, chose_left = np.asarray(first_left, bool), np.asarray(chose_left, bool)
    if first_left.shape != chose_left.shape:
        raise ValueError(f"{first_left.size} pairs were shown and {chose_left.size} answered")
    return inference.share(first_left == chose_left, of="pairs")


def least_share(pairs: int) -> float:
    """The smallest share above one half that so many pairs can decide."""
    return next(k / pairs for k in range(pairs // 2, pairs + 1) if inference.share(k, pairs).low > 0.5)


def verdict(share: inference.Estimate, first: str, other: str, nearer: str) -> str:
    """What the answers say, held against the ruler's order.

    share: of pairs in which `first` was chosen. nearer: which of both the ruler has nearer to real pictures.
    """
    told = f"{first} was chosen in {share.value:.0%} of {share.n} pairs"
    told += f" ({share.low:.0%} to {share.high:.0%}; {share.kind})"
    if share.low <= 0.5 <= share.high:
        enough = f"{share.n} pairs can decide {least_share(share.n):.0%} and more"
        return f"{told}: not decided, for one half is among them; {enough}. The ruler has {nearer} nearer."
    preferred = first if share.low > 0.5 else other
    agrees = "as the ruler has it" if preferred == nearer else f"against the ruler, which has {nearer} nearer"
    return f"{told}: {preferred} looks more real, {agrees}."


def answers(path=PLACE) -> list:
    """What is kept: a dict a sitting, with `asked` (the day), `first`, `other`, `first_left`, `chose_left`.

    Raises ValueError, which names the file, when it is damaged.
    """
    path = Path(path)
    if not path.exists():
        return []
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        for row in kept:
            taken(row["first_left"], row["chose_left"])
            str(row["asked"]), str(row["first"]), str(row["other"])
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path} is damaged ({error}): move it away, and ask again") from error
    return kept


def keep(first: str, other: str, first_left, chose_left, path=PLACE) -> None:
    """Add the answers of one sitting to the file. A damaged file is moved aside, not written over."""
    path = Path(path)
    try:
        kept = answers(path)
    except ValueError:
        kept = []
        move_aside(path, path.with_stem(f"{path.stem}-damaged"))
    row = {"asked": datetime.date.today().isoformat(), "first": first, "other": other}
    row |= {"first_left": list(map(bool, first_left)), "chose_left": list(map(bool, chose_left))}
    write_atomically(path, (json.dumps([*kept, row], indent=1) + "\n").encode())


def told(first: str, other: str, nearer: str, path=PLACE) -> str:
    """A line a sitting that compared these two, or that nobody has been asked yet."""
    try:
        kept = answers(path)
    except ValueError as error:
        return str(error)
    lines = [
        f"{row['asked']}: {verdict(taken(row['first_left'], row['chose_left']), first, other, nearer)}"
        for row in kept
        if (row["first"], row["other"]) == (first, other)
    ]
    return "\n".join(lines) or NOBODY
