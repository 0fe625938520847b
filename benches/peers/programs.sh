# shellcheck shell=bash
# The programs, their keys, and how each of them encrypts and decrypts.

find_programs() {
    if [[ -z $bulla ]]; then
        (cd "$root" && cargo build --release --quiet) || die "bulla does not build"
        bulla=${CARGO_TARGET_DIR:-$root/target}/release/bulla
    fi
    bulla=$(realpath "$bulla")
    [[ -x $bulla ]] || die "$bulla is not a program"
    here=(bulla)
    local peer
    for peer in $PEERS; do
        if type -P "$(program_of "$peer")" >/dev/null; then here+=("$peer"); fi
    done
    here+=(floor)
}

# age13 is a second age beside that of the system, if BULLA_AGE_1_3 says where it is.
program_of() { if [[ $1 == age13 ]]; then echo "${BULLA_AGE_1_3:-age13}"; else echo "$1"; fi; }

installed() { [[ " ${here[*]} " == *" $1 "* ]]; }

make_keys() {
    export BULLA_HOME=$scratch/home KESTREL_PASSWORD=peers KESTREL_KEYRING=$scratch/keyring GNUPGHOME=$scratch/gpg
    "$bulla" identity new --classic --no-passphrase -o "$scratch/identity" >"$scratch/said" 2>&1 ||
        die "bulla makes no identity: $(cat "$scratch/said")"
    recipient=$(grep -oh 'age1[a-z0-9]*' "$scratch/said" "$scratch/identity" | head -n 1)
    if installed kestrel; then
        echo peers | kestrel key generate --env-pass -o "$KESTREL_KEYRING" >"$scratch/err" 2>&1 || die "kestrel makes no key"
    fi
    if installed mlar; then
        mlar keygen "$scratch/mlar" >"$scratch/err" 2>&1 || die "mlar makes no key: $(cat "$scratch/err")"
    fi
    if installed pqfile; then
        mkdir "$scratch/pqfile"
        pqfile keygen --no-config --hybrid --out "$scratch/pqfile" >"$scratch/err" 2>&1 || die "pqfile makes no key: $(cat "$scratch/err")"
    fi
    if installed gpg; then
        mkdir -m 700 "$GNUPGHOME"
        gpg --batch --passphrase '' --quick-generate-key peers default default never >"$scratch/err" 2>&1 ||
            die "gpg makes no key: $(cat "$scratch/err")"
    fi
}

# Sets argv so that TOOL does VERB (encrypt or decrypt). Without IN it reads standard input, without
# OUT it writes standard output.
command_of() {
    local tool=$1 verb=$2 in=${3-} out=${4-} key
    case $tool in
        bulla | age | age13 | rage)
            key=(-r "$recipient")
            [[ $verb == encrypt ]] || key=(-i "$scratch/identity")
            if [[ $tool == bulla ]]; then
                argv=("$bulla" "$verb" "${key[@]}" -o "${out:--}" "${in:--}")
            else
                [[ $verb == encrypt ]] || key=(-d "${key[@]}")
                argv=("$(program_of "$tool")" "${key[@]}" ${out:+-o "$out"} ${in:+"$in"})
            fi ;;
        kestrel)
            key=(-t peers)
            [[ $verb == decrypt ]] || key+=(-f peers)
            argv=(kestrel "$verb" ${in:+"$in"} "${key[@]}" --env-pass ${out:+-o "$out"}) ;;
        # An archive of one file, without its compression and signature. It is opened only from a file.
        mlar)
            if [[ $verb == encrypt ]]; then
                argv=(mlar create --uncompressed --unsigned -p "$scratch/mlar.mlapub" -o "${out:--}" "${in:---stdin-data}")
            else
                argv=(mlar cat --skip-signature-verification -k "$scratch/mlar.mlapriv" -o "${out:--}" -i "${in:-/dev/stdin}" -g '*')
            fi ;;
        pqfile)
            key=(--no-config --parallel -o "${out:--}" "${in:--}")
            if [[ $verb == encrypt ]]; then key+=(-r "$scratch/pqfile/pubkey.pem"); else key+=(-k "$scratch/pqfile/privkey.pem"); fi
            argv=(pqfile "$verb" "${key[@]}") ;;
        gpg) argv=(gpg --batch --quiet --no-tty --trust-model always --compress-algo none -r peers
            -o "${out:--}" "--$verb" ${in:+"$in"}) ;;
        openssl)
            argv=(openssl enc -chacha20 -pbkdf2 -pass pass:peers ${in:+-in "$in"} ${out:+-out "$out"})
            [[ $verb == encrypt ]] || argv+=(-d) ;;
        floor)
            argv=(cat ${in:+"$in"})
            [[ -z $out ]] || argv=(cp --reflink=never "$in" "$out") ;;
    esac
}

version_of() {
    local said
    if [[ $1 == openssl ]]; then said=$(openssl version); else said=$("$(program_of "$1")" --version | head -n 1); fi
    if [[ $said == *[Gg][Pp][Gg]* || $said == *"$1"* || $said == OpenSSL* ]]; then echo "$said"; else echo "$1 $said"; fi
}
