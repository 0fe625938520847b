//! Files of identities: plain lines, OpenSSH private keys, and age files around either.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::format::Stanza;
use zeroize::Zeroizing;

use crate::any_recipient::AnyRecipient;
use crate::decrypt::{DecryptError, decrypt_all};
use crate::file_key::Nonce;
use crate::format::looks_encrypted;
use crate::identity::{Effort, Identity, Mismatch, UnwrapError, Unwrapped};
use crate::key_document::{KeyDocument, KeyKind};
use crate::key_error::KeyError;
use crate::kinds::{
    HybridIdentity, ScryptIdentity, SshIdentity, SshRecipient, X25519Identity, has_passphrase,
    is_in_old_form, is_public_key, without_passphrase,
};
use crate::parse_error::ParseError;
use crate::plugin::{PluginHost, PluginIdentities, PluginIdentity, Plugins};
use crate::prompter::{Prompter, Question};
use crate::recipient::RecipientDigest;
use crate::recipient_set::Target;
use crate::recipients_file::{lines, text_of};
use crate::untrusted::Untrusted;

/// Something that opens files and knows what to encrypt to so that it can.
pub trait KeyFileIdentity: Identity {
    /// Its recipients. An encrypted identity file is unlocked for it.
    ///
    /// # Errors
    /// Those of unlocking; [`KeyError::NoRecipient`] for identities of plugins.
    fn recipients(&self) -> Result<Vec<AnyRecipient>, KeyError>;

    /// What to encrypt to so that it can open the file: as [`recipients`](Self::recipients), and
    /// identities of plugins too.
    ///
    /// # Errors
    /// Those of unlocking.
    fn targets(&self) -> Result<Vec<Target>, KeyError> {
        Ok(self
            .recipients()?
            .into_iter()
            .map(Target::Recipient)
            .collect())
    }

    /// Whether it will start no program, and ask for no passphrase, any more.
    fn is_settled(&self) -> bool {
        self.effort() == Effort::None
    }
}

/// Where an identity file is kept, and so what its name is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredIn {
    /// In a file that was named.
    NamedFile,
    /// In the keyring.
    Keyring,
}

/// What reading an identity file needs beside its bytes.
#[derive(Clone)]
pub struct KeyFileContext {
    /// What to call it.
    pub name: Untrusted,
    /// Where it is kept.
    pub kept: StoredIn,
    /// Who is asked for passphrases.
    pub ask: Arc<dyn Prompter>,
    /// Where plugins are, for identities that are theirs.
    pub plugins: Arc<dyn Plugins>,
    /// The highest cost of a passphrase that is accepted, as its logarithm.
    pub max_work_factor: u8,
    /// The public key of an SSH key that [hides](hides_public_key) its own, if it is known.
    pub public_key: Option<SshRecipient>,
}

/// Parses an identity file. An encrypted one is one identity, which asks for its passphrase when it
/// is tried.
///
/// # Errors
/// The number of the line that is wrong, never its text.
pub fn parse(
    bytes: Zeroizing<Vec<u8>>,
    origin: &KeyFileContext,
) -> Result<Vec<Box<dyn KeyFileIdentity>>, KeyError> {
    let bytes = past_comments(bytes);
    if looks_encrypted(&bytes) {
        let state = Mutex::new(State::Locked(bytes, Vec::new()));
        Ok(vec![Box::new(LockedKeyFile {
            origin: origin.clone(),
            state,
        })])
    } else {
        parse_plain(&bytes, origin)
    }
}

/// Returns true for an identity file that is encrypted with a passphrase as a whole.
pub fn is_encrypted(bytes: &[u8]) -> bool {
    looks_encrypted(after_comments(bytes))
}

/// Returns true for an identity file that takes a passphrase: it is encrypted as a whole, or an SSH
/// key in it is.
pub fn is_locked(bytes: &[u8]) -> bool {
    is_encrypted(bytes) || ssh_key(bytes).is_ok_and(|(_, key)| has_passphrase(key))
}

