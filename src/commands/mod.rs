//! One file for each subcommand: its arguments first, then `run`. Code shared by several commands
//! is in other rooms.

pub(crate) mod age;
pub(crate) mod age_plugin;
pub(crate) mod bench;
pub(crate) mod card;
pub(crate) mod cat;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod contact;
pub(crate) mod decrypt;
pub(crate) mod doctor;
pub(crate) mod drill;
pub(crate) mod edit;
pub(crate) mod encrypt;
pub(crate) mod extract;
pub(crate) mod group;
pub(crate) mod identity;
pub(crate) mod inspect;
pub(crate) mod list;
pub(crate) mod lock;
pub(crate) mod read;
pub(crate) mod rescue;
pub(crate) mod reseal;
pub(crate) mod share;
pub(crate) mod unlock;
pub(crate) mod unshare;
pub(crate) mod verify;
pub(crate) mod who;
pub(crate) mod write;
