//! Blocks that went through chats and mails: read correctly, or refused with the reason. None is
//! read incorrectly.

use crate::message::paste::{PasteError, find};
use bulla_age::format::{ArmorReader, ArmorWriter, BEGIN, END};
use bulla_age::kinds::X25519Identity;
use bulla_age::stream::Engine;
use std::io::{Read, Write};

const KIND: &str = "AGE ENCRYPTED FILE";

/// A message and its reader.
struct Sent {
    identity: X25519Identity,
    text: Vec<u8>,
    block: String,
}

impl Sent {
    fn new(length: usize) -> Self {
        let identity = X25519Identity::generate().unwrap();
        let text: Vec<u8> = (0..length).map(|i| b' ' + (i % 90) as u8).collect();
        let mut output = ArmorWriter::new(Vec::new()).unwrap();
        bulla_age::encrypt(
            &[&identity.to_recipient()],
            &text[..],
            &mut output,
            &Engine::new(1),
        )
        .unwrap();
        let block = String::from_utf8(output.finish().unwrap()).unwrap();
        Self {
            identity,
            text,
            block,
        }
    }

    /// Returns whether a block opens. If it does, it must contain what was sent.
    fn opens(&self, block: &str) -> bool {
        let mut text = Vec::new();
        let input = std::io::BufReader::new(ArmorReader::new(block.as_bytes()));
        let opened = bulla_age::decrypt(&[&self.identity], input, &mut text, &Engine::new(1));
        assert!(opened.is_err() || text == self.text);
        opened.is_ok()
    }
}

/// A short message for one person, and one longer than any terminal's line.
fn sent() -> Vec<Sent> {
    [5, 600, 9000].map(Sent::new).into()
}

