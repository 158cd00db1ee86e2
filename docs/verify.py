#!/usr/bin/env python3
"""Verifies a .plenary-proof file offline, without any of Plenary's programs.

    python3 verify.py FILE [--roster-digest HEX]      (FILE "-": standard input)

HEX is the SHA-256 of the payload of a roster that you trust, as its members publish it. Needs
Python 3.11 and one package, cryptography (Debian: apt install python3-cryptography; Windows and
macOS: pip install cryptography). Exit codes are those of `plenary verify`:

    0   proven under the pinned roster
    1   disproved: something does not hold, "not final" too
    2   consistent with itself, but no roster in the file is pinned
    3   unreadable, or it asks for rules or algorithms that this program lacks
    64  bad usage: options, a file that cannot be opened, the package missing

A second implementation, written from docs/FORMATS.md (and, for the bodies of records, the protos)
alone; evidence files are for `plenary verify`. To be read from top to bottom: first what is to be
shown (parts 1 to 4), then how bytes are read (5 to 7). Sections of FORMATS.md that they follow:

    1 the file, finality, the verdict   5         5 trees, notes, tlog-proofs   3, RFC 6962, C2SP
    2 rosters                           3.3, 6    6 keys and signatures         2, 3 (DSSE)
    3 cards                             3.4, 6    7 names, strict scan          1, 3, 3.1 to 3.4
    4 leaves and records                3.1, 3.2, 4, 6
"""
import argparse
import base64
import hashlib
import re
import sys
import time
from functools import lru_cache
from types import SimpleNamespace

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
except ImportError:
    print("verify.py: it needs the package cryptography: see its first lines", file=sys.stderr)
    sys.exit(64)

DISPROVED, UNREADABLE, USAGE = 1, 3, 64
MAX_FILE = 64 << 20


class Refused(Exception):
    """Why there is no proof, in one line, and the exit code."""

    def __init__(self, why, code=DISPROVED):
        super().__init__(why)
        self.code = code


def need(holds, why, code=DISPROVED):
    if not holds:
        raise Refused(why, code)


def sha256(data):
    return hashlib.sha256(data).digest()


def distinct(values):
    return len(set(values)) == len(values)


# ==== 1 The file, finality, the verdict (section 5) ==============================================
def verify(data, pinned):
    """Judges a whole file: exit code 0 or 2 and the report; all else is Refused."""
    file = read_file(data)
    rosters = read_rosters(file.rosters)
    for roster in rosters:
        need(roster.rules == 1 and set(roster.author_algorithms) <= set(SPKI),
             f"{roster.what} asks for rules or algorithms that are unknown here", UNREADABLE)
    cards = read_cards(file.cards, rosters[0].digest)

    # The log, its owner, and the keys that may speak: by the newest card of each member.
    origin = read_tlog_proof(file.steps[0][1])[2].origin
    federation, owner, epoch = read_origin(origin)
    need(federation == rosters[0].federation, "the log is of another federation than the rosters")
    manifest = read_leaf(file.envelope)
    need(manifest.origin == origin, "the record's leaf is of another log than the checkpoint")
    newest = {member: cards[member, version] for member, version in sorted(cards)}
    for card in cards.values():
        judged_by_its_leaf = (card.member == owner and card is not newest[owner] and
                              card.digest == manifest.card.digest)
        if not judged_by_its_leaf:
            check_card(card, rosters[-1], cards)
    need(owner in newest and epoch <= len(newest[owner].logs),
         f"no card here names the key of {origin}")
    log = read_log(file.steps, origin, newest[owner].logs[epoch - 1].key.spki,
                   cosigner_keys(newest, federation))

    record = read_record(file.record)
    for index, leaf in log.leaves.items():
        before = named_by(leaf, origin) if index < log.index else None
        need(not before or (before.roster.version <= manifest.roster.version and
                            before.card.version <= manifest.card.version),
             f"leaf {log.index} went back behind the versions that leaf {index} names")
    roster = find_roster(rosters, manifest.roster, f"leaf {log.index}")
    card = find_card(cards, owner, manifest.card, rosters)
    check_card(card, roster, cards)
    authors = check_leaf(manifest, roster, card, epoch)
    entry = find_entry(record, file.record, manifest, authors, roster, owner)
    in_play = check_finality(log, rosters, owner)

    anchor = next((roster for roster in reversed(rosters) if roster.digest == pinned), None)
    what = f"{record.name}, revision {record.revision}\n"
    lines = report(file, record, manifest, entry, authors, log, card, in_play, anchor)
    if anchor:
        return 0, f"proven: {what}{lines}"
    why = "no roster here has the pinned digest" if pinned else "no roster is pinned"
    return 2, (f"not anchored: {what}  consistent with itself, but {why}; its roster digest is\n"
               f"  {rosters[-1].digest.hex()} (version {rosters[-1].version})\n{lines}")


def read_file(data):
    """First line, framing, order, count. `steps`: (leaf, tlog-proof), the record's own first."""
    first = b"plenary-proof/v1\n"
    need(data.startswith(first), "the first line is not plenary-proof/v1", UNREADABLE)
    need(len(data) <= MAX_FILE, "larger than 64 MiB", UNREADABLE)
    sections, last, at = {}, 0, len(first)
    while at < len(data):
        need(len(data) - at >= 5, "cut off in the head of a section", UNREADABLE)
        kind, length = data[at], int.from_bytes(data[at + 1:at + 5], "big")
        need(kind >= last, "the sections are out of order", UNREADABLE)
        need(length <= len(data) - at - 5, "cut off in a section", UNREADABLE)
        sections.setdefault(kind, []).append(data[at + 5:at + 5 + length])
        last, at = kind, at + 5 + length
    for kind, what in ((1, "record"), (2, "envelope"), (3, "tlog-proof")):
        need(len(sections.get(kind, [])) == 1, f"expected exactly one {what}", UNREADABLE)
    need(4 in sections and 5 in sections, "expected rosters and cards", UNREADABLE)
    steps = [(sections[2][0], sections[3][0])]
    for step in sections.get(7, []):
        length = int.from_bytes(step[:4], "big")
        need(4 + length <= len(step), "cut off in a leaf of section 7", UNREADABLE)
        steps.append((step[4:4 + length], step[4 + length:]))
    return SimpleNamespace(record=sections[1][0], envelope=sections[2][0], rosters=sections[4],
                           cards=sections[5], steps=steps, timestamps=len(sections.get(6, [])),
                           unknown=[kind for kind in sections if not 1 <= kind <= 7])


