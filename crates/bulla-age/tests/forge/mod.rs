//! Forgeries by an attacker who knows the file key: headers, statements and payloads with any
//! fault.
//!
//! Written from the formats document with primitives alone, so that it shares no code with what it
//! attacks. Only the stanzas for honest keys come from the library. Included by test binaries with
//! `#[path]`.

use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine};
use bulla_age::{FileKey, Identity, LockedFile, Recipient, Unwrapped};
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key};
use ed25519_dalek::{Signer, SigningKey};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

/// A stanza that can be copied.
#[derive(Clone)]
pub(crate) struct Stanza {
    pub(crate) tag: String,
    pub(crate) args: Vec<String>,
    pub(crate) body: Vec<u8>,
}

impl From<&bulla_age::format::Stanza> for Stanza {
    fn from(stanza: &bulla_age::format::Stanza) -> Self {
        Self {
            tag: stanza.tag.clone(),
            args: stanza.args.iter().map(str::to_owned).collect(),
            body: stanza.body.clone(),
        }
    }
}

/// A file in the hands of an attacker who can open it.
#[derive(Clone)]
pub(crate) struct Forged {
    pub(crate) file_key: [u8; 16],
    pub(crate) nonce: [u8; 16],
    pub(crate) stanzas: Vec<Stanza>,
    pub(crate) payload: Vec<u8>,
}

/// The fields of a statement.
#[derive(Clone)]
pub(crate) struct Said<'a> {
    pub(crate) kind: u8,
    pub(crate) by: Option<&'a SigningKey>,
    pub(crate) previous: Option<[u8; 32]>,
    pub(crate) content: Option<[u8; 32]>,
    /// Kind, count and id of each entry.
    pub(crate) entries: Vec<(u8, u8, [u8; 16])>,
}

pub(crate) fn stanza(tag: &str, args: &[&str], body: &[u8]) -> Stanza {
    Stanza {
        tag: tag.to_owned(),
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        body: body.to_vec(),
    }
}

fn sixteen(bytes: &[u8]) -> [u8; 16] {
    bytes[..16].try_into().unwrap()
}

/// The content root of a payload.
pub(crate) fn root(payload: &[u8]) -> [u8; 32] {
    let chunks: Vec<_> = payload.chunks(65_552).collect();
    let mut hash = blake3::Hasher::new_derive_key("bulla/payload/v1");
    hash.update(&(chunks.len() as u64).to_be_bytes());
    chunks
        .iter()
        .for_each(|chunk| _ = hash.update(blake3::hash(chunk).as_bytes()));
    hash.finalize().into()
}

impl Forged {
    /// Opens a file as one of its readers.
    pub(crate) fn open(file: &[u8], identity: &dyn Identity) -> Self {
        let closed = LockedFile::read(&mut &file[..]).unwrap();
        let Unwrapped::FileKey(key) = identity.unwrap(closed.header().stanzas()) else {
            panic!("not mine")
        };
        let at = usize::try_from(closed.payload_offset()).unwrap();
        Self {
            file_key: *key.as_bytes(),
            nonce: file[at - 16..at].try_into().unwrap(),
            stanzas: closed.header().stanzas().iter().map(Stanza::from).collect(),
            payload: file[at..].to_vec(),
        }
    }

    fn derive(&self, salt: &[u8], label: &str) -> [u8; 32] {
        let mut out = [0; 32];
        Hkdf::<Sha256>::new(Some(salt), &self.file_key)
            .expand(label.as_bytes(), &mut out)
            .unwrap();
        out
    }

    /// The id of a recipient in a list of this file.
    pub(crate) fn rid(&self, recipient: &str) -> [u8; 16] {
        let info = [&b"bulla/rid/v1\0"[..], &Sha256::digest(recipient)].concat();
        let mut id = [0; 16];
        Hkdf::<Sha256>::new(Some(&self.nonce), &self.file_key)
            .expand(&info, &mut id)
            .unwrap();
        id
    }

    /// The honest stanza for a key in this file.
    pub(crate) fn stanza_for(&self, recipient: &dyn Recipient) -> Stanza {
        let key = FileKey::new(&self.file_key);
        Stanza::from(&recipient.wrap(&key, &self.nonce).unwrap().stanzas[0])
    }

    /// All stanzas except ours.
    pub(crate) fn recipients(&self) -> Vec<Stanza> {
        self.stanzas
            .iter()
            .filter(|stanza| !stanza.tag.starts_with("bulla/"))
            .cloned()
            .collect()
    }

