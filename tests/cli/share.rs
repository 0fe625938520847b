//! Sharing files: the messages, who can open them afterwards, and what is refused.

/// Killed at every system call, full disks, and many processes at once.
mod cuts;
/// Detached headers.
mod detached;
/// Keys that only a plugin can use.
mod plugins;
/// Files that another program writes meanwhile.
mod replaced;
/// Encrypting again for others.
mod reseal;
/// Trees of files.
mod trees;
/// Removing access.
mod unshare;

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use bulla_age::format::Header;
use bulla_age::kinds::{HybridIdentity, X25519Identity, X25519Recipient};
use bulla_age::seed::Seed;
use bulla_age::sender::{Author, Coverage};
use bulla_age::signing::{Algorithm, SecretSigningKey, Signer, SigningKey};
use bulla_age::stream::Engine;
use bulla_age::{FileKey, LockedFile, NewFile, Recipient, signing};
use hmac::{Hmac, Mac};

use crate::env::TestEnv;
use crate::someone::{IDENTITY, RECIPIENT};
use crate::tools::need;

/// The message about unverified contacts.
pub(crate) const UNCHECKED: &str =
    "bulla: hint: Keys not verified yet: carol. Verify when you can: bulla contact verify carol\n";

/// The user, bob and carol, all with classic keys in key files. "plain.age" is for the user and
/// bob.
pub(crate) fn three() -> TestEnv {
    let env = TestEnv::new().with_identity("me", None).with_key();
    for name in ["bob", "carol"] {
        let recipient = env.somebody(name);
        env.does(&["contact", "add", name, &recipient]);
    }
    env.write("plain", "hello\n");
    env.does(&["encrypt", "-q", "--to", "bob", "plain"]);
    env
}

impl TestEnv {
    /// Returns true if a key file decrypts a file to "hello".
    #[track_caller]
    pub(crate) fn opens(&self, key: &str, file: &str) -> bool {
        let said = self
            .bulla(["decrypt", "-q", "-i", key, "-o", "-", file])
            .run();
        assert!(
            matches!(said.code, Some(0 | 3)),
            "{key} {file}: {}",
            said.stderr
        );
        assert!(
            said.code == Some(3) || said.stdout == b"hello\n",
            "{key} {file}"
        );
        said.code == Some(0)
    }

    /// Those of "key", "bob.key" and "carol.key" that open a file.
    #[track_caller]
    pub(crate) fn openers(&self, file: &str) -> [bool; 3] {
        ["key", "bob.key", "carol.key"].map(|key| self.opens(key, file))
    }
}

/// A file of "hello" for these recipients, with a statement by this author.
pub(crate) fn made(
    recipients: &[&dyn Recipient],
    author: &Author<'_>,
    covering: Coverage<'_>,
) -> Vec<u8> {
    let file = NewFile::new(recipients).unwrap();
    let mut bytes = file.header_by(author, covering).unwrap();
    Engine::new(1)
        .seal(&file.payload_key(), &b"hello\n"[..], &mut bytes)
        .unwrap();
    bytes
}

pub(crate) fn me() -> X25519Recipient {
    IDENTITY.parse::<X25519Identity>().unwrap().to_recipient()
}

#[test]
fn share_adds_a_reader_and_every_tool_opens_the_file() {
    let (age, rage) = need!("age", "rage");
    let env = three();
    env.does(&[
        "encrypt", "-q", "-a", "--to", "bob", "-o", "text.age", "plain",
    ]);
    for file in ["plain.age", "text.age"] {
        assert_eq!(env.openers(file), [true, true, false]);
        // The reminder comes once a day.
        let reminder = if file == "plain.age" { UNCHECKED } else { "" };
        let said = format!("{reminder}Shared {file} with carol\n");
        env.bulla(["share", file, "--to", "carol"])
            .run()
            .assert(0, "", &said);
        assert_eq!(env.openers(file), [true; 3]);
        for tool in [&age, &rage] {
            for key in ["key", "bob.key", "carol.key"] {
                let opened = env.program(tool, ["-d", "-i", key, file]).run();
                assert_eq!(
                    opened.stdout, b"hello\n",
                    "{tool:?} {key} {file}: {}",
                    opened.stderr
                );
            }
        }
        env.does(&["verify", file]);
    }
    assert!(
        env.read("text.age")
            .starts_with(b"-----BEGIN AGE ENCRYPTED FILE-----\n")
    );
    assert!(
        env.read("text.age")
            .ends_with(b"-----END AGE ENCRYPTED FILE-----\n")
    );
}