def cosigner_keys(newest, federation):
    """{(name, key ID): (member, SPKI)}: active or retired, of each member's newest card here."""
    keys = {}
    for member, card in newest.items():
        name = f"{federation}/{member}/cosigner"
        for key in card.cosigners:
            if key.status != COMPROMISED:
                keys[name, key_id(name, 0x04, key.spki)] = (member, key.spki)
    return keys


def read_log(steps, origin, log_spki, cosigners):
    """What the file shows of the log: `points` by size, `leaves` by index, each proven."""
    log = SimpleNamespace(origin=origin, points={}, leaves={}, index=0, size=0)
    for leaf, proof in steps:
        index, path, point = read_tlog_proof(proof)
        if not log.points:
            log.index, log.size = index, point.size
        need(point.origin == origin, "the file shows checkpoints of two logs")
        need(point.size <= log.size, f"a checkpoint of size {point.size} is beyond the record's")
        held = log.points.setdefault(point.size, point)
        need(held.note == point.note, f"two different checkpoints of size {point.size}")
        if held is point:
            point.times = check_lines(point, log_spki, cosigners)
        need(index < point.size and root_by_inclusion(index, point.size, leaf, path) == point.root,
             f"leaf {index} is not in the checkpoint of size {point.size}")
        need(log.leaves.setdefault(index, leaf) == leaf, f"two different leaves of index {index}")
    return log


def named_by(leaf, origin):
    """The manifest of a leaf shown; none if it fails the scan or is of another log."""
    try:
        manifest = read_leaf(leaf)
    except Refused:
        return None
    return manifest if manifest.origin == origin else None


def quorum(roster, owner):
    """Of a log: its peers, how many of them may be faulty, how many make it final."""
    peers = [code for code in roster.full if code != owner]
    faulty = (len(peers) - 1) // 3 if peers else 0
    formula = (len(peers) + faulty) // 2 + 1 if peers else 0
    return peers, faulty, max(formula, roster.quorum)


def check_finality(log, rosters, owner):
    """Every checkpoint shown has its quorum in every roster version in play. Returns for the
    record's own: [(roster, peers, holders, quorum, faulty)], by version."""
    first = named_by(log.leaves[0], log.origin) if 0 in log.leaves else None
    lowest = find_roster(rosters, first.roster, "leaf 0").version if first else 1
    held = []
    for size, point in sorted(log.points.items()):
        last = named_by(log.leaves[size - 1], log.origin) if size - 1 in log.leaves else None
        need(last, f"checkpoint of size {size}: its last leaf is not shown, or names nothing")
        highest = find_roster(rosters, last.roster, f"leaf {size - 1}").version
        need(lowest <= highest, f"leaf {size - 1} went back to roster version {highest}")
        held = []
        for roster in rosters[lowest - 1:highest]:
            peers, faulty, enough = quorum(roster, owner)
            holders = sorted(peer for peer in peers if peer in point.times)
            need(len(holders) >= enough, f"not final: checkpoint of size {size}, {roster.what}: "
                 f"{len(holders)} of {len(peers)} peers cosigned, the quorum is {enough}")
            held.append((roster, peers, holders, enough, faulty))
        lowest = highest
    return held


def report(file, record, manifest, entry, authors, log, card, in_play, anchor):
    """What was checked, in words, and what a proof never says."""
    point, (last, _, holders, _, faulty) = log.points[log.size], in_play[-1]
    audience = (["full members", "everyone"][entry.audience] if entry.audience < 2 else
                "the owner, " + ", ".join(manifest.audiences[entry.audience - 2].members))
    lines = [("record", f"SHA-256 {entry.digest.hex()}, {entry.size} bytes, for {audience}" +
              (", permanent" if entry.permanent else "")),
             *(("signed by", f"{card.member}, author key {sha256(author.key.spki).hex()}")
               for author in authors),
             ("", f"by card {card.version} of {card.member} and roster {manifest.roster.version}"),
             ("log", f"leaf {log.index} of {log.origin}, size {log.size}, root {point.root.hex()}")]
    for roster, peers, who, enough, _ in in_play:
        lines += [("held by", f"{len(who)} of {len(peers)} peers ({', '.join(who) or 'nobody'}), "
                              f"quorum {enough}"),
                  ("", f"by roster {roster.version} of {roster.federation}, threshold "
                       f"{roster.threshold} of {len(roster.full)}"),
                  ("", f"digest {roster.digest.hex()}")]
    if anchor:
        older = "; all rosters in play are older" if anchor.version > last.version else ""
        lines.append(("pinned", f"roster {anchor.version}{older}"))
    times = sorted(point.times[peer] for peer in holders)
    lines.append(("time", f"no later than {words_of_time(times[faulty])}, if at most {faulty} of "
                  "these peers lie" if times else "unknown: no other member has signed one"))
    if not record.understood:
        lines.append(("note", "parts of the record are not understood by this program"))
    if not record.readable:
        lines.append(("note", "the record's body is malformed: it says nothing to anybody"))
    if file.timestamps or file.unknown:
        lines.append(("note", f"not looked at: {file.timestamps} timestamp tokens, sections of "
                              f"unknown types {file.unknown}"))
    lines += [("not proven", "that the record is still in force, that it is complete, that no"),
              ("", "later revision supersedes it, that no redaction has come since")]
    return "\n".join(f"  {label:<11}{text}" for label, text in lines)


def words_of_time(seconds):
    if seconds >= 253402300800:  # year 10000
        return f"second {seconds} of POSIX time"
    ahead = ", ahead of this computer's clock" if seconds > time.time() + 24 * 3600 else ""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds)) + ahead


# ==== 2 Rosters (3.3; limits: 6) ==================================================================
FULL, OBSERVER, WITHDRAWN = 1, 2, 4
ACTIVE, COMPROMISED = 1, 3
LIMITS = {"record_bytes": 1 << 20, "entries": 1024, "commit_bytes": 2 << 20, "leaf_bytes": 65535,
          "text_bytes": 64 << 10, "attachment_bytes": 4 << 30}


