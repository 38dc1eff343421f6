# Shared by the scripts of this folder: tools, data, conversions, verdicts. Source it.
#
#   STARDEQ        the program; by default it is built from this checkout
#   STARDEQ_DATA   folder with utah_cardiac_radial and freiburg_brain16_cartesian (or the first argument)

set -euo pipefail
export LC_ALL=C

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
data=${1:-${STARDEQ_DATA:-}}
brain=$data/freiburg_brain16_cartesian
utah=$data/utah_cardiac_radial

skip() { echo "SKIPPED: $*"; exit 0; }

command -v bart >/dev/null || skip "bart is not installed (Debian and Ubuntu: apt install bart)."
[[ -n $data ]] || skip "no data: give the data folder as argument or in STARDEQ_DATA."
[[ -f $brain/kspace.npy && -f $utah/kspace.cfl && -f $utah/traj.cfl ]] \
  || skip "'$data' lacks freiburg_brain16_cartesian/kspace.npy or utah_cardiac_radial/{kspace,traj}.cfl."

if [[ -z ${STARDEQ:-} ]]; then
  dotnet build -c Release "$repository/src/Cli" -v quiet --nologo >&2
  STARDEQ=$repository/src/Cli/bin/Release/net10.0/stardeq
fi

brain=$(realpath "$brain")
utah=$(realpath "$utah")
STARDEQ=$(realpath "$STARDEQ")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# Quiet runs; what they said is shown if they fail.
ours() { "$STARDEQ" "$@" >ours.log 2>&1 || { cat ours.log >&2; return 1; }; }
theirs() { bart "$@" >theirs.log 2>&1 || { cat theirs.log >&2; return 1; }; }

# npy_to_cfl FILE.npy NAME: complex64 in C order is what a .cfl holds, with the list of sizes reversed.
npy_to_cfl() {
  local header
  header=$(($(od -An -tu2 -j8 -N2 "$1") + 10))
  head -c "$header" "$1" | grep -aq "'descr': '<c8', 'fortran_order': False" || { echo "$1 is not complex64 in C order" >&2; return 1; }
  { echo "# Dimensions"; head -c "$header" "$1" | grep -ao "'shape': ([^)]*" | grep -o '[0-9]*' | tac | tr '\n' ' '; echo; } >"$2.hdr"
  tail -c +$((header + 1)) "$1" >"$2.cfl"
}

# Coil images of the brain: brain_k and brain_img, BART sizes [x, y, 1, coil].
prepare_brain() {
  npy_to_cfl "$brain/kspace.npy" brain_flat
  theirs reshape 15 128 128 1 16 brain_flat brain_k
  theirs fft -i -u 3 brain_k brain_img
}

# golden SPOKES NAME: golden-angle spokes for 128 x 128, two samples per cycle, with kz = 0 for BART.
golden() {
  ours traj --spokes "$1" --size 128,128 --readout 256 --out "$2-xy.cfl"
  theirs resize 0 3 "$2-xy" "$2"
}

# number WORDS FILE: the number that follows these words in a log.
number() { grep -o "$1 [0-9.e+-]*[0-9]" "$2" | head -n 1 | grep -o '[0-9.e+-]*$'; }
