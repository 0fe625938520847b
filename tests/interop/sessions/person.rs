//! Somebody whose tools start `age`, and the scripts of such tools.

use std::path::{Path, PathBuf};

use crate::env::{Outcome, TestEnv};
use crate::kinds::recipient_of;
use crate::tools;

const PASSPHRASE: &str = "red clay and reeds";

/// What `age` is for this person, and where the secret key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// `age` is bulla, and the identity file has no passphrase.
    BullaIsAge,
    /// `age` is bulla, and the identity file has a passphrase, which was typed at `bulla unlock`.
    BullaIsAgeUnlocked,
    /// `age` is age. The identity file has no secret but names an identity of the keyring, which
    /// is unlocked. `age-plugin-bulla` finds it.
    AgeWithPlugin,
}

/// Somebody with a home, `age` on the `PATH`, and a key.
pub(crate) struct Person {
    pub(crate) env: TestEnv,
    pub(crate) way: Way,
    recipient: String,
}

impl Person {
    /// A person of each kind that is possible on this machine. Says what is not.
    pub(crate) fn all() -> Vec<Self> {
        let bulla = Path::new(env!("CARGO_BIN_EXE_bulla"));
        let ways = [Way::BullaIsAge, Way::BullaIsAgeUnlocked, Way::AgeWithPlugin];
        let made = ways.into_iter().filter_map(|way| {
            let env = TestEnv::new();
            if way == Way::AgeWithPlugin {
                let Some(age) = tools::tool("age") else {
                    tools::skip("age not installed");
                    return None;
                };
                env.install("age", &age);
                env.install("age-plugin-bulla", bulla);
            } else {
                env.install("age", bulla);
                env.install("age-keygen", bulla);
            }
            Self::with_key(env, way)
        });
        made.collect()
    }

    fn with_key(env: TestEnv, way: Way) -> Option<Self> {
        env.write("passphrase", format!("{PASSPHRASE}\n"));
        let recipient = if way == Way::AgeWithPlugin {
            run(
                &env,
                "identity new me --classic -q --passphrase-file passphrase",
            );
            run(&env, "identity export me --plugin -q -o ../home/key.txt");
            let public = run(&env, "identity export me -q");
            unlocked(&env, "me")?;
            String::from_utf8(public.stdout).unwrap().trim().to_owned()
        } else {
            let new = "identity new --classic -q --no-passphrase -o";
            run(&env, &format!("{new} ../home/key.txt"));
            recipient_of(&env, "../home/key.txt")
        };
        if way == Way::BullaIsAgeUnlocked {
            let with = "--work-factor 10 --passphrase-file passphrase";
            run(
                &env,
                &format!("encrypt -q -p {with} -f -o locked ../home/key.txt"),
            );
            std::fs::rename(env.path("locked"), env.path("../home/key.txt")).unwrap();
            unlocked(&env, "../home/key.txt")?;
        }
        Some(Self {
            env,
            way,
            recipient,
        })
    }

    /// Runs a script of this folder, and returns what it wrote. `TOOL` is for the script to use.
    #[track_caller]
    pub(crate) fn session(&self, script: &str, tool: &Path) -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/interop/sessions")
            .join(script);
        let home = self.env.path("../home").canonicalize().unwrap();
        let folders = [
            self.env.path("../bin"),
            "/usr/local/bin".into(),
            "/usr/bin".into(),
            "/bin".into(),
        ];
        let run = self
            .env
            .program(
                "/bin/bash",
                [Path::new("-euo"), Path::new("pipefail"), &path],
            )
            .env("PATH", std::env::join_paths(folders).unwrap())
            .env("HOME", &home)
            .env("IDENTITY", home.join("key.txt"))
            .env("RECIPIENT", &self.recipient)
            .env("SESSIONS", path.parent().unwrap())
            .env("TOOL", tool);
        let said = run.run();
        let wrote = String::from_utf8_lossy(&said.stdout).into_owned();
        assert_eq!(
            said.code,
            Some(0),
            "{:?}:\n{wrote}\n{}",
            self.way,
            said.stderr
        );
        wrote
    }
}

/// Runs the program, and requires success.
#[track_caller]
fn run(env: &TestEnv, line: &str) -> Outcome {
    let said = env.bulla(line.split(' ')).run();
    assert_eq!(said.code, Some(0), "{line}: {}", said.stderr);
    said
}

/// Unlocks an identity. `None`, with a message, if the kernel keeps no keys here.
fn unlocked(env: &TestEnv, identity: &str) -> Option<()> {
    let args = ["unlock", identity, "--passphrase-file", "passphrase"];
    let said = env.bulla(args).run();
    if said.code != Some(0) {
        eprintln!("skipped: nothing can be unlocked here: {}", said.stderr);
        return None;
    }
    Some(())
}

/// The program that a variable of the environment names. `None`, with a message, if it is not set.
pub(crate) fn named_by(variable: &str, what: &str) -> Option<PathBuf> {
    let program = std::env::var_os(variable).map(PathBuf::from);
    if program.is_none() {
        eprintln!("skipped: {what} not installed ({variable})");
    }
    program
}
