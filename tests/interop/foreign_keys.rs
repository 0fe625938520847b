//! Keys that other implementations create: the program shows the same recipient for each.

use crate::env::TestEnv;
use crate::kinds::recipient_of;
use crate::peers::{Lab, Peer, Peers, age_1_3};
use crate::tools::need;

/// Compares the recipient in the comment of an identity file with the one that the program shows.
fn agrees(env: &TestEnv, begins: &str) {
    let recipient = recipient_of(env, "key");
    let file = String::from_utf8(env.read("key")).unwrap();
    assert!(recipient.starts_with(begins), "{recipient}");
    assert!(
        file.contains(&format!("# public key: {recipient}\n")),
        "{file}"
    );
}

#[test]
fn a_key_of_age_has_the_recipient_that_age_says() {
    let keygen = need!("age-keygen");
    let env = TestEnv::new();
    assert_eq!(env.program(keygen, ["-o", "key"]).run().code, Some(0));
    agrees(&env, "age1");
}

#[test]
fn keys_of_age_1_3_have_the_recipients_that_age_says() {
    let Some(age) = age_1_3() else { return };
    let keygen = age.with_file_name("age-keygen");
    for (flags, begins) in [(&[][..], "age1"), (&["-pq"], "age1pq1")] {
        let env = TestEnv::new();
        let args = [flags, &["-o", "key"]].concat();
        assert_eq!(env.program(&keygen, args).run().code, Some(0));
        agrees(&env, begins);
    }
}

#[test]
fn a_key_of_rage_has_the_recipient_that_rage_says() {
    let keygen = need!("rage-keygen");
    let env = TestEnv::new();
    assert_eq!(env.program(keygen, ["-o", "key"]).run().code, Some(0));
    agrees(&env, "age1");
}

#[test]
fn keys_of_the_libraries_have_the_recipients_that_they_say() {
    let (env, peers) = (TestEnv::new(), Peers::find());
    for peer in peers.present() {
        let begins = match peer {
            Peer::TypeScript => "age1pq1",
            Peer::Python => "age1",
            _ => continue,
        };
        let made = peers.start_script(peer, &Lab::without_plugins(&env), &["new"]);
        let made = String::from_utf8(made.assert_quiet().stdout.clone()).unwrap();
        let (secret, recipient) = made.trim().split_once('\n').unwrap();
        env.write("key", format!("{secret}\n"));
        assert!(recipient.starts_with(begins), "{recipient}");
        assert_eq!(recipient_of(&env, "key"), recipient);
    }
}
