#!/usr/bin/env python3
"""Makes the test vectors of formats.md: keys, identifiers, whole files, a card and a revocation, from fixed secrets.
It was written from formats.md, the age specification and FIPS 204 alone. It shares no code with Bulla, whose tests compare
themselves with what it prints. It needs the packages cryptography, blake3, dilithium-py and kyber-py.
Usage: python3 make_vectors.py > vectors.json
"""
import base64, hashlib, hmac, json
from blake3 import blake3
from cryptography.hazmat.primitives.asymmetric import ed25519, x25519
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from dilithium_py.ml_dsa import ML_DSA_65
from kyber_py.ml_kem import ML_KEM_768

SEED = bytes(range(32))
FILE_KEY, NONCE = bytes(range(0xa0, 0xb0)), bytes(range(0xb0, 0xc0))
TIME = 1795000000

def hkdf(key, salt, info, length=32):
    return HKDF(SHA256(), length, salt, info).derive(key)
def sha256(data):
    return hashlib.sha256(data).digest()
def seal(key, plain, nonce=bytes(12)):
    return ChaCha20Poly1305(key).encrypt(nonce, plain, None)
def unpadded(data):
    return base64.b64encode(data).decode().rstrip("=")
def u16(number):
    return number.to_bytes(2, "big")
def u64(number):
    return number.to_bytes(8, "big")

def bech32(prefix, data):
    """Bech32 (BIP 173) of some bytes, without its limit of 90 characters."""
    bits = "".join(f"{byte:08b}" for byte in data)
    values = [int(bits[at:at + 5].ljust(5, "0"), 2) for at in range(0, len(bits), 5)]
    checked = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + values + [0] * 6
    sum_ = 1
    for value in checked:
        top, sum_ = sum_ >> 25, (sum_ & 0x1ffffff) << 5 ^ value
        for bit, part in enumerate((0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3)):
            sum_ ^= part if top >> bit & 1 else 0
    values += [(sum_ ^ 1) >> 5 * (5 - i) & 31 for i in range(6)]
    return prefix + "1" + "".join("qpzry9x8gf2tvdw0s3jn54khce6mua7l"[value] for value in values)

def derived(what):
    return hkdf(SEED, None, b"bulla/identity/v1/" + what.encode())

class X25519Key:
    """An X25519 identity."""
    type = "X25519"
    def __init__(self, secret):
        self.secret = x25519.X25519PrivateKey.from_private_bytes(secret)
        self.text = bech32("age-secret-key-", secret).upper()
        self.public = self.secret.public_key().public_bytes_raw()
        self.recipient = bech32("age", self.public)
    def wrap(self, eph):
        secret = x25519.X25519PrivateKey.from_private_bytes(eph[:32])
        share = secret.public_key().public_bytes_raw()
        shared = secret.exchange(x25519.X25519PublicKey.from_public_bytes(self.public))
        return [unpadded(share)], seal(hkdf(shared, share + self.public, b"age-encryption.org/v1/X25519"), FILE_KEY)

class HybridKey:
    """A hybrid identity: X-Wing in HPKE, as the age specification has it."""
    type = "mlkem768x25519"
    def __init__(self, secret):
        expanded = hashlib.shake_256(secret).digest(96)
        self.text = bech32("age-secret-key-pq-", secret).upper()
        self.ml_kem, _ = ML_KEM_768._keygen_internal(expanded[:32], expanded[32:64])
        self.x25519 = x25519.X25519PrivateKey.from_private_bytes(expanded[64:]).public_key()
        self.recipient = bech32("age1pq", self.ml_kem + self.x25519.public_bytes_raw())
    def wrap(self, eph):
        shared_m, sent_m = ML_KEM_768._encaps_internal(self.ml_kem, eph[:32])
        secret = x25519.X25519PrivateKey.from_private_bytes(eph[32:])
        sent_x, public_x = secret.public_key().public_bytes_raw(), self.x25519.public_bytes_raw()
        shared = hashlib.sha3_256(shared_m + secret.exchange(self.x25519) + sent_x + public_x + rb"\.//^\ "[:6]).digest()
        suite = b"HPKE" + bytes.fromhex("647a00010003")
        def extract(salt, label, ikm):
            return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")
        def expand(secret, label, info, length):
            return HKDFExpand(SHA256(), length, u16(length) + b"HPKE-v1" + suite + label + info).derive(secret)
        context = b"\0" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", b"age-encryption.org/mlkem768x25519")
        secret = extract(shared, b"secret", b"")
        key, nonce = expand(secret, b"key", context, 32), expand(secret, b"base_nonce", context, 12)
        return [unpadded(sent_m + sent_x)], seal(key, FILE_KEY, nonce)

