//! The program under the names of others, and what it is called as.

use std::path::Path;

use crate::env::{Run, TestEnv};
use crate::someone::RECIPIENT;

/// The names.
pub(super) const NAMES: [&str; 5] = ["age", "age-keygen", "age-inspect", "rage", "rage-keygen"];

impl TestEnv {
    /// The program under all names on the PATH.
    pub(super) fn like_others(self) -> Self {
        for name in NAMES {
            self.install(name, Path::new(env!("CARGO_BIN_EXE_bulla")));
        }
        self
    }

    /// A program with a line of arguments, in a script.
    pub(super) fn line(&self, line: &str) -> Run<'_> {
        let mut words = line.split_whitespace();
        let program = words.next().unwrap();
        self.program(program, words.collect::<Vec<_>>())
    }
}

#[test]
fn the_name_decides_by_symlink_by_copy_and_as_the_first_word() {
    let env = TestEnv::new().like_others();
    env.write("plan", "attack at dawn");
    std::fs::create_dir(env.path("copies")).unwrap();
    let copy = env.path("copies/age");
    std::fs::copy(env!("CARGO_BIN_EXE_bulla"), &copy).unwrap();
    let bulla = Path::new(env!("CARGO_BIN_EXE_bulla"));
    let key = env.line("age-keygen").run().stdout;
    env.write("key.txt", key);
    let recipient = env.line("age-keygen -y key.txt").run().stdout;
    let recipient = String::from_utf8(recipient).unwrap();
    let recipient = recipient.trim_end();
    for (program, first) in [
        (Path::new("age"), None),
        (&copy, None),
        (bulla, Some("age")),
    ] {
        let start = |args: &[&str]| {
            let words = first.iter().copied().chain(args.iter().copied());
            env.program(program, words.collect::<Vec<_>>()).run()
        };
        start(&["-r", recipient, "-o", "plan.age", "plan"]).assert(0, "", "");
        start(&["-d", "-i", "key.txt", "plan.age"]).assert(0, "attack at dawn", "");
        std::fs::remove_file(env.path("plan.age")).unwrap();
    }
    // With options of bulla in front of it, it would be another command line.
    let mixed = env.bulla(["--no-prompt", "age", "-r", RECIPIENT]).run();
    mixed.assert(
        2,
        "",
        "bulla: error: bulla age takes only the options of age, none of bulla\n\
         bulla: hint: Leave them out: bulla age …\n",
    );
}

#[test]
fn the_version_is_that_of_the_command_line_and_then_ours() {
    let env = TestEnv::new().like_others();
    let ours = env!("CARGO_PKG_VERSION");
    for (line, version) in [
        ("age --version", "v1.3.2"),
        ("age-keygen -version", "v1.3.2"),
        ("age-inspect --version", "v1.3.2"),
        ("rage --version", "rage 0.12.1"),
        ("rage-keygen -V", "rage-keygen 0.12.1"),
    ] {
        let said = format!("{version} (bulla {ours})\n");
        env.line(line).run().assert(0, said, "");
    }
}

/// Neither is there a keyring to name people from, nor do the settings change what `age` does: a
/// script does the same for everybody.
#[test]
fn neither_the_keyring_nor_the_settings_are_read() {
    let env = TestEnv::new().like_others().with_key();
    let encrypt = format!("age -r {RECIPIENT} -o x.age plan");
    env.write("plan", "attack at dawn");
    for settings in [
        "sign = true\narmor = true\nrequire_post_quantum = true\n",
        "this is not a setting",
    ] {
        env.in_keyring("config.toml", settings);
        env.in_keyring("contacts/ann.toml", "recipients = 7");
        env.line(&encrypt).run().assert(0, "", "");
        let seen = env.line("age-inspect --json x.age").run();
        let seen: serde_json::Value = serde_json::from_slice(&seen.stdout).unwrap();
        assert_eq!(seen["stanza_types"], serde_json::json!(["X25519"]));
        assert_eq!(seen["armor"], false);
        let decrypted = env.line("age -d -i key x.age").run();
        decrypted.assert(0, "attack at dawn", "");
    }
    let by_name = env.line("age -r ann plan").run();
    by_name.assert(1, "", "age: error: unknown recipient type: \"ann\"\n");
}
