#!/usr/bin/env bash
# Simulates stack-of-stars data from two measured image volumes, trains an IFDEQ on them, and measures held-out slices.
#
#   benchmarks/real/train.sh OUT_DIR [DATA_DIR]        # leaves OUT_DIR/dataset and OUT_DIR/run
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=${1:?usage: train.sh OUT_DIR [DATA_DIR]}
data=${2:-${STARDEQ_DATA:?name the data folder, as argument or in STARDEQ_DATA}}
stardeq() { "${STARDEQ:-$repository/src/Cli/bin/Release/net10.0/stardeq}" "$@"; }
[[ -n ${STARDEQ:-} ]] || dotnet build -c Release "$repository/src/Cli" -v quiet --nologo

mkdir -p "$out"
stardeq simulate --anatomy "$data/totalsegmentator_abdomen_mr/example_mr_sm.nii.gz" --anatomy "$data/mricron_ch2_brain_t1/ch2.nii.gz" \
  --matrix 96 --coils 8 --slices 4 --partitions 6 --train-subjects 20 --validation-subjects 2 --test-subjects 4 \
  --snr 60 --seed 1 --out "$out/dataset"
stardeq train --data "$out/dataset" --out "$out/run" --epochs 30 --set base=16 poolings=3 max_iterations=12 \
  maps_from=undersampled gradient_clip=1 validation_every=3
