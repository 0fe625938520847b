//! Private SSH keys in every form that openssl and ssh-keygen write, beside age.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::env::{Outcome, Run, TestEnv};
use crate::tools::need;

const RSA: &str = include_str!("../files/other_systems/rsa-pkcs8.pem");
const RSA_PUBLIC: &str = include_str!("../files/other_systems/rsa.pub");
const RSA_DES: &str = include_str!("../files/other_systems/rsa-des.pem");
const ED25519: &str = include_str!("../files/other_systems/ed25519-pkcs8.pem");
const ED25519_PUBLIC: &str = include_str!("../files/other_systems/ed25519.pub");

/// Keys "rsa" and "ed25519" in PKCS#8, a file for each ("rsa.age"), and the passphrase in "word".
fn env() -> TestEnv {
    let env = TestEnv::new().like_others();
    env.write("word", "secret");
    env.write("wrong", "sacred");
    for (kind, key, public) in [
        ("rsa", RSA, RSA_PUBLIC),
        ("ed25519", ED25519, ED25519_PUBLIC),
    ] {
        private(&env, kind, key);
        env.write("public", public);
        let closed = env.line("age -R public").stdin("plain").run();
        env.write(&format!("{kind}.age"), &closed.assert_quiet().stdout);
    }
    env
}

/// Writes a private key. ssh-keygen refuses one that others can read.
fn private(env: &TestEnv, name: &str, key: &str) {
    let path = env.write(name, key);
    fs::set_permissions(path, PermissionsExt::from_mode(0o600)).unwrap();
}

/// Writes the RSA key in another form, with the command that makes it (`openssl rsa`) from "rsa" or that
/// changes it in place (`ssh-keygen`).
fn in_form(env: &TestEnv, program: &Path, line: &str) {
    private(env, "key", RSA);
    env.write("key.pub", RSA_PUBLIC);
    convert(env, program, line);
}

fn convert(env: &TestEnv, program: &Path, line: &str) {
    let made = env.program(program, line.split(' ')).run();
    assert_eq!(made.code, Some(0), "{line}: {}", made.stderr);
}

fn decrypt<'a>(env: &'a TestEnv, key: &str, file: &str, word: &str) -> Run<'a> {
    let args = ["decrypt", "-q", "-i", key, file, "-o", "-"];
    env.bulla([&args[..], &["--passphrase-file", word]].concat())
}

/// Decrypts with a program that has age's command line. `None` if there is no terminal to type the
/// passphrase at.
fn as_age(env: &TestEnv, program: &Path, key: &str, file: &str, word: &str) -> Option<Outcome> {
    let args = ["-d", "-o", "out", "-i", key, file];
    let terminal = env.program(program, args).on_terminal()?;
    let question = format!("Enter passphrase for \"{key}\":");
    terminal.wait_for(&question).keys(&format!("{word}\n"));
    Some(terminal.end())
}

/// age 1.3, if it is there, and bulla under its name.
fn programs(env: &TestEnv) -> Vec<PathBuf> {
    let mut programs = vec![env.path("../bin/age")];
    match std::env::var_os("BULLA_AGE_1_3") {
        Some(age) => programs.push(age.into()),
        None => eprintln!("skipped: age 1.3 not installed (BULLA_AGE_1_3)"),
    }
    programs
}

#[test]
fn keys_without_a_passphrase_decrypt_in_every_form() {
    let (openssl, keygen) = need!("openssl", "ssh-keygen");
    let env = env();
    let check = |form: &str, key: &str, file: &str| {
        decrypt(&env, key, file, "wrong")
            .run()
            .assert(0, "plain", "");
        for program in programs(&env) {
            let said = env.program(&program, ["-d", "-i", key, file]).run();
            assert_eq!(said.stdout, b"plain", "{form}: {program:?} {said:?}");
        }
    };
    check("PKCS#8", "ed25519", "ed25519.age");
    check("PKCS#8", "rsa", "rsa.age");
    in_form(&env, &openssl, "rsa -in rsa -traditional -out key");
    assert!(env.read("key").starts_with(b"-----BEGIN RSA PRIVATE KEY"));
    check("PKCS#1", "key", "rsa.age");
    for form in ["RFC4716", "PEM", "PKCS8"] {
        in_form(&env, &keygen, &format!("-p -q -m {form} -N  -f key"));
        check(form, "key", "rsa.age");
    }
}

