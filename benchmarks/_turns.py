"""What the benchmarks that time ways beside each other have in common."""

import time


def in_turns(ways, turns=5):
    """The wall's seconds that each of `ways`, functions by name, takes in each turn: a list for each name.

    Every way is called once before, which compiles. In turns, because a machine's speed drifts.
    """
    for way in ways.values():
        way()
    seconds = {name: [] for name in ways}
    for _ in range(turns):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - began)
    return seconds
