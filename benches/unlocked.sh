#!/usr/bin/env bash
# Decrypts very many small files, one run for each, with an identity that has a passphrase and was
# unlocked once. Prints processor time (user and system) as one Markdown table, beside age. A run that
# asks, or prints something else than it should, ends the script.

set -euo pipefail
export LC_ALL=C

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root
# shellcheck source=median.sh
source "$root/benches/median.sh"
bulla=$root/target/release/bulla age=$(command -v age || true) files=1000 runs=3

usage() {
    cat <<END
usage: benches/unlocked.sh [OPTIONS]

  --bulla PATH  the program to measure (default $bulla)
  --age PATH    the age beside it (default ${age:-none, it is required})
  --files N     decryptions of each kind (default $files)
  --runs N      timed rounds, of which the median counts (default $runs)
END
}

die() {
    echo "unlocked.sh: $*" >&2
    exit 1
}

while (($#)); do
    case $1 in
        --bulla) bulla=$(realpath "$2"); shift 2 ;;
        --age) age=$(realpath "$2"); shift 2 ;;
        --files) files=$2; shift 2 ;;
        --runs) runs=$2; shift 2 ;;
        --help) usage; exit 0 ;;
        *) die "unknown option $1; see --help" ;;
    esac
done
[[ -x $bulla ]] || die "$bulla is missing: cargo build --release"
[[ -x $age ]] || die 'age is missing; see --age'

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/bin"
cd "$scratch"
for name in bulla age age-plugin-bulla; do ln -s "$bulla" "bin/$name"; done
export HOME=$scratch BULLA_HOME=$scratch/home PATH=$scratch/bin:/usr/bin:/bin

echo 'red clay and reeds' >word
bulla identity new me -q --classic --passphrase-file word >/dev/null
bulla identity export me -q --secret --passphrase-file word -o key.txt
bulla encrypt -q --plain -p --passphrase-file word -o key.age key.txt
bulla identity export me -q --plugin -o me.txt
recipient=$("$bulla" age-keygen -y key.txt)
echo plain >plain
for ((i = 0; i < files; i++)); do "$age" -r "$recipient" -o "$i.age" plain; done
bulla unlock -q me --passphrase-file word
bulla unlock -q key.age --passphrase-file word

# Prints the processor seconds of one run for each file.
spent() {
    local before after line
    # In a pipeline, `times` would show those of its own subshell.
    times >times
    before=$(tail -n 1 times)
    for ((i = 0; i < files; i++)); do
        "$@" "$i.age" >out </dev/null || die "$* $i.age failed"
        read -r line <out && [[ $line == plain ]] || die "$* $i.age: other contents"
    done
    times >times
    after=$(tail -n 1 times)
    echo "$before $after" | tr 'ms' '  ' |
        awk '{ printf "%.2f\n", ($5 - $1) * 60 + $6 - $2 + ($7 - $3) * 60 + $8 - $4 }'
}

row() {
    local label=$1 round figures=''
    shift
    for ((round = 0; round < runs; round++)); do figures+=" $(spent "$@")"; done
    echo "| $label | $(median <<<"$figures") |"
}

echo "| $files decryptions, a run for each | CPU seconds |"
echo '|---|--:|'
row "age, identity file without a passphrase" "$age" -d -i key.txt
row "bulla as \`age\`, the same" age -d -i key.txt
row "bulla as \`age\`, identity file unlocked" age -d -i key.age
row "\`bulla decrypt\`, the same" bulla decrypt -q --no-prompt -o - -i key.age
row "\`bulla decrypt\`, identity of the keyring unlocked" bulla decrypt -q --no-prompt -o -
row "age with \`age-plugin-bulla\`, the same" "$age" -d -i me.txt
bulla lock -q
