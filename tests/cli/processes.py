#!/usr/bin/env python3
# A passphrase command that tries what no such program needs, notes the outcome and answers.
import ctypes, fcntl, os, platform, socket, sys

files = []
for number in range(100):
    try:
        os.fstat(number)
        files.append(number)
    except OSError:
        pass
libc = ctypes.CDLL(None, use_errno=True)
parent = os.getppid()
numbers = {
    "x86_64": dict(ptrace=101, read=310, write=311, key=248, keyctl=250, exchange=312),
    "aarch64": dict(ptrace=117, read=270, write=271, key=217, keyctl=219, exchange=272),
}[platform.machine()]
log = open(sys.argv[1], "w")


def note(name, denied):
    print(name, "denied" if denied else "open", file=log)


def call(name, number, *arguments):
    ctypes.set_errno(0)
    refused = libc.syscall(number, *arguments) < 0
    note(name, refused and ctypes.get_errno() == 13)


def attempt(name, action):
    try:
        action()
        note(name, False)
    except OSError as error:
        note(name, error.errno in (1, 13))


call("ptrace", numbers["ptrace"], 0x4206, parent, 0, 0)
call("process_vm_readv", numbers["read"], parent, 0, 0, 0, 0, 0)
call("process_vm_writev", numbers["write"], parent, 0, 0, 0, 0, 0)
call("kcmp", numbers["exchange"], parent, parent, 0, 0, 0)
call("pidfd_getfd", 438, libc.syscall(434, parent, 0), 0, 0)
call("add_key", numbers["key"], b"user", b"bulla-test", b"x", 1, -3)
call("keyctl", numbers["keyctl"], 0, -4, 0)
attempt("memory", lambda: open("/proc/%d/mem" % parent, "rb"))
attempt("typing", lambda: fcntl.ioctl(0, 0x5412, b"x"))
attempt("network", lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM))
attempt("local sockets", lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
print("files", files, file=log)
print("red clay and reeds")
