//! Messages that were opened here before: one small file for each sender, beside the keyring rather
//! than in it, so that it is never in git.
//!
//! Owns what is stored about a message (its digest and two times) and for how many messages. It
//! only reports facts; callers judge them. With `remember_messages = false` it is never called.

use bulla_age::signing::SigningKey;
use std::path::{Path, PathBuf};

#[cfg(test)]
use sha2::{Digest, Sha256};

use crate::files::{PrivateFolder, Replace};
use crate::keyring::error::KeyringError;
use crate::keyring::journal::{digest_of_path, file_name_for, hex};
use bulla_age::untrusted::Untrusted;

/// The number of messages stored per sender.
const KEPT: usize = 256;

const HEADER: &str =
    "# messages opened here: SHA-256 of what was signed, when it was written, when it was opened\n";

/// The facts known about a message before it is opened again. Times are Unix seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct EarlierReading {
    /// The time at which it was first opened here.
    pub(crate) opened: Option<u64>,
    /// The latest time of another message by this sender that was written later but opened earlier.
    pub(crate) newer: Option<u64>,
}

/// A stored message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SeenMessage {
    /// SHA-256 of body and signature of its first statement.
    pub(crate) digest: [u8; 32],
    /// The time at which it was written, according to its sender.
    pub(crate) written: u64,
}

impl SeenMessage {
    /// The stored form of a statement.
    #[cfg(test)]
    pub(crate) fn new(body: &[u8], signature: &[u8], written: u64) -> Self {
        let digest = Sha256::new()
            .chain_update(body)
            .chain_update(signature)
            .finalize()
            .into();
        Self { digest, written }
    }
}

/// The messages of all senders.
pub(crate) struct SeenMessages {
    folder: PathBuf,
}

impl SeenMessages {
    /// Returns those of a keyring, in the platform's state folder.
    pub(crate) fn new(state: &Path, keyring: &Path) -> Self {
        Self {
            folder: state.join(digest_of_path(keyring)),
        }
    }

    /// Returns what is known about a message by this signing key, and stores it.
    ///
    /// # Errors
    /// Errors of files; [`KeyringError::Memory`] if the stored messages cannot be read. Then they
    /// are left unchanged.
    pub(crate) fn note(
        &self,
        signer: &SigningKey,
        message: SeenMessage,
        now: u64,
    ) -> Result<EarlierReading, KeyringError> {
        let folder = PrivateFolder::create(&self.folder)?;
        // It is held for moments.
        let _lock = folder.lock(".lock", |_| ())?;
        let name = file_name_for(signer.as_bytes());
        let mut seen = match folder.read(&name)? {
            Some(bytes) => Seen::parse(&bytes).map_err(|line| KeyringError::Memory {
                file: Untrusted::from(self.folder.join(&name).as_path()),
                line,
            })?,
            None => Seen::default(),
        };
        let earlier = seen.earlier(&message);
        if seen.add(message, now) {
            folder.write(&name, seen.text().as_bytes(), Replace::Always)?;
        }
        Ok(earlier)
    }
}

/// The messages of one sender, in the order in which they were opened, with the times.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    messages: Vec<(SeenMessage, u64)>,
}

impl Seen {
    /// Parses the file. A failure returns the line number.
    fn parse(bytes: &[u8]) -> Result<Self, usize> {
        let text = std::str::from_utf8(bytes).map_err(|_| 1_usize)?;
        let lines = text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.starts_with('#'));
        let messages = lines.map(|(number, line)| parse_line(line).ok_or(number + 1));
        Ok(Self {
            messages: messages.collect::<Result<_, _>>()?,
        })
    }

    fn text(&self) -> String {
        let lines = self.messages.iter();
        let lines = lines.map(|(SeenMessage { digest, written }, opened)| {
            format!("{} {written} {opened}\n", hex(digest))
        });
        HEADER.to_owned() + &lines.collect::<String>()
    }

    fn earlier(&self, message: &SeenMessage) -> EarlierReading {
        let same = |(known, _): &&(SeenMessage, u64)| known.digest == message.digest;
        let opened = self.messages.iter().find(same).map(|(_, opened)| *opened);
        // Messages that were opened after this one was first opened add nothing new.
        let before = self.messages.iter().take_while(|known| !same(known));
        let newer = before
            .map(|(known, _)| known.written)
            .filter(|written| *written > message.written)
            .max();
        EarlierReading { opened, newer }
    }

    /// Adds a message if it is new. Returns whether the file must be written.
    fn add(&mut self, message: SeenMessage, now: u64) -> bool {
        if self
            .messages
            .iter()
            .any(|(known, _)| known.digest == message.digest)
        {
            return false;
        }
        self.messages.push((message, now));
        let surplus = self.messages.len().saturating_sub(KEPT);
        self.messages.drain(..surplus);
        true
    }
}