#[test]
fn share_does_not_add_a_reader_twice() {
    let env = three();
    let before = env.read("plain.age");
    env.bulla(["share", "plain.age", "--to", "bob", "--to", "me"])
        .run()
        .assert(
            0,
            "",
            "bulla: hint: Keys not verified yet: bob. Verify when you can: bulla contact verify \
         bob\n\
         bob and me (you) can already open plain.age\n",
        );
    assert_eq!(env.read("plain.age"), before);
    let said = env.does(&["share", "plain.age", "--to", "bob", "--to", "carol"]);
    assert!(
        said.ends_with("Shared plain.age with carol (bob can already open it)\n"),
        "{said}"
    );
    let share = ["share", "-q", "--json", "plain.age", "--to", "carol"];
    let told = &env.bulla(share).run().json()[0];
    assert_eq!(
        (&told["written"], &told["added"], &told["already"]),
        (
            &false.into(),
            &serde_json::json!([]),
            &serde_json::json!(["carol"])
        )
    );
}

#[test]
fn share_dry_run_writes_nothing() {
    let env = three();
    let before = env.read("plain.age");
    let said = format!("{UNCHECKED}Would share plain.age with carol; nothing was written\n");
    env.bulla(["share", "--dry-run", "plain.age", "--to", "carol"])
        .run()
        .assert(0, "", &said);
    assert_eq!(env.read("plain.age"), before);
}

#[test]
fn share_refuses_a_weaker_or_different_key_type() {
    let env = three();
    env.does(&["identity", "new", "both", "--no-passphrase"]);
    env.does(&[
        "encrypt",
        "-q",
        "--to",
        "both",
        "--no-self",
        "-o",
        "strong.age",
        "plain",
    ]);
    let before = env.read("strong.age");
    env.bulla(["share", "-q", "strong.age", "--to", "carol"])
        .run()
        .assert(
            7,
            "",
            "bulla: error: strong.age uses post-quantum keys, and carol has none\n",
        );
    assert_eq!(env.read("strong.age"), before);
    let strong = HybridIdentity::generate()
        .unwrap()
        .to_recipient()
        .to_string();
    let said = env.fails(7, &["share", "plain.age", "-r", &strong]);
    assert!(
        said.contains("plain.age uses classic keys, and age1pq1"),
        "{said}"
    );
    assert!(
        said.ends_with("hint: Encrypt it again for everyone: bulla reseal plain.age --to NAME\n"),
        "{said}"
    );
    // An identity with both kinds gets access by the kind that the file has.
    env.does(&["share", "plain.age", "--to", "both"]);
    assert!(!String::from_utf8_lossy(&env.read("plain.age")).contains("mlkem"));
    env.does(&["share", "strong.age", "-r", &strong]);
}

#[test]
fn share_refuses_a_passphrase_file_before_any_prompt() {
    let env = three();
    env.write("phrase", "a phrase\n");
    env.does(&[
        "encrypt",
        "-q",
        "-p",
        "--work-factor",
        "10",
        "--passphrase-file",
        "phrase",
        "-o",
        "p.age",
        "plain",
    ]);
    env.bulla(["share", "p.age", "--to", "carol"]).run().assert(
        7,
        "",
        "bulla: error: p.age is encrypted with a passphrase, so no reader can be added\n\
         bulla: hint: Encrypt it for people instead: bulla reseal p.age --to NAME\n",
    );
    env.fails(7, &["unshare", "p.age", "--drop", "carol"]);
}

