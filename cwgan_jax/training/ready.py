"""What a training needs before its first step: the compiled program, and the states that it goes on from."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import jax
import numpy as np

from cwgan_jax import checkpoint
from cwgan_jax.algorithms import State, abstract, lowered_init
from cwgan_jax.parallel import Runner, joined, processes
from cwgan_jax.training.runs import Run
from cwgan_jax.training.start import Start


def compiled(
    every: Sequence[Run], saved: Sequence[checkpoint.Saved | None], count: int, start: Start
) -> tuple[Runner, State]:
    """The runner, for calls of `count` steps, and the state of all runs on its devices."""
    plan = every[0].plan
    new = [run.plan.config.seed for run, after in zip(every, saved, strict=True) if not after]
    with ThreadPoolExecutor(1) as beside:  # the compiler leaves Python free to trace the step meanwhile
        init = None
        if new and processes.first():
            init = beside.submit(_initial, lowered_init(plan.algorithm), new)
        runner = processes.together(
            lambda: Runner(plan.config, plan.algorithm, plan.streams, steps_per_call=count, runs=len(every))
        )
    begun = [_begun(run, after, start, init) for run, after in zip(every, saved, strict=True)]
    return runner, runner.place(joined(begun))


def _initial(init: jax.stages.Lowered, seeds: Sequence[int]) -> dict[int, State]:
    """The state of each seed at step 0, in the host's memory."""
    program = init.compile()
    return {seed: jax.device_get(program(np.uint32(seed))) for seed in seeds}


def _begun(
    run: Run, saved: checkpoint.Saved | None, start: Start, init: Future[dict[int, State]] | None
) -> State:
    """The state that a run goes on from; a new one is that of `init` for its seed."""
    if saved:
        return saved.state

    def new() -> State:
        assert init
        return init.result()[run.plan.config.seed]

    # From process 0 even if new: other processors may round the initial numbers otherwise.
    like = lambda: abstract(run.plan.algorithm)  # noqa: E731
    return processes.once(lambda: start.filled(*run, new()), like)
