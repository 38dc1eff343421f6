# Shared by the scripts of this folder: samples, maps, errors, the best of a list, pictures. Source it; its argument is the data folder.
source "$(dirname "${BASH_SOURCE[0]}")/../bart/common.sh" "${1:-}"

pure() { awk -v x="$1" 'BEGIN { printf "%.4g", x }'; }

# on_spokes IMAGES COILS SPOKES [NOISE]: the exact sum of coil images of 128 x 128 on golden-angle spokes, and noise of that variance: y, on points t.
on_spokes() {
  golden "$3" t
  ours nufft --trajectory t.cfl --image "$1.cfl" --precision double --out flat.cfl
  theirs reshape 15 1 256 "$3" "$2" flat y
  [[ -z ${4:-} ]] || { theirs noise -s 1 -n "$4" y noisy; theirs copy noisy y; }
}

# estimate METHOD SIDE COILS NAME: maps of stardeq from y on t.
estimate() {
  ours coils --kspace y.cfl --trajectory t.cfl --size "$2,$2" --method "$1" --out flat.cfl
  theirs reshape 15 "$2" "$2" 1 "$3" flat "$4"
}

# split_heart: the first 24 spokes of each frame of the heart, y on t, and the 6 that are held back, held on held-t.
split_heart() {
  theirs extract 2 0 24 "$utah/kspace" y
  theirs extract 2 0 24 "$utah/traj" t
  theirs extract 2 24 30 "$utah/kspace" held
  theirs extract 2 24 30 "$utah/traj" held-t
}

# missed_heart IMAGE MAPS FRAME: relative error of the spokes of that frame that were held back.
missed_heart() {
  theirs slice 10 "$3" held measured
  theirs slice 10 "$3" held-t points
  theirs fmac "$1" "$2" seen
  ours nufft --trajectory points.cfl --image seen.cfl --out flat.cfl
  theirs reshape 15 1 288 6 3 flat predicted
  apart measured predicted
}

# apart REFERENCE OTHER: NRMSE, complex and without rescaling.
apart() { bart nrmse "$1" "$2" | tail -n 1; }

# unexplained IMAGES MAPS REGION: |x - S S^H x| / |x| of coil images over a region.
unexplained() {
  theirs fmac -C -s 8 "$1" "$2" combined
  theirs fmac combined "$2" explained
  theirs fmac explained "$3" explained-inside
  theirs fmac "$1" "$3" inside
  apart inside explained-inside
}

# keep NAME VALUE SETTING IMAGE: the image with the least value so far becomes NAME; least[NAME] and at[NAME] say with what.
declare -A least at
keep() {
  [[ -z ${least[$1]:-} ]] || awk -v a="$2" -v b="${least[$1]}" 'BEGIN { exit !(a < b) }' || return 0
  least[$1]=$2 at[$1]=$3
  theirs copy "$4" "$1"
}

# strip NAME IMAGE...: magnitudes side by side.
strip() {
  theirs join 0 "${@:2}" tiles
  theirs cabs tiles "$1"
}

# times_five NAME REFERENCE IMAGE: their difference, five times as bright.
times_five() {
  theirs saxpy -- -1 "$2" "$3" difference
  theirs scale 5 difference "$1"
}

# show FILE GAMMA STRIP...: the strips below each other as a picture; the display gamma lets dark tissue and errors be seen.
show() {
  theirs join 1 "${@:3}" sheet
  theirs transpose 0 1 sheet rows
  theirs spow "$2" rows bright
  theirs toimg bright picture
  mv picture.png "$1"
}
