//! One file a subcommand: its arguments on top, `run` below. What several share stands in files of its own.

mod account;
pub(crate) mod batch;
pub(crate) mod bench;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod contact;
pub(crate) mod decrypt;
pub(crate) mod doctor;
pub(crate) mod encrypt;
pub(crate) mod group;
mod held;
pub(crate) mod identity;
pub(crate) mod inspect;
mod load;
pub(crate) mod lock;
mod named;
mod open;
pub(crate) mod options;
mod own;
mod people;
mod plan;
pub(crate) mod unlock;
mod unlocked;
pub(crate) mod verify;
pub(crate) mod who;
mod whom;
