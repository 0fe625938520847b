# A store of passwords, with the command lines of age that passage uses: encrypted to the recipients of the nearest
# folder or to the identities, from standard input and from a file, over the old file.
store=$HOME/.passage/store
identities=$HOME/.passage/identities
mkdir -p "$store/team"
cp "$IDENTITY" "$identities"

set_recipients() {
  local folder
  folder=$(dirname "$store/$1")
  while [ "$folder" != "$store" ] && [ ! -f "$folder/.age-recipients" ]; do
    folder=$(dirname "$folder")
  done
  recipients=(-i "$identities")
  [ ! -f "$folder/.age-recipients" ] || recipients=(-R "$folder/.age-recipients")
}
insert() {
  set_recipients "$1"
  age -e "${recipients[@]}" -o "$store/$1.age"
}
show() {
  age -d -i "$identities" "$store/$1.age"
}
edit() {
  local temporary
  temporary=$(mktemp)
  age -d -o "$temporary" -i "$identities" "$store/$1.age"
  sed -i "$2" "$temporary"
  ! age -d -o - -i "$identities" "$store/$1.age" | cmp -s - "$temporary"
  set_recipients "$1"
  age -e "${recipients[@]}" -o "$store/$1.age" "$temporary"
  rm "$temporary"
}
encrypt_again() {
  set_recipients "$1"
  age -d -i "$identities" "$store/$1.age" | age -e "${recipients[@]}" -o "$store/$1.new" && mv "$store/$1.new" "$store/$1.age"
}

insert mail <<<"first"
insert mail <<<"second"
show mail
edit mail s/second/third/
show mail
printf '# the team\n%s\n' "$RECIPIENT" >"$store/team/.age-recipients"
printf 'one\ntwo\n' | insert team/wiki
show team/wiki
encrypt_again team/wiki
show team/wiki | tail -n 1
for name in mail team/wiki; do
  show "$name" | grep -c t
done

# A file that does not open leaves the old plaintext alone.
echo old >plain
echo "age-encryption.org/v1" >"$store/broken.age"
age -d -o plain -i "$identities" "$store/broken.age" 2>error && exit 1
cat plain
grep -c '^age: error: ' error
find "$store" -type f | sort | sed "s|$store/||"
