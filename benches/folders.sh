#!/usr/bin/env bash
# Packs real folders and unpacks them again beside tar, zstd and age, and prints one table. What was
# unpacked is compared with the folder: it must be identical.
# The programs take turns, so that a slow phase of the machine affects them all equally.

set -euo pipefail
export LC_ALL=C

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root
# shellcheck source=median.sh
source "$root/benches/median.sh"
bulla=$root/target/release/bulla runs=5 disk=''

usage() {
    cat <<END
usage: benches/folders.sh [OPTIONS] FOLDER…

  --bulla PATH  the program to measure (default $bulla)
  --runs N      timed runs of each, of which the median counts (default $runs)
  --disk DIR    where archives and copies are written (default: a temporary folder beside target/).
                It needs room for three copies of the largest folder and each run.
END
}

die() {
    echo "folders.sh: $*" >&2
    exit 1
}

while (($#)); do
    case $1 in
        --bulla) bulla=$2; shift 2 ;;
        --runs) runs=$2; shift 2 ;;
        --disk) disk=$2; shift 2 ;;
        --help) usage; exit 0 ;;
        -*) die "unknown option $1; see --help" ;;
        *) break ;;
    esac
done
(($#)) || die "name a folder; see --help"
for tool in age age-keygen tar zstd rsync; do
    command -v "$tool" > /dev/null || die "$tool is not installed"
done
scratch=$(mktemp -d "${disk:-$root/target}/folders.XXXXXX")
trap 'chmod -R u+w "$scratch"; rm -rf "$scratch"' EXIT
export HOME=$scratch
cd "$scratch"
age-keygen -o key 2> made
recipient=$(age-keygen -y key)

# One command in a row: its name, what is printed about it, and how it is done into "$out".
packs() {
    case $1 in
        bulla) "$bulla" encrypt -q -r "$recipient" "${zstd[@]}" -o "$out" "$folder" ;;
        *) if ((${#zstd[@]})); then
               tar -C "$(dirname "$folder")" -c "$(basename "$folder")" | zstd -q -T0 | age -r "$recipient" -o "$out"
           else
               tar -C "$(dirname "$folder")" -c "$(basename "$folder")" | age -r "$recipient" -o "$out"
           fi ;;
    esac
    [[ $1 != synced ]] || sync -f "$out"
}

unpacks() {
    case $1 in
        bulla) "$bulla" decrypt -q -i key --preserve -o "$out" "$archive" ;;
        *) mkdir "$out"
           if ((${#zstd[@]})); then
               age -d -i key "$archive" | zstd -qd | tar -C "$out" --strip-components 1 -xp
           else
               age -d -i key "$archive" | tar -C "$out" --strip-components 1 -xp
           fi ;;
    esac
    [[ $1 != synced ]] || sync -f "$out"
}

# Prints the seconds that a command takes, and those of processor time.
seconds() {
    local TIMEFORMAT='%R %U %S'
    { time "$@" 2> said; } 2>&1 || die "failed: $* ($(cat said))"
}

# Prints a row: the medians of bulla, of the others, and of the others with a sync.
row() {
    local what=$1 does=$2 who run line
    rm -f times.*
    for ((run = 0; run <= runs; run++)); do
        for who in bulla peers synced; do
            # Outputs stay until the end of the row: file systems are slow after large removals.
            out=$scratch/out.$who.$run.tar.age
            [[ $does == packs ]] || out=$scratch/out.$who.$run
            line=$(seconds "$does" "$who")
            # The first run warms up.
            ((run == 0)) || echo "$line" >> "times.$who"
        done
    done
    if [[ $does == packs ]]; then
        mv "out.bulla.0.tar.age" "$archive"
    else
        rsync -n -aHX --checksum --delete --itemize-changes "$folder/" "out.bulla.0/" > differences
        [[ ! -s differences ]] || die "not the same after a round trip: $(head -3 differences)"
    fi
    rm -rf out.*
    for who in bulla peers synced; do
        cut -d' ' -f1 "times.$who" | median
        awk '{ print $2 + $3 }' "times.$who" | median
    done | paste -sd' ' | awk -v what="$what" '{
        printf "| %s | %.2f (%.2f) | %.2f (%.2f) | %.2f | %.1f | %.1f |\n",
            what, $1, $2, $3, $4, $5, $3 / $1, $5 / $1 }'
}

echo "Wall seconds, and in brackets seconds of processor time; medians of $runs runs."
echo
echo '| | Bulla | tar, age | the same, synced | ratio | ratio, both synced |'
echo '|---|--:|--:|--:|--:|--:|'
for folder; do
    folder=$(realpath "$folder")
    for level in '' 3; do
        zstd=(${level:+--zstd=$level})
        archive=$scratch/archive$level.tar.age
        name="$(basename "$folder")${level:+, zstd}"
        # Extended attributes are no part of what the others do.
        row "$name: encrypt" packs
        row "$name: decrypt" unpacks
        rm -f "$archive"
    done
done
