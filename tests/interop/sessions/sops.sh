# Values of a file that sops encrypts. It does not start age, but plugins and the command that prints its keys.
sops() {
  "$TOOL" --disable-version-check "$@"
}
cat >.sops.yaml <<EOF
creation_rules:
  - age: $RECIPIENT
EOF
if head -n 1 "$IDENTITY" | grep -q '^age-encryption'; then
  # A key with a passphrase is decrypted by a command, with a key that is not in a file of sops.
  age-keygen -o inner.txt 2>/dev/null
  age -e -i "$IDENTITY" -o inner.age inner.txt
  RECIPIENT=$(age-keygen -y inner.txt)
  echo "creation_rules: [{age: $RECIPIENT}]" >.sops.yaml
  rm inner.txt
  export SOPS_AGE_KEY_CMD="age -d -i $IDENTITY inner.age"
else
  export SOPS_AGE_KEY_FILE=$IDENTITY
fi
printf 'user: bob\npassword: one\n' >values.yaml
sops encrypt --in-place values.yaml
grep -c '^[a-z]*: ENC' values.yaml
sops decrypt values.yaml
sops set values.yaml '["password"]' '"two"'
sops decrypt --extract '["password"]' values.yaml
echo
EDITOR='sed -i s/two/three/' sops edit values.yaml
sops decrypt values.yaml
sops exec-env values.yaml 'echo $password'
SOPS_AGE_KEY_FILE=/dev/null SOPS_AGE_KEY_CMD='' sops decrypt values.yaml 2>/dev/null || echo refused