#[test]
fn a_file_signed_without_contents_can_be_unshared_but_not_shared() {
    let env = three();
    let (signer, bob) = (
        Seed::from_bytes(&[7; 32]).signing(),
        env.recipient_of("bob"),
    );
    let file = made(
        &[&me(), &bob],
        &Author::signing(&signer, 1),
        Coverage::Header,
    );
    env.write("x.age", &file);
    env.bulla(["share", "x.age", "--to", "carol"]).run().assert(
        7,
        "",
        &format!(
            "{UNCHECKED}bulla: error: The author's signature on x.age does not cover the \
             contents, so a new reader could change the contents in the author's name\n\
             bulla: hint: Encrypt it again, without that signature: bulla reseal x.age --to \
             NAME\n"
        ),
    );
    assert_eq!(env.read("x.age"), file);
    env.does(&["unshare", "x.age", "--drop", "bob"]);
    // The author's statement stays in the chain, and it is still refused.
    env.fails(7, &["share", "x.age", "--to", "carol"]);
    let unsigned = made(&[&me()], &Author::unsigned(1), Coverage::Header);
    env.write("y.age", unsigned);
    env.does(&["share", "y.age", "--to", "carol"]);
}

/// Signs nothing.
struct Forger;

impl Signer for Forger {
    fn key(&self) -> SigningKey {
        SecretSigningKey::new(&[7; 32], &[7; 32]).key()
    }

    fn sign(&self, algorithm: Algorithm, _: &str, _: &[u8]) -> Vec<u8> {
        vec![0; algorithm.signature_len()]
    }
}

/// A file of "hello" for the user, with an extra key that no list mentions: anyone who knows
/// the file key can make one.
fn with_a_ghost(ghost: &dyn Recipient, tag: Option<&str>) -> Vec<u8> {
    let key = || FileKey::new(&[9; 16]);
    let file = NewFile::of(key(), [3; 16], &[&me()]).unwrap();
    let header = file
        .header_by(&Author::unsigned(1), Coverage::Header)
        .unwrap();
    let header = Header::read(&mut &header[..]).unwrap();
    let mut added = ghost.wrap(&key(), &[4; 16]).unwrap().stanzas;
    if let Some(tag) = tag {
        added[0].tag = tag.to_owned();
    }
    let [own, sender] = header.stanzas() else {
        panic!("a key and the author's stanza")
    };
    let covered = Header::bytes_to_cover([own, &added[0], sender]);
    let mut mac_key = [0; 32];
    hkdf::Hkdf::<sha2::Sha256>::new(None, &[9; 16])
        .expand(b"header", &mut mac_key)
        .unwrap();
    let mut mac = <Hmac<sha2::Sha256> as Mac>::new_from_slice(&mac_key).unwrap();
    mac.update(&covered);
    let mut bytes = Header::finish(covered, &mac.finalize().into_bytes().into());
    bytes.extend_from_slice(&[3; 16]);
    Engine::new(1)
        .seal(&file.payload_key(), &b"hello\n"[..], &mut bytes)
        .unwrap();
    bytes
}

#[test]
fn an_unlisted_key_is_kept_and_reported() {
    let env = three();
    let ghost = X25519Identity::generate().unwrap().to_recipient();
    // The reminder comes once a day.
    for (tag, reminder) in [(None, UNCHECKED), (Some("xyz-grease"), "")] {
        env.write("x.age", with_a_ghost(&ghost, tag));
        let said = "bulla: warning: x.age: 1 key is not on the reader list; it was kept\n";
        env.bulla(["share", "x.age", "--to", "carol"]).run().assert(
            0,
            "",
            &format!("{reminder}Shared x.age with carol\n{said}"),
        );
        assert_eq!(env.openers("x.age"), [true, false, true]);
        env.write("x.age", with_a_ghost(&ghost, tag));
        // Not even for a person whose key it could be: it is neither proved nor listed.
        let left = env.bulla(["unshare", "x.age", "--drop", "bob"]).run();
        let doubt = "bob may still be able to open x.age, which has a key with an unknown owner";
        assert!(
            left.code == Some(1) && left.stderr.contains(doubt),
            "{left:?}"
        );
    }
}

#[test]
fn a_file_with_a_bad_signature_is_left_alone() {
    let env = three();
    let file = made(
        &[&me(), &env.recipient_of("bob")],
        &Author::signing(&Forger, 1),
        Coverage::Contents(&[1; 32]),
    );
    env.write("x.age", &file);
    for args in [
        &["share", "x.age", "--to", "carol"][..],
        &["unshare", "x.age", "--drop", "bob"],
        &["reseal", "x.age", "--to", "carol"],
    ] {
        let said = env.fails(9, args);
        assert!(
            said.contains("The signature of statement 1 in x.age is invalid"),
            "{said}"
        );
        assert_eq!(env.read("x.age"), file);
    }
}

