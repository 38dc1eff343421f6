#!/usr/bin/env bash
# Classical reconstructions and coil maps of measured and simulated data, stardeq beside BART, as the tables of docs/results/classical.md.
#
#   benchmarks/real/classical.sh CASE [DATA_DIR] [PICTURE.png]      # CASE: brain-51, brain-26, abdomen, head, utah, pattern, maps
#
# Both programs get the same samples, the same coil maps and the same absolute weights of the regulariser, of which each takes its best; both take
# 100 steps. Where an answer is known the table has the NRMSE against it, complex and without rescaling; else the relative error of samples that were held back.
case=${1:?usage: classical.sh CASE [DATA_DIR] [PICTURE.png]}
picture=${3:+$(realpath -m "$3")}
source "$(dirname "${BASH_SOURCE[0]}")/../bart/common.sh" "${2:-}"
steps=100

better() { awk -v a="$1" -v b="${2:-9}" 'BEGIN { exit !(a < b) }'; }
row() { printf '| %-32s | %-22s | %-22s |\n' "$@"; }
pure() { awk -v x="$1" 'BEGIN { printf "%.4g", x }'; }

# sweep NAME METHOD BART_OPTION LAMBDA...: the best of ours and the best of theirs; leaves NAME-ours and NAME-theirs. Uses y, t, maps, shape, error.
sweep() {
  local name=$1 method=$2 option=$3 lambda weight value best_ours='' best_theirs='' at_ours at_theirs stop=()
  [[ $method == cg-sense ]] || stop=(--tolerance 0)
  for lambda in "${@:4}"; do
    rm -rf o
    ours reconstruct --kspace y.cfl --trajectory t.cfl --size "$shape" --coils maps.cfl --method "$method" --lambda "$lambda" --iterations $steps "${stop[@]}" --out o
    weight=$(number "absolute lambda" ours.log)
    npy_to_cfl o/image.npy x
    value=$(error x)
    ! better "$value" "$best_ours" || { best_ours=$value at_ours=$lambda; theirs copy x "$name-ours"; }
    if [[ -n $option ]]; then
      # shellcheck disable=SC2086
      theirs pics ${option//LAMBDA/$weight} -i $steps -w 1 -S "${sampling[@]}" y-bart maps-bart x-whole
      theirs scale -- "${sign:-1}" x-whole x-signed
      theirs fmac x-signed support x-theirs # as ours: nothing where no coil sees
      value=$(error x-theirs)
      ! better "$value" "$best_theirs" || { best_theirs=$value at_theirs=$lambda; theirs copy x-theirs "$name-theirs"; }
    fi
  done
  row "$name" "$(pure "$best_ours") ($at_ours)" "${best_theirs:+$(pure "$best_theirs") ($at_theirs)}"
}

methods() {
  theirs rss 8 maps-bart support
  rm -rf o
  ours reconstruct --kspace y.cfl --trajectory t.cfl --size "$shape" --coils maps.cfl --method gridding --weights "${gridding_weights:-voronoi}" --out o
  npy_to_cfl o/image.npy gridding-ours
  row gridding "$(pure "$(error gridding-ours)")" ''
  # shellcheck disable=SC2086
  sweep CG-SENSE cg-sense '-l2 -r LAMBDA' ${ridges:-0.0003 0.001 0.003}
  # shellcheck disable=SC2086
  sweep l1-wavelet l1-wavelet '-e -R W:3:0:LAMBDA' ${weights:-0.00005 0.0001 0.0002}
  # shellcheck disable=SC2086
  sweep TV tv '-R T:3:0:LAMBDA' ${weights:-0.00005 0.0001 0.0002}
  awk -v e="$(bart nrmse CG-SENSE-theirs CG-SENSE-ours | tail -n 1)" 'BEGIN { printf "CG-SENSE, ours against theirs at the best weights: NRMSE %.4f\n", e }'
}

# sheet: answer (or nothing), gridding, CG-SENSE, l1-wavelet, l1-wavelet of BART, TV, cut to the window; errors x5 below where there is an answer.
sheet() {
  [[ -n $picture ]] || return 0
  local name upper=() lower=()
  for name in gridding-ours CG-SENSE-ours l1-wavelet-ours l1-wavelet-theirs TV-ours; do
    theirs cabs "$name" m
    theirs resize -c 0 "${window%,*}" 1 "${window#*,}" m "m-$name"
    upper+=("m-$name")
    if [[ -n ${1:-} ]]; then
      theirs saxpy -- -1 "$1" "$name" d
      theirs cabs d m
      theirs resize -c 0 "${window%,*}" 1 "${window#*,}" m d
      theirs scale 5 d "e-$name"
      lower+=("e-$name")
    fi
  done
  theirs join 0 "${upper[@]}" whole
  if [[ -n ${1:-} ]]; then
    theirs join 0 "${lower[@]}" below
    theirs join 1 whole below both
    theirs copy both whole
  fi
  theirs transpose 0 1 whole turned
  theirs spow 0.6 turned bright # a display gamma, so that dark tissue and errors are seen
  theirs toimg bright sheet
  mv sheet.png "$picture"
}

# known ANSWER: the error is against this image.
known() { answer=$1; error() { bart nrmse "$answer" "$1" | tail -n 1; }; }

brain() {
  prepare_brain
  golden "$1" t
  ours nufft --trajectory t.cfl --image brain_img.cfl --precision double --out flat.cfl
  theirs reshape 15 1 256 "$1" 16 flat y
  theirs copy y y-bart
  ours coils --kspace y.cfl --trajectory t.cfl --size 128,128 --method espirit --out maps.cfl
  theirs reshape 15 128 128 1 16 maps maps-bart
  theirs fmac -C -s 8 brain_img maps-bart answer
  sampling=(-t t) shape=128,128 window=128,128
  known answer
  methods
  sheet answer
}

# volume NAME: one slice in the middle of a volume, 8 simulated coils, the exact sum, noise; maps estimated from the samples.
volume() {
  python3 "$repository/benchmarks/real/classical.py" "$1" "$data" slice
  ours phantom --part maps --matrix 128 --coils 8 --out maps8.npy
  npy_to_cfl maps8.npy flat
  theirs reshape 15 128 128 1 8 flat true-maps
  theirs fmac slice true-maps coils
  golden 51 t
  ours nufft --trajectory t.cfl --image coils.cfl --precision double --out flat.cfl
  theirs reshape 15 1 256 51 8 flat clean
  theirs noise -s 1 -n 0.0004 clean y
  theirs copy y y-bart
  ours coils --kspace y.cfl --trajectory t.cfl --size 128,128 --method espirit --out maps.cfl
  theirs reshape 15 128 128 1 8 maps maps-bart
  theirs fmac -C -s 8 coils maps-bart answer
  sampling=(-t t) shape=128,128 window=128,128
  known answer
  methods
  sheet answer
}

# Frame 0: 24 spokes for the image, 6 for the error.
heart() {
  theirs slice 10 0 "$utah/kspace" k
  theirs slice 10 0 "$utah/traj" points
  theirs extract 2 0 24 k y
  theirs copy y y-bart
  theirs extract 2 0 24 points t
  theirs extract 2 24 30 k held
  theirs extract 2 24 30 points held-t
  ours coils --kspace y.cfl --trajectory t.cfl --size 288,288 --method jsense --out maps.cfl
  theirs reshape 15 288 288 1 3 maps maps-bart
  sampling=(-t t) shape=288,288 window=288,216
  error() {
    theirs fmac "$1" maps-bart coils
    ours nufft --trajectory held-t.cfl --image coils.cfl --out flat.cfl
    theirs reshape 15 1 288 6 3 flat predicted
    bart nrmse held predicted | tail -n 1
  }
  methods
  sheet
}

# A given Cartesian pattern: BART transforms its grid, ours takes the samples as points. The maps are BART's, the error is that of held-back samples.
pattern() {
  python3 "$repository/benchmarks/real/classical.py" pattern "$data" given
  theirs copy given-y y
  theirs copy given-t t
  theirs copy given-grid y-bart
  theirs ecalib -m 1 -r 20 given-grid maps-bart
  theirs reshape 15 180 230 8 1 maps-bart maps
  theirs fmac given-all given-held held
  sampling=() shape=230,180 window=180,230
  error() {
    theirs fmac "$1" maps-bart coils
    theirs fft -u 3 coils whole-k
    theirs fmac whole-k given-held predicted
    bart nrmse held predicted | tail -n 1
  }
  gridding_weights=pipe
  sign=-1 # of BART 0.8.00: on a grid whose half height, 115, is odd, pics and fft -u differ by the sign of the image
  methods
  sheet
}

# Part of the fully sampled coil images that maps do not explain, where all of them have support.
maps() {
  local spokes method
  prepare_brain
  for spokes in 51 26; do
    golden "$spokes" t
    ours nufft --trajectory t.cfl --image brain_img.cfl --precision double --out flat.cfl
    theirs reshape 15 1 256 "$spokes" 16 flat y
    for method in walsh jsense espirit; do
      ours coils --kspace y.cfl --trajectory t.cfl --size 128,128 --method "$method" --out flat.cfl
      theirs reshape 15 128 128 1 16 flat "maps-$method"
      theirs rss 8 "maps-$method" "support-$method"
    done
    theirs ecalib -m 1 -r 24 brain_k maps-ecalib
    theirs rss 8 maps-ecalib support-ecalib
    theirs fmac support-walsh support-espirit common
    theirs fmac common support-ecalib common
    theirs fmac brain_img common inside
    for method in walsh jsense espirit ecalib; do
      theirs fmac -C -s 8 brain_img "maps-$method" combined
      theirs fmac combined "maps-$method" explained
      theirs fmac explained common explained
      row "$spokes spokes, $method" "$(pure "$(bart nrmse inside explained | tail -n 1)")" ''
    done
  done
}

case $case in
  brain-*) brain "${case#brain-}" ;;
  abdomen | head) volume "$case" ;;
  utah) heart ;;
  pattern) pattern ;;
  maps) maps ;;
  *) echo "no such case: $case" >&2; exit 2 ;;
esac