class SigningKey:
    """Both halves of a signing key."""
    def __init__(self, secret, xi):
        self.ed25519 = ed25519.Ed25519PrivateKey.from_private_bytes(secret)
        self.ml_dsa_public, self.ml_dsa = ML_DSA_65.key_derive(xi)
        self.halves = self.ed25519.public_key().public_bytes_raw(), sha256(self.ml_dsa_public)
        self.public = b"".join(self.halves)
        self.text = "ed25519 {} mldsa65 {}".format(*map(unpadded, self.halves))
    def sign(self, alg, label, data):
        if alg == 1:
            return self.ed25519.sign(label + b"\0" + data)
        label += b"/ed25519+mldsa65"
        message = label + b"\0" + data
        return self.ed25519.sign(message) + self.ml_dsa_public + ML_DSA_65.sign(self.ml_dsa, message, label, deterministic=True)
    def safety_number(self):
        digest = hashlib.sha512(b"bulla/fingerprint/v1\0" + self.public).digest()
        return " ".join(f"{int.from_bytes(digest[at:at + 5], 'big') % 100000:05}" for at in range(0, 30, 5))

def rid(recipient):
    return hkdf(FILE_KEY, NONCE, b"bulla/rid/v1\0" + sha256(recipient.encode()), 16)
def addressee(key):
    return hkdf(FILE_KEY, NONCE, b"bulla/addressee/v1\0" + sha256(key.public), 16)
def eph(key):
    return hkdf(FILE_KEY, NONCE, b"bulla/eph/v1\0" + key.type.encode() + b"\0" + sha256(key.recipient.encode()), 64)

def stanza(type_, args, body):
    text = unpadded(body)
    lines = [text[at:at + 64] for at in range(0, len(text) + 1, 64)]
    return "\n".join(["-> " + " ".join([type_, *args]), *lines, ""]).encode()
def stanza_for(key):
    return stanza(key.type, *key.wrap(eph(key)))

def payload(contents):
    key, chunks = hkdf(FILE_KEY, NONCE, b"payload"), [contents[at:at + 65536] for at in range(0, len(contents), 65536)]
    last = len(chunks) - 1
    return [seal(key, chunk, at.to_bytes(11, "big") + bytes([at == last])) for at, chunk in enumerate(chunks)]
def root(contents):
    chunks = payload(contents)
    hashes = u64(len(chunks)) + b"".join(blake3(chunk).digest() for chunk in chunks)
    return blake3(hashes, derive_key_context="bulla/payload/v1").digest()

def statement(by, alg, keys, time=TIME, kind=1, prev=None, content=None, extensions=()):
    """Returns body and signature of a statement about a file for these keys."""
    body = bytes([kind, alg, (content is not None) | (prev is not None) << 1]) + (by.public if alg else bytes(64)) + u64(time)
    body += sha256(b"".join(map(stanza_for, keys))) + (prev or b"") + (content or b"") + u16(len(keys))
    body += b"".join(bytes([1, 1]) + rid(key.recipient) for key in keys)
    more = b"".join(bytes([type_]) + u16(len(value)) + value for type_, value in extensions)
    body += u16(len(more)) + more
    commit = hkdf(FILE_KEY, NONCE, b"bulla/commit/v1")
    return body, by.sign(alg, b"bulla/sender/v1", commit + NONCE + body) if alg else b""

def file(keys, statements, contents):
    plain = b"".join(u16(len(part)) + part for said in statements for part in said) + u16(0)
    plain += bytes(-(len(plain) + 16) % 512)
    salt = hmac.digest(hkdf(FILE_KEY, NONCE, b"bulla/sender-salt/v1"), plain, "sha256")[:16]
    sealed = seal(hkdf(FILE_KEY, NONCE + salt, b"bulla/sender-key/v1"), plain)
    sender = stanza("bulla/sender", [unpadded(salt)], sealed)
    header = b"age-encryption.org/v1\n" + b"".join(map(stanza_for, keys)) + sender + b"---"
    mac = hmac.digest(hkdf(FILE_KEY, b"", b"header"), header, "sha256")
    return header + b" " + unpadded(mac).encode() + b"\n" + NONCE + b"".join(payload(contents))

