//! The kinds of keys that files are encrypted to, and a key of each.

use std::path::Path;

use crate::env::TestEnv;
use crate::peers::{Peer, age_1_3};
use crate::plugins;
use crate::tools;

/// What a file is encrypted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    X25519,
    Scrypt,
    SshEd25519,
    SshRsa,
    Hybrid,
    Tag,
    TagPq,
    Plugin,
}

impl Kind {
    pub(crate) const ALL: [Self; 8] = [
        Self::X25519,
        Self::Scrypt,
        Self::SshEd25519,
        Self::SshRsa,
        Self::Hybrid,
        Self::Tag,
        Self::TagPq,
        Self::Plugin,
    ];

    /// Its heading in the page.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::X25519 => "X25519 keys (`age1…`)",
            Self::Scrypt => "Passphrases (scrypt)",
            Self::SshEd25519 => "SSH keys (`ssh-ed25519`)",
            Self::SshRsa => "SSH keys (`ssh-rsa`)",
            Self::Hybrid => "Post-quantum keys (`age1pq1…`)",
            Self::Tag => "Hardware keys (`age1tag1…`)",
            Self::TagPq => "Post-quantum hardware keys (`age1tagpq1…`)",
            Self::Plugin => "Keys of a plugin",
        }
    }
}

/// How a program does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Means {
    /// By itself.
    Alone,
    /// With a plugin on the `PATH`. Without it, it refuses.
    Plugin,
    /// Not at all: it refuses.
    Refuses,
}

/// How this program writes files of this kind.
pub(crate) fn writes(peer: Peer, kind: Kind) -> Means {
    match (kind, peer) {
        (Kind::X25519 | Kind::Scrypt, _) => Means::Alone,
        (Kind::SshEd25519 | Kind::SshRsa | Kind::Plugin, Peer::TypeScript) => Means::Refuses,
        (Kind::SshEd25519 | Kind::SshRsa, _) => Means::Alone,
        (Kind::Plugin, _) => Means::Plugin,
        (Kind::Hybrid, Peer::Age | Peer::Rage | Peer::Python) => Means::Plugin,
        (Kind::Tag | Kind::TagPq, Peer::Age) => Means::Plugin,
        (Kind::Hybrid | Kind::Tag | Kind::TagPq, _) => Means::Alone,
    }
}

/// How this program opens files of this kind.
pub(crate) fn reads(peer: Peer, kind: Kind) -> Means {
    match (kind, peer) {
        // The secret key is in hardware.
        (Kind::Tag | Kind::TagPq, Peer::TypeScript) => Means::Refuses,
        (Kind::Tag | Kind::TagPq, _) => Means::Plugin,
        _ => writes(peer, kind),
    }
}

/// A key: its recipient, and the names of the files that open what is encrypted to it.
pub(crate) struct Key {
    pub(crate) kind: Kind,
    /// Empty for a passphrase.
    pub(crate) recipient: String,
    /// The identity file for a program that knows the kind.
    pub(crate) identity: String,
    /// The identity file that makes a program start a plugin.
    pub(crate) by_plugin: String,
}

impl Key {
    /// The identity file for this program.
    pub(crate) fn identity_for(&self, means: Means) -> &str {
        if means == Means::Plugin {
            &self.by_plugin
        } else {
            &self.identity
        }
    }
}

/// Creates a key of each kind that can be tested on this machine. Says which kinds cannot.
pub(crate) fn keys(env: &TestEnv) -> Vec<Key> {
    let age_1_3 = age_1_3();
    let made = Kind::ALL.into_iter().filter_map(|kind| {
        let name = format!("{kind:?}.key");
        let (recipient, by_plugin) = match kind {
            Kind::X25519 => (new_identity(env, &name, &["--classic"]), name.clone()),
            Kind::Scrypt => (String::new(), name.clone()),
            Kind::SshEd25519 => (new_ssh_key(env, &name, &["ed25519"])?, name.clone()),
            Kind::SshRsa => (
                new_ssh_key(env, &name, &["rsa", "-b", "2048"])?,
                name.clone(),
            ),
            Kind::Hybrid => {
                let recipient = new_identity(env, &name, &[]);
                (recipient, for_plugin(env, age_1_3.as_deref(), &name))
            }
            Kind::Tag | Kind::TagPq => {
                env.write(&name, plugins::identity("tagtest", ""));
                (tag_recipient(age_1_3.as_deref()?, kind), name.clone())
            }
            Kind::Plugin => {
                env.write(&name, plugins::identity(plugins::GOOD, "7"));
                (plugins::recipient(plugins::GOOD, "7"), name.clone())
            }
        };
        Some(Key {
            kind,
            recipient,
            identity: name,
            by_plugin,
        })
    });
    made.collect()
}

/// Creates an identity without a passphrase, and returns its recipient.
pub(crate) fn new_identity(env: &TestEnv, name: &str, kind: &[&str]) -> String {
    let args = ["identity", "new", "-q", "--no-passphrase", "-o", name];
    let made = env.bulla([&args[..], kind].concat()).run();
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    recipient_of(env, name)
}

/// The recipient of an identity file, as the program shows it.
pub(crate) fn recipient_of(env: &TestEnv, identity: &str) -> String {
    let shown = env.bulla(["identity", "show", "-i", identity]).run();
    String::from_utf8(shown.assert_quiet().stdout.clone())
        .unwrap()
        .trim()
        .to_owned()
}

fn new_ssh_key(env: &TestEnv, name: &str, kind: &[&str]) -> Option<String> {
    let Some(keygen) = tools::tool("ssh-keygen") else {
        tools::skip("ssh-keygen not installed");
        return None;
    };
    let args = [&["-q", "-N", "", "-C", "", "-f", name, "-t"], kind].concat();
    env.program(keygen, args).run().assert_quiet();
    let public = String::from_utf8(env.read(&format!("{name}.pub"))).unwrap();
    Some(public.trim().to_owned())
}

/// Writes a post-quantum identity in the form that makes a program start `age-plugin-pq`, and
/// returns the name of the file. Without age 1.3 there is no such form.
pub(crate) fn for_plugin(env: &TestEnv, age_1_3: Option<&Path>, name: &str) -> String {
    let Some(plugin) = age_1_3.map(|age| age.with_file_name("age-plugin-pq")) else {
        return name.to_owned();
    };
    let converted = format!("{name}.plugin");
    env.program(plugin, ["-identity", "-o", &converted, name])
        .run()
        .assert(0, "", "");
    converted
}

/// The recipient of the key in `age-plugin-tagtest`, whose secret the plugin holds itself. No
/// command shows it, but the plugin contains it as text.
fn tag_recipient(age_1_3: &Path, kind: Kind) -> String {
    let (start, data) = match kind {
        Kind::Tag => ("age1tag1", 33),
        _ => ("age1tagpq1", 1184 + 65),
    };
    // Bech32 has five bits in a letter, and six letters of checksum.
    let length = start.len() + (data * 8usize).div_ceil(5) + 6;
    let plugin = std::fs::read(age_1_3.with_file_name("age-plugin-tagtest")).unwrap();
    let is_letter = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let found = plugin
        .windows(length)
        .find(|text| text.starts_with(start.as_bytes()) && text.iter().all(is_letter));
    String::from_utf8(found.unwrap().to_vec()).unwrap()
}
