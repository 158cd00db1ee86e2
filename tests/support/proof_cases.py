"""Proof files of a federation made here, each with the verdict that docs/FORMATS.md asks for.

They are about what the published vectors leave out: what a record has to be, limits, cards and keys
of every status, leaves and lines that mean nothing. `cases()` gives (name, exit code, file,
genesis, words that the report must have).
"""

import base64

from proof_world import (ACTIVE, COMPROMISED, FEDERATION, OBSERVER, RETIRED, SUSPENDED, Key, World,
                         entry, envelope, message, record, reference)


def declaration(status, more=b""):
    return record("members/br/declarations/d", 18, message((2, "Text"), (18, status)) + more)


def endorsement():
    return record("members/br/endorsements/e", 19, message((1, "agreed")))


def redaction(body=b""):
    return record("members/br/redactions/r", 28, body)


def of_records():
    """(name, exit, record, entry options, words)"""
    long_text, limit = b"\x22", 64 << 10
    text = message((4, "x" * limit))
    over = message((4, "x" * (limit + 1)))
    yield "a meeting", 0, record(), {}, "mm-1, revision 1"
    yield "a later revision", 0, record(revision=7, previous=b"p" * 32), {}, "revision 7"
    yield "an endorsement", 0, endorsement(), {"permanent": True}, "permanent"
    yield "an endorsement that may be redacted", 1, endorsement(), {}, "permanent"
    yield "a tabled text", 0, declaration("tabled"), {"permanent": True}, ""
    yield "a tabled text that may be redacted", 1, declaration("tabled"), {}, "permanent"
    yield "an adopted text that may be redacted", 1, declaration("adopted"), {}, "permanent"
    yield "a draft", 0, declaration("draft"), {}, ""
    yield "a malformed body says nothing, not even tabled", 0, declaration("tabled", long_text), \
        {}, "malformed"
    yield "a redaction", 0, redaction(), {"permanent": True, "audience": 1}, "everyone"
    yield "a redaction that may be redacted", 1, redaction(), {}, "permanent"
    yield "a redaction for a list", 1, redaction(), {"permanent": True, "audience": 2}, \
        "full members"
    yield "a malformed redaction", 1, redaction(b"\x0a"), {"permanent": True}, "redaction"
    yield "a malformed erasure", 0, record("members/br/erasures/e", 29, b"\x0a"), {}, "malformed"
    yield "for a list", 0, record(), {"audience": 2}, "the owner, in, cn"
    yield "a text of 64 KiB", 0, record(body=text), {}, ""
    yield "a longer text", 1, record(body=over), {}, "limit"
    yield "a longer text in a malformed body", 0, record(body=over + long_text), {}, "malformed"
    yield "a longer reason is no text of the body", 0, \
        record(more=message((6, "x" * (limit + 1)))), {}, ""
    yield "a field twice in the body", 0, record(body=message((4, ["a", "b"]))), {}, "malformed"
    yield "an unknown field in the body", 0, record(body=message((99, 1))), {}, "not understood"
    yield "an unknown field", 0, record(more=message((99, 1))), {}, "not understood"
    yield "a higher schema", 0, record(schema=2), {}, "not understood"
    yield "an unknown collection", 0, record("members/br/plans/p", 99), {}, "not understood"
    yield "a known body in an unknown collection", 1, record("members/br/plans/p", 16), {}, \
        "collection"
    yield "no body in a known collection", 1, record(number=0), {}, "no body"
    yield "no known body, an unknown field", 0, record(number=0, more=message((99, 1))), {}, \
        "not understood"
    yield "continues a record", 0, record(more=message((8, message(
        (1, "members/ru/meetings/m"), (2, b"d" * 32))))), {}, ""
    yield "continues 31 bytes", 1, record(more=message((8, message(
        (1, "members/ru/meetings/m"), (2, b"d" * 31))))), {}, "continues"
    yield "previous of 31 bytes", 1, record(revision=2, previous=b"p" * 31), {}, "previous"
    yield "another member's name", 1, record("members/ru/meetings/m"), {}, "not one of br"
    yield "not a protobuf", 1, b"\xff\xff\xff", {}, "cut off"


