"""The networks of the course, one module a family, each with the `training.Model` that trains it."""

import course_lib.backend  # noqa: F401 (before Keras: it settles what keras.json may have set otherwise)