/// Returns true if the public key of the SSH key in a file is encrypted too, as in the form of before
/// 2014.
pub fn hides_public_key(bytes: &[u8]) -> bool {
    ssh_key(bytes).is_ok_and(|(_, key)| is_in_old_form(key))
}

/// Returns an encrypted file without the comments that its owner put in front of it, and any other
/// as it is.
fn past_comments(bytes: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    let rest = after_comments(&bytes);
    if looks_encrypted(rest) {
        Zeroizing::new(rest.to_vec())
    } else {
        bytes
    }
}

/// Returns what follows the lines of comments at the beginning.
fn after_comments(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n')
        && matches!(rest.trim_ascii_start().first(), Some(b'#'))
    {
        rest = &rest[end + 1..];
    }
    rest
}

fn parse_plain(
    bytes: &[u8],
    origin: &KeyFileContext,
) -> Result<Vec<Box<dyn KeyFileIdentity>>, KeyError> {
    let (text, ssh) = ssh_key(bytes)?;
    let mut identities: Vec<Box<dyn KeyFileIdentity>> = Vec::new();
    let mut of_plugins: Vec<PluginIdentity> = Vec::new();
    for (line, text) in lines(text) {
        match parse_line(text).map_err(|error| KeyError::Line { line, error })? {
            Line::Native(identity) => identities.push(identity),
            Line::Plugin(identity) => of_plugins.push(identity),
        }
    }
    while let Some(first) = of_plugins.first() {
        let name = first.plugin().to_owned();
        let (of_this, others) = of_plugins
            .into_iter()
            .partition(|identity| identity.plugin() == name);
        let host = PluginHost {
            plugins: origin.plugins.clone(),
            ask: origin.ask.clone(),
        };
        let of_this = PluginIdentities::new(&name, of_this, host);
        identities.push(Box::new(match origin.kept {
            StoredIn::NamedFile => of_this.for_passphrases_too(),
            StoredIn::Keyring => of_this,
        }));
        of_plugins = others;
    }
    if !ssh.is_empty() {
        let key = SshIdentity::parse(ssh, origin.name.clone(), origin.ask.clone())?;
        let key = match &origin.public_key {
            Some(public) => key.with_public_key(public.clone()),
            None => key,
        };
        identities.push(Box::new(key));
    }
    if identities.is_empty() {
        Err(KeyError::NoKeys)
    } else {
        Ok(identities)
    }
}

/// Where an OpenSSH private key begins: it is the last in its file.
fn private_key(text: &str) -> Option<usize> {
    let begins = |at: &usize| {
        text[..*at]
            .rsplit('\n')
            .next()
            .is_none_or(|before| before.trim_ascii().is_empty())
    };
    text.match_indices("-----BEGIN ")
        .map(|(at, _)| at)
        .find(begins)
}

/// What a line of an identity file holds.
enum Line {
    Native(Box<dyn KeyFileIdentity>),
    Plugin(PluginIdentity),
}

fn parse_line(text: &str) -> Result<Line, ParseError> {
    if let Some((key, _)) = text.split_once([' ', '\t'])
        && !is_public_key(text)
    {
        // Any text can have blanks, so this error is only for text after a valid key.
        parse_line(key)?;
        return Err(ParseError::TextAfterKey);
    }
    let upper = text.to_ascii_uppercase();
    if upper.starts_with("AGE-") && text != upper && text != text.to_ascii_lowercase() {
        Err(ParseError::MixedCase)
    } else if upper.starts_with("AGE-SECRET-KEY-PQ-1") {
        Ok(Line::Native(Box::new(text.parse::<HybridIdentity>()?)))
    } else if upper.starts_with("AGE-SECRET-KEY-1") {
        Ok(Line::Native(Box::new(text.parse::<X25519Identity>()?)))
    } else if upper.starts_with("AGE-PLUGIN-") {
        Ok(Line::Plugin(text.parse()?))
    } else if upper.starts_with("AGE1") || is_public_key(text) {
        Err(ParseError::RecipientAsIdentity)
    } else {
        Err(ParseError::NotAnIdentity)
    }
}

