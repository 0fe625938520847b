//! The program from outside: what it reads, writes, says and leaves behind.

#![cfg(test)]

/// A home of its own for every test, and the program started in it.
mod env;
/// Other implementations of the format, both ways.
mod interop;
/// The plugins to test with, found and put where the program looks.
mod plugins;
/// A terminal to type at and to read.
mod pty;
/// The age testkit through the command.
mod testkit;

#[path = "../../crates/bulla-age/tests/forge/mod.rs"]
#[expect(dead_code, reason = "tests/sender.rs needs more of it")]
mod forge;
#[path = "../../crates/bulla-age/tests/tools/mod.rs"]
mod tools;
#[path = "../../crates/bulla-age/tests/testkit/mod.rs"]
mod vectors;

/// What those who hold keys can try with a file, and what its reader sees.
mod attacks;
/// How fast this machine is.
mod bench;
/// Files made to exhaust.
mod bombs;
/// One's own cards.
mod card;
/// Other people's cards, good and hostile.
mod cards_of_others;
/// Completions in the shells themselves.
mod completions;
/// Settings: which are in force, and from where.
mod config;
/// Other people's keys, from the first to the tombstone.
mod contact;
/// What is wrong, and how to mend it.
mod doctor;
/// Text from strangers.
mod escapes;
/// Disks that are full.
mod full_disk;
/// Names for sets of contacts.
mod group;
/// Names, comments and keyring files from strangers.
mod hostile_people;
/// Identities of the keyring.
mod identity;
/// What the kernel may not give.
mod kernel;
/// The keyring under many hands, and cut off in the middle.
mod keyring;
/// Every kind of input with every kind of output.
mod kinds;
/// Short messages.
mod message;
/// No network: calls and imports.
mod offline;
/// All kinds of files written here, opened by other implementations.
mod opened_elsewhere;
/// Output files: what is refused, kept and left.
mod output_file;
/// An identity of one's own in the keyring.
mod own;
/// People to have as contacts.
mod people;
/// The age plugin as a user meets it.
mod plugin;
/// New keys for an identity, and the end of one.
mod rotate;
/// Letting others open files.
mod share;
/// Signals in the middle of it.
mod signals;
/// Files with a name under them: written, and refused where it does not hold.
mod signed;
/// A person with a key, to close files for.
mod someone;
/// Where passphrases come from.
mod sources;
/// Standard output that fails, and what is held back from it.
mod streams;
/// Three people, from their first cards to the end of a key.
mod three_people;
/// What was typed and said, compared with a file.
mod transcript;
/// Identities that are open for a while.
mod unlock;
/// Wrong command lines, and help.
mod usage;
/// Who closed a file, and who can open it.
mod who;
