#!/usr/bin/env python3
"""Reads what age files by Bulla say about their sender. It opens them with X25519 or hybrid identities and checks the sender stanza.
It was written from formats.md alone, to prove that the description is complete. It needs the packages cryptography, blake3,
dilithium-py (ML-DSA) and kyber-py (ML-KEM).
Usage: python3 read_sender.py IDENTITY_FILE FILE... [-- RECIPIENT...]
Prints one line of JSON per file, and exits with the highest exit code: 0 done, 3 no matching identity, 4 bad header, 9 wrong
sender. A RECIPIENT (age1... or age1pq1...) is proved if its recomputed stanza is identical. Payloads are hashed, not decrypted.
"""
import base64, hashlib, hmac, io, json, pathlib, sys
from blake3 import blake3
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ed25519, x25519
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from dilithium_py.ml_dsa import ML_DSA_65
from kyber_py.ml_kem import ML_KEM_768

HYBRID, HYBRID_INFO = "mlkem768x25519", b"age-encryption.org/mlkem768x25519"
SENDER, PAD, RESERVED, CHUNK = "bulla/sender", "bulla/pad", "bulla/", 65536 + 16
BECH32, PRIME = "qpzry9x8gf2tvdw0s3jn54khce6mua7l", 2**255 - 19
EIGHTH = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
LOW_ORDER = {0, 1, PRIME - 1, EIGHTH, PRIME - EIGHTH}

class Refused(Exception): pass
class Newer(Exception): pass
def need(held, why, code=4):
    if not held: raise Refused(why, code)
def hkdf(key, salt, label, length=32):
    return HKDF(SHA256(), length, salt, label).derive(key)
def unseal(key, sealed, nonce=bytes(12)):
    try: return ChaCha20Poly1305(key).decrypt(nonce, sealed, None)
    except InvalidTag: return None
def unpadded(data):
    return base64.b64encode(data).decode().rstrip("=")
def unbase64(text):
    found = base64.b64decode(text + "=" * (-len(text) % 4))
    need(unpadded(found) == text, "base64 is not canonical")
    return found

def bech32(text, prefix, length=32):
    """Returns the bytes of a key, without checking its checksum."""
    name, _, data = text.lower().rpartition("1")
    need(name == prefix.lower() and all(c in BECH32 for c in data), f"not a {prefix}", 2)
    return int("".join(f"{BECH32.index(c):05b}" for c in data[:-6])[:8 * length], 2).to_bytes(length, "big")

def read_header(data):
    """Returns the stanzas as (type, arguments, body, bytes), the bytes that the MAC covers, the MAC, and the payload."""
    if data.lstrip().startswith(b"-----BEGIN AGE ENCRYPTED FILE-----"):
        lines = data.decode("ascii", "replace").strip().splitlines()
        need(lines[-1] == "-----END AGE ENCRYPTED FILE-----", "the armor has no end")
        data = base64.b64decode("".join(lines[1:-1]), validate=True)
    rest, stanzas = io.BytesIO(data), []
    def line():
        found = rest.readline()
        need(found.endswith(b"\n") and all(32 <= byte < 127 for byte in found[:-1]), "not a line of a header")
        return found[:-1].decode()
    need(line() == "age-encryption.org/v1", "not an age file")
    while True:
        start, words = rest.tell(), line()
        if words.startswith("---"):
            need(words.startswith("--- ") and stanzas, "malformed MAC")
            return stanzas, data[:start + 3], unbase64(words[4:]), rest.read()
        need(words.startswith("-> ") and all(words.split(" ")), "malformed stanza")
        _, type_, *args = words.split(" ")
        body = more = line()
        while len(more) == 64:
            more = line()
            body += more
        need(len(more) < 64, "a line of a body is too long")
        stanzas.append((type_, args, unbase64(body), data[start:rest.tell()]))