#[test]
fn a_signed_change_keeps_the_authors_statement() {
    let env = TestEnv::new();
    env.does(&["identity", "new", "--no-passphrase", "--classic"]);
    let carol = env.somebody("carol");
    env.does(&["contact", "add", "carol", &carol]);
    env.write("plain", "hello\n");
    env.does(&["encrypt", "-q", "--to", "me", "--sign", "plain"]);
    let before = env.read("plain.age");
    env.does(&["share", "--sign", "plain.age", "--to", "carol"]);
    let after = env.read("plain.age");
    // Nonce, six bytes and their tag.
    assert!(after.ends_with(&before[before.len() - 38..]));
    assert!(env.opens("carol.key", "plain.age"));
    env.does(&["verify", "plain.age"]);
    let carol = env.read("carol.key");
    let carol = String::from_utf8(carol).unwrap();
    let secret = carol
        .lines()
        .find(|line| line.starts_with("AGE-SECRET-KEY-1"))
        .unwrap();
    let opened = LockedFile::read(&mut &after[..])
        .unwrap()
        .open(&[&secret.parse::<X25519Identity>().unwrap()]);
    let sender = opened.unwrap().sender(signing::verify).unwrap().unwrap();
    let [author, change] = sender.statements() else {
        panic!("two statements")
    };
    assert!(
        author.is_origin
            && author.content.is_some()
            && !change.is_origin
            && change.content.is_none()
    );
    assert!(author.signer.is_some() && author.signer == change.signer && change.entries.len() == 2);
    assert!(sender.is_recorded());
    let said = env.fails(
        2,
        &[
            "share",
            "plain.age",
            "--to",
            "carol",
            "-i",
            "carol.key",
            "--as",
            "me",
        ],
    );
    assert!(said.contains("cannot be used with"), "{said}");
}

#[test]
fn a_locked_identity_is_asked_for_once_to_open_and_to_sign() {
    let env = TestEnv::new();
    env.write("phrase", "correct horse\n");
    env.does(&[
        "identity",
        "new",
        "--classic",
        "--work-factor",
        "10",
        "--passphrase-file",
        "phrase",
    ]);
    let carol = env.somebody("carol");
    env.does(&["contact", "add", "carol", &carol]);
    for name in ["a", "b", "c"] {
        env.write(name, "hello\n");
        env.does(&["encrypt", "-q", "--to", "me", name]);
    }
    for flags in [&["--no-sign"][..], &["--sign"]] {
        let line = [
            "share",
            "-q",
            "--no-prompt",
            "--passphrase-file",
            "phrase",
            "--to",
            "carol",
            "a.age",
            "b.age",
            "c.age",
        ];
        env.bulla([&line, flags].concat()).run().assert_quiet();
    }
    assert!(env.opens("carol.key", "b.age"));
    env.bulla([
        "reseal",
        "-q",
        "--to",
        "me",
        "--sign",
        "--no-prompt",
        "--passphrase-file",
        "phrase",
        "a.age",
        "b.age",
    ])
    .run()
    .assert_quiet();
}

#[test]
fn symlinks_and_modes_are_kept_and_hard_links_become_separate_files() {
    let env = three();
    std::fs::create_dir(env.path("sub")).unwrap();
    std::fs::rename(env.path("plain.age"), env.path("sub/real.age")).unwrap();
    std::fs::set_permissions(env.path("sub/real.age"), PermissionsExt::from_mode(0o640)).unwrap();
    symlink("sub/real.age", env.path("link.age")).unwrap();
    env.does(&["share", "link.age", "--to", "carol"]);
    assert!(env.path("link.age").is_symlink());
    let real = env.path("sub/real.age").metadata().unwrap();
    assert_eq!(
        (real.mode() & 0o777, env.openers("sub/real.age")),
        (0o640, [true; 3])
    );
    let before = env.read("sub/real.age");
    std::fs::hard_link(env.path("sub/real.age"), env.path("other.age")).unwrap();
    env.bulla(["unshare", "other.age", "--drop", "carol"])
        .run()
        .assert(
            0,
            "",
            "Removed carol from other.age (copies carol already has can still be opened)\n\
         bulla: warning: other.age had 2 names (hard links). It is a separate file now; the \
         other names still have the old contents\n",
        );
    assert_eq!(
        (
            env.read("sub/real.age"),
            env.path("sub/real.age").metadata().unwrap().nlink()
        ),
        (before, 1)
    );
}

