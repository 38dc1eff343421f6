#!/usr/bin/env bash
# Applies a checkpoint to measured k-space with a known answer: 16-channel Cartesian brain data, fully sampled, whose coil
# images are sampled on golden-angle spokes by the exact sum. Gridding, CG-SENSE and IFDEQ see the spokes only, with coil
# maps estimated from those spokes; the reference is the combination of the fully sampled coil images with the same maps.
#
#   benchmarks/real/brain.sh CHECKPOINT [DATA_DIR] [PICTURE.png]
#
# The lambda of CG-SENSE is the best of the list by the PSNR against the answer, which no other method is shown.
checkpoint=$(realpath "${1:?usage: brain.sh CHECKPOINT [DATA_DIR] [PICTURE.png]}")
picture=${3:+$(realpath -m "$3")}
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" "${2:-}"

# magnitude FOLDER NAME: the image of a reconstruction as a magnitude.
magnitude() { npy_to_cfl "$1/image.npy" "$2-complex"; theirs cabs "$2-complex" "$2"; }
quality() { printf '%s %s %s' "$(bart measure --psnr answer "$1")" "$(bart measure --ssim answer "$1")" "$(apart answer "$1")"; }
table() { awk -v n="$1" '{ printf "%-26s %8.2f %8.4f %9.5f\n", n, $1, $2, $3 * $3 }' <<<"$2"; }

prepare_brain
for spokes in 51 26; do
  on_spokes brain_img 16 "$spokes"
  run=(reconstruct --kspace y.cfl --trajectory t.cfl --size 128,128)
  rm -rf gridding ifdeq
  ours "${run[@]}" --method gridding --out gridding
  npy_to_cfl gridding/maps.npy maps-flat
  theirs reshape 15 128 128 1 16 maps-flat maps
  theirs fmac -C -s 8 brain_img maps answer-complex
  theirs cabs answer-complex answer
  magnitude gridding m-gridding

  for weights in none voronoi; do
    for lambda in 0.0001 0.0003 0.001 0.003 0.01 0.03; do
      rm -rf cg
      ours "${run[@]}" --method cg-sense --coils gridding/maps.npy --weights "$weights" --lambda "$lambda" --out cg
      magnitude cg m-cg
      keep "m-best-$spokes" "-$(bart measure --psnr answer m-cg)" "$weights, $lambda" m-cg
    done
  done

  ours "${run[@]}" --coils gridding/maps.npy --checkpoint "$checkpoint" --iterations 40 --out ifdeq
  grep IFDEQ ours.log | tail -n 1
  magnitude ifdeq m-ifdeq
  printf '%-26s %8s %8s %9s\n' "$spokes of 201 spokes" "PSNR dB" SSIM NMSE
  table gridding "$(quality m-gridding)"
  table "CG-SENSE (${at[m-best-$spokes]})" "$(quality "m-best-$spokes")"
  table IFDEQ "$(quality m-ifdeq)"

  images=(m-gridding "m-best-$spokes" m-ifdeq)
  for image in "${images[@]}"; do
    times_five "$image-error" answer "$image"
  done
  theirs zeros 2 128 128 nothing
  strip "images-$spokes" answer "${images[@]}"
  strip "errors-$spokes" nothing "${images[@]/%/-error}"
done

[[ -z $picture ]] || show "$picture" 0.6 images-51 errors-51 images-26 errors-26
