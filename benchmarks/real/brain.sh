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
source "$(dirname "${BASH_SOURCE[0]}")/../bart/common.sh" "${2:-}"

# magnitude FOLDER NAME: the image of a reconstruction as a magnitude.
magnitude() { npy_to_cfl "$1/image.npy" "$2-complex"; theirs cabs "$2-complex" "$2"; }
quality() { printf '%s %s %s' "$(bart measure --psnr answer "$1")" "$(bart measure --ssim answer "$1")" "$(bart nrmse answer "$1" | tail -n 1)"; }
table() { awk -v n="$1" '{ printf "%-26s %8.2f %8.4f %9.5f\n", n, $1, $2, $3 * $3 }' <<<"$2"; }

prepare_brain
for spokes in 51 26; do
  golden "$spokes" t
  ours nufft --trajectory t.cfl --image brain_img.cfl --precision double --out y-flat.cfl
  theirs reshape 15 1 256 "$spokes" 16 y-flat y
  run=(reconstruct --kspace y.cfl --trajectory t.cfl --size 128,128)
  rm -rf gridding ifdeq
  ours "${run[@]}" --method gridding --out gridding
  npy_to_cfl gridding/maps.npy maps-flat
  theirs reshape 15 128 128 1 16 maps-flat maps
  theirs fmac -C -s 8 brain_img maps answer-complex
  theirs cabs answer-complex answer
  magnitude gridding m-gridding

  best=
  for weights in none voronoi; do
    for lambda in 0.0001 0.0003 0.001 0.003 0.01 0.03; do
      rm -rf cg
      ours "${run[@]}" --method cg-sense --coils gridding/maps.npy --weights "$weights" --lambda "$lambda" --out cg
      magnitude cg m-cg
      psnr=$(bart measure --psnr answer m-cg)
      if awk -v a="$psnr" -v b="${best:-0}" 'BEGIN { exit !(a > b) }'; then
        best=$psnr chosen="$weights, $lambda"
        theirs copy m-cg m-best
      fi
    done
  done

  ours "${run[@]}" --coils gridding/maps.npy --checkpoint "$checkpoint" --iterations 40 --out ifdeq
  grep IFDEQ ours.log | tail -n 1
  magnitude ifdeq m-ifdeq
  printf '%-26s %8s %8s %9s\n' "$spokes of 201 spokes" "PSNR dB" SSIM NMSE
  table gridding "$(quality m-gridding)"
  table "CG-SENSE ($chosen)" "$(quality m-best)"
  table IFDEQ "$(quality m-ifdeq)"

  images=() errors=()
  for image in m-gridding m-best m-ifdeq; do
    theirs saxpy -- -1 answer "$image" "$image-difference"
    theirs cabs "$image-difference" "$image-absolute"
    theirs scale 5 "$image-absolute" "$image-error"
    images+=("$image") errors+=("$image-error")
  done
  theirs zeros 2 128 128 nothing
  theirs join 0 answer "${images[@]}" upper
  theirs join 0 nothing "${errors[@]}" lower
  theirs join 1 upper lower "sheet-$spokes"
done

if [[ -n $picture ]]; then
  theirs join 1 sheet-51 sheet-26 sheet
  theirs transpose 0 1 sheet sheet-rows
  theirs spow 0.6 sheet-rows sheet-bright # a display gamma, so that dark tissue and errors are seen
  theirs toimg sheet-bright sheet-picture
  mv sheet-picture.png "$picture"
fi