def of_leaves(world):
    """(name, exit, options of World.simple, words)"""
    data, other = record(), record("members/br/meetings/mm-2")
    other_leaf, junk = world.leaf([entry(other)]), b"no envelope"
    e = entry(data)
    twice = [entry(endorsement()), entry(endorsement(), permanent=True)]
    yield "among other leaves", 0, {"before": [other_leaf] * 3, "after": [other_leaf] * 2}, "leaf 3"
    yield "only the second entry is permanent", 0, {"data": endorsement(), "entries": twice}, ""
    yield "a digest of another size", 1, {"entries": [message((1, e[2:34]), (2, 5))]}, "not in"
    yield "another record", 1, {"entries": [entry(other)]}, "not in the commit"
    yield "leaf 0 fails the scan", 0, {"before": [junk], "more_steps": [0]}, "proven"
    yield "the last leaf fails the scan", 1, {"after": [junk]}, "names nothing"
    yield "a leaf between fails the scan", 0, {"before": [other_leaf, junk], "more_steps": [1]}, ""
    yield "the last leaf is of another log", 1, {"after": [world.leaf(
        [entry(other)], origin=f"{FEDERATION}/br/2")]}, "names nothing"
    yield "the last leaf is without entries: it names", 0, {"after": [world.leaf([])]}, ""
    yield "without entries", 1, {"entries": [], "data": data}, ""
    yield "an extra line", 0, {"extra": b"extra Zm9v\n"}, ""
    yield "an empty extra line", 0, {"extra": b"extra \n"}, ""
    yield "an extra line not in base64", 1, {"extra": b"extra Zm9\n"}, "base64"
    yield "two extra lines", 1, {"extra": b"extra Zm9v\nextra Zm9v\n"}, "index"
    yield "a stranger's line", 0, {"note": {"more": "\u2014 a.example/x AAAAAAA=\n".encode()}}, ""
    yield "a stranger's line, not canonical", 1, {
        "note": {"more": "\u2014 a.example/x AAAAAAB=\n".encode()}}, "base64"
    yield "a line with a no-break space in its name", 1, {
        "note": {"more": "\u2014 a\u00a0b AAAAAAA=\n".encode()}}, "name"
    yield "a name of 255 bytes", 0, {
        "note": {"more": b"\xe2\x80\x94 " + b"a" * 255 + b" AAAAAAA=\n"}}, ""
    yield "a name of 256 bytes", 1, {
        "note": {"more": b"\xe2\x80\x94 " + b"a" * 256 + b" AAAAAAA=\n"}}, "name"
    yield "100 lines", 0, {"note": {"more": "\u2014 a AAAAAAA=\n".encode() * 96}}, ""
    yield "101 lines", 1, {"note": {"more": "\u2014 a AAAAAAA=\n".encode() * 97}}, "100"
    yield "by a stranger's key under a peer's name: an unknown line", 1, {
        "note": {"keys": {"in": Key("stranger")}}}, "not final"
    yield "times: the second smallest", 0, {
        "note": {"times": {"ru": 5, "in": 1700000000, "cn": 1800000000}}}, "2023-11-14 22:13:20 UTC"
    yield "far ahead", 0, {"note": {"times": {"ru": 1 << 40, "in": 1 << 62, "cn": 1 << 62}}}, \
        "second 4611686018427387904"
    yield "ahead of the clock", 0, {
        "note": {"times": {m: 9 * 10**9 for m in ("ru", "in", "cn")}}}, "ahead of this"
    for origin, words in ((f"{FEDERATION}/br/2", "no card"), (f"{FEDERATION}/xx/1", "no card"),
                          ("other.example/br/1", "another federation")):
        yield f"the log {origin}", 1, {"origin": origin, "note": {"origin": origin}}, words
    yield "names another roster 1", 1, {"roster_payload": b"x"}, "names another roster 1"
    yield "names card 1, which is not there", 1, {
        "cards": [card for (member, _), card in world.cards.items() if member != "br"]}, "no card"
    yield "one roster twice", 1, {"rosters": world.rosters * 2}, "does not follow"
    yield "cards in any order", 0, {"cards": list(world.cards.values())[::-1]}, ""
    yield "the owner cosigned too", 0, {"cosigners": ("br", "ru", "in", "cn")}, "3 of 4"
    yield "the owner is no peer of itself", 1, {"cosigners": ("br", "ru", "in")}, "not final"


