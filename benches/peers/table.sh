# shellcheck shell=bash
# The printed text.

header() {
    local model memory peer
    model=$(awk -F ': *' '/^model name/ { print $2; exit }' /proc/cpuinfo)
    memory=$(awk '/^MemTotal/ { printf "%.1f", $2 / 1048576 }' /proc/meminfo)
    echo "$(date -u '+%Y-%m-%d %H:%M UTC'); $(nproc) cores of ${model:-an unnamed processor}; $memory GiB of memory; $(uname -sr)"
    echo "File of $size MiB, $files files of 4 KiB; median of $runs runs; memory: $shm, disk: $(df --output=fstype "$slow" | tail -n 1)"
    "$bulla" --version
    for peer in $PEERS; do
        if installed "$peer"; then version_of "$peer"; else echo "$peer: not installed"; fi
    done
}

footer() {
    echo
    echo 'Better: the faster (or smaller) of age, age13 (age 1.3) and rage, divided by bulla. –: not measured.'
    echo 'Others: the share of all cores that other processes and the kernel took meanwhile; above some 5 % a row is spoiled.'
    echo 'Floor: cp for files, cat for pipes and reading, an empty Rust program for the start.'
    echo 'openssl does not authenticate. Before each run on the disk all is synced, and not timed. bulla waits until a file it'
    echo 'wrote is on the disk; the others do not, but for "there for good", where sync FILE follows each and is timed.'
    if wants shm; then echo 'Peak memory is that of the warm-up.'; fi
    if wants many; then echo 'Small files: one call of bulla and cp, one process a file of age and rage: this mostly counts process starts.'; fi
}

columns() {
    local name
    printf '| |'
    for name in "${here[@]}" better others; do printf ' %s |' "$name"; done
    printf '\n|---|'
    for name in "${here[@]}" better others; do printf -- '--:|'; done
    printf '\n'
}

# Prints one line: LABEL, then for each tool the median of its samples, divided by SCALE and by
# DIVISOR_OF TOOL.
line() {
    local label=$1 scale=$2 divisor_of=$3 tool value text
    local -n samples=$4
    local -A values=()
    printf '| %s |' "$label"
    for tool in "${here[@]}"; do
        text=–
        if [[ -n ${broken[$tool]-} ]]; then
            text=failed
        elif [[ -n ${samples[$tool]-} ]]; then
            value=$(median <<<"${samples[$tool]}")
            values[$tool]=$(awk -v v="$value" -v s="$scale" -v d="$("$divisor_of" "$tool")" 'BEGIN { print v / s / d }')
            text=$(printf '%.2f' "${values[$tool]}")
        fi
        printf ' %s |' "$text"
    done
    printf ' %s | %s %% |\n' "$(better_by "${values[bulla]-}" "${values[age]-}" "${values[age13]-}" "${values[rage]-}")" "$others"
}

better_by() {
    local bulla=$1 best
    shift
    best=$(printf '%s\n' "$@" | grep . | sort -g | head -n 1) || best=''
    awk -v b="$bulla" -v best="$best" 'BEGIN {
        if (b + 0 == 0 || best == "") print "–"; else printf "%.2f", best / b
    }'
}

once() { echo 1; }
