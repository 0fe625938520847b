//! Keys that only a plugin can use, on both sides.

use crate::env::TestEnv;
use crate::plugins::{GOOD, identity, recipient};
use crate::someone::RECIPIENT;

/// Three files that a plugin opens.
fn closed_for_a_plugin(words: &str) -> TestEnv {
    let env = TestEnv::new().with_plugins().with_key();
    env.write("seven", identity(GOOD, words));
    for name in ["a.age", "b.age", "c.age"] {
        let closed = env.bulla(["encrypt", "-q", "-r", &recipient(GOOD, "7")]).stdin("hello\n").run();
        env.write(name, &closed.assert_quiet().stdout);
    }
    env
}

#[test]
fn what_a_plugin_opens_is_shared_with_one_start_of_it() {
    let env = closed_for_a_plugin("7");
    let words = format!("7;log={}", env.path("log").display());
    env.write("seven", identity(GOOD, &words));
    env.does(&["share", "-i", "seven", "-r", RECIPIENT, "a.age", "b.age", "c.age"]);
    assert_eq!(String::from_utf8(env.read("log")).unwrap().lines().count(), 1);
    env.write("seven", identity(GOOD, "7"));
    for name in ["a.age", "b.age", "c.age"] {
        assert!(env.opens("key", name) && env.opens("seven", name));
    }
}

#[test]
fn a_plugin_s_recipient_is_let_in_and_taken_out_as_listed() {
    let env = closed_for_a_plugin("7");
    let seven = recipient(GOOD, "7");
    for name in ["a.age", "b.age"] {
        env.write(name, env.closed("hello\n"));
    }
    env.does(&["share", "-i", "key", "-r", &seven, "a.age", "b.age"]);
    for name in ["a.age", "b.age"] {
        assert!(env.opens("key", name) && env.opens("seven", name));
    }
    let said = env.does(&["share", "-i", "key", "-r", &seven, "a.age"]);
    assert!(said.ends_with(" already\n"), "{said}");
    let said = env.does(&["unshare", "-i", "key", "--drop", &seven, "a.age"]);
    assert!(said.contains("(as listed) no longer opens this copy of a.age"), "{said}");
    assert!(env.opens("key", "a.age") && !env.opens("seven", "a.age"));
    // Its only key: who acts by it would lock himself out, and is not one who could.
    env.does(&["share", "-i", "seven", "-r", RECIPIENT, "c.age"]);
    env.fails(7, &["unshare", "-i", "seven", "--drop", &seven, "c.age"]);
    env.does(&["unshare", "-i", "seven", "--drop", RECIPIENT, "c.age"]);
    assert!(!env.opens("key", "c.age") && env.opens("seven", "c.age"));
}
