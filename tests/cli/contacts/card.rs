//! `bulla card`: made once, printed again in every form; and cards as `-R` files.

use crate::env::{Outcome, TestEnv};
use crate::pty::Terminal;
use crate::tools::need;

/// The words of the seed 00 01 02 … 1f.
const WORDS: &str = "abandon amount liar amount expire adjust cage candy arch gather drum bullet absurd math era live bid \
                     rhythm alien crouch range attend journey unaware";
const SIGNING_KEY: &str = "ed25519 Ola0g2HzFm0FrePqj2VS1fbmeGdKGKfkMqwNizfktzs mldsa65 TYt3M7Nc0K5VHlMz3f501mM+7PdgtIK0mOHLBthktec";
const CLASSIC: &str = "age10w840jqz8nm0cc7wglxwmgg7vpx7n6zuga2jhp3hutr9m06az3pq2qazjj";
const NUMBER: &str = "42709 20235 75307 05756 51636 28583";
/// An expired card of this identity, made by a second program.
const EXPIRED: &str = "# bulla card v1\n\
     # name: me\n\
     # sign: ed25519 Ola0g2HzFm0FrePqj2VS1fbmeGdKGKfkMqwNizfktzs mldsa65 TYt3M7Nc0K5VHlMz3f501mM+7PdgtIK0mOHLBthktec\n\
     # serial: 1600000000\n\
     # created: 2020-01-01\n\
     # expires: 2021-01-01\n\
     age10w840jqz8nm0cc7wglxwmgg7vpx7n6zuga2jhp3hutr9m06az3pq2qazjj\n\
     # sig: Q0G612VXJ/qsAcP8CdqG8b592DNBGc56Lf/pRUDi0siQ2SIjhPWZLnxsUqtycYcR4A9uxgbZAQk8Xwq1zEiqCw\n";
/// One with the highest serial number.
const FUTURE: &str = "# bulla card v1\n\
     # name: me\n\
     # sign: ed25519 Ola0g2HzFm0FrePqj2VS1fbmeGdKGKfkMqwNizfktzs mldsa65 TYt3M7Nc0K5VHlMz3f501mM+7PdgtIK0mOHLBthktec\n\
     # serial: 18446744073709551615\n\
     # created: 2020-01-01\n\
     # expires: 2999-01-01\n\
     age10w840jqz8nm0cc7wglxwmgg7vpx7n6zuga2jhp3hutr9m06az3pq2qazjj\n\
     # sig: ibHdypsy/J4QbTctCe46swqMtj/RYlG6W0WDSfhEHXZs69EjsABsvv23JYBVFDn22k7aiSNxmC6FZPPDKVNZDQ\n";
const ASK: &str = "bulla: hint: They can check it with your safety number; read it to them in person or by \
    phone: bulla identity show --number me\n";

/// Restores the identity "me" from the known words, without a passphrase.
fn env(more: &[&str]) -> TestEnv {
    let env = TestEnv::new();
    let args = [
        &["identity", "restore", "me", "--no-passphrase", "-q"],
        more,
    ]
    .concat();
    assert_eq!(env.bulla(args).stdin(WORDS).run().code, Some(0));
    env
}

fn card(env: &TestEnv, args: &[&str]) -> Outcome {
    env.bulla([&["card"], args].concat()).run()
}

fn kept(env: &TestEnv) -> String {
    String::from_utf8(env.read("../bulla/identities/me.card")).unwrap()
}

/// The text of a card for a key.
#[track_caller]
fn said<'a>(card: &'a str, key: &str) -> &'a str {
    let line = card.lines().find_map(|line| {
        line.strip_prefix("# ")?
            .strip_prefix(key)?
            .strip_prefix(": ")
    });
    line.unwrap_or_else(|| panic!("{key}: {card}"))
}

/// The message about a new card.
fn made(expires: &str) -> String {
    format!("Made a new card for identity me, valid until {expires}\n{ASK}")
}

