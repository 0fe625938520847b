//! The displayed form of untrusted text, read back by a terminal's parser.

#![cfg(test)]

use std::ffi::OsString;
use std::path::Path;

use bulla_age::untrusted::Untrusted;
use proptest::prelude::*;

/// What a terminal would do with a text: the characters it prints, and how often it does anything
/// else.
#[derive(Default)]
struct Reader {
    printed: String,
    acts: usize,
}

impl vte::Perform for Reader {
    fn print(&mut self, c: char) {
        self.printed.push(c);
    }
    fn execute(&mut self, _: u8) {
        self.acts += 1;
    }
    fn hook(&mut self, _: &vte::Params, _: &[u8], _: bool, _: char) {
        self.acts += 1;
    }
    fn osc_dispatch(&mut self, _: &[&[u8]], _: bool) {
        self.acts += 1;
    }
    fn csi_dispatch(&mut self, _: &vte::Params, _: &[u8], _: bool, _: char) {
        self.acts += 1;
    }
    fn esc_dispatch(&mut self, _: &[u8], _: bool, _: u8) {
        self.acts += 1;
    }
}

fn read(bytes: &[u8]) -> Reader {
    let mut reader = Reader::default();
    vte::Parser::new().advance(&mut reader, bytes);
    reader
}

/// Characters that reorder or hide text, listed by hand and not by the rule under test.
const UNSEEN: &[char] = &[
    '\u{ad}',
    '\u{34f}',
    '\u{61c}',
    '\u{115f}',
    '\u{1160}',
    '\u{180e}',
    '\u{200b}',
    '\u{200c}',
    '\u{200d}',
    '\u{200e}',
    '\u{200f}',
    '\u{2028}',
    '\u{2029}',
    '\u{202a}',
    '\u{202b}',
    '\u{202c}',
    '\u{202d}',
    '\u{202e}',
    '\u{2060}',
    '\u{2061}',
    '\u{2065}',
    '\u{2066}',
    '\u{2067}',
    '\u{2068}',
    '\u{2069}',
    '\u{206a}',
    '\u{3164}',
    '\u{fe00}',
    '\u{fe0f}',
    '\u{feff}',
    '\u{ffa0}',
    '\u{fff9}',
    '\u{1d173}',
    '\u{e0001}',
    '\u{e0041}',
    '\u{e007f}',
    '\u{e0100}',
    '\u{e000}',
    '\u{f8ff}',
    '\u{f0000}',
    '\u{10fffd}',
    '\u{fdd0}',
    '\u{ffff}',
    '\u{1fffe}',
    '\u{7f}',
    '\u{85}',
    '\u{9b}',
];

fn assert_only_prints(shown: &str) {
    let reader = read(shown.as_bytes());
    assert_eq!(reader.acts, 0, "{shown:?} does more than print");
    assert_eq!(reader.printed, shown);
    assert!(
        !shown.contains(UNSEEN),
        "{shown:?} holds what cannot be seen"
    );
}

/// Returns more than a hundred sequences: introducers x endings, in both the 7-bit and the 8-bit
/// form.
fn hostile() -> Vec<String> {
    let mut all = Vec::new();
    for start in ["\u{1b}[", "\u{9b}"] {
        for end in [
            "2J", "H", "31m", "0;0H", "?1049h", "?25l", "1A", "999D", "K", "6n", "c", ">c", "5i",
            "?2004h", "20t", "21t", "!p", "4h", "r", "s", "u", "3J", "L", "M", "P", "X", "@", "b",
            "g", "?1000h",
        ] {
            all.push(format!("{start}{end}"));
        }
    }
    for start in ["\u{1b}]", "\u{9d}"] {
        for text in [
            "0;title",
            "52;c;aGk=",
            "8;;link:x",
            "4;1;?",
            "10;?",
            "777;notify;a;b",
            "1337;File=:",
        ] {
            all.push(format!("{start}{text}\u{7}"));
            all.push(format!("{start}{text}\u{1b}\\"));
        }
    }
    for end in [
        "P1$r0m\u{1b}\\",
        "c",
        "7",
        "8",
        "D",
        "M",
        "E",
        "=",
        ">",
        "(0",
        "#8",
        "n",
        "o",
        "Z",
    ] {
        all.push(format!("\u{1b}{end}"));
    }
    all.extend(
        ('\0'..'\u{20}')
            .filter(|&c| c != '\u{1b}')
            .map(String::from),
    );
    all
}

#[test]
fn ordinary_text_is_shown_as_it_is() {
    let text = "Grüße, 世界 🙂 a/b c, e\u{301}, Привет, שלום, \u{3000}\u{a0}";
    assert_eq!(Untrusted::new(text).to_string(), text);
}

#[test]
fn terminal_control_characters_are_escaped() {
    let text = Untrusted::new("a\u{1b}[31m\u{202e}b\u{200b}\u{9b}\n\u{feff}\\");
    assert_eq!(
        text.to_string(),
        "a\\u{1b}[31m\\u{202e}b\\u{200b}\\u{9b}\\u{a}\\u{feff}\\\\"
    );
}

