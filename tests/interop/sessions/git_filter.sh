# A repository whose secrets are encrypted with age by a filter, and decrypted in the working tree.
export GIT_CONFIG_NOSYSTEM=1
git config --global user.name me
git config --global user.email me@example.com
git config --global init.defaultBranch main

# The old file stays if its contents did not change: encrypted again it would differ.
cat >"$HOME/clean" <<'EOF'
#!/bin/sh
new=$(mktemp)
cat >"$new"
if git cat-file -e "HEAD:$1" 2>/dev/null && git cat-file blob "HEAD:$1" | age -d -i "$IDENTITY" | cmp -s - "$new"; then
  git cat-file blob "HEAD:$1"
else
  age -a -r "$RECIPIENT" <"$new"
fi
rm "$new"
EOF
cat >"$HOME/shown" <<'EOF'
#!/bin/sh
if head -n 1 "$1" | grep -q "BEGIN AGE"; then age -d -i "$IDENTITY" "$1"; else cat "$1"; fi
EOF
chmod +x "$HOME/clean" "$HOME/shown"
git config --global filter.age.clean "\"$HOME/clean\" %f"
git config --global filter.age.smudge "age --decrypt -i \"$IDENTITY\" -"
git config --global filter.age.required true
git config --global diff.age.textconv "$HOME/shown"

git init -q here
cd here
echo '*.secret filter=age diff=age' >.gitattributes
echo 'token = 1' >a.secret
head -c 100000 /dev/zero >b.secret
git add .
git commit -qm first
git show HEAD:a.secret --no-textconv | head -n 1
touch a.secret
git add .
git status --short
echo 'token = 2' >a.secret
git diff -U0 | tail -n 2
git commit -qam second
git log -p -U0 --format=%s -- a.secret | grep -E '^[+-]token|^second|^first'

cd ..
git clone -q here there
cat there/a.secret
cmp here/b.secret there/b.secret
git -C there checkout -q HEAD~1
cat there/a.secret
git -C there status --short

# Without the key there is no checkout: what is encrypted does not count as the contents.
mv "$IDENTITY" away
! git clone -q here nowhere 2>error
grep -c 'smudge filter' error
