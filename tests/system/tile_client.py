"""A small client of C2SP tlog-tiles, written from the specifications alone.

It shares no code with Plenary: whoever wants to check an exported log without trusting Plenary's
own programs can begin here. Sources: c2sp.org/tlog-tiles, tlog-checkpoint, signed-note; RFC 6962.
"""

import base64
import hashlib
import urllib.error
import urllib.request

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WIDTH = 256


class Bad(Exception):
    """The log does not hold what its checkpoint says."""


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def leaf_hash(entry):
    return sha256(b"\x00", entry)


def node_hash(left, right):
    return sha256(b"\x01", left, right)


def tree_root(hashes):
    """MTH of RFC 6962 over leaf hashes, or over roots of equal perfect subtrees."""
    if not hashes:
        return sha256()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return node_hash(tree_root(hashes[:split]), tree_root(hashes[split:]))


# Signed notes.


def key_id(name, kind, key):
    return sha256(name.encode(), b"\n", bytes([kind]), key)[:4]


def open_checkpoint(note, origin, public_key):
    """The (size, root) of a note that this Ed25519 key has signed under the name of the log."""
    text, _, lines = note.rpartition("\n\n")
    text += "\n"
    parts = text.split("\n")
    if len(parts) < 4 or parts[0] != origin:
        raise Bad(f"checkpoint of {parts[0]!r}, expected {origin!r}")
    size, root = int(parts[1]), base64.b64decode(parts[2], validate=True)
    if str(size) != parts[1] or len(root) != 32:
        raise Bad("size or root of the checkpoint are none")
    for line in lines.splitlines():
        dash, name, encoded = line.split(" ")
        blob = base64.b64decode(encoded, validate=True)
        if dash != "\u2014" or name != origin or blob[:4] != key_id(name, 1, public_key):
            continue  # a cosigner's
        try:
            Ed25519PublicKey.from_public_bytes(public_key).verify(blob[4:], text.encode())
        except InvalidSignature:
            raise Bad("the log's signature does not verify") from None
        return size, root
    raise Bad("no line by the log's key")


# Tiles.


def tile_path(level, index, width=WIDTH):
    groups = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03d}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/" + "/".join(groups) + partial


def tiles_of(size, level):
    """(index, width) of each tile of a level."""
    hashes = size >> (8 * level)
    full, rest = divmod(hashes, WIDTH)
    return [(i, WIDTH) for i in range(full)] + ([(full, rest)] if rest else [])


class Log:
    """One log below a URL."""

    def __init__(self, url, origin, public_key):
        self.url, self.origin, self.public_key = url.rstrip("/"), origin, public_key

    def fetch(self, path):
        with urllib.request.urlopen(f"{self.url}/{path}", timeout=30) as answer:
            return answer.read()

    def fetch_tile(self, level, index, width):
        """A partial tile may have become a full one since."""
        try:
            return self.fetch(tile_path(level, index, width))
        except urllib.error.HTTPError:
            if width == WIDTH:
                raise
            return self.fetch(tile_path(level, index))

    def hashes(self, level, index, width):
        tile = self.fetch_tile(level, index, width)
        if len(tile) % 32 or len(tile) < 32 * width:
            raise Bad(f"{tile_path(level, index, width)}: {len(tile)} bytes")
        return [tile[i:i + 32] for i in range(0, 32 * width, 32)]

    def entries(self, index, width):
        bundle = self.fetch_tile("entries", index, width)
        entries = []
        while bundle:
            length = int.from_bytes(bundle[:2], "big")
            if len(bundle) < 2 + length:
                raise Bad("an entry is cut short")
            entries.append(bundle[2:2 + length])
            bundle = bundle[2 + length:]
        if len(entries) < width:
            raise Bad(f"{len(entries)} entries, expected {width}")
        return entries[:width]

    def checkpoint(self):
        return open_checkpoint(self.fetch("checkpoint").decode(), self.origin, self.public_key)

    def audit(self):
        """Recomputes everything; (size, root, entries)."""
        size, root = self.checkpoint()
        entries = []
        for index, width in tiles_of(size, 0):
            entries += self.entries(index, width)
        below = [leaf_hash(entry) for entry in entries]
        if tree_root(below) != root:
            raise Bad("the root of the entries is not that of the checkpoint")
        level = 0
        while below:
            for index, width in tiles_of(size, level):
                if self.hashes(level, index, width) != below[index * WIDTH:index * WIDTH + width]:
                    raise Bad(f"{tile_path(level, index, width)} is not what the entries say")
            below = [tree_root(below[i:i + WIDTH])
                     for i in range(0, len(below) - len(below) % WIDTH, WIDTH)]
            level += 1
        return size, root, entries
