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
source "$(dirname "${BASH_SOURCE[0]}")/../bart/common.sh" "${2:-}"

theirs extract 2 0 24 "$utah/kspace" y
theirs extract 2 0 24 "$utah/traj" t
theirs extract 2 24 30 "$utah/kspace" y-held
theirs extract 2 24 30 "$utah/traj" t-held
ours reconstruct --kspace y.cfl --trajectory t.cfl --size 288,288 --method gridding --combine-frames --out maps
npy_to_cfl maps/maps.npy maps-flat
theirs reshape 15 288 288 1 3 maps-flat maps-bart

# misfit FOLDER: relative error of the held-back spokes, all frames; one image stands for all frames.
misfit() {
  local sum=0 frame count
  npy_to_cfl "$1/image.npy" frames
  count=$(sed -n 2p frames.hdr | wc -w)
  for frame in 0 1 2 3; do
    theirs slice 2 $((count == 3 ? frame : 0)) frames frame
    theirs fmac frame maps-bart coils
    theirs slice 10 "$frame" t-held frame-t
    theirs slice 10 "$frame" y-held frame-y
    ours nufft --trajectory frame-t.cfl --image coils.cfl --out predicted-flat.cfl
    theirs reshape 15 1 288 6 3 predicted-flat predicted
    sum=$(bart nrmse frame-y predicted | tail -n 1 | awk -v s="$sum" '{ print s + $1 * $1 / 4 }')
  done
  awk -v s="$sum" 'BEGIN { printf "%.4f", sqrt(s) }'
}

# methods NAME [--combine-frames]: leaves the folders NAME-gridding, NAME-cg, NAME-ifdeq.
methods() {
  local name=$1 best= chosen= weights lambda error
  local run=(reconstruct --kspace y.cfl --trajectory t.cfl --size 288,288 --coils maps/maps.npy "${@:2}")
  ours "${run[@]}" --method gridding --out "$name-gridding"
  for weights in none voronoi; do
    for lambda in 0.0003 0.001 0.003 0.01 0.03; do
      rm -rf cg
      ours "${run[@]}" --method cg-sense --weights "$weights" --lambda "$lambda" --out cg
      error=$(misfit cg)
      if awk -v a="$error" -v b="${best:-9}" 'BEGIN { exit !(a < b) }'; then
        best=$error chosen="$weights, $lambda"
        rm -rf "$name-cg"
        mv cg "$name-cg"
      fi
    done
  done
  ours "${run[@]}" --checkpoint "$checkpoint" --iterations 40 --out "$name-ifdeq"
  cp ours.log ifdeq.log
  printf '%-34s %s\n' "$name" "error of the held-back spokes" gridding "$(misfit "$name-gridding")" \
    "CG-SENSE ($chosen)" "$best" IFDEQ "$(misfit "$name-ifdeq")"
  grep 'IFDEQ:' "ifdeq.log" | tail -n 1
}


methods frames
methods together --combine-frames

if [[ -n $picture ]]; then
  for name in frames together; do
    tiles=()
    for method in gridding cg ifdeq; do
      npy_to_cfl "$name-$method/image.npy" images
      theirs slice 2 0 images whole
      theirs extract 1 36 216 whole "$name-$method-image" # the rows that hold the body
      tiles+=("$name-$method-image")
    done
    theirs join 0 "${tiles[@]}" "row-$name"
  done
  theirs join 1 row-frames row-together sheet
  theirs cabs sheet sheet-magnitude
  theirs transpose 0 1 sheet-magnitude sheet-rows
  theirs spow 0.5 sheet-rows sheet-bright # a display gamma: the blood is far brighter than the body
  theirs toimg sheet-bright sheet-picture
  mv sheet-picture.png "$picture"
fi
