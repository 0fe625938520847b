#!/usr/bin/env python3
"""Reads what age files by Bulla say about their sender. It opens them with an X25519 identity and checks the sender stanza.
It was written from formats.md alone, to prove that the description is complete. It needs the packages cryptography and blake3.
Usage: python3 read_sender.py IDENTITY_FILE FILE... [-- RECIPIENT...]
Prints one line of JSON per file, and exits with the highest exit code: 0 done, 3 no matching identity, 4 bad header, 9 wrong
sender. A RECIPIENT (age1...) is proved if its recomputed stanza is identical. Payloads are hashed, not decrypted.
"""
import base64, hashlib, hmac, io, json, pathlib, sys
from blake3 import blake3
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ed25519, x25519
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SENDER, PAD, CHUNK = "bulla/sender", "bulla/pad", 65536 + 16
BECH32, PRIME = "qpzry9x8gf2tvdw0s3jn54khce6mua7l", 2**255 - 19
EIGHTH = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
LOW_ORDER = {0, 1, PRIME - 1, EIGHTH, PRIME - EIGHTH}

class Refused(Exception): pass
def need(held, why, code=4):
    if not held: raise Refused(why, code)
def hkdf(key, salt, label, length=32):
    return HKDF(SHA256(), length, salt, label).derive(key)
def unseal(key, sealed):
    try: return ChaCha20Poly1305(key).decrypt(bytes(12), sealed, None)
    except InvalidTag: return None
def unpadded(data):
    return base64.b64encode(data).decode().rstrip("=")
def unbase64(text):
    found = base64.b64decode(text + "=" * (-len(text) % 4))
    need(unpadded(found) == text, "base64 is not canonical")
    return found

def bech32(text, prefix):
    """Returns the 32 bytes of a key, without checking its checksum."""
    name, _, data = text.lower().rpartition("1")
    need(name == prefix.lower() and all(c in BECH32 for c in data), f"not a {prefix}", 2)
    return int("".join(f"{BECH32.index(c):05b}" for c in data[:-6])[:256], 2).to_bytes(32, "big")

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

def unwrap(stanzas, identity):
    secret = x25519.X25519PrivateKey.from_private_bytes(identity)
    own = secret.public_key().public_bytes_raw()
    for type_, args, body, _ in stanzas:
        if type_ == "X25519":
            need(len(args) == 1 and len(unbase64(args[0])) == 32 and len(body) == 32, "malformed X25519 stanza")
            share = unbase64(args[0])
            if file_key := unseal(wrap_key(secret, share, own, share), body):
                return file_key

def recompute(recipient, file_key, nonce):
    """Returns the arguments and the body of this recipient's stanza in a file with this file key and nonce."""
    public, rid = bech32(recipient, "age"), hashlib.sha256(b"bulla/rid/v1\0" + recipient.encode()).digest()[:16]
    secret = x25519.X25519PrivateKey.from_private_bytes(hkdf(file_key, nonce, b"bulla/eph/v1\0" + rid, 64)[:32])
    share = secret.public_key().public_bytes_raw()
    return [unpadded(share)], ChaCha20Poly1305(wrap_key(secret, share, public, public)).encrypt(bytes(12), file_key, None)

def take(rest, count):
    found = rest.read(count)
    need(len(found) == count, "a statement is truncated")
    return found
def number(rest, count):
    return int.from_bytes(take(rest, count), "big")

def read_statement(body, kind, first):
    """Returns the fields of one statement, without checking its signature."""
    rest = io.BytesIO(body[2:])
    flags, signer, time = number(rest, 1), take(rest, 32), number(rest, 8)
    need(not flags & ~3 and kind in (1, 2), "unknown flags, or an unknown kind of statement")
    need(body[1] == 1 or not any(signer), "a signer without a signature")
    header, prev, content = take(rest, 32), *(take(rest, 32) if flags & flag else None for flag in (2, 1))
    entries = [(number(rest, 1), number(rest, 1), take(rest, 16)) for _ in range(number(rest, 2))]
    for entry, count, id_ in entries:
        need(entry <= 2 and count and (entry or not any(id_)) and (entry != 1 or count == 1), "malformed entry")
    tlvs, fields, last = io.BytesIO(take(rest, number(rest, 2))), {}, -1
    need(not rest.read(), "bytes after the end of a statement")
    while type_ := tlvs.read(1):
        type_, value = type_[0], take(tlvs, number(tlvs, 2))
        need(type_ >= 0x80 and type_ > last, "malformed extension")
        fields[type_], last = value, type_
    sizes = {0x83: 8, 0x85: 16 * len(entries)}
    need(all(len(value) == sizes.get(type_, len(value)) for type_, value in fields.items()), "malformed extension")
    fields = fields if first and kind == 1 else {}
    return {"kind": kind, "alg": body[1], "signer": signer, "time": time, "header": header, "prev": prev, "content": content,
            "entries": entries, "length": fields.get(0x83), "addressees": fields.get(0x85) if body[1] else None}

