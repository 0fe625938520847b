//! Several machines in one test, each with its own home, keyring and settings. All of them work in
//! the same folder.

use crate::env::{Outcome, Run, TestEnv};

impl TestEnv {
    /// `bulla` on a machine that has its own home.
    pub(crate) fn on(&self, machine: &str, args: &[&str]) -> Run<'_> {
        let home = self.path("../machines").join(machine);
        std::fs::create_dir_all(&home).unwrap();
        self.bulla(args)
            .env("HOME", &home)
            .env("BULLA_HOME", home.join("keyring"))
    }

    /// Runs this on a machine, and requires success.
    #[track_caller]
    pub(crate) fn does_on(&self, machine: &str, args: &[&str]) -> Outcome {
        let said = self.on(machine, args).run();
        assert_eq!(said.code, Some(0), "{machine} {args:?}: {}", said.text());
        said
    }

    /// Makes a person of this name, on a machine of their own, and a contact of the user.
    #[track_caller]
    pub(crate) fn knows(&self, name: &str, options: &[&str]) {
        let new = ["identity", "new", name, "--no-passphrase", "-q"];
        self.does_on(name, &[&new[..], options].concat());
        let card = format!("../{name}.card");
        self.does_on(name, &["card", "-q", "-o", &card]);
        self.does(&["contact", "add", name, &card, "-q"]);
    }
}
