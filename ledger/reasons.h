// The table of reasons: every error that Plenary reports names one of these.
//
// A reason is the machine's word for what was wrong (google.rpc.ErrorInfo.reason, AIP-193). The
// second column is the canonical status code, the third the remedy: what the reader can do about
// it. docs/ERRORS.md is made from this table.
#pragma once

// clang-format off
#define PLENARY_REASONS(X) \
  /* Names and bytes */ \
  X(BAD_NAME, kInvalidArgument, "use a name of the grammar in docs/FORMATS.md, section 1") \
  X(BAD_ENCODING, kInvalidArgument, "send the bytes exactly as the encoding demands; nothing is repaired") \
  X(NON_CANONICAL, kInvalidArgument, "write the envelope with minimal lengths and no further fields") \
  X(WRONG_TYPE, kInvalidArgument, "sign the payload under the payload type of its kind") \
  X(TRUNCATED, kInvalidArgument, "send the whole message; the end is missing") \
  X(DUPLICATE_FIELD, kInvalidArgument, "write each singular field once") \
  X(TWO_OF_ONEOF, kInvalidArgument, "set one member of the choice only") \
  X(WRONG_WIRE_TYPE, kInvalidArgument, "encode the field with the type that the schema gives it") \
  X(GROUP, kInvalidArgument, "do not use protobuf groups") \
  X(BAD_FIELD_NUMBER, kInvalidArgument, "use field numbers from 1 to 2^29 - 1") \
  X(VARINT_OVERFLOW, kInvalidArgument, "keep integers below 2^64, in at most ten bytes") \
  X(OUT_OF_RANGE, kInvalidArgument, "keep the number within the range of its field") \
  X(BAD_UTF8, kInvalidArgument, "write text as valid UTF-8") \
  X(TOO_DEEP, kInvalidArgument, "nest messages at most 32 deep") \
  X(UNKNOWN_FIELD, kInvalidArgument, "leave out fields that formats of this version do not have") \
  X(TOO_LARGE, kInvalidArgument, "keep within the limits of docs/FORMATS.md, section 6") \
  /* Keys and signatures */ \
  X(BAD_KEY, kInvalidArgument, "use a key in its one canonical SPKI spelling; make a new one if it is weak") \
  X(BAD_ALGORITHM, kInvalidArgument, "use an algorithm that this role allows") \
  X(ALGORITHM_UNKNOWN, kFailedPrecondition, "upgrade: this build lacks an algorithm that is asked for") \
  X(BAD_SIGNATURE, kUnauthenticated, "sign these exact bytes with the key that is named") \
  X(SIGNATURE_COUNT, kInvalidArgument, "give exactly as many signatures as signers") \
  X(UNKNOWN_KEY, kUnauthenticated, "sign with a key that a roster or card lists") \
  X(BAD_POSSESSION, kUnauthenticated, "let the key that is enrolled sign its own possession statement") \
  X(KEY_FILE, kFailedPrecondition, "give the key file to the node's user, mode 0600, in PEM") \
  X(FILE_EXISTS, kAlreadyExists, "choose another place, or move the file away: keys are never overwritten") \
  X(FILE_ACCESS, kFailedPrecondition, "check that the path is right and that this user may use it") \
  /* Notes, checkpoints, proofs */ \
  X(BAD_NOTE, kInvalidArgument, "send a C2SP signed note unchanged") \
  X(BAD_CHECKPOINT, kInvalidArgument, "a checkpoint has three lines: origin, size, root") \
  X(NOT_SIGNED_BY_LOG, kUnauthenticated, "the log's own key must have signed it") \
  X(BAD_COSIGNATURE, kUnauthenticated, "a cosignature by a known key does not verify; fetch the note again") \
  X(BAD_PROOF, kInvalidArgument, "the proof does not lead to the root; fetch it again from another node") \
  X(BAD_INCLUSION, kInvalidArgument, "the leaf is not in the log that the checkpoint describes") \
  X(BAD_CONSISTENCY, kInvalidArgument, "the smaller log is not a prefix of the larger one by this proof") \
  X(INCONSISTENT_CHECKPOINT, kDataLoss, "the log shows two histories: keep the evidence file") \
  X(BAD_TLOG_PROOF, kInvalidArgument, "use the C2SP tlog-proof format unchanged") \
  /* Roster */ \
  X(BAD_VERSION, kInvalidArgument, "count versions from 1") \
  X(SKIPPED_VERSION, kInvalidArgument, "give every version, none skipped") \
  X(SECOND_OF_VERSION, kInvalidArgument, "one version has one content") \
  X(BAD_PREVIOUS, kInvalidArgument, "name the digest of the version before; nothing at the first") \
  X(WRONG_PREVIOUS, kInvalidArgument, "name the digest of the payload before, exactly") \
  X(BAD_THRESHOLD, kInvalidArgument, "choose a threshold above half of the full members, at most all") \
  X(BAD_QUORUM, kInvalidArgument, "ask for at most all peers") \
  X(BAD_MEMBER_COUNT, kInvalidArgument, "list 1 to 64 full members and at most 1,000 observers") \
  X(DUPLICATE_MEMBER, kInvalidArgument, "list each member once") \
  X(BAD_AUTHOR_ALGORITHMS, kInvalidArgument, "allow at least one algorithm, each once") \
  X(NO_ACTIVE_ROOT_KEY, kInvalidArgument, "give every full member an active root key") \
  X(BAD_LIMITS, kInvalidArgument, "limits may only be lowered") \
  X(BAD_CONSENTS, kInvalidArgument, "list each type once, with members of this roster, each once") \
  X(BAD_RULES, kInvalidArgument, "the level of rules is 1 or more") \
  X(RULES_TAKEN_BACK, kInvalidArgument, "the level of rules never falls") \
  X(KEY_DROPPED, kInvalidArgument, "keep every key of the version before, in its place") \
  X(KEY_REVIVED, kInvalidArgument, "a key's status only moves on: active, retired, compromised") \
  X(NEW_KEY_NOT_ACTIVE, kInvalidArgument, "a new key starts active") \
  X(MEMBER_DROPPED, kInvalidArgument, "a member leaves by status, never by vanishing") \
  X(WITHDRAWAL_TAKEN_BACK, kInvalidArgument, "a withdrawal is final") \
  X(DUPLICATE_KEY, kInvalidArgument, "use each key once, for one role") \
  X(DUPLICATE_SIGNATURE, kInvalidArgument, "each key signs once") \
  X(MISSING_ROOT_SIGNATURE, kUnauthenticated, "version 1 is signed by every root key in it") \
  X(THRESHOLD_OF_OLD, kUnauthenticated, "collect signatures of the threshold of the version before") \
  X(THRESHOLD_OF_NEW, kUnauthenticated, "collect signatures of the threshold of the new version") \
  X(NEW_KEY_DID_NOT_SIGN, kUnauthenticated, "let each new root key sign the version that brings it") \
  X(ROSTER_MISSING, kNotFound, "give every roster version from 1") \
  X(WRONG_ROSTER_DIGEST, kInvalidArgument, "name the roster by the digest of its payload") \
  X(BAD_ROSTER_REFERENCE, kInvalidArgument, "name the roster by version and digest") \
  X(RULES_TOO_NEW, kFailedPrecondition, "upgrade: the roster asks for rules that this build does not know") \
  /* Card */ \
  X(WRONG_GENESIS, kInvalidArgument, "this belongs to another federation") \
  X(WRONG_MEMBER, kInvalidArgument, "a member speaks only for itself") \
  X(NOT_ON_ROSTER, kPermissionDenied, "the roster does not list this member; ask the roster officers") \
  X(ROOT_KEY_COMPROMISED, kUnauthenticated, "sign with a root key that is not compromised") \
  X(LOG_DROPPED, kInvalidArgument, "keep every log of the version before") \
  X(LOG_REOPENED, kInvalidArgument, "a closed log stays closed") \
  X(TWO_OPEN_LOGS, kInvalidArgument, "close the log before opening the next") \
  X(BAD_EPOCHS, kInvalidArgument, "epochs count 1, 2, 3 in order") \
  X(TOO_MANY_KEYS, kInvalidArgument, "at most 100 logs, 100 cosigner keys, 200 author keys") \
  X(TOO_MANY_ISSUERS, kInvalidArgument, "at most two issuing CAs") \
  X(TWO_ACTIVE_COSIGNERS, kInvalidArgument, "at most one cosigner key is active") \
  X(SAME_KEY_ID, kInvalidArgument, "make another cosigner key: its key ID is taken") \
  X(BAD_REVOKED, kInvalidArgument, "revoked keys are SHA-256 digests, at most 1,000") \
  X(BAD_ENDPOINT, kInvalidArgument, "write endpoints as host:port") \
  X(WRONG_CARD_DIGEST, kInvalidArgument, "name the card by the digest of its payload") \
  X(BAD_CARD_REFERENCE, kInvalidArgument, "name the card by version and digest") \
  X(CARD_MISSING, kNotFound, "give the card that is named") \
  /* Statements of finality */ \
  X(BAD_COUNTER, kInvalidArgument, "counters start at 1") \
  X(COUNTER_JUMP, kInvalidArgument, "a counter goes at most 2^32 beyond the promised one") \
  X(BAD_INSTANCE, kInvalidArgument, "an instance is 16 random bytes") \
  X(BAD_STORE, kInvalidArgument, "a store id is 16 bytes, each store once") \
  X(BAD_ROOT, kInvalidArgument, "a root is 32 bytes, the empty root at size 0") \
  X(BAD_SIZE, kInvalidArgument, "sizes stay below 2^63") \
  X(ABSTAINS_WITH_CONTENT, kInvalidArgument, "an abstaining answer carries neither checkpoint nor proposal") \
  /* Commits and records */ \
  X(WRONG_ORIGIN, kInvalidArgument, "a commit belongs to the log that its manifest names") \
  X(BAD_SIGNERS, kInvalidArgument, "name 1 to 4 distinct signers by fingerprint") \
  X(BAD_ENTRIES, kInvalidArgument, "1 to 1,024 entries with digest and size, at most 1 MiB each, 2 MiB together") \
  X(BAD_AUDIENCE, kInvalidArgument, "name an audience of this manifest, with distinct members") \
  X(REPEATED, kAlreadyExists, "this commit is in the log already") \
  X(UNKNOWN_AUTHOR, kUnauthenticated, "enrol the author's key on the member's card first") \
  X(AUTHOR_NOT_ACTIVE, kUnauthenticated, "sign with an author key that the card lists as active") \
  X(ALGORITHM_NOT_ALLOWED, kUnauthenticated, "sign with an algorithm that the roster allows") \
  X(COLLECTION_NOT_ALLOWED, kPermissionDenied, "this author may not write this collection") \
  X(OVER_LIMIT, kInvalidArgument, "keep within the limits of the roster") \
  X(MEMBER_NOT_IN_FORCE, kFailedPrecondition, "only full members and observers write") \
  X(UNKNOWN_EPOCH, kInvalidArgument, "name an epoch that the card opens") \
  X(EPOCH_CLOSED, kFailedPrecondition, "write to the open epoch") \
  X(WENT_BACK, kInvalidArgument, "name roster and card versions no lower than the leaf before; sign anew") \
  X(BAD_SCHEMA, kInvalidArgument, "write the schema level, 1 or more") \
  X(BAD_SALT, kInvalidArgument, "a record carries 16 random bytes of salt") \
  X(BAD_REVISION, kInvalidArgument, "revisions count from 1") \
  X(NO_BODY, kInvalidArgument, "a record of a known collection has its body") \
  X(WRONG_BODY, kInvalidArgument, "the body must be that of the collection in the name") \
  X(WRONG_SIZE, kInvalidArgument, "the record's length is not that of the manifest") \
  X(WRONG_DIGEST, kInvalidArgument, "the record's bytes are not those of the manifest") \
  X(NOT_PERMANENT, kInvalidArgument, "mark the entry permanent") \
  X(REVISION_TAKEN, kAborted, "read the current revision and write the next one") \
  X(STALE_REVISION, kAborted, "read the current revision and write the next one") \
  X(BAD_TARGET, kInvalidArgument, "name earlier entries of the same member's logs") \
  X(REDACTS_PERMANENT, kFailedPrecondition, "a permanent entry is never redacted") \
  X(NARROW_REDACTION, kInvalidArgument, "redact what is for everyone by a redaction for everyone") \
  X(MANIFEST_MISMATCH, kInvalidArgument, "send exactly the records that the manifest lists") \
  X(BAD_FIELD, kInvalidArgument, "correct the field that is named") \
  /* Evidence and proof files */ \
  X(NO_CONTRADICTION, kInvalidArgument, "both statements can be true: this is no evidence") \
  X(DIFFERENT_SUBJECT, kInvalidArgument, "evidence is about one log, member or version") \
  X(NO_LOG_KEY, kInvalidArgument, "give the card that names the log's key") \
  X(BAD_EVIDENCE, kInvalidArgument, "the evidence file lacks a part or has one too many") \
  X(NOT_A_PROOF_FILE, kInvalidArgument, "this is no .plenary-proof file; ask for it again") \
  X(BAD_SECTIONS, kInvalidArgument, "the proof file lacks a part, or its parts are out of order") \
  X(NOT_ANCHORED, kFailedPrecondition, "pin the digest of a roster that you trust: --roster-digest HEX") \
  X(NOT_FINAL, kFailedPrecondition, "too few members hold it by this file; export the proof again later") \
  X(RECORD_NOT_IN_COMMIT, kInvalidArgument, "the record is not one of the commit's") \
  X(LAST_LEAF_MISSING, kInvalidArgument, "export the proof again: a checkpoint's last leaf is not shown") \
  X(BAD_STEP, kInvalidArgument, "export the proof again: a step's proof does not hold") \
  /* Exports and audits */ \
  X(BAD_EXPORT, kDataLoss, "the folder is not whole: copy it again, or export the log again") \
  X(BAD_TILE, kDataLoss, "the tiles are not those of the entries: copy the folder again, or export the log again") \
  X(LOG_SHORTER, kDataLoss, "ask a node that holds more; if none does, the log was cut: keep both checkpoints") \
  /* Node and network */ \
  X(NOT_FOUND, kNotFound, "check the name; list what there is") \
  X(BAD_PAGE_TOKEN, kInvalidArgument, "start again without a page token") \
  X(BAD_FILTER, kInvalidArgument, "use field = \"value\", <, <=, >, >=, joined by AND") \
  X(BAD_REQUEST, kInvalidArgument, "correct the request as the message says") \
  X(BAD_CONFIG, kInvalidArgument, "correct the configuration file; plenaryd --check tries it") \
  X(NO_PROFILE, kNotFound, "name one with --profile FILE or PLENARY_PROFILE, or put it at ~/.config/plenary/profile.toml; plenary federation init writes one") \
  X(BAD_PROFILE, kInvalidArgument, "correct the profile, or name another one with --profile FILE") \
  X(BAD_ROW, kInvalidArgument, "correct the row and import again; the other rows went in") \
  X(BUSY, kResourceExhausted, "wait a little and try again") \
  X(TAIL_FULL, kResourceExhausted, "wait until peers hold the tail; see plenary sync status") \
  X(OVER_QUOTA, kResourceExhausted, "wait: this member is over its daily quota") \
  X(NOT_READY, kUnavailable, "see plenary node status for what is missing") \
  X(RECOVERING, kUnavailable, "wait until a quorum of peers has answered; see plenary sync status") \
  X(FENCED, kUnavailable, "another instance of this node is active: stop one, then restart the other") \
  X(LOG_FROZEN, kFailedPrecondition, "this log showed two histories; its member must open a new epoch") \
  X(NO_LOG, kFailedPrecondition, "this node has no open log of its own; a card must name one") \
  X(UNAVAILABLE, kUnavailable, "check address, port and firewall; plenary node status on that machine") \
  X(DEADLINE, kDeadlineExceeded, "the work goes on; ask again for the result") \
  X(NO_CERTIFICATE, kUnauthenticated, "present a certificate of your member's CA") \
  X(BAD_CERTIFICATE, kUnauthenticated, "issue a new certificate: plenary cert node or operator") \
  X(CERTIFICATE_EXPIRED, kUnauthenticated, "renew it: plenary cert renew") \
  X(CERTIFICATE_NOT_YET_VALID, kUnauthenticated, "check the clocks of both machines") \
  X(WRONG_ISSUER, kUnauthenticated, "the certificate must come from a CA on the card of the member it names") \
  X(CERTIFICATE_REVOKED, kUnauthenticated, "the card revokes this TLS key; make a new one") \
  X(WRONG_IDENTITY, kUnauthenticated, "another node answered than was asked for; check the endpoint") \
  X(WRONG_PORT, kPermissionDenied, "nodes use the peer port, operators the operator port") \
  X(NO_ROLE, kPermissionDenied, "ask the node's administrator for a role for this identity") \
  X(TLS_TOO_OLD, kUnauthenticated, "use TLS 1.3") \
  X(NOT_TLS, kInvalidArgument, "speak TLS 1.3 to this port; check address and port") \
  X(PROTOCOL_VERSION, kFailedPrecondition, "upgrade the older node") \
  X(PROTOCOL_ERROR, kInvalidArgument, "the peer breaks the protocol; its log says how") \
  X(SELF, kInvalidArgument, "this is the node itself; take it off the list of endpoints") \
  X(REPLACED, kAborted, "a newer session of the same node took over") \
  X(STALLED, kUnavailable, "nothing came for too long; the session is tried again") \
  X(SHUTTING_DOWN, kUnavailable, "try again when the node is up") \
  X(DISK, kInternal, "check the disk, then start the node again") \
  X(NO_STORE, kNotFound, "make the store first: plenary node init; or correct the path") \
  X(STORE_PATH, kFailedPrecondition, "give the node a folder of its own that its user may write") \
  X(STORE_LOCKED, kFailedPrecondition, "another plenaryd runs on this store: stop it first") \
  X(STORE_FORMAT, kFailedPrecondition, "use the release that wrote this store, or a newer one that migrates it") \
  X(STORE_DAMAGED, kDataLoss, "restore a backup or empty the folder: peers give back what they hold")
// clang-format on