#[test]
fn share_refuses_anything_but_an_age_file_in_place() {
    let env = three();
    env.fails(2, &["share", "-", "--to", "carol"]);
    env.fails(2, &["share", "plain.age"]);
    env.fails(4, &["share", "plain", "--to", "carol"]);
    env.fails(6, &["share", "missing", "--to", "carol"]);
    env.fails(
        3,
        &["share", "plain.age", "--to", "carol", "-i", "carol.key"],
    );
    env.bulla(["share", ".", "--to", "bob", "-q"]).run().assert(
        2,
        "",
        "bulla: error: . is a folder\n",
    );
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mkfifoat(rustix::fs::CWD, env.path("fifo"), mode).unwrap();
    // It does not wait for a writer.
    for line in [
        ["share", "--to", "carol"],
        ["unshare", "--drop", "bob"],
        ["reseal", "--to", "bob"],
    ] {
        for path in ["fifo", "/dev/null"] {
            env.bulla([&line[..], &["plain.age", path]].concat())
                .run()
                .assert(
                    2,
                    "",
                    &format!(
                        "bulla: error: {path} is not a regular file, so it cannot be rewritten\n"
                    ),
                );
        }
    }
}

#[test]
fn one_key_by_two_names_is_one_key() {
    let env = three();
    let carol = env.recipient_of("carol").to_string();
    let line = [
        "share",
        "plain.age",
        "-r",
        &carol,
        "--to",
        "carol",
        "-r",
        &carol,
    ];
    env.bulla(line)
        .run()
        .assert(0, "", &format!("{UNCHECKED}Shared plain.age with carol\n"));
}

#[test]
fn share_refuses_a_key_in_conflict_in_any_form() {
    let env = three();
    let (old, new) = (
        env.recipient_of("carol").to_string(),
        env.somebody("another"),
    );
    env.bulla(["contact", "add", "carol", &new]).run();
    let before = env.read("plain.age");
    env.write("recipients", format!("{old}\n"));
    for args in [
        ["--to", "carol"],
        ["--to", &old],
        ["-r", &new],
        ["-R", "recipients"],
    ] {
        let said = env
            .bulla([&["share", "plain.age"][..], &args].concat())
            .run();
        assert_eq!(said.code, Some(7), "{args:?} {}", said.stderr);
    }
    assert_eq!(env.read("plain.age"), before);
    // Unsharing is different.
    env.does(&["unshare", "plain.age", "--drop", "carol"]);
}

#[test]
fn sharing_a_plain_age_file_adds_a_reader_list() {
    let age = need!("age");
    let env = three();
    let closed = env.program(&age, ["-r", RECIPIENT]).stdin("hello\n").run();
    env.write("theirs.age", closed.stdout);
    env.does(&["share", "theirs.age", "--to", "carol"]);
    assert_eq!(env.openers("theirs.age"), [true, false, true]);
    assert!(
        env.does(&["inspect", "theirs.age"])
            .contains("bulla/sender")
    );
    env.does(&["unshare", "theirs.age", "--drop", "carol"]);
    assert_eq!(env.openers("theirs.age"), [true, false, false]);
}

impl TestEnv {
    /// The recipient of a key file that [`somebody`](Self::somebody) made.
    pub(crate) fn recipient_of(&self, name: &str) -> X25519Recipient {
        let text = String::from_utf8(self.read(&format!("{name}.key"))).unwrap();
        let secret = text
            .lines()
            .find(|line| line.starts_with("AGE-SECRET-KEY-1"))
            .unwrap();
        secret.parse::<X25519Identity>().unwrap().to_recipient()
    }
}
