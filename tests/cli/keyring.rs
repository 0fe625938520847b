//! The keyring with many processes at once, and interrupted.

/// Many writers at once.
mod additions;
/// Killed at every system call, or with a full disk.
mod cuts;
/// Keyrings that others could change.
mod permissions;
/// Power cuts.
mod power;
/// What others can push to it.
mod pushed;
/// Names that stand for more than one thing.
mod shared_names;
/// Several people, each with a keyring.
mod together;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::env::TestEnv;

impl TestEnv {
    /// Creates an identity file, and returns its recipient.
    pub(crate) fn somebody(&self, name: &str) -> String {
        let file = format!("{name}.key");
        let made = self
            .bulla([
                "identity",
                "new",
                "--classic",
                "--no-passphrase",
                "-o",
                &file,
            ])
            .run();
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        String::from_utf8(made.stdout)
            .unwrap()
            .trim_end()
            .to_owned()
    }

    /// The files of the keyring, without the lock, notes and backups.
    pub(crate) fn keyring(&self) -> BTreeMap<String, Vec<u8>> {
        let root = self.bulla_home();
        let mut files = BTreeMap::new();
        for folder in ["", "identities", "contacts", "groups"] {
            let Ok(entries) = fs::read_dir(root.join(folder)) else {
                continue;
            };
            for path in entries
                .map(|entry| entry.unwrap().path())
                .filter(|path| is_said(path))
            {
                let name = path
                    .strip_prefix(&root)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
        files
    }
}

fn is_said(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    path.is_file() && !name.starts_with('.') && name != "keyring.lock"
}
