//! The letters that names are written with, on cards and in the keyring.

use bulla_age::untrusted::is_unsafe;
use unicode_width::UnicodeWidthChar;

/// The most marks on one letter of a name, as in Tibetan.
pub(crate) const MOST_MARKS: usize = 3;

/// Returns whether a character is a letter or a digit that looks like one.
pub(crate) fn is_letter_or_digit(c: char) -> bool {
    // They are letters to Unicode and look like punctuation: primes, quotation marks, apostrophes,
    // colons, bars, full stops, exclamation marks.
    let is_like_punctuation = matches!(c,
        '\u{1c0}'..='\u{1c3}' | '\u{2b0}'..='\u{2ff}' | '\u{374}' | '\u{559}' | '\u{7f4}'..='\u{7f5}'
        | '\u{a4f8}'..='\u{a4fd}' | '\u{a717}'..='\u{a71f}' | '\u{a788}'..='\u{a78c}' | '\u{ff9e}'..='\u{ff9f}');
    // Beyond these, digits come in brackets and circles.
    let is_digit = c.is_ascii_digit() || c.is_numeric() && ('\u{660}'..='\u{1fff}').contains(&c);
    let is_letter = c.is_alphabetic() && c.width() != Some(0);
    (is_letter || is_digit) && !is_like_punctuation && !is_unsafe(c)
}

/// Returns whether a character is drawn over the one before it, as scripts such as Hindi and Thai
/// need it. The general diacritics of Unicode go with any character, also with one of ours.
pub(crate) fn is_mark(c: char) -> bool {
    let is_general = is_diacritic(c)
        || matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{20d0}'..='\u{20ff}');
    c.width() == Some(0) && !is_general && !is_unsafe(c)
}

/// Returns whether a character is a general diacritic that some languages need on a letter: those
/// that do not strike through, surround or hide it.
pub(crate) fn is_diacritic(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{333}' | '\u{339}'..='\u{34e}' | '\u{350}'..='\u{36f}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{fe20}'..='\u{fe2f}')
}
