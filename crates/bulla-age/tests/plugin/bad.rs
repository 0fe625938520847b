//! `age-plugin-bullabad`: an age plugin for tests that misbehaves.
//!
//! The data of its recipient or identity names its fault:
//! - `early` exits at once with success.
//! - `die` exits in the middle of a stanza.
//! - `nonsense` does not speak the protocol.
//! - `binary` sends bytes that are not text.
//! - `endless` sends a line that never ends.
//! - `escape` sends messages and an error that would control a terminal.
//! - `silent` sends nothing and waits until its input is closed.
//! - `deaf` does not even notice that.
//! - `short` wraps no key.
//! - `index` answers for a file that was not in the request.
//! - `key` returns a file key of the wrong length.
//! - `pin` reports a wrong PIN, and exits without `done`, as plugins on age's Go framework do.
//! - `pin?` asks for the PIN before.
//!
//! Without data it is the plugin of a passphrase, which it does not ask for and does not use: its
//! stanza is of the type `scrypt`, and its label differs for each session. Two file keys at once fail,
//! as with a plugin on age's Go framework whose label differs for each file.

use std::io::{self, BufRead, Write};

/// Would change the color, ring the bell, clear the screen, and reverse the text.
const ESCAPES: &str = "\u{1b}[31mred\u{1b}[2J\u{7}\u{202e}desrever\u{200b}\u{9b}1m";

fn main() -> io::Result<()> {
    let mut said = Vec::new();
    for line in io::stdin().lock().lines() {
        said.push(line?);
        if said.last().is_some_and(|line| line == "-> done") {
            break;
        }
    }
    let wraps = std::env::args().any(|arg| arg == "--age-plugin=recipient-v1");
    match mode(&said).as_str() {
        "" if wraps => wrap(&said),
        "" => unwrap(&said),
        "pin" => fail("wrong PIN, 2 tries left"),
        "pin?" => command("request-secret", b"PIN").and_then(|()| fail("wrong PIN, 2 tries left")),
        "early" => Ok(()),
        "die" => {
            send("-> recipient-sta")?;
            std::process::exit(1)
        }
        "nonsense" => send("hello, is this the right room?\n"),
        "binary" => io::stdout().write_all(&[0, 255, 254, b'\n', 128]),
        "endless" => loop {
            send(&"x".repeat(65536))?;
        },
        "escape" => escape(),
        "silent" => io::copy(&mut io::stdin(), &mut io::sink()).map(drop),
        "deaf" => {
            std::thread::sleep(std::time::Duration::from_secs(600));
            Ok(())
        }
        "short" => send("-> done\n\n"),
        "index" => command(
            if wraps {
                "recipient-stanza 7 bullabad"
            } else {
                "file-key 7"
            },
            &[7; 16],
        )
        .and_then(|()| done()),
        "key" => command(
            if wraps {
                "recipient-stanza 0 bullabad"
            } else {
                "file-key 0"
            },
            &[7; 15],
        )
        .and_then(|()| done()),
        // Waits until age closes the connection: age may still be writing, and would report a
        // broken pipe instead.
        other => command(
            "error internal",
            format!("no such mode: {other}").as_bytes(),
        )
        .and_then(|()| done())
        .and_then(|()| io::copy(&mut io::stdin(), &mut io::sink()).map(drop)),
    }
}

/// The mode named by the first recipient or identity received.
fn mode(said: &[String]) -> String {
    let given = said.iter().find_map(|line| {
        line.strip_prefix("-> add-recipient ")
            .or_else(|| line.strip_prefix("-> add-identity "))
    });
    let data = given
        .and_then(|text| bech32::decode(text).ok())
        .map(|(_, data)| data);
    String::from_utf8_lossy(&data.unwrap_or_default()).into_owned()
}

/// Reports an error, and exits without `done`.
fn fail(error: &str) -> io::Result<()> {
    command("error internal", error.as_bytes())?;
    std::process::exit(3)
}

/// The words and the body of each command that was received.
fn commands(said: &[String]) -> impl Iterator<Item = (&str, &str)> {
    said.windows(2)
        .filter_map(|pair| Some((pair[0].strip_prefix("-> ")?, pair[1].as_str())))
}

fn decoded(body: &str) -> Vec<u8> {
    use base64::Engine;
    let bytes = base64::prelude::BASE64_STANDARD_NO_PAD.decode(body);
    bytes.expect("the client sends valid base64")
}

/// Wraps one file key. The body of the stanza is the key, twice.
fn wrap(said: &[String]) -> io::Result<()> {
    let mut keys = commands(said).filter(|(words, _)| *words == "wrap-file-key");
    let (_, key) = keys.next().expect("the client sends a file key");
    if keys.next().is_some() {
        return fail("labels do not match previous recipients");
    }
    command(&format!("labels session-{}", std::process::id()), b"")?;
    let salt = "AAAAAAAAAAAAAAAAAAAAAA";
    let body = [decoded(key), decoded(key)].concat();
    command(&format!("recipient-stanza 0 scrypt {salt} 10"), &body)?;
    done()
}

fn unwrap(said: &[String]) -> io::Result<()> {
    for (words, body) in commands(said) {
        let words: Vec<&str> = words.split(' ').collect();
        if let ["recipient-stanza", file, "scrypt", ..] = words[..] {
            command(&format!("file-key {file}"), &decoded(body)[..16])?;
        }
    }
    done()
}

fn escape() -> io::Result<()> {
    command("msg", ESCAPES.as_bytes())?;
    command("error internal", format!("broken {ESCAPES}").as_bytes())?;
    done()
}

fn done() -> io::Result<()> {
    send("-> done\n\n")
}

fn send(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Sends a command with its body, and waits for an answer of two lines.
fn command(line: &str, body: &[u8]) -> io::Result<()> {
    use base64::Engine;
    let encoded = base64::prelude::BASE64_STANDARD_NO_PAD.encode(body);
    let mut wrapped: Vec<_> = encoded
        .as_bytes()
        .chunks(64)
        .map(String::from_utf8_lossy)
        .collect();
    if encoded.len().is_multiple_of(64) {
        wrapped.push("".into());
    }
    send(&format!("-> {line}\n{}\n", wrapped.join("\n")))?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    io::stdin().lock().read_line(&mut answer).map(|_| ())
}
