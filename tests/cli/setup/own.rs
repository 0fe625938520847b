//! An identity in the keyring, written by hand as the program would write it.

use crate::env::TestEnv;
use crate::someone::{IDENTITY, RECIPIENT};

impl TestEnv {
    /// Adds an identity to the keyring: the person's key, with or without a passphrase.
    #[track_caller]
    pub(crate) fn with_identity(self, name: &str, passphrase: Option<&str>) -> Self {
        let text = format!("# public key: {RECIPIENT}\n{IDENTITY}\n");
        self.put_secret(name, &text, passphrase);
        let toml = format!(
            "kind = \"classic\"\nrecipients = [\"{RECIPIENT}\"]\ncreated = \"2026-11-23\"\nencrypted = {}\n",
            passphrase.is_some()
        );
        self.in_keyring(&format!("identities/{name}.toml"), toml);
        self.bulla([
            "identity",
            "confirm",
            name,
            "--yes",
            "-q",
            "--passphrase-fd",
            "3",
        ])
        .descriptor(3, passphrase.unwrap_or_default())
        .run()
        .assert(0, "", "");
        self
    }

    /// Writes the secret file of an identity.
    #[track_caller]
    pub(crate) fn put_secret(&self, name: &str, text: &str, passphrase: Option<&str>) {
        let secret = match passphrase {
            Some(passphrase) => self.locked(text, passphrase, &[]),
            None => text.as_bytes().to_vec(),
        };
        assert!(!secret.is_empty());
        self.in_keyring(&format!("identities/{name}.age"), secret);
    }

    /// Writes the settings of this machine.
    #[track_caller]
    pub(crate) fn in_settings(&self, text: &str) {
        self.write("../home/.config/bulla/config.toml", text);
    }

    /// Leaves the keyring as a change that was cut right after it had been noted on this machine.
    #[track_caller]
    pub(crate) fn interrupted(&self, note: &str) {
        use std::os::unix::fs::PermissionsExt;
        let mark = "0123456789abcdef0123456789abcdef";
        let note = self.write(
            &format!("../home/.local/state/bulla/changes/keyring-{mark}.toml"),
            note,
        );
        for path in note.ancestors().skip(1).take(2) {
            std::fs::set_permissions(path, PermissionsExt::from_mode(0o700)).unwrap();
        }
        self.in_keyring(".change", mark);
    }

    /// Writes a file of the keyring, 0600 as the program does.
    #[track_caller]
    pub(crate) fn in_keyring(&self, name: &str, bytes: impl AsRef<[u8]>) {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &std::path::Path, mode| {
            std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
        };
        let path = self.write(&format!("../bulla/{name}"), bytes);
        mode(&path, 0o600);
        mode(path.parent().unwrap(), 0o700);
        mode(&self.path("../bulla"), 0o700);
    }
}
