"""TensorFlow: derivatives by `tf.GradientTape`, batches by `tf.data`, replicas by `tf.distribute`."""

import contextlib

import tensorflow as tf
from keras import ops

TITLE = "TensorFlow"
_ZERO = tf.UnconnectedGradients.ZERO  # of a rounding, say, as on the other backends


def value_and_gradients(function, variables):
    values = [variable.value for variable in variables]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(values)
        loss, logs = function()
    return (loss, logs), tape.gradient(loss, values, unconnected_gradients=_ZERO)


def pullback(function, variables):
    values = [variable.value for variable in variables]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(values)
        output = function()

    def pull(cotangent):
        return tape.gradient(output, values, output_gradients=cotangent, unconnected_gradients=_ZERO)

    return output, pull


def value_and_slope(function, x):
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        total = ops.sum(function(x))
    return total, tape.gradient(total, x, unconnected_gradients=_ZERO)


def compiled(function):
    # As Keras traces: autograph would let len(tensor) pass. Tracing on purpose earns no warning of it.
    traced = tf.function(function, autograph=False)
    return lambda *tensors: traced.get_concrete_function(*tensors)(*tensors)


def execution(steps):
    # XLA is slower than the plain kernels for convolutions on a CPU.
    return {"jit_compile": "auto" if gpus() else False, "steps_per_execution": steps}


def feed(batches, first_step):
    first_epoch, offset = divmod(first_step, len(batches))
    # The arrays stay in host memory: on a GPU machine the pipeline runs on the CPU.
    with tf.device("CPU:0"):
        tensors = tf.nest.map_structure(tf.constant, batches.arrays)

    def epoch_indices(epoch):
        indices = tf.numpy_function(batches.order, [epoch], tf.int64)
        indices.set_shape((len(batches), batches.batch_size))
        skipped = tf.where(epoch == first_epoch, tf.constant(offset, tf.int64), 0)
        return tf.data.Dataset.from_tensor_slices(indices).skip(skipped)

    def examples(indices):
        return tf.nest.map_structure(
            lambda array: batches.scaled(tf.gather(array, indices), tf.cast), tensors
        )

    epochs = tf.data.Dataset.counter(tf.constant(first_epoch, tf.int64))
    return untuned(epochs.flat_map(epoch_indices).map(examples).prefetch(2))


def untuned(x):
    # At the end of an iteration the autotuner's thread is joined, which sleeps 10 ms, then 20, 40 and so on:
    # short epochs stall.
    options = tf.data.Options()
    options.autotune.enabled = False
    return x.with_options(options) if isinstance(x, tf.data.Dataset) else x


def replicas():
    return tf.distribute.get_strategy().num_replicas_in_sync


def replica_number():
    context = tf.distribute.get_replica_context()
    return 0 if context is None else context.replica_id_in_sync_group


def let_replicas_assign(variable):
    if replicas() > 1:
        variable.value._aggregation = tf.VariableAggregation.MEAN


def gpus():
    devices = tf.config.list_physical_devices("GPU")
    details = [tf.config.experimental.get_device_details(device) for device in devices]
    return tuple(detail.get("device_name", "GPU") for detail in details)


def make_repeatable():
    # Deterministic operations are not enough: an operation that runs beside another one may be given fewer
    # threads, adds up in another order, and now and then a training ends elsewhere (2 of 10 runs of a GAN of
    # lesson 1.3 did, in benchmarks/repeatability.py). So operations run one after the other, each on all
    # cores. TensorFlow refuses once it has computed anything; then the caller has to do without.
    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
