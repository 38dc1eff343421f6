#!/usr/bin/env bash
# Times stardeq beside BART on the same data: medians of interleaved runs of whole processes, and the time that each
# program reports for its reconstruction alone. Let nothing else run on the machine.
#
#   benchmarks/bart/timing.sh [DATA_DIR] [ROUNDS]
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
rounds=${2:-7}

median() { sort -g | awk '{ v[NR] = $1 } END { printf "%.3f", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

# seconds COMMAND...: wall-clock time of a process.
seconds() {
  local start=$EPOCHREALTIME
  "$@"
  awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }'
}

line() { awk -v n="$1" -v a="$2" -v b="$3" 'BEGIN { printf "%-62s %9.3f %9.3f %8.2f\n", n, a, b, b / a }'; }

# race NAME OURS THEIRS: two functions, one run each per round, after one that warms the caches of the system.
race() {
  "$2"; "$3"
  : >race-ours; : >race-theirs
  for ((round = 0; round < rounds; round++)); do
    seconds "$2" >>race-ours
    seconds "$3" >>race-theirs
  done
  line "$1" "$(median <race-ours)" "$(median <race-theirs)"
}

start_ours() { ours --version; }
start_theirs() { theirs version; }
forward_ours() { ours nufft --trajectory golden51.cfl --image brain_img.cfl --out y-ours.cfl; }
forward_theirs() { theirs nufft -P golden51 brain_img y-theirs; }
adjoint_ours() { ours nufft --trajectory golden51.cfl --kspace brain_flat_radial.cfl --adjoint --size 128,128 --out x-ours.cfl; }
adjoint_theirs() { theirs nufft -P -a -d 128:128:1 golden51 brain_radial x-theirs; }
sense() { # NAME KSPACE TRAJECTORY MAPS SIDE LAMBDA
  sense_ours() {
    rm -rf sense
    ours reconstruct --kspace "$k.cfl" --trajectory "$t.cfl" --size "$n,$n" --method cg-sense --coils "$m.cfl" --iterations 30 --lambda 0.001 --out sense
    number_before ' s per image' ours.log >>inside-ours
  }
  sense_theirs() {
    theirs pics -l2 -r "$lambda" -i 30 -w 1 -S -t "$t" "$k" "$m" x-theirs
    grep -o 'Total Time: [0-9.]*' theirs.log | cut -d ' ' -f 3 >>inside-theirs
  }
  k=$2 t=$3 m=$4 n=$5
  ours reconstruct --kspace "$k.cfl" --trajectory "$t.cfl" --size "$n,$n" --method cg-sense --coils "$m.cfl" --iterations 1 --lambda 0.001 --out lambda
  lambda=$(number "absolute lambda" ours.log)
  rm -rf lambda
  : >inside-ours; : >inside-theirs
  race "$1, process" sense_ours sense_theirs
  line "$1, inside" "$(median <inside-ours)" "$(median <inside-theirs)"
}
number_before() { grep -o "[0-9.]*$1" "$2" | head -n 1 | grep -o '^[0-9.]*'; }

prepare_brain
golden 51 golden51
theirs nufft -P golden51 brain_img brain_radial
theirs reshape 15 13056 1 16 1 brain_radial brain_flat_radial
theirs ecalib -m 1 -r 24 brain_k brain_maps
theirs reshape 1028 120 1 "$utah/traj" utah-traj
theirs transpose 3 10 "$utah/kspace" by-frame
theirs reshape 1036 120 3 1 by-frame utah-kspace
ours reconstruct --kspace "$utah/kspace.cfl" --trajectory "$utah/traj.cfl" --size 288,288 --method gridding --combine-frames --out gridded
npy_to_cfl gridded/maps.npy utah-maps-flat
theirs reshape 15 288 288 1 3 utah-maps-flat utah-maps

printf '%-62s %9s %9s %8s\n' "seconds, median of $rounds" stardeq BART ratio
race "start of the program" start_ours start_theirs
race "NUFFT 128 x 128, 16 coils, 51 spokes of 256, process" forward_ours forward_theirs
race "adjoint NUFFT of the same, process" adjoint_ours adjoint_theirs
sense "CG-SENSE 30 steps, 128 x 128, 16 coils, 51 spokes" brain_radial golden51 brain_maps 128
sense "CG-SENSE 30 steps, 288 x 288, 3 coils, 120 spokes" utah-kspace utah-traj utah-maps 288