def signed_text(by, what, text):
    signature = by.sign(1, f"bulla/{what}/v1".encode(), text.encode())
    return f"{text}# sig: {unpadded(signature)}\n"

def succession(old, new):
    signature = old.sign(1, b"bulla/succession/v1", old.public + new.public)
    return "# succeeds: " + " ".join(map(unpadded, [*old.halves, *new.halves, signature])) + "\n"

def card(by, recipient, more=""):
    recipient = f"{recipient}\n" if recipient else ""
    return signed_text(by, "card", f"# bulla card v1\n# name: Alice Example\n# sign: {by.text}\n# serial: {TIME}\n"
                       f"# created: 2026-11-23\n# expires: 2028-11-23\n{more}{recipient}")

def keys_of(key):
    return {"secret": key.text, "recipient": key.recipient, "rid": rid(key.recipient).hex(), "eph": eph(key).hex(),
            "stanza": sha256(stanza_for(key)).hex()}

def said(keys, statements, contents):
    return {"statements": [{"body": body.hex(), "digest": sha256(body + signature).hex()} for body, signature in statements],
            "file": base64.b64encode(file(keys, statements, contents)).decode()}

def main():
    alice, second = SigningKey(derived("ed25519"), derived("mldsa65")), SigningKey(bytes([7] * 32), bytes([7] * 32))
    key, next_key, hybrid = X25519Key(derived("x25519/0")), X25519Key(derived("x25519/1")), HybridKey(derived("mlkem768x25519/0"))
    hello, zeros = b"hello\n", bytes(65537)
    covered = statement(alice, 2, [key], content=root(hello))
    prev = sha256(b"".join(covered))
    change = statement(second, 2, [key, next_key], TIME + 100, kind=2, prev=prev)
    text = b"hello\n" + b" " * 249 + b"\n"
    to_alice = (0x83, u64(5)), (0x85, addressee(alice))
    chain = [SigningKey(bytes([6] * 32), bytes([6] * 32)), second, alice]
    successions = "".join(succession(old, new) for old, new in zip(chain, chain[1:]))
    unsigned = statement(alice, 0, [key])
    print(json.dumps({
        "seed": SEED.hex(),
        "seed text": bech32("bulla-identity-", SEED).upper(),
        "file key": FILE_KEY.hex(),
        "nonce": NONCE.hex(),
        "commit": hkdf(FILE_KEY, NONCE, b"bulla/commit/v1").hex(),
        "x25519/0": keys_of(key),
        "x25519/1": keys_of(next_key),
        "mlkem768x25519/0": keys_of(hybrid),
        "check value of x25519/0": sha256(key.recipient.encode() + b"\n").hex()[:32],
        "content root of hello": root(hello).hex(),
        "content root of 65,537 zeros": root(zeros).hex(),
        "signing keys": {name: {
            "ml-dsa-65 seed": xi.hex(),
            "ml-dsa-65 public key": by.ml_dsa_public.hex(),
            "signing key": by.public.hex(),
            "text": by.text,
            "safety number": by.safety_number(),
            "addressee": addressee(by).hex(),
        } for name, by, xi in (("the seed's", alice, derived("mldsa65")), ("the second person's", second, bytes([7] * 32)))},
        "files": {
            "unsigned": said([key], [unsigned], hello),
            "signed by origin with Ed25519": said([key], [statement(alice, 1, [key])], hello),
            "contents signed with Ed25519": said([key], [statement(alice, 1, [key], content=root(hello))], hello),
            "contents signed with both": said([key], [covered], hello),
            "passed on": said([key, next_key], [covered, change], hello),
            "post-quantum": said([hybrid], [statement(alice, 2, [hybrid], content=root(hello))], hello),
            "message": said([key], [statement(second, 1, [key], extensions=to_alice)], text),
            "message signed with both": said([key], [statement(second, 2, [key], extensions=to_alice)], text),
        },
        "card": card(alice, key.recipient),
        "card after two successions": card(alice, key.recipient, successions),
        "post-quantum card": card(alice, hybrid.recipient, f"# also: {key.recipient}\n"),
        "card for signing only": card(alice, None, "# use: signing\n"),
        "revocation": signed_text(alice, "revocation", f"# bulla revocation v1\n# sign: {alice.text}\n# reason: unspecified\n"),
    }, indent=1))

if __name__ == "__main__":
    main()
