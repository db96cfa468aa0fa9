"""A picture of a page in few bytes: a page has few colours, so 256 of them do."""
import collections
import struct
import zlib

COLOURS = 256


def chunks(png):
    at = 8
    while at < len(png):
        size, = struct.unpack_from('>I', png, at)
        yield png[at + 4:at + 8], png[at + 8:at + 8 + size]
        at += 12 + size


def chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


def paeth(a, b, c):
    p = a + b - c
    pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
    return a if pa <= pb and pa <= pc else b if pb <= pc else c


def unfilter(kind, line, above, step):
    """Undoes the filter of one line (RFC 2083, section 6), in place."""
    for i in range(len(line)):
        left = line[i - step] if i >= step else 0
        corner = above[i - step] if i >= step else 0
        if kind == 1:
            line[i] = (line[i] + left) & 255
        elif kind == 2:
            line[i] = (line[i] + above[i]) & 255
        elif kind == 3:
            line[i] = (line[i] + (left + above[i]) // 2) & 255
        elif kind == 4:
            line[i] = (line[i] + paeth(left, above[i], corner)) & 255


def pixels(png):
    """(width, lines), each line a list of three bytes for each pixel."""
    parts = collections.defaultdict(bytes)
    for kind, data in chunks(png):
        parts[kind] += data
    width, height, depth, colour = struct.unpack_from('>IIBB', parts[b'IHDR'])
    if depth != 8 or colour not in (2, 6):
        raise ValueError(f'a PNG of depth {depth} and colour type {colour}')
    step = 3 if colour == 2 else 4
    raw = zlib.decompress(parts[b'IDAT'])
    above, lines = bytearray(width * step), []
    for y in range(height):
        start = y * (width * step + 1)
        line = bytearray(raw[start + 1:start + 1 + width * step])
        if raw[start]:
            unfilter(raw[start], line, above, step)
        above = line
        lines.append([bytes(line[i:i + 3]) for i in range(0, len(line), step)])
    return width, lines


def nearest(colour, palette):
    return min(range(len(palette)),
               key=lambda i: sum((a - b) ** 2 for a, b in zip(colour, palette[i])))


def shrink(png):
    width, lines = pixels(png)
    counts = collections.Counter(colour for line in lines for colour in line)
    palette = [colour for colour, _ in counts.most_common(COLOURS)]
    index = {colour: nearest(colour, palette) for colour in counts}
    raw = b''.join(b'\0' + bytes(index[colour] for colour in line) for line in lines)
    return png[:8] + chunk(b'IHDR', struct.pack('>IIBBBBB', width, len(lines), 8, 3, 0, 0, 0)) + \
        chunk(b'PLTE', b''.join(palette)) + chunk(b'IDAT', zlib.compress(raw, 9)) + \
        chunk(b'IEND', b'')
