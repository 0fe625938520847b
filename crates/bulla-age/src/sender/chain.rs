//! The chain of statements, each bound to the previous one, and the stanza that contains it.

use std::collections::HashMap;

use age_core::primitives::{aead_decrypt, aead_encrypt};
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::file_key::{FileKey, Nonce};
use crate::format::Stanza;
use crate::recipient::{RecipientId, recipient_id};
use crate::sender::error::SenderError;
use crate::sender::statement::{
    AddresseeId, ListEntry, Listing, Parsed, Reader, Statement, length,
};
use crate::sender::tail::{digest, part};
use crate::sender::{Author, derive, tail};
use crate::signing::{Algorithm, Signer, SigningKey, Verified};
use crate::stanza_type;
use crate::stanza_type::SENDER;

/// The most bytes that all statements of a file may have together, padding and tag included.
const MOST: usize = 256 << 10;
/// With their tag they are padded to a multiple of this, so that the length of the stanza tells
/// little about them.
const PADDING: usize = 512;
const TAG: usize = 16;

/// Verifies a signature, as [`signing::verify`](crate::signing::verify) does.
pub type VerifySignature =
    fn(&SigningKey, Algorithm, label: &str, bytes: &[u8], signature: &[u8]) -> Option<Verified>;

/// The label of the signatures of statements.
const LABEL: &str = "bulla/sender/v1";

/// The parsed statements of a file. Their signatures are not checked yet.
#[derive(Clone, Debug)]
pub struct StatementChain {
    made: Vec<Made>,
    newer: bool,
    recorded: bool,
}

/// A statement as encoded in the stanza.
#[derive(Clone, Debug)]
struct Made {
    statement: Statement,
    body: Vec<u8>,
    /// Empty if it is not signed.
    signature: Vec<u8>,
}

/// The statements of a file, with valid signatures; none if a newer version made the record.
#[derive(Clone, Debug)]
pub struct Sender {
    statements: Vec<Statement>,
    newer: bool,
    recorded: bool,
    first: [u8; 32],
}

impl StatementChain {
    /// Decrypts and parses the sender stanza of a header; `None` if it has neither that nor a
    /// stanza of a newer version.
    ///
    /// # Errors
    /// [`SenderError::Malformed`].
    pub(crate) fn open(
        file_key: &FileKey,
        nonce: &Nonce,
        stanzas: &[Stanza],
    ) -> Result<Option<Self>, SenderError> {
        let parts = part(stanzas)?;
        let mut chain = Self {
            made: Vec::new(),
            newer: parts.newer,
            recorded: false,
        };
        let Some(stanza) = parts.sender else {
            return Ok(Some(chain).filter(|chain| chain.newer));
        };
        let wrong = |why| Err(SenderError::Malformed(why));
        let Some([argument]) = stanza.args.exactly() else {
            return wrong("bulla/sender stanza: it must have one argument");
        };
        let salt = BASE64_STANDARD_NO_PAD
            .decode(argument)
            .ok()
            .and_then(|salt| salt.try_into().ok());
        let Some(salt) = salt else {
            return wrong("bulla/sender stanza: its argument is not 16 bytes of canonical base64");
        };
        let sealed = Some(stanza.body.len()).filter(|len| *len <= MOST && len % PADDING == 0);
        let Some(len) = sealed.and_then(|len| len.checked_sub(TAG)) else {
            return wrong("bulla/sender stanza: its body has the wrong length");
        };
        let key = derive::stanza_key(file_key, nonce, &salt);
        let Ok(padded) = aead_decrypt(&key, len, &stanza.body).map(Zeroizing::new) else {
            return wrong("bulla/sender stanza: it cannot be decrypted");
        };
        if derive::salt(file_key, nonce, &padded) != salt {
            return wrong("bulla/sender stanza: its argument does not match its contents");
        }
        chain.parse(&padded)?;
        if let Some(last) = chain.made.last()
            && !chain.newer
        {
            chain.recorded = last.statement.header == digest(parts.recipients.iter().copied());
            if chain.recorded {
                check_places(&last.statement.entries, &parts.recipients)?;
            }
        }
        Ok(Some(chain))
    }

