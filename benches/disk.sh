#!/usr/bin/env bash
# Times encrypting and decrypting large files until they are on the disk, beside cp and a sync of
# its copy, and prints one table. The three take turns. Inputs are in memory before each run.
#
# Figures of a virtual machine depend on whether its host took free memory back. A program that
# keeps free memory in small pieces while another one runs can be put in front of this script.

set -euo pipefail
export LC_ALL=C

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root
# shellcheck source=median.sh
source "$root/benches/median.sh"
sizes='1 4' runs=5 disk=$root bulla='' loops='' options=()
scratch='' mounted=''

usage() {
    cat <<END
usage: benches/disk.sh [OPTIONS]

  --sizes LIST   lengths of the files in GiB, separated by commas or spaces (default: $sizes)
  --runs N       timed runs of each, of which the median counts (default $runs)
  --disk DIR     a folder on a disk, with room for four such files (default: here)
  --loop LIST    also on these file systems, in a file on that disk: ext4, xfs, btrfs (needs root)
  --bulla PATH   the program to measure (default: builds target/release/bulla)
  --option WORD  give this to encrypt and decrypt, for example --keep-cached (can be repeated)
END
}

die() {
    echo "disk.sh: $*" >&2
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
            --sizes) sizes=${2//,/ } ;;
            --runs) runs=$2 ;;
            --disk) disk=$2 ;;
            --loop) loops=${2//,/ } ;;
            --bulla) bulla=$2 ;;
            --option) options+=("$2") ;;
            *) die "$1 is unknown; see --help" ;;
        esac
        shift 2
    done
    local number
    for number in $sizes "$runs"; do
        [[ $number =~ ^[1-9][0-9]*$ ]] || die "$number is not a number above 0"
    done
    [[ -d $disk ]] || die "$disk is not a folder"
    disk=$(realpath "$disk")
}

close_all() {
    trap '' HUP INT TERM
    cd /
    [[ -z $mounted ]] || umount "$mounted" || sleep 2
    [[ -z $scratch ]] || rm -rf --one-file-system "$scratch"
}

find_bulla() {
    if [[ -z $bulla ]]; then
        (cd "$root" && cargo build --release --quiet) || die "bulla does not build"
        bulla=${CARGO_TARGET_DIR:-$root/target}/release/bulla
    fi
    bulla=$(realpath "$bulla")
    export BULLA_HOME=$scratch/home
    "$bulla" identity new --classic --no-passphrase -o "$scratch/identity" >"$scratch/said" 2>&1 ||
        die "bulla makes no identity: $(cat "$scratch/said")"
    recipient=$(grep -oh 'age1[a-z0-9]*' "$scratch/said" "$scratch/identity" | head -n 1)
}

copy_and_sync() { cp --reflink=never plain out && sync out; }
encrypt() { "$bulla" encrypt "${options[@]}" -qr "$recipient" -o out plain; }
decrypt() { "$bulla" decrypt "${options[@]}" -qi "$scratch/identity" -o out sealed; }

declare -A real cpu left

# Runs one of the three, and keeps its seconds, its seconds of processor time, and the MiB of its
# output that stay in memory.
timed() {
    local what=$1 input=$2 TIMEFORMAT='%3R %3U %3S' taken user system
    rm -f out
    sync
    cat "$input" >/dev/null
    sleep 1
    { time "$what" 2>"$scratch/err"; } 2>"$scratch/time" || die "$what: $(cat "$scratch/err")"
    read -r taken user system <"$scratch/time"
    real[$what]+=" $taken"
    cpu[$what]+=" $(awk -v u="$user" -v s="$system" 'BEGIN { print u + s }')"
    type -P fincore >/dev/null || return 0
    left[$what]+=" $(fincore -nb -o RES out | awk '{ printf "%.0f", $1 / 1048576 }')"
}

# The median of these figures, in a format; a dash if there are none.
of() {
    local found
    found=$(median <<<"$1")
    # shellcheck disable=SC2059
    if [[ $found ]]; then printf "${2:-%.2f}" "$found"; else printf '–'; fi
}

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

# Measures files of SIZE GiB in the folder that is current, on the file system NAME.
measure() {
    local name=$1 size=$2 round copy sealing opening
    head -c "${size}G" /dev/urandom >plain
    "$bulla" encrypt -qr "$recipient" -o sealed plain
    real=() cpu=() left=()
    for ((round = 0; round < runs; round++)); do
        timed copy_and_sync plain
        timed encrypt plain
        timed decrypt sealed
    done
    cmp plain out || die "what was decrypted is not what was encrypted"
    rm -f plain sealed out
    copy=$(of "${real[copy_and_sync]}") sealing=$(of "${real[encrypt]}") opening=$(of "${real[decrypt]}")
    printf '| %s, %s GiB | %s | %s | **%s** | %s | **%s** | %s, %s, %s | %s, %s, %s |\n' "$name" "$size" "$copy" \
        "$sealing" "$(ratio "$sealing" "$copy")" "$opening" "$(ratio "$opening" "$copy")" \
        "$(of "${cpu[copy_and_sync]}")" "$(of "${cpu[encrypt]}")" "$(of "${cpu[decrypt]}")" \
        "$(of "${left[copy_and_sync]-}" %.0f)" "$(of "${left[encrypt]-}" %.0f)" "$(of "${left[decrypt]-}" %.0f)"
}

# Mounts a new file system NAME that is in a file on the disk, with room for SIZE GiB four times.
mount_loop() {
    mounted=$scratch/mounted
    mkdir -p "$mounted"
    truncate -s "$(($2 * 4 + 1))G" "$scratch/image"
    "mkfs.$1" -q "$scratch/image" >"$scratch/said" 2>&1 || die "mkfs.$1: $(cat "$scratch/said")"
    mount -o loop "$scratch/image" "$mounted" || die "$1 cannot be mounted"
}

main() {
    parse "$@"
    trap close_all EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    scratch=$(mktemp -d "$disk/.bulla-disk.XXXXXX")
    find_bulla
    local name size model
    model=$(awk -F ': *' '/^model name/ { print $2; exit }' /proc/cpuinfo)
    echo "$(date -u '+%Y-%m-%d %H:%M UTC'); $(nproc) cores of ${model:-an unnamed processor}; $(uname -sr); medians of $runs runs"
    echo
    echo '| until it is on the disk | cp, sync; s | encrypt, s | against cp | decrypt, s | against cp | CPU s | left in memory, MiB |'
    echo '|---|--:|--:|--:|--:|--:|--:|--:|'
    for size in $sizes; do
        mkdir -p "$scratch/here"
        cd "$scratch/here"
        measure "$(df --output=fstype . | tail -n 1)" "$size"
        for name in $loops; do
            mount_loop "$name" "$size"
            cd "$mounted"
            measure "$name in a file" "$size"
            cd "$scratch"
            umount "$mounted"
            mounted=''
            rm "$scratch/image"
        done
    done
    echo
    echo 'CPU and memory: cp, encrypt, decrypt. Before each run all is synced, and not timed.'
}

main "$@"