def plain(world, **options):
    return world.simple(**options)


def with_card(**options):
    """br's first card is another one."""
    world = World()
    world.add_card("br", **options)
    return world


def second_card(leaf_card, newest_cosigners=("ru", "in", "cn"), roster=None, **options):
    """A second card of br; the record's leaf names one of the two."""
    world = World()
    world.add_card("br", version=2, **options)
    if roster:
        world.add_roster(**roster)
    return world.simple(card=leaf_card, cosigners=newest_cosigners), world


def of_cards_and_rosters():
    """(name, exit, file, world, words)"""
    def case(name, code, world, words="", **options):
        return name, code, plain(world, **options), world, words

    p256, stranger = Key("p256 author", 2), Key("stranger")
    unknown = message((1, message((1, 5), (2, b"spki"), (4, ACTIVE))), (2, "hsm"))
    empty = message((1, message((1, 5), (4, ACTIVE))), (2, "hsm"))
    yield case("alone: nobody holds it", 0, World(["br"]), "unknown: no other", cosigners=())
    yield case("two members", 0, World(["br", "ru"]), "1 of 1", cosigners=("ru",))
    federation = World(federation="example")
    yield case("a federation of one label", 1, federation, "federation")
    retired = {"br": [(Key("root br"), ACTIVE), (Key("old root br"), RETIRED)]}
    yield case("a root key retired from the first", 1, World(roots=retired), "not active")
    yield case("a root key twice", 1, World(roots={"br": [(Key("root br"), ACTIVE)] * 2}), "twice")
    yield case("consents", 0, World(consents=[message((1, "treaty"), (2, ["br", "in"]))]))
    for members in ([], ["br", "br"], ["xx"]):
        yield case(f"consents of {members}", 1,
                   World(consents=[message((1, "treaty"), (2, members))]), "consents")
    yield case("a pin of version 0", 1, World(pins={"br": message((2, b"d" * 32))}), "card")
    yield case("two members, one is silent", 1, World(["br", "ru"]), "not final", cosigners=())
    yield case("root keys on P-256", 0, World(root_algorithm=2))
    yield case("an observer's log: all full members are peers", 0,
               World(status={"br": OBSERVER}), "3 of 4", cosigners=("ru", "in", "cn"))
    yield case("of a suspended member", 1, World(status={"br": SUSPENDED}), "suspended")
    yield case("of a member of an unlisted status", 1, World(status={"br": 9}), "withdrawn")
    yield case("a suspended peer does not count", 1, World(status={"cn": SUSPENDED}), "not final",
               cosigners=("cn", "ru"))
    yield case("a lower limit for texts", 1, World(limits=message((7, 4))), "limit",
               data=record(body=message((4, "12345"))))
    yield case("a lower limit for leaves", 1, World(limits=message((6, 100))), "limits")
    yield case("rules of level 2", 3, World(rules=2), "rules")
    yield case("algorithm 3", 3, World(algorithms=b"\1\3"), "algorithms")
    yield case("only P-256 for authors", 1, World(algorithms=b"\2"), "allow")
    authors = with_card(authors=[(p256, ACTIVE), (Key("author br"), ACTIVE)])
    yield case("a P-256 author and another", 0, authors, signers=[p256, authors.author])
    yield case("a P-256 signature with s above n/2", 1, authors, "signature",
               signers=[p256], high_s=True)
    yield case("an author of an unknown algorithm beside", 0, with_card(more_authors=[unknown]))
    yield case("an author without an SPKI beside", 1, with_card(more_authors=[empty]), "empty")
    yield case("an author without a key", 1, with_card(more_authors=[message((2, "x"))]), "missing")
    half = message((1, message((1, 1), (2, p256.spki), (4, ACTIVE))))
    yield case("an Ed25519 author with a P-256 key", 1, with_card(more_authors=[half]), "malformed")
    yield case("an author who may write something else", 1, with_card(collections=["projects"]),
               "may not write")
    yield case("an author who may write this", 0, with_card(collections=["x", "meetings"]))
    yield case("a retired log key is the log's key", 1, with_card(log_status=RETIRED), "not active")
    yield case("epoch 1 is closed", 1, with_card(closed=True), "closes")
    yield case("a card by a stranger", 1, with_card(root=stranger), "not signed")
    for address, code in (("node.example:7101", 0), ("[::1]:1", 0), ("10.0.0.1:65535", 0),
                          (":1", 1), ("a:0", 1), ("a:65536", 1), ("a:01", 1), ("a", 1),
                          ("a b:1", 1), ("a/b:1", 1), ("::1:1", 1), ("[]:1", 1), ("[::1:1", 1)):
        yield case(f"an endpoint at {address}", code, with_card(endpoints=[("node-1", address)]),
                   "endpoint" if code else "")
    yield case("an endpoint of no node", 1, with_card(endpoints=[("Node", "a:1")]), "endpoint")
    for name, code, words, leaf_card, options in (
            ("names the card before", 0, "by card 1", 1, {}),
            ("names the newest card", 0, "by card 2", 2, {}),
            ("the newest closes the epoch", 0, "by card 1", 1, {"closed": True}),
            ("the log's key was called compromised later", 0, "", 1, {"log_status": COMPROMISED}),
            ("the author was called compromised later", 0, "by card 1", 1,
             {"authors": [(Key("author br"), COMPROMISED)]}),
            ("the author is compromised on the card named", 1, "not active", 2,
             {"authors": [(Key("author br"), COMPROMISED)]}),
            ("the next card drops an author", 1, "dropped", 1, {"authors": []}),
            ("the next card's new author is retired", 1, "not active", 1,
             {"authors": [(Key("author br"), ACTIVE), (Key("other"), RETIRED)]})):
        data, world = second_card(leaf_card, **options)
        yield name, code, data, world, words
    world = with_card(has_log=False)
    world.add_card("br", version=2)
    yield case("the card named knows no log yet", 1, world, "does not name epoch 1")
    world = World()
    world.add_card("br", version=2)
    yield case("the card named is left out", 1, world, "card 1 of br, which the leaf names",
               cards=[card for at, card in world.cards.items() if at != ("br", 1)])
    world = World()
    world.roots["xx"], world.cosigners["xx"] = Key("root xx"), Key("cosigner xx")
    world.add_card("xx")
    yield case("a card of nobody", 1, world, "does not list")
    world = World()
    world.rosters = [envelope("roster", world.roster_payloads[0], [b"s" * 64] * 257)]
    yield case("257 signatures", 1, world, "257")
    yield from of_root_keys()
    yield from of_second_rosters()
    yield from of_cosigners()


