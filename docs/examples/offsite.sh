#!/bin/sh
# Copies encrypted files to a remote of rclone, for example one whose bucket locks its objects.
#
#   offsite.sh FOLDER REMOTE:PATH
#
# rclone needs no key, and a file that exists there is never replaced: give each backup a name of its
# own. The copies are compared by their checksums. Prove them where the recovery key is:
#   rclone copy REMOTE:PATH copies && bulla drill --identity recovery.key copies
set -eu

rclone copy --immutable --include '*.age' "$1" "$2"
rclone check --one-way --include '*.age' "$1" "$2"
