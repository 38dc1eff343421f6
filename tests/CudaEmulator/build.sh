#!/usr/bin/env bash
# Builds the software CUDA driver into a folder: build.sh FOLDER. Does nothing if the libraries are newer than the sources.
# Several may run at once for one folder: one builds, the others wait.
set -euo pipefail
[[ $# -ge 1 ]] || { echo "usage: build.sh FOLDER" >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
cxx=${CXX:-g++}
flags=(-std=c++17 -O2 -g1 -fPIC -shared -Wall -Wextra -Wno-cast-function-type -Wno-missing-field-initializers -fvisibility=hidden -pthread -Wl,-z,defs)

exec 9>"$out/lock"
flock 9
if [[ -f $out/built && -z $(find "$here" -maxdepth 1 \( -name '*.cpp' -o -name '*.h' -o -name build.sh \) -newer "$out/built") ]]; then
    exit 0
fi

# Under other names first: a process that has the old libraries open keeps them whole.
made=$(mktemp -d "$out/build-XXXXXX")
trap 'rm -rf "$made"' EXIT
library() # name, sources, what it links to
{
    local name=$1
    shift
    "$cxx" "${flags[@]}" -Wl,-soname,"$name" -o "$made/$name" "$@" -ldl
}
cd "$here"
library libcuda.so.1 options.cpp memory.cpp pool.cpp streams.cpp events.cpp hazards.cpp capture.cpp copies.cpp fibers.cpp block.cpp launch.cpp checks.cpp profile.cpp module.cpp device.cpp
library libnvrtc.so.12 nvrtc.cpp object.cpp "$made/libcuda.so.1" &
second=$!
library libcufft.so.11 fft.cpp "$made/libcuda.so.1"
library libcublas.so.12 blas.cpp "$made/libcuda.so.1"
wait "$second"
cp device_shim.h "$made/"
rm -rf "$out/kernels" # modules that the old driver compiled
mv -f "$made"/* "$out/"
touch "$out/built"