def read_rosters(envelopes):
    """The chain from version 1: forms, succession, thresholds."""
    chain = []
    for envelope in envelopes:
        roster, before = read_roster(envelope), chain[-1] if chain else None
        if before:
            check_roster_succession(roster, before)
        else:
            need(roster.version == 1, "the first roster is not version 1")
            need(all(key.status == ACTIVE for _, key in roster.keys.values()),
                 f"{roster.what}: a root key is not active")
        check_roster_signatures(roster, before)
        chain.append(roster)
    return chain


def read_roster(envelope):
    """One roster, right by itself. `keys`: {SPKI: (member, key)}; `full`: codes."""
    roster, payload = open_envelope(envelope, "Roster", 1 << 20)
    roster.what = what = f"roster {roster.version}"
    roster.digest, roster.keys, roster.full = sha256(payload), {}, []
    need(is_a("federation", roster.federation), f"{what}: the federation's name is malformed")
    need(roster.version >= 1 and len(roster.previous) == (0 if roster.version == 1 else 32),
         f"{what}: version or previous is malformed")
    for member in roster.members:
        member.status = careful(member.status, WITHDRAWN)
        need(is_a("member", member.code), f"{what}: a member's code is malformed")
        need(member.card is None or is_reference(member.card), f"{what}: a card is malformed")
        for key in member.roots:
            key.status = careful(key.status, COMPROMISED)
            need(may_be_enrolled(key.algorithm, key.spki) and not key.possession,
                 f"{what}: a root key of {member.code} is malformed")
            need(key.spki not in roster.keys, f"{what}: a root key stands twice")
            roster.keys[key.spki] = (member, key)
        if member.status == FULL:
            roster.full.append(member.code)
            need(any(key.status == ACTIVE for key in member.roots),
                 f"{what}: full member {member.code} has no active root key")
    codes, count = [member.code for member in roster.members], len(roster.full)
    need(distinct(codes), f"{what}: a member stands twice")
    need(1 <= count <= 64 and sum(m.status == OBSERVER for m in roster.members) <= 1000,
         f"{what}: too many members, or none that is full")
    need(count < 2 * roster.threshold <= 2 * count, f"{what}: the threshold is not more than half")
    need(roster.quorum < count, f"{what}: the quorum is above the number of peers")
    algorithms = roster.author_algorithms
    need(roster.rules >= 1 and algorithms and 0 not in algorithms and distinct(algorithms),
         f"{what}: rules or author algorithms are malformed")
    need(all(limit(roster, name) <= highest for name, highest in LIMITS.items()),
         f"{what}: a limit is above the highest")
    need(distinct([c.type for c in roster.consents]) and
         all(c.type and c.members and distinct(c.members) and set(c.members) <= set(codes)
             for c in roster.consents), f"{what}: the consents are malformed")
    return roster


def careful(status, highest):
    """Enums are open: a value that is not listed reads as the most careful one, the highest."""
    return status if 1 <= status <= highest else highest


def limit(roster, name):
    return getattr(roster.limits, name, 0) or LIMITS[name]


def check_roster_succession(roster, before):
    what = roster.what
    need(roster.version == before.version + 1 and roster.previous == before.digest and
         roster.federation == before.federation, f"{what} does not follow {before.what}")
    need(roster.rules >= before.rules, f"{what}: rules are taken back")
    status = {member.code: member.status for member in roster.members}
    for member in before.members:
        need(member.code in status, f"{what}: member {member.code} has vanished")
        need(member.status != WITHDRAWN or status[member.code] == WITHDRAWN,
             f"{what}: the withdrawal of {member.code} is taken back")
    for spki, (member, key) in before.keys.items():
        now, kept = roster.keys.get(spki, (None, None))
        need(now and now.code == member.code and kept.status >= key.status,
             f"{what}: a root key of {member.code} is dropped, moved or revived")
    need(all(spki in before.keys or key.status == ACTIVE for spki, (_, key) in roster.keys.items()),
         f"{what}: a new root key is not active")


def check_roster_signatures(roster, before):
    """Version 1: every root key; later: both thresholds, and each root key that is new. No key was
    dropped, so this version's are all there are."""
    signers = set()
    for signature in roster.signatures:
        signer = next((spki for spki, (_, key) in roster.keys.items()
                       if verifies(key.algorithm, spki, roster.text, signature)), None)
        need(signer and signer not in signers, f"{roster.what}: a signature is wrong or double")
        signers.add(signer)
    old_keys = before.keys if before else {}
    need(all(spki in signers or spki in old_keys for spki in roster.keys),
         f"{roster.what}: a new root key has not signed")
    for judge in [before, roster] if before else []:
        members = {member.code for spki, (member, key) in judge.keys.items()
                   if spki in signers and key.status == ACTIVE and member.status == FULL}
        need(len(members) >= judge.threshold, f"{roster.what}: signed by {len(members)} full "
             f"members of {judge.what}, the threshold is {judge.threshold}")


def find_roster(rosters, reference, who):
    """The roster that a leaf names."""
    found = rosters[reference.version - 1] if 1 <= reference.version <= len(rosters) else None
    need(found, f"{who} names roster {reference.version}, which is not in the file")
    need(found.digest == reference.digest, f"{who} names another {found.what} than the file's")
    return found


# ==== 3 Cards (3.4; limits: 6) ====================================================================
def read_cards(envelopes, genesis):
    """{(member, version): card}, each right by itself and in line with the one before, if here."""
    cards = {}
    for envelope in envelopes:
        card = read_card(envelope, genesis)
        need((card.member, card.version) not in cards, f"{card.what} stands twice")
        cards[card.member, card.version] = card
    for (member, version), card in cards.items():
        if (member, version - 1) in cards:
            check_card_succession(card, cards[member, version - 1])
    return cards


