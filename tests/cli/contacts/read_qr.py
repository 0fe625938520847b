"""Reads a QR code that bulla made, as a PNG, an SVG or drawn in characters, and writes the bytes that it holds.

A second reader, from ISO/IEC 18004: what a camera has to guess (where the code is, which modules are which) is known here,
so it corrects no errors and refuses any. Byte mode and the versions that cards need, at level L.
"""

import re
import struct
import sys
import zlib

# The positions of the alignment patterns, and the number of data bytes per block, for each version.
VERSIONS = {
    10: ([6, 28, 50], [(2, 68), (2, 69)]),
    11: ([6, 30, 54], [(4, 81)]),
    12: ([6, 32, 58], [(2, 92), (2, 93)]),
    34: ([6, 34, 60, 86, 112, 138], [(13, 115), (6, 116)]),
    35: ([6, 30, 54, 78, 102, 126, 150], [(12, 121), (7, 122)]),
    36: ([6, 24, 50, 76, 102, 128, 154], [(6, 121), (14, 122)]),
}
MASKS = [
    lambda y, x: (y + x) % 2,
    lambda y, x: y % 2,
    lambda y, x: x % 3,
    lambda y, x: (y + x) % 3,
    lambda y, x: (y // 2 + x // 3) % 2,
    lambda y, x: y * x % 2 + y * x % 3,
    lambda y, x: (y * x % 2 + y * x % 3) % 2,
    lambda y, x: ((y + x) % 2 + y * x % 3) % 2,
]
QUIET, SCALE = 4, 8


def png(data):
    at, pixels, side = 8, b"", 0
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        at += length + 12
        if kind == b"IHDR":
            side, height, depth, color = struct.unpack(">IIBB", body[:10])
            assert (height, depth, color) == (side, 8, 0)
        elif kind == b"IDAT":
            pixels += body
    pixels, above, rows = zlib.decompress(pixels), bytearray(side), []
    for start in range(0, len(pixels), side + 1):
        how, row = pixels[start], bytearray(pixels[start + 1 : start + 1 + side])
        for x in range(side):
            left, up, corner = (row[x - 1], above[x], above[x - 1]) if x else (0, above[x], 0)
            near = [0, left, up, (left + up) // 2][how] if how < 4 else nearest(left, up, corner)
            row[x] = (row[x] + near) % 256
        above = row
        rows.append(row)
    return [[pixel == 0 for pixel in row[SCALE // 2 :: SCALE]] for row in rows[SCALE // 2 :: SCALE]]


def nearest(left, up, corner):
    return min((left, up, corner), key=lambda value: abs(left + up - corner - value))


def svg(text):
    width = int(re.search(r'viewBox="0 0 (\d+) ', text)[1])
    dark = {(int(y), int(x)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", text)}
    return [[(y, x) in dark for x in range(width)] for y in range(width)]


def drawn(text):
    rows = [[c in half for c in line] for line in text.splitlines() for half in ("▄ ", "▀ ")]
    return rows[: len(rows[0])]


def number(bits):
    return int("".join("01"[bit] for bit in bits), 2)


def read(picture):
    inner = range(QUIET, len(picture) - QUIET)
    assert not any(any(row) for y, row in enumerate(picture) if y not in inner), "the quiet zone"
    assert not any(row[x] for row in picture for x in range(len(picture)) if x not in inner), "the quiet zone"
    code = [[picture[y][x] for x in inner] for y in inner]
    size = len(code)
    places, groups = VERSIONS[(size - 17) // 4]
    form = [code[8][x] for x in (0, 1, 2, 3, 4, 5, 7, 8)] + [code[y][8] for y in (7, 5, 4, 3, 2, 1, 0)]
    form = number(form) ^ 0x5412
    assert form >> 13 == 1, "level L"
    mask = MASKS[form >> 10 & 7]
    # Modules without data: three finder patterns with the format beside them, two timing lines, the
    # version, and the alignment patterns.
    taken = {(y, x) for y in range(size) for x in range(size) if y == 6 or x == 6}
    areas = [(0, 0, 9, 9), (0, size - 8, 9, 8), (size - 8, 0, 8, 9), (0, size - 11, 6, 3), (size - 11, 0, 3, 6)]
    corners = ((6, 6), (6, places[-1]), (places[-1], 6))
    areas += [(y - 2, x - 2, 5, 5) for y in places for x in places if (y, x) not in corners]
    for top, left, height, width in areas:
        taken |= {(y, x) for y in range(top, top + height) for x in range(left, left + width)}
    bits, up = [], True
    for right in [*range(size - 1, 6, -2), *range(5, 0, -2)]:
        for y in reversed(range(size)) if up else range(size):
            bits += [code[y][x] ^ (mask(y, x) == 0) for x in (right, right - 1) if (y, x) not in taken]
        up = not up
    words = iter(number(bits[at : at + 8]) for at in range(0, len(bits) - 7, 8))
    lengths = [length for count, length in groups for _ in range(count)]
    blocks = [[] for _ in lengths]
    for at in range(max(lengths)):
        for block, length in zip(blocks, lengths):
            if at < length:
                block.append(next(words))
    data = b"".join(map(bytes, blocks))
    assert data[0] >> 4 == 4, "byte mode"
    shift = 8 * len(data) - 4
    value = int.from_bytes(data, "big")
    length = value >> (shift - 16) & 0xFFFF
    return (value >> (shift - 16 - 8 * length) & (1 << 8 * length) - 1).to_bytes(length, "big")


def main():
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    if data.startswith(b"\x89PNG"):
        picture = png(data)
    elif data.startswith(b"<svg"):
        picture = svg(data.decode())
    else:
        picture = drawn(data.decode())
    sys.stdout.buffer.write(read(picture))


main()
