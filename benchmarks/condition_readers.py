"""Small readers of what rendered digits show, for benchmarks/conditions.py.

They are trained on pictures of the digits of the *test* split, of which no generator has seen one. What they
read in generated pictures is then compared with what they read in real pictures of the training digits, drawn
anew under the same conditions; so neither side has the advantage of known digits.
"""

import functools

import flax.linen as nn
import flax.serialization
import jax
import jax.numpy as jnp
import numpy as np
import optax

from cwgan_jax.data.sets import coloured_digits, digits, renderings, rotated_digits
from cwgan_jax.data.source import to_arrays

STEPS, BATCH, RATE = 4000, 128, 2e-3
COPIES = 64  # pictures of each digit
_ANGLE, _STROKE = (part.deviation for part in rotated_digits.SCHEMA[1:])


class Reader(nn.Module):
    """Three convolutions, two linear layers: features, then outputs."""

    outputs: int

    @nn.compact
    def __call__(self, x, *, train):
        """f[N, H, W, 1] -> f[N, outputs]."""
        for width, stride in ((32, 1), (64, 2), (128, 2)):
            x = nn.Conv(width, (3, 3), (stride, stride), use_bias=False)(x)
            x = nn.relu(nn.BatchNorm(use_running_average=not train, momentum=0.95)(x))
        x = nn.relu(nn.Dense(256)(x.reshape(len(x), -1)))
        return nn.Dense(self.outputs)(x)


def pictures(digit, label, angle, stroke, size):
    """u8[N, size, size, 1], rendered as the data set does it."""
    return to_arrays(rotated_digits.pictures(digit, label, angle, stroke), (size, size), 1)[0]


def train(image, label, numbers, *, seed=0, steps=STEPS):
    """Trains a reader of the class i[N] and of standardised numbers f[N, 2] (none: of the class alone)."""
    count = 0 if numbers is None else numbers.shape[1]
    module = Reader(10 + count)
    variables = module.init(jax.random.key(seed), jnp.zeros((1, *image.shape[1:])), train=False)
    schedule = optax.cosine_onecycle_schedule(steps, RATE)
    optimizer = optax.adamw(schedule, weight_decay=1e-2)
    state = (variables, optimizer.init(variables["params"]))
    numbers = np.zeros((len(image), 0), np.float32) if numbers is None else numbers

    @jax.jit
    def step(state, key, image, label, numbers):
        variables, moments = state
        noise, shift = jax.random.split(key)
        x = _shifted(_unit(image), shift) + 0.1 * jax.random.normal(noise, image.shape)

        def loss(params):
            inputs = {**variables, "params": params}
            out, changed = module.apply(inputs, x, train=True, mutable=["batch_stats"])
            named = optax.softmax_cross_entropy_with_integer_labels(out[:, :10], label).mean()
            return named + optax.huber_loss(out[:, 10:], numbers, delta=0.5).sum(-1).mean(), changed

        gradient, changed = jax.grad(loss, has_aux=True)(variables["params"])
        change, moments = optimizer.update(gradient, moments, variables["params"])
        params = optax.apply_updates(variables["params"], change)
        return {"params": params, **changed}, moments

    draw = np.random.default_rng(seed)
    for n in range(steps):
        some = draw.integers(0, len(image), BATCH)
        key = jax.random.fold_in(jax.random.key(seed), n)
        state = step(state, key, image[some], label[some], numbers[some])
    return module, jax.device_get(state[0])


def _unit(image):
    return image.astype(jnp.float32) / 127.5 - 1


def _shifted(image, key):
    """Each batch moved by at most a pixel."""
    return jnp.roll(image, jax.random.randint(key, (2,), -1, 2), (1, 2))


@functools.partial(jax.jit, static_argnums=0)
def _apply(module, variables, image):
    return module.apply(variables, _unit(image), train=False)


def read(reader, image):
    """The outputs f[N, ...] of images u8[N, H, W, 1]."""
    module, variables = reader
    filled = np.resize(image, (-(-len(image) // 500) * 500, *image.shape[1:]))
    parts = [np.asarray(_apply(module, variables, filled[i : i + 500])) for i in range(0, len(filled), 500)]
    return np.concatenate(parts)[: len(image)]


def of_rotated(size, folder):
    """Reads digit, angle and stroke: `read_rotated`."""

    def make():
        image, label = digits.bundled("test")
        dark = np.repeat(image.astype(np.float32) / image.max((1, 2), keepdims=True), COPIES, axis=0)
        label = np.repeat(label, COPIES)
        draw = np.random.default_rng(1)
        angle = draw.uniform(*(1.15 * x for x in rotated_digits.ANGLE), len(label))
        stroke = draw.uniform(0.4, 1.6, len(label))
        numbers = np.stack([angle / _ANGLE, (stroke - 1) / _STROKE], 1).astype(np.float32)
        return train(pictures(dark, label, angle, stroke, size), label, numbers)

    return _kept(folder / f"rotated_{size}_{COPIES}_{STEPS}.msgpack", 12, make)


def read_rotated(reader, image):
    """What a reader sees: digit i[N], angle f[N] in degrees, stroke f[N]."""
    out = read(reader, image)
    return out[:, :10].argmax(1), out[:, 10] * _ANGLE, 1 + out[:, 11] * _STROKE


def of_inks(size, folder):
    """Reads the digit in the share of ink: `read_coloured`."""

    def make():
        source = coloured_digits.source(None, "test")
        image = to_arrays(source, (size, size), 3)[0]
        _, _, share = colours_of(image)
        _, label = renderings.digits("test")
        return train(share, label, None, steps=STEPS // 2)

    return _kept(folder / f"inks_{size}_{STEPS}.msgpack", 10, make)


def _kept(path, outputs, make):
    """A reader from its file, or made now and put there."""
    if path.exists():
        return Reader(outputs), flax.serialization.msgpack_restore(path.read_bytes())
    reader = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(flax.serialization.msgpack_serialize(reader[1]))
    return reader


def colours_of(image):
    """The nearest named colours of ink and paper, i[N] each, and the share of ink u8[N, H, W, 1].

    The paper is the median of the border, the ink the mean of the twentieth of the pixels that differ most.
    """
    x = image.astype(np.float64)
    border = np.concatenate([x[:, 0], x[:, -1], x[:, :, 0], x[:, :, -1]], 1)
    paper = np.median(border, 1)
    flat = x.reshape(len(x), -1, 3)
    far = np.square(flat - paper[:, None]).sum(-1)
    most = np.argsort(-far, 1)[:, : max(4, flat.shape[1] // 20)]
    ink = np.take_along_axis(flat, most[..., None], 1).mean(1)
    names = np.array(list(coloured_digits.COLOURS.values()), np.float64)
    nearest = lambda colour: np.square(colour[:, None] - names).sum(-1).argmin(1)  # noqa: E731
    along = ((flat - paper[:, None]) * (ink - paper)[:, None]).sum(-1)
    share = along / np.maximum(np.square(ink - paper).sum(-1), 1)[:, None]
    share = np.rint(255 * np.clip(share, 0, 1)).astype(np.uint8).reshape(*x.shape[:3], 1)
    return nearest(ink), nearest(paper), share


def read_coloured(reader, image):
    """What a reader sees: digit, ink and paper, i[N, 3], as in `coloured_digits.Combination`."""
    ink, paper, share = colours_of(image)
    return np.stack([read(reader, share).argmax(1), ink, paper], 1)