def read_chain(plain):
    """Returns the statements with their bytes and signatures, up to one of a newer version, and whether there is one."""
    need(len(plain) % 32 == 0 and len(plain) <= 65536, "malformed length of the statements")
    rest, chain, last = io.BytesIO(plain), [], None
    while (length := number(rest, 2)) > 0:
        body = take(rest, length)
        need(length >= 2, "a statement is truncated")
        if body[1] > 1: return chain, True
        said = read_statement(body, body[0], last is None)
        signature = take(rest, 64 if body[1] else 0)
        need((said["prev"] is None) if last is None else (said["kind"] == 2 and said["prev"] == last), "malformed chain")
        last = hashlib.sha256(body + signature).digest()
        chain.append((said, body, signature))
    behind = rest.read()
    need(chain and len(behind) < 32 and not any(behind), "malformed end of the statements")
    return chain, False

def read_sender(stanzas, file_key, nonce, payload):
    """Returns the checked statements, whether one is of a newer version, and whether the last fits the stanzas."""
    ours, pads = ([stanza for stanza in stanzas if stanza[0] == type_] for type_ in (SENDER, PAD))
    others = [stanza for stanza in stanzas if stanza[0] not in (SENDER, PAD)]
    need(stanzas == others + ours + pads and len(ours) < 2 and len(pads) < 2, "stanzas out of place")
    need(all(args in ([], ["0"], ["00"], ["000"]) and not any(body) for _, args, body, _ in pads), "malformed pad")
    if not ours: return [], False, None
    (_, args, sealed, _), = ours
    need(len(args) == 1 and len(salt := unbase64(args[0])) == 16, "malformed salt")
    plain = unseal(hkdf(file_key, nonce + salt, b"bulla/sender-key/v1"), sealed)
    need(plain is not None, "the sender stanza does not open")
    again = hmac.digest(hkdf(file_key, nonce, b"bulla/sender-salt/v1"), plain, "sha256")[:16]
    need(hmac.compare_digest(salt, again), "the salt does not belong to the statements")
    chain, newer = read_chain(plain)
    digest = hashlib.sha256(b"".join(stanza[3] for stanza in others)).digest()
    recorded = not newer and chain[-1][0]["header"] == digest
    if recorded:
        each = [entry for entry, count, _ in chain[-1][0]["entries"] for _ in range(count)]
        fits = lambda entry, type_: entry == 0 or (entry == 1) == (type_ in ("X25519", "mlkem768x25519"))
        need(len(each) == len(others) and all(map(fits, each, (stanza[0] for stanza in others))), "the list does not fit the stanzas")
    commit = hkdf(file_key, nonce, b"bulla/commit/v1")
    chunks = [payload[at:at + CHUNK] for at in range(0, len(payload), CHUNK)]
    hashes = [len(chunks).to_bytes(8, "big"), *(blake3(chunk).digest() for chunk in chunks)]
    root = blake3(b"".join(hashes), derive_key_context="bulla/payload/v1").digest()
    for said, body, signature in chain:
        if said["alg"] == 1:
            points = [int.from_bytes(point, "little") % 2**255 % PRIME for point in (said["signer"], signature[:32])]
            need(not LOW_ORDER.intersection(points), "a key of low order", 9)
            try:
                ed25519.Ed25519PublicKey.from_public_bytes(said["signer"]).verify(signature, b"bulla/sender/v1\0" + commit + nonce + body)
            except (InvalidSignature, ValueError):
                raise Refused("a signature is wrong", 9)
        need(said["content"] in (None, root), "the contents are not those that were signed", 9)
    return [said for said, _, _ in chain], newer, recorded

def read(path, keys, recipients):
    stanzas, covered, mac, rest = read_header(pathlib.Path(path).read_bytes())
    file_key = next(filter(None, (unwrap(stanzas, key) for key in keys)), None)
    need(all(stanza[0] != "scrypt" for stanza in stanzas) or len(stanzas) == 1, "scrypt is not the only stanza")
    need(file_key, "no matching identity", 3)
    need(hmac.compare_digest(hmac.digest(hkdf(file_key, b"", b"header"), covered, "sha256"), mac), "the header MAC is wrong")
    need(len(rest) >= 16, "no nonce")
    chain, newer, recorded = read_sender(stanzas, file_key, rest[:16], rest[16:])
    recomputed = [(name, recompute(name, file_key, rest[:16])) for name in recipients]
    signed = bool(chain) and chain[0]["alg"] == chain[0]["kind"] == 1 and not newer
    proved = [next((name for name, again in recomputed if type_ == "X25519" and again == (args, body)), None)
              for type_, args, body, _ in stanzas if type_ not in (SENDER, PAD)]
    return {"signed": signed, "newer": newer, "recorded": recorded, "statements": chain, "proved": proved}

def main(identities, *files):
    files, recipients = (files[:files.index("--")], files[files.index("--") + 1:]) if "--" in files else (files, [])
    lines = pathlib.Path(identities).read_text().split()
    keys = [bech32(line, "AGE-SECRET-KEY-") for line in lines if line.startswith("AGE-SECRET-KEY-1")]
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
