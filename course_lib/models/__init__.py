"""The networks of the course, one module a family, each with the `training.Model` that trains it."""
