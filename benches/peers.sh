#!/usr/bin/env bash
# Times whole processes of bulla and its peers in the same run, and prints one table.
# The programs take turns (run 1 of each, run 2 of each, …), so that a slow phase of the machine
# affects them all equally.

set -euo pipefail
export LC_ALL=C

readonly ALL_ROWS='shm disk synced pipes null verify start many'
readonly PEERS='age age13 rage kestrel mlar pqfile gpg openssl'
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root

size=1024 runs=5 files=10000 disk='' shm=/dev/shm bulla='' rows=$ALL_ROWS
scratch='' fast='' slow=''            # temporary folders: keys and small things, on --shm, on --disk
recipient=''                          # one X25519 recipient for bulla, both ages and rage
here=()                               # bulla, the peers that are installed, floor: the columns of the table

# shellcheck source=median.sh
source "$root/benches/median.sh"
# shellcheck source=peers/programs.sh
source "$root/benches/peers/programs.sh"
# shellcheck source=peers/measuring.sh
source "$root/benches/peers/measuring.sh"
# shellcheck source=peers/rows.sh
source "$root/benches/peers/rows.sh"
# shellcheck source=peers/table.sh
source "$root/benches/peers/table.sh"

usage() {
    cat <<END
usage: benches/peers.sh [OPTIONS]

  --size MIB    length of the large file (default $size)
  --runs N      timed runs of each, of which the median counts (default $runs)
  --files N     how many small files (default $files)
  --disk DIR    a folder on a disk (default: a temporary one beside target/)
  --shm DIR     a folder in memory (default $shm)
  --bulla PATH  the program to measure (default: builds target/release/bulla)
  --rows LIST   which rows, separated by commas or spaces:
                $ALL_ROWS
                (shm also gives CPU time and peak memory; synced: until all is on the disk)
  --help
END
}

die() {
    echo "peers.sh: $*" >&2
    exit 1
}

parse() {
    while (($#)); do
        if [[ $1 == --help || $1 == -h ]]; then
            usage
            exit 0
        fi
        (($# > 1)) || die "$1 needs a value, or is unknown; see --help"
        case $1 in
            --size) size=$2 ;;
            --runs) runs=$2 ;;
            --files) files=$2 ;;
            --disk) disk=$2 ;;
            --shm) shm=$2 ;;
            --bulla) bulla=$2 ;;
            --rows) rows=${2//,/ } ;;
            *) die "$1 is unknown; see --help" ;;
        esac
        shift 2
    done
    local value row
    for value in "$size" "$runs" "$files"; do
        [[ $value =~ ^[1-9][0-9]*$ ]] || die "$value is not a number above 0"
    done
    for row in $rows; do
        [[ " $ALL_ROWS " == *" $row "* ]] || die "no row is called $row; there are: $ALL_ROWS"
    done
    [[ -d $shm ]] || die "$shm is not a folder"
    [[ -z $disk || -d $disk ]] || die "$disk is not a folder"
}

wants() { [[ " $rows " == *" $1 "* ]]; }

open_folders() {
    trap close_folders EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    scratch=$(mktemp -d)
    fast=$(mktemp -d "$shm/bulla-peers.XXXXXX")
    slow=$(mktemp -d "${disk:-$root}/.bulla-peers.XXXXXX")
}

close_folders() {
    trap '' HUP INT TERM
    [[ -d $scratch/gpg ]] && gpgconf --kill all 2>>"$scratch/err"
    local folder
    for folder in "$fast" "$slow" "$scratch"; do
        [[ -z $folder ]] || rm -rf "$folder"
    done
}

# The path of the file that TOOL decrypts. bulla, age and rage read the same one; the floor has
# nothing to decrypt.
sealed_by() {
    case $1 in
        bulla | age | age13 | rage) echo sealed.age ;;
        floor) echo plain ;;
        *) echo "sealed.$1" ;;
    esac
}

make_files() {
    local available tool
    available=$(available_mib)
    ((size * 10 <= available)) || die "--size $size needs $((size * 10)) MiB of memory, $available are available"
    head -c "${size}M" /dev/urandom >"$fast/plain"
    for tool in "${here[@]}"; do
        [[ -e $fast/$(sealed_by "$tool") ]] && continue
        command_of "$tool" encrypt "$fast/plain" "$fast/$(sealed_by "$tool")"
        "${argv[@]}" 2>"$scratch/err" || echo "peers.sh: $tool cannot encrypt: $(tail -n 1 "$scratch/err")" >&2
    done
    if wants disk || wants synced; then cp "$fast"/plain "$fast"/sealed.* "$slow"; fi
    printf abc >"$scratch/three"
}

main() {
    parse "$@"
    find_programs
    open_folders
    make_keys
    header
    make_files
    break_up_memory
    echo
    columns
    local row
    for row in $rows; do "row_$row"; done
    footer
}

main "$@"
