//! A session of commands and their whole output, compared with a file in the repository.
//!
//! `BULLA_REGENERATE=1` writes the files again. Read them afterwards.

use crate::env::{Outcome, TestEnv};

/// Commands and their output, in order.
#[derive(Default)]
pub(crate) struct Transcript {
    text: String,
    last: String,
}

impl Transcript {
    /// A line between commands.
    pub(crate) fn note(&mut self, text: &str) {
        self.text += &format!("\n# {text}\n");
        self.last.clear();
    }

    /// Runs it as the owner of this keyring, and records its output. Standard output that is the
    /// same as that of the command before is recorded only by its name.
    pub(crate) fn run(&mut self, env: &TestEnv, whose: &str, args: &[&str]) -> Outcome {
        let mut run = env.bulla(args);
        if !whose.is_empty() {
            run = run.env("BULLA_HOME", env.path(whose));
        }
        let outcome = run.run();
        let out = without_times(&Outcome {
            stderr: String::new(),
            stdout: outcome.stdout.clone(),
            ..outcome
        });
        let err = without_times(&Outcome {
            stdout: Vec::new(),
            stderr: outcome.stderr.clone(),
            ..outcome
        });

        self.text += &format!("\n{whose}$ bulla {}\n", args.join(" "));
        match !out.is_empty() && out == self.last {
            true => self.text += "[the same on standard output]\n",
            false => self.text += &out,
        }
        self.text += &err;
        if outcome.code != Some(0) {
            self.text += &format!("[exit code {:?}]\n", outcome.code.unwrap_or(-1));
        }
        if !out.is_empty() {
            self.last = out;
        }
        outcome
    }

    /// Replaces a value that differs in every run by a name.
    pub(crate) fn name(&mut self, what: &str, name: &str) {
        self.text = self.text.replace(what, name);
    }

    /// Compares it with the file of this name below `tests/cli`.
    #[track_caller]
    pub(crate) fn compare(&self, name: &str) {
        let path = format!("{}/tests/cli/{name}.txt", env!("CARGO_MANIFEST_DIR"));
        let text = self.text.trim_start().to_owned();
        if std::env::var_os("BULLA_REGENERATE").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(text == expected, "{name}.txt is another:\n{text}");
    }
}

/// Replaces days with a time of day after them. Days were replaced before.
fn without_times(outcome: &Outcome) -> String {
    let text = outcome.text();
    let mut parts = text.split("[DAY]");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match (part.get(..10), part.get(6..10)) {
            (Some(clock), _) if clock.starts_with('T') && clock.ends_with('Z') => {
                out += &format!("[TIME]{}", &part[10..]);
            }
            (_, Some(" UTC")) => out += &format!("[TIME]{}", &part[10..]),
            _ => out += &format!("[DAY]{part}"),
        }
    }
    out
}
