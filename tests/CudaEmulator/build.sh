#!/usr/bin/env bash
# Builds the software CUDA driver into a folder: build.sh FOLDER. Does nothing if the libraries are newer than the sources.
set -euo pipefail
[[ $# -ge 1 ]] || { echo "usage: build.sh FOLDER" >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
cxx=${CXX:-g++}
flags=(-std=c++17 -O2 -g1 -fPIC -shared -Wall -Wextra -Wno-cast-function-type -Wno-missing-field-initializers -fvisibility=hidden -pthread -Wl,-z,defs)

newest=$(ls -t "$here"/*.cpp "$here"/*.h "$here"/build.sh | head -1)
if [[ -f $out/built && $out/built -nt $newest ]]; then
    exit 0
fi

"$cxx" "${flags[@]}" -Wl,-soname,libcuda.so.1 -o "$out/libcuda.so.1" "$here"/{options,memory,streams,fibers,launch,checks,module}.cpp -ldl
"$cxx" "${flags[@]}" -Wl,-soname,libnvrtc.so.12 -o "$out/libnvrtc.so.12" "$here/nvrtc.cpp" "$out/libcuda.so.1" -ldl
"$cxx" "${flags[@]}" -Wl,-soname,libcufft.so.11 -o "$out/libcufft.so.11" "$here/fft.cpp" "$out/libcuda.so.1"
"$cxx" "${flags[@]}" -Wl,-soname,libcublas.so.12 -o "$out/libcublas.so.12" "$here/blas.cpp" "$out/libcuda.so.1"
cp "$here/device_shim.h" "$out/"
touch "$out/built"
