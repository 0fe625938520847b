//! sops, which starts plugins and a command that prints keys.

use std::path::{Path, PathBuf};

use super::person::Person;
use crate::tools;

/// The program, from the Python package beside the others or on the `PATH`.
fn sops() -> Option<PathBuf> {
    let python = std::env::var_os("BULLA_PYTHON").map(PathBuf::from);
    let beside = python.map(|python| python.with_file_name("sops"));
    let found = beside.filter(|sops| Path::is_file(sops));
    let found = found.or_else(|| tools::tool("sops"));
    if found.is_none() {
        tools::skip("sops not installed");
    }
    found
}

#[test]
fn sops_encrypts_values() {
    let Some(sops) = sops() else { return };
    for person in Person::all() {
        let wrote = person.session("sops.sh", &sops);
        let expected = "2\nuser: bob\npassword: one\ntwo\nuser: bob\npassword: three\nthree\n\
                        refused\n";
        assert_eq!(wrote, expected, "{:?}", person.way);
    }
}
