"""Inputs of classical.sh that shell tools cannot make: classical.py abdomen|head DATA NAME."""
import array
import cmath
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


if __name__ == "__main__":
    kind, folder, target = sys.argv[1:4]
    write(target, [WIDTH, WIDTH], {"abdomen": abdomen, "head": head}[kind](folder))
