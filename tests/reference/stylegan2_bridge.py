"""The same weights and random numbers for the package's StyleGAN2 and for plain PyTorch's."""

import jax
import numpy as np

from cwgan_jax.interop import layout
from reference import bridge, stylegan2
from reference.family_compare import normal

CLASSES = 3
SMALL = {
    "model__architecture": "stylegan2",
    "model__dtype": "float64",
    "model__implementation": "xla",  # compiles in half the time
    "model__most_features": 3,
    "model__mapping_layers": 2,
    "model__style_mixing": 0.6,
}


def filled(shapes):
    """Numbers for a tree of shapes, of the size that the layers' factors expect; none is special."""

    def leaf(path, shape):
        name = jax.tree_util.keystr(path, simple=True, separator="/")
        size = (1.0 if shape.ndim > 1 else 0.3) * (100 if "mapping/linear" in name else 1)
        return size * normal(*shape.shape, seed=sum(map(ord, name)))

    return jax.tree_util.tree_map_with_path(leaf, shapes)


def modules(cfg, size, depth, classes=CLASSES):
    """The plain PyTorch pair."""
    model, steps = cfg.model, len(stylegan2.heights(size))
    widths = [min(model.features * 2**i, model.most_features) for i in range(steps)]
    own = {"mapping_layers": model.mapping_layers, "embedding": model.embedding}
    generator = stylegan2.Generator(model.latent, classes, widths[::-1], size, depth, **own)
    its = {"group": model.group, "residual": model.residual}
    return generator.double(), stylegan2.Critic(classes, widths, size, depth, **its).double()


def carry(module, params, stats, shape):
    """Loads the weights; the filter's buffers are not there."""
    arrays = layout.to_torch(params, stats, shape)
    arrays = {name: bridge.to_tensor(x) for name, x in arrays.items() if not name.endswith("filter")}
    module.load_state_dict(arrays, strict=True)


def gradients(module, template, shape):
    """Those that `backward` left, as a tree like `template`."""
    found = {name: value.grad.numpy(force=True) for name, value in module.named_parameters()}
    running = {name: value.numpy(force=True) for name, value in module.named_buffers()}
    return layout.from_torch(found | running, template, shape)[0]


def drawn(module, key):
    """What each example draws, from its key: second latents and crossovers, and the noise of the layers."""
    latent, first, noises = module.drawn(key, np.dtype(np.float64))
    return (bridge.to_tensor(latent), bridge.to_tensor(first)), [bridge.to_tensor(x) for x in noises]
