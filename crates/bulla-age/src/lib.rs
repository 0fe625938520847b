//! An engine for [age](https://age-encryption.org/v1) files that works on all cores.
//!
//! A **recipient** wraps the key of a file ([`Recipient`]); an **identity** unwraps it
//! ([`Identity`]). [`kinds`] has X25519, post-quantum hybrid, passphrase and SSH keys; [`plugin`]
//! has those of age plugins; [`AnyRecipient`] and [`key_file`] parse them from text.
//! [`stream::Engine`] seals and opens the contents with as many threads as you like. Files are
//! plain age files. With [`sender`] they can also say, signed and encrypted, who wrote them and who
//! can open them.
//!
//! The engine uses no environment, terminal or clock. Where a key needs a person, it asks a
//! [`Prompter`].
//!
//! # Words
//!
//! - A **stanza** is one entry of a header. Most hold the file key, wrapped for one recipient.
//! - **Grease** is a stanza with random contents that some programs add, to keep readers tolerant.
//! - A **label** of a recipient says with which others it may share a file: see
//!   [`Recipient`]. Hybrid recipients cannot be combined with classic ones (X25519, SSH).
//! - The **sender stanza** (`bulla/sender`) holds **statements**: who wrote the file or changed its
//!   readers, and a list of the readers, signed and encrypted ([`sender`]).
//! - The **content root** is a digest of the whole payload ([`stream::Digests`]). A signature over
//!   it covers the contents ([`sender::Coverage`]).
//!
//! The format of all this is in `docs/formats.md` of the repository; the age format is at
//! <https://c2sp.org/age>.
//!
//! # Encrypt and decrypt a stream
//!
//! ```
//! use bulla_age::kinds::X25519Identity;
//! use bulla_age::stream::Engine;
//! use bulla_age::AnyRecipient;
//!
//! let identity = X25519Identity::generate()?;
//! let engine = Engine::new(0); // as many threads as there are cores
//!
//! // Recipients often arrive as text. A plugin's needs more: see `RecipientSet`.
//! let friend: AnyRecipient =
//!     "age10w840jqz8nm0cc7wglxwmgg7vpx7n6zuga2jhp3hutr9m06az3pq2qazjj".parse()?;
//! let friend = friend.as_recipient().ok_or("a plugin's recipient")?;
//!
//! let mut encrypted = Vec::new();
//! let recipients = [&identity.to_recipient(), friend];
//! bulla_age::encrypt(&recipients, &b"attack at dawn"[..], &mut encrypted, &engine)?;
//!
//! let mut plaintext = Vec::new();
//! bulla_age::decrypt(&[&identity], &encrypted[..], &mut plaintext, &engine)?;
//! assert_eq!(plaintext, b"attack at dawn");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`decrypt()`] also takes armored input; [`format::ArmorWriter`] writes armor.
//!
//! # Encrypt and decrypt a file on all cores
//!
//! Threads read and write a file at different offsets, which is faster than a stream. Write the
//! header first, then seal the contents after it. The file must be binary, not armored.
//!
//! ```
//! use std::fs::File;
//! use std::io::{BufReader, Write};
//!
//! use bulla_age::kinds::HybridIdentity;
//! use bulla_age::stream::{At, Engine};
//! use bulla_age::{LockedFile, NewFile};
//!
//! # let folder = tempfile::tempdir()?;
//! # let at = |name| folder.path().join(name);
//! # std::fs::write(at("plain"), [7; 200_000])?;
//! let input = File::open(at("plain"))?;
//! let mut encrypted = File::create(at("plain.age"))?;
//! let identity = HybridIdentity::generate()?;
//! let engine = Engine::new(0);
//! let len = input.metadata()?.len();
//!
//! let file = NewFile::new(&[&identity.to_recipient()])?;
//! let header = file.header();
//! encrypted.write_all(&header)?;
//! let from = At { place: &input, offset: 0 };
//! let to = At { place: &encrypted, offset: header.len() as u64 };
//! engine.seal_at(&file.payload_key(), from, len, to)?;
//!
//! let encrypted = File::open(at("plain.age"))?;
//! let output = File::create(at("decrypted"))?;
//! let unlocked = LockedFile::read(&mut BufReader::new(&encrypted))?.open(&[&identity])?;
//! let offset = unlocked.payload_offset();
//! let sealed = encrypted.metadata()?.len() - offset;
//! let from = At { place: &encrypted, offset };
//! let to = At { place: &output, offset: 0 };
//! assert_eq!(engine.open_at(&unlocked.payload_key(), from, sealed, to)?, len);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Decrypt a byte range
//!
//! ```
//! use bulla_age::kinds::X25519Identity;
//! use bulla_age::stream::{At, Engine, open_range};
//! use bulla_age::LockedFile;
//!
//! let identity = X25519Identity::generate()?;
//! let mut file = Vec::new(); // in memory here; a std::fs::File works the same
//! bulla_age::encrypt(&[&identity.to_recipient()], &[b'a'; 100_000][..], &mut file, &Engine::new(1))?;
//!
//! let unlocked = LockedFile::read(&mut &file[..])?.open(&[&identity])?;
//! let offset = unlocked.payload_offset();
//! let sealed = file.len() as u64 - offset;
//! let mut part = Vec::new();
//! open_range(&unlocked.payload_key(), At { place: &file, offset }, sealed, 70_000..70_003, &mut part)?;
//! assert_eq!(part, b"aaa");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Inspect a file without a key
//!
//! ```
//! use bulla_age::kinds::HybridIdentity;
//! use bulla_age::{Inspection, LockedFile, NewFile};
//!
//! let recipient = HybridIdentity::generate()?.to_recipient();
//! let header = NewFile::new(&[&recipient])?.header();
//!
//! let seen = Inspection::new(&LockedFile::read(&mut &header[..])?, None);
//! assert_eq!(seen.stanzas[0].kind.to_string(), "mlkem768x25519");
//! assert_eq!(seen.post_quantum(), Some(true));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Verify who can open a file
//!
//! Anyone who can open a file can check that a stanza is for a recipient they know: wrapping the
//! file key for that recipient again must give the same bytes. This works for X25519 and hybrid
//! recipients in files that this engine wrote, because it derives the randomness of their stanzas
//! from the file key and the nonce. Other programs draw it, so nothing can be proved of their
//! files. A recipient without a proof may still be able to open the file.
//!
//! ```
//! use bulla_age::kinds::X25519Identity;
//! use bulla_age::sender::ReaderEvidence;
//! use bulla_age::{LockedFile, NewFile};
//!
//! let (alice, bob) = (X25519Identity::generate()?, X25519Identity::generate()?);
//! let (alice_key, bob_key) = (alice.to_recipient(), bob.to_recipient());
//! let header = NewFile::new(&[&alice_key, &bob_key])?.header();
//!
//! let unlocked = LockedFile::read(&mut &header[..])?.open(&[&alice])?;
//! let readers = unlocked.prove_readers(None, &[&bob_key], &[&alice]);
//! assert_eq!(readers[0], ReaderEvidence::Opened { identity: 0 });
//! assert_eq!(readers[1], ReaderEvidence::Proved { known: 0 });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With a signed list, readers that cannot be proved are named too, and it is known who wrote it:
//!
//! ```
//! use bulla_age::kinds::X25519Identity;
//! use bulla_age::sender::{Author, Coverage, ReaderEvidence};
//! use bulla_age::seed::Seed;
//! use bulla_age::signing;
//! use bulla_age::{LockedFile, NewFile};
//!
//! let (alice, bob) = (X25519Identity::generate()?, X25519Identity::generate()?);
//! let (alice_key, bob_key) = (alice.to_recipient(), bob.to_recipient());
//! let signer = Seed::generate()?.signing();
//! let author = Author::signing(&signer, 1_800_000_000);
//! let header = NewFile::new(&[&alice_key, &bob_key])?.header_by(&author, Coverage::Header)?;
//!
//! let unlocked = LockedFile::read(&mut &header[..])?.open(&[&alice])?;
//! let sender = unlocked.sender(signing::verify)?; // checks the signatures
//! let readers = unlocked.prove_readers(sender.as_ref(), &[&alice_key, &bob_key], &[]);
//! assert_eq!(readers[0], ReaderEvidence::Proved { known: 0 });
//! assert_eq!(readers[1], ReaderEvidence::Proved { known: 1 });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod any_recipient;
mod bech32;
mod decrypt;
mod encrypt;
mod file_key;
pub mod fingerprint;
pub mod format;
mod identity;
mod inspect;
pub mod key_document;
mod key_error;
pub mod key_file;
pub mod kinds;
mod locked_secret;
mod mac;
mod parse_error;
pub mod plugin;
mod plugin_error;
mod prompter;
mod recipient;
mod recipient_set;
pub mod recipients_file;
pub mod seed;
pub mod sender;
pub mod signing;
pub mod stanza_type;
pub mod stream;
#[cfg(test)]
#[path = "../tests/unit/testing.rs"]
mod testing;
pub mod untrusted;
pub mod words;

pub use any_recipient::AnyRecipient;
pub use decrypt::{
    DecryptError, LastOpened, LockedFile, UnlockedFile, decrypt, decrypt_all, wrap_for_files,
};
pub use encrypt::{EncryptError, NewFile, encrypt};
pub use file_key::{FileKey, Nonce};
pub use identity::{Effort, Identity, Mismatch, UnwrapError, Unwrapped};
pub use inspect::{Inspection, StanzaSummary};
pub use key_error::KeyError;
pub use locked_secret::LockedSecret;
pub use parse_error::ParseError;
pub use prompter::{AnswerError, Prompter, Question, SourceError};
pub use recipient::{
    LabelledRecipients, Provable, Recipient, RecipientDigest, RecipientId, Wrapped, recipient_id,
};
pub use recipient_set::{RecipientSet, Target};
pub use secrecy::{ExposeSecret, SecretString};
