#!/usr/bin/env python3
"""Reads what a Bulla file says of its sender: an age file opened with an X25519 identity, its sender stanza parsed, checked
and printed as JSON. Written from the description of the format alone, to prove that it is one.

    python3 read_sender.py FILE IDENTITY_FILE [RECIPIENT...]

Exit 0 done, 3 no matching identity, 4 not an age file or a bad header, 9 sender wrong. It wants the packages cryptography
and blake3. Each RECIPIENT (age1...) is looked for among the stanzas: proved where made again byte for byte. The payload is not
decrypted: only its digests are compared with what was signed.
"""
import base64, hashlib, hmac, json, sys
from blake3 import blake3
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

INTRO, SENDER, PAD, CHUNK = b"age-encryption.org/v1", "bulla/sender", "bulla/pad", 65536 + 16
BECH32, PRIME = "qpzry9x8gf2tvdw0s3jn54khce6mua7l", 2**255 - 19
EIGHTH = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
LOW_ORDER = {0, 1, PRIME - 1, EIGHTH, PRIME - EIGHTH}

class Refused(Exception):
    pass

def need(held, why, code=4):
    if not held:
        raise Refused(why, code)

def hkdf(key, salt, label, length=32):
    return HKDF(SHA256(), length, salt, label).derive(key)

def unbase64(text):
    found = base64.b64decode(text + "=" * (-len(text) % 4))
    need(unpadded(found) == text, "base64 is not canonical")
    return found

def unpadded(data):
    return base64.b64encode(data).decode().rstrip("=")

