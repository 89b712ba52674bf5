"""What an architecture is: a pair of Flax modules, their options, and the data they are for."""

import dataclasses
import functools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, cast

import flax.linen as nn
import jax

from cwgan_jax.common import options
from cwgan_jax.common.model import Model
from cwgan_jax.common.options import Conflict
from cwgan_jax.networks.kernels.convolutions import Method
from cwgan_jax.networks.layers.norms import SINGLE, Reduce

Shape = tuple[int, ...]
Scored = jax.Array | tuple[jax.Array, jax.Array]
"""What a critic gives: scores f[...]; asked with `reads=C` also the outputs f[..., C] of its auxiliary
classifier, logits or numbers, see `Condition.blocks`."""


class Block(NamedTuple):
    """Neighbouring numbers that belong together, of a table's row or of a condition.

    Attributes:
      kind: how a network that makes them ends: `tanh`, numbers in [-1, 1]; `softmax`, the shares of a choice,
        which add up to 1; `sigmoid`, several choices of yes or no; or `linear`, any numbers.
      width: how many numbers.
    """

    kind: str
    width: int


class Form(NamedTuple):
    """What a pair of networks must know of the examples.

    Attributes:
      shape: of an example, channels last: (H, W, D) of an image or a field, (L, D) of a signal, (X, Y, Z, D)
        of a volume, (D,) of a table's row.
      layout: the blocks of a table's row, in the order of its numbers; () of everything else.
      bounded: whether the numbers lie in [-1, 1], so that the generator ends in tanh; else they are
        standardised, and its last layer is linear.
    """

    shape: Shape
    layout: tuple[Block, ...] = ()
    bounded: bool = True


class Networks(NamedTuple):
    """A pair of Flax modules; both are pure functions through `init` and `apply`.

    Attributes:
      generator: (latent f[B, Z], condition f[B, C], train, reduce) -> example f[B, H, W, D]; one with styles
        also has what `style.Generator` has: `layers`, `styles` and `draw`.
      critic: (example f[..., H, W, D], condition f[..., C]) -> score f[...], see `Scored`.
      mixes: whether a score depends on the other examples of the batch (batch norm in the critic).
      group: how many neighbouring examples are scored together, their scores depending on each other and on
        no others (minibatch standard deviation); a batch and its parts are made of whole groups.
      bounded: whether the generator's numbers lie in [-1, 1] where those of the data do; else they are
        clipped when examples are made of them.
      draws: whether the generator draws random numbers in training, besides the latents, and so takes `key`.
    """

    generator: nn.Module
    critic: nn.Module
    mixes: bool = False
    group: int = 1
    bounded: bool = True
    draws: bool = False

    def generate(
        self,
        params: Any,
        batch_stats: Any,
        latent: jax.Array,
        condition: jax.Array,
        *,
        reduce: Reduce = SINGLE,
        key: jax.Array | None = None,
    ) -> tuple[jax.Array, Any]:
        """The generator in training mode.

        Latents f[B, Z] and conditions f[B, C] to examples f[B, H, W, D], and the new running statistics;
        key[B] are for a generator that draws.
        """
        example, changed = self.generator.apply(
            {"params": params, "batch_stats": batch_stats},
            *(latent, condition),
            train=True,
            reduce=reduce,
            mutable=["batch_stats"],
            **_if_any(key),
        )
        return example, changed.get("batch_stats", {})

    def styles(
        self, variables: Any, latent: jax.Array, condition: jax.Array, key: jax.Array | None = None
    ) -> jax.Array:
        """The styles f[B, L, Z] of a generator that has them; arguments as of `generate`."""
        apply = functools.partial(self.generator.apply, variables, method="styles")
        return cast(jax.Array, apply(latent, condition, **_if_any(key)))

    def draw(self, variables: Any, styles: jax.Array, key: jax.Array | None = None) -> jax.Array:
        """The examples of styles f[B, L, Z]; other arguments as of `generate`."""
        return cast(jax.Array, self.generator.apply(variables, styles, method="draw", **_if_any(key)))

    def score(
        self, params: Any, example: jax.Array, condition: jax.Array, *, reduce: Reduce = SINGLE
    ) -> jax.Array:
        """The critic: examples f[..., H, W, D], conditions f[..., C] -> scores f[...]."""
        return cast(jax.Array, self.critic.apply({"params": params}, example, condition, reduce=reduce))

    def read(
        self, params: Any, example: jax.Array, condition: jax.Array, *, reduce: Reduce = SINGLE
    ) -> tuple[jax.Array, jax.Array]:
        """The scores f[...], and what the auxiliary classifier reads, f[..., C]; arguments as of `score`."""
        options: dict[str, Any] = {"reduce": reduce, "reads": condition.shape[-1]}
        result = self.critic.apply({"params": params}, example, condition, **options)
        return cast(tuple[jax.Array, jax.Array], result)


def _if_any(key: jax.Array | None) -> dict[str, Any]:
    """The argument `key`, which other generators do not have."""
    return {} if key is None else {"key": key}


