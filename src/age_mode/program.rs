//! The programs that this one can be called as.

use std::ffi::{OsStr, OsString};
use std::path::Path;

/// A program of age or rage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    Age,
    AgeKeygen,
    AgeInspect,
    Rage,
    RageKeygen,
}

/// How a program tells what is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Age,
    Rage,
}

const ALL: [Program; 5] = [
    Program::Age,
    Program::AgeKeygen,
    Program::AgeInspect,
    Program::Rage,
    Program::RageKeygen,
];

/// A program and its command line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) program: Program,
    /// How it was called, as it is shown in a command line to type.
    pub(super) typed: OsString,
    pub(super) args: Vec<OsString>,
}

impl Program {
    /// Returns the name of the program.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::AgeKeygen => "age-keygen",
            Self::AgeInspect => "age-inspect",
            Self::Rage => "rage",
            Self::RageKeygen => "rage-keygen",
        }
    }

    pub(super) fn style(self) -> Style {
        match self {
            Self::Age | Self::AgeKeygen | Self::AgeInspect => Style::Age,
            Self::Rage | Self::RageKeygen => Style::Rage,
        }
    }

    fn called(name: &OsStr) -> Option<Self> {
        ALL.into_iter().find(|program| name == program.name())
    }
}

impl Call {
    /// Returns the program that is meant by the name under which this one was started, or by the
    /// first word after it.
    pub(crate) fn of(args: &[OsString]) -> Option<Self> {
        let (typed, rest) = args.split_first()?;
        if let Some(program) = Path::new(typed).file_name().and_then(Program::called) {
            return Some(Self {
                program,
                typed: typed.clone(),
                args: rest.to_vec(),
            });
        }
        let (word, rest) = rest.split_first()?;
        Program::called(word).map(|program| Self {
            program,
            typed: [typed.as_os_str(), word].join(OsStr::new(" ")),
            args: rest.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Option<(Program, usize)> {
        let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        Call::of(&args).map(|call| (call.program, call.args.len()))
    }

    #[test]
    fn the_name_of_the_program_or_the_first_word_decides() {
        for (line, call) in [
            ("age -d", Some((Program::Age, 1))),
            ("/usr/local/bin/age-keygen", Some((Program::AgeKeygen, 0))),
            ("./rage age", Some((Program::Rage, 1))),
            ("bulla age -d f", Some((Program::Age, 2))),
            ("bulla age-inspect", Some((Program::AgeInspect, 0))),
            ("bulla", None),
            ("bulla encrypt age", None),
            ("bulla --json age", None),
            ("age-plugin-bulla", None),
            ("age/bulla encrypt", None),
        ] {
            assert_eq!(of(line), call, "{line}");
        }
    }
}
