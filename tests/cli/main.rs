//! The program from outside: its input, its output, and the files it leaves behind.

#![cfg(test)]

#[path = "../../crates/bulla-age/tests/forge/mod.rs"]
mod forge;
#[path = "../interop/found.rs"]
mod found;
#[path = "../../crates/bulla-age/tests/tools/mod.rs"]
mod tools;
#[path = "../../crates/bulla-age/tests/testkit/mod.rs"]
mod vectors;

/// What tests start from.
mod setup {
    /// A home for every test, and the program started in it.
    pub(crate) mod env;
    /// Several machines in one test.
    pub(crate) mod fleet;
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
    /// Runs under strace.
    pub(crate) mod traced;
    /// A session, typed and compared with a file.
    pub(crate) mod transcript;
}
use setup::{env, people, plugins, pty, someone, traced, transcript};

/// Input and output.
mod files {
    /// Files made to use up memory or time.
    pub(crate) mod bombs;
    /// Broken pipes that are not standard output.
    mod broken_pipes;
    /// Inputs that change while they are read.
    mod changing;
    /// Descriptors that the caller opened.
    mod descriptors;
    /// Escape sequences in text that others wrote.
    pub(crate) mod escapes;
    /// File systems that cannot do everything.
    mod file_systems;
    /// Full disks.
    mod full_disk;
    /// Headers within the limits that are made to use up memory or time.
    mod header_bombs;
    /// Every kind of input with every kind of output.
    mod kinds;
    /// Files too large to stay in memory.
    mod large_files;
    /// Few threads, few descriptors, little memory.
    mod limits;
    /// Files, keys and passphrases as other systems write them.
    mod other_systems;
    /// Output files: refused, kept and left behind.
    mod output_file;
    /// Signals in the middle of work.
    mod signals;
    /// Pipes that fill slowly.
    mod slow_pipes;
    /// Where passphrases come from.
    mod sources;
    /// Standard output that fails, and plaintext that is held back from it.
    mod streams;
    /// What another user puts in the way of the output.
    mod two_users;
}
use files::escapes;

/// Archives of folders.
mod archives {
    /// Some files of an archive.
    mod extracting;
    /// Archives made to do harm.
    mod hostile;
    /// What is in an archive, and parts of any file.
    mod listing;
    /// Folders packed for other programs to open.
    mod packing;
    /// What is left of damaged files.
    mod rescuing;
    mod rescuing_compressed;
    /// What is left of damaged archives whose author lies about their length.
    mod rescuing_lies;
    /// Tar files made block by block.
    pub(crate) mod tar;
    /// Folders recreated from archives of other programs.
    mod unpacking;
}

/// Copies that are proved, or not.
mod drill {
    /// Contents that are compared with files, or passed to a command.
    mod contents;
    /// Killed at every system call.
    mod cuts;
    /// Faults of every kind, each reported as what it is.
    mod faults;
    /// Receipts and the status file.
    mod receipts;
    /// What becomes of one copy.
    mod results;
}

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
    /// Contacts named by their card, and names in all scripts.
    mod named_by_card;
    /// Post-quantum keys that are required, or were lost.
    mod strength;
}

/// The program under the names of age and rage.
mod age_mode {
    /// Questions at a terminal.
    mod asking;
    /// What it is called as.
    mod calls;
    /// What is written, and what is left alone.
    mod files;
    /// The command line of age.
    mod grammar;
    /// Recipients and identities.
    mod keys;
    /// The programs beside `age`.
    mod others;
    /// When other programs may be started.
    mod programs;
    /// Private SSH keys in every form.
    mod ssh_keys;
}

/// Machines that write backups, and who must be able to open them.
mod machines {
    /// Many hosts and one recovery.
    mod fleet;
    /// Readers whom the settings require.
    mod required;
    /// Identities that sign and open nothing.
    mod signing_only;
    /// Whole trees of files: who can open them, and policies.
    mod survey;
}

/// Secrets that are typed once: for other age programs, and for identity files.
mod agent {
    /// Programs that ask in a window.
    mod askpass;
    /// Identity files outside the keyring that are unlocked for a while.
    mod files;
    /// `age-plugin-bulla` under other age programs.
    mod plugin;
    /// What `age-plugin-bulla` says to the program that started it.
    mod protocol;
    /// SSH keys that are unlocked for a while.
    mod ssh_keys;
}

/// Your own keys.
mod identities {
    /// Which identities are the user's.
    mod confirmed;
    /// Identities of the keyring.
    mod identity;
    /// New keys for an identity, and the end of one.
    mod rotate;
    /// New identities on standard output.
    mod standard_output;
    /// Identities that are unlocked for a while.
    mod unlock;
}

/// Who encrypted a file, and who can open it.
mod sender {
    /// What a reader of a file can forge, and what other readers see of it.
    mod attacks;
    /// Files of newer versions.
    mod newer;
    /// Signed files, and their refusal where the signature does not fit.
    mod signed;
    /// The reports of `who`.
    mod who;
}

/// What is asked, and when.
mod asking;
/// `bulla bench`.
mod bench;
/// Commands after `--`, which make what is encrypted or take what is decrypted.
mod commands_after_dashes {
    /// Contents for a command.
    mod consumer;
    /// Inputs that have to be complete.
    mod demands;
    /// The ways in which a command can fail.
    mod endings;
    /// Kills at random moments.
    mod kills;
    /// The output of a command.
    mod producer;
    /// Commands that are shell scripts.
    mod shell;
}
/// Completions in the shells themselves.
mod completions;
/// Settings: their values and their origins.
mod config;
/// `bulla doctor`.
mod doctor;
/// `bulla edit`.
mod edit;
/// `--json`, and its documentation.
mod json;
/// Protections that a kernel may lack.
mod kernel;
/// The keyring under many processes, and interrupted.
mod keyring;
/// Short messages.
mod message;
/// Trees encrypted file by file.
mod mirror;
/// No network: system calls and imports.
mod offline;
/// The age plugins, as a user sees them.
mod plugin;
/// What programs that bulla starts can do to it and to others, and threads that are refused.
mod processes;
/// What is said after the work: to a person, to a script, and how often.
mod said;
/// Sharing files with others.
mod share;
/// The age testkit through the command.
mod testkit;
/// Three people, from their first cards to the end of a key.
mod three_people;
/// Typing and pasting at a terminal, wrong passphrases, and screen readers.
mod terminal {
    /// For screen readers.
    mod accessible;
    /// Passphrases that are wrong, or that nobody can be asked for.
    mod passphrases;
    /// Text that is typed or pasted.
    mod typing;
}
/// Bad command lines, and help.
mod usage;
/// `bulla verify` for trees, samples, and without a key.
mod verify;
/// Narrow and wide terminals.
mod widths;