def read_card(envelope, genesis):
    """One card, right by itself; who signed it is not looked at here."""
    card, payload = open_envelope(envelope, "Card", 256 << 10)
    card.digest, what = sha256(payload), f"card {card.version}"
    need(is_a("member", card.member), f"{what}: the member's code is malformed")
    card.what = what = f"card {card.version} of {card.member}"
    need(card.genesis == genesis, f"{what} is of another federation")
    need(card.version >= 1 and len(card.previous) == (0 if card.version == 1 else 32) and
         len(card.signatures) == 1, f"{what}: version, previous or signatures are malformed")
    need([log.epoch for log in card.logs] == list(range(1, len(card.logs) + 1)) and
         all(log.closed for log in card.logs[:-1]), f"{what}: epochs out of order, or two open")
    need(len(card.logs) <= 100 and len(card.cosigners) <= 100 and len(card.authors) <= 200 and
         len(card.issuers) <= 2 and len(card.revoked_spki) <= 1000, f"{what} lists too much")
    need(all(log.key for log in card.logs) and all(author.key for author in card.authors),
         f"{what}: a key is missing")
    for role, epoch, key in keys_of(card):
        key.status = careful(key.status, COMPROMISED)
        need(card.version > 1 or key.status == ACTIVE, f"{what}: a new key is not active")
        if role != "author" or key.algorithm in SPKI:
            need(role == "author" or key.algorithm == ED25519, f"{what}: not Ed25519 ({role})")
            need(may_be_enrolled(key.algorithm, key.spki), f"{what}: a malformed key ({role})")
            text = possession_text(genesis, card.member, role, epoch, key)
            need(verifies(key.algorithm, key.spki, text, key.possession),
                 f"{what}: the possession of a key ({role}) is not proven")
        need(key.algorithm and key.spki, f"{what}: a key is empty")
    need(distinct([key.spki for _, _, key in keys_of(card)]), f"{what}: a key stands twice")
    need(sum(key.status == ACTIVE for key in card.cosigners) <= 1, f"{what}: two active cosigners")
    need(all(len(key) == 32 for key in card.revoked_spki), f"{what}: a malformed revoked key")
    need(all(is_a("label", end.node) and is_a("address", end.address) for end in card.endpoints) and
         all(is_a("label", name) for author in card.authors for name in author.collections),
         f"{what}: an endpoint or a collection is malformed")
    return card


def keys_of(card):
    """(role, epoch, key) of each key."""
    return ([("log", log.epoch, log.key) for log in card.logs] +
            [("cosigner", 0, key) for key in card.cosigners] +
            [("author", 0, author.key) for author in card.authors])


def possession_text(genesis, member, role, epoch, key):
    """The one payload that is rebuilt: fields in order, minimal varints, defaults left out."""
    payload = b""
    for number, value in enumerate((genesis, member.encode(), role.encode(), epoch, key.algorithm,
                                    key.spki), start=1):
        if value and isinstance(value, int):
            payload += write_varint(number << 3) + write_varint(value)
        elif value:
            payload += write_varint(number << 3 | 2) + write_varint(len(value)) + value
    return signed_text("possession", payload)


def check_card_succession(card, before):
    what = f"{card.what} does not follow {before.what}"
    need((card.member, card.version, card.previous) ==
         (before.member, before.version + 1, before.digest), what)
    for role in ("log", "cosigner", "author"):
        now = [key for of, _, key in keys_of(card) if of == role]
        old = [key for of, _, key in keys_of(before) if of == role]
        need(len(now) >= len(old) and
             all((kept.algorithm, kept.spki) == (key.algorithm, key.spki) and
                 kept.status >= key.status for kept, key in zip(now, old)),
             f"{what}: a key ({role}) is dropped or revived")
        need(all(key.status == ACTIVE for key in now[len(old):]), f"{what}: a new key not active")
    need(all(log.closed >= closed.closed for log, closed in zip(card.logs, before.logs)),
         f"{what}: a closed log is opened again")


def check_card(card, roster, cards):
    """A card under the roster that judges it. `cards` are all that are here."""
    what, name = card.what, f"{roster.federation}/{card.member}/cosigner"
    member = next((member for member in roster.members if member.code == card.member), None)
    need(member, f"{what}: {roster.what} does not list the member")
    pin = member.card
    need(pin is None or pin.version != card.version or pin.digest == card.digest,
         f"{what}: {roster.what} names another")
    root = next((key for key in member.roots
                 if verifies(key.algorithm, key.spki, card.text, card.signatures[0])), None)
    need(root, f"{what} is not signed by a root key of its member in {roster.what}")
    if root.status == COMPROMISED:  # then only the pinned card and its ancestors
        version, digest = (pin.version, pin.digest) if pin else (0, b"")
        while version > card.version:
            newer = cards.get((card.member, version))
            need(newer and newer.digest == digest, f"{what} is signed by a compromised root key")
            version, digest = version - 1, newer.previous
        need((version, digest) == (card.version, card.digest),
             f"{what} is signed by a compromised root key")
    need(all(key.spki not in roster.keys for _, _, key in keys_of(card)),
         f"{what}: a root key stands in it")
    need(distinct([key_id(name, 0x04, key.spki) for key in card.cosigners]),
         f"{what}: two cosigner keys have one key ID")


def find_card(cards, member, reference, rosters):
    """The card that a leaf names; where a roster here pins that version, only a pinned one."""
    pins = {other.card.digest for roster in rosters for other in roster.members
            if other.code == member and other.card and other.card.version == reference.version}
    card = cards.get((member, reference.version))
    need(card, f"card {reference.version} of {member}, which the leaf names, is not in the file")
    need(card.digest == reference.digest and (not pins or card.digest in pins),
         f"the leaf names another {card.what}")
    return card


# ==== 4 Leaves and records (3.1, 3.2, 4; limits: 6) ===============================================
def is_reference(reference):
    return reference is not None and reference.version >= 1 and len(reference.digest) == 32


def read_leaf(leaf):
    """A leaf that passes the scan: it names versions, whether or not it counts."""
    manifest, _ = open_envelope(leaf, "Manifest", LIMITS["leaf_bytes"])
    manifest.leaf_bytes = len(leaf)
    for name in ("roster", "card"):
        if getattr(manifest, name) is None:
            setattr(manifest, name, SimpleNamespace(version=0, digest=b""))
    return manifest


