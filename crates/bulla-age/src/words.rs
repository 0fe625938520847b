//! A seed as 24 words for a backup on paper: the BIP39 encoding of its bytes. The key derivation of
//! BIP39 is not used.

use bip39::{Language, Mnemonic};
use strsim::damerau_levenshtein;
use zeroize::Zeroizing;

use crate::seed::Seed;

/// The number of words of a seed.
pub const COUNT: usize = 24;
/// The most suggestions for an unknown word.
const NEAREST: usize = 3;

/// Why words are not a seed. Never contains the words, which may be secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WordsError {
    /// Too few or too many.
    #[error("{} given; {COUNT} are needed", counted(*.0))]
    Count(usize),
    /// Words that are not in the list.
    #[error("{} not in the word list", positions(.0))]
    Unknown(Vec<UnknownWord>),
    /// All words are in the list, but the checksum is wrong.
    #[error(
        "all {COUNT} words are in the list, but the checksum is wrong: one word is wrong, or two \
         are swapped"
    )]
    Checksum,
}

/// A word that is not in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWord {
    /// Counted from 1.
    pub position: usize,
    /// Similar words of the list, the nearest first.
    pub near: Vec<&'static str>,
}

fn counted(words: usize) -> String {
    match words {
        1 => "1 word was".to_owned(),
        words => format!("{words} words were"),
    }
}

fn positions(unknown: &[UnknownWord]) -> String {
    let numbers: Vec<_> = unknown
        .iter()
        .map(|word| word.position.to_string())
        .collect();
    match numbers.as_slice() {
        [only] => format!("word {only} is"),
        _ => format!("words {} are", numbers.join(", ")),
    }
}

/// Returns the words of a seed.
pub fn of(seed: &Seed) -> Vec<&'static str> {
    let mnemonic = Mnemonic::from_entropy(seed.as_bytes()).expect("words: BIP39 knows 32 bytes");
    mnemonic.words().collect()
}

/// Parses the words of a seed, in any case and with any white space between them.
///
/// # Errors
/// [`WordsError`] names the positions of the wrong words.
pub fn parse(text: &str) -> Result<Seed, WordsError> {
    let given = Zeroizing::new(text.to_lowercase());
    let count = given.split_whitespace().count();
    // With this many words a suggestion is pointless.
    if count > 2 * COUNT {
        return Err(WordsError::Count(count));
    }
    let mut words = Vec::new();
    let mut unknown = Vec::new();
    for (index, word) in given.split_whitespace().enumerate() {
        match find(word) {
            Ok(word) => words.push(word),
            Err(near) => unknown.push(UnknownWord {
                position: index + 1,
                near,
            }),
        }
    }
    if !unknown.is_empty() {
        return Err(WordsError::Unknown(unknown));
    }
    if count != COUNT {
        return Err(WordsError::Count(count));
    }
    let joined = Zeroizing::new(words.join(" "));
    let mnemonic = Mnemonic::parse_in_normalized(Language::English, &joined);
    let (bytes, _) = mnemonic
        .map_err(|_| WordsError::Checksum)?
        .to_entropy_array();
    let bytes = Zeroizing::new(bytes);
    Ok(Seed::from_bytes(
        bytes.first_chunk().expect("words: 24 are 32 bytes"),
    ))
}

/// Returns whether these letters are a word of the list. Makes no copy of them.
pub fn contains(word: &[char]) -> bool {
    let list = Language::English.word_list();
    list.binary_search_by(|known| known.chars().cmp(word.iter().copied()))
        .is_ok()
}