#[test]
fn encrypted_keys_of_the_old_form_decrypt_with_the_ciphers_of_age() {
    let (openssl, keygen) = need!("openssl", "ssh-keygen");
    let env = env();
    let check = |cipher: &str| {
        let key = String::from_utf8(env.read("key")).unwrap();
        let info = format!("\nDEK-Info: {cipher}-CBC,");
        assert!(key.contains(&info), "{key}");
        decrypt(&env, "key", "rsa.age", "word")
            .run()
            .assert(0, "plain", "");
        let wrong = decrypt(&env, "key", "rsa.age", "wrong").run();
        assert_eq!(wrong.code, Some(3), "{cipher}: {wrong:?}");
        for program in programs(&env) {
            let Some(said) = as_age(&env, &program, "key", "rsa.age", "secret") else {
                return;
            };
            assert_eq!(said.code, Some(0), "{cipher}: {program:?} {said:?}");
            assert_eq!(env.read("out"), b"plain");
            fs::remove_file(env.path("out")).unwrap();
            let said = as_age(&env, &program, "key", "rsa.age", "sacred").unwrap();
            assert_eq!(said.code, Some(1), "{cipher}: {program:?} {said:?}");
            assert!(!env.path("out").exists());
        }
    };
    private(&env, "key", RSA_DES);
    env.write("key.pub", RSA_PUBLIC);
    check("DES");
    private(&env, "key", &RSA_DES.replace('\n', "\r\n"));
    decrypt(&env, "key", "rsa.age", "word")
        .run()
        .assert(0, "plain", "");
    for (flag, cipher) in [
        ("des3", "DES-EDE3"),
        ("aes128", "AES-128"),
        ("aes192", "AES-192"),
        ("aes256", "AES-256"),
    ] {
        let line = format!("rsa -in rsa -traditional -{flag} -passout file:word -out key");
        in_form(&env, &openssl, &line);
        check(cipher);
    }
    in_form(&env, &keygen, "-p -q -m PEM -N secret -f key");
    check("AES-128");
}

/// As with age. A file beside the key is its public half only for age's command line.
#[test]
fn the_public_key_beside_one_of_the_old_form_spares_its_passphrase() {
    let env = env();
    private(&env, "key", RSA_DES);
    env.write("text", "to myself");
    let keygen = need!("ssh-keygen");
    convert(&env, &keygen, "-q -t rsa -N  -f other");
    env.line("age -R other.pub -o other.age text")
        .run()
        .assert(0, "", "");
    for program in programs(&env) {
        env.write("key.pub", RSA_PUBLIC);
        let run = |args: &[&str]| env.program(&program, args).run();
        let said = run(&["-d", "-i", "key", "other.age"]);
        assert!(said.stderr.contains("no identity matched"), "{said:?}");
        let said = run(&["-e", "-i", "key", "-o", "mine.age", "text"]);
        assert_eq!(said.code, Some(0), "{said:?}");
        decrypt(&env, "rsa", "mine.age", "wrong")
            .run()
            .assert(0, "to myself", "");
        std::fs::remove_file(env.path("key.pub")).unwrap();
        let said = run(&["-d", "-i", "key", "other.age"]);
        assert_eq!(said.code, Some(1), "{said:?}");
        assert!(said.stderr.contains("key.pub"), "{said:?}");
        env.write("key.pub", "nothing\n");
        let said = run(&["-d", "-i", "key", "rsa.age"]);
        assert_eq!(said.code, Some(1), "{said:?}");
        assert!(
            said.stderr.contains("failed to parse \"key.pub\""),
            "{said:?}"
        );
        env.write("key.pub", env.read("other.pub"));
        let Some(said) = as_age(&env, &program, "key", "other.age", "secret") else {
            return;
        };
        assert_eq!(said.code, Some(1), "{said:?}");
        let shown = String::from_utf8_lossy(&said.stdout).into_owned();
        let why = "mismatched private and public SSH key";
        assert!(shown.contains(why), "{shown}");
    }
    // It is no output, either.
    env.write("key.pub", RSA_PUBLIC);
    let said = env.line("age -d -i key -o key.pub rsa.age").run();
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_eq!(env.read("key.pub"), RSA_PUBLIC.as_bytes());
}