    /// Parses the statements up to the first one that only a newer version can understand. The
    /// lengths of the others must be right all the same.
    fn parse(&mut self, padded: &[u8]) -> Result<(), SenderError> {
        let mut rest = Reader(padded);
        let (mut understood, mut found) = (true, false);
        loop {
            let len = rest.length()?;
            if len == 0 {
                break;
            }
            let body = rest.take(len)?;
            let signature_len = rest.length()?;
            let signature = rest.take(signature_len)?;
            found = true;
            if !understood {
                continue;
            }
            let Parsed::Statement(statement) = Statement::parse(body)? else {
                (understood, self.newer) = (false, true);
                continue;
            };
            if signature.len() != statement.signature_len() {
                return Err(SenderError::Malformed(
                    "statement: its signature has the wrong length",
                ));
            }
            self.follow(Made {
                statement: *statement,
                body: body.to_vec(),
                signature: signature.to_vec(),
            })?;
        }
        if rest.0.len() >= PADDING || rest.0.iter().any(|byte| *byte != 0) {
            return Err(SenderError::Malformed(
                "bulla/sender stanza: extra data after its statements",
            ));
        }
        if found {
            Ok(())
        } else {
            Err(SenderError::Malformed(
                "bulla/sender stanza: it has no statement",
            ))
        }
    }

    /// Adds the next statement, which must be bound to the previous one.
    fn follow(&mut self, made: Made) -> Result<(), SenderError> {
        let follows = match self.made.last() {
            None => made.statement.previous.is_none(),
            Some(before) => {
                !made.statement.is_origin && made.statement.previous == Some(before.digest())
            }
        };
        self.made.push(made);
        if follows {
            Ok(())
        } else {
            Err(SenderError::Malformed(
                "statement: it does not follow the previous one",
            ))
        }
    }

    /// Checks every signature.
    ///
    /// # Errors
    /// [`SenderError::Signature`] with the number of the wrong one, counted from 1.
    pub(crate) fn verify(
        &self,
        (file_key, nonce): (&FileKey, &Nonce),
        verify: VerifySignature,
    ) -> Result<Sender, SenderError> {
        // What a newer version added can change what the rest means, so nothing of it is believed.
        if self.newer {
            return Ok(Sender {
                statements: Vec::new(),
                newer: true,
                recorded: false,
                first: [0; 32],
            });
        }
        let commit = derive::commit(file_key, nonce);
        for (index, made) in self.made.iter().enumerate() {
            let Some((key, algorithm)) = made.statement.signer.zip(made.statement.algorithm) else {
                continue;
            };
            let signed = derive::signed(&commit, nonce, &made.body);
            verify(&key, algorithm, LABEL, &signed, &made.signature)
                .ok_or(SenderError::Signature(index + 1))?;
        }
        Ok(Sender {
            statements: self
                .made
                .iter()
                .map(|made| made.statement.clone())
                .collect(),
            newer: false,
            recorded: self.recorded,
            first: self.made.first().map(Made::digest).unwrap_or_default(),
        })
    }
}

impl Made {
    /// Returns the hash by which the next statement refers to this one.
    fn digest(&self) -> [u8; 32] {
        let hash = Sha256::new().chain_update(&self.body);
        hash.chain_update(&self.signature).finalize().into()
    }
}

