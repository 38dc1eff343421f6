"""Inputs of classical.sh that shell tools cannot make: classical.py abdomen|head|pattern DATA NAME."""
import array
import cmath
import gzip
import random
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


def pattern(data, name):
    """The brain that was sampled on a pattern, a tenth of its outer samples held back: NAME-grid and NAME-all on the grid, NAME-y and NAME-t
    as samples and points, NAME-held with ones where samples were held back."""
    coils, rows, columns, centre = 8, 230, 180, 12
    parts = npy(data + "/sigpy_brain8_poisson/cartesian_ksp.npy", "f")
    size = 2 * rows * columns
    draw = random.Random(1)
    held, kept = [0.0] * size, []
    for i in range(rows * columns):
        if any(parts[c * size + 2 * i] or parts[c * size + 2 * i + 1] for c in range(coils)):
            y, x = i // columns - rows // 2, i % columns - columns // 2
            if max(abs(y), abs(x)) >= centre and draw.random() < 0.1:
                held[2 * i] = 1.0
            else:
                kept.append((i, x, y))
    if len(kept) % 2:  # two lines of equal length; an array of one line would lose its axis
        held[2 * kept.pop()[0]] = 1.0
    grid = [0.0] * (coils * size)
    for c in range(coils):
        for i, _, _ in kept:
            grid[c * size + 2 * i : c * size + 2 * i + 2] = parts[c * size + 2 * i : c * size + 2 * i + 2]
    write(name + "-all", [columns, rows, 1, coils], parts)
    write(name + "-grid", [columns, rows, 1, coils], grid)
    write(name + "-held", [columns, rows], held)
    write(name + "-y", [1, len(kept) // 2, 2, coils], [v for c in range(coils) for i, _, _ in kept for v in parts[c * size + 2 * i : c * size + 2 * i + 2]])
    write(name + "-t", [3, len(kept) // 2, 2], [v for _, x, y in kept for v in (x, 0, y, 0, 0, 0)])


if __name__ == "__main__":
    kind, folder, target = sys.argv[1:4]
    if kind == "pattern":
        pattern(folder, target)
    else:
        write(target, [WIDTH, WIDTH], {"abdomen": abdomen, "head": head}[kind](folder))
