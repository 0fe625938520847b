//! Plugins through the library: real processes, well-behaved and misbehaving.

#![cfg(test)]

use std::path::Path;
use std::sync::{Arc, Mutex};

use bulla_age::format::Stanza;
use bulla_age::plugin::{PluginConnection, PluginError, PluginHost, PluginIdentities, Plugins};
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
