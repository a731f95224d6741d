"""Reads a store by FORMAT.md alone, and prints path, mode, size and SHA-256
of every file of every entry, sorted by key: what test_chain compares with what
the library says. Contents are decoded, and derived files skipped."""

import ctypes
import hashlib
import io
import pathlib
import struct
import sys

ZSTD = ctypes.CDLL("libzstd.so.1")
ZSTD.ZSTD_createDCtx.restype = ctypes.c_void_p
ZSTD.ZSTD_getFrameContentSize.restype = ctypes.c_size_t
BUILD, _, MARK, _ = range(1, 5)  # records
NOWHERE, NEW, IN_PACK, FILTERED = range(4)  # contents
RELA, SYMTAB = (4, "<QIIQ", 64), (2, "<IHHQQ", 32)


def expand(frame, prefix=b""):
    size = ctypes.c_size_t(len(frame))
    out = ctypes.create_string_buffer(
        ZSTD.ZSTD_getFrameContentSize(frame, size))
    context = ctypes.c_void_p(ZSTD.ZSTD_createDCtx())
    ZSTD.ZSTD_DCtx_refPrefix(context, prefix, ctypes.c_size_t(len(prefix)))
    ZSTD.ZSTD_decompressDCtx(context, out, ctypes.c_size_t(len(out)), frame,
                             size)
    ZSTD.ZSTD_freeDCtx(context)
    return out.raw


def varint(text):
    byte = text.read(1)[0]
    return byte if byte < 128 else byte & 127 | varint(text) << 7


class File:
    def __init__(self, text, number):
        flags = varint(text)
        self.mode, self.where = 0o755 if flags & 1 else 0o644, flags >> 1
        if self.where == IN_PACK:
            self.content = number - varint(text), varint(text)
        else:
            self.content, self.size, _ = None, varint(text), text.read(32)


def read_table(text, tip, number):
    table, paths, path = dict(tip), sorted(tip), b""
    for changed in False, True:
        at = -1
        for _ in range(varint(text)):
            at += varint(text) + 1
            del table[paths[at]]
            if changed:
                table[paths[at]] = File(text, number)
    for _ in range(varint(text)):
        path = path[:varint(text)] + text.read(varint(text))
        table[path] = File(text, number)
    new = [path for path, file in sorted(table.items())
           if file.where in (NEW, FILTERED) and file.content is None]
    for index, path in enumerate(new):
        table[path].content = number, index
    return table, new


def unfilter(data):
    data = bytearray(data)
    headers, count = struct.unpack_from("<40xQ12xH", data)
    for header in range(headers, headers + 64 * count, 64):
        kind, at, size = struct.unpack_from("<4xI16xQQ", data, header)
        for known, form, bits in RELA, SYMTAB:
            last, first, symbol = {}, 0, 0
            inside = kind == known and at + size <= len(data)
            for entry in range(at, at + size // 24 * 24 if inside else at, 24):
                told = list(struct.unpack_from(form, data, entry))
                told[0] = first = (first + told[0]) % 2**bits
                if known == RELA[0]:
                    told[2] = symbol = (symbol + told[2]) % 2**32
                slot = told[2] % 1024
                told[3] = last[slot] = (last.get(slot, 0) + told[3]) % 2**64
                struct.pack_into(form, data, entry, *told)
    return bytes(data)


def read_build(body, tip, number, contents):
    size, = struct.unpack_from("<I", body)
    text = io.BytesIO(expand(body[4:4 + size]))
    varint(text), varint(text), text.read(varint(text))
    text.read(32), varint(text)
    table, new = read_table(text, tip, number)
    frame = io.BytesIO(expand(body[4 + size:], b"".join(
        contents[tip[path].content][0] for path in new
        if path in tip and tip[path].content)))
    for path in new:
        file = table[path]
        contents[file.content] = frame.read(file.size), file.where == FILTERED
    return table


def read_pack(data, entries):
    tip, contents, at = {}, {}, 56
    while data[at:at + 4] == b"PBR2":
        kind, length, stamp, number, key = struct.unpack_from(
            "<4xB3xQQI4x32s", data, at)
        end = at + 72 + length
        if hashlib.sha256(data[at:end]).digest() != data[end:end + 32]:
            return
        if kind == BUILD:
            tip = read_build(data[at + 72:end], tip, number, contents)
        if kind != MARK and stamp > entries.get(key, [0])[0]:
            entries[key] = stamp, tip if kind == BUILD else {}, contents
        at = end + 32


entries = {}
for pack in sorted(pathlib.Path(sys.argv[1]).glob("packs/*.pack")):
    read_pack(pack.read_bytes(), entries)
for key, (_, table, contents) in sorted(entries.items()):
    for path, file in sorted(table.items()):
        if file.where != NOWHERE:
            text, filtered = contents[file.content]
            text = unfilter(text) if filtered else text
            print(key.hex(), path.decode(), f"{file.mode:o}", len(text),
                  hashlib.sha256(text).hexdigest())