/// Checks that the counts add up and that each entry fits the types of its stanzas.
fn check_places(entries: &[ListEntry], recipients: &[&Stanza]) -> Result<(), SenderError> {
    let mut rest = recipients;
    for entry in entries {
        let taken = rest.split_at_checked(entry.count.into());
        let Some((theirs, after)) = taken else {
            return Err(SenderError::Malformed(
                "statement: its list has more stanzas than the header",
            ));
        };
        let fits = |stanza: &&Stanza| match entry.listing {
            Listing::Hidden => true,
            Listing::Provable(_) => stanza_type::is_provable(&stanza.tag),
            Listing::Named(_) => !stanza_type::is_provable(&stanza.tag),
        };
        if !theirs.iter().all(fits) {
            return Err(SenderError::Malformed(
                "statement: an entry of its list does not match its stanza",
            ));
        }
        rest = after;
    }
    match rest {
        [] => Ok(()),
        _ => Err(SenderError::Malformed(
            "statement: its list has fewer stanzas than the header",
        )),
    }
}

impl Sender {
    /// Returns the statements, the author's first.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// Returns the author's statement; `None` if the author is unknown.
    pub fn origin(&self) -> Option<&Statement> {
        self.statements.first().filter(|first| first.is_origin)
    }

    /// Returns true if only a newer version understands the record: it contains something unknown.
    /// The record then proves nothing, and the file has no sender.
    pub fn is_newer(&self) -> bool {
        self.newer
    }

    /// Returns true if the last statement matches the stanzas. If not, recipients were changed
    /// without a record.
    pub fn is_recorded(&self) -> bool {
        self.recorded
    }

    /// Returns the listed readers, in the order of the stanzas; `None` if the list does not match
    /// the stanzas.
    pub fn entries(&self) -> Option<&[ListEntry]> {
        let last = self.statements.last().filter(|_| self.is_recorded())?;
        Some(&last.entries)
    }

    /// Returns the listed reader of each stanza.
    pub fn listings(&self) -> Option<Vec<Listing>> {
        let each = |entry: &ListEntry| std::iter::repeat_n(entry.listing, entry.count.into());
        self.entries()
            .map(|entries| entries.iter().flat_map(each).collect())
    }

    /// Returns true if the signature covers the contents, so that the payload must be hashed to
    /// check it.
    pub fn covers_content(&self) -> bool {
        self.statements
            .iter()
            .any(|statement| statement.content.is_some())
    }

    /// Compares the signed hash of the contents with the payload's root.
    ///
    /// # Errors
    /// [`SenderError::Content`].
    pub fn check_content(&self, root: &[u8; 32]) -> Result<(), SenderError> {
        let mut signed = self
            .statements
            .iter()
            .filter_map(|statement| statement.content);
        if signed.all(|content| content == *root) {
            Ok(())
        } else {
            Err(SenderError::Content)
        }
    }

    /// Returns SHA-256 of the first statement and its signature, which identifies a message.
    pub fn first_digest(&self) -> [u8; 32] {
        self.first
    }

    /// Returns true if an entry of the author's statement names the signing key with this id;
    /// `None` if the statement names no signing keys. For the id, see
    /// [`UnlockedFile::addressee_id`](crate::UnlockedFile::addressee_id).
    pub fn addresses(&self, id: &AddresseeId) -> Option<bool> {
        let addressees = self
            .origin()
            .filter(|origin| origin.signer.is_some())?
            .addressees
            .as_ref()?;
        Some(addressees.contains(id))
    }

    /// Returns the same for one stanza of the author's list; `None` if no signing key is named for
    /// it.
    pub fn addresses_at(&self, stanza: usize, id: &AddresseeId) -> Option<bool> {
        let origin = self.origin().filter(|origin| origin.signer.is_some())?;
        let mut behind = stanza;
        for (entry, addressee) in origin.entries.iter().zip(origin.addressees.as_ref()?) {
            match behind.checked_sub(entry.count.into()) {
                Some(less) => behind = less,
                None => {
                    return (*addressee != [0; 16]).then(|| addressee == id);
                }
            }
        }
        None
    }
}

/// A draft of a statement.
pub(crate) struct Drafted<'a> {
    statement: Statement,
    sign: Option<&'a dyn Signer>,
}

