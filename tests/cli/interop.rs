//! Other implementations of the format: bulla reads their files, and they read ours.
//!
//! The lengths are those around chunk boundaries; each file is written in both forms.

use std::path::{Path, PathBuf};

use crate::env::TestEnv;
use crate::tools::{self, need};

const LENGTHS: [usize; 7] = [0, 1, 65_535, 65_536, 65_537, 1 << 20, (5 << 20) + 1];
/// The warning about a work factor low enough for tests.
const WEAK: &str = "bulla: warning: A work factor of 10 makes the passphrase easier to guess\n";
const PASSPHRASE: &str = "eine Pfütze, zwei Öfen";

/// Binary, or text between two lines of dashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Binary,
    Armor,
}

impl Form {
    fn flag(self) -> &'static [&'static str] {
        match self {
            Self::Binary => &[],
            Self::Armor => &["-a"],
        }
    }
}

/// One file: its contents, and its name at each station.
struct Journey {
    form: Form,
    len: usize,
}

impl Journey {
    fn all() -> impl Iterator<Item = Self> {
        let forms = [Form::Binary, Form::Armor];
        forms
            .into_iter()
            .flat_map(|form| LENGTHS.into_iter().map(move |len| Self { form, len }))
    }

    fn plain(&self) -> String {
        format!("plain-{}", self.len)
    }

    fn at(&self, station: &str) -> String {
        format!("{station}-{:?}-{}", self.form, self.len)
    }

    /// Compares the result with the original.
    #[track_caller]
    fn arrived(&self, env: &TestEnv, station: &str) {
        let same = env.read(&self.at(station)) == env.read(&self.plain());
        assert!(
            same,
            "{station}: {:?}, {} bytes: another plaintext",
            self.form, self.len
        );
    }

    /// Checks the form.
    #[track_caller]
    fn in_form(&self, env: &TestEnv, station: &str) {
        let start: &[u8] = match self.form {
            Form::Binary => b"age-encryption.org/v1\n",
            Form::Armor => b"-----BEGIN AGE ENCRYPTED FILE-----\n",
        };
        assert!(
            env.read(&self.at(station)).starts_with(start),
            "{station}: not {:?}",
            self.form
        );
    }
}

/// A folder with all plaintexts; neighbouring bytes differ.
fn env() -> TestEnv {
    let env = TestEnv::new();
    for len in LENGTHS {
        let mut state = len as u32 + 1;
        let bytes = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        });
        env.write(
            &format!("plain-{len}"),
            bytes.take(len).collect::<Vec<u8>>(),
        );
    }
    env
}

/// The options of this program for a key.
struct Ours<'a> {
    encrypt: &'a [&'a str],
    decrypt: &'a [&'a str],
    /// The message when encrypting.
    said: &'a str,
}

impl Ours<'_> {
    fn encrypt(&self, env: &TestEnv, journey: &Journey) {
        let (to, from) = (journey.at("ours"), journey.plain());
        let args = [
            &["encrypt", "-q"],
            self.encrypt,
            journey.form.flag(),
            &["-o", &to, &from],
        ];
        env.bulla(args.concat()).run().assert(0, "", self.said);
        journey.in_form(env, "ours");
    }

    fn decrypt(&self, env: &TestEnv, journey: &Journey) {
        journey.in_form(env, "theirs");
        let (to, from) = (journey.at("opened-here"), journey.at("theirs"));
        env.bulla([&["decrypt", "-q"], self.decrypt, &["-o", &to, &from]].concat())
            .run()
            .assert_quiet();
        journey.arrived(env, "opened-here");
    }
}

