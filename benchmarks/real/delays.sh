#!/usr/bin/env bash
# Gradient delays by stardeq and by BART's RING, of simulated scans whose delays are known and of the frames of the measured heart, as the table of
# docs/results/bart-comparison.md.
#
#   benchmarks/real/delays.sh [DATA_DIR]
source "$(dirname "${BASH_SOURCE[0]}")/common.sh" "${1:-}"

line() { printf '| %-24s | %-24s | %-24s | %-24s |\n' "$@"; }

# ours_of FILES...: x, y, xy in samples as `prepare` estimates them.
ours_of() {
  rm -rf prepared
  ours prepare --test "$@" --delays ring --preset none --maps none --out prepared
  grep -o 'corrected: x [-0-9.]*, y [-0-9.]*, xy [-0-9.]*' ours.log | tr -cd '0-9., \n-' | tr -d ' '
}

# theirs_of KSPACE POINTS: the same by BART, which counts angles from ky, so that its first number is y.
theirs_of() { bart estdelay -R "$2" "$1" | tail -n 1 | awk -F: '{ printf "%.3f,%.3f,%.3f", $2, $1, $3 }'; }

line data 'simulated' 'stardeq' 'BART `estdelay -R`'
for truth in 0.4,-0.2,0 -0.3,0.6,0.15 1.2,0.9,-0.3; do
  rm -rf raw
  ours simulate --preset scanner --matrix 128 --coils 8 --partitions 6 --slices 4 --spokes 101 --delays "$truth" --format ismrmrd --out raw
  file=$(ls raw/*/*.h5)
  ours convert "$file" k.cfl
  theirs slice 13 3 k middle # kz = 0
  golden 101 points
  line 'scan of an abdomen' "$truth" "$(ours_of "$file")" "$(theirs_of middle points)"
done
for frame in 0 1 2 3; do
  theirs slice 10 "$frame" "$utah/kspace" k
  theirs slice 10 "$frame" "$utah/traj" points
  theirs extract 0 0 2 points points-2
  line "heart, frame $frame" '' "$(ours_of k.cfl --trajectory points-2.cfl --size 288)" "$(theirs_of k points)"
done
