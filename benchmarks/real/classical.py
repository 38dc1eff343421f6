"""Inputs of classical.sh that shell tools cannot make: classical.py abdomen|head|poisson DATA NAME."""
import array
import gzip
import struct
import sys

WIDTH = 128


def write(name, sizes, values):
    """A BART array: sizes from fast to slow, real and imaginary parts."""
    with open(name + ".hdr", "w") as header:
        header.write("# Dimensions\n" + " ".join(map(str, sizes)) + "\n")
    with open(name + ".cfl", "wb") as body:
        array.array("f", values).tofile(body)


def npy(path, code):
    """The scalars of a .npy file."""
    with open(path, "rb") as file:
        file.seek(8)
        file.seek(10 + struct.unpack("<H", file.read(2))[0])
        return array.array(code, file.read())


def slice_image(rows, columns, at):
    """A slice in the middle of WIDTH x WIDTH, brightest pixel 1, with a smooth phase."""
    import cmath

    top = max(at(r, c) for r in range(rows) for c in range(columns))
    out = []
    for y in range(WIDTH):
        for x in range(WIDTH):
            r, c = y - (WIDTH - rows) // 2, x - (WIDTH - columns) // 2
            value = at(r, c) / top if 0 <= r < rows and 0 <= c < columns else 0
            value *= cmath.exp(1j * (0.8 * (x / WIDTH - 0.5) + 1.2 * (y / WIDTH - 0.5) ** 2))
            out += [value.real, value.imag]
    return out


def abdomen(data):
    """Slice 10 of 20, 91 x 117 pixels of 3 mm."""
    volume = npy(data + "/totalsegmentator_abdomen_mr/volume.npy", "h")
    planes, rows, columns = 20, 91, 117
    start = planes // 2 * rows * columns
    return slice_image(rows, columns, lambda r, c: max(0, volume[start + r * columns + c]))


def head(data):
    """An axial slice through the ventricles, every second pixel of 1 mm."""
    raw = gzip.open(data + "/mricron_ch2_brain_t1/ch2.nii.gz").read()
    nx, ny = struct.unpack_from("<2h", raw, 42)
    offset = int(struct.unpack_from("<f", raw, 108)[0])
    plane = raw[offset + 80 * nx * ny : offset + 81 * nx * ny]
    return slice_image(ny // 2, nx // 2, lambda r, c: plane[(ny - 1 - 2 * r) * nx + 2 * c])


def poisson(data, name):
    """Sampled points as five long lines; grids for BART; one in ten beyond the central block apart."""
    coils, rows, columns = 8, 230, 180
    k = npy(data + "/sigpy_brain8_poisson/cartesian_ksp.npy", "f")
    plane = rows * columns
    measured = [i for i in range(plane) if any(k[2 * (c * plane + i)] or k[2 * (c * plane + i) + 1] for c in range(coils))]
    outer = [i for i in measured if max(abs(i // columns - rows // 2), abs(i % columns - columns // 2)) > 16]
    held = set(outer[::10])
    kept = [i for i in measured if i not in held]
    kept = kept[: len(kept) // 5 * 5]
    points = [v for i in kept for v in (i % columns - columns // 2, 0, i // columns - rows // 2, 0, 0, 0)]
    write("t", [3, len(kept) // 5, 5], points)
    write(name, [1, len(kept) // 5, 5, coils], [v for c in range(coils) for i in kept for v in k[2 * (c * plane + i) : 2 * (c * plane + i) + 2]])
    for part, wanted in ((name + "-bart", set(kept)), ("held", held)):
        grid = array.array("f", bytes(4 * len(k)))
        for c in range(coils):
            for i in wanted:
                at = 2 * (c * plane + i)
                grid[at : at + 2] = k[at : at + 2]
        write(part, [columns, rows, 1, coils], grid)
    write("held-mask", [columns, rows], [v for i in range(plane) for v in (1 if i in held else 0, 0)])


if __name__ == "__main__":
    kind, folder, target = sys.argv[1:4]
    if kind == "poisson":
        poisson(folder, target)
    else:
        write(target, [WIDTH, WIDTH], {"abdomen": abdomen, "head": head}[kind](folder))