fn in_two_years() -> String {
    let today = humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string();
    let year: u32 = today[..4].parse().unwrap();
    let date = format!("{}{}", year + 2, &today[4..10]);
    if date.ends_with("-02-29") {
        date.replace("-29", "-28")
    } else {
        date
    }
}

/// A card that was made while the clock was wrong is one that nobody accepts. Its owner is told, and
/// the next card has the right number.
#[test]
fn a_card_of_your_own_from_the_future_is_made_again() {
    let env = env(&["--classic"]);
    card(&env, &["-q"]);
    env.in_keyring("identities/me.card", FUTURE);
    let refused = "bulla: error: The saved card of identity me has a serial number more than a day ahead of \
                   this computer's clock, so nobody accepts it\n\
                   bulla: hint: Make a new one: bulla card --renew --as me\n";
    assert_eq!(env.fails(7, &["card"]), refused);
    card(&env, &["--renew", "-q"]);
    let serial: u64 = said(&kept(&env), "serial").parse().unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    assert!(serial.abs_diff(now.unwrap().as_secs()) < 1_000, "{serial}");
}

#[test]
fn a_card_is_made_once_and_is_the_same_until_it_is_renewed() {
    let env = env(&["--classic"]);
    let first = card(&env, &[]);
    let text = kept(&env);
    first.assert(0, &text, &made(&in_two_years()));
    let expected = format!(
        "# bulla card v1\n# name: me\n# sign: {SIGNING_KEY}\n# serial: {}\n# created: {}\n# expires: {}\n{CLASSIC}\n# sig: {}\n",
        said(&text, "serial"),
        said(&text, "created"),
        in_two_years(),
        said(&text, "sig"),
    );
    assert_eq!(text, expected);
    card(&env, &[]).assert(0, &text, "");
    card(&env, &["--as", "me", "-o", "-"]).assert(0, &text, "");
    let renewed = card(
        &env,
        &[
            "--renew",
            "--name",
            "Älice Example",
            "--expires",
            "2099-12-31",
        ],
    );
    let second = kept(&env);
    renewed.assert(0, &second, &made("2099-12-31"));
    assert_eq!(
        (said(&second, "name"), said(&second, "expires")),
        ("Älice Example", "2099-12-31")
    );
    let serial = |text: &str| said(text, "serial").parse::<u64>().unwrap();
    assert!(serial(&second) > serial(&text));
    // The name stays the same, the date changes.
    card(&env, &["--renew", "-q"]).assert(0, kept(&env), "");
    let third = kept(&env);
    assert_eq!(
        (said(&third, "name"), said(&third, "expires")),
        ("Älice Example", &*in_two_years())
    );
    assert!(serial(&third) > serial(&second));
    let mode = std::os::unix::fs::PermissionsExt::mode;
    let kept = env
        .path("../bulla/identities/me.card")
        .metadata()
        .unwrap()
        .permissions();
    assert_eq!(mode(&kept) & 0o777, 0o600);
}

#[test]
fn a_card_is_kept_under_its_identitys_name() {
    let env = env(&["--classic"]);
    card(&env, &["-q"]);
    env.bulla(["identity", "rename", "me", "alice"]).run();
    assert!(env.path("../bulla/identities/alice.card").exists());
    assert_eq!(card(&env, &["--as", "alice"]).code, Some(0));
    env.bulla(["identity", "remove", "alice", "--yes", "--force"])
        .run();
    assert!(!env.path("../bulla/identities/alice.card").exists());
    card(&env, &[]).assert(
        2,
        "",
        "bulla: error: You have no identity yet\nbulla: hint: Create one: bulla identity new\n",
    );
}

