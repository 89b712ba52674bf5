"""Files written by plain PyTorch give the same pictures here, and come back with the same bits."""

import numpy as np
import pytest
import run_helpers as runs
from cli_helpers import call

from cwgan_jax.algorithms import generation
from cwgan_jax.sampling import load

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e '.[reference]'")

from reference import networks  # noqa: E402 - needs it too

TOOL = "torch"


CONFIGS = {"cwgan_gp_conv": "mnist", "wgan_gp_mlp": "mlp"}


@pytest.fixture(scope="module", params=CONFIGS)
def files(request, tmp_path_factory):
    """A system after a few passes in training mode: (its networks, folder, generator in evaluation mode)."""
    name, build, folder = (
        CONFIGS[request.param],
        getattr(networks, request.param),
        tmp_path_factory.mktemp("f"),
    )
    torch.manual_seed(0)
    with torch.no_grad():
        generator, critic = build()
        for parameter in generator.parameters():
            parameter *= 1.5  # images of more contrast than a new generator's
        for _ in range(7):
            generator(torch.randn(64, 100), torch.randint(10, (64,)))
    torch.save(generator.state_dict(), folder / "generator.pth")
    torch.save(critic.state_dict(), folder / "critic.pth")
    config = f"--config={runs.ROOT / 'configs' / name}.py"
    given = [f"--{network}={folder / network}.pth" for network in ("generator", "critic")]
    status, out, err = call(TOOL, config, *given, f"--workdir={folder / 'run'}")
    assert (status, err) == (0, []), out
    return build, folder, generator.eval()


def test_the_same_pictures(files):
    _, folder, generator = files
    model = load.load(folder / "run" / "checkpoints", None, set_up=lambda _: None, warn=print)
    latent = np.random.default_rng(0).standard_normal((20, 100), np.float32)
    label = np.arange(20, dtype=np.int32) % 10
    with torch.no_grad():
        theirs = generator(torch.tensor(latent), torch.tensor(label).long()).numpy()
    ours = generation.apply(model.networks.generator, model.generator, latent, model.conditions(label))
    assert np.abs(theirs).max() > 0.5
    assert np.abs(np.moveaxis(ours, -1, 1) - theirs).max() < 1e-5


def test_the_same_bits_back(files, tmp_path):
    build, folder, _ = files
    status, _, err = call(TOOL, f"--workdir={folder / 'run'}", f"--out={tmp_path / 'out'}")
    assert (status, err) == (0, [])
    for name in ("generator", "critic"):
        before, after = (
            torch.load(path / f"{name}.pth", weights_only=True) for path in (folder, tmp_path / "out")
        )
        assert list(before) == list(after)
        for key, value in before.items():
            assert value.dtype == after[key].dtype
            assert torch.equal(value, after[key]), key
    build()[1].load_state_dict(after, strict=True)
