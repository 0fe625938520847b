//! Plugins through the library: real processes, well-behaved and misbehaving.
//!
//! The processes are started by the program's own code, which only Unix has.

#![cfg(test)]
#![cfg(unix)]

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};

use bulla_age::format::Stanza;
use bulla_age::plugin::{
    PluginConnection, PluginError, PluginHost, PluginIdentities, PluginProcess, Plugins,
};
use bulla_age::untrusted::Untrusted;
use bulla_age::{
    AnswerError, DecryptError, Effort, EncryptError, Identity, LockedFile, Mismatch, NewFile,
    Prompter, Question, RecipientSet, SecretString, Target, UnwrapError, Unwrapped,
};

// The program's own way to start a plugin, in rooms with the program's names.
#[path = "../../../src/process"]
mod process {
    mod ending;
    mod plugin_output;
    pub(crate) mod plugin_process;
    #[expect(dead_code, reason = "the program uses more of it")]
    mod stderr_relay;
    mod stderr_tail;
}
use process::plugin_process;

#[derive(Clone, Copy, PartialEq, Eq)]
enum LongBech32 {}

impl bech32::Checksum for LongBech32 {
    type MidstateRepr = u32;
    const CODE_LENGTH: usize = usize::MAX;
    const CHECKSUM_LENGTH: usize = 6;
    const GENERATOR_SH: [u32; 5] = <bech32::Bech32 as bech32::Checksum>::GENERATOR_SH;
    const TARGET_RESIDUE: u32 = 1;
}

fn encode(prefix: &str, data: &str) -> String {
    bech32::encode::<LongBech32>(bech32::Hrp::parse(prefix).unwrap(), data.as_bytes()).unwrap()
}

fn recipient(plugin: &str, data: &str) -> Target {
    Target::Recipient(encode(&format!("age1{plugin}"), data).parse().unwrap())
}

fn identities(plugin: &str, data: &str, host: &PluginHost) -> PluginIdentities {
    let text = encode(&format!("age-plugin-{plugin}-"), data).to_uppercase();
    PluginIdentities::new(plugin, vec![text.parse().unwrap()], host.clone())
}

/// The folder where cargo puts the test plugins.
struct Examples;

impl Plugins for Examples {
    fn start(&self, name: &str, machine: &str) -> Result<PluginConnection, PluginError> {
        let here = std::env::current_exe().unwrap();
        let path = here
            .ancestors()
            .nth(2)
            .unwrap()
            .join("examples")
            .join(format!("age-plugin-{name}"));
        if path.is_file() {
            plugin_process::start(name, &path, machine, std::process::Command::spawn, untold())
        } else {
            Err(PluginError::NotFound {
                plugin: name.to_owned(),
            })
        }
    }
}

/// Keeps what there is to say about a plugin to itself.
fn untold() -> plugin_process::Tell {
    use plugin_process::PluginNews;
    Arc::new(|news| match news {
        PluginNews::Waiting(text) | PluginNews::EndedWell(text) | PluginNews::EndedBadly(text) => {
            drop(text);
        }
    })
}

/// Knows the PIN, and records the messages it gets.
#[derive(Default)]
struct Person(Mutex<Vec<String>>);

impl Prompter for Person {
    fn passphrase(&self, question: &Question) -> Result<SecretString, AnswerError> {
        self.0.lock().unwrap().push(question.to_string());
        Ok(SecretString::from("1234"))
    }

    fn text(&self, _: &str, _: &Untrusted) -> Result<String, AnswerError> {
        Ok("somebody".to_owned())
    }

    fn confirm(
        &self,
        _: &str,
        _: &Untrusted,
        _: &Untrusted,
        _: Option<&Untrusted>,
    ) -> Result<bool, AnswerError> {
        Ok(true)
    }

    fn tell(&self, plugin: &str, message: &Untrusted) {
        self.0.lock().unwrap().push(format!("{plugin}: {message}"));
    }
}

fn host() -> (PluginHost, Arc<Person>) {
    let person = Arc::new(Person::default());
    (
        PluginHost {
            plugins: Arc::new(Examples),
            ask: person.clone(),
        },
        person,
    )
}

fn open(file: &NewFile, identity: &dyn Identity) -> Result<(), DecryptError> {
    LockedFile::read(&mut &file.header()[..])
        .unwrap()
        .open(&[identity])
        .map(drop)
}

