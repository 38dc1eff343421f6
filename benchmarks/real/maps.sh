#!/usr/bin/env bash
# Coil maps of measured data by stardeq and BART, and the images of those who estimate image and maps together, as the tables of docs/results/classical.md.
#
#   benchmarks/real/maps.sh CASE [DATA_DIR] [PICTURE.png]      # CASE: brain-51, brain-26
#
# All see the same spokes; `ecalib` of the brain sees the whole grid. `nlinv` takes the best of several numbers of Newton steps, CG-SENSE with our
# maps and with ESPIRiT's the best of several lambda, both by the number in the table.
case=${1:?usage: maps.sh CASE [DATA_DIR] [PICTURE.png]}
picture=${3:+$(realpath -m "$3")}
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" "${2:-}"

line() { printf '| %-44s | %-18s |\n' "$@"; }

# nlinv SIDE SPOKES STEPS: image and maps of BART from y on t. It takes the size of the image from the largest coordinates; a spoke without signal, which it
# leaves out as never sampled, brings both to SIDE / 2.
nlinv() {
  theirs ones 3 2 "$(sed -n 2p y.hdr | cut -d ' ' -f 2)" 1 ones
  theirs scale -- "-$(($1 / 2))" ones edge-xy
  theirs resize 0 3 edge-xy edge
  theirs join 2 t edge t-sized
  theirs resize 2 $(($2 + 1)) y y-sized
  theirs nlinv -S -i "$3" -t t-sized y-sized image-whole wide-maps
  theirs resize -c 0 "$1" 1 "$1" wide-maps not-unit # of twice the field of view
  theirs normalize 8 not-unit maps-nlinv
}

# images SIDE SPOKES: the table of images: nlinv, and CG-SENSE of stardeq with its maps. Uses y, t, maps, error, residual.
images() {
  local steps lambda method
  for steps in ${newton:-7 8 9 10}; do
    nlinv "$1" "$2" "$steps"
    keep nlinv "$(error image-whole)" "$steps steps" image-whole
    keep maps-nlinv-best "$(residual maps-nlinv)" "$steps steps" maps-nlinv
  done
  for method in jsense espirit; do
    for lambda in 0.0003 0.001 0.003; do
      rm -rf o
      ours reconstruct --kspace y.cfl --trajectory t.cfl --size "$1,$1" --coils "maps-$method.cfl" --method cg-sense --lambda "$lambda" --iterations 100 --out o
      npy_to_cfl o/image.npy x
      keep "CG-SENSE-$method" "$(error x)" "$lambda" x
    done
  done
  for method in nlinv CG-SENSE-jsense CG-SENSE-espirit; do
    line "image, $method" "$(pure "${least[$method]}") (${at[$method]})"
  done
}

# brain SPOKES: what maps leave unexplained of the fully sampled coil images, where all of them have support; and images against the root sum of squares of
# these coil images, magnitudes, there.
brain() {
  local method
  prepare_brain
  on_spokes brain_img 16 "$1"
  theirs rss 8 brain_img whole
  theirs ecalib -m 1 -r 24 brain_k maps-ecalib
  for method in walsh jsense espirit; do
    estimate "$method" 128 16 "maps-$method"
  done
  theirs ones 2 128 128 common
  for method in walsh espirit ecalib; do
    theirs rss 8 "maps-$method" support
    theirs fmac common support both
    theirs copy both common
  done
  theirs fmac whole common answer
  residual() { unexplained brain_img "$1" common; }
  error() {
    theirs cabs "$1" magnitude
    theirs fmac magnitude common inside
    apart answer inside
  }
  for method in walsh jsense espirit ecalib; do
    line "maps, $method" "$(pure "$(residual "maps-$method")")"
  done
  images 128 "$1"
  line "maps, nlinv" "$(pure "${least[maps-nlinv-best]}") (${at[maps-nlinv-best]})"
  strip upper answer nlinv CG-SENSE-jsense CG-SENSE-espirit
  [[ -z $picture ]] || show "$picture" 0.6 upper
}

case $case in
  brain-*) brain "${case#brain-}" ;;
  *) echo "no such case: $case" >&2; exit 2 ;;
esac
