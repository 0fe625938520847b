# shellcheck shell=bash
# Breaking up free memory, taking turns, times, and whether the machine was busy.

available_mib() { awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo; }

# Hosts of virtual machines reclaim free memory in blocks of 2 MiB and more. Getting it back is
# slow, and the first program to touch it pays. Free pieces of 1 MiB between used ones are too small
# to be reclaimed, and the kernel allocates them first.
break_up_memory() {
    local pieces=$(($(available_mib) * 35 / 100))
    mkdir "$fast/pieces"
    if head -c "${pieces}M" /dev/zero | split -b 1M -a 7 -d - "$fast/pieces/" 2>"$scratch/err"; then
        find "$fast/pieces" -name '*[02468]' -delete
    else
        rm -rf "$fast/pieces"
        echo 'Free memory could not be kept in small pieces: figures of a virtual machine may be spoiled.'
    fi
}

# shellcheck disable=SC2034 # line() gets their names
declare -A broken real cpu peak       # by tool: whether a run failed, seconds, seconds of CPU, KiB
argv=()                               # the command that is timed
sink=/dev/null                        # where its standard output goes
others=''                             # percent of the cores that other processes used during the last contest

# Runs argv and adds the measurements to those of TOOL.
timed() {
    local tool=$1 TIMEFORMAT='%3R %3U %3S' taken user system
    { time "${argv[@]}" </dev/null >"$sink" 2>"$scratch/err"; } 2>"$scratch/time" || return 1
    read -r taken user system <"$scratch/time"
    real[$tool]+=" $taken"
    cpu[$tool]+=" $(awk -v u="$user" -v s="$system" 'BEGIN { print u + s }')"
}

# Runs argv once without timing it, keeps its standard output, and records its peak memory if it is
# a single program.
warm() {
    local sink=/dev/null
    [[ $job =~ ^(copy|synced|many)$ ]] || sink=$place/out
    if [[ $measures_memory == yes ]]; then
        "$(type -P time)" -f %M -o "$scratch/peak" "${argv[@]}" </dev/null >"$sink" 2>"$scratch/err" || return 1
        peak[$1]=$(cat "$scratch/peak")
    else
        "${argv[@]}" </dev/null >"$sink" 2>"$scratch/err"
    fi
}

gives_up() {
    broken[$1]=yes
    echo "peers.sh: $1 failed: $job${verb:+, $verb}: $(tail -n 1 "$scratch/err")" >&2
}

# Every tool does the job once, and its output is checked. Then they take turns. A job is two
# functions: prepare_JOB TOOL sets argv, and check_JOB TOOL checks $place/out.
contest() {
    local job=$1 tool round
    shift
    local started=$EPOCHREALTIME foreign
    times >"$scratch/times"
    foreign=$(foreign_seconds)
    # shellcheck disable=SC2034 # line() gets its name
    broken=() real=() cpu=() peak=()
    for tool in "$@"; do
        clear_outputs
        "prepare_$job" "$tool"
        if ! warm "$tool" || ! "check_$job" "$tool"; then gives_up "$tool"; fi
    done
    for ((round = 0; round < runs; round++)); do
        for tool in "$@"; do
            [[ -z ${broken[$tool]-} ]] || continue
            clear_outputs
            "prepare_$job" "$tool"
            timed "$tool" || gives_up "$tool"
        done
    done
    clear_outputs
    times >"$scratch/times"
    others=$(awk -v f="$foreign" -v g="$(foreign_seconds)" -v s="$started" -v e="$EPOCHREALTIME" -v n="$(nproc --all)" \
        'BEGIN { share = 100 * (g - f) / (e - s) / n; printf "%.0f", (share > 0 ? share : 0) }')
}

# Seconds of CPU since boot used by neither this script nor the programs it runs. Call "times"
# first.
foreign_seconds() {
    awk -v hz="$(getconf CLK_TCK)" '
        FNR == NR { gsub(/[ms]/, " "); own += $1 * 60 + $2 + $3 * 60 + $4; next }
        $1 == "cpu" { print ($2 + $3 + $4 + $7 + $8) / hz - own }' "$scratch/times" /proc/stat
}

# Removes the output of earlier runs, and waits until nothing is left to be written to disk while
# the next run is timed.
clear_outputs() {
    rm -rf "${place:?}/out" "$place/back"
    [[ $place != "$slow" ]] || sync
}
