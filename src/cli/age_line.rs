//! A command line of age, which has options but no commands, as one of this program.

use std::ffi::OsString;
use std::path::Path;

use crate::keyring::Name;
use bulla_age::AnyRecipient;
use bulla_age::untrusted::Untrusted;

/// The options of age and rage: letter, word, and whether a value follows.
const OPTIONS: [(char, &str, bool); 10] = [
    ('e', "encrypt", false),
    ('d', "decrypt", false),
    ('p', "passphrase", false),
    ('a', "armor", false),
    ('r', "recipient", true),
    ('R', "recipients-file", true),
    ('t', "to", true),
    ('i', "identity", true),
    ('j', "plugin", true),
    ('o', "output", true),
];

/// Returns whether this word is an option whose value is the next word.
pub(super) fn takes_value(word: &str) -> bool {
    OPTIONS.iter().any(|(letter, long, takes)| {
        *takes
            && (word.strip_prefix("--") == Some(*long)
                || word
                    .strip_prefix('-')
                    .is_some_and(|short| short.chars().eq([*letter])))
    })
}

/// What was typed, in the order in which it was typed.
#[derive(Default)]
struct Line {
    flags: String,
    values: Vec<(char, Option<Untrusted>)>,
    files: Vec<Untrusted>,
}

/// Returns the command that does the same, if every argument belongs to age and one is an option.
pub(super) fn translated(args: &[OsString]) -> Option<String> {
    let line = Line::of(args)?;
    let is_option = !line.flags.is_empty() || !line.values.is_empty();
    is_option.then(|| line.command())
}

impl Line {
    fn of(args: &[OsString]) -> Option<Self> {
        let mut line = Self::default();
        let mut rest = args.iter().skip(1);
        while let Some(arg) = rest.next() {
            let word = arg.to_str().unwrap_or_default();
            if word == "--" {
                line.files
                    .extend(rest.map(|file| Untrusted::from(Path::new(file))));
                break;
            }
            if word == "-" || !word.starts_with('-') {
                line.files.push(Untrusted::from(Path::new(arg)));
                continue;
            }
            // age takes its words after one hyphen, too.
            let (name, value) = match word.trim_start_matches('-').split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (word.trim_start_matches('-'), None),
            };
            if let Some((letter, _, takes)) = OPTIONS.iter().find(|(_, long, _)| *long == name) {
                match (*takes, value) {
                    (false, None) => line.flags.push(*letter),
                    (false, Some(_)) => return None,
                    (true, Some(value)) => {
                        line.values.push((*letter, Some(Untrusted::new(value))));
                    }
                    (true, None) => line.values.push((*letter, next(&mut rest))),
                }
                continue;
            }
            let mut letters = word.strip_prefix('-')?.chars();
            while let Some(letter) = letters.next() {
                let (_, _, takes) = OPTIONS.iter().find(|(known, _, _)| *known == letter)?;
                if *takes {
                    let attached = letters.as_str().trim_start_matches('=');
                    let value = if attached.is_empty() {
                        next(&mut rest)
                    } else {
                        Some(Untrusted::new(attached))
                    };
                    line.values.push((letter, value));
                    break;
                }
                line.flags.push(letter);
            }
        }
        Some(line)
    }

    /// age decrypts only with `-d`, but whoever names keys and nobody else forgot it.
    fn decrypts(&self) -> bool {
        let has = |letters: &str| {
            self.flags.contains(|flag| letters.contains(flag))
                || self.values.iter().any(|(of, _)| letters.contains(*of))
        };
        let opens = |file: &Untrusted| file.as_raw().ends_with(".age");
        let names_a_key = has("ij") || self.files.first().is_none_or(opens);
        has("d") || !has("epartR") && names_a_key
    }

    fn command(&self) -> String {
        let decrypts = self.decrypts();
        let mut words = vec!["bulla".to_owned()];
        words.push(if decrypts { "decrypt" } else { "encrypt" }.to_owned());
        if !decrypts {
            let flags = ['p', 'a'].into_iter();
            let given = flags.filter(|flag| self.flags.contains(*flag));
            words.extend(given.map(|flag| format!("-{flag}")));
        }
        // A passphrase is never beside recipients.
        let for_whom = if self.flags.contains('p') {
            ""
        } else {
            "rRtij"
        };
        let kept = if decrypts { "ij" } else { for_whom };
        let mut named = decrypts || self.flags.contains('p');
        for (letter, value) in &self.values {
            match value {
                Some(value) if kept.contains(*letter) => {
                    words.push(option(*letter, value));
                    named = true;
                }
                _ => {}
            }
        }
        if !named {
            words.push("--to NAME".to_owned());
        }
        let mut values = self.values.iter();
        if let Some((_, Some(output))) = values.find(|(letter, _)| *letter == 'o') {
            words.push(format!("-o {}", as_typed(output, "PATH")));
        }
        let place = if decrypts { "FILE.age" } else { "FILE" };
        words.extend(self.files.iter().map(|file| as_typed(file, place)));
        if self.files.is_empty() {
            words.push(place.to_owned());
        }
        words.join(" ")
    }
}

