"""Decompresses compressed N:M files: python3 decompress.py IN OUT [IN OUT ...]. See docs/format.md."""
import hashlib, json, struct, sys

SIZES = {'F64': 8, 'F32': 4, 'F16': 2, 'BF16': 2}


def decode(values, indices, rows, columns, taps, n, m, size):
    """The bytes of a [rows, columns, taps] tensor whose groups run along the columns."""
    groups = -(-columns // m)
    index_bits = (m - 1).bit_length()
    bitmap = m != 4 and m < n * index_bits
    group_bits = m if bitmap else n * index_bits
    row_bytes = (taps * groups * group_bits + 7) // 8
    dense = bytearray(rows * columns * taps * size)
    next_value = 0
    for row in range(rows):
        bits = int.from_bytes(indices[row * row_bytes:(row + 1) * row_bytes], 'little')
        for tap in range(taps):
            for group in range(groups):
                if bitmap:
                    places = [i for i in range(m) if bits >> i & 1]
                else:
                    mask = (1 << index_bits) - 1
                    places = [bits >> k * index_bits & mask for k in range(n)]
                bits >>= group_bits
                assert len(places) == n and places == sorted(set(places)) and places[-1] < m
                for place in places:
                    value = values[next_value * size:(next_value + 1) * size]
                    next_value += 1
                    column = group * m + place
                    if column < columns:
                        start = ((row * columns + column) * taps + tap) * size
                        dense[start:start + size] = value
                    else:
                        assert not any(value)
        assert bits == 0
    return bytes(dense)


def transpose(dense, rows, columns, taps, size):
    step = taps * size
    return b''.join(dense[(row * columns + column) * step:][:step]
                    for column in range(columns) for row in range(rows))


def read(path):
    """Returns the original tensors, name: (type, shape, bytes), and the metadata."""
    file = open(path, 'rb').read()
    length, = struct.unpack('<Q', file[:8])
    header = json.loads(file[8:8 + length])
    metadata = header.pop('__metadata__')
    assert metadata['djl-sparse.compressed'] == '1'
    parts = {}
    for name, part in header.items():
        start, end = part['data_offsets']
        parts[name] = file[8 + length + start:8 + length + end]
    checksums = parts.pop('djl-sparse.sha256')
    for i, part in enumerate(parts.values()):
        assert hashlib.sha256(part).digest() == checksums[32 * i:32 * i + 32]
    whole = hashlib.sha256(file[:8 + length] + checksums[:-32]).digest()
    assert whole == checksums[-32:]
    tensors, used = {}, set()
    for name in parts:
        original = name[:-len('.values')]
        if name.endswith('.values') and 'tensor.' + original in metadata:
            kind, shape, pattern, ways = metadata['tensor.' + original].split()
            shape = [int(d) for d in shape.split('x')]
            n, m = map(int, pattern.split(':'))
            taps = 1
            for d in shape[2:]:
                taps *= d
            rows, columns, size = shape[0], shape[1], SIZES[kind]
            used.add(original + '.indices')
            dense = decode(parts[name], parts[original + '.indices'],
                           rows, columns, taps, n, m, size)
            if ways == 'both':
                used |= {original + '.transposed.values', original + '.transposed.indices'}
                other = decode(parts[original + '.transposed.values'],
                               parts[original + '.transposed.indices'],
                               columns, rows, taps, n, m, size)
                assert other == transpose(dense, rows, columns, taps, size)
            tensors[original] = kind, shape, dense
        elif name not in used:
            tensors[name] = header[name]['dtype'], header[name]['shape'], parts[name]
    own = {k[len('metadata.'):]: v for k, v in metadata.items() if k.startswith('metadata.')}
    return tensors, own


def decompress(path, target):
    tensors, metadata = read(path)
    header, position = {'__metadata__': metadata}, 0
    for name, (kind, shape, data) in tensors.items():
        offsets = [position, position + len(data)]
        header[name] = {'dtype': kind, 'shape': shape, 'data_offsets': offsets}
        position = offsets[1]
    text = json.dumps(header).encode()
    with open(target, 'wb') as out:
        out.write(struct.pack('<Q', len(text)) + text)
        for _, _, data in tensors.values():
            out.write(data)


if __name__ == '__main__':
    for pair in zip(sys.argv[1::2], sys.argv[2::2]):
        decompress(*pair)