def of_root_keys():
    """br's root key is compromised in roster 2, which the file holds; a new one follows."""
    def world(pins=None, card_2_root="new", second=True):
        made = World()
        old, new = made.roots["br"], Key("root br new")
        if second:
            made.add_card("br", version=2, root={"new": new, "old": old}[card_2_root])
        pinned = {"br": reference(pins, made.card_payloads["br", pins])} if isinstance(pins, int) \
            else {"br": pins} if pins else None
        made.add_roster(roots={"br": [(old, COMPROMISED), (new, ACTIVE)]}, pins=pinned)
        return made

    def case(name, code, made, words="", **leaf):
        return name, code, made.simple(**leaf), made, words
    yield case("the old card was signed by a key that is now compromised", 0, world())
    yield case("so was the newest", 1, world(card_2_root="old"), "compromised")
    yield case("so was the newest, which is pinned", 0, world(pins=2, card_2_root="old"))
    yield case("so was the only one", 1, world(second=False), "compromised")
    yield case("so was the only one, which is pinned", 0, world(pins=1, second=False))
    gap = world(card_2_root="old")
    gap.add_card("br", version=3)
    pinned = {"br": reference(3, gap.card_payloads["br", 3])}
    gap.add_roster(roots={"br": [(gap.roots["br"], COMPROMISED), (Key("root br new"), ACTIVE)]},
                   pins=pinned)
    yield case("all cards were, the newest is pinned: its ancestors are good", 0, gap)
    del gap.cards["br", 3]
    yield case("the newest here was, the pinned one is not here", 1, gap, "compromised")
    yield case("a later roster pins another card of the version that the leaf names", 1,
               world(pins=message((1, 1), (2, b"d" * 32))), "names another")
    yield case("a later roster pins another card of the newest version", 1,
               world(pins=message((1, 2), (2, b"d" * 32))), "names another")


