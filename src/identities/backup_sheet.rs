//! Reads the sheet that `identity backup -o` writes, as it is or as it was pasted.

use zeroize::Zeroizing;

use bulla_age::words;
use bulla_age::words::COUNT;

/// What a sheet says about an identity.
pub(crate) struct BackupSheet {
    /// The words, in order.
    pub(crate) words: Zeroizing<String>,
    /// Whether its restore command has `--classic`.
    pub(crate) classic: bool,
    /// Whether its restore command has `--signing-only`.
    pub(crate) signing_only: bool,
    /// The number that its restore command has after `--epochs`.
    pub(crate) epochs: Option<u32>,
    /// The newest classic recipient of the identity.
    pub(crate) recipient: Option<String>,
}

impl BackupSheet {
    /// Finds the table of numbered words in a text. `None` if there is none, or not all words are in
    /// it.
    pub(crate) fn find(text: &str) -> Option<Self> {
        let mut found: [Option<&'static str>; COUNT] = [None; COUNT];
        for (number, word) in text.lines().filter_map(numbered).flatten() {
            let place = found.get_mut(number.checked_sub(1)?)?;
            if place.is_some_and(|known| known != word) {
                return None;
            }
            *place = Some(word);
        }
        let all: Vec<&'static str> = found.into_iter().collect::<Option<_>>()?;
        let command = text
            .lines()
            .find(|line| line.trim_start().starts_with("bulla identity restore "))
            .unwrap_or_default();
        let options: Vec<&str> = command.split_whitespace().collect();
        let after = |option: &str| {
            let at = options.iter().position(|word| *word == option)?;
            options.get(at + 1).copied()
        };
        // Sheets of earlier versions have it in a sentence.
        let recipient = text.lines().map(str::trim).find_map(|line| {
            let in_sentence = line.strip_prefix("The same identity has the recipient ");
            in_sentence.or_else(|| line.starts_with("age1").then_some(line))
        });
        Some(Self {
            words: Zeroizing::new(all.join(" ")),
            classic: options.contains(&"--classic"),
            signing_only: options.contains(&"--signing-only"),
            epochs: after("--epochs").and_then(|number| number.parse().ok()),
            recipient: recipient.map(str::to_owned),
        })
    }

    /// Returns whether a line is the first one of a sheet.
    pub(crate) fn begins_with(line: &str) -> bool {
        line.starts_with("Bulla identity ") && line.contains(", created ")
    }

    /// Returns whether a text ends as a sheet does: with a revocation.
    pub(crate) fn is_whole(bytes: &[u8]) -> bool {
        let text = String::from_utf8_lossy(bytes);
        let last = text.trim_end_matches('\n').rsplit('\n').next();
        text.ends_with('\n') && last.is_some_and(|line| line.starts_with("# sig: "))
    }
}

/// Returns the words of a line that has nothing but words after their numbers.
fn numbered(line: &str) -> Option<Vec<(usize, &'static str)>> {
    let parts: Vec<&str> = line.split_whitespace().collect();
    let pairs = parts.chunks(2).map(|pair| match pair {
        [number, word] => Some((number.parse().ok()?, words::find(word).ok()?)),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(last: &str) -> String {
        let words = |row: usize| {
            let word = |number: usize| if number == 24 { last } else { "abandon" };
            let columns = (0..4).map(|column| row + column * 6);
            let pairs: Vec<String> = columns.map(|at| format!("{at:4}  {}", word(at))).collect();
            pairs.join("    ")
        };
        (1..=6).map(|row| words(row) + "\n").collect()
    }

    #[test]
    fn the_words_of_a_sheet_are_found_by_their_numbers() {
        let sheet = format!(
            "Bulla identity 7 a, created 2026-11-23\n\nAnyone who has these 24 words\n\n{}\nTo \
             restore:\n\n    bulla identity restore 7 --classic --epochs 12\n\nThe same identity has \
             the recipient age1x\n\n# bulla revocation v1\n# sig: x\n",
            table("art")
        );
        let found = BackupSheet::find(&sheet).unwrap();
        assert_eq!(
            *found.words,
            ["abandon ", &"abandon ".repeat(22), "art"].concat()
        );
        assert!(found.classic && found.epochs == Some(12));
        assert_eq!(found.recipient.as_deref(), Some("age1x"));
        assert!(BackupSheet::is_whole(sheet.as_bytes()));
        let alone = sheet.replace("The same identity has the recipient ", "    ");
        let newer = BackupSheet::find(&alone).unwrap();
        assert_eq!(newer.recipient.as_deref(), Some("age1x"));
        let windows = BackupSheet::find(&sheet.replace('\n', "\r\n")).unwrap();
        assert_eq!(windows.words, found.words);
        let alone = BackupSheet::find(&table("art")).unwrap();
        assert!(!alone.classic && alone.epochs.is_none() && alone.recipient.is_none());
    }

    #[test]
    fn a_text_without_all_numbered_words_is_no_sheet() {
        let words = "abandon ".repeat(23) + "art";
        assert!(BackupSheet::find(&words).is_none());
        assert!(BackupSheet::find("").is_none());
        assert!(BackupSheet::find(&table("wrong-word")).is_none());
        let missing = table("art").lines().skip(1).collect::<String>();
        assert!(BackupSheet::find(&missing).is_none());
        assert!(BackupSheet::find(&(table("art") + "1 art\n")).is_none());
        assert!(BackupSheet::find(&(table("art") + "25 art\n")).is_none());
    }
}