def check_manifest(manifest):
    """The form of a manifest that is to count."""
    signers, sizes = manifest.signers, [entry.size for entry in manifest.entries]
    read_origin(manifest.origin)
    need(1 <= len(signers) <= 4 and all(len(signer) == 32 for signer in signers) and
         distinct(signers), "the manifest's signers are malformed")
    need(len(manifest.signatures) == len(signers), "the leaf has not as many signatures as signers")
    need(is_reference(manifest.roster) and is_reference(manifest.card),
         "the manifest does not name a roster and a card")
    need(len(manifest.audiences) <= 64 and
         all(audience.members and distinct(audience.members) and
             all(is_a("member", code) for code in audience.members)
             for audience in manifest.audiences), "the manifest's audiences are malformed")
    need(1 <= len(sizes) <= LIMITS["entries"] and sum(sizes) <= LIMITS["commit_bytes"] and
         all(len(entry.digest) == 32 and 1 <= entry.size <= LIMITS["record_bytes"] and
             entry.audience < 2 + len(manifest.audiences) for entry in manifest.entries),
         "the manifest's entries are malformed")


def check_leaf(manifest, roster, card, epoch):
    """Whether the record's leaf counts, by the roster and the card that it names: its authors."""
    check_manifest(manifest)
    sizes = [entry.size for entry in manifest.entries]
    status = next((m.status for m in roster.members if m.code == card.member), WITHDRAWN)
    need(status in (FULL, OBSERVER), f"{card.member} is suspended or withdrawn in {roster.what}")
    need(epoch <= len(card.logs), f"{card.what} does not name epoch {epoch}")
    need(not card.logs[epoch - 1].closed, f"{card.what} closes epoch {epoch}")
    need(len(sizes) <= limit(roster, "entries") and sum(sizes) <= limit(roster, "commit_bytes") and
         max(sizes) <= limit(roster, "record_bytes") and
         manifest.leaf_bytes <= limit(roster, "leaf_bytes"), f"the commit is above the limits of "
         f"{roster.what}")
    authors = {sha256(author.key.spki): author for author in card.authors}
    for signer, signature in zip(manifest.signers, manifest.signatures):
        need(signer in authors, f"the author {signer.hex()} is not on {card.what}")
        key = authors[signer].key
        need(key.status == ACTIVE, f"the author {signer.hex()} is not active on {card.what}")
        need(key.algorithm in roster.author_algorithms, f"{roster.what} does not allow algorithm "
             f"{key.algorithm}")
        need(verifies(key.algorithm, key.spki, manifest.text, signature),
             f"the signature of author {signer.hex()} is wrong")
    return [authors[signer] for signer in manifest.signers]


def read_record(data):
    """A record that passes the scan. `body`: none if there is none, or it is malformed."""
    record = scan("Record", data)
    bodies = [number for number in range(16, 31) if getattr(record, f"_{number}") is not None]
    record.number = bodies[0] if bodies else 0
    record.kind, record.body, record.readable = "", None, True
    if bodies:
        record.kind = list(BODIES.values())[record.number - 16]
        try:
            record.body = scan(record.kind, getattr(record, f"_{record.number}"))
            record.unknown |= record.body.unknown
        except Refused:
            need(record.kind != "Redaction", "the redaction is malformed")
            record.readable = False
    return record


def check_record(record):
    """What must hold of a record by itself. Sets `member`, `collection`, `understood`."""
    record.member, record.collection = read_record_name(record.name)
    need(record.schema >= 1 and record.revision >= 1 and len(record.salt) == 16 and
         len(record.previous) == (0 if record.revision == 1 else 32),
         "the record's schema, revision, salt or previous is malformed")
    if record.continues:
        read_record_name(record.continues.name)
        need(len(record.continues.digest) == 32, "the record continues a malformed digest")
    expected = BODIES.get(record.collection, "")
    need(record.kind in ("", expected), "the record's body is not that of its collection")
    need(record.kind or not expected or record.unknown, "the record has no body")
    record.understood = record.schema == 1 and expected != "" and not record.unknown


def texts(message):
    """Every string in a message."""
    for value in vars(message).values():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, str):
                yield part
            elif isinstance(part, SimpleNamespace):
                yield from texts(part)


def find_entry(record, data, manifest, authors, roster, owner):
    """The entry that lists the record's bytes, which then count by themselves."""
    check_record(record)
    need(record.member == owner, f"the record is not one of {owner}")
    for author in authors:
        need(not author.collections or record.collection in author.collections,
             f"an author may not write {record.collection}")
    need(record.body is None or all(len(text.encode()) <= limit(roster, "text_bytes")
                                    for text in texts(record.body)),
         f"a text of the record is above the limit of {roster.what}")
    entries = [entry for entry in manifest.entries if entry.digest == sha256(data)]
    need(entries and entries[0].size == len(data), "the record is not in the commit")
    adopted = (record.kind == "Declaration" and record.body and
               record.body.status in ("tabled", "adopted"))
    if record.collection in ("endorsements", "redactions", "openings") or adopted:
        entries = [entry for entry in entries if entry.permanent]
        need(entries, "such a record counts only if it is permanent")
    if record.collection == "redactions":
        entries = [entry for entry in entries if entry.audience < 2]
        need(entries, "a redaction is for full members or everyone")
    return entries[0]


# ==== 5 Trees, notes, checkpoints, tlog-proofs (3; RFC 6962, C2SP) ================================
def root_by_inclusion(index, size, leaf, path):
    """The root that a path leads to (RFC 9162, 2.1.3.2)."""
    node, last, root = index, size - 1, sha256(b"\0" + leaf)
    for sibling in path:
        need(last > 0, "an inclusion proof is too long")
        if node & 1 or node == last:
            root = sha256(b"\1" + sibling + root)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            root = sha256(b"\1" + root + sibling)
        node, last = node >> 1, last >> 1
    need(last == 0, "an inclusion proof is too short")
    return root


