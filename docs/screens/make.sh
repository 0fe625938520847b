#!/usr/bin/env bash
# Types a new user's first five minutes with bulla into a terminal of 80 columns and 24 lines, and saves each screen beside
# this script as text: docs/screens/make.sh target/release/bulla
# Needs tmux. It uses an empty home folder, which is removed at the end together with all keys that are shown.
set -euo pipefail

bulla=$(realpath "${1:?name the program: docs/screens/make.sh PATH}")
screens=$(dirname "$(realpath "$0")")
first=/tmp/first
socket=bulla-screens-$$
passphrase='correct horse battery staple'

mkdir "$first" || { echo "$first exists: is another run in progress?" >&2; exit 1; }
cleanup() {
    tmux -L "$socket" kill-server 2>/dev/null || true
    rm -rf "$first"
}
trap cleanup EXIT
mkdir "$first/bin" "$first/home" "$first/alice"
ln -s "$bulla" "$first/bin/bulla"

# Alice uses another keyring and gives us her card.
alice() { HOME=$first/alice BULLA_HOME=$first/alice/keyring "$bulla" "$@"; }
alice identity new --no-passphrase --card-name Alice >/dev/null 2>&1
alice card -q -o "$first/home/alice.card"
number=$(alice identity show --number 2>/dev/null)
printf 'meet me at noon\n' >"$first/home/note.txt"

pane() { tmux -L "$socket" "$1" -t first "${@:2}"; }
tmux -L "$socket" -f /dev/null new-session -d -s first -x 80 -y 24 \
    env -i HISTFILE=/dev/null HOME="$first/home" BULLA_HOME="$first/home/keyring" PATH="$first/bin:/usr/bin:/bin" TERM=screen \
    LC_ALL=C.UTF-8 PS1='$ ' bash --norc --noprofile
pane set-option status off >/dev/null
pane send-keys -l "cd ~" && pane send-keys Enter

screen() { pane capture-pane -p; }
# Waits until the last line with text matches.
await() {
    local tries
    for tries in $(seq 600); do
        screen | grep -v '^$' | tail -n 1 | grep -Eq -- "$1" && return
        sleep 0.1
    done
    echo "the last line never matched: $1" >&2
    screen >&2
    exit 1
}
enter() { pane send-keys -l -- "$1" && pane send-keys Enter; }
new_screen() {
    await '^\$ ?$'
    pane send-keys -l "clear" && pane send-keys Enter
    sleep 0.3
    await '^\$ ?$'
}
keep() {
    screen | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' >"$screens/$1.txt"
    if grep -n "$first" "$screens/$1.txt"; then
        echo "$1 shows a path" >&2
        exit 1
    fi
}
# Runs a command on a new screen, waits for its end, and saves the screen.
shows() { new_screen; enter "$2"; await '^\$ ?$'; keep "$1"; }

rm -f "$screens"/[0-9]*.txt
shows 01-help 'bulla --help | head -n 20'

new_screen
enter 'bulla identity new'
await 'generate one'
keep 02-asked-for-a-passphrase
enter "$passphrase"
await 'again: *$'
enter "$passphrase"
await 'Your name on the card'
enter 'Carol Example'
await '^\$ ?$'
keep 03-an-identity

new_screen
enter 'bulla identity backup'
await '^Passphrase'
enter "$passphrase"
await 'asked for three'
keep 04-the-words
declare -A word
while read -r place text; do word[$place]=$text; done < <(screen | grep -oE '[0-9]+  [a-z]+')
pane send-keys Enter
for _ in 1 2 3; do
    await '^Word [0-9]+ of 24: *$'
    asked=$(screen | grep -v '^$' | tail -n 1 | grep -oE '[0-9]+' | head -n 1)
    [ -e "$first/asked" ] || keep 05-asked-back
    touch "$first/asked"
    enter "${word[$asked]}"
    sleep 0.3
done
await '^\$ ?$'
keep 06-backed-up

shows 07-what-others-need 'bulla card -o me.card'
new_screen
enter 'bulla contact add alice.card'
await 'another name'
enter ''
await '^\$ ?$'
keep 08-a-contact
shows 09-encrypted 'bulla encrypt --to alice note.txt'

new_screen
enter 'bulla contact verify alice'
await 'reads it to you'
enter "$number"
await '^\$ ?$'
keep 10-checked

shows 11-nothing-is-replaced 'bulla encrypt --to alice note.txt'

new_screen
enter 'bulla decrypt -o - note.txt.age'
await '^Passphrase'
keep 12-asked-to-open
enter "$passphrase"
await '^\$ ?$'
keep 13-opened

# Different keys arrive in Alice's name: the warning.
alice identity new mallory --no-passphrase >/dev/null 2>&1
alice card --as mallory -q -o "$first/home/new.card"
new_screen
enter 'bulla contact add alice new.card'
await '^\$ ?$'
enter 'bulla encrypt --to alice note.txt -o again.age'
await '^\$ ?$'
keep 14-other-keys-came

# Messages: Bob uses another keyring. He has my card, and I have his.
bob() { HOME=$first/alice BULLA_HOME=$first/alice/bob XDG_STATE_HOME=$first/alice/state "$bulla" "$@"; }
bob identity new --no-passphrase --classic >/dev/null 2>&1
bob card --name 'Bob Example' -q -o "$first/home/bob.card" 2>/dev/null
new_screen
enter 'bulla contact add bob bob.card; bulla identity new chat --classic --no-passphrase -q; bulla card --as chat -q -o mine.card'
await '^\$ ?$'
bob contact add friend "$first/home/mine.card" >/dev/null 2>&1

new_screen
enter 'bulla write --to bob --as chat'
await 'Ctrl-D'
enter 'meet me at noon'
sleep 0.3
pane send-keys C-d
await '^\$ ?$'
keep 15-a-message

printf 'gladly\n\nFrom     alice   keys verified 2026-01-01\n' | bob write -q --to friend >"$first/block"
new_screen
enter 'bulla read --as chat --reply'
await 'Ctrl-D if nothing happens'
tmux -L "$socket" load-buffer "$first/block"
pane paste-buffer -p
await 'Ctrl-D on an empty line'
keep 16-read
enter 'until then'
sleep 0.3
pane send-keys C-d
await '^\$ ?$'
keep 17-answered