impl KeyFileIdentity for X25519Identity {
    fn recipients(&self) -> Result<Vec<AnyRecipient>, KeyError> {
        Ok(vec![AnyRecipient::X25519(self.to_recipient())])
    }
}

impl KeyFileIdentity for HybridIdentity {
    fn recipients(&self) -> Result<Vec<AnyRecipient>, KeyError> {
        Ok(vec![AnyRecipient::Hybrid(self.to_recipient())])
    }
}

impl KeyFileIdentity for SshIdentity {
    fn recipients(&self) -> Result<Vec<AnyRecipient>, KeyError> {
        Ok(vec![AnyRecipient::Ssh(self.to_recipient()?)])
    }

    fn is_settled(&self) -> bool {
        self.effort() == Effort::None || self.is_unlocked()
    }
}

impl KeyFileIdentity for PluginIdentities {
    fn recipients(&self) -> Result<Vec<AnyRecipient>, KeyError> {
        Err(KeyError::NoRecipient(self.plugin().to_owned()))
    }

    fn targets(&self) -> Result<Vec<Target>, KeyError> {
        Ok(self
            .identities()
            .iter()
            .cloned()
            .map(Target::PluginIdentity)
            .collect())
    }
}

/// An identity file that is encrypted to a passphrase; unlocked once, when it is first needed.
struct LockedKeyFile {
    origin: KeyFileContext,
    state: Mutex<State>,
}

enum State {
    /// The file, and the headers that were announced meanwhile.
    Locked(Zeroizing<Vec<u8>>, Vec<Vec<Stanza>>),
    /// Cheap ones first.
    Open(Vec<Box<dyn KeyFileIdentity>>),
    Failed(KeyError),
}

impl LockedKeyFile {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unlocked(&self) -> MutexGuard<'_, State> {
        let mut state = self.state();
        if let State::Locked(bytes, announced) = &*state {
            let unlocked = unlock(bytes, &self.origin).map(|mut identities| {
                identities.sort_by_key(|identity| identity.effort());
                let headers: Vec<_> = announced.iter().map(Vec::as_slice).collect();
                identities
                    .iter()
                    .for_each(|identity| identity.prepare(&headers));
                State::Open(identities)
            });
            *state = unlocked.unwrap_or_else(State::Failed);
        }
        state
    }
}

fn unlock(
    bytes: &[u8],
    origin: &KeyFileContext,
) -> Result<Vec<Box<dyn KeyFileIdentity>>, KeyError> {
    parse_plain(&decrypted(bytes, origin)?, origin)
}

/// The text of an identity file. An encrypted one is decrypted, and its passphrase asked for, now. So
/// is an encrypted SSH key in the old form: its public key is inside, and its encryption is weak.
///
/// # Errors
/// Those of unlocking and of parsing: what is given back holds identities, or a seed that only
/// signs.
pub fn text(
    bytes: Zeroizing<Vec<u8>>,
    origin: &KeyFileContext,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let bytes = past_comments(bytes);
    let plain = if looks_encrypted(&bytes) {
        decrypted(&bytes, origin)?
    } else {
        bytes
    };
    match parse_plain(&plain, origin) {
        Err(KeyError::NoKeys) if only_signs(&plain) => Ok(plain),
        Err(error) => Err(error),
        Ok(_) if is_in_old_form(ssh_key(&plain)?.1) => with_open_key(plain, origin),
        Ok(_) => Ok(plain),
    }
}

/// The text of an identity file with nothing left to ask for: as [`text`], and an SSH key in it is
/// decrypted too.
///
/// # Errors
/// Those of [`text`].
pub fn unlocked_text(
    bytes: Zeroizing<Vec<u8>>,
    origin: &KeyFileContext,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    with_open_key(text(bytes, origin)?, origin)
}

/// Splits the text of an identity file into lines and an SSH key, which may be empty.
fn ssh_key(plain: &[u8]) -> Result<(&str, &str), ParseError> {
    let text = text_of(plain)?;
    Ok(text.split_at(private_key(text).unwrap_or(text.len())))
}