#[test]
fn several_files_are_wrapped_and_unwrapped_in_one_session_each() {
    let (host, person) = host();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let words = format!("7;pin;confirm=now;name;msg=hello;log={}", log.display());
    let readers = RecipientSet::new(
        [recipient("bullatest", &words), recipient("bullatest", "8")],
        &host,
    );
    let files = NewFile::batch(&readers.as_recipients(), 3).unwrap();
    let other =
        NewFile::new(&RecipientSet::new([recipient("bullatest", "9")], &host).as_recipients())
            .unwrap();
    assert!(files.iter().all(|file| file.stanzas().len() == 2));

    let identity = identities("bullatest", &words, &host);
    let headers: Vec<&[Stanza]> = files.iter().chain([&other]).map(NewFile::stanzas).collect();
    assert_eq!(identity.effort(), Effort::StartsProgram);
    identity.prepare(&headers);
    for file in files.iter().chain(&files) {
        open(file, &identity).unwrap();
    }
    assert!(matches!(
        identity.unwrap(other.stanzas()),
        Unwrapped::NoMatch(Mismatch::OtherKey)
    ));
    assert_eq!(
        std::fs::read_to_string(&log).unwrap(),
        "wrap 7 files 3\nunwrap 7 files 4\n"
    );
    let once = [
        "plugin bullatest asks: PIN of the test key",
        "bullatest: named somebody",
        "bullatest: hello",
    ];
    assert_eq!(*person.0.lock().unwrap(), [once, once].concat());
}

#[test]
fn labels_of_a_plugin_reach_the_check_of_mixing() {
    let (host, _) = host();
    let classic = "age10w840jqz8nm0cc7wglxwmgg7vpx7n6zuga2jhp3hutr9m06az3pq2qazjj"
        .parse()
        .unwrap();
    let targets = [
        recipient("bullatest", "7;label=postquantum"),
        Target::Recipient(classic),
    ];
    let mixed = NewFile::new(&RecipientSet::new(targets, &host).as_recipients()).err();
    assert!(matches!(mixed, Some(EncryptError::Mixed(_))), "{mixed:?}");
}

#[test]
fn a_plugin_that_misbehaves_is_an_error_that_names_it() {
    let cases = [
        ("early", "ended before it was done"),
        ("die", "ended before it was done"),
        ("nonsense", "it sent something that is not a stanza"),
        ("binary", "it sent something that is not a stanza"),
        ("endless", "it sent an oversized line"),
        ("escape", "failed: broken \\u{1b}[31mred"),
        ("index", "a file that it was not given"),
        ("unknown", "failed: no such mode: unknown"),
    ];
    let (host, person) = host();
    let good =
        NewFile::new(&RecipientSet::new([recipient("bullatest", "7")], &host).as_recipients())
            .unwrap();
    for (mode, why) in cases {
        let wrapped =
            NewFile::new(&RecipientSet::new([recipient("bullabad", mode)], &host).as_recipients())
                .err()
                .unwrap();
        let Err(DecryptError::Unwrap(UnwrapError::Key(opened))) =
            open(&good, &identities("bullabad", mode, &host))
        else {
            panic!("{mode}: not an error of the key");
        };
        for error in [wrapped.to_string(), opened.to_string()] {
            assert!(
                error.contains("age-plugin-bullabad") && error.contains(why),
                "{mode}: {error}"
            );
            assert!(
                !error.contains(|c: char| c.is_control()),
                "{mode}: {error:?}"
            );
        }
    }
    assert!(
        person
            .0
            .lock()
            .unwrap()
            .iter()
            .all(|said| !said.contains(|c: char| c.is_control()))
    );
    let short =
        NewFile::new(&RecipientSet::new([recipient("bullabad", "short")], &host).as_recipients())
            .err()
            .unwrap();
    assert!(
        short
            .to_string()
            .contains("without wrapping every file key"),
        "{short}"
    );
    let Err(DecryptError::Unwrap(key)) = open(&good, &identities("bullabad", "key", &host)) else {
        panic!("a file key of the wrong length is no error");
    };
    assert!(key.to_string().contains("not 16 bytes"), "{key}");
}