#[test]
fn a_locked_identity_is_asked_for_once_and_then_not_at_all() {
    let env = TestEnv::new();
    let new = [
        "identity",
        "new",
        "--classic",
        "--work-factor",
        "10",
        "-q",
        "--passphrase-fd",
        "3",
    ];
    env.bulla(new).descriptor(3, "red clay and reeds").run();
    // The card that was made with the identity is lost, as in a keyring of an older version.
    std::fs::remove_file(env.path("../bulla/identities/me.card")).unwrap();
    card(&env, &[]).assert(
        2,
        "",
        "bulla: error: The passphrase for identity me is needed, but there is no terminal to \
         ask on\n\
         bulla: hint: Pass it with --passphrase-fd N or --passphrase-file PATH\n",
    );
    let wrong = env
        .bulla(["card", "--passphrase-fd", "3"])
        .descriptor(3, "mud")
        .run();
    wrong.assert(
        3,
        "",
        "bulla: error: Wrong passphrase for identity me\nbulla: hint: Try again; nothing was \
         changed\n",
    );
    assert!(!env.path("../bulla/identities/me.card").exists());
    let first = env
        .bulla(["card", "--passphrase-fd", "3"])
        .descriptor(3, "red clay and reeds")
        .run();
    first.assert(0, kept(&env), &made(&in_two_years()));
    card(&env, &["--no-prompt"]).assert(0, kept(&env), "");
    // An unlocked identity needs no passphrase.
    let unlocked = env
        .bulla(["unlock", "--passphrase-fd", "3"])
        .descriptor(3, "red clay and reeds")
        .run();
    if unlocked.code == Some(0) {
        card(&env, &["--no-prompt", "--renew", "-q"]).assert(0, kept(&env), "");
        env.bulla(["lock"]).run();
    }
}

#[test]
fn a_card_file_is_not_overwritten_without_force() {
    let env = env(&[]);
    let said_of_it = "Wrote your card to me.card. Send it to your contacts\n";
    card(&env, &["-o", "me.card"]).assert(0, "", &format!("{said_of_it}{}", made(&in_two_years())));
    assert_eq!(env.read("me.card"), kept(&env).as_bytes());
    let recipient = kept(&env)
        .lines()
        .find(|line| line.starts_with("age1pq1"))
        .unwrap()
        .to_owned();
    assert_eq!(said(&kept(&env), "also"), CLASSIC);
    let before = kept(&env);
    card(&env, &["--renew", "-o", "me.card"]).assert(
        7,
        "",
        "bulla: error: me.card already exists\n\
         bulla: hint: Overwrite it with --force, or choose another name with -o PATH\n",
    );
    assert_eq!(kept(&env), before);
    card(&env, &["-fo", "me.card"]).assert(0, "", said_of_it);
    // Other programs read it as a recipients file.
    env.write("plain", "hello");
    let closed = env
        .bulla(["encrypt", "-R", "me.card", "-o", "closed", "plain"])
        .run();
    assert_eq!(
        (closed.code, closed.stdout.len()),
        (Some(0), 0),
        "{closed:?}"
    );
    env.bulla(["decrypt", "-q", "-o", "-", "closed"])
        .run()
        .assert(0, "hello", "");
    let with_key = env
        .bulla([
            "encrypt", "--json", "-r", &recipient, "-o", "other", "plain",
        ])
        .run();
    let with_card = env
        .bulla([
            "encrypt", "--json", "-R", "me.card", "-fo", "other", "plain",
        ])
        .run();
    let recipients = |outcome: &Outcome| {
        serde_json::from_slice::<serde_json::Value>(&outcome.stdout).unwrap()["recipients"].clone()
    };
    assert_eq!(recipients(&with_card), recipients(&with_key));
}

#[test]
fn other_tools_take_a_card() {
    let age = need!("age");
    let env = env(&["--classic"]);
    card(&env, &["-qo", "me.card"]);
    let crlf = String::from_utf8(env.read("me.card"))
        .unwrap()
        .replace('\n', "\r\n");
    env.write("crlf.card", crlf);
    for file in ["me.card", "crlf.card"] {
        let closed = env.program(&age, ["-R", file]).stdin("hello").run();
        env.bulla(["decrypt"])
            .stdin(closed.assert_quiet().stdout.clone())
            .run()
            .assert(0, "hello", "");
    }
}

