#!/usr/bin/env bash
# Classical reconstructions of measured and simulated data, stardeq beside BART, as the tables of docs/results/classical.md.
#
#   benchmarks/real/classical.sh CASE [DATA_DIR] [PICTURE.png]      # CASE: brain-51, brain-26, abdomen, head, heart, heart-inner, pattern
#
# Both programs get the same samples, the same coil maps and the same absolute weights of the regulariser, of which each takes its best; both take
# 100 steps, or STEPS. Where an answer is known the table has the NRMSE against it, complex and without rescaling; else the relative error of samples that were held back.
case=${1:?usage: classical.sh CASE [DATA_DIR] [PICTURE.png]}
picture=${3:+$(realpath -m "$3")}
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" "${2:-}"
steps=${STEPS:-100}
ridges=(0.0003 0.001 0.003) weights=(0.00005 0.0001 0.0002)

row() { printf '| %-12s | %-22s | %-22s |\n' "$@"; }

# sweep NAME METHOD BART_OPTION LAMBDA...: the best of ours and the best of theirs, NAME-ours and NAME-theirs. Uses y, t, maps, shape, sampling, error.
sweep() {
  local name=$1 method=$2 option=$3 lambda weight stop=()
  [[ $method == cg-sense ]] || stop=(--tolerance 0)
  for lambda in "${@:4}"; do
    rm -rf o
    ours reconstruct --kspace y.cfl --trajectory t.cfl --size "$shape" --coils maps.cfl --method "$method" --lambda "$lambda" --iterations $steps "${stop[@]}" --out o
    weight=$(number "absolute lambda" ours.log)
    npy_to_cfl o/image.npy x
    keep "$name-ours" "$(error x)" "$lambda" x
    # shellcheck disable=SC2086
    theirs pics ${option//LAMBDA/$weight} -i $steps -w 1 -S "${sampling[@]}" "${grid:-y}" maps x-whole
    theirs scale -- "${sign:-1}" x-whole x-signed
    theirs fmac x-signed support x # as ours: nothing where no coil sees
    keep "$name-theirs" "$(error x)" "$lambda" x
  done
  row "$name" "$(pure "${least[$name-ours]}") (${at[$name-ours]})" "$(pure "${least[$name-theirs]}") (${at[$name-theirs]})"
}

least_squares() {
  theirs rss 8 maps support
  sweep CG-SENSE cg-sense '-l2 -r LAMBDA' "${ridges[@]}"
  printf 'CG-SENSE, ours against theirs at the best weights: NRMSE %.4f\n' "$(apart CG-SENSE-theirs CG-SENSE-ours)"
}

methods() {
  ours reconstruct --kspace y.cfl --trajectory t.cfl --size "$shape" --coils maps.cfl --method gridding --weights "${gridding_weights:-voronoi}" --out gridded
  npy_to_cfl gridded/image.npy gridding-ours
  row gridding "$(pure "$(error gridding-ours)")" ''
  least_squares
  sweep l1-wavelet l1-wavelet '-e -R W:3:0:LAMBDA' "${weights[@]}"
  sweep TV tv '-R T:3:0:LAMBDA' "${weights[@]}"
}

# sheet [ANSWER]: gridding, CG-SENSE, l1-wavelet, l1-wavelet of BART, TV, cut to the window; below their errors, five times as bright.
sheet() {
  local name images=() errors=()
  for name in gridding-ours CG-SENSE-ours l1-wavelet-ours l1-wavelet-theirs TV-ours; do
    theirs resize -c 0 "${window%,*}" 1 "${window#*,}" "$name" "$name-cut"
    images+=("$name-cut")
    if [[ -n ${1:-} ]]; then
      times_five error-whole "$1" "$name"
      theirs resize -c 0 "${window%,*}" 1 "${window#*,}" error-whole "$name-error"
      errors+=("$name-error")
    fi
  done
  strip upper "${images[@]}"
  [[ -z ${1:-} ]] || strip lower "${errors[@]}"
  show "$picture" 0.6 upper ${1:+lower}
}

# known COILS COIL_IMAGES: samples of 128 x 128 whose answer is the combination of the coil images.
known() {
  estimate espirit 128 "$1" maps
  theirs fmac -C -s 8 "$2" maps answer
  sampling=(-t t) shape=128,128 window=128,128
  error() { apart answer "$1"; }
  methods
  [[ -z $picture ]] || sheet answer
}

brain() {
  prepare_brain
  on_spokes brain_img 16 "$1"
  known 16 brain_img
}

# volume NAME: one slice in the middle of a volume, 8 simulated coils, noise.
volume() {
  python3 "$repository/benchmarks/real/classical.py" "$1" "$data" slice
  ours phantom --part maps --matrix 128 --coils 8 --out maps8.npy
  npy_to_cfl maps8.npy flat
  theirs reshape 15 128 128 1 8 flat true-maps
  theirs fmac slice true-maps coils
  on_spokes coils 8 51 0.0004
  known 8 coils
}

# heart EDGE: frame 0, 24 spokes for the image without EDGE samples at both ends, 6 for the error. With an edge CG-SENSE alone.
heart() {
  split_heart
  local name
  for name in y t; do
    theirs slice 10 0 "$name" frame
    theirs extract 1 "$1" $((288 - $1)) frame "$name"
  done
  estimate jsense 288 3 maps
  sampling=(-t t) shape=288,288 window=288,216 weights=(0.0002 0.0005 0.001)
  error() { missed_heart "$1" maps 0; }
  if [[ $1 == 0 ]]; then
    methods
    [[ -z $picture ]] || sheet
  else
    least_squares # BART's pics drops what its window reaches beyond the edge of k-space, ours does not
  fi
}

# A given Cartesian pattern: BART transforms its grid, ours takes the samples as points. The maps are BART's, the error is that of held-back samples.
pattern() {
  python3 "$repository/benchmarks/real/classical.py" pattern "$data" given
  theirs copy given-y y
  theirs copy given-t t
  theirs ecalib -m 1 -r 20 given-grid maps
  theirs fmac given-all given-held held
  sampling=() grid=given-grid shape=230,180 window=180,230 ridges=(0.003 0.01 0.03) weights=(0.0005 0.001 0.002)
  error() {
    theirs fmac "$1" maps coils
    theirs fft -u 3 coils whole-k
    theirs fmac whole-k given-held predicted
    apart held predicted
  }
  gridding_weights=pipe
  sign=-1 # of BART 0.8.00: on a grid whose half height, 115, is odd, pics and fft -u differ by the sign of the image
  methods
  [[ -z $picture ]] || sheet
}

case $case in
  brain-*) brain "${case#brain-}" ;;
  abdomen | head) volume "$case" ;;
  heart) heart 0 ;;
  heart-inner) heart 6 ;;
  pattern) pattern ;;
  *) echo "no such case: $case" >&2; exit 2 ;;
esac
