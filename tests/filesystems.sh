#!/usr/bin/env bash
# Runs the program on file systems mounted for real, and prints a table: what works, and what was
# lost, damaged or left behind. Fails if a cell is not "ok".
#
#     tests/filesystems.sh target/debug/bulla [NAME…]
#
# Needs root and /dev/fuse. A file system whose tools are missing is skipped with a message.
set -uo pipefail

bulla="$(realpath "${1:?the program to try}")"
shift
wanted=("$@")
((${#wanted[@]})) || wanted=(ext4 xfs btrfs tmpfs overlay vfat exfat ntfs rclone rclone-cached sshfs gocryptfs)

work="$(mktemp -d)"
mounted=()
loops=()
cleanup() {
  local at
  for at in $(printf '%s\n' "${mounted[@]}" | tac); do
    umount "$at" 2>/dev/null || { sleep 1; umount -l "$at" 2>/dev/null; }
  done
  for at in "${loops[@]}"; do losetup -d "$at" 2>/dev/null; done
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT

has() {
  command -v "$1" >/dev/null 2>&1 && return
  echo "skipped: $1 not installed"
  return 1
}

loop() {
  loop_device="$(losetup -f --show "$1")" && loops+=("$loop_device")
}

# Mounts a file system at $at.
start() {
  local name="$1" image="$work/$1.img" source="$work/$1.source"
  mkdir -p "$at" "$source"
  case "$name" in
  ext4 | xfs | btrfs)
    has "mkfs.$name" || return
    truncate -s 400M "$image" && "mkfs.$name" -q "$image" >/dev/null 2>&1 && mount -o loop "$image" "$at"
    ;;
  tmpfs) mount -t tmpfs tmpfs "$at" ;;
  overlay)
    mount -t tmpfs tmpfs "$source" && mounted+=("$source") && mkdir "$source"/{lower,upper,work} &&
      mount -t overlay overlay -o "lowerdir=$source/lower,upperdir=$source/upper,workdir=$source/work" "$at"
    ;;
  vfat)
    has mkfs.vfat && has fusefat || return
    truncate -s 200M "$image" && mkfs.vfat "$image" && fusefat -o rw+ "$image" "$at"
    ;;
  exfat)
    has mkfs.exfat && has mount.exfat-fuse || return
    truncate -s 200M "$image" && mkfs.exfat "$image" && loop "$image" && mount.exfat-fuse "$loop_device" "$at"
    ;;
  ntfs)
    has mkfs.ntfs && has ntfs-3g || return
    truncate -s 200M "$image" && mkfs.ntfs -F -Q -q "$image" && loop "$image" && ntfs-3g "$loop_device" "$at"
    ;;
  rclone) has rclone && rclone --config "$work/rclone.conf" mount "$source" "$at" --daemon ;;
  rclone-cached)
    has rclone && rclone --config "$work/rclone.conf" mount "$source" "$at" --vfs-cache-mode writes \
      --cache-dir "$work/cache" --daemon
    ;;
  sshfs)
    # The server alone, without the network and without keys.
    local server=/usr/lib/openssh/sftp-server
    has sshfs && has "$server" || return
    printf '#!/bin/sh\nexec %s\n' "$server" >"$work/ssh" && chmod +x "$work/ssh"
    sshfs -o "ssh_command=$work/ssh" "nobody:$source" "$at"
    ;;
  gocryptfs)
    has gocryptfs || return
    echo passphrase | gocryptfs -init -q -scryptn 10 "$source" && echo passphrase | gocryptfs -q "$source" "$at"
    ;;
  *) echo "unknown: $name" && return 1 ;;
  esac >"$work/said" 2>&1 </dev/null
  if mountpoint -q "$at"; then
    mounted+=("$at")
  else
    grep '^skipped' "$work/said" || echo "skipped: $name cannot be mounted here"
    return 1
  fi
}

failures=0
row=()
# Runs a command, and adds "ok" or its exit code to the row.
cell() {
  if timeout 120 "$@" >"$work/out" 2>"$work/err" </dev/null; then
    row+=("ok")
  else
    row+=("exit $?")
    ((failures += 1))
    notes+="  $name: ${*:2:2}: $(grep -m 1 error "$work/err")"$'\n'
  fi
}
same() {
  cmp -s "$1" "$2" || { row[-1]="damaged" && ((failures += 1)); }
}

export HOME="$work/home"
mkdir "$HOME"
cd "$work" || exit 1
head -c 5000000 /dev/urandom >plain
own="$("$bulla" identity new -q --no-passphrase -o own.key 2>/dev/null)"
other="$("$bulla" identity new -q --no-passphrase -o other.key 2>/dev/null)"
BULLA_HOME="$work/local" "$bulla" identity new -q --no-passphrase >/dev/null 2>&1

notes=
lines=()
for name in "${wanted[@]}"; do
  at="$work/at-$name"
  start "$name" || continue
  row=()
  t="$at/t"
  mkdir "$t"
  export BULLA_HOME="$work/local"
  cell "$bulla" encrypt -q -r "$own" -o "$t/a.age" plain
  cell "$bulla" encrypt -q -f --sign -r "$own" -o "$t/a.age" plain
  cell "$bulla" decrypt -q -i own.key -o "$t/a" "$t/a.age"
  same plain "$t/a"
  cell "$bulla" decrypt -q -f -i own.key -o "$t/a" "$t/a.age"
  same plain "$t/a"
  cell "$bulla" identity new -q --no-passphrase -o "$t/new.key"
  cell "$bulla" share -q -i own.key -r "$other" "$t/a.age"
  "$bulla" decrypt -q -f -i other.key -o b "$t/a.age" 2>/dev/null
  same plain b
  export BULLA_HOME="$t/keyring"
  cell "$bulla" identity new -q --no-passphrase
  cell "$bulla" contact add -q bob "$own"
  cell "$bulla" contact rename -q bob carol
  cell "$bulla" encrypt -q --to carol -o "$t/c.age" plain
  left="$(find "$at" -name '.bulla-*.tmp' -o -name '.fuse_hidden*' | wc -l)"
  row+=("$left")
  ((left == 0)) || ((failures += 1))
  lines+=("$(printf '| %s ' "$name" "${row[@]}")|")
done

echo '| file system | encrypt | encrypt -f --sign | decrypt | decrypt -f | identity new -o | share | keyring: identity new | contact add | contact rename | encrypt --to | left behind |'
echo '|---|---|---|---|---|---|---|---|---|---|---|---|'
printf '%s\n' "${lines[@]}"
printf '%s' "$notes"
((failures == 0))
