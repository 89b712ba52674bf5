#!/usr/bin/env bash
# Every GPU figure in one command, from a checkout on a machine with an NVIDIA GPU:  bash benchmarks/gpu.sh
# Results go to benchmarks/results/ (and to $OUT, where that is set): one step of R1 against PyTorch and
# against the device's ceilings, in each precision and at several batches; whole epochs; sampling; and R1's 100
# epochs of MNIST with losses and grid.
set -euo pipefail
cd "$(dirname "$0")/.."
mnist=${MNIST:-../shared/data/mnist} # the four original files; empty: downloaded
pip install --quiet -e '.[cuda12,reference]'
for batch in 64 256 1024; do
  for precision in full tf32 bfloat16; do
    python benchmarks/train_step.py --features=64 --batch="$batch" --precision="$precision" --repeats=30
    python benchmarks/roofline.py --features=64 --batch="$batch" --precision="$precision" --repeats=30
  done
done
python benchmarks/epoch.py --features=64 --images=60000 --repeats=1 --compiled --mnist="$mnist"
python benchmarks/sampling.py --features=64 --images=10000
python benchmarks/growth.py --features=64 --repeats=10
time python train.py --config=configs/mnist.py --workdir=runs/mnist_gpu ${mnist:+--config.data.dir="$mnist"}
python sample.py --workdir=runs/mnist_gpu
data=${mnist:+--config.data.dir="$mnist"}
python train.py --config=configs/mnist_best.py --workdir=runs/best_gpu $data --config.model.features=64 \
  --config.train.steps=50000 --config.optimizer.decay_steps=50000
python train.py --config=configs/stacked_mnist.py --workdir=runs/stacked_gpu $data
python evaluate.py --workdir=runs/mnist_gpu
python evaluate.py --workdir=runs/best_gpu --step=best
python evaluate.py --workdir=runs/stacked_gpu --samples=25600
for run in mnist_gpu best_gpu stacked_gpu; do
  mkdir -p "benchmarks/results/$run"
  cp "runs/$run/"{quality-*.json,quality.jsonl,report-*.html} "benchmarks/results/$run/"
done
mkdir -p benchmarks/results/mnist_gpu
cp runs/mnist_gpu/{metrics.jsonl,losses.png,config.json} benchmarks/results/mnist_gpu/
cp "$(ls runs/mnist_gpu/samples/*.png | tail -1)" benchmarks/results/mnist_gpu/grid.png
if [ -n "${OUT:-}" ]; then cp -r benchmarks/results "$OUT"; fi
