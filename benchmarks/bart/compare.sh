#!/usr/bin/env bash
# Compares stardeq with BART on measured data: NUFFT, its adjoint, CG-SENSE. Prints a table; exit code 1 if a row fails.
#
#   benchmarks/bart/compare.sh [DATA_DIR]     # about a minute; with QUICK=1 a few rows in some 15 seconds
#
# Sign, centre, units and the orthonormal scale are the same on both sides, so nothing is flipped or shifted. What differs:
#   - 'bart nufft -s', the exact sum, lacks the factor 1/sqrt(Nx Ny).
#   - 'bart nufft' drops the window where it crosses the edge of k-space unless -P is given, and BART 0.8.00 tabulates
#     the window with 100 entries, which multiplies the result by a constant (about 1.0014 for two axes). Its rows are
#     therefore compared with -P and after one global factor, which is printed.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

failed=0
printf '%-82s %11s %11s %10s  %s\n' "comparison" "NRMSE" "limit" "factor" "verdict"

# row NAME REFERENCE RESULT LIMIT [-s]: NRMSE of RESULT, after the best global factor with -s.
row() {
  local log error factor=- verdict=ok
  log=$(bart nrmse ${5:-} "$2" "$3")
  error=$(tail -n 1 <<<"$log")
  [[ ${5:-} != -s ]] || factor=$(grep -o 'Scaled by: [0-9.]*' <<<"$log" | cut -d ' ' -f 3)
  awk -v e="$error" -v l="$4" 'BEGIN { exit !(e <= l + 0) }' || { verdict=FAIL; failed=1; }
  printf '%-82s %11s %11s %10s  %s\n' "$1" "$error" "$4" "$factor" "$verdict"
}

# transforms NAME TRAJECTORY IMAGE SIDE READOUT SPOKES: forward, and the adjoint of the samples that it gave.
transforms() {
  local name=$1 t=$2 x=$3 side=$4 coils samples=$(($5 * $6)) predicted
  coils=$(sed -n 2p "$x.hdr" | cut -d ' ' -f 4)
  ours nufft --trajectory "$t.cfl" --image "$x.cfl" --out y-ours.cfl
  predicted=$(number "predicted relative error" ours.log)
  ours nufft --trajectory "$t.cfl" --image "$x.cfl" --precision double --out y-sum.cfl
  theirs nufft -P "$t" "$x" y-theirs
  theirs reshape 15 "$samples" 1 "$coils" 1 y-theirs y-theirs-flat
  theirs reshape 15 "$samples" 1 "$coils" 1 y-ours y-ours-flat
  theirs reshape 15 "$samples" 1 "$coils" 1 y-sum y-sum-flat
  row "$name: forward, ours against our direct sum" y-sum-flat y-ours-flat "$predicted"
  row "$name: forward, ours against bart nufft -P" y-theirs-flat y-ours-flat 2e-4 -s

  ours nufft --trajectory "$t.cfl" --kspace y-theirs-flat.cfl --adjoint --size "$side,$side" --out x-ours.cfl
  ours nufft --trajectory "$t.cfl" --kspace y-theirs-flat.cfl --adjoint --size "$side,$side" --precision double --out x-sum.cfl
  theirs nufft -P -a -d "$side:$side:1" "$t" y-theirs x-theirs
  row "$name: adjoint, ours against our direct sum" x-sum x-ours "$predicted"
  row "$name: adjoint, ours against bart nufft -P -a" x-theirs x-ours 2e-4 -s
}

# exact NAME TRAJECTORY IMAGE SIDE: forward against BART's exact sum, where that is affordable.
exact() {
  theirs nufft -s "$2" "$3" y-exact-unscaled
  theirs scale "$(awk -v n="$4" 'BEGIN { printf "%.9g", 1 / n }')" y-exact-unscaled y-exact
  ours nufft --trajectory "$2.cfl" --image "$3.cfl" --out y-ours.cfl
  local sizes
  sizes=$(sed -n 2p y-exact.hdr | cut -d ' ' -f 1-3)
  # shellcheck disable=SC2086
  theirs reshape 7 $sizes y-ours y-ours-shaped
  row "$1: forward, ours against bart nufft -s (exact)" y-exact y-ours-shaped 2e-4
}

# sense NAME TRAJECTORY KSPACE MAPS SIDE: 30 steps of conjugate gradients on the same equations.
sense() {
  rm -rf sense
  ours reconstruct --kspace "$3.cfl" --trajectory "$2.cfl" --size "$5,$5" --method cg-sense --coils "$4.cfl" --iterations 30 --lambda 0.001 --out sense
  theirs pics -l2 -r "$(number "absolute lambda" ours.log)" -i 30 -w 1 -S -t "$2" "$3" "$4" x-theirs
  npy_to_cfl sense/image.npy x-ours
  row "$1: CG-SENSE against bart pics -l2" x-theirs x-ours 0.02 -s
}

prepare_brain
golden 21 golden21
golden 51 golden51
theirs slice 3 0 brain_img brain_coil0
theirs resize -c 0 288 1 288 brain_coil0 brain_288
theirs reshape 1028 120 1 "$utah/traj" utah-traj

transforms "brain, 16 coils, 21 golden spokes" golden21 brain_img 128 256 21
if [[ -z ${QUICK:-} ]]; then
  exact "brain, 21 golden spokes" golden21 brain_coil0 128
  transforms "utah trajectory, 120 spokes, 288 x 288" utah-traj brain_288 288 288 120
fi

theirs ecalib -m 1 -r 24 brain_k brain_maps
theirs nufft -P golden51 brain_img brain_radial
sense "brain, 16 coils, 51 golden spokes (4x)" golden51 brain_radial brain_maps 128

ours reconstruct --kspace "$utah/kspace.cfl" --trajectory "$utah/traj.cfl" --size 288,288 --method gridding --combine-frames --out gridded
npy_to_cfl gridded/maps.npy utah-maps-flat
theirs reshape 15 288 288 1 3 utah-maps-flat utah-maps
frames=(0 1 2 3)
[[ -z ${QUICK:-} ]] || frames=(0)
for frame in "${frames[@]}"; do
  theirs slice 10 "$frame" "$utah/traj" frame-traj
  theirs slice 10 "$frame" "$utah/kspace" frame-kspace
  sense "utah, 3 coils, frame $frame, 30 spokes" frame-traj frame-kspace utah-maps 288
done
theirs transpose 3 10 "$utah/kspace" by-frame
theirs reshape 1036 120 3 1 by-frame utah-kspace
sense "utah, 3 coils, all frames, 120 spokes" utah-traj utah-kspace utah-maps 288

exit "$failed"