    /// SHA-256 of the current recipients' stanzas.
    pub(crate) fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.recipients().iter().map(written).collect::<String>()).into()
    }

    /// The statements, each followed by its signature.
    pub(crate) fn statements(&self) -> Vec<Vec<u8>> {
        let sender = self
            .stanzas
            .iter()
            .find(|stanza| stanza.tag == "bulla/sender")
            .unwrap();
        let salt = BASE64_STANDARD_NO_PAD.decode(&sender.args[0]).unwrap();
        let key = self.derive(&[&self.nonce[..], &salt].concat(), "bulla/sender-key/v1");
        let cipher = ChaCha20Poly1305::new(Key::from_slice(&key));
        let padded = cipher.decrypt(&[0; 12].into(), &sender.body[..]).unwrap();
        let (mut all, mut rest) = (Vec::new(), &padded[..]);
        loop {
            let len = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
            if len == 0 {
                return all;
            }
            let (body, behind) = rest[2..].split_at(len);
            let len = usize::from(u16::from_be_bytes([behind[0], behind[1]]));
            all.push([body, &behind[2..2 + len]].concat());
            rest = &behind[2 + len..];
        }
    }

    /// A statement about the current recipients, signed for this file.
    pub(crate) fn says(&self, said: &Said<'_>) -> Vec<u8> {
        let flags = u8::from(said.content.is_some()) | u8::from(said.previous.is_some()) << 1;
        let mut body = vec![said.kind, u8::from(said.by.is_some()), flags];
        body.extend(
            said.by
                .map_or([0; 32], |key| key.verifying_key().to_bytes()),
        );
        // An attacker can commit to any ML-DSA-65 key.
        body.extend([0; 32]);
        body.extend(1_795_428_240_u64.to_be_bytes());
        body.extend(self.digest());
        body.extend(said.previous.iter().chain(&said.content).flatten());
        body.extend(u16::try_from(said.entries.len()).unwrap().to_be_bytes());
        said.entries.iter().for_each(|(kind, count, rid)| {
            body.extend([*kind, *count]);
            body.extend(rid);
        });
        body.extend([0; 2]);
        if let Some(key) = said.by {
            let commit = self.derive(&self.nonce, "bulla/commit/v1");
            let signed = [b"bulla/sender/v1\0", &commit[..], &self.nonce, &body].concat();
            body.extend(key.sign(&signed).to_bytes());
        }
        body
    }

    /// The stanza that holds these statements.
    pub(crate) fn sender(&self, statements: &[Vec<u8>]) -> Stanza {
        self.sender_with(statements, &[], None)
    }

    /// The same with more bytes after the statements, or with a salt that does not match them.
    pub(crate) fn sender_with(
        &self,
        statements: &[Vec<u8>],
        more: &[u8],
        salt: Option<[u8; 16]>,
    ) -> Stanza {
        let mut padded = Vec::new();
        for statement in statements {
            let signature = match statement.get(1) {
                Some(1) => 64,
                Some(2) => 64 + 1952 + 3309,
                _ => 0,
            };
            let body = statement.len().checked_sub(signature);
            let (body, signature) = statement.split_at(body.unwrap_or(statement.len()));
            for part in [body, signature] {
                padded.extend(u16::try_from(part.len()).unwrap().to_be_bytes());
                padded.extend(part);
            }
        }
        padded.extend([0; 2]);
        padded.extend(more);
        self.sealed(padded, salt)
    }

    /// The stanza that holds these bytes, valid or not.
    pub(crate) fn sender_of(&self, bytes: &[u8]) -> Stanza {
        self.sealed(bytes.to_vec(), None)
    }

    fn sealed(&self, mut padded: Vec<u8>, salt: Option<[u8; 16]>) -> Stanza {
        padded.resize((padded.len() + 16).next_multiple_of(512) - 16, 0);
        let key = self.derive(&self.nonce, "bulla/sender-salt/v1");
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&key).unwrap();
        mac.update(&padded);
        let salt = salt.unwrap_or_else(|| sixteen(&mac.finalize().into_bytes()));
        let key = self.derive(&[self.nonce, salt].concat(), "bulla/sender-key/v1");
        let body =
            ChaCha20Poly1305::new(Key::from_slice(&key)).encrypt(&[0; 12].into(), &padded[..]);
        stanza(
            "bulla/sender",
            &[&BASE64_STANDARD_NO_PAD.encode(salt)],
            &body.unwrap(),
        )
    }

    /// The same file with these recipients and statements.
    pub(crate) fn with(&self, recipients: Vec<Stanza>, statements: &[Vec<u8>]) -> Self {
        let mut stanzas = recipients;
        stanzas.push(self.sender(statements));
        Self {
            stanzas,
            ..self.clone()
        }
    }

    /// The same header with other contents, of one chunk.
    pub(crate) fn over(&self, contents: &[u8]) -> Self {
        let key = self.derive(&self.nonce, "payload");
        let mut last = [0; 12];
        last[11] = 1;
        let payload = ChaCha20Poly1305::new(Key::from_slice(&key)).encrypt(&last.into(), contents);
        Self {
            payload: payload.unwrap(),
            ..self.clone()
        }
    }

    /// The header, including its MAC.
    pub(crate) fn header(&self) -> Vec<u8> {
        let stanzas: String = self.stanzas.iter().map(written).collect();
        let covered = format!("age-encryption.org/v1\n{stanzas}---");
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&self.derive(&[], "header")).unwrap();
        mac.update(covered.as_bytes());
        let mac = BASE64_STANDARD_NO_PAD.encode(mac.finalize().into_bytes());
        format!("{covered} {mac}\n").into_bytes()
    }

    /// The whole file.
    pub(crate) fn file(&self) -> Vec<u8> {
        [self.header(), self.nonce.to_vec(), self.payload.clone()].concat()
    }
}

fn written(stanza: &Stanza) -> String {
    let mut text = format!("-> {}", stanza.tag);
    stanza
        .args
        .iter()
        .for_each(|arg| text += &format!(" {arg}"));
    text.push('\n');
    let body = BASE64_STANDARD_NO_PAD.encode(&stanza.body);
    for start in (0..=body.len()).step_by(64) {
        text += &format!("{}\n", &body[start..body.len().min(start + 64)]);
    }
    text
}