/// Decrypts the SSH key in a text, if one is there and encrypted.
fn with_open_key(
    plain: Zeroizing<Vec<u8>>,
    origin: &KeyFileContext,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let (before, key) = ssh_key(&plain)?;
    if key.is_empty() {
        return Ok(plain);
    }
    let Some(key) = without_passphrase(key, &origin.name, &*origin.ask)? else {
        return Ok(plain);
    };
    // Allocated at full size, because growing would leave copies of the secret behind.
    let mut open = Zeroizing::new(Vec::with_capacity(before.len() + key.len()));
    open.extend_from_slice(before.as_bytes());
    open.extend_from_slice(key.as_bytes());
    Ok(open)
}

/// Returns whether this is the document of a seed from which no identity is derived.
fn only_signs(plain: &[u8]) -> bool {
    let text = std::str::from_utf8(plain).ok();
    let document = text.and_then(|text| KeyDocument::parse(text).ok());
    let own = document.as_ref().and_then(KeyDocument::own);
    own.is_some_and(|own| own.kind == KeyKind::Signing)
}

fn decrypted(bytes: &[u8], origin: &KeyFileContext) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let name = origin.name.clone();
    let question = match origin.kept {
        StoredIn::NamedFile => Question::IdentityFile(name),
        StoredIn::Keyring => Question::Identity(name),
    };
    let key = ScryptIdentity::new(origin.ask.clone(), question.clone(), origin.max_work_factor);
    match decrypt_all(bytes, &[&key]) {
        Ok(plain) if looks_encrypted(&plain) => {
            Err(KeyError::Locked("it is encrypted twice".to_owned()))
        }
        Ok(plain) => {
            origin.ask.unlocked(&question, bytes, &plain);
            Ok(plain)
        }
        Err(DecryptError::NoMatch { tried, .. }) => Err(match tried.into_iter().next() {
            Some((_, Mismatch::WrongPassphrase)) => KeyError::WrongPassphrase,
            Some((_, Mismatch::Unanswered(error))) => KeyError::Ask(error),
            Some((_, Mismatch::Unusable(why))) => KeyError::Locked(why),
            _ => KeyError::Locked("it is encrypted to keys, not with a passphrase".to_owned()),
        }),
        Err(DecryptError::Unwrap(UnwrapError::Key(error))) => Err(error),
        Err(error) => Err(KeyError::Locked(error.to_string())),
    }
}

impl LockedKeyFile {
    /// Unlocks the file, and tries its identities.
    fn unwrap_with(
        &self,
        unwrap: impl Fn(&dyn Identity) -> (Unwrapped, Option<RecipientDigest>),
    ) -> (Unwrapped, Option<RecipientDigest>) {
        let mut best = Mismatch::OtherType;
        let unwrapped = match &*self.unlocked() {
            State::Open(identities) => {
                for identity in identities {
                    match unwrap(&**identity) {
                        (Unwrapped::NoMatch(Mismatch::OtherType), _) => {}
                        (Unwrapped::NoMatch(reason), _) => best = reason,
                        decided => return decided,
                    }
                }
                Unwrapped::NoMatch(best)
            }
            State::Failed(KeyError::WrongPassphrase) => {
                Unwrapped::NoMatch(Mismatch::WrongPassphrase)
            }
            State::Failed(error @ KeyError::ExcessiveWork { .. }) => {
                Unwrapped::Failed(UnwrapError::Key(error.clone()))
            }
            State::Failed(KeyError::Ask(error)) => {
                Unwrapped::NoMatch(Mismatch::Unanswered(error.clone()))
            }
            State::Failed(error) => Unwrapped::NoMatch(Mismatch::Unusable(error.to_string())),
            State::Locked(..) => Unwrapped::NoMatch(Mismatch::Unusable("it is locked".to_owned())),
        };
        (unwrapped, None)
    }
}

impl Identity for LockedKeyFile {
    fn unwrap(&self, stanzas: &[Stanza]) -> Unwrapped {
        self.unwrap_with(|identity| (identity.unwrap(stanzas), None))
            .0
    }