def read_base64(text, what):
    """Standard base64 in its one canonical spelling."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = b""
    need(base64.b64encode(data) == text, f"{what} is not canonical base64")
    return data


def read_note(note):
    """C2SP signed-note: the text, and the lines as (name, key ID, signature)."""
    need(len(note) <= 1 << 20 and not any(byte < 0x20 and byte != 0x0A for byte in note),
         "a note is too large or has control characters")
    read_utf8(note)
    text, gap, rest = note.rpartition(b"\n\n")
    need(gap and rest.endswith(b"\n"), "a note has no signature lines, or no end")
    lines = []
    for line in rest[:-1].split(b"\n"):
        need(line.count(b" ") == 2 and line.startswith("\u2014 ".encode()), "a line is malformed")
        _, name, blob = line.split(b" ")
        need(1 <= len(name) <= 255 and not re.search(r"[\s+]", name.decode()), "a line has no name")
        blob = read_base64(blob, "a signature line")
        need(len(blob) > 4, "a signature line has no signature")
        lines.append((name.decode(), blob[:4], blob[4:]))
    need(len(lines) <= 100, "a note has more than 100 signature lines")
    return text + b"\n", lines


def read_checkpoint(note):
    """C2SP tlog-checkpoint, of exactly three lines, unverified."""
    text, lines = read_note(note)
    parts = text[:-1].decode().split("\n")
    need(len(parts) == 3, "a checkpoint has not exactly three lines")
    read_origin(parts[0])
    need(parts[1] == "0" or is_a("decimal", parts[1]) and int(parts[1]) < 1 << 63,
         "a checkpoint's size is malformed")
    size, root = int(parts[1]), read_base64(parts[2].encode(), "a checkpoint's root")
    need(len(root) == 32 and (size or root == sha256(b"")), "a checkpoint's root is wrong")
    return SimpleNamespace(origin=parts[0], size=size, root=root, text=text, lines=lines, note=note)


def key_id(name, kind, spki):
    """C2SP signed-note; the raw key is the end of the SPKI."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + spki[-32:])[:4]


def check_lines(point, log_spki, cosigners):
    """C2SP tlog-cosignature: every line by a known key verifies, and the log's is there. Lines by
    others mean nothing. Returns each member's earliest time."""
    log_line, times, signed = (point.origin, key_id(point.origin, 0x01, log_spki)), {}, False
    for name, ident, blob in point.lines:
        if (name, ident) == log_line:
            need(verifies(ED25519, log_spki, point.text, blob),
                 f"checkpoint of size {point.size}: the log's signature is wrong")
            signed = True
        elif (name, ident) in cosigners:
            member, spki = cosigners[name, ident]
            seconds = int.from_bytes(blob[:8], "big")
            text = f"cosignature/v1\ntime {seconds}\n".encode() + point.text
            need(seconds < 1 << 63 and verifies(ED25519, spki, text, blob[8:]),
                 f"checkpoint of size {point.size}: the cosignature of {member} is wrong")
            times[member] = min(seconds, times.get(member, seconds))
    need(signed, f"checkpoint of size {point.size}: the log's key has not signed it")
    return times


def read_tlog_proof(data):
    """C2SP tlog-proof: index, path, checkpoint."""
    head, _, note = data.partition(b"\n\n")
    lines = head.split(b"\n")
    need(lines.pop(0) == b"c2sp.org/tlog-proof@v1", "a tlog-proof is malformed")
    if lines and lines[0].startswith(b"extra "):
        read_base64(lines.pop(0)[6:], "a tlog-proof's extra line")
    need(lines and re.fullmatch(b"index (0|[1-9][0-9]{0,18})", lines[0]) and len(lines) <= 65,
         "a tlog-proof's index is malformed, or its path too long")
    path = [read_base64(line, "a tlog-proof's hash") for line in lines[1:]]
    need(all(len(part) == 32 for part in path), "a tlog-proof's hash is malformed")
    return int(lines[0][6:]), path, read_checkpoint(note)