/// What becomes of a block.
enum Fate {
    /// It is read unchanged.
    Read,
    /// It is refused, and the message contains this.
    Refused(&'static str),
    /// It is read, but does not open.
    Closed,
}
use Fate::{Closed, Read as Fine, Refused};

#[track_caller]
fn holds(sent: &Sent, name: &str, mangled: &str, fate: &Fate) {
    match (find(mangled, KIND), fate) {
        (Ok(paste), Fine) => {
            assert_eq!(paste.blocks.len(), 1, "{name}");
            assert_eq!(paste.blocks[0].armored, sent.block, "{name}: read wrong");
        }
        (Ok(paste), Closed) => {
            assert!(
                paste.blocks.iter().all(|block| !sent.opens(&block.armored)),
                "{name}: it opens"
            );
            let bytes =
                ArmorReader::new(paste.blocks[0].armored.as_bytes()).read_to_end(&mut Vec::new());
            assert!(bytes.is_ok(), "{name}: not what a strict reader reads");
        }
        (Err(error), Refused(why)) => {
            assert!(error.to_string().contains(why), "{name}: {error}");
        }
        (found, _) => panic!("{name}: {found:?}\n{}", &mangled[..mangled.len().min(2000)]),
    }
}

/// Puts a prefix before every line.
fn before(block: &str, prefix: &str) -> String {
    block
        .lines()
        .map(|line| format!("{prefix}{line}\n"))
        .collect()
}

/// Changes every line, by its number.
fn lines(block: &str, change: impl Fn(usize, &str) -> String) -> String {
    block
        .lines()
        .enumerate()
        .map(|(number, line)| change(number, line) + "\n")
        .collect()
}

/// Wraps at a fixed width, regardless of words.
fn hard(text: &str, width: usize) -> String {
    let rows = text.lines().flat_map(|line| {
        line.as_bytes()
            .chunks(width)
            .map(|row| String::from_utf8_lossy(row).into_owned())
            .collect::<Vec<_>>()
    });
    rows.map(|row| row + "\n").collect()
}

/// Joins all lines into one.
fn one_line(block: &str, between: &str) -> String {
    block.lines().collect::<Vec<_>>().join(between)
}

/// Wraps like a mail program that fills a paragraph.
fn filled(block: &str, width: usize) -> String {
    let (mut out, mut used) = (String::new(), 0);
    for word in block.split_whitespace() {
        if used > 0 && used + 1 + word.len() > width {
            out.push('\n');
            used = 0;
        } else if used > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += word.len();
    }
    out
}

/// The characters between the first line and the last.
fn content(block: &str) -> String {
    block
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect()
}

type Mangling = (&'static str, fn(&str) -> String, Fate);

fn table() -> Vec<Mangling> {
    vec![
        ("as it was", str::to_owned, Fine),
        ("no last line end", |b| b.trim_end().into(), Fine),
        ("CR LF", |b| b.replace('\n', "\r\n"), Fine),
        ("CR", |b| b.replace('\n', "\r"), Fine),
        ("U+2028", |b| b.replace('\n', "\u{2028}"), Fine),
        ("lines doubled", |b| b.replace('\n', "\n\n"), Fine),
        (
            "lines doubled, CR CR LF",
            |b| b.replace('\n', "\r\r\n"),
            Fine,
        ),
        ("trailing spaces", |b| b.replace('\n', "   \n"), Fine),
        ("trailing NBSP", |b| b.replace('\n', "\u{a0}\n"), Fine),
        ("trailing tabs", |b| b.replace('\n', "\t\n"), Fine),
        ("indented", |b| before(b, "    "), Fine),
        ("indented by tabs", |b| before(b, "\t\t"), Fine),
        ("indented by NBSP", |b| before(b, "\u{a0}\u{a0}"), Fine),
        (
            "indented unevenly",
            |b| lines(b, |n, line| " ".repeat(n % 7) + line),
            Fine,
        ),
        ("a byte order mark", |b| format!("\u{feff}{b}"), Fine),
        (
            "zero-width spaces",
            |b| b.replace('\n', "\u{200b}\n\u{200b}"),
            Fine,
        ),
        ("zero-width inside", |b| b.replace("A", "\u{200b}A"), Fine),
        ("soft hyphens", |b| b.replace("B", "\u{ad}B"), Fine),
        (
            "marks of direction",
            |b| before(b, "\u{200e}\u{202a}"),
            Fine,
        ),
        ("quoted", |b| before(b, "> "), Fine),
        ("quoted tightly", |b| before(b, ">"), Fine),
        ("quoted twice", |b| before(b, "> > "), Fine),
        ("quoted twice tightly", |b| before(b, ">> "), Fine),
        ("quoted five times", |b| before(b, "> >> > >"), Fine),
        ("quoted with bars", |b| before(b, "| "), Fine),
        ("quoted with boxes", |b| before(b, "│ "), Fine),
        ("quoted with angles", |b| before(b, "» "), Fine),
        ("quoted as HTML", |b| before(b, "&gt; "), Fine),
        ("quoted twice as HTML", |b| before(b, "&gt; &gt; "), Fine),
        (
            "quoted twice as HTML twice",
            |b| before(b, "&amp;gt;&amp;gt; "),
            Fine,
        ),
        (
            "quoted as HTML three times",
            |b| b.replacen("\nYWdl", "\n&amp;amp;gt; YWdl", 1),
            Refused("line 2: \"&\" cannot be part"),
        ),
        (
            "emphasized as HTML",
            |b| b.replacen("\nYWdl", "\n<b>YWdl", 1),
            Refused("line 2: \"<\" cannot be part"),
        ),
        (
            "quoted, CR LF, spaces",
            |b| before(b, "> ").replace('\n', "  \r\n"),
            Fine,
        ),
        (
            "quoted and doubled",
            |b| before(b, "> ").replace('\n', "\n>\n"),
            Fine,
        ),
        ("quoted with initials", |b| before(b, "JB> "), Fine),
        ("quoted with a name", |b| before(b, "Bob> "), Fine),
        (
            "quoted unevenly",
            |b| lines(b, |n, line| "> ".repeat(n % 3) + line),
            Fine,
        ),
        (
            "quoted in the middle only",
            |b| lines(b, |n, l| ["", "> "][usize::from(n > 0)].to_owned() + l),
            Fine,
        ),
        ("a comment", |b| before(b, "# "), Fine),
        ("a comment of two", |b| before(b, "// "), Fine),
        ("a list", |b| before(b, "* "), Fine),
        ("a diff", |b| before(b, "+"), Fine),
        (
            "dash-escaped",
            |b| {
                b.replace("-----BEGIN", "- -----BEGIN")
                    .replace("-----END", "- -----END")
            },
            Fine,
        ),
        ("a fence", |b| format!("```\n{b}```\n"), Fine),
        (
            "a fence in the line",
            |b| format!("```{}```", b.trim_end()),
            Fine,
        ),
        ("stars around", |b| format!("**{}**", b.trim_end()), Fine),
        ("inverted commas", |b| format!("“{}”", b.trim_end()), Fine),
        ("40 columns", |b| hard(b, 40), Fine),
        ("50 columns", |b| hard(b, 50), Fine),
        ("60 columns", |b| hard(b, 60), Fine),
        ("63 columns", |b| hard(b, 63), Fine),
        (
            "quoted, then 40 columns",
            |b| hard(&before(b, "> "), 40),
            Fine,
        ),
        (
            "quoted, then 66 columns",
            |b| hard(&before(b, "> > "), 66),
            Fine,
        ),
        (
            "40 columns, then quoted",
            |b| before(&hard(b, 40), "> "),
            Fine,
        ),
        ("20 columns", |b| hard(b, 20), Fine),
        ("8 columns", |b| hard(b, 8), Fine),
        (
            "20 columns, then quoted",
            |b| before(&hard(b, 20), "> > "),
            Fine,
        ),
        (
            "12 columns, HTML",
            |b| hard(b, 12).replace('\n', "<br>"),
            Fine,
        ),
        ("one line by spaces", |b| one_line(b, " "), Fine),
        ("one line by two spaces", |b| one_line(b, "  "), Fine),
        ("one line by NBSP", |b| one_line(b, "\u{a0}"), Fine),
        ("one line by nothing", |b| one_line(b, ""), Fine),
        ("one line by <br>", |b| one_line(b, "<br>"), Fine),
        (
            "one line, quoted",
            |b| format!("> {}", one_line(b, " ")),
            Fine,
        ),
        (
            "one line, said by Bob",
            |b| format!("[12:03] Bob: {}", one_line(b, " ")),
            Fine,
        ),
        ("one line, 76 columns", |b| hard(&one_line(b, ""), 76), Fine),
        (
            "one line by spaces, 76 columns",
            |b| hard(&one_line(b, " "), 76),
            Fine,
        ),
        (
            "quoted, then one line",
            |b| one_line(&before(b, "> "), " "),
            Fine,
        ),
        (
            "quoted twice, then filled",
            |b| filled(&before(b, "> > "), 100),
            Fine,
        ),
        ("filled to 72", |b| filled(b, 72), Fine),
        ("filled to 100", |b| filled(b, 100), Fine),
        ("filled to 120", |b| filled(b, 120), Fine),
        ("filled to 200", |b| filled(b, 200), Fine),
        ("filled and quoted", |b| before(&filled(b, 140), "> "), Fine),
        (
            "40 columns, then one line",
            |b| one_line(&hard(b, 40), " "),
            Fine,
        ),
        (
            "50 columns, then filled",
            |b| filled(&hard(b, 50), 120),
            Fine,
        ),
        ("em dashes", |b| b.replace("-----", "——-"), Fine),
        ("three em dashes", |b| b.replace("-----", "———"), Fine),
        ("two em dashes", |b| b.replace("-----", "——"), Fine),
        ("en dashes", |b| b.replace("-----", "––-"), Fine),
        ("five en dashes", |b| b.replace('-', "–"), Fine),
        ("five em dashes", |b| b.replace('-', "—"), Fine),
        (
            "hyphens of another kind",
            |b| b.replace('-', "\u{2011}"),
            Refused("the hyphens around BEGIN AGE ENC"),
        ),
        (
            "minus signs",
            |b| b.replace('-', "\u{2212}"),
            Refused("the hyphens around BEGIN AGE ENC"),
        ),
        (
            "em dashes, quoted",
            |b| before(&b.replace("-----", "—–-"), "> "),
            Fine,
        ),
        (
            "em dashes as HTML",
            |b| b.replace("-----", "&mdash;&mdash;-"),
            Fine,
        ),
        (
            "dashes by number",
            |b| b.replace("-----", "&#8212;&#8211;-"),
            Fine,
        ),
        (
            "spaces in the markers",
            |b| b.replace("-----B", "----- B").replace("AGE ", "AGE\u{a0} "),
            Fine,
        ),
        ("plus by number", |b| b.replace('+', "&#43;"), Fine),
        ("plus by hexadecimal", |b| b.replace('+', "&#x2b;"), Fine),
        (
            "plus by number, twice",
            |b| b.replace('+', "&amp;#43;"),
            Fine,
        ),
        (
            "slash and equals",
            |b| b.replace('/', "&#47;").replace('=', "&#61;"),
            Fine,
        ),
        (
            "slash by name",
            |b| b.replacen("\nYWdl", "\n&sol;YWdl", 1),
            Refused("line 2: \"&\" cannot be part"),
        ),
        ("<br> at line ends", |b| b.replace('\n', "<br>\n"), Fine),
        ("<br/>", |b| b.replace('\n', "<br/>"), Fine),
        ("<br /> escaped", |b| b.replace('\n', "&lt;br /&gt;"), Fine),
        (
            "paragraphs",
            |b| lines(b, |_, line| format!("<p class=\"x y\">{line}</p>")),
            Fine,
        ),
        (
            "divs and spans",
            |b| lines(b, |_, line| format!("<div><span>{line}</span></div>")),
            Fine,
        ),
        (
            "preformatted",
            |b| format!("<pre><code>{b}</code></pre>"),
            Fine,
        ),
        (
            "block quote",
            |b| format!("<blockquote>{}</blockquote>", b.replace('\n', "<BR>")),
            Fine,
        ),
        ("word break", |b| b.replace('+', "<wbr>+"), Fine),
        ("[12:03] Bob:", |b| before(b, "[12:03] Bob: "), Fine),
        (
            "[12:03:44] Bob Old:",
            |b| before(b, "[12:03:44] Bob Old: "),
            Fine,
        ),
        ("12:03 - Bob:", |b| before(b, "12:03 - Bob: "), Fine),
        ("12:03 Bob:", |b| before(b, "12:03 Bob: "), Fine),
        ("12:03", |b| before(b, "12:03 "), Fine),
        ("[12:03]", |b| before(b, "[12:03] "), Fine),
        (
            "[12:03] Bob, without a colon",
            |b| before(b, "[12:03] Bob "),
            Fine,
        ),
        ("Bob:", |b| before(b, "Bob: "), Fine),
        ("<Bob>", |b| before(b, "<Bob> "), Fine),
        ("&lt;Bob&gt;", |b| before(b, "&lt;Bob&gt; "), Fine),
        ("12:03 <Bob>", |b| before(b, "12:03 <Bob> "), Fine),
        (
            "12:03:44 Bob |",
            |b| lines(b, |n, l| format!("12:03:{:02}  Bob | {l}", n % 60)),
            Fine,
        ),
        (
            "12:03:44 @Bob │",
            |b| lines(b, |n, l| format!("12:03:{:02}     @Bob │ {l}", n % 60)),
            Fine,
        ),
        (
            "times that go on",
            |b| lines(b, |n, l| format!("[12:{:02}] Bob: {l}", n % 60)),
            Fine,
        ),
        (
            "times that go on, names too",
            |b| lines(b, |n, l| format!("12:{:02} - B{n}: {l}", n % 60)),
            Fine,
        ),
        (
            "bare times that go on",
            |b| lines(b, |n, l| format!("[12:03:{:02}] {l}", n % 60)),
            Fine,
        ),
        (
            "dates",
            |b| {
                lines(b, |n, l| {
                    format!("[23.11.26, 12:03:{:02}] Bob: {l}", n % 60)
                })
            },
            Fine,
        ),
        (
            "dates without brackets",
            |b| before(b, "23/11/2026, 12:03 - Bob: "),
            Fine,
        ),
        (
            "times of half days",
            |b| lines(b, |n, l| format!("[{}:03 PM] Pam: {l}", n % 12 + 1)),
            Fine,
        ),
        (
            "a mark before the time",
            |b| before(b, "\u{200e}[23.11.26, 12:03:44] Bob: "),
            Fine,
        ),
        (
            "times, quoted",
            |b| {
                before(
                    &lines(b, |n, l| format!("12:{:02} - Bob: {l}", n % 60)),
                    "> ",
                )
            },
            Fine,
        ),
        (
            "only the first line has a name",
            |b| format!("[12:03] Bob: {b}"),
            Fine,
        ),
        (
            "in two messages",
            |b| {
                lines(b, |n, l| {
                    if n == 2 {
                        format!("[12:04] Bob: {l}")
                    } else {
                        l.into()
                    }
                })
            },
            Fine,
        ),
        (
            "a head line between",
            |b| {
                lines(b, |n, l| {
                    if n == 2 {
                        format!("Bob, [23.11.26 12:04]\n{l}")
                    } else {
                        l.into()
                    }
                })
            },
            Fine,
        ),
        (
            "a head line with a colon",
            |b| {
                lines(b, |n, l| {
                    if n == 2 {
                        format!("[12:04] Bob:\n{l}")
                    } else {
                        l.into()
                    }
                })
            },
            Fine,
        ),
        (
            "forwarded",
            |b| {
                format!(
                    "---------- Forwarded message ---------\nFrom: Bob <bob@example.com>\nDate: Mon, 23 Nov \
                     2026 at 12:03\nSubject: hello\nTo: <alice@example.com>\n\n\n{b}\n-- \nBob\n"
                )
            },
            Fine,
        ),
        (
            "original message",
            |b| {
                format!(
                    "-----Original Message-----\nFrom: Bob\n\n{}\n-----End of it-----",
                    before(b, "> ")
                )
            },
            Fine,
        ),
        (
            "wrote",
            |b| {
                format!(
                    "On Mon, 23 Nov 2026, Bob wrote:\n{}\nThanks!\n",
                    before(b, "> ")
                )
            },
            Fine,
        ),
        (
            "forwarded by a chat",
            |b| format!("Forwarded from Bob\n{b}"),
            Fine,
        ),
        (
            "words in the same lines",
            |b| format!("here it is: {} and that was it", b.trim_end()),
            Fine,
        ),
        (
            "a word that touches",
            |b| format!("look{}there", b.trim_end()),
            Fine,
        ),
        // Refused.
        (
            "nothing",
            |_| String::new(),
            Refused("there is no line -----BEGIN AGE ENCRYPTED FILE-----"),
        ),
        (
            "only words",
            |_| "hello\n".into(),
            Refused("there is no line -----BEGIN"),
        ),
        (
            "only characters",
            content,
            Refused("there is no line -----BEGIN"),
        ),
        (
            "small letters",
            str::to_lowercase,
            Refused("there is no line -----BEGIN"),
        ),
        (
            "no dashes",
            |b| b.replace("-----", ""),
            Refused("the hyphens around BEGIN AGE ENC"),
        ),
        (
            "one dash",
            |b| b.replace("-----", "-"),
            Refused("line 1: the hyphens around"),
        ),
        (
            "one dash in a line",
            |b| format!("x\n{}", b.replace("-----", "—")),
            Refused("line 2: the hyphens"),
        ),
        (
            "no END",
            |b| b.replace(END, ""),
            Refused("line 1: the message is cut off"),
        ),
        (
            "cut in the middle",
            |b| b[..b.len() / 2].into(),
            Refused("cut off; its END line is missing"),
        ),
        (
            "cut in the END line",
            |b| b[..b.len() - 9].into(),
            Refused("cut off; its END line is missing"),
        ),
        (
            "no BEGIN",
            |b| b.replace(BEGIN, ""),
            Refused("a message ends here, but its beginning is missing"),
        ),
        (
            "END before BEGIN",
            |b| format!("{END}\n{b}"),
            Refused("line 1: a message ends here, but its beginning"),
        ),
        (
            "two BEGIN lines",
            |b| format!("{BEGIN}\n{b}"),
            Refused("line 2: a message begins, but the one that began in line 1"),
        ),
        (
            "two END lines",
            |b| format!("{b}{END}\n"),
            Refused("a message ends here, but its beginning is missing"),
        ),
        (
            "cut, and again",
            |b| format!("{}\n{b}", &b[..b.len() / 2]),
            Refused("it is cut off, or the two are"),
        ),
        (
            "two mixed",
            |b| lines(b, |_, line| format!("{line}\n{line}")),
            Refused("line 2: a message begins, but the one that began in line 1 has not ended"),
        ),
        (
            "nothing in it",
            |_| format!("{BEGIN}\n\n{END}\n"),
            Refused("line 1: the message is empty"),
        ),
        (
            "of an address",
            |b| {
                b.replacen(
                    "
YWdl", "
YWdl-_", 1,
                )
            },
            Refused("line 2: \"-\" cannot be part"),
        ),
        (
            "a foreign letter",
            |b| {
                b.replacen(
                    "
YWdl", "
YWdlА", 1,
                )
            },
            Refused("cannot be part of the message"),
        ),
        (
            "a wide plus",
            |b| b.replacen("\nYWdl", "\n＋Wdl", 1),
            Refused("line 2: \"＋\" cannot be part"),
        ),
        (
            "a smile",
            |b| b.replacen("\nYWdl", "\nYWdl🙂", 1),
            Refused("line 2: \"🙂\" cannot be part"),
        ),
        (
            "an escape",
            |b| b.replacen("\nYWdl", "\n\u{1b}[2JYWdl", 1),
            Refused("line 2: \"\\u{1b}\" cannot"),
        ),
        (
            "dots for the rest",
            |b| b.replacen("\nYWdl", "\n…", 1),
            Refused("line 2: \"…\" cannot be part"),
        ),
        (
            "an unknown tag",
            |b| b.replacen("\nYWdl", "\n<x>YWdl", 1),
            Refused("line 2: \"<\" cannot be part"),
        ),
        (
            "an unknown escape",
            |b| b.replacen("\nYWdl", "\n&x;YWdl", 1),
            Refused("line 2: \"&\" cannot be part"),
        ),
        (
            "a name in one line",
            |b| b.replacen("\nYWdl", "\nBob: YWdl", 1),
            Refused("line 2: \":\" cannot be"),
        ),
        (
            "a time after a line",
            |b| b.replacen("\nYWdl", " 12:03\nYWdl", 1),
            Refused("line 1: \":\" cannot be"),
        ),
        (
            "a head line without a colon",
            |b| b.replacen("\nYWdl", "\nJane [12:03]\nYWdl", 1),
            Refused("line 2: \"[\""),
        ),
        (
            "a time before one line",
            |b| b.replacen("\nYWdl", "\n[12:03] YWdl", 1),
            Refused("line 2: it is unclear"),
        ),
        (
            "a name after a time",
            |b| b.replacen("\nYWdl", "\n[12:03] Jane\nYWdl", 1),
            Refused("line 2: it is unclear"),
        ),
        (
            "times that go on, names without a colon",
            |b| lines(b, |n, l| format!("[12:03:{:02}] Janet {l}", n % 60)),
            Refused(
                "line 2: it is unclear whether the beginning of the line is part of the message",
            ),
        ),
        (
            "times that go on, a name alone",
            |b| {
                lines(b, |n, l| {
                    format!(
                        "[12:03:{:02}] {}",
                        n % 60,
                        if n == 1 {
                            format!("Jane\n[12:04] {l}")
                        } else {
                            l.into()
                        }
                    )
                })
            },
            Refused("it is unclear whether the beginning of the line is part of the message"),
        ),
        (
            "names without times",
            |b| lines(b, |n, l| if n > 0 { format!("Jane {l}") } else { l.into() }),
            Refused("line 3: it is unclear"),
        ),
        (
            "long names without times",
            |b| {
                lines(b, |n, l| {
                    if n > 0 {
                        format!("ChristopherColumbus1 {l}")
                    } else {
                        l.into()
                    }
                })
            },
            Refused("line 3: it is unclear"),
        ),
        (
            "a word in the middle",
            |b| b.replacen("\nYWdl", "\nYWdl word ", 1),
            Refused("there are spaces inside the line"),
        ),
        (
            "= in the middle",
            |b| b.replacen("\nYWdl", "\nYW==dl", 1),
            Refused("line 2: there is a \"=\" in the middle"),
        ),
        (
            "= at a line's end",
            |b| b.replacen("\nYWdl", "\nYWdl=\n", 1),
            Refused("there is a \"=\" in the middle"),
        ),
        (
            "quoted-printable",
            |b| b.replace('\n', "=\n"),
            Refused("there is a \"=\" in the middle"),
        ),
        (
            "a character missing",
            |b| b.replacen("\nYWdl", "\nYWd", 1),
            Refused("characters, so some are missing"),
        ),
        (
            "a character doubled",
            |b| b.replacen("\nYWdl", "\nYYWdl", 1),
            Refused("characters, so some are missing"),
        ),
        (
            "a character became a quotation mark",
            |b| b.replacen("\nY", "\n>", 1),
            Refused("characters, so some are missing"),
        ),
        // Read, and detected by the file's own checks.
        (
            "a line missing",
            |b| lines(b, |n, l| if n == 2 { String::new() } else { l.into() }),
            Closed,
        ),
        (
            "a line twice",
            |b| {
                lines(b, |n, l| {
                    if n == 2 {
                        format!("{l}\n{l}")
                    } else {
                        l.into()
                    }
                })
            },
            Closed,
        ),
        (
            "a character changed",
            |b| b.replacen("\nYWdl", "\nZWdl", 1),
            Closed,
        ),
        (
            "two lines changed about",
            |b| {
                let mut lines: Vec<_> = b.lines().collect();
                lines.swap(1, 2);
                lines.join("\n")
            },
            Closed,
        ),
    ]
}

#[test]
fn a_block_survives_chats_and_mail() {
    let table = table();
    println!("{} manglings", table.len());
    assert!(table.len() >= 100);
    for sent in sent() {
        assert!(sent.opens(&sent.block));
        for (name, mangle, fate) in &table {
            let mangled = mangle(&sent.block);
            holds(&sent, name, &mangled, fate);
        }
    }
}

/// Through two programs, one after the other: whatever is read is correct.
#[test]
fn two_manglings_are_read_right_or_refused() {
    let (sent, table) = (Sent::new(5), table());
    let fine = || table.iter().filter(|(_, _, fate)| matches!(fate, Fine));
    let (mut read, mut all) = (0, 0);
    for (first_name, first, _) in fine() {
        let once = first(&sent.block);
        for (second_name, second, _) in fine() {
            all += 1;
            if let Ok(paste) = find(&second(&once), KIND) {
                read += 1;
                assert_eq!(paste.blocks.len(), 1, "{first_name}, {second_name}");
                assert_eq!(
                    paste.blocks[0].armored, sent.block,
                    "{first_name}, {second_name}: read wrong"
                );
            }
        }
    }
    println!("{read} of {all} read");
    assert!(read * 10 > all * 7, "{read} of {all}");
}

#[test]
fn every_width_gives_the_block_again() {
    for sent in sent() {
        for width in 8..=140 {
            holds(&sent, "hard", &hard(&sent.block, width), &Fine);
            holds(
                &sent,
                "quoted",
                &before(&hard(&sent.block, width), "> "),
                &Fine,
            );
            holds(
                &sent,
                "joined",
                &hard(&one_line(&sent.block, ""), width),
                &Fine,
            );
            if width >= 40 {
                holds(
                    &sent,
                    "quoted before",
                    &hard(&before(&sent.block, "> > "), width),
                    &Fine,
                );
                holds(&sent, "filled", &filled(&sent.block, width), &Fine);
                holds(
                    &sent,
                    "spaces",
                    &hard(&one_line(&sent.block, " "), width),
                    &Fine,
                );
            }
        }
    }
}

#[test]
fn a_changed_byte_is_refused() {
    let sent = Sent::new(60);
    for at in 0..sent.block.len() {
        for put in [
            b'A', b'b', b'+', b'=', b' ', b'\n', b'>', b':', b'-', b'<', b'&', 0x1b,
        ] {
            let mut changed = sent.block.clone().into_bytes();
            if changed[at] == put {
                continue;
            }
            changed[at] = put;
            let changed = String::from_utf8(changed).unwrap();
            // Replacing a space by another, or adding one beside a marker, changes nothing.
            let Ok(paste) = find(&changed, KIND) else {
                continue;
            };
            let same = paste.blocks[0].armored == sent.block;
            assert!(
                same || !sent.opens(&paste.blocks[0].armored),
                "{at}: {changed}"
            );
            let blank = |byte: u8| byte.is_ascii_whitespace() || byte == b'>';
            assert!(
                !same || blank(sent.block.as_bytes()[at]) || at > sent.block.len() - 6,
                "{at}: {changed}"
            );
        }
    }
}

#[test]
fn plus_signs_that_an_address_lost_are_missed() {
    let mut seen = 0;
    for _ in 0..40 {
        let sent = Sent::new(400);
        let lost = sent.block.replace('+', " ");
        seen += usize::from(lost != sent.block);
        match find(&lost, KIND) {
            Ok(paste) => assert_eq!(paste.blocks[0].armored, sent.block),
            Err(error) => assert!(
                matches!(
                    error,
                    PasteError::Spaces { .. }
                        | PasteError::Length { .. }
                        | PasteError::Ambiguous { .. }
                ),
                "{error}"
            ),
        }
    }
    assert!(seen > 20);
}

#[test]
fn several_blocks_are_found_in_order_with_the_text_between() {
    let [one, two, _] = <[Sent; 3]>::try_from(sent()).ok().unwrap();
    let text = format!(
        "hello\n> [12:03] Bob:\n{}> well\u{1b}[2J\n>\n\n{}bye\n\n",
        lines(&one.block, |n, line| format!("> [12:{n:02}] Bob: {line}")),
        two.block
    );
    let paste = find(&text, KIND).unwrap();
    let texts = |pieces: &[bulla_age::untrusted::Untrusted]| -> Vec<String> {
        pieces.iter().map(ToString::to_string).collect()
    };
    let [first, second] = &paste.blocks[..] else {
        panic!("{paste:?}")
    };
    assert_eq!((&first.armored, &second.armored), (&one.block, &two.block));
    assert_eq!(
        (first.line, second.line),
        (3, 3 + one.block.lines().count() + 3)
    );
    assert_eq!(
        texts(&first.before),
        ["hello", "> [12:03] Bob:", "> [12:00] Bob:"]
    );
    assert_eq!(texts(&first.inside)[..2], ["[12:01] Bob:", "[12:02] Bob:"]);
    assert_eq!(texts(&second.before), ["> well\\u{1b}[2J"]);
    assert_eq!(texts(&second.inside), [""; 0]);
    assert_eq!(texts(&paste.after), ["bye"]);
    let touching = format!("{}{}", one_line(&one.block, ""), one_line(&two.block, ""));
    let paste = find(&touching, KIND).unwrap();
    assert_eq!(
        paste
            .blocks
            .iter()
            .map(|block| &block.armored)
            .collect::<Vec<_>>(),
        [&one.block, &two.block]
    );
}

#[test]
fn a_block_of_another_kind_is_found_by_its_own_name() {
    let mut card = Vec::new();
    writeln!(
        card,
        "> -----BEGIN BULLA CARD-----\n> IyBidWxsYSBjYXJk\n> -----END BULLA CARD-----"
    )
    .unwrap();
    let card = String::from_utf8(card).unwrap();
    let paste = find(&card, "BULLA CARD").unwrap();
    assert_eq!(paste.blocks[0].armored, card.replace("> ", ""));
    assert!(matches!(find(&card, KIND), Err(PasteError::Nothing(_))));
    assert_eq!(
        find("-----BEGIN X-----\nQR==\n-----END X-----", "X"),
        Err(PasteError::Last { line: 1 })
    );
}

#[test]
fn a_large_paste_is_parsed_quickly() {
    let begun = std::time::Instant::now();
    for text in [
        "-".repeat(1 << 18),
        "- ".repeat(1 << 17),
        "-\n".repeat(1 << 17),
        "<".repeat(1 << 18),
        "&".repeat(1 << 18),
    ] {
        assert!(find(&text, KIND).is_err());
    }
    let block = format!("{BEGIN}\n{}{END}\n", "[12:03] Bob: QUJD\n".repeat(20_000));
    assert_eq!(find(&block, KIND).unwrap().blocks.len(), 1);
    assert!(begun.elapsed().as_secs() < 30, "{:?}", begun.elapsed());
}