/// A program with the command line of `age`, both ways, with a recipient and its identity file.
fn with_a_program(env: &TestEnv, program: &Path, recipient: &str, identity: &str) {
    let ours = Ours {
        encrypt: &["-r", recipient],
        decrypt: &["-i", identity],
        said: "",
    };
    let mut files = 0;
    for journey in Journey::all() {
        let (theirs, plain) = (journey.at("theirs"), journey.plain());
        let args = [
            &["-r", recipient],
            journey.form.flag(),
            &["-o", &theirs, &plain],
        ]
        .concat();
        env.program(program, args).run().assert(0, "", "");
        ours.decrypt(env, &journey);
        ours.encrypt(env, &journey);
        // To standard output: with -o they do not create empty files.
        let opened = env
            .program(program, ["-d", "-i", identity, &journey.at("ours")])
            .run();
        opened.assert(0, env.read(&plain), "");
        for station in ["theirs", "ours", "opened-here"] {
            std::fs::remove_file(env.path(journey.at(station))).unwrap();
        }
        files += 2;
    }
    let (name, kind) = (
        program.file_name().unwrap().display(),
        recipient.get(..11).unwrap(),
    );
    println!("interop: {name}, {kind}: {files} files");
    assert_eq!(files, 28);
}

/// Creates a key pair of OpenSSH, and returns its recipient.
fn ssh_key(env: &TestEnv, keygen: &Path, kind: &[&str]) -> String {
    let args = [&["-q", "-N", "", "-C", "", "-f", "ssh", "-t"], kind].concat();
    env.program(keygen, args).run().assert_quiet();
    String::from_utf8(env.read("ssh.pub"))
        .unwrap()
        .trim()
        .to_owned()
}

/// Creates an identity without a passphrase, and returns its recipient.
fn new_identity(env: &TestEnv, kind: &[&str]) -> String {
    let args = [
        &["identity", "new", "-q", "--no-passphrase", "-o", "key"],
        kind,
    ]
    .concat();
    assert_eq!(env.bulla(args).run().code, Some(0));
    recipient_of(env, "key")
}

pub(crate) fn recipient_of(env: &TestEnv, identity: &str) -> String {
    let shown = env.bulla(["identity", "show", "-i", identity]).run();
    String::from_utf8(shown.assert_quiet().stdout.clone())
        .unwrap()
        .trim()
        .to_owned()
}

#[test]
fn age_with_a_key_of_its_own() {
    let (age, keygen) = need!("age", "age-keygen");
    let env = env();
    assert_eq!(env.program(keygen, ["-o", "key"]).run().code, Some(0));
    let recipient = recipient_of(&env, "key");
    let file = String::from_utf8(env.read("key")).unwrap();
    assert!(
        file.contains(&format!("# public key: {recipient}\n")),
        "{file}"
    );
    with_a_program(&env, &age, &recipient, "key");
}

#[test]
fn age_with_ssh_ed25519() {
    let (age, keygen) = need!("age", "ssh-keygen");
    let env = env();
    let recipient = ssh_key(&env, &keygen, &["ed25519"]);
    with_a_program(&env, &age, &recipient, "ssh");
}

#[test]
fn age_with_ssh_rsa() {
    let (age, keygen) = need!("age", "ssh-keygen");
    let env = env();
    let recipient = ssh_key(&env, &keygen, &["rsa", "-b", "2048"]);
    with_a_program(&env, &age, &recipient, "ssh");
}

/// age 1.3, which knows post-quantum keys. `None`, with a message, if `BULLA_AGE_1_3` is not set.
///
/// It is optional: on a machine with an older age its tests are skipped, even with `CI=true`.
pub(crate) fn age_1_3() -> Option<PathBuf> {
    let Some(program) = std::env::var_os("BULLA_AGE_1_3").map(PathBuf::from) else {
        eprintln!("skipped: age 1.3 not installed (BULLA_AGE_1_3)");
        return None;
    };
    assert!(program.is_file(), "BULLA_AGE_1_3: no file {program:?}");
    Some(program)
}

