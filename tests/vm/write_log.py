"""Reads the log of a disk's writes that qemu's blklogwrites keeps, and makes of it a disk that lost its
power: all that was flushed is there, and of what was not, any part.

The log's format is that of Linux' dm-log-writes (Documentation/admin-guide/device-mapper/log-writes.rst):
a super block of one sector, then for each request a sector that describes it, then its data."""

import struct

MAGIC = 0x6A736677736872
SUPER = struct.Struct("<QQQI")
ENTRY = struct.Struct("<QQQQ")  # sector, sectors, flags, bytes of data that are no sectors
FLUSH, FUA, DISCARD = 1, 2, 4
# What a disk writes as one, or not at all.
ATOM_BYTES = 4096


def entries(log):
    """(offset in bytes, data, flags) in the order of their completion."""
    with open(log, "rb") as file:
        magic, version, _, sector = SUPER.unpack(file.read(SUPER.size))
        assert magic == MAGIC and version == 1, "this is no log of writes"
        position = sector
        while True:
            # The count in the super block is written now and then only: the log ends with its file.
            file.seek(position)
            head = file.read(ENTRY.size)
            if len(head) < ENTRY.size:
                return
            first, sectors, flags, _ = ENTRY.unpack(head)
            if first == sectors == flags == 0:
                return
            size = 0 if flags & DISCARD else sectors * sector
            file.seek(position + sector)
            data = file.read(size)
            if len(data) < size:
                return
            position += sector + size
            yield first * sector, data, flags


def replay(log, image, choose):
    """Onto the image as it was before. Returns how many atoms were lost of how many unflushed."""
    requests = list(entries(log))
    flushes = [index for index, (_, _, flags) in enumerate(requests) if flags & FLUSH]
    safe = flushes[-1] if flushes else -1
    # One cut may lose all, one none.
    lost_share = choose.choice([0, 0.1, 0.5, 0.9, 1])
    lost = unflushed = 0
    with open(image, "r+b") as disk:
        for index, (offset, data, flags) in enumerate(requests):
            if index <= safe or flags & FUA:
                disk.seek(offset)
                disk.write(data)
                continue
            for begin in range(0, len(data), ATOM_BYTES):
                unflushed += 1
                if choose.random() < lost_share:
                    lost += 1
                    continue
                disk.seek(offset + begin)
                disk.write(data[begin:begin + ATOM_BYTES])
    return lost, unflushed
