"""The library behind *Learning to Draw*: what the lessons import, in one file a family.

Importing this package imports neither TensorFlow nor Keras; its modules do, when they are used.
"""

__version__ = "0.1.0"
