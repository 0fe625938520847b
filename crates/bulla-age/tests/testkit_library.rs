//! Every vector of the age testkit through the library, with 1, 2, 4 and 16 threads: opened and
//! authenticated.

#![cfg(test)]

#[path = "testkit/mod.rs"]
mod testkit;

use bulla_age::decrypt;
use std::sync::Arc;

use bulla_age::format::{HeaderError, Source};
use bulla_age::key_file::{KeyFileContext, StoredIn};
use bulla_age::kinds::ScryptIdentity;
use bulla_age::stream::{Engine, PayloadError};
use bulla_age::untrusted::Untrusted;
use bulla_age::{
    AnswerError, DecryptError, Identity, KeyError, LockedFile, Prompter, Question, SecretString,
    UnwrapError, key_file,
};
use sha2::{Digest, Sha256};
use testkit::{Expect, Vector};
use zeroize::Zeroizing;

/// The highest work factor that is tried. One vector needs one more.
const MAX_WORK_FACTOR: u8 = 22;
const THREADS: [usize; 4] = [1, 2, 4, 16];

/// Answers with a vector's passphrase only.
struct Answer(String);

impl Prompter for Answer {
    fn passphrase(&self, _: &Question) -> Result<SecretString, AnswerError> {
        Ok(SecretString::from(self.0.clone()))
    }

    fn text(&self, plugin: &str, _: &Untrusted) -> Result<String, AnswerError> {
        panic!("plugin {plugin} asks")
    }

    fn confirm(
        &self,
        plugin: &str,
        _: &Untrusted,
        _: &Untrusted,
        _: Option<&Untrusted>,
    ) -> Result<bool, AnswerError> {
        panic!("plugin {plugin} asks")
    }

    fn tell(&self, plugin: &str, _: &Untrusted) {
        panic!("plugin {plugin} speaks")
    }
}

/// The vector's identities and passphrases, as a user would supply them.
fn identities(vector: &Vector) -> Vec<Box<dyn Identity>> {
    let name = || Untrusted::new(vector.name.clone());
    let origin = KeyFileContext {
        kept: StoredIn::NamedFile,
        plugins: std::sync::Arc::new(bulla_age::plugin::NoPlugins),
        name: name(),
        ask: Arc::new(Answer(String::new())),
        max_work_factor: MAX_WORK_FACTOR,
        public_key: None,
    };
    let mut all: Vec<Box<dyn Identity>> = Vec::new();
    for text in &vector.identities {
        let parsed = key_file::parse(Zeroizing::new(text.clone().into_bytes()), &origin);
        let parsed = parsed.unwrap_or_else(|why| panic!("{}: identity: {why}", vector.name));
        all.extend(
            parsed
                .into_iter()
                .map(|identity| -> Box<dyn Identity> { identity }),
        );
    }
    for text in &vector.passphrases {
        let ask = Arc::new(Answer(text.clone()));
        all.push(Box::new(ScryptIdentity::new(
            ask,
            Question::File(name()),
            MAX_WORK_FACTOR,
        )));
    }
    all
}

/// The testkit's name for a result.
fn verdict(result: &Result<u64, DecryptError>) -> Expect {
    match result {
        Ok(_) => Expect::Success,
        Err(DecryptError::Header(HeaderError::Armor(_) | HeaderError::ArmorInText)) => {
            Expect::ArmorFailure
        }
        Err(DecryptError::Header(HeaderError::Io(error))) => {
            panic!("reading memory failed: {error}")
        }
        Err(
            DecryptError::Header(_)
            | DecryptError::PassphraseNotAlone
            | DecryptError::Sender(_)
            | DecryptError::OtherFile
            | DecryptError::MoreThanHeader,
        ) => Expect::HeaderFailure,
        Err(DecryptError::Unwrap(UnwrapError::Stanza { .. })) => Expect::HeaderFailure,
        Err(DecryptError::Unwrap(UnwrapError::Key(error))) => match error {
            KeyError::ExcessiveWork { .. } => Expect::HeaderFailure,
            _ => panic!("a key ran into something else: {error}"),
        },
        Err(DecryptError::NoMatch { .. }) => Expect::NoMatch,
        Err(DecryptError::Mac) => Expect::HmacFailure,
        Err(DecryptError::Payload(PayloadError::Read(error))) => {
            assert!(
                bulla_age::format::ArmorError::of(error).is_some(),
                "reading memory failed: {error}"
            );
            Expect::ArmorFailure
        }
        Err(DecryptError::Payload(
            PayloadError::Damaged { .. } | PayloadError::Truncated { .. },
        )) => Expect::PayloadFailure,
        Err(DecryptError::Payload(error)) => panic!("not a matter of the file: {error}"),
        Err(error) => panic!("the testkit has no name for this: {error}"),
    }
}

/// Authenticates a whole file with the same steps as `decrypt`.
fn authenticate(
    identities: &[&dyn Identity],
    file: &[u8],
    engine: &Engine,
) -> Result<u64, DecryptError> {
    let mut source = Source::new(file)?;
    let opened = LockedFile::read(&mut source)?.open(identities)?;
    Ok(engine.authenticate(&opened.payload_key(), source)?)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Checks the library against a vector. Returns every difference.
fn judge(vector: &Vector, threads: usize) -> Vec<String> {
    let (identities, engine) = (identities(vector), Engine::new(threads));
    let identities: Vec<&dyn Identity> = identities.iter().map(|identity| &**identity).collect();
    let mut released = Vec::new();
    let opened = decrypt(&identities, vector.file.as_slice(), &mut released, &engine);
    let authenticated = authenticate(&identities, &vector.file, &engine);
    let mut wrong = Vec::new();
    let mut differs = |what: &str, is: &dyn std::fmt::Debug, wanted: &dyn std::fmt::Debug| {
        let is = format!("{is:?}");
        if is != format!("{wanted:?}") {
            wrong.push(format!(
                "{} with {threads} threads: {what}: {is}, not {wanted:?}",
                vector.name
            ));
        }
    };
    differs("opening", &verdict(&opened), &vector.expect);
    differs("authenticating", &verdict(&authenticated), &vector.expect);
    // The same failure, in the same chunk, with the same message.
    let told =
        |result: &Result<u64, DecryptError>| result.as_ref().map_err(ToString::to_string).copied();
    differs(
        "authenticating and opening",
        &told(&authenticated),
        &told(&opened),
    );
    match &vector.payload {
        Some(digest) => differs("released", &hex(&Sha256::digest(&released)), digest),
        None => differs("released", &released.len(), &0),
    }
    if opened.is_ok() {
        differs(
            "length",
            &opened.as_ref().ok(),
            &Some(released.len() as u64),
        );
    }
    if let Ok(source) = Source::new(vector.file.as_slice()) {
        // Broken armor may not even look like armor.
        let detected = source.is_armored() || vector.expect == Expect::ArmorFailure;
        differs("armor", &detected, &vector.armored);
    }
    wrong
}

#[test]
fn long_every_vector_keeps_its_verdict() {
    let vectors = testkit::vectors();
    let (mut runs, mut wrong) = (0, Vec::new());
    for vector in &vectors {
        for threads in THREADS {
            wrong.extend(judge(vector, threads));
            runs += 1;
        }
    }
    println!(
        "testkit through the library: {runs} runs opened, {runs} authenticated, {} differ",
        wrong.len()
    );
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(runs, 572);
}
