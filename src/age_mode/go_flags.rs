//! The grammar of command lines of programs that are written in Go: one or two hyphens before any
//! flag, no clusters of letters, values after a space or `=`, and no flag after the first argument
//! that is not one.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// Whether a flag has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Nothing,
    Value,
}

/// A flag that a program knows: its spellings, without hyphens, and what it stands for.
pub(super) struct Flag<K> {
    pub(super) names: &'static [&'static str],
    pub(super) key: K,
    pub(super) takes: Takes,
}

/// What was given for a flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// Whether it is on: `-d`, `-d=false`.
    Switch(bool),
    Value(OsString),
}

/// A command line, read to its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<K> {
    /// In the order in which they were typed.
    pub(super) flags: Vec<(K, Given)>,
    pub(super) arguments: Vec<OsString>,
}

/// Why a command line was not read to its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stopped {
    HelpAsked,
    Wrong(String),
}

/// Reads the arguments after the name of the program.
pub(super) fn parse<K: Copy>(args: &[OsString], known: &[Flag<K>]) -> Result<Line<K>, Stopped> {
    let mut flags = Vec::new();
    let mut rest = args.iter();
    loop {
        let left = rest.as_slice();
        let Some(arg) = rest.next() else {
            return Ok(Line {
                flags,
                arguments: Vec::new(),
            });
        };
        let bytes = arg.as_bytes();
        let named = match bytes {
            b"--" => {
                return Ok(Line {
                    flags,
                    arguments: rest.as_slice().to_vec(),
                });
            }
            [b'-', b'-', name @ ..] | [b'-', name @ ..] if !name.is_empty() => name,
            _ => {
                return Ok(Line {
                    flags,
                    arguments: left.to_vec(),
                });
            }
        };
        if let b'-' | b'=' = named[0] {
            return Err(wrong("bad flag syntax: ", arg));
        }
        let (name, value) = match named.iter().position(|byte| *byte == b'=') {
            Some(at) => (&named[..at], Some(&named[at + 1..])),
            None => (named, None),
        };
        let flag = known
            .iter()
            .find(|flag| flag.names.iter().any(|known| known.as_bytes() == name));
        let Some(flag) = flag else {
            return Err(match name {
                b"h" | b"help" => Stopped::HelpAsked,
                _ => wrong("flag provided but not defined: -", OsStr::from_bytes(name)),
            });
        };
        let given = match (flag.takes, value) {
            (Takes::Nothing, None) => Given::Switch(true),
            (Takes::Nothing, Some(value)) => Given::Switch(switch(name, value)?),
            (Takes::Value, Some(value)) => Given::Value(OsString::from_vec(value.to_vec())),
            (Takes::Value, None) => match rest.next() {
                Some(value) => Given::Value(value.clone()),
                None => {
                    let name = OsStr::from_bytes(name);
                    return Err(wrong("flag needs an argument: -", name));
                }
            },
        };
        flags.push((flag.key, given));
    }
}

fn wrong(text: &str, word: &OsStr) -> Stopped {
    Stopped::Wrong(format!("{text}{}", word.to_string_lossy()))
}

fn switch(name: &[u8], value: &[u8]) -> Result<bool, Stopped> {
    match value {
        b"1" | b"t" | b"T" | b"true" | b"TRUE" | b"True" => Ok(true),
        b"0" | b"f" | b"F" | b"false" | b"FALSE" | b"False" => Ok(false),
        _ => Err(Stopped::Wrong(format!(
            "invalid boolean value {:?} for -{}: parse error",
            String::from_utf8_lossy(value),
            String::from_utf8_lossy(name)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [Flag<char>; 2] = [
        Flag {
            names: &["d", "decrypt"],
            key: 'd',
            takes: Takes::Nothing,
        },
        Flag {
            names: &["o", "output"],
            key: 'o',
            takes: Takes::Value,
        },
    ];

    fn of(line: &str) -> Result<Line<char>, Stopped> {
        let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        parse(&args, &KNOWN)
    }

    fn value(text: &str) -> (char, Given) {
        ('o', Given::Value(text.into()))
    }

    #[test]
    fn a_flag_has_one_or_two_hyphens_and_its_value_follows_a_space_or_an_equals_sign() {
        let on = ('d', Given::Switch(true));
        for (line, flags) in [
            ("-d -o x", vec![on.clone(), value("x")]),
            ("--d --o=x", vec![on.clone(), value("x")]),
            ("-decrypt -output x", vec![on.clone(), value("x")]),
            ("--decrypt=T --output=", vec![on.clone(), value("")]),
            (
                "-d=0 -o=a=b",
                vec![('d', Given::Switch(false)), value("a=b")],
            ),
            ("-o -d", vec![value("-d")]),
        ] {
            let arguments = Vec::new();
            assert_eq!(of(line), Ok(Line { flags, arguments }), "{line}");
        }
    }

    #[test]
    fn the_first_argument_that_is_no_flag_ends_the_flags() {
        for (line, arguments) in [
            ("-d f -o x", &["f", "-o", "x"][..]),
            ("-d -- -o", &["-o"]),
            ("-d - -o", &["-", "-o"]),
            ("-d  x", &["", "x"]),
        ] {
            let read = of(line).unwrap();
            assert_eq!(read.arguments, arguments, "{line}");
            assert_eq!(read.flags, [('d', Given::Switch(true))]);
        }
    }

    #[test]
    fn letters_are_not_joined_and_mistakes_are_told_as_go_does() {
        for (line, why) in [
            ("-do x", "flag provided but not defined: -do"),
            ("--nothing=1", "flag provided but not defined: -nothing"),
            ("---d", "bad flag syntax: ---d"),
            ("-=d", "bad flag syntax: -=d"),
            ("-d -output", "flag needs an argument: -output"),
            ("-d=2", "invalid boolean value \"2\" for -d: parse error"),
        ] {
            assert_eq!(of(line), Err(Stopped::Wrong(why.to_owned())), "{line}");
        }
        for line in ["-h", "--help", "-d -help f", "-help=x"] {
            assert_eq!(of(line), Err(Stopped::HelpAsked), "{line}");
        }
    }
}
