//! Other implementations of the format: who opens whose files, and tools that start `age`.
//!
//! The slow edition runs every cell of the tables in `docs/interop.md` and compares them with the
//! page.

#![cfg(test)]

#[expect(dead_code, reason = "the tests of the program need more of it")]
#[path = "../cli/setup/env.rs"]
mod env;
#[path = "../cli/setup/plugins.rs"]
mod plugins;
#[expect(dead_code, reason = "the tests of the program need more of it")]
#[path = "../cli/setup/pty.rs"]
mod pty;
#[path = "../../crates/bulla-age/tests/tools/mod.rs"]
mod tools;

/// Every kind of file of the program, opened by the others.
mod bullas_files;
/// Keys that the others create.
mod foreign_keys;
/// Node and its modules.
mod found;
/// Kinds of keys, and a key of each.
mod kinds;
/// Everyone's files opened by everyone.
mod matrix;
/// The page with the tables.
mod page;
/// The implementations, each as a writer and a reader.
mod peers;

/// Tools that start `age`: with bulla as `age`, and with age and `age-plugin-bulla`.
mod sessions {
    /// Dotfiles.
    mod chezmoi;
    /// An editor.
    mod emacs;
    /// A filter of git.
    mod git_filter;
    /// A store of passwords.
    mod passage;
    /// Somebody whose tools start `age`.
    mod person;
    /// Values in files.
    mod sops;
}