fn parse_line(line: &str) -> Option<(SeenMessage, u64)> {
    let mut words = line.split(' ');
    let (digest, written, opened) = (words.next()?, words.next()?, words.next()?);
    let is_hex = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut bytes = [0; 32];
    for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(digest.get(at..at + 2)?, 16).ok()?;
    }
    let message = SeenMessage {
        digest: bytes,
        written: written.parse().ok()?,
    };
    (is_hex && words.next().is_none()).then_some((message, opened.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    const ALICE: SigningKey = SigningKey::from_bytes([1; 64]);

    fn message(number: u64, written: u64) -> SeenMessage {
        SeenMessage::new(&number.to_be_bytes(), b"", written)
    }

    fn seen(opened: u64) -> EarlierReading {
        EarlierReading {
            opened: Some(opened),
            newer: None,
        }
    }

    #[test]
    fn a_repeated_or_late_message_is_recognized() {
        let dir = tempfile::tempdir().unwrap();
        let memory = SeenMessages::new(&dir.path().join("state/bulla"), dir.path());
        let note = |signer: &SigningKey, number, written, now| {
            memory.note(signer, message(number, written), now).unwrap()
        };
        assert_eq!(note(&ALICE, 1, 100, 1000), EarlierReading::default());
        assert_eq!(note(&ALICE, 2, 300, 1001), EarlierReading::default());
        assert_eq!(
            note(&ALICE, 3, 200, 1002),
            EarlierReading {
                opened: None,
                newer: Some(300)
            }
        );
        assert_eq!(
            note(&ALICE, 4, 300, 1003),
            EarlierReading::default(),
            "written in the same second"
        );
        assert_eq!(note(&ALICE, 1, 100, 1004), seen(1000));
        assert_eq!(
            note(&ALICE, 1, 100, 1005),
            seen(1000),
            "the first time counts"
        );
        assert_eq!(
            note(&ALICE, 3, 200, 1006),
            EarlierReading {
                opened: Some(1002),
                newer: Some(300)
            }
        );
        assert_eq!(
            note(&SigningKey::from_bytes([2; 64]), 1, 100, 1007),
            EarlierReading::default(),
            "another sender"
        );
        let other = SeenMessages::new(&dir.path().join("state/bulla"), Path::new("/"));
        assert_eq!(
            other.note(&ALICE, message(1, 100), 1008).unwrap(),
            EarlierReading::default(),
            "another keyring"
        );
        assert_eq!(
            std::fs::metadata(&memory.folder).unwrap().mode() & 0o777,
            0o700
        );
        let names: Vec<_> = memory
            .folder
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap())
            .collect();
        assert_eq!(names.len(), 3, "two senders and the lock");
        assert!(
            names
                .iter()
                .all(|entry| entry.metadata().unwrap().mode() & 0o777 == 0o600)
        );
        let folder = memory.folder.file_name().unwrap().to_str().unwrap();
        assert!(folder.len() == 16 && folder.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }

    #[test]
    fn the_digest_is_of_body_and_signature() {
        let both: [u8; 32] = Sha256::digest(b"body and signature").into();
        assert_eq!(SeenMessage::new(b"body and ", b"signature", 1).digest, both);
    }

    #[test]
    fn the_last_256_are_kept() {
        let mut seen = Seen::default();
        for number in 0..300 {
            assert!(seen.add(message(number, number), 1000 + number));
        }
        assert_eq!(seen.messages.len(), KEPT);
        assert_eq!(seen.earlier(&message(43, 43)).opened, None);
        assert_eq!(seen.earlier(&message(44, 44)), self::seen(1044));
        assert!(!seen.add(message(299, 299), 5000));
        assert_eq!(Seen::parse(seen.text().as_bytes()), Ok(seen));
    }

    #[test]
    fn a_damaged_message_log_is_named_and_kept() {
        let line = format!("{} 1 2\n", "0a".repeat(32));
        assert!(Seen::parse(line.as_bytes()).is_ok());
        assert_eq!(Seen::parse(b""), Ok(Seen::default()));
        for bad in [
            "",
            "x",
            &"0a".repeat(32),
            &line.replace(" 2", ""),
            &line.replace(" 2", " 2 3"),
            &line.replace("0a0", "0ä"),
        ] {
            let text = format!("{HEADER}{line}{}\n", bad.trim_end());
            assert_eq!(Seen::parse(text.as_bytes()), Err(3), "{bad}");
        }
        for bad in ["+1", "-1", "1.5", "99999999999999999999"] {
            assert!(
                bad == "+1"
                    || Seen::parse(line.replace(" 1 ", &format!(" {bad} ")).as_bytes()).is_err()
            );
        }
        let dir = tempfile::tempdir().unwrap();
        let memory = SeenMessages::new(dir.path(), dir.path());
        memory.note(&ALICE, message(1, 1), 1).unwrap();
        let file = memory
            .folder
            .join(hex(&Sha256::digest(ALICE.as_bytes())[..16]));
        std::fs::write(&file, b"\xff").unwrap();
        let error = memory.note(&ALICE, message(1, 1), 1).unwrap_err();
        assert!(
            matches!(error, KeyringError::Memory { line: 1, .. }),
            "{error}"
        );
        assert_eq!(std::fs::read(&file).unwrap(), b"\xff");
    }

    #[test]
    fn concurrent_writers_forget_no_message() {
        let dir = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for number in 0..20 {
                let dir = dir.path();
                scope.spawn(move || {
                    SeenMessages::new(dir, dir)
                        .note(&ALICE, message(number, number), 1)
                        .unwrap()
                });
            }
        });
        let memory = SeenMessages::new(dir.path(), dir.path());
        assert!((0..20).all(|number| {
            memory
                .note(&ALICE, message(number, number), 2)
                .unwrap()
                .opened
                == Some(1)
        }));
    }
}
