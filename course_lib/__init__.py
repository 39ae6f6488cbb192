"""The library behind *Learning to Draw*. Its plan: what each module holds (which lessons call it).

Pictures

    data                data sets by name, in the library's two ranges: uint8, or float in [-1, 1] (all)
    data.bundled        the data sets that come with the course (0.1-1.1, 1.4-2.2, 4.1, 4.3-4.4, 6.1-6.2, 6.4)
    data.pictures       the learner's own pictures, and the scale of pixels (0.1-1.2, 1.4-6.2, 6.4-6.5)
    data.reading        one file as a picture, or the true reason why it is none (the library)
    data.kinds          what kind of file it is, told from its content (the library)
    data.colours        colours as sRGB, by profiles and what formats note (the library)
    data.litter         what lies beside photographs and is none (the library)
    data.batches        batches whose order follows from a seed (0.1-4.4, 5.1-5.3, 6.2-6.5)
    data.patches        many small squares of few large photographs (4.2)
    data.outlines       what a drawing of a picture would show (4.3, 5.3)
    data.sequences      films of garments that move and bounce (3.1, 5.3)
    data.motions        films of one garment that turns or slides (3.2)
    data.tfds_builders  the same data sets, and others, through TensorFlow Datasets (the library)
    data.downloads      files from the network that go on where they stopped (the library)
    augment             changes through which a gradient flows, for few pictures (1.4)
    detection           boxes on canvases, the network that finds them, its loss and its score (4.1)

Networks, each family with the model that trains it

    models              one module a family (1.1-6.5)
    models.gan          generative adversarial networks, also conditional ones (1.1-2.3, 4.1, 5.1-6.5)
    models.vae          variational autoencoders (2.1-2.3, 3.3-4.1, 5.1-6.2, 6.4-6.5)
    models.likelihood   VAEs that say how probable a picture is (2.3)
    models.rnn          networks that say what comes next in a film (3.1-3.2, 5.3)
    models.motion       networks that go on with a turn or a slide (3.2)
    models.rows         a painter of rows and pixels with exact probabilities (3.3, 6.5)
    models.cnn          networks that name what is on a picture (4.1, 4.4, 5.3, 6.2-6.4)
    models.supervised   one network, one loss, right answers that are known (3.1-4.2, 4.4, 5.3, 6.3, 6.5)
    models.unet         pictures in, pictures of the same size out (4.3, 5.3)
    models.restoration  damage, networks that undo it, and pictures in tiles (4.2, 6.5)
    models.translation  from an outline to a picture, and from one domain to another (4.3)
    models.style        a painting's look as numbers, and two ways to paint with it (4.5)
    models.features     a network that has seen photographs: EfficientNet-Lite0 (4.2, 4.4-4.5)
    models.ring         a GAN on eight Gaussians in a plane (1.3)
    models.matching     a generator without an opponent (5.1)
    models.combined     a VAE with a GAN's eye, and networks with a trunk in common (5.2)
    layers              layers that Keras does not have (1.3, 4.2)
    losses              what the lessons derive on paper (1.1-1.3, 2.1-2.3, 3.3, 5.2, 6.3)

Training

    training            the model whose step is written once for every backend (1.1-1.3, 3.1-5.1, 6.3-6.4)
    backend             what differs between the backends, chosen once (the library)
    backend.tensorflow  TensorFlow's derivatives, batches and replicas (the library)
    backend.jax         JAX's derivatives, of pure functions (the library)
    backend.torch       PyTorch's derivatives (the library)
    settings            what a training is made with, so that a checkpoint tells what differs (the library)
    callbacks           progress, checkpoint, films of a training (1.1-1.2, 1.4-2.2, 3.1-3.2, 4.5, 6.5)
    weights             trained networks that ship with the course, and are intact (1.1-3.1, 3.3-6.5)

Measuring

    judge               the network that scores garments (0.1-1.3, 2.1-2.3, 3.3-4.1, 4.3-6.4)
    metrics             distances, recall, PSNR and others on arrays (1.1-1.4, 2.3-4.3, 4.5-5.1, 6.2, 6.4-6.5)
    inference           intervals, and differences that are decided or not (1.1-6.5)
    operations          multiply-adds and weights, layer by layer (5.2-5.3, 6.3)
    scoreboard          the entrants of one comparison, and how one is measured (5.1)
    choosing            which model for which problem: what the lessons measured, in order (5.3)
    asking              which of two looks more real: people's answers, scored and kept (the library)
    results             what lessons and studies measured, written and read (1.2-2.3, 5.1-5.2, 6.2-6.3)

Looking inside, making smaller, and trust

    seeing              where a network looks, and pictures made for a unit (4.4, 6.1)
    dissection          what becomes of a picture without a unit (6.1)
    compact             weights in fewer bits, weights at zero, channels taken out (6.3)
    attacks             changes that a network notices and an eye does not (6.4)
    watermark           an invisible mark, found again with a key (6.5)
    provenance          where a picture comes from, for others to check; a card for a model (6.5)

Around a lesson

    runtime             the first cell: seeds, quiet logs, profile, knobs, recorded numbers (all)
    pace                how fast this machine is, and how long a lesson takes on it (the library)
    plots               figures (all)
    widgets             explorers with sliders, and a sheet to draw on (2.2, 4.3, 5.3-6.1)
    contents            the lessons and exercises, and their numbers (the library)
    doctor              what this machine can do (0.1)
    surroundings        what a machine's own settings would do to the course (the library)
    machine             computers and Pythons that the course cannot run on (the library)
    console             what is printed where signs are missing (the library)
    files               files that are never half-written, and where the cache is (the library)
    desk                what surrounds the lessons on a learner's machine (the library)
    desk.copies         the learner's own copies of the lessons, which no update overwrites (the library)
    desk.lab            JupyterLab on these copies (the library)
    desk.server         JupyterLab itself, with a style sheet of the course's (the library)
    desk.home           the page that JupyterLab opens: lessons, what is solved, keys (the library)
    desk.progress       which exercises a learner has solved (the library)
    desk.reset          an exercise or a lesson put back, the old answer kept (the library)
    desk.page           a lesson executed and written as a web page (the library)
    desk.execution      a notebook executed, its pictures described, its cells measured (the library)
    desk.command        the command `learning-to-draw lab|run|reset|doctor` (the library)
    desk.__main__       the same as `python -m course_lib.desk` (the library)

Exercises, whose checks stand in a module a lesson

    check               `fn = check.some_exercise(fn)` prints ○, ✗ with a hint, or ✓ (all)
    check.framework     what every check shares (the library)
    check.drawn         what a function does on drawn inputs, and the mistake that does the same (the library)
    check.kinds         bets, names for what is unlabelled, settings that are tried (the library)
    check.hints         what is said when a learner asks again (the library)
    check.guard         the learner's code, run so that no slip spoils the notebook (the library)
    check.start         brightness, ranges, a mean picture (0.1)
    check.gan           losses, a step of both players, sizes of convolutions, a setting on a budget (1.1-1.2)
    check.stability     modes that were found, the gradient penalty, a ring to mend, five patients (1.3)
    check.art           pictures that are copies, a projected label (1.4)
    check.vae           KL divergence, a step of a VAE, what broken losses do (2.1)
    check.latent        a best picture, what lost its detail, a VAE on a budget (2.2)
    check.likelihood    bounds, free bits, levels of grey, a collapse to mend (2.3)
    check.next_frame    a memory to mend, scheduled sampling, errors of a forecast (3.1)
    check.motion        the warp, faults in made films, a step of the next frame (3.2)
    check.rows          the pixels before, bits, a draw from a mixture, a painter on a budget (3.3)
    check.recognition   receptive fields, overlap of boxes, a training to mend (4.1)
    check.restoration   pixels for channels, a loss in a hole, whose work it is, cosines on a budget (4.2)
    check.translation   a step of two networks, there and back (4.3)
    check.seeing        a map by occlusion, its share inside a thing, what survives (4.4)
    check.style         Gram matrices, moments, the best judge (4.5)
    check.scoreboard    MMD, precision and coverage, what is decided (5.1)
    check.combining     likeness, a step's operations, gradients that agree (5.2)
    check.choosing      a draw of rates, the weights of an LSTM, optimism (5.3)
    check.dissection    units and things that agree, a fair control, a rotation that nobody sees (6.1)
    check.data_needs    an area under a curve, what leaks, spoiled labels (6.2)
    check.compute       bits, footprints, the least seconds, a speed-up (6.3)
    check.trust         an attack's step, what attacks leave, who is accused, a threshold (6.4-6.5)

Importing this package imports neither TensorFlow nor Keras; its modules do, when they are used.
"""

from course_lib import surroundings as _surroundings

__version__ = "0.1.0"

_surroundings.refuse_hiding_files()
_surroundings.choose_backend()
