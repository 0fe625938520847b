#!/bin/sh
# Dumps a PostgreSQL database into an encrypted file, and restores it.
#
#   postgresql.sh seal DATABASE FILE.age       on the server; needs no secret key
#   postgresql.sh restore FILE.age DATABASE    with the recovery key, into an empty database
#
# The file gets its name only if pg_dump succeeded, and a dump that has less than half of what the
# last one had is refused. pg_restore starts only when the whole file is authentic, and works in one
# transaction. BULLA_IDENTITY is the key file that restores (default: the keys of the keyring).
set -eu

case "$1" in
  seal)
    exec bulla encrypt --to recovery --force --at-least 50% -o "$3" -- pg_dump -Fc "$2"
    ;;
  restore)
    exec bulla decrypt ${BULLA_IDENTITY:+--identity "$BULLA_IDENTITY"} "$2" -- \
      pg_restore --single-transaction --exit-on-error --no-owner -d "$3"
    ;;
  *)
    echo "usage: postgresql.sh seal DATABASE FILE.age | restore FILE.age DATABASE" >&2
    exit 2
    ;;
esac