#[test]
fn a_file_with_a_card_header_must_be_a_card() {
    let env = env(&["--classic"]);
    card(&env, &["-q"]);
    let text = kept(&env);
    let surrounded = "it contains a card that is quoted or has other text around it, so its exact text \
        is unknown";
    let hint = "bulla: hint: Use the original file. To send a card in a chat: bulla card --armor\n";
    let changed = "it has an invalid signature: the card was modified, or was not signed with the key it names";
    let again = "bulla: hint: Ask the sender to send it again through another channel\n";
    let second = "age153zt682esnft5d6vyg5rmlh89yyfg43yy0y47vf8k528679rnprqsqdthz";
    let cases = [
        (text.replace("# name: me", "# name: you"), 7, changed, again),
        (text.replace(CLASSIC, second), 7, changed, again),
        (
            text.replace(CLASSIC, &format!("{CLASSIC}\n{second}")),
            2,
            "line 8: there is a second recipient",
            "",
        ),
        (format!("{second}\n{text}"), 2, surrounded, hint),
        (format!("{text}{second}\n"), 2, surrounded, hint),
        (format!("# my friend:\n{text}"), 2, surrounded, hint),
        (
            text.replace("# name", "# name\r"),
            2,
            "line 2: it contains a carriage return",
            "",
        ),
        (
            format!("\u{feff}{text}"),
            2,
            "line 1: it starts with a byte order mark",
            "",
        ),
    ];
    for (wrong, code, why, hint) in cases {
        env.write("card", wrong);
        let refused = env.bulla(["encrypt", "-R", "card"]).stdin("x").run();
        let said = match why.strip_prefix("it ") {
            Some(rest) => format!("card {rest}"),
            _ => format!("card: {why}"),
        };
        refused.assert(code, "", &format!("bulla: error: {said}\n{hint}"));
    }
    env.write("card", EXPIRED);
    let warned = env.bulla(["encrypt", "-q", "-R", "card"]).stdin("x").run();
    warned.assert(
        0,
        &warned.stdout,
        "bulla: warning: card: the card expired on 2021-01-01\n",
    );
}

