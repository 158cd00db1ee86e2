"""A small federation that writes its own proof files, for tests of docs/verify.py.

Bytes by docs/FORMATS.md; nothing here is shared with verify.py. Every part can be replaced: a test
says what is to be different, the rest is right.
"""

import base64
import hashlib

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

FEDERATION = "sti.test.example"
MEMBERS = ["br", "ru", "in", "cn", "za"]
ACTIVE, RETIRED, COMPROMISED = 1, 2, 3
FULL, OBSERVER, SUSPENDED = 1, 2, 3
P256_ORDER = int("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)


def sha256(data):
    return hashlib.sha256(data).digest()


def varint(value):
    out = b""
    while value >= 0x80:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def message(*fields):
    """Protobuf of (number, value): defaults left out, a list is a repeated field."""
    out = b""
    for number, value in fields:
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, int) and part:
                out += varint(number << 3) + varint(part)
            elif isinstance(part, (bytes, str)) and (part or isinstance(value, list)):
                part = part.encode() if isinstance(part, str) else part
                out += varint(number << 3 | 2) + varint(len(part)) + part
    return out


class Key:
    """A signing key made from a label."""

    def __init__(self, label, algorithm=1):
        self.algorithm, seed = algorithm, sha256(label.encode())
        if algorithm == 1:
            self.private = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
            self.raw = self.private.public_key().public_bytes(
                serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            self.spki = bytes.fromhex("302a300506032b6570032100") + self.raw
        else:
            self.private = ec.derive_private_key(int.from_bytes(seed, "big") % P256_ORDER,
                                                 ec.SECP256R1())
            numbers = self.private.public_key().public_numbers()
            self.spki = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004") + \
                numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")

    def sign(self, text, high_s=False):
        if self.algorithm == 1:
            return self.private.sign(text)
        r, s = utils.decode_dss_signature(self.private.sign(text, ec.ECDSA(hashes.SHA256())))
        if (s > P256_ORDER // 2) != high_s:
            s = P256_ORDER - s
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def listed(self, possession=b"", status=ACTIVE):
        return message((1, self.algorithm), (2, self.spki), (3, possession), (4, status))


def pae(kind, payload):
    of = f"application/vnd.plenary.{kind}.v1"
    return f"DSSEv1 {len(of)} {of} {len(payload)} ".encode() + payload


def envelope(kind, payload, signatures):
    return (message((1, [payload]), (2, f"application/vnd.plenary.{kind}.v1")) +
            message((3, [message((1, [signature])) for signature in signatures])))


def seal(kind, payload, keys):
    return envelope(kind, payload, [key.sign(pae(kind, payload)) for key in keys])


def reference(version, payload):
    return message((1, version), (2, sha256(payload)))


def record(name="members/br/meetings/mm-1", number=16, body=b"\x22\x04Open", schema=1, revision=1,
           previous=b"", more=b""):
    return message((1, schema), (2, name), (3, revision), (4, previous), (5, b"s" * 16),
                   (number, [body] if number else b"")) + more


def entry(data, audience=0, permanent=False):
    return message((1, sha256(data)), (2, len(data)), (3, audience), (4, int(permanent)))


def tree(leaves):
    """RFC 6962: the root."""
    if len(leaves) <= 1:
        return sha256(b"\0" + leaves[0]) if leaves else sha256(b"")
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1" + tree(leaves[:k]) + tree(leaves[k:]))


def path(index, leaves):
    if len(leaves) == 1:
        return []
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if index < k:
        return path(index, leaves[:k]) + [tree(leaves[k:])]
    return path(index - k, leaves[k:]) + [tree(leaves[:k])]


class World:
    """Rosters, cards, a log of br; `file` puts them into a proof file."""

    def __init__(self, members=None, status=None, root_algorithm=1, **roster):
        self.members = MEMBERS if members is None else members
        self.status = status or {}
        self.roots = {m: Key(f"root {m}", root_algorithm) for m in self.members}
        self.log_key, self.author = Key("log br 1"), Key("author br")
        self.cosigners = {m: Key(f"cosigner {m}") for m in self.members}
        self.rosters, self.roster_payloads = [], []
        self.add_roster(**roster)
        self.genesis = sha256(self.roster_payloads[0])
        self.cards, self.card_payloads = {}, {}
        for member in self.members:
            self.add_card(member)

    def add_roster(self, rules=1, algorithms=b"\1\2", limits=b"", quorum=0, roots=None,
                   pins=None, status=None, signers=None, threshold=None, consents=(),
                   federation=FEDERATION, without=()):
        """`roots`: {member: [(key, status)]}; `pins`: {member: VersionRef bytes}; `without`:
        members that are left out."""
        self.status = {**self.status, **(status or {})}
        roots = {**{m: [(key, ACTIVE)] for m, key in self.roots.items()}, **(roots or {})}
        members = [m for m in self.members if m not in without]
        full = [m for m in members if self.status.get(m, FULL) == FULL]
        listed = [message((1, m), (3, [key.listed(status=s) for key, s in roots[m]]),
                          (4, self.status.get(m, FULL)), (5, (pins or {}).get(m, b"")))
                  for m in members]
        version = len(self.rosters) + 1
        payload = message((1, federation), (2, version),
                          (3, sha256(self.roster_payloads[-1]) if self.rosters else b""),
                          (4, rules), (5, threshold or len(full) // 2 + 1), (6, listed),
                          (7, algorithms), (8, limits), (9, list(consents)), (10, quorum))
        keys = signers or [key for m in members for key, _ in roots[m]]
        self.roster_payloads.append(payload)
        self.rosters.append(seal("roster", payload, keys))

    def possession(self, member, role, epoch, key):
        payload = message((1, self.genesis), (2, member), (3, role), (4, epoch), (5, key.algorithm),
                          (6, key.spki))
        return key.sign(pae("possession", payload))

    def add_card(self, member, version=1, root=None, closed=False, authors=None,
                 cosigner_status=ACTIVE, new_cosigner=None, log_status=ACTIVE, endpoints=(),
                 collections=(), more_authors=(), has_log=True):
        if authors is None:
            authors = [(self.author, ACTIVE)] if member == "br" else []
        held = [(self.cosigners[member], cosigner_status)]
        held += [(new_cosigner, ACTIVE)] if new_cosigner else []
        logs = [message((1, 1), (2, self.log_key.listed(
            self.possession("br", "log", 1, self.log_key), log_status)), (3, int(closed)))] \
            if member == "br" and has_log else []
        before = self.card_payloads.get((member, version - 1), b"")
        payload = message(
            (1, self.genesis), (2, member), (3, version),
            (4, sha256(before) if version > 1 else b""), (5, logs),
            (6, [key.listed(self.possession(member, "cosigner", 0, key), status)
                 for key, status in held]),
            (7, [message((1, key.listed(self.possession(member, "author", 0, key), status)),
                         (2, "desk 1"), (3, list(collections))) for key, status in authors] +
             list(more_authors)),
            (10, [message((1, node), (2, address)) for node, address in endpoints]))
        self.card_payloads[member, version] = payload
        self.cards[member, version] = seal("card", payload, [root or self.roots[member]])

    def leaf(self, entries, roster=1, card=1, signers=None, audiences=(), high_s=False,
             origin=f"{FEDERATION}/br/1", roster_payload=None):
        signers = signers or [self.author]
        payload = message(
            (1, origin), (2, [sha256(key.spki) for key in signers]),
            (3, reference(roster, roster_payload or self.roster_payloads[roster - 1])),
            (4, reference(card, self.card_payloads["br", card])),
            (6, [message((1, list(audience))) for audience in audiences]), (7, list(entries)))
        text = pae("manifest", payload)
        return envelope("manifest", payload, [key.sign(text, high_s) if high_s else key.sign(text)
                                              for key in signers])

    def note(self, leaves, cosigners=("ru", "in", "cn"), times=None, keys=None, more=b"",
             origin=f"{FEDERATION}/br/1"):
        text = f"{origin}\n{len(leaves)}\n{base64.b64encode(tree(leaves)).decode()}\n".encode()

        def line(name, kind, key, blob):
            ident = sha256(name.encode() + b"\n" + bytes([kind]) + key.raw)[:4]
            return f"\u2014 {name} {base64.b64encode(ident + blob).decode()}\n".encode()
        lines = line(origin, 1, self.log_key, self.log_key.sign(text))
        for place, member in enumerate(cosigners):
            key = (keys or {}).get(member, self.cosigners[member])
            seconds = (times or {}).get(member, 1790000000 + place)
            signed = f"cosignature/v1\ntime {seconds}\n".encode() + text
            lines += line(f"{FEDERATION}/{member}/cosigner", 4, key,
                          seconds.to_bytes(8, "big") + key.sign(signed))
        return text + b"\n" + lines + more

    @staticmethod
    def tlog_proof(index, leaves, note, extra=b""):
        lines = [b"c2sp.org/tlog-proof@v1\n", extra, f"index {index}\n".encode()]
        lines += [base64.b64encode(part) + b"\n" for part in path(index, leaves)]
        return b"".join(lines) + b"\n" + note

    def file(self, data, leaves, index, note, steps=(), extra=b"", cards=None, rosters=None):
        """`steps`: (index, leaves of its checkpoint, note)."""
        def section(kind, content):
            return bytes([kind]) + len(content).to_bytes(4, "big") + content
        out = b"plenary-proof/v1\n" + section(1, data) + section(2, leaves[index])
        out += section(3, self.tlog_proof(index, leaves, note, extra))
        out += b"".join(section(4, roster) for roster in rosters or self.rosters)
        out += b"".join(section(5, card) for card in cards or self.cards.values())
        for at, of, signed in steps:
            out += section(7, len(of[at]).to_bytes(4, "big") + of[at] +
                           self.tlog_proof(at, of, signed))
        return out

    def simple(self, data=None, entries=None, before=(), after=(), cosigners=("ru", "in", "cn"),
               note=None, more_steps=(), extra=b"", cards=None, rosters=None, **leaf):
        """A file about one record, in a leaf between others, under one checkpoint."""
        data = record() if data is None else data
        leaves = [*before, self.leaf(entries or [entry(data)], **leaf), *after]
        signed = self.note(leaves, cosigners, **(note or {}))
        steps = [(len(leaves) - 1, leaves, signed)] if after else []
        steps += [(index, leaves, signed) for index in more_steps]
        return self.file(data, leaves, len(before), signed, steps, extra, cards, rosters)
