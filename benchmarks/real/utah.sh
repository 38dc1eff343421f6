#!/usr/bin/env bash
# Applies a checkpoint to measured radial k-space without a known answer: 4 frames of 30 golden-angle spokes. Images are
# made from the first 24 spokes of each frame, frame by frame and from all frames together; the last 6 spokes of each frame
# are predicted from the images and compared with the measurement.
#
#   benchmarks/real/utah.sh CHECKPOINT [DATA_DIR] [PICTURE.png]
#
# Maps come from the spokes that the methods see. The lambda of CG-SENSE is the best of the list by the held-back spokes.
checkpoint=$(realpath "${1:?usage: utah.sh CHECKPOINT [DATA_DIR] [PICTURE.png]}")
picture=${3:+$(realpath -m "$3")}
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" "${2:-}"

split_heart
ours reconstruct --kspace y.cfl --trajectory t.cfl --size 288,288 --method gridding --combine-frames --out maps
npy_to_cfl maps/maps.npy maps-flat
theirs reshape 15 288 288 1 3 maps-flat maps-bart

# misfit IMAGES: relative error of the held-back spokes, all frames; one image stands for all frames.
misfit() {
  local frame count
  count=$(sed -n 2p "$1.hdr" | wc -w)
  for frame in 0 1 2 3; do
    theirs slice 2 $((count == 3 ? frame : 0)) "$1" image
    missed_heart image maps-bart "$frame"
  done | awk '{ s += $1 * $1 / 4 } END { printf "%.4f", sqrt(s) }'
}

# methods NAME [--combine-frames]: leaves NAME-gridding, NAME-cg and NAME-ifdeq.
methods() {
  local name=$1 weights lambda
  local run=(reconstruct --kspace y.cfl --trajectory t.cfl --size 288,288 --coils maps/maps.npy "${@:2}")
  ours "${run[@]}" --method gridding --out "gridding-$name"
  npy_to_cfl "gridding-$name/image.npy" "$name-gridding"
  for weights in none voronoi; do
    for lambda in 0.0003 0.001 0.003 0.01 0.03; do
      rm -rf cg
      ours "${run[@]}" --method cg-sense --weights "$weights" --lambda "$lambda" --out cg
      npy_to_cfl cg/image.npy x
      keep "$name-cg" "$(misfit x)" "$weights, $lambda" x
    done
  done
  ours "${run[@]}" --checkpoint "$checkpoint" --iterations 40 --out "ifdeq-$name"
  cp ours.log ifdeq.log
  npy_to_cfl "ifdeq-$name/image.npy" "$name-ifdeq"
  printf '%-34s %s\n' "$name" "error of the held-back spokes" gridding "$(misfit "$name-gridding")" \
    "CG-SENSE (${at[$name-cg]})" "${least[$name-cg]}" IFDEQ "$(misfit "$name-ifdeq")"
  grep 'IFDEQ:' ifdeq.log | tail -n 1
}

methods frames
methods together --combine-frames

if [[ -n $picture ]]; then
  for name in frames together; do
    for method in gridding cg ifdeq; do
      theirs slice 2 0 "$name-$method" whole
      theirs extract 1 36 216 whole "$name-$method-body"
    done
    strip "row-$name" "$name-gridding-body" "$name-cg-body" "$name-ifdeq-body"
  done
  show "$picture" 0.5 row-frames row-together # the blood is far brighter than the body
fi