/// age wants the public key from another file ("key.pub").
#[test]
fn an_encrypted_key_of_the_old_form_needs_no_other_file() {
    let env = env();
    private(&env, "key", RSA_DES);
    decrypt(&env, "key", "rsa.age", "word")
        .run()
        .assert(0, "plain", "");
    env.bulla(["identity", "show", "-i", "key", "--passphrase-file", "word"])
        .run()
        .assert(0, format!("{}\n", public()), "");
    env.write("text", "to myself");
    let encrypt = ["encrypt", "-q", "-i", "key", "text", "-o", "mine.age"];
    env.does(&[&encrypt[..], &["--passphrase-file", "word"]].concat());
    decrypt(&env, "rsa", "mine.age", "wrong")
        .run()
        .assert(0, "to myself", "");
    let program = env.path("../bin/age");
    if let Some(said) = as_age(&env, &program, "key", "rsa.age", "secret") {
        assert_eq!(said.code, Some(0), "{said:?}");
    }
}

/// The RSA key as a recipient.
fn public() -> String {
    let words: Vec<_> = RSA_PUBLIC.split(' ').take(2).collect();
    words.join(" ").trim_end().to_owned()
}

/// Its passphrase is asked for only if the file may be for it.
#[test]
fn nobody_is_asked_for_the_passphrase_of_a_key_of_another_type() {
    let env = env();
    private(&env, "key", RSA_DES);
    let said = env
        .bulla([
            "decrypt",
            "--no-prompt",
            "-i",
            "key",
            "ed25519.age",
            "-o",
            "-",
        ])
        .run();
    assert_eq!(said.code, Some(3), "{said:?}");
    let both = ["-i", "key", "-i", "ed25519", "ed25519.age"];
    env.bulla([&["decrypt", "-q", "--no-prompt", "-o", "-"], &both[..]].concat())
        .run()
        .assert(0, "plain", "");
    env.line("age -d -i key -i ed25519 ed25519.age")
        .run()
        .assert(0, "plain", "");
}

/// The keyring keeps it under the passphrase of the identity alone.
#[test]
fn a_key_of_the_old_form_is_imported_without_its_weak_encryption() {
    let env = env();
    private(&env, "key", RSA_DES);
    let import = ["identity", "import", "old", "key", "--no-passphrase"];
    let said = env
        .bulla([&import[..], &["-q", "--passphrase-file", "word"]].concat())
        .run();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(
        String::from_utf8_lossy(&said.stdout),
        format!("{}\n", public())
    );
    let decrypt = ["decrypt", "-q", "--no-prompt", "rsa.age", "-o", "-"];
    env.bulla(decrypt).run().assert(0, "plain", "");
}

/// The commands in the messages work.
#[test]
fn forms_that_are_not_read_come_with_the_command_that_converts_them() {
    let (openssl, keygen) = need!("openssl", "ssh-keygen");
    let env = env();
    let refused = |file: &str| decrypt(&env, "key", file, "word").run();
    let line = "rsa -in rsa -traditional -camellia128 -passout file:word -out key";
    in_form(&env, &openssl, line);
    let said = refused("rsa.age");
    assert_eq!(said.code, Some(2), "{said:?}");
    let hint = "unsupported cipher; convert it with: ssh-keygen -p -f FILE\n";
    assert!(said.stderr.ends_with(hint), "{}", said.stderr);
    convert(&env, &keygen, "-p -q -f key -P secret -N secret");
    refused("rsa.age").assert(0, "plain", "");
    for kind in ["rsa", "ed25519"] {
        private(&env, "key", "");
        let line = format!("pkcs8 -topk8 -in {kind} -passout file:word -out key");
        convert(&env, &openssl, &line);
        let said = refused(&format!("{kind}.age"));
        assert_eq!(said.code, Some(2), "{said:?}");
        let hint = "decrypt it with: openssl pkey -in FILE -out NEW\n";
        assert!(said.stderr.ends_with(hint), "{}", said.stderr);
        convert(&env, &openssl, "pkey -in key -passin file:word -out new");
        decrypt(&env, "new", &format!("{kind}.age"), "wrong")
            .run()
            .assert(0, "plain", "");
    }
}
