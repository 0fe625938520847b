//! Whether a new passphrase is so easy to guess that the user must hear of it.
//!
//! This is a rule of a page, not a model of people: it finds passphrases that fall first, and calls
//! many others good enough. It looks at the passphrase where it is and keeps no copy of its parts
//! (decision 76).

use zeroize::Zeroizing;

use bulla_age::words;

/// Fewer guesses than 2 to this power are weak. With scrypt at 2^18, a graphics card tries some
/// hundred passphrases in a second, so that 2^36 take it a few years.
const WEAK: f64 = 36.0;

/// The longest part that is looked up.
const LONGEST: usize = 12;

/// Beyond this many characters, a passphrase is good enough, or nothing but repetitions.
const MOST: usize = 200;

/// What a part costs to guess, as a power of two.
const COMMON: f64 = 7.0;
const WORD: f64 = 11.0;
const RUN: f64 = 6.0;
const YEAR: f64 = 6.0;
const DIGIT: f64 = 3.32;
const LETTER: f64 = 4.7;
const SIGN: f64 = 3.0;
const FOREIGN: f64 = 5.5;

/// What people choose most often, alone or with something around it, and the first names, animals
/// and teams among it. In lower case, without replaced letters (`p@ssw0rd`).
const CHOSEN: &[&str] = &[
    "admin",
    "alexander",
    "andrew",
    "angel",
    "anthony",
    "arsenal",
    "ashley",
    "asshole",
    "austin",
    "azerty",
    "bailey",
    "baseball",
    "batman",
    "biteme",
    "blink",
    "buster",
    "changeme",
    "charlie",
    "cheese",
    "chelsea",
    "computer",
    "correct",
    "daniel",
    "default",
    "dragon",
    "football",
    "freedom",
    "fuckyou",
    "george",
    "ginger",
    "hannah",
    "harley",
    "hello",
    "hockey",
    "hottie",
    "hunter",
    "iloveyou",
    "internet",
    "jennifer",
    "jessica",
    "jordan",
    "joshua",
    "killer",
    "letmein",
    "liverpool",
    "login",
    "love",
    "lovely",
    "maggie",
    "master",
    "matrix",
    "matthew",
    "merlin",
    "michael",
    "michelle",
    "monkey",
    "mustang",
    "nicole",
    "ninja",
    "passord",
    "passphrase",
    "password",
    "passwort",
    "pepper",
    "pokemon",
    "princess",
    "purple",
    "qazwsx",
    "robert",
    "samsung",
    "secret",
    "shadow",
    "soccer",
    "starwars",
    "summer",
    "sunshine",
    "superman",
    "taylor",
    "test",
    "thomas",
    "thunder",
    "tigger",
    "trustno",
    "user",
    "welcome",
    "whatever",
    "william",
    "winter",
    "zxcvbn",
];

/// Rows of keyboards, and other orders in which people type.
const ROWS: &[&str] = &[
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "yxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6z7u8i9o0p",
    "1q2w3e4r5t6y7u8i9o0p",
];

/// Returns whether a passphrase can be guessed by somebody who has the file.
pub(crate) fn is_weak(passphrase: &str) -> bool {
    guesses(passphrase) < WEAK
}

/// Returns how many guesses find a passphrase, as a power of two: the cheapest way to put it
/// together from words, runs and single characters.
fn guesses(passphrase: &str) -> f64 {
    let mut text = Zeroizing::new(Vec::with_capacity(MOST));
    let lower = passphrase.chars().flat_map(char::to_lowercase);
    text.extend(lower.take(MOST));
    let plain: Zeroizing<Vec<char>> = Zeroizing::new(text.iter().map(|c| unreplaced(*c)).collect());
    let mut cost = vec![0.0_f64; text.len() + 1];
    for end in 1..=text.len() {
        let single = cost[end - 1] + single(text[end - 1]);
        // A run can be of any length: it costs as much as its beginning.
        let ways = (0..end).filter_map(|start| {
            let part = part(&text[start..end], &plain[start..end])?;
            Some(cost[start] + part)
        });
        cost[end] = ways.fold(single, f64::min);
    }
    cost[text.len()]
}

/// Returns what a part costs as a whole, if people use such parts.
fn part(text: &[char], plain: &[char]) -> Option<f64> {
    if text.len() < 3 {
        return None;
    }
    if is_run(text) {
        return Some(RUN);
    }
    if text.len() > LONGEST {
        return None;
    }
    if is_year(text) {
        return Some(YEAR);
    }
    let is = |word: &str| word.chars().eq(plain.iter().copied());
    if CHOSEN.iter().any(|word| is(word)) {
        return Some(COMMON);
    }
    words::contains(plain).then_some(WORD)
}

/// Returns the letter that a sign stands for in `p@ssw0rd`.
fn unreplaced(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        c => c,
    }
}

fn single(c: char) -> f64 {
    match c {
        '0'..='9' => DIGIT,
        'a'..='z' => LETTER,
        _ if c.is_ascii() => SIGN,
        _ => FOREIGN,
    }
}

/// Returns whether these are one character many times, or neighbours in a row.
fn is_run(text: &[char]) -> bool {
    let same = text.iter().all(|c| *c == text[0]);
    let follow = |row: &str| {
        let stands_at = |at: usize| {
            let forwards = row[at..].chars();
            let backwards = row[..row.len() - at].chars().rev();
            forwards.take(text.len()).eq(text.iter().copied())
                || backwards.take(text.len()).eq(text.iter().copied())
        };
        (0..row.len()).any(stands_at)
    };
    same || ROWS.iter().any(|row| follow(row))
}

fn is_year(text: &[char]) -> bool {
    matches!(text, ['1', '9', a, b] | ['2', '0', a, b] if a.is_ascii_digit() && b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passphrases_that_fall_first_are_weak() {
        for weak in [
            "",
            "a",
            "clay",
            "secret",
            "password",
            "Password1",
            "P@ssw0rd!",
            "123456",
            "1234567890",
            "12345678901234567890",
            "qwertyuiop",
            "letmein",
            "iloveyou",
            "hunter2",
            "abc123",
            "abcdefghijklmnop",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "summer2024",
            "Summer2024!",
            "dragon99",
            "1q2w3e4r",
            "zxcvbnm,./",
            "19840612",
            "monkey monkey",
            "old",
            "fedcba",
        ] {
            assert!(is_weak(weak), "{weak}: {}", guesses(weak));
        }
    }

    #[test]
    fn passphrases_that_last_are_not() {
        for strong in [
            "a passphrase of my own",
            "eine Pfütze, zwei Öfen",
            "correct-horse-battery-staple",
            "kX9#qv2Lw",
            "xkqzvbwmpt",
            "zoo-vague-abandon-twist",
            "мой длинный пароль",
            "天地玄黃宇宙洪荒",
        ] {
            assert!(!is_weak(strong), "{strong}: {}", guesses(strong));
        }
        let long = "correct horse ".repeat(1000);
        assert!(!is_weak(&long));
    }
}
