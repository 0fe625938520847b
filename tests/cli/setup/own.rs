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
        self
    }

    /// Writes the secret file of an identity.
    #[track_caller]
    pub(crate) fn put_secret(&self, name: &str, text: &str, passphrase: Option<&str>) {
        let secret = match passphrase {
            Some(passphrase) => {
                let encrypt = [
                    "encrypt",
                    "-q",
                    "-p",
                    "--work-factor",
                    "10",
                    "--passphrase-fd",
                    "3",
                ];
                self.bulla(encrypt)
                    .stdin(text)
                    .descriptor(3, passphrase)
                    .run()
                    .stdout
            }
            None => text.as_bytes().to_vec(),
        };
        assert!(!secret.is_empty());
        self.in_keyring(&format!("identities/{name}.age"), secret);
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