#[test]
fn a_plugin_that_cannot_be_started_is_an_error_that_names_it() {
    struct At(&'static str);
    impl Plugins for At {
        fn start(&self, name: &str, machine: &str) -> Result<PluginConnection, PluginError> {
            plugin_process::start(
                name,
                Path::new(self.0),
                machine,
                std::process::Command::spawn,
                untold(),
            )
        }
    }
    let (mut host, _) = host();
    for path in [
        "/nowhere/age-plugin-x",
        "/etc/passwd",
        "/",
        "bin/age-plugin-x",
    ] {
        host.plugins = Arc::new(At(path));
        let error = NewFile::new(&RecipientSet::new([recipient("x", "7")], &host).as_recipients())
            .err()
            .unwrap();
        assert!(
            error.to_string().starts_with("cannot start age-plugin-x: "),
            "{path}: {error}"
        );
    }
}

/// A plugin whose sessions go as written, one after the other.
struct Sessions(Mutex<VecDeque<&'static str>>);

impl Sessions {
    /// The identities of such a plugin, and its sessions to come.
    fn of(speeches: &[&'static str]) -> (PluginIdentities, Arc<Self>) {
        let sessions = Arc::new(Self(Mutex::new(speeches.iter().copied().collect())));
        let (mut host, _) = host();
        host.plugins = sessions.clone();
        (identities("x", "7", &host), sessions)
    }

    fn left(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

impl Plugins for Sessions {
    fn start(&self, _: &str, _: &str) -> Result<PluginConnection, PluginError> {
        let speech = self.0.lock().unwrap().pop_front();
        Ok(PluginConnection {
            input: Box::new(std::io::sink()),
            output: Box::new(speech.expect("a session too many").as_bytes()),
            process: Box::new(Nothing),
        })
    }
}

struct Nothing;

impl PluginProcess for Nothing {
    fn finish(self: Box<Self>) {}
}

/// The first byte of the file key, or why there is none.
fn result_of(identity: &PluginIdentities, header: &Stanza) -> Result<u8, String> {
    match identity.unwrap(std::slice::from_ref(header)) {
        Unwrapped::FileKey(key) => Ok(key.as_bytes()[0]),
        Unwrapped::NoMatch(_) => Err("no match".to_owned()),
        Unwrapped::Failed(error) => Err(error.to_string()),
    }
}

/// Two files, each with one stanza.
fn two_files() -> [Stanza; 2] {
    ["a", "b"].map(|kind| Stanza {
        tag: kind.to_owned(),
        args: ["x"].into(),
        body: Vec::new(),
    })
}

#[test]
fn after_a_session_that_broke_each_file_has_one_of_its_own() {
    const SEVEN: &str = "-> file-key 0\nBwcHBwcHBwcHBwcHBwcHBw\n-> done\n\n";
    const EIGHT: &str = "-> file-key 0\nCAgICAgICAgICAgICAgICA\n-> done\n\n";
    const BROKEN_AFTER_A_KEY: &str = "-> file-key 1\nCAgICAgICAgICAgICAgICA\nhello\n";
    let [a, b] = two_files();
    let headers = [std::slice::from_ref(&a), std::slice::from_ref(&b)];
    for broken in ["", "hello\n", "-> error internal\nQUJD\n"] {
        let (identity, sessions) = Sessions::of(&[broken, SEVEN, EIGHT]);
        identity.prepare(&headers);
        let results = [&a, &b, &a].map(|file| result_of(&identity, file));
        assert_eq!(results, [Ok(7), Ok(8), Ok(7)], "{broken}");
        assert_eq!(sessions.left(), 0, "{broken}");
    }
    // A key that was sent before it broke counts.
    let (identity, sessions) = Sessions::of(&[BROKEN_AFTER_A_KEY, SEVEN]);
    identity.prepare(&headers);
    let results = [&a, &b].map(|file| result_of(&identity, file));
    assert_eq!((results, sessions.left()), ([Ok(7), Ok(8)], 0));
    // One broken session says nothing about the next file.
    let (identity, sessions) = Sessions::of(&["", "", SEVEN]);
    identity.prepare(&headers);
    assert!(result_of(&identity, &a).is_err_and(|why| why.contains("ended before")));
    assert_eq!((result_of(&identity, &b), sessions.left()), (Ok(7), 0));
}

/// A card counts wrong PINs, and a file alone is not tried again.
#[test]
fn a_session_that_asked_or_had_one_file_is_not_repeated() {
    let [a, b] = two_files();
    let headers = [std::slice::from_ref(&a), std::slice::from_ref(&b)];
    let (identity, sessions) = Sessions::of(&["-> request-secret\nQUJD\n", ""]);
    identity.prepare(&headers);
    for file in [&a, &b, &a] {
        assert!(result_of(&identity, file).is_err_and(|why| why.contains("ended before")));
    }
    assert_eq!(sessions.left(), 1);
    let (identity, sessions) = Sessions::of(&["", ""]);
    for _ in 0..2 {
        assert!(result_of(&identity, &a).is_err_and(|why| why.contains("ended before")));
    }
    assert_eq!(sessions.left(), 1);
}
