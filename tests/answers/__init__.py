"""What holds the checks from outside: answers that got past them once, and numbers typed by hand.

Each module here is named like the one of the checks in course_lib/check, and holds three dicts:
`REFUSED`, {exercise: [(answer, part of its hint), …]}, answers that reviewers chose to get past the checks;
`ACCEPTED`, {exercise: [answer, …]}, right ones that were refused; `TYPED`, {exercise: (arguments, answer
number, [each mistake's number])}: the number is the sum of all that is returned, None where it raises.
"""

import importlib
import pkgutil

REFUSED, ACCEPTED, TYPED = {}, {}, {}
for _found in pkgutil.iter_modules(__path__):
    _module = importlib.import_module(f"{__name__}.{_found.name}")
    for _all, _name in ((REFUSED, "REFUSED"), (ACCEPTED, "ACCEPTED"), (TYPED, "TYPED")):
        _all |= getattr(_module, _name, {})
