//! Post-quantum keys that are required, or were lost.

use bulla_age::kinds::{HybridIdentity, X25519Identity};

use crate::env::TestEnv;

fn keys() -> (String, String) {
    let hybrid = HybridIdentity::from_bytes(&[1; 32]).to_recipient();
    let classic = X25519Identity::from_bytes(&[2; 32]).to_recipient();
    (hybrid.to_string(), classic.to_string())
}

fn env() -> TestEnv {
    let env = TestEnv::new();
    env.does(&["identity", "new", "--no-passphrase", "-q"]);
    env.write("plain", "hello\n");
    env
}

#[test]
fn recipients_with_classic_keys_only_are_refused_if_post_quantum_keys_are_required() {
    let env = env();
    let (hybrid, classic) = keys();
    env.does(&["contact", "add", "new", &hybrid]);
    env.does(&["contact", "add", "old", &classic]);
    env.does(&[
        "encrypt",
        "-q",
        "--require-post-quantum",
        "--to",
        "new",
        "-o",
        "n.age",
        "plain",
    ]);
    env.does(&["encrypt", "-q", "--to", "old", "-o", "o.age", "plain"]);
    for args in [
        &[
            "encrypt",
            "--require-post-quantum",
            "--to",
            "old",
            "-o",
            "x.age",
            "plain",
        ][..],
        &[
            "encrypt",
            "--require-post-quantum",
            "-r",
            &classic,
            "-o",
            "x.age",
            "plain",
        ],
        &["reseal", "--require-post-quantum", "o.age", "--to", "old"],
        &["share", "--require-post-quantum", "o.age", "--to", "new"],
    ] {
        let said = env.fails(7, args);
        assert!(said.contains("post-quantum"), "{args:?}: {said}");
    }
    assert!(!env.path("x.age").exists());
    env.in_settings("require_post_quantum = true\n");
    env.fails(7, &["encrypt", "--to", "old", "-o", "x.age", "plain"]);
    env.does(&["encrypt", "-q", "--to", "new", "-o", "x.age", "plain"]);
}

/// A hint would be hidden by `-q`.
#[test]
fn a_contact_who_lost_a_post_quantum_key_is_a_warning() {
    let env = env();
    let person = |args: &[&str]| {
        let said = env.bulla(args).env("BULLA_HOME", env.path("theirs")).run();
        assert_eq!(said.code, Some(0), "{args:?}: {}", said.stderr);
    };
    person(&["identity", "new", "--no-passphrase", "-q"]);
    person(&["card", "-q", "-o", "first.card"]);
    env.does(&["contact", "add", "ann", "first.card"]);
    env.does(&["contact", "add", "bob", &keys().1]);
    let (hybrid, classic) = keys();
    env.does(&["contact", "add", "carol", &hybrid]);
    // Other keys wait until the user decides.
    let code = env.bulla(["contact", "add", "carol", &classic]).run().code;
    assert_eq!(code, Some(7));
    let said = env
        .bulla(["encrypt", "-q", "--to", "bob", "-o", "b.age", "plain"])
        .run();
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""));
}