def wrap_key(secret, share, recipient, other):
    shared = secret.exchange(x25519.X25519PublicKey.from_public_bytes(other))
    return hkdf(shared, share + recipient, b"age-encryption.org/v1/X25519")

def hybrid_key(shared_m, shared_x, share, public):
    """Returns key and nonce of the HPKE message with this X-Wing secret (age specification, mlkem768x25519)."""
    shared = hashlib.sha3_256(shared_m + shared_x + share + public + b"\\.//^\\").digest()
    suite = b"HPKE-v1HPKE" + bytes.fromhex("647a00010003")
    extract = lambda label, ikm, salt=bytes(32): hmac.digest(salt, suite + label + ikm, "sha256")
    context = b"\0" + extract(b"psk_id_hash", b"") + extract(b"info_hash", HYBRID_INFO)
    secret = extract(b"secret", b"", shared)
    expand = lambda label, length: HKDFExpand(SHA256(), length, length.to_bytes(2, "big") + suite + label + context).derive(secret)
    return expand(b"key", 32), expand(b"base_nonce", 12)

def unwrap(stanzas, identity):
    """Returns the file key that an identity opens; an identity is the type of its stanzas, and 32 secret bytes."""
    kind, secret = identity
    if kind == HYBRID:
        secret = hashlib.shake_256(secret).digest(96)
        _, ml_kem = ML_KEM_768._keygen_internal(secret[:32], secret[32:64])
    secret = x25519.X25519PrivateKey.from_private_bytes(secret[-32:])
    own = secret.public_key().public_bytes_raw()
    size = 1120 if kind == HYBRID else 32
    for type_, args, body, _ in stanzas:
        if type_ == kind:
            need(len(args) == 1 and len(sent := unbase64(args[0])) == size and len(body) == 32, f"malformed {kind} stanza")
            share = sent[-32:]
            if kind == HYBRID:
                shared = secret.exchange(x25519.X25519PublicKey.from_public_bytes(share))
                key, nonce = hybrid_key(ML_KEM_768.decaps(ml_kem, sent[:1088]), shared, share, own)
            else:
                key, nonce = wrap_key(secret, share, own, share), bytes(12)
            if file_key := unseal(key, body, nonce):
                return file_key

def recompute(recipient, file_key, nonce):
    """Returns type, arguments and body of this recipient's stanza in a file with this file key and nonce."""
    kind, size = (HYBRID, 1216) if recipient.startswith("age1pq1") else ("X25519", 32)
    public, hashed = bech32(recipient, "age1pq" if kind == HYBRID else "age", size), hashlib.sha256(recipient.encode()).digest()
    eph = hkdf(file_key, nonce, b"bulla/eph/v1\0" + kind.encode() + b"\0" + hashed, 64)
    secret = x25519.X25519PrivateKey.from_private_bytes(eph[32:] if kind == HYBRID else eph[:32])
    share, of_x = secret.public_key().public_bytes_raw(), public[-32:]
    if kind == HYBRID:
        shared_m, sent = ML_KEM_768._encaps_internal(public[:1184], eph[:32])
        shared_x = secret.exchange(x25519.X25519PublicKey.from_public_bytes(of_x))
        key, zeros = hybrid_key(shared_m, shared_x, share, of_x)
    else:
        sent, key, zeros = b"", wrap_key(secret, share, of_x, of_x), bytes(12)
    return kind, [unpadded(sent + share)], ChaCha20Poly1305(key).encrypt(zeros, file_key, None)

def check_signature(signer, alg, signature, message):
    """Checks every half that the algorithm has."""
    key, digest = signer[:32], signer[32:]
    label = b"bulla/sender/v1" if alg == 1 else b"bulla/sender/v1/ed25519+mldsa65"
    points = [int.from_bytes(point, "little") % 2**255 for point in (key, signature[:32])]
    need(all(point < PRIME and point not in LOW_ORDER for point in points), "a key of low order, or one that is not canonical", 9)
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(key).verify(signature[:64], label + b"\0" + message)
    except (InvalidSignature, ValueError):
        raise Refused("a signature is wrong", 9)
    if alg == 2:
        public, second = signature[64:2016], signature[2016:]
        need(hashlib.sha256(public).digest() == digest, "a signature with another ML-DSA key", 9)
        need(ML_DSA_65.verify(public, label + b"\0" + message, second, label), "a signature is wrong", 9)

