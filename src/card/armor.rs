//! The form of a card that survives chats and mail: base64 between two lines, found in any
//! surrounding text.

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use bulla_age::format::text_in_utf8;

use crate::card::error::CardError;

const BEGIN: &str = "-----BEGIN BULLA CARD-----";
const END: &str = "-----END BULLA CARD-----";
/// What remains of the two lines if a program replaced their dashes.
const WORDS: [&str; 2] = ["BEGIN BULLA CARD", "END BULLA CARD"];
const COLUMNS: usize = 64;
/// More than a card of 16 KiB takes in base64, in quoted lines.
const LONGEST: usize = 64 << 10;

/// Returns the bytes in base64 between the two lines.
pub(super) fn armored(bytes: &[u8]) -> String {
    let text = BASE64_STANDARD_NO_PAD.encode(bytes);
    let mut armored = format!("{BEGIN}\n");
    for line in text.as_bytes().chunks(COLUMNS) {
        armored.extend(line.iter().map(|byte| char::from(*byte)));
        armored.push('\n');
    }
    armored + END + "\n"
}

/// Returns whether this is meant as an armored card, whole or not.
pub(super) fn is_meant(text: &str) -> bool {
    WORDS.iter().any(|words| text.contains(words))
}

/// Returns the contents of the armored blocks of a text, and the text around them.
pub(super) fn blocks(bytes: &[u8]) -> Result<(Vec<Vec<u8>>, String), CardError> {
    let text = text_in_utf8(bytes);
    let (mut blocks, mut around, mut rest) = (Vec::new(), String::new(), &*text);
    while let Some((before, from)) = rest.split_once(BEGIN) {
        let Some((block, after)) = from.split_once(END) else {
            return Err(CardError::Armor("its last line is missing"));
        };
        blocks.push(block_of(block)?);
        around.push_str(before);
        around.push('\n');
        rest = after;
    }
    around.push_str(rest);
    Ok((blocks, around))
}

/// Returns the bytes of one block, however it was wrapped, indented and quoted.
fn block_of(text: &str) -> Result<Vec<u8>, CardError> {
    if text.len() > LONGEST {
        return Err(CardError::TooLarge);
    }
    let text = text.replace("&gt;", ">");
    let base64: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '>')
        .collect();
    BASE64_STANDARD_NO_PAD
        .decode(base64)
        .map_err(|_| CardError::Armor("a character is wrong or missing"))
}