def of_second_rosters():
    """Roster 2, as the last leaf or the first one names it."""
    def case(name, code, words, first=1, last=1, **options):
        world = World()
        world.add_roster(**options)
        other = record("members/br/meetings/mm-2")
        leaves = [world.leaf([entry(other)], roster=first),
                  world.leaf([entry(record())], roster=last)]
        note = world.note(leaves)
        return name, code, world.file(record(), leaves, 1, note, [(0, leaves, note)]), world, words
    yield case("leaf 0 names roster 2, and so does the record's", 0, "roster 2", first=2, last=2)
    yield case("both rosters are in play", 0, "roster 1", last=2)
    yield case("the record's leaf went back to roster 1", 1, "went back", first=2)
    yield case("roster 2 drops a member", 1, "vanished", without=["za"])
    yield case("a new root key is retired", 1, "not active", roots={
        "br": [(Key("root br"), ACTIVE), (Key("new root br"), RETIRED)]})
    yield case("a root key moves", 1, "moved", roots={
        "br": [(Key("new root br"), ACTIVE)],
        "ru": [(Key("root ru"), ACTIVE), (Key("root br"), ACTIVE)]})
    yield case("signed by two", 1, "threshold", signers=[Key("root br"), Key("root ru")])
    world = World()
    world.add_roster()
    earlier = world.leaf([entry(record("members/br/meetings/mm-2"))], roster=2)
    leaves = [earlier, world.leaf([entry(record())], roster=2), world.leaf([], roster=1)]
    note = world.note(leaves)
    yield ("the last leaf went back behind leaf 0", 1, world.file(
        record(), leaves, 1, note, [(0, leaves, note), (2, leaves, note)]), world,
        "went back to roster")


def of_cosigners():
    """ru has a new cosigner key on its second card."""
    for old_status, by_old, code, words in ((RETIRED, True, 0, "cn, in, ru"),
                                            (COMPROMISED, True, 1, "not final"),
                                            (RETIRED, False, 0, "cn, in, ru"),
                                            (COMPROMISED, False, 0, "cn, in, ru")):
        world, new = World(), Key("cosigner ru new")
        world.add_card("ru", version=2, cosigner_status=old_status, new_cosigner=new)
        note = {} if by_old else {"keys": {"ru": new}}
        yield (f"ru's old cosigner key has status {old_status}, it signed: {by_old}", code,
               world.simple(note=note), world, words)
    world = World()
    world.add_card("ru", version=2, cosigner_status=ACTIVE, new_cosigner=Key("cosigner ru new"))
    yield "two active cosigner keys", 1, world.simple(), world, "two active"


