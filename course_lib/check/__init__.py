"""What grades the exercises: `fn = check.some_exercise(fn)` prints ○, ✗ with a hint, or ✓.

It returns the learner's function when that is right, and the course's own otherwise, so that every
later cell of a lesson runs. With COURSE_STRICT=1 anything but ✓ raises. Importing this package
imports neither TensorFlow nor Keras. How to write an exercise: docs/authoring.md.
"""

from course_lib.check.art import closer_to_training, projection_logits, slerp
from course_lib.check.choosing import log_uniform, lstm_weights, optimism
from course_lib.check.combining import agreement, likeness, step_operations
from course_lib.check.compute import footprint, least_seconds, quantised, speed_up
from course_lib.check.data_needs import auc, sampling_weights, spoiled
from course_lib.check.dissection import absorb, matched, unit_iou
from course_lib.check.framework import EXERCISES, ExerciseFailed
from course_lib.check.gan import (
    discriminator_loss,
    enlarged_size,
    follow,
    generator_loss,
    optimal_discriminator,
    overlap,
)
from course_lib.check.latent import best_picture, calibrated_loss, direction
from course_lib.check.likelihood import (
    active_units,
    free_bits,
    importance_weighted_bound,
    level_probabilities,
)
from course_lib.check.motion import bilinear, inputs_and_targets, warp_arguments
from course_lib.check.next_frame import (
    error_per_step,
    frames_to_keep,
    linear_extrapolation,
    next_state,
)
from course_lib.check.recognition import cross_entropy, iou, receptive_field
from course_lib.check.restoration import hole_loss, psnr, to_pixels
from course_lib.check.rows import before, bits_per_dimension, draw_pixel
from course_lib.check.scoreboard import difference_interval, mmd_squared, precision_coverage
from course_lib.check.seeing import grad_cam, occlusion_map, share_inside
from course_lib.check.stability import covered_modes, gradient_penalty, hinge_loss
from course_lib.check.start import brighten, mean_picture, to_signed
from course_lib.check.style import adain, gram, total_variation
from course_lib.check.translation import cycle_loss, patch_side, translation_loss
from course_lib.check.trust import alarm_threshold, area_under_curve, attack_step
from course_lib.check.vae import gaussian_kl, reconstruction_loss, reparameterise

__all__ = [
    "EXERCISES",
    "ExerciseFailed",
    "absorb",
    "active_units",
    "adain",
    "agreement",
    "alarm_threshold",
    "area_under_curve",
    "attack_step",
    "auc",
    "before",
    "best_picture",
    "bilinear",
    "bits_per_dimension",
    "brighten",
    "calibrated_loss",
    "closer_to_training",
    "covered_modes",
    "cross_entropy",
    "cycle_loss",
    "difference_interval",
    "direction",
    "discriminator_loss",
    "draw_pixel",
    "enlarged_size",
    "error_per_step",
    "follow",
    "footprint",
    "frames_to_keep",
    "free_bits",
    "gaussian_kl",
    "generator_loss",
    "grad_cam",
    "gradient_penalty",
    "gram",
    "hinge_loss",
    "hole_loss",
    "importance_weighted_bound",
    "inputs_and_targets",
    "iou",
    "least_seconds",
    "level_probabilities",
    "likeness",
    "linear_extrapolation",
    "log_uniform",
    "lstm_weights",
    "matched",
    "mean_picture",
    "mmd_squared",
    "next_state",
    "occlusion_map",
    "optimal_discriminator",
    "optimism",
    "overlap",
    "patch_side",
    "precision_coverage",
    "projection_logits",
    "psnr",
    "quantised",
    "receptive_field",
    "reconstruction_loss",
    "reparameterise",
    "sampling_weights",
    "share_inside",
    "slerp",
    "speed_up",
    "spoiled",
    "step_operations",
    "to_pixels",
    "to_signed",
    "total_variation",
    "translation_loss",
    "unit_iou",
    "warp_arguments",
]