def take(rest, count):
    found = rest.read(count)
    need(len(found) == count, "a statement is truncated")
    return found
def number(rest, count):
    return int.from_bytes(take(rest, count), "big")

def known(held):
    if not held: raise Newer
def read_statement(body, first):
    """Returns the fields of one statement, without checking its signature."""
    rest = io.BytesIO(body)
    known((kind := number(rest, 1)) in (1, 2))
    known((alg := number(rest, 1)) <= 2)
    known(not (flags := number(rest, 1)) & ~3)
    signer = take(rest, 64)
    need(alg or not any(signer), "a signer without a signature")
    time = number(rest, 8)
    header, prev, content = take(rest, 32), *(take(rest, 32) if flags & flag else None for flag in (2, 1))
    entries = []
    for _ in range(number(rest, 2)):
        entry, count, id_ = number(rest, 1), number(rest, 1), take(rest, 16)
        known(entry <= 2)
        need(count and (entry or not any(id_)) and (entry != 1 or count == 1), "malformed entry")
        entries.append((entry, count, id_))
    tlvs, fields, last = io.BytesIO(take(rest, number(rest, 2))), {}, -1
    while type_ := tlvs.read(1):
        type_, value = type_[0], take(tlvs, number(tlvs, 2))
        need(type_ > last, "malformed extension")
        known(type_ >= 0x80)
        need(len(value) == {0x83: 8, 0x85: 16 * len(entries), 0x86: 64}.get(type_, len(value)), "malformed extension")
        fields[type_], last = value, type_
    need(not rest.read(), "bytes after the end of a statement")
    fields = fields if first and kind == 1 else {}
    return {"kind": kind, "alg": alg, "signer": signer, "time": time, "header": header, "prev": prev, "content": content,
            "entries": entries, "length": fields.get(0x83), "addressees": fields.get(0x85) if alg else None}

def read_chain(plain):
    """Returns the statements with their bytes and signatures, and whether only a newer version can understand them."""
    need((len(plain) + 16) % 512 == 0 and len(plain) < 262144, "malformed length of the statements")
    rest, chain, last, newer = io.BytesIO(plain), [], None, False
    while (length := number(rest, 2)) > 0:
        body = take(rest, length)
        signature = take(rest, number(rest, 2))
        if newer: continue
        try:
            said = read_statement(body, last is None)
        except Newer:
            newer = True
            continue
        need(len(signature) == (0, 64, 5325)[said["alg"]], "malformed length of a signature")
        need((said["prev"] is None) if last is None else (said["kind"] == 2 and said["prev"] == last), "malformed chain")
        last = hashlib.sha256(body + signature).digest()
        chain.append((said, body, signature))
    behind = rest.read()
    need((chain or newer) and len(behind) < 512 and not any(behind), "malformed end of the statements")
    return chain, newer

