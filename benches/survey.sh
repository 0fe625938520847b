#!/usr/bin/env bash
# Encrypts very many small files in nested folders for several readers, and measures how long
# `who --recursive` looks at their headers: processor time and time on the clock, per kind of key.
# With --vs, two programs take turns on the same files, and must say the same about each.

set -euo pipefail
export LC_ALL=C

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root
# shellcheck source=median.sh
source "$root/benches/median.sh"
bulla=$root/target/release/bulla vs='' files=100000 readers=2 runs=3 disk='' sign='' keep=''
kinds='classic hybrid'

usage() {
    cat <<END
usage: benches/survey.sh [OPTIONS]

  --bulla PATH   the program to measure (default $bulla)
  --vs PATH      another one to measure beside it
  --files N      encrypted files of each kind (default $files; encrypting takes about as long as
                 ten surveys of them, and twice that with --sign)
  --readers N    people who can open each file, you included (default $readers)
  --sign         sign the files, so that a signature is checked for each
  --kinds KINDS  kinds of keys (default "$kinds")
  --runs N       timed runs, of which the median counts (default $runs)
  --disk DIR     where the files are made (default: a temporary folder beside target/)
  --keep DIR     make the files in this folder and keep them, or measure those that it has
END
}

die() {
    echo "survey.sh: $*" >&2
    exit 1
}

while (($#)); do
    case $1 in
        --bulla) bulla=$(realpath "$2"); shift 2 ;;
        --vs) vs=$(realpath "$2"); shift 2 ;;
        --files) files=$2; shift 2 ;;
        --readers) readers=$2; shift 2 ;;
        --sign) sign=--sign; shift ;;
        --kinds) kinds=$2; shift 2 ;;
        --runs) runs=$2; shift 2 ;;
        --disk) disk=$2; shift 2 ;;
        --keep) keep=$2; shift 2 ;;
        --help) usage; exit 0 ;;
        *) die "unknown option $1; see --help" ;;
    esac
done
((readers >= 1)) || die '--readers is at least 1'
if [[ $keep ]]; then
    mkdir -p "$keep"
    scratch=$(realpath "$keep")
else
    scratch=$(mktemp -d "${disk:-$root/target}/survey.XXXXXX")
    trap 'rm -rf "$scratch"' EXIT
fi
unset XDG_CONFIG_HOME XDG_STATE_HOME XDG_DATA_HOME XDG_RUNTIME_DIR
cd "$scratch"

# Runs bulla with the home of a person.
as() {
    local name=$1
    shift
    HOME=$scratch/homes/$name "$bulla" "$@"
}

# Makes the people and the files of one kind of key.
make_files() {
    local kind=$1 options=() to=() number folder
    [[ $kind == hybrid ]] || options=(--classic)
    mkdir -p "homes/$kind.me"
    as "$kind.me" identity new me --no-passphrase -q "${options[@]}" > made 2>&1
    for ((number = 1; number < readers; number++)); do
        mkdir -p "homes/$kind.$number"
        as "$kind.$number" identity new me --no-passphrase -q "${options[@]}" > made 2>&1
        as "$kind.$number" card -q -o "homes/$kind.$number.card"
        as "$kind.me" contact add "reader$number" "homes/$kind.$number.card" -q
        to+=(--to "reader$number")
    done
    # A hundred files in a folder, and a hundred folders in one above.
    for ((number = 0; number < files; number++)); do
        folder=plain/$((number / 10000))/$((number / 100 % 100))
        ((number % 100)) || mkdir -p "$folder"
        echo "file $number" > "$folder/$number.txt"
    done
    ((${#to[@]})) || to=(--to me)
    as "$kind.me" encrypt -q --each plain -o "$kind" "${to[@]}" $sign
    rm -rf plain
}

# Prints the seconds on the clock and of processor time, and the peak of memory in MiB.
measure() {
    local program=$1 kind=$2 said=$3
    HOME=$scratch/homes/$kind.me /usr/bin/time -f '%e %U %S %M' -o times \
        "$program" who --recursive "$kind" > "$said" || die "failed: $program who --recursive $kind"
    awk '{ print $1, $2 + $3, $4 / 1024 }' times
}

row() {
    local what=$1 file=$2 column
    printf '| %s |' "$what"
    for column in 1 2 3; do
        printf ' %.2f |' "$(cut -d' ' -f"$column" "$file" | median)"
    done
    echo
}

echo "$files files for $readers readers${sign:+, signed}; medians of $runs runs."
echo
echo '| | seconds | of processor time | peak MiB |'
echo '|---|--:|--:|--:|'
for kind in $kinds; do
    [[ -d $kind ]] || make_files "$kind"
    rm -f ours others
    # The first run warms up.
    for ((run = 0; run <= runs; run++)); do
        line=$(measure "$bulla" "$kind" said)
        ((run == 0)) || echo "$line" >> ours
        [[ $vs ]] || continue
        line=$(measure "$vs" "$kind" said.vs)
        ((run == 0)) || echo "$line" >> others
        cmp said said.vs || die 'the two programs differ'
    done
    [[ $(grep -c "^$kind/.*: for " said) == "$files" ]] || die "not every file is proved: $(head -1 said)"
    row "$kind" ours
    [[ ! $vs ]] || row "$kind, $(basename "$vs")" others
done