class Architecture(NamedTuple):
    """An architecture: one line of `networks.ARCHITECTURES`.

    Attributes:
      options: a dataclass that extends `Model` by the options of this architecture; the default of its field
        `architecture` is the name in the table.
      build: (options, form of the examples) -> the pair.
      kinds: the kinds of data it makes, keys of `kinds.KINDS`.
      sizes: the lengths of an axis that it can make, such as heights and widths in pixels, multiples of the
        step; None: it makes any shape.
      axes: the numbers of spatial axes that it can make; not read without `sizes`.
      square: whether all of them must be of one length; not read without `sizes`.
      reconstructs: whether the critic is an autoencoder, whose score is minus a reconstruction error.
      reads: whether the critic can have an auxiliary classifier.
      styles: whether the generator has styles, see `Networks`.
      translates: whether the generator takes examples in place of latents and conditions, and gives examples;
        the critic then takes examples alone.
      alone: whether they train on batches of a single example.
    """

    options: type[Model]
    build: Callable[[Any, Form], Networks]
    kinds: tuple[str, ...] = ("images",)
    sizes: range | None = None
    axes: tuple[int, ...] = (2,)
    square: bool = True
    reconstructs: bool = False
    reads: bool = False
    styles: bool = False
    translates: bool = False
    alone: bool = False

    def makes(self, shape: Shape) -> bool:
        """Whether it can make examples of this shape."""
        lengths = shape[:-1]
        if self.sizes is None:
            return True
        fits = len(lengths) in self.axes and all(length in self.sizes for length in lengths)
        return fits and (not self.square or len(set(lengths)) == 1)

    def reach(self) -> str:
        """What `sizes`, `axes` and `square` allow, for people."""
        assert self.sizes is not None
        low, high, step = self.sizes[0], self.sizes[-1], self.sizes.step
        if self.square:
            return f"squares of {low} to {high} pixels"
        numbers = {1: "one axis", 2: "two axes", 3: "three axes"}
        each = f"{low} to {high} places" + (f", multiples of {step}" if step > 1 else "")
        return f"examples with {' or '.join(numbers[n] for n in self.axes)} of {each}"


@dataclasses.dataclass(frozen=True)
class Options(Model):
    """What all architectures of this package have.

    Attributes:
      features: f, the width multiplier.
      embedding: length of the label embedding.
      condition_layers: hidden layers of a network that the condition passes first, in generator and critic
        each; 0: none, a table alone. Conditions of numbers or texts need one or more (`condition.Prepared`).
      condition_width: its units.
      condition_frequencies: sines and cosines of the condition's numbers in front of it.
    """

    features: int = options.count(64, high=4096)
    embedding: int = options.count(10, high=65536)
    condition_layers: int = options.count(0, low=0, high=16)
    condition_width: int = options.count(128, high=4096)
    condition_frequencies: int = options.count(0, low=0, high=16)

    @property
    def method(self) -> Method:
        """How products and convolutions are computed."""
        return Method(self.implementation, self.precision)

    @property
    def sees(self) -> bool:
        """Whether the critic sees the labels; if not, its auxiliary classifier may still read them."""
        return getattr(self, "critic_labels", "") != "off"

    @property
    def embeddings(self) -> tuple[int, int]:
        """Length of the label embedding in the generator and in the critic, 0 where labels come in otherwise.

        Networks without a choice of `generator_labels` or `critic_labels` embed them.
        """
        ways = (getattr(self, f"{network}_labels", "concatenated") for network in ("generator", "critic"))
        generator, critic = (self.embedding if way == "concatenated" else 0 for way in ways)
        return generator, critic

    def conflicts(self, config: Any) -> Iterator[Conflict]:
        """See `Model`."""
        yield from super().conflicts(config)
        keys = "objective.auxiliary.critic", "model.critic_labels"
        reads = config.objective.auxiliary.critic
        if self.conditional and reads and getattr(self, "critic_labels", "") == "concatenated":
            why = "the classifier would see the labels; set it to 0, or config.model.critic_labels=projection"
            yield Conflict(keys, why)
        if self.conditional and not reads and not self.sees:
            why = "the critic would know nothing of the labels; set config.objective.auxiliary.critic=1"
            yield Conflict(keys[::-1], why)

    def idle(self) -> Iterator[tuple[str, str]]:
        """See `Model`."""
        yield from super().idle()
        if not self.conditional:
            why = "the networks do not see the labels, since config.model.conditional is false"
            keys = ("embedding", "generator_labels", "critic_labels", "condition_layers")
            yield from ((f"model.{key}", why) for key in keys if hasattr(self, key))
        elif not any(self.embeddings):
            yield "model.embedding", "neither network embeds the labels (generator_labels, critic_labels)"
        if not (self.conditional and self.condition_layers):
            why = "there is no embedding network (condition_layers)"
            yield from ((f"model.condition_{name}", why) for name in ("width", "frequencies"))