    fn unwrap_and_prove(
        &self,
        stanza: &Stanza,
        nonce: &Nonce,
    ) -> (Unwrapped, Option<RecipientDigest>) {
        self.unwrap_with(|identity| identity.unwrap_and_prove(stanza, nonce))
    }

    /// Asks for the passphrase if that was not done yet, as trying it does.
    fn work(&self, stanzas: &[Stanza]) -> usize {
        match &*self.unlocked() {
            State::Open(identities) => identities
                .iter()
                .map(|identity| identity.work(stanzas))
                .sum(),
            State::Failed(_) | State::Locked(..) => 0,
        }
    }

    fn effort(&self) -> Effort {
        Effort::Asks
    }

    fn describe(&self) -> String {
        match self.origin.kept {
            StoredIn::NamedFile => format!("identity file {}", self.origin.name),
            StoredIn::Keyring => format!("identity {}", self.origin.name),
        }
    }

    fn prepare(&self, headers: &[&[Stanza]]) {
        match &mut *self.state() {
            State::Locked(_, announced) => {
                announced.extend(headers.iter().map(|stanzas| stanzas.to_vec()));
            }
            State::Open(identities) => identities
                .iter()
                .for_each(|identity| identity.prepare(headers)),
            State::Failed(_) => {}
        }
    }
}

impl LockedKeyFile {
    /// Asks the same of all identities in it.
    fn each<T>(
        &self,
        of: impl Fn(&dyn KeyFileIdentity) -> Result<Vec<T>, KeyError>,
    ) -> Result<Vec<T>, KeyError> {
        match &*self.unlocked() {
            State::Open(identities) => {
                let each = identities
                    .iter()
                    .map(|identity| of(&**identity))
                    .collect::<Result<Vec<_>, _>>()?;
                Ok(each.into_iter().flatten().collect())
            }
            State::Failed(error) => Err(error.clone()),
            State::Locked(..) => Err(KeyError::Locked("it is locked".to_owned())),
        }
    }
}

impl KeyFileIdentity for LockedKeyFile {
    fn recipients(&self) -> Result<Vec<AnyRecipient>, KeyError> {
        self.each(|identity| identity.recipients())
    }

    fn targets(&self) -> Result<Vec<Target>, KeyError> {
        self.each(|identity| identity.targets())
    }

