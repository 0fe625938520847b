//! The program from outside: its input, its output, and the files it leaves behind.

#![cfg(test)]

#[path = "../../crates/bulla-age/tests/forge/mod.rs"]
#[expect(dead_code, reason = "tests/sender.rs needs more of it")]
mod forge;
#[path = "../../crates/bulla-age/tests/tools/mod.rs"]
mod tools;
#[path = "../../crates/bulla-age/tests/testkit/mod.rs"]
mod vectors;

/// What tests start from.
mod setup {
    /// A home for every test, and the program started in it.
    pub(crate) mod env;
    /// An identity in the keyring.
    pub(crate) mod own;
    /// People to have as contacts.
    pub(crate) mod people;
    /// The test plugins, found and put where the program looks.
    pub(crate) mod plugins;
    /// A terminal to type at and to read.
    pub(crate) mod pty;
    /// A person with a key, to encrypt files for.
    pub(crate) mod someone;
    /// A session, typed and compared with a file.
    pub(crate) mod transcript;
}
use setup::{env, people, plugins, pty, someone, transcript};

/// Input and output.
mod files {
    /// Files made to use up memory or time.
    pub(crate) mod bombs;
    /// Escape sequences in text that others wrote.
    pub(crate) mod escapes;
    /// Full disks.
    mod full_disk;
    /// Every kind of input with every kind of output.
    mod kinds;
    /// Output files: refused, kept and left behind.
    mod output_file;
    /// Signals in the middle of work.
    mod signals;
    /// Where passphrases come from.
    mod sources;
    /// Standard output that fails, and plaintext that is held back from it.
    mod streams;
}
use files::escapes;

/// Other people and their cards.
mod contacts {
    /// Your own cards.
    mod card;
    /// Other people's cards, good and hostile.
    mod cards_of_others;
    /// Contacts, from the first key to the last.
    mod contact;
    /// Groups of contacts.
    mod group;
    /// Names, comments and keyring files from strangers.
    mod hostile_people;
}

/// Your own keys.
mod identities {
    /// Identities of the keyring.
    mod identity;
    /// New keys for an identity, and the end of one.
    mod rotate;
    /// Identities that are unlocked for a while.
    mod unlock;
}

/// Who encrypted a file, and who can open it.
mod sender {
    /// What a reader of a file can forge, and what other readers see of it.
    mod attacks;
    /// Signed files, and their refusal where the signature does not fit.
    mod signed;
    /// The reports of `who`.
    mod who;
}

/// `bulla bench`.
mod bench;
/// Completions in the shells themselves.
mod completions;
/// Settings: their values and their origins.
mod config;
/// `bulla doctor`.
mod doctor;
/// Other implementations of the format, both ways.
mod interop;
/// Protections that a kernel may lack.
mod kernel;
/// The keyring under many processes, and interrupted.
mod keyring;
/// Short messages.
mod message;
/// No network: system calls and imports.
mod offline;
/// Every kind of file, opened by other implementations.
mod opened_elsewhere;
/// The age plugins, as a user sees them.
mod plugin;
/// Sharing files with others.
mod share;
/// The age testkit through the command.
mod testkit;
/// Three people, from their first cards to the end of a key.
mod three_people;
/// Bad command lines, and help.
mod usage;