def bech32(text, prefix):
    need(text in (text.lower(), text.upper()), "bech32 of mixed case", 2)
    name, _, data = text.lower().rpartition("1")
    need(name == prefix.lower() and len(data) > 6 and all(c in BECH32 for c in data), f"not a {prefix}", 2)
    values, sum_ = [BECH32.index(c) for c in data], 1
    for value in [ord(c) >> 5 for c in name] + [0] + [ord(c) & 31 for c in name] + values:
        top, sum_ = sum_ >> 25, (sum_ & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            sum_ ^= generator if top >> bit & 1 else 0
    bits = "".join(f"{value:05b}" for value in values[:-6])
    need(sum_ == 1 and len(bits) // 8 == 32 and not bits[256:].strip("0"), f"malformed {prefix}", 2)
    return int(bits[:256], 2).to_bytes(32, "big")

def read_header(data):
    """The stanzas as (type, arguments, body, bytes), the bytes that the MAC covers, the MAC, and what comes behind."""
    if data.lstrip().startswith(b"-----BEGIN AGE ENCRYPTED FILE-----"):
        lines = data.decode("ascii", "replace").strip().splitlines()
        need(lines[-1] == "-----END AGE ENCRYPTED FILE-----", "armor does not end")
        data = base64.b64decode("".join(lines[1:-1]), validate=True)
    at, stanzas = 0, []

    def line():
        nonlocal at
        end = data.find(b"\n", at)
        need(end >= 0, "the header does not end")
        found, at = data[at:end], end + 1
        need(all(32 <= byte < 127 for byte in found) or found == INTRO, "not ASCII in the header")
        return found.decode()

    need(line() == INTRO.decode(), "not an age file")
    while True:
        start, words = at, line()
        if words.startswith("---"):
            need(words.startswith("--- ") and stanzas, "malformed MAC")
            return stanzas, data[:start + 3], unbase64(words[4:]), data[at:]
        words = words.split(" ")
        need(words[0] == "->" and len(words) > 1 and all(words), "malformed stanza")
        body = ""
        while True:
            more = line()
            need(len(more) <= 64, "a body's line is too long")
            body += more
            if len(more) < 64:
                break
        stanzas.append((words[1], words[2:], unbase64(body), data[start:at]))

def wrap_key(shared, share, recipient):
    return ChaCha20Poly1305(hkdf(shared, share + recipient, b"age-encryption.org/v1/X25519"))

def unwrap(stanzas, identity):
    secret = X25519PrivateKey.from_private_bytes(identity)
    own = secret.public_key().public_bytes_raw()
    for type_, args, body, _ in stanzas:
        if type_ == "X25519":
            need(len(args) == 1 and len(unbase64(args[0])) == 32 and len(body) == 32, "malformed X25519 stanza")
            share = unbase64(args[0])
            try:
                return wrap_key(secret.exchange(X25519PublicKey.from_public_bytes(share)), share, own).decrypt(bytes(12), body, None)
            except InvalidTag:
                pass
    return None

def made_again(recipient, file_key, nonce):
    """The arguments and the body of the stanza that this recipient has in a file with these keys."""
    public = bech32(recipient, "age")
    id_ = rid(recipient)
    secret = X25519PrivateKey.from_private_bytes(hkdf(file_key, nonce, b"bulla/eph/v1\0" + id_, 64)[:32])
    share = secret.public_key().public_bytes_raw()
    body = wrap_key(secret.exchange(X25519PublicKey.from_public_bytes(public)), share, public).encrypt(bytes(12), file_key, None)
    return [unpadded(share)], body

def rid(recipient):
    return hashlib.sha256(b"bulla/rid/v1\0" + recipient.lower().encode()).digest()[:16]

class Bytes:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        need(self.at + count <= len(self.data), "a statement is cut")
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, count):
        return int.from_bytes(self.take(count), "big")

def read_statement(body, kind, first):
    """What one statement says; its signature is not looked at."""
    rest = Bytes(body[2:])
    flags, signer, time = rest.number(1), rest.take(32), rest.number(8)
    need(not flags & ~3, "unknown flags")
    need(kind in (1, 2), "unknown kind of statement")
    need(body[1] == 1 or not any(signer), "a signer without a signature")
    header = rest.take(32)
    prev = rest.take(32) if flags & 2 else None
    content = rest.take(32) if flags & 1 else None
    entries = [(rest.number(1), rest.number(1), rest.take(16)) for _ in range(rest.number(2))]
    for entry, count, id_ in entries:
        need(entry <= 2 and count and (entry or not any(id_)) and (entry != 1 or count == 1), "malformed entry")
    tlvs, fields, last = Bytes(rest.take(rest.number(2))), {}, -1
    need(rest.at == len(rest.data), "bytes behind a statement's end")
    while tlvs.at < len(tlvs.data):
        type_, value = tlvs.number(1), tlvs.take(tlvs.number(2))
        need(type_ >= 0x80 and type_ > last, "malformed extension")
        fields[type_], last = value, type_
    need(len(fields.get(0x83, bytes(8))) == 8, "malformed length")
    need(len(fields.get(0x85, bytes(16 * len(entries)))) == 16 * len(entries), "malformed addressees")
    fields = fields if first and kind == 1 else {}
    return {"kind": kind, "alg": body[1], "signer": signer, "time": time, "header": header, "prev": prev, "content": content,
            "entries": entries, "length": fields.get(0x83), "addressees": fields.get(0x85) if body[1] else None}

def read_chain(plain):
    """The statements with their bytes and signatures, and whether one is newer than this reader: then only those before."""
    need(len(plain) % 32 == 0 and len(plain) <= 65536, "malformed length of the statements")
    rest, chain, last = Bytes(plain), [], None
    while (length := rest.number(2)) > 0:
        body = rest.take(length)
        need(length >= 2, "a statement is cut")
        if body[1] > 1:
            return chain, True
        said = read_statement(body, body[0], last is None)
        signature = rest.take(64 if body[1] else 0)
        need((said["prev"] is None) if last is None else (said["kind"] == 2 and said["prev"] == last), "malformed chain")
        last = hashlib.sha256(body + signature).digest()
        chain.append((said, body, signature))
    need(chain and len(plain) - rest.at < 32 and not any(plain[rest.at:]), "malformed end of the statements")
    return chain, False

def read_sender(stanzas, file_key, nonce, payload):
    """The statements, all checked; whether one is newer; whether the last is about the stanzas that are there."""
    ours = [stanza for stanza in stanzas if stanza[0] == SENDER]
    pads = [stanza for stanza in stanzas if stanza[0] == PAD]
    others = [stanza for stanza in stanzas if stanza[0] not in (SENDER, PAD)]
    need(stanzas == others + ours + pads and len(ours) < 2 and len(pads) < 2, "stanzas out of place")
    for _, args, body, _ in pads:
        need(args in ([], ["0"], ["00"], ["000"]) and not any(body), "malformed pad")
    if not ours:
        return [], False, None
    (_, args, sealed, _), = ours
    need(len(args) == 1 and len(salt := unbase64(args[0])) == 16, "malformed salt")
    try:
        plain = ChaCha20Poly1305(hkdf(file_key, nonce + salt, b"bulla/sender-key/v1")).decrypt(bytes(12), sealed, None)
    except InvalidTag:
        raise Refused("the sender stanza does not open", 4)
    again = hmac.digest(hkdf(file_key, nonce, b"bulla/sender-salt/v1"), plain, "sha256")[:16]
    need(hmac.compare_digest(salt, again), "the salt is not that of the statements")
    chain, newer = read_chain(plain)
    digest = hashlib.sha256(b"".join(stanza[3] for stanza in others)).digest()
    recorded = not newer and chain[-1][0]["header"] == digest
    if recorded:
        each = [entry for entry, count, _ in chain[-1][0]["entries"] for _ in range(count)]
        need(len(each) == len(others), "the list has another number of stanzas")
        for entry, stanza in zip(each, others):
            need(entry == 0 or (entry == 1) == (stanza[0] in ("X25519", "mlkem768x25519")), "an entry of the wrong kind")
    commit = hkdf(file_key, nonce, b"bulla/commit/v1")
    chunks = [payload[at:at + CHUNK] for at in range(0, len(payload), CHUNK)]
    digests = b"".join(blake3(chunk).digest() for chunk in chunks)
    root = blake3(len(chunks).to_bytes(8, "big") + digests, derive_key_context="bulla/payload/v1").digest()
    for said, body, signature in chain:
        if said["alg"] == 1:
            points = [int.from_bytes(point, "little") % 2**255 % PRIME for point in (said["signer"], signature[:32])]
            need(not LOW_ORDER.intersection(points), "a key of low order", 9)
            try:
                Ed25519PublicKey.from_public_bytes(said["signer"]).verify(signature, b"bulla/sender/v1\0" + commit + nonce + body)
            except (InvalidSignature, ValueError):
                raise Refused("a signature is wrong", 9)
        need(said["content"] in (None, root), "the contents are not those that were signed", 9)
    return [said for said, _, _ in chain], newer, recorded

def read(path, identities, recipients):
    stanzas, covered, mac, rest = read_header(open(path, "rb").read())
    keys = [line for line in open(identities).read().split() if line.startswith("AGE-SECRET-KEY-1")]
    file_key = next(filter(None, (unwrap(stanzas, bech32(key, "AGE-SECRET-KEY-")) for key in keys)), None)
    need(all(stanza[0] != "scrypt" for stanza in stanzas) or len(stanzas) == 1, "a stanza beside scrypt")
    need(file_key, "no matching identity", 3)
    need(hmac.compare_digest(hmac.digest(hkdf(file_key, b"", b"header"), covered, "sha256"), mac), "the header's MAC is wrong")
    need(len(rest) >= 16, "no nonce")
    nonce, payload = rest[:16], rest[16:]
    chain, newer, recorded = read_sender(stanzas, file_key, nonce, payload)
    again = {recipient: made_again(recipient, file_key, nonce) for recipient in recipients}
    text = lambda value: value.hex() if isinstance(value, bytes) else value
    return {
        "sender": "newer" if newer else "none" if not chain else "signed" if chain[0]["alg"] and chain[0]["kind"] == 1 else "unsigned",
        "recorded": recorded,
        "statements": [{key: text(value) for key, value in said.items() if key != "entries"} |
                       {"entries": [[kind, count, id_.hex()] for kind, count, id_ in said["entries"]]} for said in chain],
        "stanzas": [{"type": stanza[0], "proved": next((name for name, made in again.items() if stanza[0] == "X25519" and made == (stanza[1], stanza[2])), None)}
                    for stanza in stanzas if stanza[0] not in (SENDER, PAD)],
    }

if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    try:
        print(json.dumps(read(sys.argv[1], sys.argv[2], sys.argv[3:]) | {"error": None}, indent=2))
    except (Refused, ValueError) as refused:
        print(json.dumps({"error": str(refused.args[0])}))
        sys.exit(refused.args[1] if isinstance(refused, Refused) else 4)