/// Looks up a word in the list.
///
/// # Errors
/// The most similar words.
pub fn find(word: &str) -> Result<&'static str, Vec<&'static str>> {
    let list = Language::English.word_list();
    if let Ok(index) = list.binary_search(&word) {
        return Ok(list[index]);
    }
    // A much longer word is not a typing error, and comparing it is slow.
    if word.len() > 40 {
        return Err(Vec::new());
    }
    let rank = |known: &'static str| {
        (
            damerau_levenshtein(word, known),
            word.get(..1) != known.get(..1),
            known,
        )
    };
    let mut near: Vec<(usize, bool, &'static str)> = list.iter().copied().map(rank).collect();
    near.sort_unstable();
    let best = near.first().map_or(0, |(distance, ..)| *distance);
    let close = near
        .into_iter()
        .filter(|(distance, ..)| *distance <= 3 && *distance <= best + 1);
    Err(close.take(NEAREST).map(|(.., word)| word).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_the_list_are_found() {
        let contains = |word: &str| contains(&word.chars().collect::<Vec<_>>());
        assert!(contains("abandon") && contains("zoo") && contains("clay"));
        assert!(!contains("") && !contains("abando") && !contains("Clay") && !contains("zooo"));
    }

    const VECTOR: &str = "abandon amount liar amount expire adjust cage candy arch gather drum bullet absurd math era live bid rhythm alien crouch range attend journey unaware";

    fn words_of(bytes: [u8; 32]) -> String {
        of(&Seed::from_bytes(&bytes)).join(" ")
    }

    fn bytes(hex: &str) -> [u8; 32] {
        std::array::from_fn(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
    }

    /// The 24-word vectors that BIP39 itself points to (the Trezor list): entropy and words.
    #[test]
    fn the_encoding_is_that_of_bip39() {
        let repeated = |word: &str, last: &str| format!("{}{last}", format!("{word} ").repeat(23));
        let legal = "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful \
                     legal winner thank year wave sausage worth title";
        let letter = "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic \
                      avoid letter advice cage absurd amount doctor acoustic bless";
        let cases = [
            ("00".repeat(32), repeated("abandon", "art")),
            ("7f".repeat(32), legal.to_owned()),
            ("80".repeat(32), letter.to_owned()),
            ("ff".repeat(32), repeated("zoo", "vote")),
            (
                "68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c".to_owned(),
                "hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy gospel tennis \
                 maple dilemma loan word shrug inflict delay length"
                    .to_owned(),
            ),
            (
                "9f6a2878b2520799a44ef18bc7df394e7061a224d2c33cd015b157d746869863".to_owned(),
                "panda eyebrow bullet gorilla call smoke muffin taste mesh discover soft ostrich alcohol speed nation flash \
                 devote level hobby quick inner drive ghost inside"
                    .to_owned(),
            ),
            (
                "066dca1a2bb7e8a1db2832148ce9933eea0f3ac9548d793112d9a95c9407efad".to_owned(),
                "all hour make first leader extend hole alien behind guard gospel lava path output census museum junior \
                 mass reopen famous sing advance salt reform"
                    .to_owned(),
            ),
            (
                "f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f".to_owned(),
                "void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing screen patrol \
                 group space point ten exist slush involve unfold"
                    .to_owned(),
            ),
        ];
        for (entropy, words) in cases {
            assert_eq!(words_of(bytes(&entropy)), words);
            assert_eq!(parse(&words).ok().unwrap().as_bytes(), &bytes(&entropy));
        }
        assert_eq!(words_of(std::array::from_fn(|i| i as u8)), VECTOR);
    }

    #[test]
    fn every_seed_comes_back_in_any_case_and_layout() {
        for _ in 0..200 {
            let seed = Seed::generate().unwrap();
            let words = of(&seed);
            assert_eq!(words.len(), COUNT);
            let text = format!("  {}\r\n", words.join("\n\t").to_uppercase());
            assert_eq!(parse(&text).ok().unwrap().as_bytes(), seed.as_bytes());
        }
    }

    #[test]
    fn a_wrong_word_is_named_with_the_nearest_right_ones() {
        let wrong = VECTOR
            .replace("liar", "lair")
            .replace("unaware", "unawaer")
            .replace("era", "é");
        let Some(WordsError::Unknown(unknown)) = parse(&wrong).err() else {
            panic!("taken")
        };
        let positions: Vec<_> = unknown.iter().map(|word| word.position).collect();
        assert_eq!(positions, [3, 15, 24]);
        assert_eq!(
            (unknown[0].near.contains(&"liar"), unknown[2].near.first()),
            (true, Some(&"unaware"))
        );
        let error = WordsError::Unknown(unknown);
        assert_eq!(
            error.to_string(),
            "words 3, 15, 24 are not in the word list"
        );
        assert_eq!(find(&"x".repeat(1000)), Err(Vec::new()));
    }

    #[test]
    fn too_few_and_a_wrong_checksum_are_told_apart() {
        assert_eq!(parse("").err(), Some(WordsError::Count(0)));
        assert_eq!(parse("abandon").err(), Some(WordsError::Count(1)));
        assert_eq!(parse(&VECTOR.repeat(3)).err(), Some(WordsError::Count(70)));
        let swapped = VECTOR.replacen("abandon amount", "amount abandon", 1);
        assert_eq!(parse(&swapped).err(), Some(WordsError::Checksum));
        assert_eq!(
            parse(&VECTOR.replace("unaware", "zoo")).err(),
            Some(WordsError::Checksum)
        );
    }
}
