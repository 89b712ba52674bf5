#!/usr/bin/env bash
# The GPU figures, in parts that take some minutes each and, where they train, go on where they were stopped:
#   bash benchmarks/gpu.sh check|step|seeds|mnist|best|stacked [flags of that part's script]
# From a checkout installed with the extra cuda12 or cuda13, with PyTorch beside it for `check` and `step`.
# MNIST=FOLDER: its four original files; without it they are downloaded. Results go to benchmarks/results/.
set -euo pipefail
cd "$(dirname "$0")/.."
data=(${MNIST:+--config.data.dir="$MNIST"})

train() { # NAME CONFIG [flags of train.py]
  local name=$1 config=$2
  shift 2
  python train.py --config="configs/$config.py" --workdir="runs/gpu_$name" "${data[@]}" \
    --config.model.precision=tf32 "$@"
  python evaluate.py --overwrite --workdir="runs/gpu_$name" ${SAMPLES:+--samples="$SAMPLES"}
  mkdir -p "benchmarks/results/gpu_$name"
  cp "runs/gpu_$name/"{quality-*.json,quality.jsonl,metrics.jsonl,losses.png} "benchmarks/results/gpu_$name/"
  cp "$(ls "runs/gpu_$name"/samples/*.png | tail -1)" "benchmarks/results/gpu_$name/grid.png"
}

part=${1:-}
shift || true
case $part in
  check) python benchmarks/gpu_check.py "$@" ;;
  step) python benchmarks/gpu_step.py "$@" ;;
  seeds) for size in "16 16" "16 64" "64 64"; do
    python benchmarks/seeds.py --features="${size% *}" --batch="${size#* }" --seeds=1,2,4,8,16 "$@"
  done ;;
  mnist) train mnist mnist --config.quality.every=18750 --config.train.sample_every=9375 "$@" ;;
  best) train best mnist_best --config.model.features=64 --config.train.batch_size=64 --config.train.steps=36000 \
    --config.ramp.end=36000 --config.train.ema_half_life=69120 --config.quality.every=6000 "$@" ;;
  stacked) SAMPLES=25600 train stacked stacked_mnist "$@" ;;
  *) echo "usage: bash benchmarks/gpu.sh check|step|seeds|mnist|best|stacked [flags]" >&2; exit 2 ;;
esac