def resized(whole, old, new):
    """A file with another text of another length in its section 3."""
    at = len(b"plenary-proof/v1\n")
    for _ in range(2):
        at += 5 + int.from_bytes(whole[at + 1:at + 5], "big")
    length = int.from_bytes(whole[at + 1:at + 5], "big")
    section = whole[at + 5:at + 5 + length].replace(old, new)
    return whole[:at + 1] + len(section).to_bytes(4, "big") + section + whole[at + 5 + length:]


def of_steps():
    """Several checkpoints."""
    world = World()
    data, other = record(), record("members/br/meetings/mm-2")
    first, second = world.leaf([entry(other)]), world.leaf([entry(data)])
    small, large = [first], [first, second]
    yield ("a smaller checkpoint beside", 0, world.file(
        data, large, 1, world.note(large), [(0, small, world.note(small))]), world, "size 2")
    yield ("a smaller checkpoint that is not final", 1, world.file(
        data, large, 1, world.note(large), [(0, small, world.note(small, ("ru",)))]), world,
        "size 1")
    middle = [first, first, second]
    longer = middle + [first]
    yield ("a smaller one's last leaf is shown by the larger one alone", 0, world.file(
        data, longer, 2, world.note(longer), [(0, middle[:2], world.note(middle[:2])),
                                              (1, longer, world.note(longer)),
                                              (3, longer, world.note(longer))]), world, "size 4")
    yield ("a smaller one's last leaf is not shown", 1, world.file(
        data, longer, 2, world.note(longer), [(0, middle[:2], world.note(middle[:2])),
                                              (3, longer, world.note(longer))]), world, "size 2")
    forked = [second, first]
    yield ("two leaves of one index", 1, world.file(
        data, large, 1, world.note(large), [(0, [second], world.note([second])),
                                            (0, large, world.note(large))]), world, "two different")
    yield ("two notes of one size", 1, world.file(
        data, large, 1, world.note(large), [(0, forked, world.note(forked))]), world,
        "two different")
    yield ("one root, two notes", 1, world.file(
        data, large, 1, world.note(large), [(0, large, world.note(large, ("in", "ru", "cn")))]),
        world, "two different")
    elsewhere = world.note(small, origin=f"{FEDERATION}/br/2")
    yield ("a checkpoint of another log", 1, world.file(
        data, large, 1, world.note(large), [(0, small, elsewhere)]), world, "two logs")
    note = world.note(large)
    whole = world.file(data, large, 1, note)
    lines = note.split(b"\n")
    spoilt = lines[4][:-20] + (b"A" if lines[4][-20:-19] != b"A" else b"B") + lines[4][-19:]
    yield ("the log's signature is another", 1, whole.replace(lines[4], spoilt), world, "log's")
    sibling = whole.split(b"index 1\n")[1].split(b"\n")[0]
    shorter = base64.b64encode(base64.b64decode(sibling)[:-1] + b"\0" * 3)
    yield ("a hash of 34 bytes", 1, resized(whole, sibling, shorter), world, "hash")
    yield ("a checkpoint beyond the record's", 1, world.file(
        other, small, 0, world.note(small), [(1, large, world.note(large))]), world, "beyond")


def cases():
    world = World()
    genesis = world.genesis.hex()
    for name, code, data, options, words in of_records():
        audiences = [["in", "cn"]] if options.get("audience") == 2 else []
        yield (name, code, world.simple(data, [entry(data, **options)], audiences=audiences),
               genesis, words)
    for name, code, options, words in of_leaves(world):
        if options.get("entries") == []:
            leaves = [world.leaf([])]
            yield name, code, world.file(record(), leaves, 0, world.note(leaves)), genesis, words
        else:
            yield name, code, world.simple(**options), genesis, words
    for name, code, data, made, words in [*of_cards_and_rosters(), *of_steps()]:
        yield name, code, data, made.genesis.hex(), words
