//! Runs under strace, which notes system calls and makes chosen ones fail or kill.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Display;
use std::path::Path;
use std::process::Stdio;

use crate::env::{Outcome, Run, TestEnv};

/// The options of strace for a fault, such as `signal=KILL`, at the nth call of this name. With a `+`
/// after the number, all later calls have it too.
pub(crate) fn fault_at(call: &str, fault: &str, nth: impl Display) -> [String; 4] {
    [
        "-e".to_owned(),
        format!("trace={call}"),
        "-e".to_owned(),
        format!("inject={call}:{fault}:when={nth}"),
    ]
}

impl Run<'_> {
    /// Runs it with all that it starts under strace, which writes to the file "log".
    pub(crate) fn traced(self, strace: &Path, options: &[impl AsRef<OsStr>]) -> Outcome {
        let mut prefix = vec![strace.as_os_str()];
        prefix.extend(["-f", "-qq", "-o", "log"].map(OsStr::new));
        prefix.extend(options.iter().map(AsRef::as_ref));
        prefix.push(OsStr::new("--"));
        let output = self
            .command_after(&prefix)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        self.outcome(output)
    }
}

impl TestEnv {
    /// The names of the calls in the file "log", in order.
    pub(crate) fn names_of_calls(&self) -> Vec<String> {
        let log = String::from_utf8_lossy(&self.read("log")).into_owned();
        let names = log.lines().filter_map(|line| {
            // With more than one process, the line begins with an ID.
            let call = line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
            let (name, _) = call.split_once('(')?;
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            (!name.is_empty() && name.chars().all(is_name)).then(|| name.to_owned())
        });
        names.collect()
    }

    /// How often each call is in the file "log".
    pub(crate) fn calls(&self) -> BTreeMap<String, usize> {
        let mut calls = BTreeMap::new();
        for name in self.names_of_calls() {
            *calls.entry(name).or_default() += 1;
        }
        calls
    }
}