    fn is_settled(&self) -> bool {
        match &*self.state() {
            State::Locked(..) => false,
            State::Open(identities) => identities.iter().all(|identity| identity.is_settled()),
            State::Failed(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bech32;
    use crate::encrypt::encrypt;
    use crate::kinds::ScryptRecipient;
    use crate::recipient::Recipient;
    use crate::stream::Engine;
    use crate::testing::*;

    const ONE: &str = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";

    fn identities(
        text: &str,
        ask: &Arc<Person>,
    ) -> Result<Vec<Box<dyn KeyFileIdentity>>, KeyError> {
        parse(Zeroizing::new(text.as_bytes().to_vec()), &origin(ask))
    }

    fn locked(text: &str, passphrase: &str) -> Zeroizing<Vec<u8>> {
        let recipient = ScryptRecipient::new(passphrase.into(), 10);
        let mut bytes = Vec::new();
        encrypt(&[&recipient], text.as_bytes(), &mut bytes, &Engine::new(1)).unwrap();
        Zeroizing::new(bytes)
    }

    fn shown(identities: &[Box<dyn KeyFileIdentity>]) -> Vec<String> {
        identities
            .iter()
            .flat_map(|identity| identity.recipients().unwrap())
            .map(|r| r.to_string())
            .collect()
    }

    #[test]
    fn every_line_is_an_identity_and_those_of_one_plugin_are_together() {
        let nobody = Person::who_says(None);
        let of = |name: &str, data: &[u8]| {
            bech32::encode(&format!("age-plugin-{name}-"), data).to_ascii_uppercase()
        };
        let (a, b, c) = (of("a", b"1"), of("b", b"1"), of("a", b"2"));
        let text = format!("# created\r\n\r\n{a}\r\n{ONE}\r\n{b}\n  {c}\n# public key\n");
        let all = identities(&text, &nobody).unwrap();
        let described: Vec<_> = all.iter().map(|identity| identity.describe()).collect();
        assert_eq!(described.len(), 3);
        assert!(
            described[0].starts_with("X25519 identity of age1"),
            "{described:?}"
        );
        assert_eq!(
            described[1..],
            ["identity of age-plugin-a", "identity of age-plugin-b"]
        );
        assert_eq!(
            all[1].recipients().err(),
            Some(KeyError::NoRecipient("a".to_owned()))
        );
        assert_eq!(all[1].targets().unwrap().len(), 2);
        assert_eq!(
            (all[1].effort(), all[0].targets().unwrap().len()),
            (Effort::StartsProgram, 1)
        );
    }

    #[test]
    fn an_error_names_the_line_and_never_its_text() {
        let nobody = Person::who_says(None);
        let cases = [
            (ONE[..60].to_owned(), ParseError::Encoding),
            (ONE.replace("GFP", "gfp"), ParseError::MixedCase),
            ("AGE-PLUGIN-A-1QQ".to_owned(), ParseError::Encoding),
            (ED25519_PUB.to_owned(), ParseError::RecipientAsIdentity),
            ("age1qq".to_owned(), ParseError::RecipientAsIdentity),
            (
                "correct horse battery".to_owned(),
                ParseError::NotAnIdentity,
            ),
        ];
        for (wrong, why) in cases {
            let error = identities(&format!("# me\n{ONE}\n{wrong}\n"), &nobody)
                .err()
                .unwrap();
            assert!(!error.to_string().contains(&wrong[..6]), "{error}");
            assert_eq!(
                error,
                KeyError::Line {
                    line: 3,
                    error: why
                }
            );
        }
        assert_eq!(
            identities("# nothing\n", &nobody).err(),
            Some(KeyError::NoKeys)
        );
        assert_eq!(
            identities("\u{0}", &nobody)
                .err()
                .map(|e| e.to_string().contains('\u{0}')),
            Some(false)
        );
    }

    #[test]
    fn an_ssh_key_may_stand_after_comments_and_lines() {
        let nobody = Person::who_says(None);
        let ssh = ED25519_PUB.rsplit_once(' ').unwrap().0;
        for before in ["", "\n ", "# imported\n"] {
            assert_eq!(
                shown(&identities(&format!("{before}{ED25519_KEY}"), &nobody).unwrap()),
                [ssh]
            );
        }
        assert_eq!(
            shown(&identities(&format!("{ONE}\n{ED25519_KEY}"), &nobody).unwrap())[1],
            ssh
        );
        assert!(
            identities(&format!("{ONE}\n# -----BEGIN \n"), &nobody)
                .unwrap()
                .len()
                == 1
        );
    }

    #[test]
    fn comments_may_precede_an_encrypted_file() {
        let locked = locked(ONE, "secret");
        for before in ["# my key\n", "\r\n# my key\r\n\n"] {
            let armored = format!("{before}{}", crate::format::armored(&locked));
            let person = Person::who_says(Some("secret"));
            let all = identities(&armored, &person).unwrap();
            assert_eq!(shown(&all).len(), 1, "{before:?}");
        }
    }

    #[test]
    fn text_after_a_key_is_called_that() {
        let nobody = Person::who_says(None);
        let error = identities(&format!("{ONE} mine\n"), &nobody).err();
        let error_of_line = |error| Some(KeyError::Line { line: 1, error });
        assert_eq!(error, error_of_line(ParseError::TextAfterKey));
        let damaged = identities(&format!("{}Q mine\n", &ONE[..60]), &nobody).err();
        assert_eq!(damaged, error_of_line(ParseError::Encoding));
    }

    #[test]
    fn an_encrypted_file_is_unlocked_once_and_only_when_it_is_needed() {
        let x25519: X25519Identity = ONE.parse().unwrap();
        let header = [x25519
            .to_recipient()
            .wrap(&file_key(7), &[0; 16])
            .unwrap()
            .stanzas
            .remove(0)];
        let person = Person::who_says(Some("secret"));
        let all = parse(locked(ONE, "secret"), &origin(&person)).unwrap();
        all[0].prepare(&[&header]);
        assert_eq!(
            (all[0].describe(), all[0].effort()),
            ("identity file key".to_owned(), Effort::Asks)
        );
        assert_eq!(person.heard(), [""; 0]);
        assert_eq!(outcome(all[0].unwrap(&header)), Ok(7));
        assert_eq!(
            outcome(all[0].unwrap(&[stanza("other", b"")])),
            Err("OtherType".to_owned())
        );
        assert_eq!(shown(&all), [x25519.to_recipient().to_string()]);
        assert_eq!(person.heard(), ["passphrase for identity file key"]);
    }

    #[test]
    fn an_encrypted_key_file_can_hold_anything_but_another() {
        let person = Person::who_says(Some("secret"));
        let ssh = parse(locked(ED25519_KEY, "secret"), &origin(&person)).unwrap();
        assert_eq!(shown(&ssh), [ED25519_PUB.rsplit_once(' ').unwrap().0]);
        let plugin = parse(
            locked("AGE-PLUGIN-FOOBAR-1QVHULF\n", "secret"),
            &origin(&person),
        )
        .unwrap();
        assert_eq!(plugin[0].targets().unwrap().len(), 1);
        assert_eq!(
            plugin[0].recipients().err(),
            Some(KeyError::NoRecipient("foobar".to_owned()))
        );
        let inner = "-----BEGIN AGE ENCRYPTED FILE-----\nAAAA\n-----END AGE ENCRYPTED FILE-----\n";
        let twice = parse(locked(inner, "secret"), &origin(&person)).unwrap();
        assert!(
            matches!(twice[0].recipients(), Err(KeyError::Locked(why)) if why.contains("twice"))
        );
        let wrong = parse(locked("nothing\n", "secret"), &origin(&person)).unwrap();
        assert_eq!(
            wrong[0].recipients().err(),
            Some(KeyError::Line {
                line: 1,
                error: ParseError::NotAnIdentity
            })
        );
    }

    #[test]
    fn a_wrong_passphrase_of_an_identity_file_is_asked_for_again() {
        let person = Person::who_tries(&["wrong", "secret"]);
        let all = parse(locked(ONE, "secret"), &origin(&person)).unwrap();
        assert_eq!(shown(&all).len(), 1);
        assert_eq!(person.heard().len(), 2);
    }

    #[test]
    fn an_encrypted_file_that_stays_locked_says_why_and_asks_no_more() {
        let header = [stanza("X25519 a", b"")];
        for (answer, why) in [
            (Some("wrong"), "WrongPassphrase"),
            (None, "unanswered: passphrase for identity"),
        ] {
            let person = Person::who_says(answer);
            let all = parse(locked(ONE, "secret"), &origin(&person)).unwrap();
            for _ in 0..2 {
                let said = outcome(all[0].unwrap(&header)).unwrap_err();
                assert!(said.contains(why), "{said}");
            }
            assert!(all[0].recipients().is_err());
            assert_eq!(person.heard().len(), 1);
        }
        let person = Person::who_says(Some("secret"));
        let mut damaged = locked(ONE, "secret");
        *damaged.last_mut().unwrap() ^= 1;
        let all = parse(damaged, &origin(&person)).unwrap();
        assert!(matches!(all[0].recipients(), Err(KeyError::Locked(_))));
        let dear = String::from_utf8_lossy(&locked(ONE, "secret"))
            .replacen(" 10\n", " 13\n", 1)
            .into_bytes();
        let all = parse(Zeroizing::new(dear), &origin(&person)).unwrap();
        assert_eq!(
            all[0].recipients().err(),
            Some(KeyError::ExcessiveWork { required: 13 })
        );
    }
}
