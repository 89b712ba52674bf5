"""The step of cwgan_gp_conv in PyTorch as fast as it goes: eager, and compiled as far as it can be."""

import sys
from pathlib import Path

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from reference import networks, training

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


class Setting:
    """Pair, optimizers and real batch; the weights and pictures do not matter for the time.

    Attributes:
      memory_format: of weights and images; channels last is the faster one on GPUs.
    """

    def __init__(self, features, count, memory_format=torch.contiguous_format):
        self.k, self.latent, self.count, self.penalty_weight = 5, 100, count, 10.0
        pair = networks.cwgan_gp_conv(features)
        self.generator, self.critic = (m.to(DEVICE, memory_format=memory_format) for m in pair)
        self.adams = tuple(
            torch.optim.Adam(m.parameters(), lr=1e-4, betas=(0.0, 0.9), fused=True)
            for m in (self.generator, self.critic)
        )
        image = torch.randint(0, 256, (count, 1, 32, 32), device=DEVICE)
        self.real = (image.float() / 127.5 - 1).contiguous(memory_format=memory_format)
        self.label = torch.randint(0, 10, (count,), device=DEVICE)

    def draw(self):
        """Fresh numbers for one critic update."""
        latent = torch.randn(self.count, self.latent, device=DEVICE)
        weight = torch.rand(self.count, device=DEVICE)
        return training.Draw(latent, self.label, weight, self.real, self.label)


def with_precision(run, precision):
    """`run` with PyTorch's counterpart of `model.precision`; bfloat16 by autocast."""
    torch.set_float32_matmul_precision("highest" if precision == "full" else "high")
    torch.backends.cudnn.allow_tf32 = precision != "full"

    def narrowed():
        with torch.autocast(DEVICE, torch.bfloat16, enabled=precision == "bfloat16"):
            run()

    return narrowed


def wait():
    """Until the device has finished."""
    if DEVICE == "cuda":
        torch.cuda.synchronize()


def eager(setting):
    """The tests' reference step; on a GPU `run` does not wait for it."""

    def run():
        draws = [setting.draw() for _ in range(setting.k)]
        pair, adams = (setting.generator, setting.critic), setting.adams
        training.train_step(*pair, *adams, draws, setting.penalty_weight, updates=setting.k)

    return run


def captured(setting, precision):
    """The reference step, all of it recorded once as a CUDA graph; a call replays it."""
    for optimizer in setting.adams:
        for group in optimizer.param_groups:
            group["capturable"] = True
    run = with_precision(eager(setting), precision)
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            run()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        run()
    return graph.replay


def compiled(setting):
    """The same step by torch.compile; the critic's gradient by torch.func, which it can trace."""
    critic, generator = setting.critic, setting.generator

    def critic_loss(parameters, real, fake, label, weight):
        score = lambda x: torch.func.functional_call(critic, parameters, (x, label))  # noqa: E731
        weight = weight.view(-1, 1, 1, 1)
        gradient = torch.func.grad(lambda x: score(x).sum())(weight * real + (1 - weight) * fake)
        penalty = ((gradient.flatten(1).norm(2, dim=1) - 1) ** 2).mean()
        return score(fake).mean() - score(real).mean() + setting.penalty_weight * penalty

    critic_gradient = torch.compile(torch.func.grad(critic_loss))
    make = torch.compile(lambda z, y: generator(z, y))
    generator_loss = torch.compile(lambda z, y: -critic(generator(z, y), y).mean())

    def run():
        for _ in range(setting.k):
            draw = setting.draw()
            with torch.no_grad():
                fake = make(draw.latent, draw.fake_label)
            parameters = {name: p.detach() for name, p in critic.named_parameters()}
            found = critic_gradient(parameters, draw.real, fake, draw.label, draw.weight)
            for name, p in critic.named_parameters():
                p.grad = found[name].clone()
            setting.adams[1].step()
        # One more forward pass than the system needs: a compiled graph ends where its backward pass does.
        loss = generator_loss(draw.latent, draw.fake_label)
        setting.adams[0].zero_grad()
        loss.backward()
        setting.adams[0].step()

    return run


class _Operations(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, function, types, arguments=(), keywords=None):
        result = function(*arguments, **(keywords or {}))
        count = flop_registry.get(function._overloadpacket)
        self.total += count(*arguments, **(keywords or {}), out_val=result) if count else 0
        return result


def operations(run):
    """Multiplications and additions of one call, by PyTorch's formulas for its convolutions and products."""
    with _Operations() as counter:
        run()
    return counter.total
