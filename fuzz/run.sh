#!/usr/bin/env bash
# Fuzzes all targets, or the named ones, for the given number of seconds each: fuzz/run.sh SECONDS
# [TARGET...]. Needs cargo-fuzz (cargo install cargo-fuzz); the stable compiler is enough. First
# writes seeds to fuzz/corpus.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds="${1:?seconds for each target}"
shift
targets=("$@")
((${#targets[@]})) || mapfile -t targets < <(cd fuzz/fuzz_targets && ls -- *.rs | sed 's/\.rs$//')

bulla() {
  BULLA_HOME="$home" cargo run --quiet --locked -- "$@" 2>/dev/null
}
home="$(mktemp -d)"
trap 'rm -rf "$home"' EXIT
mkdir -p fuzz/corpus/card fuzz/corpus/revocation
bulla identity new --no-passphrase >/dev/null
bulla identity new classic --classic --no-passphrase >/dev/null
bulla card >fuzz/corpus/card/hybrid
bulla card --as classic >fuzz/corpus/card/classic
bulla card --as classic --armor | tee fuzz/corpus/card/armored | sed 's/^/> /' >fuzz/corpus/card/quoted
for reason in lost compromised retired unspecified; do
  bulla identity revoke --yes --reason "$reason" >"fuzz/corpus/revocation/$reason"
done
bulla identity succeed classic --yes >/dev/null
bulla card --as classic >fuzz/corpus/card/succeeded

mkdir -p fuzz/corpus/tar
for format in gnu pax ustar; do
  tar --format="$format" -c fuzz/run.sh >"fuzz/corpus/tar/$format"
done

# Fails if the lock file is not current; cargo-fuzz would change it.
cargo fetch --quiet --locked --manifest-path fuzz/Cargo.toml
# One target for each core at a time. What they print is shown when they end, so lines do not mix.
RUSTC_BOOTSTRAP=1 cargo fuzz build
logs="$home/logs"
mkdir "$logs"
fuzz() {
  mkdir -p "fuzz/corpus/$1"
  RUSTC_BOOTSTRAP=1 cargo fuzz run "$1" -- -max_total_time="$seconds" -rss_limit_mb=2048 >"$logs/$1" 2>&1
  local code=$?
  printf '\n%s\n' "$1"
  tail -n "$((code ? 200 : 1))" "$logs/$1"
  return "$code"
}
export -f fuzz
export seconds logs
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I {} bash -c 'fuzz {}'