#[test]
fn invalid_utf8_is_shown_byte_by_byte() {
    let name = Untrusted::from_bytes(b"a\xff\xc3(\xe2\x82\\");
    assert_eq!(name.to_string(), "a\\xff\\xc3(\\xe2\\x82\\\\");
    assert_ne!(name, Untrusted::new(name.as_raw()));
    assert_ne!(
        Untrusted::from_bytes(b"\xff").to_string(),
        Untrusted::new("\\xff").to_string()
    );
    assert_eq!(Untrusted::from(Path::new("/tmp/ü")).to_string(), "/tmp/ü");
}

/// On Windows a name can hold half a character; Rust has it as these three bytes.
#[test]
fn a_file_name_that_is_not_unicode_is_shown_byte_by_byte() {
    #[cfg(unix)]
    let name: OsString = std::os::unix::ffi::OsStringExt::from_vec(b"a\xed\xa0\xbd".to_vec());
    #[cfg(windows)]
    let name: OsString = std::os::windows::ffi::OsStringExt::from_wide(&[0x61, 0xd83d]);
    let untrusted = Untrusted::from(name.as_os_str());
    assert_eq!(untrusted.to_string(), "a\\xed\\xa0\\xbd");
    assert_eq!(Untrusted::from(Path::new(&name)), untrusted);
}

#[test]
fn quotation_marks_cannot_be_imitated() {
    assert_eq!(
        Untrusted::new(" a\" \\\n").quoted().to_string(),
        "\" a\\\" \\\\\\u{a}\""
    );
    assert_eq!(format!("{:?}", Untrusted::new("a\"")), "\"a\\\"\"");
}

#[test]
fn a_name_in_a_command_is_one_argument_and_no_option() {
    for (name, typed) in [
        (&b"a/b_c-1.age"[..], "a/b_c-1.age"),
        (b"-x", "./-x"),
        (b"-", "./-"),
        (b"", "''"),
        (b"a b", "'a b'"),
        (b"- b", "'./- b'"),
        (b"it's $(here)\\", "'it'\\''s $(here)\\'"),
        ("\u{fc}.age".as_bytes(), "'\u{fc}.age'"),
        (b"a\n'\\", "$'a\\U0000000a\\'\\\\'"),
        (b"-\xff\x1b", "$'./-\\xff\\U0000001b'"),
    ] {
        assert_eq!(Untrusted::from_bytes(name).as_argument(), typed);
    }
}

#[test]
fn invisible_characters_are_escaped() {
    for &c in UNSEEN {
        let shown = Untrusted::new(format!("a{c}b")).to_string();
        assert_eq!(shown, format!("a\\u{{{:x}}}b", u32::from(c)));
    }
}

#[test]
fn hostile_sequences_drive_a_terminal_until_they_are_escaped() {
    let hostile = hostile();
    assert!(hostile.len() >= 100);
    for sequence in hostile {
        assert!(
            read(sequence.as_bytes()).acts > 0,
            "{sequence:?} is harmless: the test would prove nothing"
        );
        assert_only_prints(&Untrusted::new(sequence.as_str()).to_string());
        assert_only_prints(&Untrusted::new(sequence).quoted().to_string());
    }
}

#[test]
fn every_character_there_is_only_prints() {
    let all: Vec<char> = ('\0'..=char::MAX).collect();
    for some in all.chunks(4096) {
        assert_only_prints(&Untrusted::new(some.iter().collect::<String>()).to_string());
    }
}

fn nasty_text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        any::<char>().prop_map(String::from),
        proptest::sample::select(UNSEEN).prop_map(String::from),
        proptest::sample::select(hostile()),
        "[ -~]{0,8}",
    ];
    proptest::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_text_only_prints(text in nasty_text()) {
        assert_only_prints(&Untrusted::new(text.as_str()).to_string());
        assert_only_prints(&Untrusted::new(text.as_str()).as_argument());
        assert_only_prints(&Untrusted::new(text).quoted().to_string());
    }

    #[test]
    fn any_bytes_only_print(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        assert_only_prints(&Untrusted::from_bytes(&bytes).to_string());
        assert_only_prints(&Untrusted::from_bytes(&bytes).as_argument());
    }

    #[test]
    fn texts_that_differ_look_different(one in nasty_text(), other in nasty_text()) {
        prop_assert_eq!(
            one == other,
            Untrusted::new(one).to_string() == Untrusted::new(other).to_string()
        );
    }
}

#[test]
fn what_is_displayed_gives_the_bytes_back_and_nothing_else_does() {
    for bytes in [
        &b"a\\b"[..],
        b"\\",
        b"\\x61",
        b"\x1b[31m\n",
        b"\xe9t\xe9",
        "\u{202e}\u{e000}".as_bytes(),
        b"\\\xff\\",
    ] {
        let shown = Untrusted::from_bytes(bytes).to_string();
        assert_eq!(Untrusted::from_displayed(&shown).as_deref(), Some(bytes));
    }
    for text in [
        "",
        "plain",
        "\\",
        "\\n",
        "\\x",
        "\\x6",
        "\\x61",
        "\\xFF",
        "\\x+f",
        "\\u{1B}",
        "\\u{0a}",
        "\\u{61}",
        "\\u{d800}",
        "\\u{",
        "\\u{}",
        "\\xc3\\xa9",
        "\\\\\\",
        "\\xé",
    ] {
        assert_eq!(Untrusted::from_displayed(text), None, "{text}");
    }
}
