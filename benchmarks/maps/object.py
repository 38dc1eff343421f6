"""PSNR of images against the simulated object times the root sum of squares of its coils: object.py DATASET IMAGE.npy

Maps have a root sum of squares of one, so that this is the magnitude which any method aims at, whatever its maps. The peak is the largest value of a subject.
"""
import array
import json
import math
import struct
import sys


def npy(path):
    """The scalars of a .npy file, complex numbers as pairs, and its shape."""
    with open(path, "rb") as file:
        file.seek(8)
        header = file.read(struct.unpack("<H", file.read(2))[0]).decode()
        fields = eval(header, {"__builtins__": {}}, {})  # the literal that the format defines
        return array.array({"f": "f", "c": "f"}[fields["descr"][1]], file.read()), fields


def magnitudes(path):
    values, fields = npy(path)
    return [math.hypot(values[2 * i], values[2 * i + 1]) for i in range(len(values) // 2)] if fields["descr"][1] == "c" else [abs(v) for v in values]


def references(folder):
    """Per test subject the magnitude that is aimed at."""
    record = json.load(open(folder + "/dataset.json"))
    for subject in record["subjects"]:
        if subject["split"].lower() != "test":
            continue
        truth = magnitudes(f"{folder}/{subject['name']}/truth.npy")
        maps, fields = npy(f"{folder}/{subject['name']}/maps.npy")
        slices, coils, rows, columns = fields["shape"]
        pixels = rows * columns
        yield [
            truth[s * pixels + p] * math.sqrt(sum(maps[2 * i] ** 2 + maps[2 * i + 1] ** 2 for i in range(s * coils * pixels + p, (s + 1) * coils * pixels + p, pixels)))
            for s in range(slices)
            for p in range(pixels)
        ]


if __name__ == "__main__":
    folder, path = sys.argv[1:3]
    images, at, decibels = magnitudes(path), 0, []
    for reference in references(folder):
        error = sum((a - b) ** 2 for a, b in zip(images[at : at + len(reference)], reference)) / len(reference)
        decibels.append(10 * math.log10(max(reference) ** 2 / error))
        at += len(reference)
    print(f"{sum(decibels) / len(decibels):.2f}")
