# Dotfiles that chezmoi keeps encrypted with the program age.
mkdir -p "$HOME/.config/chezmoi"
cat >"$HOME/.config/chezmoi/chezmoi.toml" <<EOF
encryption = "age"
useBuiltinAge = false
[age]
identity = "$IDENTITY"
recipient = "$RECIPIENT"
EOF
chezmoi() {
  "$TOOL" --no-tty --force "$@"
}
echo 'password one' >"$HOME/.netrc"
chezmoi add --encrypt "$HOME/.netrc"
source=$(chezmoi source-path "$HOME/.netrc")
basename "$source"
head -n 1 "$source"
rm "$HOME/.netrc"
chezmoi apply
cat "$HOME/.netrc"
echo 'password two' >"$HOME/.netrc"
chezmoi re-add
chezmoi cat "$HOME/.netrc"
EDITOR='sed -i s/two/three/' chezmoi edit "$HOME/.netrc" 2>error
chezmoi cat "$HOME/.netrc"
chezmoi apply
chezmoi verify
cat "$HOME/.netrc"
echo hello | chezmoi encrypt >encrypted
chezmoi decrypt encrypted
chezmoi doctor | grep -oE '^ok +age-command'