#[test]
fn every_form_holds_the_same_card() {
    let env = env(&["--classic"]);
    card(&env, &["-q"]);
    let text = kept(&env);
    let armored = card(&env, &["--armor"]);
    let lines = String::from_utf8(armored.assert_quiet().stdout.clone()).unwrap();
    assert!(
        lines.starts_with("-----BEGIN BULLA CARD-----\n")
            && lines.ends_with("\n-----END BULLA CARD-----\n")
    );
    assert!(lines.lines().all(|line| line.len() <= 64));
    let json = card(&env, &["--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.assert_quiet().stdout).unwrap();
    let expected = serde_json::json!({
        "schema": 1,
        "command": "card",
        "status": "ok",
        "identity": "me",
        "card_name": "me",
        "signing_key": SIGNING_KEY,
        "safety_number": NUMBER,
        "serial": said(&text, "serial").parse::<u64>().unwrap(),
        "created": said(&text, "created"),
        "expires": said(&text, "expires"),
        "recipients": [CLASSIC],
        "new": false,
        "text": text,
        "output": null,
    });
    assert_eq!(json, expected);
    let drawn = card(&env, &["--qr"]);
    let drawn = String::from_utf8(drawn.assert_quiet().stdout.clone()).unwrap();
    assert!(
        drawn.lines().count() > 30 && drawn.chars().all(|c| "█▀▄ \n".contains(c)),
        "{drawn}"
    );
    let status = |file: &str| format!("Wrote your card to {file}. Send it to your contacts\n");
    card(&env, &["-o", "me.png"]).assert(0, "", &status("me.png"));
    assert!(env.read("me.png").starts_with(b"\x89PNG\r\n\x1a\n"));
    card(&env, &["--qr", "-o", "me.SVG"]).assert(0, "", &status("me.SVG"));
    let svg = String::from_utf8(env.read("me.SVG")).unwrap();
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    for (args, why) in [
        (
            ["--qr", "-o", "x"],
            "A picture must be a PNG or SVG file\nbulla: hint: Choose one with -o card.png or -o card.svg",
        ),
        (
            ["--armor", "-o", "x.png"],
            "A picture contains the card as it is, so --armor does not apply",
        ),
    ] {
        card(&env, &args).assert(2, "", &format!("bulla: error: {why}\n"));
    }
    assert_eq!(env.list(), ["me.SVG", "me.png"]);
    env.write("drawn", drawn);
    ["me.SVG", "me.png", "drawn"]
        .iter()
        .for_each(|file| holds(&env, file, &text));
}

/// Checks with a second program that a QR code contains this text.
#[track_caller]
fn holds(env: &TestEnv, file: &str, text: &str) {
    let python = need!("python3");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/contacts/read_qr.py");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let read = env.program(&python, [script, file]).env("PATH", path).run();
    assert_eq!(
        (read.code, String::from_utf8_lossy(&read.stdout).as_ref()),
        (Some(0), text),
        "{}",
        read.stderr
    );
}

#[test]
fn a_post_quantum_card_is_a_picture_and_no_drawing() {
    let env = env(&[]);
    card(&env, &["--qr"]).assert(
        7,
        "",
        "bulla: error: A post-quantum card does not fit in a QR code on a terminal\n\
         bulla: hint: Write a picture instead: bulla card --qr -o card.png\n",
    );
    assert!(!env.path("../bulla/identities/me.card").exists());
    let expected = format!(
        "Wrote your card to me.svg. Send it to your contacts\n{}",
        made(&in_two_years())
    );
    card(&env, &["--qr", "-o", "me.svg"]).assert(0, "", &expected);
    assert!(
        (2200..2400).contains(&kept(&env).len()),
        "{}",
        kept(&env).len()
    );
    holds(&env, "me.svg", &kept(&env));
}

#[test]
fn a_drawing_needs_a_terminal_that_is_wide_enough() {
    let env = env(&["--classic"]);
    card(&env, &["-q"]);
    let Some(terminal) = env
        .bulla(["card", "--qr"])
        .env("COLUMNS", "60")
        .on_terminal()
    else {
        return;
    };
    terminal
        .wait_for("The QR code needs 73 columns, but there are")
        .wait_for("bulla card --qr -o card.png");
    assert_eq!(Terminal::end(terminal).code, Some(7));
}

#[test]
fn an_expiring_card_is_reported() {
    let env = env(&["--classic"]);
    let date = humantime::format_rfc3339_seconds(
        std::time::SystemTime::now() + std::time::Duration::from_secs(59 * 86_400),
    )
    .to_string();
    let date = &date[..10];
    let notice = format!(
        "bulla: warning: The card of identity me expires on {date}\n\
         bulla: hint: Make a new card: bulla card --renew --as me\n"
    );
    card(&env, &["--expires", "59d"]).assert(0, kept(&env), &format!("{}{notice}", made(date)));
    card(&env, &[]).assert(0, kept(&env), &notice);
    card(&env, &["--expires", "62d", "-q"]).assert(0, kept(&env), "");
    std::fs::write(env.path("../bulla/identities/me.card"), EXPIRED).unwrap();
    let notice = "bulla: warning: The card of identity me expired on 2021-01-01\n\
                  bulla: hint: Make a new card: bulla card --renew --as me\n";
    card(&env, &[]).assert(0, EXPIRED, notice);
    let doctor = String::from_utf8(env.bulla(["doctor"]).run().stdout).unwrap();
    let finding =
        "- The card of identity me expired on 2021-01-01\n  fix: bulla card --renew --as me\n";
    assert!(doctor.contains(finding), "{doctor}");
    let useless = "bulla: error: The expiry date is in the past\n";
    card(&env, &["--expires", "2020-01-01"]).assert(2, "", useless);
    for wrong in ["2026-02-30", "tomorrow", "200y", "-1d", ""] {
        assert_eq!(card(&env, &["--expires", wrong]).code, Some(2), "{wrong}");
    }
    assert_eq!(kept(&env), EXPIRED);
}

#[test]
fn a_name_that_is_invalid_in_a_card_is_refused() {
    let env = env(&["--classic"]);
    let why = "The name in a card must have 1 to 64 characters, without control characters or \
        surrounding spaces";
    let twin = format!("me\n# also: {CLASSIC}");
    for name in [
        "",
        " me",
        "me\u{1b}[2J",
        "\u{202e}em",
        &twin,
        &"x".repeat(65),
    ] {
        card(&env, &["--name", name]).assert(2, "", &format!("bulla: error: {why}\n"));
    }
    let rule = "The name in a card may have letters, digits, single spaces and . , ' - & + @ _ (write an \
        accented letter as one character)";
    for name in [
        "me\")   keys verified",
        "me  (you)",
        "m\u{65}\u{301}",
        "\u{201c}me\u{201d}",
    ] {
        card(&env, &["--name", name]).assert(2, "", &format!("bulla: error: {rule}\n"));
    }
    assert!(!env.path("../bulla/identities/me.card").exists());
    assert_eq!(card(&env, &["--name", &"é".repeat(64)]).code, Some(0));
}

#[test]
fn a_damaged_or_mismatched_card_is_not_exported() {
    let env = env(&["--classic"]);
    card(&env, &["-q"]);
    let path = env.path("../bulla/identities/me.card");
    std::fs::write(&path, kept(&env).replace("# name: me", "# name: mr")).unwrap();
    let why = "[TMP]/bulla/identities/me.card has an invalid signature: the card was modified, \
        or was not signed with the key it names";
    let mend = "bulla: hint: Fix it by hand, or restore it from .previous/ or a backup. The rest of \
        the keyring can be read\n";
    card(&env, &[]).assert(8, "", &format!("bulla: error: {why}\n{mend}"));
    let doctor = String::from_utf8(env.bulla(["doctor"]).run().stdout).unwrap();
    assert!(
        doctor.contains("  fix: bulla card --renew --as me\n"),
        "{doctor}"
    );
    let renewed = card(&env, &["--renew"]);
    renewed.assert(
        0,
        kept(&env),
        &format!(
            "bulla: warning: {why}\n{mend}bulla: warning: The new card does not list your former keys, and its serial number starts over\n{}",
            made(&in_two_years())
        ),
    );
    env.bulla(["identity", "new", "other", "--no-passphrase", "-q"])
        .run();
    std::fs::copy(&path, env.path("../bulla/identities/other.card")).unwrap();
    card(&env, &["--as", "other"]).assert(
        7,
        "",
        "bulla: error: The saved card does not belong to the current keys of identity other\n\
         bulla: hint: Make a new one: bulla card --renew --as other\n",
    );
    std::fs::rename(&path, env.path("../bulla/identities/nobody.card")).unwrap();
    let doctor = String::from_utf8(env.bulla(["doctor"]).run().stdout).unwrap();
    let stale = "! The saved card does not belong to the current keys of identity other\n  fix: bulla \
        card --renew --as other\n";
    assert!(doctor.contains(stale), "{doctor}");
    assert!(
        doctor.contains("identities/nobody.card is a card without an identity\n  fix: rm "),
        "{doctor}"
    );
}

#[test]
fn imported_keys_have_no_card() {
    let env = TestEnv::new().with_key();
    env.bulla(["identity", "import", "me", "key", "--no-passphrase", "-q"])
        .run();
    card(&env, &[]).assert(
        7,
        "",
        "bulla: error: me was imported from age, so it cannot sign and has no card\n\
         bulla: hint: Create one that can: bulla identity new NAME\n",
    );
}