fn next<'a>(rest: &mut impl Iterator<Item = &'a OsString>) -> Option<Untrusted> {
    rest.next().map(|value| Untrusted::from(Path::new(value)))
}

/// An option with its value. `-r` takes no names here, so a name comes after `--to`.
fn option(letter: char, value: &Untrusted) -> String {
    let text = value.as_raw();
    let is_name = text.parse::<AnyRecipient>().is_err() && text.parse::<Name>().is_ok();
    match letter {
        'r' if is_name => format!("--to {}", as_typed(value, "NAME")),
        'r' => format!("-r {}", as_typed(value, "RECIPIENT")),
        't' => format!("--to {}", as_typed(value, "NAME")),
        letter => format!("-{letter} {}", as_typed(value, "PATH")),
    }
}

/// A word as a shell takes it. A secret key is not printed again.
fn as_typed(word: &Untrusted, place: &str) -> String {
    match word.as_raw() {
        "-" => "-".to_owned(),
        _ if word.hides_a_secret() => place.to_owned(),
        _ => word.as_argument(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Option<String> {
        let words = ["bulla"].into_iter().chain(line.split_whitespace());
        translated(&words.map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn the_whole_line_is_translated_with_the_value_of_every_option() {
        for (typed, meant) in [
            ("-d -i key.txt f.age", "decrypt -i key.txt f.age"),
            ("-i key.txt f.age -d -o f", "decrypt -i key.txt -o f f.age"),
            ("-di key.txt f.age", "decrypt -i key.txt f.age"),
            (
                "-decrypt -identity=key.txt f.age",
                "decrypt -i key.txt f.age",
            ),
            ("-d -j yubikey f.age", "decrypt -j yubikey f.age"),
            ("-i key.txt f.age", "decrypt -i key.txt f.age"),
            ("-ear bob f", "encrypt -a --to bob f"),
            ("-e -R r.txt -o z.age f", "encrypt -R r.txt -o z.age f"),
            ("-oz.age -p f", "encrypt -p -o z.age f"),
            ("-a -e -R r.txt -", "encrypt -a -R r.txt -"),
            ("-e f", "encrypt --to NAME f"),
            ("-e -- -f", "encrypt --to NAME ./-f"),
            ("-r", "encrypt --to NAME FILE"),
            ("-d", "decrypt FILE.age"),
            ("-o x f.age", "decrypt -o x f.age"),
            ("-o x f", "encrypt --to NAME -o x f"),
        ] {
            assert_eq!(of(typed).unwrap(), format!("bulla {meant}"), "{typed}");
        }
        for other in ["f", "-c f", "--gen-key", "-d --armor=x f"] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
