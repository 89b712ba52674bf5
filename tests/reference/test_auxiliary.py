"""The auxiliary classifier: its loss of every block, and a step with it, against plain PyTorch in float64."""

import jax
import numpy as np
import pytest
from conftest import long, make_batch, make_config, make_setting
from step_helpers import initial, one_hot, take

from cwgan_jax.objectives import auxiliary

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e '.[reference]'")

from reference import bridge, training  # noqa: E402 - it needs it too
from reference.measure import worst_leaf  # noqa: E402

torch.set_num_threads(1)
F = torch.nn.functional
CLASSES, WEIGHTS = 3, (0.7, 0.3)
BLOCKS = (("softmax", 3), ("sigmoid", 2), ("linear", 2))


def test_loss_of_each_block(x64):
    draw = np.random.default_rng(0)
    outputs = draw.normal(0, 2, (4, 7))
    parts = np.eye(3)[[0, 2, 1, 1]], draw.integers(0, 2, (4, 2)), draw.normal(size=(4, 2))
    condition = np.concatenate(parts, 1)
    ours = auxiliary.misread(jax.numpy.asarray(outputs), jax.numpy.asarray(condition), BLOCKS)
    read, asked = torch.tensor(outputs), torch.tensor(condition)
    theirs = (
        F.cross_entropy(read[:, :3], asked[:, :3], reduction="none")
        + F.binary_cross_entropy_with_logits(read[:, 3:5], asked[:, 3:5], reduction="none").sum(1)
        + F.mse_loss(read[:, 5:], asked[:, 5:], reduction="none").sum(1) / 2
    )
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-12)


class Critic(torch.nn.Module):
    """x f[B, 1, 16, 16] and y i64[B] -> scores f[B] with a projection, logits f[B, C] that do not see y."""

    def __init__(self, features):
        super().__init__()
        self.linear_0 = torch.nn.Linear(256, 4 * features)
        self.linear_1 = torch.nn.Linear(4 * features, 2 * features)
        self.score = torch.nn.Linear(2 * features, 1)
        self.auxiliary = torch.nn.Linear(2 * features, CLASSES)
        self.projection = torch.nn.Embedding(CLASSES, 2 * features)

    def read(self, x, y):
        x = F.leaky_relu(self.linear_0(x.flatten(1)), 0.2)
        x = F.leaky_relu(self.linear_1(x), 0.2)
        return self.score(x)[:, 0] + (self.projection(y) * x).sum(1), self.auxiliary(x)

    def forward(self, x, y):
        return self.read(x, y)[0]

    def tree(self):
        """Its weights, named and shaped as ours."""
        found = {}
        for name, value in self.state_dict().items():
            layer, kind = name.split(".")
            kernel = kind == "weight"
            value = value.numpy().T if kernel and layer != "projection" else value.numpy()
            found.setdefault(layer, {})["kernel" if kernel else "bias"] = value
        return found

    def load(self, params):
        with torch.no_grad():
            for name, value in self.named_parameters():
                layer, kind = name.split(".")
                ours = np.asarray(params[layer]["kernel" if kind == "weight" else "bias"])
                value.copy_(torch.tensor(ours.T if kind == "weight" and layer != "projection" else ours))


@pytest.mark.parametrize("parts", [pytest.param(1, marks=long), 2])
def test_one_step(x64, parts):
    critic_weight, generator_weight = WEIGHTS
    cfg = make_config(
        model__architecture="mlp",
        model__critic_labels="projection",
        model__dtype="float64",
        objective__auxiliary__critic=critic_weight,
        objective__auxiliary__generator=generator_weight,
        objective__critic_updates=1,
        train__batch_size=4,
        train__parts=parts,
    )
    setting = make_setting(cfg, CLASSES)
    state, draw = initial(setting), np.random.default_rng(0)
    batch = make_batch(draw.integers(0, 256, (1, 4, 16, 16, 1), np.uint8), draw.integers(0, CLASSES, (1, 4)))
    drawn = bridge.draws(setting, 0, batch)[0]
    generator, start = state.players["generator"], state.players["critic"].params
    condition = one_hot(setting, drawn.fake_label)
    weights = generator.params, generator.stats
    fake, _ = setting.networks.generate(*weights, np.asarray(drawn.latent), condition)
    critic = Critic(cfg.model.features).double()
    critic.load(start)
    fake = bridge.planes_first(fake)

    adam = training.adam(critic, cfg.optimizer.critic_learning_rate, cfg.optimizer.beta1, cfg.optimizer.beta2)
    loss, *_ = training.critic_terms(critic, drawn, fake, cfg.objective.penalties.interpolates.weight)
    misread = F.cross_entropy(critic.read(drawn.real, drawn.label)[1], drawn.label)
    (loss + critic_weight * misread).backward()
    adam.step()
    score, read = critic.read(fake, drawn.fake_label)
    generator_misread = F.cross_entropy(read, drawn.fake_label)

    moved, metrics = take(setting, state, batch)
    theirs = critic.tree()
    for tree in (theirs, ours := jax.tree.map(np.asarray, moved.players["critic"].params)):
        del tree["score"]["bias"]  # its gradient is zero, which Adam makes of rounding
    assert worst_leaf(ours, theirs) < 1e-9
    expected = {
        "critic_misread": misread,
        "critic_loss": loss + critic_weight * misread,
        "generator_misread": generator_misread,
        "generator_loss": generator_weight * generator_misread - score.mean(),
    }
    for name, value in expected.items():
        np.testing.assert_allclose(metrics[name], value.item(), rtol=1e-11, err_msg=name)
