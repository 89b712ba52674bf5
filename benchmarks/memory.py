"""Peak resident memory, and as a script that of one contender of train_step.py, alone in its process.

python benchmarks/memory.py cwgan_jax|eager|compiled FEATURES BATCH
"""

import json
import sys
from pathlib import Path


def forget_peak():
    """From here on `peak` counts anew."""
    Path("/proc/self/clear_refs").write_text("5")


def peak():
    """The largest resident size of this process since `forget_peak`, in MiB."""
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def main():
    """Three steps after the first; neither side imports anything of the other."""
    name, features, batch = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if name == "cwgan_jax":
        import common

        cfg = common.cwgan_gp_conv(model__features=features, train__batch_size=batch)
        run, _ = common.stepper(common.setting_of(cfg))
    else:
        import torch_steps

        run = getattr(torch_steps, name)(torch_steps.Setting(features, batch))
    run()
    forget_peak()
    for _ in range(3):
        run()
    print(json.dumps(peak()))


if __name__ == "__main__":
    main()