# ==== 6 Keys, signatures, envelopes (2, 3; DSSE) ==================================================
ED25519, P256 = 1, 2
SPKI = {ED25519: (bytes.fromhex("302a300506032b6570032100"), 32),
        P256: (bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004"), 64)}
EP, EL = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
ED = -121665 * pow(121666, -1, EP) % EP
CP, CB, CN = (int(text, 16) for text in (
    "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
    "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"))


def verifies(algorithm, spki, text, signature):
    """Whether a key of an allowed spelling has signed this text."""
    if algorithm not in SPKI or len(signature) != 64:
        return False
    key, first, second = spki[len(SPKI[algorithm][0]):], signature[:32], signature[32:]
    try:
        if algorithm == ED25519:
            # The package computes R from S and compares bytes: S < L, canonical, cofactorless.
            ed25519.Ed25519PublicKey.from_public_bytes(key).verify(signature, text)
            return not is_small(key) and not is_small(first)
        r, s = int.from_bytes(first, "big"), int.from_bytes(second, "big")
        if not (1 <= r < CN and 1 <= s <= CN // 2):
            return False
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + key)
        point.verify(utils.encode_dss_signature(r, s), text, ec.ECDSA(hashes.SHA256()))
        return True
    except (InvalidSignature, ValueError):
        return False


@lru_cache(maxsize=None)
def may_be_enrolled(algorithm, spki):
    """The one spelling; a point of the curve; Ed25519: of the main subgroup."""
    prefix, size = SPKI.get(algorithm, (b"", -1))
    key = spki[len(prefix):]
    if len(key) != size or not spki.startswith(prefix):
        return False
    if algorithm == ED25519:
        return not is_small(key) and is_zero(EL, decode_point(key))
    x, y = int.from_bytes(key[:32], "big"), int.from_bytes(key[32:], "big")
    return x < CP and y < CP and (y * y - x * x * x + 3 * x - CB) % CP == 0


def decode_point(data):
    """RFC 8032, 5.1.3, in extended coordinates; none if it is no point or not canonical."""
    sign, y = data[31] >> 7, int.from_bytes(data, "little") & (1 << 255) - 1
    square = (y * y - 1) * pow(ED * y * y + 1, -1, EP) % EP
    x = pow(square, (EP + 3) // 8, EP)
    if x * x % EP != square:
        x = x * pow(2, (EP - 1) // 4, EP) % EP
    if y >= EP or x * x % EP != square or (x == 0 and sign):
        return None
    x = EP - x if x & 1 != sign else x
    return x, y, 1, x * y % EP


def add_points(p, q):
    """RFC 8032, 5.1.4."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0])
    c, d = 2 * p[3] * q[3] * ED, 2 * p[2] * q[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % EP, g * h % EP, f * g % EP, e * h % EP


def is_zero(factor, point):
    """Whether factor times the point is the neutral element."""
    total = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            total = add_points(total, point)
        point, factor = add_points(point, point), factor >> 1
    return total[0] == 0 and total[1] == total[2]


@lru_cache(maxsize=None)
def is_small(data):
    """Of small order, or no canonical point."""
    point = decode_point(data)
    return point is None or is_zero(8, point)


def check_package():
    """Section 2: every program checks at start that it refuses a torsion part in R. This signature
    is right but for such a part."""
    key = bytes.fromhex("f27cb81402e6860c926ff81f393d14340e41a70bc0b0195cf64a90b348cb2fc4")
    r = bytes.fromhex("fb15ddd1cd7684fa60e25fe9df39afdc2b12d6908402179723b4d66311f8694a")
    s = bytes.fromhex("3b422035dd87f926b3aa93e7335d8941f44790ab5db5f04c8f2202927394960c")
    need(not verifies(ED25519, SPKI[ED25519][0] + key, b"torsion", r + s),
         "the package cryptography here accepts signatures that Plenary refuses", USAGE)


def signed_text(kind, payload):
    """DSSE's pre-authentication encoding."""
    of = f"application/vnd.plenary.{kind}.v1"
    return f"DSSEv1 {len(of)} {of} {len(payload)} ".encode() + payload


def open_envelope(data, kind, largest):
    """The message in canonical envelope bytes, with `signatures` and the `text` that they sign, and
    the payload. No signature is checked here."""
    what, at = kind.lower(), 0
    need(len(data) <= largest, f"a {what} is larger than {largest} bytes")
    payload, at = read_field(data, at, 0x0A)
    of, at = read_field(data, at, 0x12)
    signatures = []
    while at < len(data):
        inner, at = read_field(data, at, 0x1A)
        signature, end = read_field(inner, 0, 0x0A)
        need(end == len(inner), "an envelope is not canonical")
        signatures.append(signature)
    need(of == f"application/vnd.plenary.{what}.v1".encode(), f"an envelope holds no {what}")
    need(1 <= len(signatures) <= 256, f"a {what} has {len(signatures)} signatures")
    message = scan(kind, payload)
    need(not message.unknown, f"a {what} has a field that is not known")
    message.signatures, message.text = signatures, signed_text(what, payload)
    return message, payload


def read_field(data, at, tag):
    """A tag, a minimal length, that many bytes."""
    need(data[at:at + 1] == bytes([tag]), "an envelope is not canonical")
    length, begin = read_varint(data, at + 1)
    need(data[at + 1:begin] == write_varint(length), "an envelope is not canonical")
    return read_bytes(data, begin, length)


def write_varint(value):
    out = b""
    while value >= 0x80:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


# ==== 7 Names (1), strict scan (3), messages (3.1 to 3.4) =========================================
LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
GRAMMAR = {"federation": rf"(?=.{{1,100}}\Z){LABEL}(?:\.{LABEL})+",
           "member": r"(?!public\Z)[a-z][a-z0-9-]{1,30}",
           "label": "[a-z0-9-]{1,63}",  # of a node, an operator, a collection, a record
           "decimal": "[1-9][0-9]{0,19}",
           "address": r"(?:\[(?s:.+)\]|(?!\[)[!-.0-9;-~]+):(?!0)(?:[0-5]?[0-9]{1,4}|6[0-4][0-9]{3}|"
                      "65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"}


def is_a(thing, text):
    return re.fullmatch(GRAMMAR[thing], text) is not None


def read_origin(text):
    """Federation, member, epoch."""
    parts = text.split("/")
    need(len(parts) == 3 and is_a("federation", parts[0]) and is_a("member", parts[1]) and
         is_a("decimal", parts[2]) and int(parts[2]) < 1 << 64, "a log's origin is malformed")
    return parts[0], parts[1], int(parts[2])


def read_record_name(text):
    """Member, collection."""
    parts = text.split("/")
    need(len(parts) == 4 and parts[0] == "members" and is_a("member", parts[1]) and
         is_a("label", parts[2]) and is_a("label", parts[3]), "a record's name is malformed")
    return parts[1], parts[2]


def read_utf8(data):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("a text is not UTF-8") from None


def read_varint(data, at):
    value = 0
    for i in range(10):
        need(at + i < len(data), "a varint is cut off")
        value |= (data[at + i] & 0x7F) << 7 * i
        if data[at + i] < 0x80:
            need(value < 1 << 64, "a varint is not below 2^64")
            return value, at + i + 1
    raise Refused("a varint has more than 10 bytes")


def read_bytes(data, at, length):
    need(length <= len(data) - at, "a length reaches beyond the end")
    return data[at:at + length], at + length


def read_number(kind, value):
    if kind == "int32":
        value -= value >> 63 << 64
        need(-1 << 31 <= value < 1 << 31, "a number is out of range")
    need(value < {"uint32": 1 << 32, "bool": 2}.get(kind, 1 << 64), "a number is out of range")
    return value


def read_value(kind, repeated, wire, value):
    """One field's contents by its type."""
    number = kind in ("uint32", "uint64", "int32", "int64", "bool")
    need(wire == (0 if number and not repeated else 2), "a field has the wrong wire type")
    if number and not repeated:
        return read_number(kind, value)
    if number:  # packed
        values, at = [], 0
        while at < len(value):
            element, at = read_varint(value, at)
            values.append(read_number(kind, element))
        return values
    if kind == "string":
        return read_utf8(value)
    return value if kind in ("bytes", "body") else scan(kind, value)


def scan(kind, data):
    """The strict scan: a message of the table below, its fields by name; `unknown`: it has others.
    The table's messages do not nest as deep as 32, and unknown fields are not entered."""
    fields, seen, at = MESSAGES[kind], set(), 0
    message = SimpleNamespace(unknown=False)
    for name, of, repeated in fields.values():
        empty = {"string": "", "bytes": b""}.get(of, None if of in MESSAGES or of == "body" else 0)
        setattr(message, name, [] if repeated else empty)
    while at < len(data):
        tag, at = read_varint(data, at)
        field, wire = tag >> 3, tag & 7
        need(0 < field < 1 << 29 and wire in (0, 1, 2, 5), f"{kind}: a malformed tag")
        if wire == 0:
            value, at = read_varint(data, at)
        else:
            length, at = read_varint(data, at) if wire == 2 else ({1: 8, 5: 4}[wire], at)
            value, at = read_bytes(data, at, length)
        if field not in fields:
            message.unknown = True
            continue
        name, of, repeated = fields[field]
        value = read_value(of, repeated, wire, value)
        message.unknown |= getattr(value, "unknown", False)
        if repeated and not isinstance(value, list):
            getattr(message, name).append(value)
            continue
        once = "body" if of == "body" else field
        need(once not in seen, f"{kind}: a field twice, or two bodies")
        seen.add(once)
        setattr(message, name, value)
    return message


# In the order of section 1. A body's number is 16 and its place here.
BODIES = dict(zip("meetings projects declarations endorsements bodies calls chairships parties "
                  "delegations actions funders vocabularies redactions erasures openings".split(),
                  "Meeting Project Declaration Endorsement Body Call Chairship Party Delegation "
                  "Action Funder Vocabulary Redaction Erasure Opening".split()))
# Message: type name=number or number or number-number …; a star: repeated. Bodies as in
# plenary/v1/*.proto, where this program needs no names; ALL: the fields that most of them share.
TABLE = """
VersionRef: uint64 version=1; bytes digest=2
Timestamp: int64 1; int32 2
Audience: string* members=1
Entry: bytes digest=1; uint32 size=2 audience=3; bool permanent=4
Manifest: string origin=1; bytes* signers=2; VersionRef roster=3 card=4; Timestamp author_time=5; \
Audience* audiences=6; Entry* entries=7
Key: uint32 algorithm=1; bytes spki=2 possession=3; int32 status=4
Name: string language=1 text=2
Member: string code=1; Name* names=2; Key* roots=3; int32 status=4; VersionRef card=5
Limits: uint64 leaves_per_day=1 bytes_per_day=2 record_bytes=3 entries=4 commit_bytes=5 \
leaf_bytes=6 text_bytes=7 attachment_bytes=8
Consent: string type=1; string* members=2
Roster: string federation=1; uint64 version=2; bytes previous=3; uint32 rules=4 threshold=5 \
quorum=10; Member* members=6; uint32* author_algorithms=7; Limits limits=8; Consent* consents=9
Log: uint64 epoch=1; Key key=2; bool closed=3
Author: Key key=1; string label=2; string* collections=3
Endpoint: string node=1 address=2
Card: bytes genesis=1 previous=4 sealing_key=11; string member=2; uint64 version=3; Log* logs=5; \
Key* cosigners=6; Author* authors=7; bytes* issuers=8 revoked_spki=9; Endpoint* endpoints=10
Link: string name=1; bytes digest=2
Record: uint32 schema=1; string name=2 reason=6; uint64 revision=3; bytes previous=4 salt=5 \
padding=7; Link continues=8; body 16-30
Meeting: string 1 3-6 8-16 21 23; uint32 2 18; int32 7; string* 17 19; ScheduleEntry* 20; \
Translation* 22; ALL
Project: string 1-7 9 10 13 14 16; string* 8 15; Partner* 11; BudgetLine* 12; Translation* 17; ALL
Declaration: string 1 2 4 6-9 13 14 status=18; Translation* 3; int32 5; string* 10-12 15-17 20; \
LanguageText* 19; ALL
Endorsement: string 1 3 4 41; Link 2
Body: string 1-5 7-9 12; string* 6 10; KnownFact* 11; ALL
Call: string 1 3 5-7 15 16; uint32 2 4 8 11-13; string* 9 10; NationalWindow* 14; \
Translation* 17; ALL
Chairship: string 1 3-5; uint32 2; ALL
Party: string 1-6 9-11; MinistryName* 7; string* 8; Translation* 12; ALL
Delegation: string 1-5; ALL
Action: string 1-6; ALL
Funder: string 1-5; string* 6; ALL
Vocabulary: string 1; Term* 2; ALL
Redaction: EntryRef* 1; string 2
Erasure: EntryRef 1; uint32 2; string 3
Opening: string 1; uint64 2; bytes 3
EntryRef: string 1; uint64 2; uint32 3
ScheduleEntry: string 1-8; Detail* 9
Partner: string 1-4; Detail* 5
BudgetLine: string 1-6 8; uint32 7; Detail* 9
LanguageText: string 1-4
KnownFact: string 1 2 4 5; int32 3; Detail* 6
NationalWindow: string 1 3-8 13 14; string* 2; uint32 9-12; Detail* 15
MinistryName: string 1-4; Detail* 5
Term: string 1 2; uint32 3; Translation* 4; Detail* 5
Claim: string 1-3; int32 4; Detail* 5
Detail: string 1 2; int32 3
SourceReference: string 1 2
Translation: string 1 2
""".replace("ALL", "string 40 41 43 47; string* 42; Claim* 44; SourceReference* 45; bytes 46")


def read_table():
    """{message: {number: (name, type, repeated)}}; a field without a name is _number."""
    messages = {}
    for kind, clauses in (line.split(": ") for line in TABLE.strip().splitlines()):
        messages[kind] = {}
        for of, *words in (clause.split() for clause in clauses.split(";")):
            for name, _, numbers in (word.rpartition("=") for word in words):
                first, _, last = numbers.partition("-")
                for number in range(int(first), int(last or first) + 1):
                    messages[kind][number] = (name or f"_{number}", of.rstrip("*"), of[-1] == "*")
    return messages


MESSAGES = read_table()


# ==== The command =================================================================================
class Arguments(argparse.ArgumentParser):
    def error(self, message):
        raise Refused(f"{message}; usage: python3 verify.py FILE [--roster-digest HEX]", USAGE)


def read_input(path):
    try:
        if path == "-":
            return sys.stdin.buffer.read(MAX_FILE + 1)
        with open(path, "rb") as file:
            return file.read(MAX_FILE + 1)
    except (OSError, ValueError) as error:
        raise Refused(f"cannot read the file: {getattr(error, 'strerror', error)}", USAGE) from None


def main(words):
    try:
        parser = Arguments(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--roster-digest", "--roster", metavar="HEX")
        given = parser.parse_args(words)
        digest = None if given.roster_digest is None else re.sub("[ :]", "", given.roster_digest)
        need(digest is None or re.fullmatch("[0-9a-fA-F]{64}", digest),
             "--roster-digest: expected 64 hex digits", USAGE)
        check_package()
        code, lines = verify(read_input(given.file), digest and bytes.fromhex(digest))
        print(lines)
        return code
    except Refused as refused:
        word = {DISPROVED: "disproved", UNREADABLE: "unreadable"}.get(refused.code)
        print(f"{word or 'verify.py'}: {refused}", file=sys.stdout if word else sys.stderr)
        return refused.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
