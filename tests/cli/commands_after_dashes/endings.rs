//! The ways in which a command can fail.

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    ExitCode(i32),
    /// A signal that ends a process which does nothing about it.
    Signal(i32),
}

/// The signals that end a process, without those of real time.
const DEADLY: [i32; 23] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 24, 25, 26, 27, 29, 30, 31,
];
/// The signals of real time. The two before them belong to the C library, and glibc lets programs that it
/// starts ignore them.
const REAL_TIME: std::ops::RangeInclusive<i32> = 34..=64;

impl Ending {
    /// Some of each kind.
    pub(crate) fn some() -> Vec<Self> {
        let codes = [1, 2, 12, 64, 77, 126, 127, 128, 141, 254, 255];
        let signals = [1, 2, 3, 9, 10, 11, 13, 15, 24, 34, 64];
        let signals = signals.map(Self::Signal);
        codes
            .map(Self::ExitCode)
            .into_iter()
            .chain(signals)
            .collect()
    }

    /// All there are: 309.
    pub(crate) fn all() -> Vec<Self> {
        let signals = DEADLY.into_iter().chain(REAL_TIME).map(Self::Signal);
        (1..=255).map(Self::ExitCode).chain(signals).collect()
    }

    /// What a script of the shell does to end like this, without a core file.
    pub(crate) fn script(self) -> String {
        match self {
            Self::ExitCode(code) => format!("exit {code}"),
            Self::Signal(signal) => format!("ulimit -c 0; kill -{signal} $$"),
        }
    }

    /// Checks a sentence about a command that ended like this. The names of signals are left to the
    /// system.
    #[track_caller]
    pub(crate) fn assert_is_told(self, line: &str, before: &str) {
        let told = match self {
            Self::ExitCode(code) => format!("{before}ended with exit code {code}"),
            Self::Signal(signal) => format!("{before}ended with signal {signal}"),
        };
        let rest = line
            .strip_prefix(&told)
            .unwrap_or_else(|| panic!("{self:?}: {line}"));
        let is_name =
            matches!(self, Self::Signal(_)) && rest.starts_with(" (SIG") && rest.ends_with(')');
        assert!(rest.is_empty() || is_name, "{self:?}: {line}");
    }
}

#[test]
fn there_are_more_than_300_endings_and_no_two_are_the_same() {
    let all: std::collections::BTreeSet<String> =
        Ending::all().iter().map(|one| one.script()).collect();
    assert_eq!((all.len(), Ending::all().len()), (309, 309));
    assert!(Ending::some().iter().all(|one| Ending::all().contains(one)));
}
