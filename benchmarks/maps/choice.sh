#!/usr/bin/env bash
# What the choice of coil maps does to a training: the same simulated data and seeds with maps=walsh, jsense and espirit. Time of the processor for maps and
# gridding of the training slices, quality against the references that go with the maps, and against the object itself.
#
#   benchmarks/maps/choice.sh PRESET OUT_DIR [KEY=VALUE...]      # leaves OUT_DIR/data and a run for each; SIMULATE holds further options of simulate
set -euo pipefail
export LC_ALL=C
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
preset=${1:?usage: choice.sh PRESET OUT_DIR [KEY=VALUE...]} out=${2:?usage: choice.sh PRESET OUT_DIR [KEY=VALUE...]}
if [[ -z ${STARDEQ:-} ]]; then
  dotnet build -c Release "$repository/src/Cli" -v quiet --nologo >&2
  STARDEQ=$repository/src/Cli/bin/Release/net10.0/stardeq
fi
mkdir -p "$out"

ours() { "$STARDEQ" "$@" >"$out/log" 2>&1 || { cat "$out/log" >&2; return 1; }; }

# processor COMMAND...: seconds of all threads.
processor() {
  local TIMEFORMAT='%U %S'
  { time "$@"; } 2>&1 | awk 'END { printf "%.1f", $1 + $2 }'
}

# shellcheck disable=SC2086
ours simulate --preset "$preset" ${SIMULATE:-} --truth --out "$out/data"
printf '| %-8s | %-18s | %-22s | %-22s | %-14s |\n' maps 'preparation, s' 'IFDEQ: PSNR, SSIM' 'CG-SENSE: PSNR, SSIM' 'IFDEQ, object'
for maps in walsh jsense espirit; do
  seconds=$(processor ours reconstruct --data "$out/data" --split train --method gridding --maps "$maps" --out "$out/gridding-$maps")
  ours train --data "$out/data" --preset "$preset" --set "maps=$maps" "${@:3}" --out "$out/run-$maps"
  cp "$out/log" "$out/train-$maps.log"
  result() { awk -v m="$1" '$1 == m { r = $2 " dB, " $3 } END { print r }' "$out/train-$maps.log"; }
  ours reconstruct --data "$out/data" --checkpoint "$out/run-$maps/checkpoint.safetensors" --certificates off --out "$out/images-$maps"
  printf '| %-8s | %-18s | %-22s | %-22s | %-14s |\n' "$maps" "$seconds" "$(result IFDEQ)" "$(result CG-SENSE)" \
    "$(python3 "$repository/benchmarks/maps/object.py" "$out/data" "$out/images-$maps/image.npy") dB"
done
