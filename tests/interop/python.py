"""Another implementation, pyrage for Python, for the interop tests. Its arguments are those of typescript.mjs, and
KEY may also be one of SSH or of a plugin.

What the library refuses is said on standard output, one file per line, and the exit code is 1.
"""

import sys

import pyrage
from pyrage import passphrase, plugin, ssh, tag, tagpq, x25519

REFUSED = (pyrage.DecryptError, pyrage.EncryptError, pyrage.IdentityError, pyrage.RecipientError)


class NobodyToAsk:
    """What plugins ask for is never there."""

    def display_message(self, _message):
        pass

    def confirm(self, _message, _yes, _no):
        return None

    def request_public_string(self, _description):
        return None

    def request_passphrase(self, _description):
        return None


def recipient(text):
    if text.startswith("ssh-"):
        return ssh.Recipient.from_str(text)
    if text.startswith("age1tag1"):
        return tag.Recipient.from_str(text)
    if text.startswith("age1tagpq1"):
        return tagpq.Recipient.from_str(text)
    if "1" in text.removeprefix("age1"):
        party = plugin.Recipient.from_str(text)
        return plugin.RecipientPluginV1(party.plugin(), [party], [], NobodyToAsk())
    return x25519.Recipient.from_str(text)


def identity(text):
    if text.startswith("-----BEGIN"):
        return ssh.Identity.from_buffer(text.encode())
    if text.startswith("AGE-PLUGIN-"):
        party = plugin.Identity.from_str(text)
        return plugin.IdentityPluginV1(party.plugin(), [party], NobodyToAsk())
    return x25519.Identity.from_str(text)


def encrypt(kind, key, armored, plaintext):
    if kind == "passphrase":
        return passphrase.encrypt(plaintext, key, armored=armored)
    return pyrage.encrypt(plaintext, [recipient(key)], armored=armored)


def decrypt(kind, key, _armored, file):
    if kind == "passphrase":
        return passphrase.decrypt(file, key)
    return pyrage.decrypt(file, [identity(key)])


def main(command, kind=None, key=None, form=None, *files):
    if command == "new":
        made = x25519.Identity.generate()
        print(f"{made}\n{made.to_public()}")
        return 0
    work = encrypt if command == "encrypt" else decrypt
    code = 0
    for source, target in zip(files[::2], files[1::2]):
        with open(source, "rb") as file:
            contents = file.read()
        try:
            result = work(kind, key, form == "armor", contents)
        except REFUSED as why:
            print(f"refused {source}: {why}")
            code = 1
            continue
        with open(target, "wb") as file:
            file.write(result)
    return code


sys.exit(main(*sys.argv[1:]))
