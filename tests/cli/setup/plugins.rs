//! The plugins of `tests/plugin`, on the `PATH` of the program, and the keys that make it start
//! them.
//!
//! Cargo builds them as examples of the package whenever it builds the tests.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::env::TestEnv;

/// The plugin that behaves. `tests/plugin/good.rs` lists the words it understands.
pub(crate) const GOOD: &str = "bullatest";

/// The plugin that misbehaves. `tests/plugin/bad.rs` lists its modes.
pub(crate) const BAD: &str = "bullabad";

/// A recipient of a plugin, with this data.
pub(crate) fn recipient(plugin: &str, data: &str) -> String {
    encode(&format!("age1{plugin}"), data.as_bytes())
}

/// An identity of a plugin, with this data.
pub(crate) fn identity(plugin: &str, data: &str) -> String {
    encode(&format!("age-plugin-{plugin}-"), data.as_bytes()).to_uppercase()
}

/// Bech32 without the length limit of BIP 173, as age uses it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum LongBech32 {}

impl bech32::Checksum for LongBech32 {
    type MidstateRepr = u32;
    const CODE_LENGTH: usize = usize::MAX;
    const CHECKSUM_LENGTH: usize = 6;
    const GENERATOR_SH: [u32; 5] = <bech32::Bech32 as bech32::Checksum>::GENERATOR_SH;
    const TARGET_RESIDUE: u32 = 1;
}

pub(crate) fn encode(prefix: &str, data: &[u8]) -> String {
    bech32::encode::<LongBech32>(bech32::Hrp::parse(prefix).unwrap(), data).unwrap()
}

/// The built program of a plugin: beside the tests' own folder.
pub(crate) fn built(plugin: &str) -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let path = here
        .ancestors()
        .nth(2)
        .unwrap()
        .join("examples")
        .join(format!("age-plugin-{plugin}"));
    assert!(
        path.is_file(),
        "{} is not built: run the tests with cargo, or `cargo build --examples`",
        path.display()
    );
    path
}

impl TestEnv {
    /// Puts both plugins on the `PATH`.
    pub(crate) fn with_plugins(self) -> Self {
        for plugin in [GOOD, BAD] {
            self.install(&format!("age-plugin-{plugin}"), &built(plugin));
        }
        self
    }

    /// Puts a plugin on the `PATH` that cannot be started: it is executable, but not a program.
    pub(crate) fn with_plugin_that_is_no_program(self, plugin: &str) -> Self {
        let path = self.write(
            &format!("../bin/age-plugin-{plugin}"),
            [0x7f, b'E', b'L', b'F', 0, 0, 0, 0],
        );
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// Puts a plugin on the `PATH` that may not be started.
    pub(crate) fn with_plugin_that_may_not_run(self, plugin: &str) -> Self {
        std::fs::copy(
            built(GOOD),
            self.path(Path::new("../bin").join(format!("age-plugin-{plugin}"))),
        )
        .unwrap();
        let path = self.path(format!("../bin/age-plugin-{plugin}"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `age` with the plugins on the `PATH`.
    fn with_age() -> Option<(TestEnv, PathBuf)> {
        let Some(age) = crate::tools::tool("age") else {
            crate::tools::skip("age not installed");
            return None;
        };
        Some((TestEnv::new().with_plugins(), age))
    }

    #[test]
    fn the_good_plugin_wraps_and_unwraps_for_age() {
        let Some((env, age)) = with_age() else { return };
        let log = env.path("log");
        let words = format!("7;msg=hello;log={}", log.display());
        let sealed = env
            .program(&age, ["-r", &recipient(GOOD, &words)])
            .stdin("secret")
            .run();
        assert_eq!(
            (sealed.code, sealed.stderr.contains("hello")),
            (Some(0), true),
            "{}",
            sealed.stderr
        );
        for (words, opens) in [
            ("7", true),
            ("8", false),
            ("7;pin", false),
            ("7;fail=broken", false),
        ] {
            env.write("key", identity(GOOD, words));
            let opened = env
                .program(&age, ["-d", "-i", "key"])
                .stdin(sealed.stdout.clone())
                .run();
            assert_eq!(
                opened.stdout == b"secret",
                opens,
                "{words}: {}",
                opened.stderr
            );
        }
        assert_eq!(env.read("log"), b"wrap 7 files 1\n");
    }

    #[test]
    fn the_bad_plugin_is_bad_in_every_way_it_names() {
        let Some((env, age)) = with_age() else { return };
        for mode in [
            "early", "die", "nonsense", "binary", "escape", "short", "index", "key",
        ] {
            let sealed = env
                .program(&age, ["-o", "out", "-r", &recipient(BAD, mode)])
                .stdin("secret")
                .run();
            let fails = mode != "key";
            assert_eq!(sealed.code != Some(0), fails, "{mode}: {}", sealed.stderr);
            assert!(
                !sealed.stderr.contains("no such mode"),
                "{mode}: {}",
                sealed.stderr
            );
        }
        let none = env
            .program(&age, ["-r", &recipient(BAD, "polite")])
            .stdin("secret")
            .run();
        assert!(
            none.stderr.contains("no such mode: polite"),
            "{}",
            none.stderr
        );
    }

    #[test]
    fn some_plugins_cannot_be_started() {
        let env = TestEnv::new()
            .with_plugin_that_is_no_program("a")
            .with_plugin_that_may_not_run("b");
        for name in ["a", "b"] {
            let path = env.path(format!("../bin/age-plugin-{name}"));
            assert!(
                std::process::Command::new(path).output().is_err(),
                "{name} started"
            );
        }
    }
}