impl<'a> Drafted<'a> {
    /// Drafts the author's statement about these stanzas.
    pub(crate) fn origin<'s>(
        (file_key, nonce): (&FileKey, &Nonce),
        author: &Author<'a>,
        recipients: impl IntoIterator<Item = &'s Stanza>,
        entries: &[ListEntry],
    ) -> Self {
        let mut drafted = Self::change(author, recipients, entries);
        drafted.statement.is_origin = true;
        drafted.statement.true_length = author.true_length;
        drafted.statement.plaintext = author.plaintext;
        drafted.statement.path = author.path.map(<[u8]>::to_vec);
        let known: HashMap<RecipientId, &SigningKey> = author
            .addressees
            .iter()
            .map(|(recipient, key)| (recipient_id(file_key, nonce, recipient), key))
            .collect();
        let of = |entry: &ListEntry| match entry.listing {
            Listing::Hidden => None,
            Listing::Provable(rid) | Listing::Named(rid) => known
                .get(&rid)
                .map(|key| derive::addressee(file_key, nonce, key)),
        };
        let addressees: Vec<_> = entries.iter().map(of).collect();
        if author.sign.is_some() && addressees.iter().any(Option::is_some) {
            drafted.statement.addressees = Some(
                addressees
                    .into_iter()
                    .map(Option::unwrap_or_default)
                    .collect(),
            );
        }
        drafted
    }

    /// Drafts the statement of a person who changed the recipients.
    pub(crate) fn change<'s>(
        author: &Author<'a>,
        recipients: impl IntoIterator<Item = &'s Stanza>,
        entries: &[ListEntry],
    ) -> Self {
        let statement = Statement {
            is_origin: false,
            signer: author.sign.map(Signer::key),
            algorithm: author.sign.map(|_| author.algorithm),
            time: author.time,
            header: tail::digest(recipients),
            previous: None,
            content: None,
            entries: entries.to_vec(),
            true_length: None,
            addressees: None,
            plaintext: None,
            path: None,
        };
        Self {
            statement,
            sign: author.sign,
        }
    }

    /// Makes the signature, if there is one, cover the contents too.
    pub(crate) fn covering(mut self, content: Option<[u8; 32]>) -> Self {
        self.statement.content = content.filter(|_| self.sign.is_some());
        self
    }

    /// Returns the stanza with the earlier statements and this one.
    ///
    /// # Errors
    /// [`SenderError::TooLong`], [`SenderError::ChainTooLong`].
    pub(crate) fn stanza(
        mut self,
        (file_key, nonce): (&FileKey, &Nonce),
        before: Option<&StatementChain>,
    ) -> Result<Stanza, SenderError> {
        self.statement.previous = before.and_then(|chain| chain.made.last()).map(Made::digest);
        let body = self.statement.body()?;
        let commit = derive::commit(file_key, nonce);
        let signed = derive::signed(&commit, nonce, &body);
        let signature = self
            .sign
            .zip(self.statement.algorithm)
            .map_or_else(Vec::new, |(sign, algorithm)| {
                sign.sign(algorithm, LABEL, &signed)
            });
        let made = Made {
            statement: self.statement,
            body,
            signature,
        };
        let mut padded = Vec::new();
        for made in before.iter().flat_map(|chain| &chain.made).chain([&made]) {
            for part in [&made.body, &made.signature] {
                padded.extend_from_slice(&length(part.len())?);
                padded.extend_from_slice(part);
            }
        }
        padded.extend_from_slice(&[0; 2]);
        let sealed = (padded.len() + TAG).next_multiple_of(PADDING);
        padded.resize(sealed - TAG, 0);
        if sealed > MOST {
            return Err(if before.is_some() {
                SenderError::ChainTooLong
            } else {
                SenderError::TooLong
            });
        }
        let salt = derive::salt(file_key, nonce, &padded);
        let key = derive::stanza_key(file_key, nonce, &salt);
        Ok(Stanza {
            tag: SENDER.to_owned(),
            args: [BASE64_STANDARD_NO_PAD.encode(salt)].into(),
            body: aead_encrypt(&key, &padded),
        })
    }
}
