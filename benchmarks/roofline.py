"""How far a step is from what the device could do: operations and bytes against measured ceilings.

python benchmarks/roofline.py [--features=64] [--batch=64] [--precision=full] [--repeats=7]

Operations and bytes are XLA's own count for the compiled step, its loops unrolled for that (a loop's body is
counted once otherwise). The bytes are all that the operations read and write; what caches save is in them, so
a step may stand above the memory's line.
"""

import argparse
import functools

import common
import jax
import jax.numpy as jnp


def measured(step, precision, repeats):
    """Seconds of a step, GFLOP/s of a large product and GB/s of a large copy, in turn."""
    cpu = jax.default_backend() == "cpu"
    n, dtype = (2048 if cpu else 8192), (jnp.bfloat16 if precision == "bfloat16" else jnp.float32)
    a, long = jnp.ones((n, n), dtype), [jnp.ones(2**26 if cpu else 2**30, jnp.float32)]
    level = "highest" if precision == "full" else "default"
    product = jax.jit(functools.partial(jnp.matmul, precision=level))
    copy = jax.jit(lambda x: x + 1, donate_argnums=0)  # in place: no page is new

    def pass_over():
        long.append(jax.block_until_ready(copy(long.pop())))

    runs = {"step": step, "product": lambda: jax.block_until_ready(product(a, a)), "copy": pass_over}
    seconds = common.medians(common.in_turn(runs, repeats))
    return seconds["step"], 2 * n**3 / seconds["product"] / 1e9, 2 * long[0].nbytes / seconds["copy"] / 1e9


def counted(setting):
    """GFLOP and GB of one step, loops unrolled."""
    scan, jax.lax.scan = jax.lax.scan, functools.partial(jax.lax.scan, unroll=True)
    try:
        function = common.compiled_step(setting)[0]
    finally:
        jax.lax.scan = scan
    cost = function.cost_analysis()
    return cost["flops"] / 1e9, cost["bytes accessed"] / 1e9


def plot(result, path):
    """The roof and the step under it."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    peak, bandwidth = result["product_gflop_per_second"], result["copy_gb_per_second"]
    intensity, reached = result["flop_per_byte"], result["gflop_per_second"]
    ridge = peak / bandwidth
    ends = (min(intensity, ridge) / 8, max(intensity, ridge) * 8)
    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    axes.loglog([ends[0], ridge, ends[1]], [ends[0] * bandwidth, peak, peak], color="0.4", lw=2)
    axes.plot([intensity], [reached], "o", color="#1f77b4")
    label = f"  the step: {reached:,.0f} GFLOP/s\n  {result['share_of_roof']:.0%} of the roof"
    axes.annotate(label, (intensity, reached), va="top")
    axes.annotate(f"product {peak:,.0f} GFLOP/s", (ends[1], 1.05 * peak), ha="right", va="bottom")
    low = (ends[0], ends[0] * bandwidth)
    axes.annotate(f"copy {bandwidth:,.0f} GB/s", low, (30, 5), textcoords="offset points")
    axes.set(xlabel="operations per byte (XLA's count)", ylabel="GFLOP/s", xlim=ends, ylim=(low[1], 2 * peak))
    about = f"f = {result['features']}, batch {result['batch']}, {result['precision']} precision"
    axes.set_title(f"cwgan_gp_conv, {about}", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)


def main():
    """Measures, prints, writes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--features", type=int, default=64)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--precision", default="full")
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    config = common.cwgan_gp_conv(
        model__features=options.features,
        train__batch_size=options.batch,
        model__precision=options.precision,
    )
    setting = common.setting_of(config)
    gflop, gigabytes = counted(setting)
    function, state, batch, _ = common.compiled_step(setting)
    seconds, peak, bandwidth = measured(
        lambda: jax.block_until_ready(function(state, batch)), options.precision, options.repeats
    )
    intensity = gflop / gigabytes
    roof = min(peak, intensity * bandwidth)
    result = common.environment() | {
        "features": options.features,
        "batch": options.batch,
        "precision": options.precision,
        "gflop_per_step": gflop,
        "gb_per_step": gigabytes,
        "flop_per_byte": intensity,
        "seconds_per_step": seconds,
        "gflop_per_second": gflop / seconds,
        "product_gflop_per_second": peak,
        "copy_gb_per_second": bandwidth,
        "bound_by": "products" if peak < intensity * bandwidth else "memory",
        "share_of_roof": gflop / seconds / roof,
    }
    print("\n".join(f"{key}: {value}" for key, value in result.items()))
    kind = "" if jax.default_backend() == "cpu" else "_gpu"
    name = f"roofline{kind}_f{options.features}_b{options.batch}"
    name += "" if options.precision == "full" else f"_{options.precision}"
    common.write(name, result)
    plot(result, common.RESULTS / f"{name}.png")


if __name__ == "__main__":
    main()
