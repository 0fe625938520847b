//! `identity new -o -`.

use crate::env::TestEnv;

/// It is an identity file, to which nothing is added: another age program reads it too.
#[test]
fn a_new_identity_on_standard_output_is_a_whole_identity_file() {
    let env = TestEnv::new();
    env.write("plain", "plain");
    for output in ["-", "/dev/stdout"] {
        let new = ["identity", "new", "--no-passphrase", "--classic", "-o"];
        let said = env.bulla([&new[..], &[output]].concat()).run();
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        let text = String::from_utf8(said.stdout).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let [comment, secret] = lines[..] else {
            panic!("{output}: {text}");
        };
        let recipient = comment.strip_prefix("# public key: ").unwrap();
        assert!(secret.starts_with("AGE-SECRET-KEY-1"), "{output}");
        let told = format!("Public key: {recipient}\n");
        assert!(said.stderr.starts_with(&told), "{}", said.stderr);
        assert!(!env.path("-").exists());
        env.does(&["encrypt", "-qf", "-r", recipient, "plain"]);
        env.write("key", &text);
        env.bulla(["decrypt", "-q", "-i", "key", "plain.age", "-o", "-"])
            .run()
            .assert(0, "plain", "");
    }
}

#[test]
fn a_new_identity_is_not_written_beside_json() {
    let env = TestEnv::new();
    for output in ["-", "/dev/stdout"] {
        let new = ["identity", "new", "--no-passphrase", "--json", "-o", output];
        let said = env.bulla(new).run();
        assert_eq!(said.code, Some(2), "{}", said.stderr);
        assert!(
            !said
                .stdout
                .windows(15)
                .any(|text| text == b"AGE-SECRET-KEY-")
        );
    }
}
