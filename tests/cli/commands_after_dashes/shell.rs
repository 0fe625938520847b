//! Commands after `--` that are shell scripts, and what is left of them.

use std::fs;
use std::time::{Duration, Instant};

use crate::env::{Run, TestEnv};
use crate::someone::RECIPIENT;

/// How long something may take to happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// The folders of the programs that scripts use.
const PROGRAMS: &str = "/usr/bin:/bin:/usr/sbin:/sbin";

impl TestEnv {
    /// `encrypt -f -o backup.age`, with more options, of what a script writes.
    pub(crate) fn backup(&self, options: &[&str], script: &str) -> Run<'_> {
        let encrypt = ["encrypt", "-f", "-r", RECIPIENT, "-o", "backup.age"];
        let command = ["--", "/bin/sh", "-c", script];
        self.bulla([&encrypt[..], options, &command].concat())
            .env("PATH", PROGRAMS)
    }

    /// `decrypt` of a file into a script.
    pub(crate) fn restore(&self, options: &[&str], script: &str) -> Run<'_> {
        let command = ["--", "/bin/sh", "-c", script];
        self.bulla([&["decrypt", "-i", "key"][..], options, &command].concat())
            .env("PATH", PROGRAMS)
    }

    /// The contents of backup.age.
    #[track_caller]
    pub(crate) fn contents(&self) -> Vec<u8> {
        let run = self.bulla(["decrypt", "-q", "-i", "key", "backup.age", "-o", "-"]);
        run.run().assert_quiet().stdout.clone()
    }

    /// The processes that run in the environment of this test.
    pub(crate) fn processes(&self) -> Vec<String> {
        let mark = format!("BULLA_HOME={}", self.bulla_home().display());
        let all = fs::read_dir("/proc").unwrap().flatten();
        let ours = all.filter(|entry| {
            let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
            let mut variables = environment.split(|byte| *byte == 0);
            variables.any(|variable| variable == mark.as_bytes())
        });
        let line = |entry: fs::DirEntry| fs::read(entry.path().join("cmdline")).ok();
        ours.filter_map(line)
            .filter(|line| !line.is_empty())
            .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
            .collect()
    }

    /// Waits until no process of this test is left.
    #[track_caller]
    pub(crate) fn wait_for_the_end(&self) {
        wait_until(&format!("the end of {:?}", self.processes()), || {
            self.processes().is_empty()
        });
    }

    /// Waits until a file is there and has something in it.
    #[track_caller]
    pub(crate) fn wait_for_file(&self, name: &str) {
        wait_until(name, || {
            fs::metadata(self.path(name)).is_ok_and(|found| found.len() > 0)
        });
    }
}

/// Waits until something is the case.
#[track_caller]
pub(crate) fn wait_until(what: &str, is: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