fn age_1_3_with(keygen_flags: &[&str], begins: &str) {
    let Some(age) = age_1_3() else { return };
    let env = env();
    let keygen = age.with_file_name("age-keygen");
    let args = [keygen_flags, &["-o", "key"]].concat();
    assert_eq!(env.program(keygen, args).run().code, Some(0));
    let recipient = recipient_of(&env, "key");
    assert!(recipient.starts_with(begins), "{recipient}");
    let file = String::from_utf8(env.read("key")).unwrap();
    assert!(
        file.contains(&format!("# public key: {recipient}\n")),
        "{file}"
    );
    with_a_program(&env, &age, &recipient, "key");
}

#[test]
fn age_1_3_with_a_key_of_its_own() {
    age_1_3_with(&[], "age1");
}

#[test]
fn age_1_3_with_a_post_quantum_key_of_its_own() {
    age_1_3_with(&["-pq"], "age1pq1");
}

#[test]
fn rage_with_a_key_made_here() {
    let rage = need!("rage");
    let env = env();
    let recipient = new_identity(&env, &["--classic"]);
    with_a_program(&env, &rage, &recipient, "key");
}

#[test]
fn rage_with_ssh_ed25519() {
    let (rage, keygen) = need!("rage", "ssh-keygen");
    let env = env();
    let recipient = ssh_key(&env, &keygen, &["ed25519"]);
    with_a_program(&env, &rage, &recipient, "ssh");
}

#[test]
fn rage_with_ssh_rsa() {
    let (rage, keygen) = need!("rage", "ssh-keygen");
    let env = env();
    let recipient = ssh_key(&env, &keygen, &["rsa", "-b", "2048"]);
    with_a_program(&env, &rage, &recipient, "ssh");
}

/// Node and its modules. `None`, with a message, if either is missing.
pub(crate) fn node() -> Option<(PathBuf, PathBuf)> {
    let modules = std::env::var_os("BULLA_NODE_MODULES").map(PathBuf::from);
    let modules = modules.filter(|folder| folder.join("age-encryption").is_dir());
    let both = tools::tool("node").zip(modules);
    if both.is_none() {
        tools::skip("node or age-encryption not installed (BULLA_NODE_MODULES)");
    }
    both
}

/// Runs the script, and returns its output.
pub(crate) fn script(
    env: &TestEnv,
    (node, modules): &(PathBuf, PathBuf),
    args: &[String],
) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/interop.mjs").to_owned();
    let run = env.program(node, std::iter::once(&script).chain(args));
    let outcome = run.env("BULLA_NODE_MODULES", modules).run();
    String::from_utf8(outcome.assert_quiet().stdout.clone()).unwrap()
}

