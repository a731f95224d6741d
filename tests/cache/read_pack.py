"""Reads a store by FORMAT.md alone, and prints path, mode, size and SHA-256
of every file of every entry, sorted by key: what test_pack_reader compares
with what the library says. Contents are decoded, and derived files skipped.
"""

import ctypes
import hashlib
import pathlib
import struct
import sys

ZSTD = ctypes.CDLL("libzstd.so.1")
for name in ("createDCtx", "DCtx_refPrefix", "decompressDCtx"):
    getattr(ZSTD, "ZSTD_" + name).restype = ctypes.c_size_t
ZSTD.ZSTD_getFrameContentSize.restype = ctypes.c_ulonglong
CONTEXT = ctypes.c_void_p(ZSTD.ZSTD_createDCtx())


def expand(frame, prefix=b""):
    size = ZSTD.ZSTD_getFrameContentSize(frame, ctypes.c_size_t(len(frame)))
    out = ctypes.create_string_buffer(max(size, 1))
    if prefix:
        ZSTD.ZSTD_DCtx_refPrefix(CONTEXT, prefix, ctypes.c_size_t(len(prefix)))
    got = ZSTD.ZSTD_decompressDCtx(CONTEXT, out, ctypes.c_size_t(size), frame,
                                   ctypes.c_size_t(len(frame)))
    assert got == size, "a frame that does not decode"
    return out.raw[:size]


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        self.at += count
        return self.data[self.at - count:self.at]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return value

    def string(self):
        return self.take(self.varint())


def describe(reader, number):
    flags = reader.varint()
    mode, where = 0o755 if flags & 1 else 0o644, flags >> 1
    if where == 2:
        return [mode, number - reader.varint(), reader.varint(), None]
    size, _ = reader.varint(), reader.take(32)
    return [mode, number if where else None, None, size, where == 3]


def unfilter(data):
    data, (start, ), (count, ) = bytearray(data), *(
        struct.unpack_from(form, data, at) for form, at in (("<Q", 40),
                                                            ("<H", 60)))
    for header in range(start, start + 64 * count, 64):
        kind, at, size = struct.unpack_from("<4xI16xQQ", data, header)
        if kind not in (2, 4) or at + size > len(data):
            continue
        form = "<QIIQ" if kind == 4 else "<IHHQQ"
        a, b, last = 0, 0, {}
        for entry in range(at, at + size // 24 * 24, 24):
            one = list(struct.unpack_from(form, data, entry))
            one[0] = a = (a + one[0]) % (2**64 if kind == 4 else 2**32)
            if kind == 4:
                one[2] = b = (b + one[2]) % 2**32
            slot = one[2] % 1024
            one[3] = last[slot] = (last.get(slot, 0) + one[3]) % 2**64
            struct.pack_into(form, data, entry, *one)
    return bytes(data)


def read_table(reader, tip, number):
    table, paths = dict(tip), sorted(tip)
    fresh, at = [], 0
    for _ in range(reader.varint()):
        at += reader.varint()
        del table[paths[at]]
        at += 1
    count, at = reader.varint(), 0
    for _ in range(count):
        at += reader.varint()
        table[paths[at]] = describe(reader, number)
        fresh.append(paths[at])
        at += 1
    before = b""
    for _ in range(reader.varint()):
        before = before[:reader.varint()] + reader.string()
        table[before] = describe(reader, number)
        fresh.append(before)
    new = sorted(path for path in fresh
                 if table[path][1] == number and table[path][2] is None)
    for index, path in enumerate(new):
        table[path][2] = index
    return table, new


def read_pack(data, entries):
    assert data[:8] == b"PBPACK2\n"
    tip, contents, plain, at = {}, {}, {}, 56
    while at + 104 <= len(data) and data[at:at + 4] == b"PBR2":
        kind, length, stamp, number, key = struct.unpack_from(
            "<4xB3xQQI4x32s", data, at)
        end = at + 72 + length
        if hashlib.sha256(data[at:end]).digest() != data[end:end + 32]:
            break
        body, files = data[at + 72:end], None
        at = end + 32
        if kind == 1:
            size, = struct.unpack_from("<I", body)
            reader = Reader(expand(body[4:4 + size]))
            reader.varint(), reader.varint(), reader.string()
            reader.take(32), reader.varint()
            table, new = read_table(reader, tip, number)
            prefix = b"".join(
                contents[tuple(tip[path][1:3])] for path in new
                if path in tip and tip[path][1] is not None)
            text = Reader(expand(body[4 + size:], prefix))
            for index, path in enumerate(new):
                content = text.take(table[path][3])
                contents[number, index] = content
                plain[number, index] = (unfilter(content) if table[path][4]
                                        else content)
            tip = table
            files = [(path, file[0], plain[file[1], file[2]])
                     for path, file in sorted(table.items())
                     if file[1] is not None]
        if kind != 3 and stamp > entries.get(key, (0,))[0]:
            entries[key] = stamp, files


def main():
    entries = {}
    for path in sorted(pathlib.Path(sys.argv[1]).glob("packs/*.pack")):
        read_pack(path.read_bytes(), entries)
    for key, (_, files) in sorted(entries.items()):
        for path, mode, content in files or []:
            print(key.hex(), path.decode(), f"{mode:o}", len(content),
                  hashlib.sha256(content).hexdigest())


main()
