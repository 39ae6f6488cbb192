"""TensorFlow: derivatives by `tf.GradientTape`, batches by `tf.data`, replicas by `tf.distribute`."""

import contextlib
import functools
from concurrent.futures import ThreadPoolExecutor

import keras
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


def apply(optimizer, gradients, variables):
    if type(optimizer) is keras.optimizers.Adam and not optimizer.amsgrad and replicas() == 1:
        optimizer.update_step = functools.partial(_adam_step, optimizer)
    optimizer.apply(gradients, variables)


def _adam_step(optimizer, gradient, variable, learning_rate):
    # Keras' own step in one operation for a variable: its dozen of operations each go over all numbers, which
    # in a dense GAN takes a third of a step.
    place = optimizer._get_variable_index(variable)
    memory = [kept[place].value for kept in (optimizer._momentums, optimizer._velocities)]
    dtype, taken = variable.dtype, optimizer.iterations + 1
    beta_1, beta_2, rate, epsilon = (
        tf.cast(number, dtype)
        for number in (optimizer.beta_1, optimizer.beta_2, learning_rate, optimizer.epsilon)
    )
    tf.raw_ops.ResourceApplyAdam(
        var=variable.handle, m=memory[0].handle, v=memory[1].handle,
        beta1_power=beta_1 ** tf.cast(taken, dtype), beta2_power=beta_2 ** tf.cast(taken, dtype),
        lr=rate, beta1=beta_1, beta2=beta_2, epsilon=epsilon, grad=tf.cast(gradient, dtype),
    )  # fmt: skip


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


def make_repeatable(cores):
    # Deterministic operations are not enough: an operation that runs beside another one may be given fewer
    # threads, adds up in another order, and now and then a training ends elsewhere: see
    # benchmarks/repeatability.py.
    # So either operations run one after the other, each on all cores, or beside each other, each on one core.
    # The second way is the faster one for trainings on two cores, and was not measured on more.
    # TensorFlow refuses once it has computed anything; then the caller has to do without.
    beside, within = (cores, 1) if cores <= 2 else (1, 0)
    with contextlib.suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(within)
        tf.config.threading.set_inter_op_parallelism_threads(beside)
    tf.config.experimental.enable_op_determinism()


def side_by_side(function, parts):
    # Where each operation has one core, a network without branches would leave the others idle.
    threads = tf.config.threading
    beside = threads.get_inter_op_parallelism_threads()
    if beside < 2 or threads.get_intra_op_parallelism_threads() != 1:
        return [function(part) for part in parts]
    first, *others = parts
    done = [function(first)]  # it traces, which threads would each do
    with ThreadPoolExecutor(beside) as pool:
        return done + list(pool.map(function, others))
