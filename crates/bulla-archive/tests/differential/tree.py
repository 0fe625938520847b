"""Says what Python's tarfile finds in archives: one length and archive after the other on standard
input, for each a line of JSON: a list of path, kind, and the digest of the contents or the target
of the link; or null if it fails."""

import hashlib
import io
import json
import os
import struct
import sys
import tarfile


def entries(archive):
    found = {}
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:", errorlevel=2) as tar:
        for member in tar:
            path = os.path.normpath(member.name.encode("utf-8", "surrogateescape"))
            if member.isdir():
                found[path] = ("folder", "")
            elif member.issym():
                found[path] = ("link", member.linkname.encode("utf-8", "surrogateescape").hex())
            elif member.isfile() or member.islnk():
                contents = hashlib.sha256()
                with tar.extractfile(member) as file:
                    while block := file.read(1 << 20):
                        contents.update(block)
                found[path] = ("file", contents.hexdigest())
            else:
                found[path] = ("other", "")
    return [(path.hex(), kind, what) for path, (kind, what) in found.items()]


while length := sys.stdin.buffer.read(4):
    archive = sys.stdin.buffer.read(struct.unpack("<I", length)[0])
    try:
        found = entries(archive)
    except Exception:
        found = None
    print(json.dumps(found), flush=True)