/// A key as an argument of the script: its kind and its text.
struct Theirs<'a> {
    encrypt: [&'a str; 2],
    decrypt: [&'a str; 2],
}

/// The script, both ways; it takes all files of a form at once.
fn with_typescript(env: &TestEnv, node: &(PathBuf, PathBuf), ours: &Ours<'_>, theirs: &Theirs<'_>) {
    let stations = |command: &str, key: [&str; 2], form: Form, from: &str, to: &str| {
        let form_name = if form == Form::Armor {
            "armor"
        } else {
            "binary"
        };
        let mut args: Vec<String> = [command, key[0], key[1], form_name]
            .map(str::to_owned)
            .into();
        for journey in Journey::all().filter(|journey| journey.form == form) {
            let from = if from == "plain" {
                journey.plain()
            } else {
                journey.at(from)
            };
            args.extend([from, journey.at(to)]);
        }
        script(env, node, &args);
    };
    for form in [Form::Binary, Form::Armor] {
        stations("encrypt", theirs.encrypt, form, "plain", "theirs");
    }
    for journey in Journey::all() {
        ours.decrypt(env, &journey);
        ours.encrypt(env, &journey);
    }
    for form in [Form::Binary, Form::Armor] {
        stations("decrypt", theirs.decrypt, form, "ours", "opened-there");
    }
    Journey::all().for_each(|journey| journey.arrived(env, "opened-there"));
    let [kind, key] = theirs.encrypt;
    let kind = if kind == "passphrase" {
        kind
    } else {
        key.get(..8).unwrap()
    };
    println!(
        "interop: age-encryption, {kind}: {} files",
        2 * Journey::all().count()
    );
}

/// The secret key in an identity file.
pub(crate) fn secret_line(env: &TestEnv, name: &str) -> String {
    let file = String::from_utf8(env.read(name)).unwrap();
    file.lines()
        .find(|line| line.starts_with("AGE-SECRET-KEY-"))
        .unwrap()
        .to_owned()
}

fn typescript_with_a_key(env: &TestEnv, node: &(PathBuf, PathBuf), recipient: &str) {
    let secret = secret_line(env, "key");
    let ours = Ours {
        encrypt: &["-r", recipient],
        decrypt: &["-i", "key"],
        said: "",
    };
    let theirs = Theirs {
        encrypt: ["recipient", recipient],
        decrypt: ["identity", &secret],
    };
    with_typescript(env, node, &ours, &theirs);
}

#[test]
fn long_typescript_with_a_key_made_here() {
    let Some(node) = node() else { return };
    let env = env();
    let recipient = new_identity(&env, &["--classic"]);
    assert!(
        recipient.starts_with("age1") && recipient.len() == 62,
        "{recipient}"
    );
    typescript_with_a_key(&env, &node, &recipient);
}

#[test]
fn long_typescript_with_a_post_quantum_key_made_here() {
    let Some(node) = node() else { return };
    let env = env();
    let recipient = new_identity(&env, &[]);
    assert!(recipient.starts_with("age1pq1"), "{recipient}");
    typescript_with_a_key(&env, &node, &recipient);
}

#[test]
fn long_typescript_with_a_post_quantum_key_of_its_own() {
    let Some(node) = node() else { return };
    let env = env();
    let made = script(&env, &node, &["new".to_owned()]);
    let (secret, recipient) = made.trim().split_once('\n').unwrap();
    env.write("key", format!("{secret}\n"));
    assert_eq!(recipient_of(&env, "key"), recipient);
    typescript_with_a_key(&env, &node, recipient);
}

#[test]
fn long_typescript_with_a_passphrase() {
    let Some(node) = node() else { return };
    let env = env();
    env.write("passphrase", format!("{PASSPHRASE}\n"));
    let from = ["--passphrase-file", "passphrase"];
    let ours = Ours {
        encrypt: &[&["-p", "--work-factor", "10"], &from[..]].concat(),
        decrypt: &from,
        said: WEAK,
    };
    let theirs = Theirs {
        encrypt: ["passphrase", PASSPHRASE],
        decrypt: ["passphrase", PASSPHRASE],
    };
    with_typescript(&env, &node, &ours, &theirs);
}

#[test]
fn age_with_a_passphrase_typed() {
    let age = need!("age");
    let env = env();
    env.write("passphrase", format!("{PASSPHRASE}\n"));
    let journey = Journey {
        form: Form::Binary,
        len: 65_537,
    };
    let from = ["--passphrase-file", "passphrase"];
    let ours = Ours {
        encrypt: &[&["-p", "--work-factor", "10"], &from[..]].concat(),
        decrypt: &from,
        said: WEAK,
    };
    let typed = format!("{PASSPHRASE}\n");
    let (theirs, plain) = (journey.at("theirs"), journey.plain());
    let Some(terminal) = env
        .program(&age, ["-p", "-o", &theirs, &plain])
        .on_terminal()
    else {
        return;
    };
    terminal
        .wait_for("Enter passphrase")
        .keys(&typed)
        .wait_for("Confirm passphrase")
        .keys(&typed);
    assert_eq!(terminal.end().code, Some(0));
    ours.decrypt(&env, &journey);
    ours.encrypt(&env, &journey);
    let (to, from) = (journey.at("opened-there"), journey.at("ours"));
    let Some(terminal) = env.program(&age, ["-d", "-o", &to, &from]).on_terminal() else {
        return;
    };
    terminal.wait_for("Enter passphrase").keys(&typed);
    assert_eq!(terminal.end().code, Some(0));
    journey.arrived(&env, "opened-there");
}
