# shellcheck shell=bash
# The job of each row, how its output is checked, and its lines of the table.

# Checks that the tool that made $place/out can open it, and gets FILE.
opens_to() {
    [[ $1 == floor ]] && cmp -s "$place/out" "$2" && return
    command_of "$1" decrypt "$place/out" "$place/back"
    "${argv[@]}" </dev/null 2>"$scratch/err" && cmp "$place/back" "$2" 2>"$scratch/err"
}

is_right() {
    if [[ $verb == encrypt ]]; then opens_to "$1" "$fast/plain"; else cmp "$place/out" "$fast/plain" 2>"$scratch/err"; fi
}

input_of() {
    if [[ $verb == encrypt ]]; then echo "$place/plain"; else echo "$place/$(sealed_by "$1")"; fi
}

prepare_copy() { command_of "$1" "$verb" "$(input_of "$1")" "$place/out"; }
check_copy() { is_right "$1"; }

then_sync() { "$@" && sync "$place/out"; }

prepare_synced() {
    prepare_copy "$1"
    argv=(then_sync "${argv[@]}")
}
check_synced() { is_right "$1"; }

prepare_null() { command_of "$1" "$verb" "$(input_of "$1")"; }
check_null() { is_right "$1"; }

through_pipes() {
    local in=$1
    shift
    # shellcheck disable=SC2002 # the pipe is what is measured
    cat "$in" | "$@" | cat
}

prepare_pipes() {
    command_of "$1" "$verb"
    argv=(through_pipes "$(input_of "$1")" "${argv[@]}")
}
check_pipes() { is_right "$1"; }

prepare_verify() {
    if [[ $1 == bulla ]]; then
        argv=("$bulla" verify -i "$scratch/identity" "$place/sealed.age")
    else
        prepare_null "$1"
    fi
}
check_verify() { [[ $1 == bulla ]] || is_right "$1"; }

repeat() {
    local times=$1 i
    shift
    for ((i = 0; i < times; i++)); do "$@" || return 1; done
}

starts_of() { if [[ $1 == kestrel ]]; then echo 10; else echo 100; fi; }

prepare_start() {
    argv=("$scratch/empty")
    [[ $1 == floor ]] || command_of "$1" encrypt "$scratch/three"
    argv=(repeat "$(starts_of "$1")" "${argv[@]}")
}
# The warm-up wrote many files in succession. This makes one more to check.
check_start() {
    [[ $1 == floor ]] && return
    command_of "$1" encrypt "$scratch/three"
    "${argv[@]}" >"$place/out" 2>"$scratch/err" && opens_to "$1" "$scratch/three"
}

one_call() { (cd "$place/small" && "$@" ./*); }

a_process_a_file() { (cd "$place/small" && printf '%s\0' * | xargs -0 -P "$(nproc)" -I '{}' "$@"); }

prepare_many() {
    mkdir "$place/out"
    case $1 in
        bulla) argv=(one_call "$bulla" encrypt -r "$recipient" -o "$place/out") ;;
        floor) argv=(one_call cp --reflink=never -t "$place/out") ;;
        *)
            command_of "$1" encrypt '{}' "$place/out/{}.age"
            argv=(a_process_a_file "${argv[@]}") ;;
    esac
}

check_many() {
    [[ $1 == floor ]] && diff -rq "$place/small" "$place/out" >"$scratch/err" && return
    mkdir "$place/back"
    (cd "$place/out" && "$bulla" decrypt -i "$scratch/identity" -o "$place/back" ./*) 2>"$scratch/err" &&
        diff -rq "$place/small" "$place/back" >"$scratch/err"
}

both_ways() {
    local job=$1 label=$2 place=$3 verb measures_memory=no
    shift 3
    for verb in encrypt decrypt; do
        contest "$job" "$@"
        line "$verb, $label, s" 1 once real
    done
}

row_shm() {
    local place=$fast verb measures_memory=no
    if type -P time >/dev/null; then measures_memory=yes; fi
    for verb in encrypt decrypt; do
        contest copy "${here[@]}"
        line "$verb, file to file in memory, s" 1 once real
        line "$verb, the same, CPU s per GiB" "$(awk -v s="$size" 'BEGIN { print s / 1024 }')" once cpu
        line "$verb, the same, peak MiB" 1024 once peak
    done
}

row_disk() { both_ways copy 'file to file on the disk' "$slow" "${here[@]}"; }
# shellcheck disable=SC2046 # names of tools
row_synced() { both_ways synced 'file to file, and there for good' "$slow" $(age_and_rage); }
row_pipes() { both_ways pipes 'between two pipes' "$fast" "${here[@]}"; }
row_null() { both_ways null 'file to /dev/null' "$fast" "${here[@]}"; }

age_and_rage() {
    local tool
    for tool in "${here[@]}"; do
        if [[ $tool =~ ^(bulla|age|age13|rage|floor)$ ]]; then echo "$tool"; fi
    done
}

row_verify() {
    local place=$fast verb=decrypt measures_memory=no
    # shellcheck disable=SC2046 # names of tools
    contest verify $(age_and_rage)
    line 'verify (peers: decrypt to /dev/null), s' 1 once real
}

row_start() {
    local place=$fast verb='' measures_memory=no
    rustc -O -o "$scratch/empty" - <<<'fn main() {}' 2>"$scratch/err" || echo "peers.sh: no empty program: rustc failed" >&2
    contest start "${here[@]}"
    line 'start, 3 bytes, ms' 0.001 starts_of real
}

row_many() {
    local place verb='' measures_memory=no where='in memory'
    for place in "$fast" "$slow"; do
        mkdir "$place/small"
        head -c "$((files * 4096))" /dev/urandom | split -b 4096 -a 7 -d - "$place/small/"
        # shellcheck disable=SC2046 # names of tools
        contest many $(age_and_rage)
        line "encrypt $files files of 4 KiB, $where, s" 1 once real
        rm -rf "$place/small"
        where='on the disk'
    done
}