def read_sender(stanzas, file_key, nonce, payload):
    """Returns the checked statements, whether a newer version made them, and whether the last fits the stanzas."""
    ours, pads = ([stanza for stanza in stanzas if stanza[0] == type_] for type_ in (SENDER, PAD))
    others = [stanza for stanza in stanzas if not stanza[0].startswith(RESERVED)]
    unknown = [stanza for stanza in stanzas if stanza[0].startswith(RESERVED) and stanza[0] not in (SENDER, PAD)]
    need([stanza for stanza in stanzas if stanza not in unknown] == others + ours + pads and len(ours) < 2 and len(pads) < 2, "stanzas out of place")
    need(all(args in ([], ["0"], ["00"], ["000"]) and not any(body) for _, args, body, _ in pads), "malformed pad")
    if not ours: return [], bool(unknown), None
    (_, args, sealed, _), = ours
    need(len(args) == 1 and len(salt := unbase64(args[0])) == 16, "malformed salt")
    plain = unseal(hkdf(file_key, nonce + salt, b"bulla/sender-key/v1"), sealed)
    need(plain is not None, "the sender stanza does not open")
    again = hmac.digest(hkdf(file_key, nonce, b"bulla/sender-salt/v1"), plain, "sha256")[:16]
    need(hmac.compare_digest(salt, again), "the salt does not belong to the statements")
    chain, newer = read_chain(plain)
    if newer or unknown: return [], True, False
    digest = hashlib.sha256(b"".join(stanza[3] for stanza in others)).digest()
    recorded = chain[-1][0]["header"] == digest
    if recorded:
        each = [entry for entry, count, _ in chain[-1][0]["entries"] for _ in range(count)]
        fits = lambda entry, type_: entry == 0 or (entry == 1) == (type_ in ("X25519", "mlkem768x25519"))
        need(len(each) == len(others) and all(map(fits, each, (stanza[0] for stanza in others))), "the list does not fit the stanzas")
    commit = hkdf(file_key, nonce, b"bulla/commit/v1")
    chunks = [payload[at:at + CHUNK] for at in range(0, len(payload), CHUNK)]
    hashes = [len(chunks).to_bytes(8, "big"), *(blake3(chunk).digest() for chunk in chunks)]
    root = blake3(b"".join(hashes), derive_key_context="bulla/payload/v1").digest()
    for said, body, signature in chain:
        if said["alg"]: check_signature(said["signer"], said["alg"], signature, commit + nonce + body)
        need(said["content"] in (None, root), "the contents are not those that were signed", 9)
    return [said for said, _, _ in chain], False, recorded

def read(path, keys, recipients):
    stanzas, covered, mac, rest = read_header(pathlib.Path(path).read_bytes())
    file_key = next(filter(None, (unwrap(stanzas, key) for key in keys)), None)
    need(all(stanza[0] != "scrypt" for stanza in stanzas) or len(stanzas) == 1, "scrypt is not the only stanza")
    need(file_key, "no matching identity", 3)
    need(hmac.compare_digest(hmac.digest(hkdf(file_key, b"", b"header"), covered, "sha256"), mac), "the header MAC is wrong")
    need(len(rest) >= 16, "no nonce")
    chain, newer, recorded = read_sender(stanzas, file_key, rest[:16], rest[16:])
    recomputed = [(name, recompute(name, file_key, rest[:16])) for name in recipients]
    signed = bool(chain) and chain[0]["alg"] > 0 and chain[0]["kind"] == 1 and not newer
    proved = [next((name for name, again in recomputed if again == (type_, args, body)), None)
              for type_, args, body, _ in stanzas if not type_.startswith(RESERVED)]
    return {"signed": signed, "newer": newer, "recorded": recorded, "statements": chain, "proved": proved}

def main(identities, *files):
    files, recipients = (files[:files.index("--")], files[files.index("--") + 1:]) if "--" in files else (files, [])
    lines = pathlib.Path(identities).read_text().split()
    prefixes = {"X25519": "AGE-SECRET-KEY-", HYBRID: "AGE-SECRET-KEY-PQ-"}
    keys = [(kind, bech32(line, prefix)) for line in lines for kind, prefix in prefixes.items() if line.startswith(prefix + "1")]
    codes = [0]
    for path in files:
        try:
            result = {"exit": 0} | read(path, keys, recipients)
        except (Refused, ValueError) as refused:
            result = {"exit": refused.args[1] if isinstance(refused, Refused) else 4, "error": str(refused.args[0])}
        print(json.dumps(result, default=bytes.hex))
        codes.append(result["exit"])
    return max(codes)

if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) > 2 else __doc__)
