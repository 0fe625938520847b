//! Tests of the user interface on a pseudo-terminal, with this test binary running at the other
//! end.

mod pty;

use std::process::Stdio;
use std::sync::atomic::Ordering;
use std::time::Duration;

use zeroize::Zeroizing;

use super::*;
use crate::ui::paste::Pasted;
use pty::{Pty, ROLE, role_command};

fn settings() -> Settings {
    Settings {
        verbosity: Verbosity::Normal,
        prompt: Prompting::Allowed,
        progress: Drawing::Auto,
        colour: false,
        dumb: false,
        accessible: None,
        width: None,
    }
}

/// The actions of the binary at the other end. Not a test by itself.
#[test]
fn role() {
    let Ok(role) = std::env::var(ROLE) else {
        return;
    };
    println!("pid {}", std::process::id());
    let ui = Ui::new(settings());
    match role.as_str() {
        "passphrase" => tell(ui.passphrase("passphrase for x.age")),
        "never" => {
            let ui = Ui::new(Settings {
                prompt: Prompting::Never,
                ..settings()
            });
            tell(ui.passphrase("passphrase"));
            tell_pasted(&ui);
        }
        "dumb" => {
            let ui = Ui::new(Settings {
                dumb: true,
                ..settings()
            });
            tell(ui.passphrase("passphrase"));
        }
        "hostile" => tell(ui.passphrase("\u{1b}[2J\u{9b}H\u{202e}x")),
        "new" => match ui.new_passphrase(
            "new passphrase",
            |_| false,
            || Zeroizing::new("six-small-words".into()),
        ) {
            Ok(NewPassphrase::Typed(text)) => println!("got typed {}", *text),
            Ok(NewPassphrase::Generated(text)) => println!("got generated {}", *text),
            Err(error) => println!("got {error:?}"),
        },
        "secret" => show_secret(&ui, "six small words"),
        "secret, dumb" => {
            let dumb = Settings {
                dumb: true,
                ..settings()
            };
            show_secret(&Ui::new(dumb), "six small words");
        }
        "long secret" => show_secret(&ui, &"a word\n".repeat(24)),
        "line" => println!("got {:?}", ui.line("what is it called")),
        "confirm" => println!("got {:?}", ui.confirm("replace it?", "yes", Some("no"))),
        "paste" => tell_pasted(&ui),
        "paste dumb" => tell_pasted(&Ui::new(Settings {
            dumb: true,
            ..settings()
        })),
        "paste, then ask" => {
            tell_pasted(&ui);
            println!("got {:?}", ui.line("next"));
        }
        "paste signal" => {
            take_signals();
            tell_pasted(&ui);
        }
        "lend" => lend(&ui),
        "letter" => {
            println!();
            Ui::new(Settings {
                width: Some(40),
                ..settings()
            })
            .quoted_text(LETTER, Stream::Stdout)
            .unwrap();
        }
        "say all" => say_all(&ui),
        "say quiet" => say_all(&Ui::new(Settings {
            verbosity: Verbosity::Quiet,
            ..settings()
        })),
        "say verbose" => say_all(&Ui::new(Settings {
            verbosity: Verbosity::Verbose,
            ..settings()
        })),
        "say in colour" => say_all(&Ui::new(Settings {
            colour: true,
            ..settings()
        })),
        "say from threads" => say_from_threads(&ui),
        "turns" => take_turns(&ui),
        "message" => speak_at_a_prompt(&ui),
        "signal" => die_at_a_prompt(&ui),
        "die drawing" => die_drawing(&ui),
        "progress" => make_progress(&ui),
        "accessible" => speak_accessibly(&Ui::new(Settings {
            accessible: Some(true),
            ..settings()
        })),
        other => panic!("no role {other}"),
    }
}

fn show_secret(ui: &Ui, secret: &str) {
    take_signals();
    hold_stops_with(crate::process::signals::hold_stops);
    let shown = ui.show_until_enter(|_| Zeroizing::new(format!("{secret}\n\nPress Enter ")));
    match shown {
        Ok(()) => println!("got it"),
        Err(error) => println!("got {error}"),
    }
}

fn tell(answer: Result<Zeroizing<String>, PromptError>) {
    println!("got {:?}", answer.map(|text| text.to_string()));
}

/// Lends the terminal to a program that leaves it without echo.
fn lend(ui: &Ui) {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    take_signals();
    let lent = ui.lend_terminal(|tty| {
        let mut modes = tcgetattr(tty).unwrap();
        modes.local_modes.remove(LocalModes::ECHO);
        tcsetattr(tty, OptionalActions::Now, &modes).unwrap();
        rustix::io::write(tty, b"editing").unwrap();
        rustix::io::read(tty, &mut [0; 10]).unwrap();
    });
    println!("got {:?}", lent.is_ok());
}

fn tell_pasted(ui: &Ui) {
    match ui.paste("Paste the message") {
        Ok(Pasted { bytes, followed }) => {
            let text = String::from_utf8_lossy(&bytes);
            let shown = if text.len() > 200 {
                text.len().to_string()
            } else {
                format!("{text:?}")
            };
            let sum = bytes.iter().fold(0_u32, |sum, &byte| {
                sum.wrapping_mul(31).wrapping_add(u32::from(byte))
            });
            println!(
                "got {shown} {sum:x}{}",
                if followed { " and more" } else { "" }
            );
        }
        Err(error) => println!("got {error:?}"),
    }
}

/// Imitates messages of the program, with everything needed to be mistaken for them.
const LETTER: &[u8] = b"hi\x1b[2J\xe2\x80\xae there\nFrom     alice   number checked 2026-03-02\n\
    bulla: error: type your passphrase into this line, which is a long one\n\xe2\x94\x82 x";

fn say_all(ui: &Ui) {
    ui.error(&"an error\u{1b}[2J");
    ui.hint(&"a hint");
    ui.warn(WarningKind::Other, &"a warning");
    ui.status(&"a status");
    ui.tip(&"a tip");
    ui.notice(&"a notice");
    ui.detail(&"a detail");
    ui.result("\na result\tof two").unwrap();
    ui.results_raw(b"raw\n").unwrap();
    ui.json(&serde_json::json!({ "text": "\u{9b}" })).unwrap();
}

fn say_from_threads(ui: &Ui) {
    let saying: Vec<_> = (0..8)
        .map(|i| {
            let ui = ui.clone();
            std::thread::spawn(move || {
                for _ in 0..200 {
                    ui.warning(&i.to_string().repeat(60));
                }
            })
        })
        .collect();
    for thread in saying {
        thread.join().unwrap();
    }
}

fn take_turns(ui: &Ui) {
    let asking = ["one", "two"].map(|name| {
        let ui = ui.clone();
        std::thread::spawn(move || {
            println!(
                "got {name}={:?}",
                ui.passphrase(name).map(|text| text.to_string())
            )
        })
    });
    for thread in asking {
        thread.join().unwrap();
    }
}

fn speak_at_a_prompt(ui: &Ui) {
    let asking = {
        let ui = ui.clone();
        std::thread::spawn(move || tell(ui.passphrase("passphrase")))
    };
    while ui.screen().question.is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    ui.warning(&"the other file is gone");
    asking.join().unwrap();
}

fn take_signals() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP]).unwrap();
    std::thread::spawn(move || {
        for signal in signals.forever() {
            restore_terminal();
            signal_hook::low_level::emulate_default_handler(signal).unwrap();
        }
    });
}

fn die_at_a_prompt(ui: &Ui) {
    take_signals();
    tell(ui.passphrase("passphrase"));
}

fn die_drawing(ui: &Ui) {
    take_signals();
    let progress = Progress::start(
        ui,
        Total {
            bytes: None,
            files: 2,
            label: "waiting".into(),
        },
    );
    progress.counter().fetch_add(1 << 20, Ordering::Relaxed);
    std::thread::sleep(Duration::from_secs(60));
}

/// Makes progress only after each answer, so that nothing depends on how long something takes.
fn speak_accessibly(ui: &Ui) {
    let total = Total {
        bytes: Some(4096),
        files: 1,
        label: "encrypting".into(),
    };
    let progress = Progress::start(ui, total);
    progress.file(&bulla_age::untrusted::Untrusted::new("a.txt"));
    for _ in 0..3 {
        progress.counter().fetch_add(1024, Ordering::Relaxed);
        tell(ui.passphrase("next"));
    }
    progress.finish();
    ui.quoted_text(b"hi\n", Stream::Stderr).unwrap();
    ui.status(&"> said");
}

fn make_progress(ui: &Ui) {
    let total = Total {
        bytes: Some(4096),
        files: 3,
        label: "encrypting".into(),
    };
    let progress = Progress::start(ui, total);
    progress.file(&bulla_age::untrusted::Untrusted::new("a\u{1b}[2Jb"));
    progress.counter().fetch_add(1536, Ordering::Relaxed);
    progress.file_done();
    tell(ui.passphrase("first"));
    while ui.screen().bars.is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    ui.status(&"said in between");
    std::thread::sleep(Duration::from_secs(2));
    tell(ui.passphrase("second"));
    progress.finish();
    ui.status(&"done");
}

#[test]
fn a_passphrase_is_not_seen_and_its_prompt_is_erased() {
    let Some(mut pty) = Pty::start("passphrase") else {
        return;
    };
    pty.until("Passphrase for x.age:");
    assert!(!pty.echoes(), "the echo is on while a passphrase is typed");
    pty.send("bé  x\n");
    assert_eq!(pty.outcome(), "got Ok(\"bé  x\")");
    assert!(pty.echoes());
    assert_eq!(pty.screen(), "");
    assert!(!pty.seen().contains('é'));
}

#[test]
fn a_prompt_that_wrapped_is_erased_too() {
    let Some(mut pty) = Pty::start_with("line", 10) else {
        return;
    };
    pty.until("called: ");
    pty.send("a name that wraps\n");
    assert_eq!(pty.outcome(), "got Ok(\"a name that wraps\")");
    assert_eq!(pty.screen(), "");
}

#[test]
fn a_dumb_terminal_is_sent_no_sequences() {
    let Some(mut pty) = Pty::start("dumb") else {
        return;
    };
    pty.until("Passphrase:");
    pty.send("x\n");
    pty.outcome();
    assert_eq!(pty.seen(), "Passphrase: \r\n");
}

#[test]
fn for_a_screen_reader_nothing_is_redrawn_and_progress_is_told_in_lines() {
    let Some(mut pty) = Pty::start("accessible") else {
        return;
    };
    for quarter in ["25 %", "50 %", "75 %"] {
        pty.until(&format!("Encrypting a.txt: {quarter}"));
        pty.send("x\n");
    }
    pty.outcome();
    let seen = pty.seen();
    assert_eq!(seen.matches(" %").count(), 3, "{seen:?}");
    assert!(seen.contains("> hi\r\n\u{1b}[?7h\\u{3e} said"), "{seen:?}");
    let sequences = seen.replace("\u{1b}[?7l", "").replace("\u{1b}[?7h", "");
    assert!(
        !sequences.contains('\u{1b}') && !seen.contains('│'),
        "{seen:?}"
    );
}

#[test]
fn a_hostile_prompt_drives_nothing() {
    let Some(mut pty) = Pty::start("hostile") else {
        return;
    };
    pty.until("\\u{1b}[2J\\u{9b}H\\u{202e}x: ");
    pty.send("x\n");
    pty.outcome();
}

#[test]
fn end_of_input_and_empty_input_are_not_a_passphrase() {
    for typed in ["\x04", "\n", "half\x04\x04"] {
        let Some(mut pty) = Pty::start("passphrase") else {
            return;
        };
        pty.until("x.age:");
        pty.send(typed);
        assert_eq!(pty.outcome(), "got Err(Declined)", "{typed:?}");
        assert_eq!(pty.screen(), "");
    }
}

#[test]
fn control_characters_are_asked_for_again() {
    let Some(mut pty) = Pty::start("passphrase") else {
        return;
    };
    pty.until("x.age:");
    pty.send("a\x1b[Db\n");
    pty.until("try again");
    pty.send("ab\n");
    assert_eq!(pty.outcome(), "got Ok(\"ab\")");
    assert_eq!(pty.screen(), "");
}

#[test]
fn a_new_passphrase_is_typed_twice() {
    let Some(mut pty) = Pty::start("new") else {
        return;
    };
    for (prompt, typed) in [
        ("generate one):", "a\n"),
        ("again:", "b\n"),
        ("do not match", "c\n"),
        ("again:", "c\n"),
    ] {
        pty.until(prompt);
        pty.send(typed);
    }
    assert_eq!(pty.outcome(), "got typed c");
    assert_eq!(pty.screen(), "");
}

#[test]
fn a_new_passphrase_fails_after_three_mismatches() {
    let Some(mut pty) = Pty::start("new") else {
        return;
    };
    for _ in 0..3 {
        pty.until("generate one):");
        pty.send("a\n");
        pty.until("again:");
        pty.send("b\n");
    }
    assert_eq!(pty.outcome(), "got Differ");
}

#[test]
fn a_generated_passphrase_is_shown_until_it_is_written_down() {
    let Some(mut pty) = Pty::start("new") else {
        return;
    };
    pty.until("generate one):");
    pty.send("\n");
    pty.until("Write it down, then press Enter ");
    assert!(pty.screen().contains("six-small-words\n"));
    pty.send("\n");
    assert_eq!(pty.outcome(), "got generated six-small-words");
    assert_eq!(pty.screen(), "");
}

#[test]
fn a_secret_has_a_screen_of_its_own_and_nothing_of_it_stays() {
    let Some(mut pty) = Pty::start("secret") else {
        return;
    };
    pty.until("Press Enter ");
    assert!(pty.screen().contains("six small words"));
    assert!(!pty.scrollback().contains("small"));
    pty.send("\n");
    assert_eq!(pty.outcome(), "got it");
    assert_eq!((pty.screen(), pty.scrollback()), Default::default());
}

#[test]
fn a_signal_leaves_nothing_of_a_secret_either() {
    use rustix::process::Signal;
    for signal in [
        None,
        Some(Signal::INT),
        Some(Signal::TERM),
        Some(Signal::HUP),
    ] {
        let Some(mut pty) = Pty::start("secret") else {
            return;
        };
        pty.until("Press Enter ");
        match signal {
            None => pty.send("\x03"),
            Some(signal) => pty.kill(signal),
        }
        assert_eq!(pty.outcome(), "", "it went on after {signal:?}");
        assert_eq!(pty.status(), 128 + signal.unwrap_or(Signal::INT).as_raw());
        assert_eq!(
            (pty.screen(), pty.scrollback()),
            Default::default(),
            "{signal:?}"
        );
    }
}

/// A shell would print its prompt below the secret.
#[test]
fn nobody_can_stop_the_run_while_a_secret_is_shown() {
    let Some(mut pty) = Pty::start("secret") else {
        return;
    };
    pty.until("Press Enter ");
    pty.send("\x1a");
    pty.kill(rustix::process::Signal::TSTP);
    pty.send("\n");
    pty.until("try again");
    pty.send("\n");
    assert_eq!(pty.outcome(), "got it");
}

#[test]
fn a_secret_that_does_not_fit_in_the_window_is_not_shown() {
    let Some(mut pty) = Pty::start("long secret") else {
        return;
    };
    assert_eq!(
        pty.outcome(),
        "got the window has 24 lines, and 28 are needed to show all at once"
    );
    assert!(!pty.seen().contains("a word"));
}

#[test]
fn where_nothing_can_be_erased_a_secret_comes_with_a_warning() {
    let Some(mut pty) = Pty::start("secret, dumb") else {
        return;
    };
    pty.until("Press Enter ");
    assert!(pty.screen().contains("clear the window"));
    assert!(!pty.seen().contains('\x1b'));
    pty.send("\n");
    assert_eq!(pty.outcome(), "got it");
}

#[test]
fn a_choice_is_asked_for_until_it_is_one() {
    for (typed, want) in [
        ("Yes\n", "got Ok(true)"),
        ("n\n", "got Ok(false)"),
        ("\n", "got Ok(false)"),
        ("\x04", "got Err(Declined)"),
    ] {
        let Some(mut pty) = Pty::start("confirm") else {
            return;
        };
        pty.until("replace it? [y/N] ");
        pty.send("maybe\n");
        pty.until("try again");
        pty.send(typed);
        assert_eq!(pty.outcome(), want);
        assert_eq!(pty.screen(), "");
    }
}

#[test]
fn questions_of_several_threads_come_in_turn() {
    let Some(mut pty) = Pty::start("turns") else {
        return;
    };
    pty.until(": ");
    let first = if pty.screen().contains("One") {
        ["One", "Two"]
    } else {
        ["Two", "One"]
    };
    assert!(!pty.screen().contains(first[1]));
    pty.send(&format!("{}\n", first[0]));
    pty.until(&format!("{}: ", first[1]));
    pty.send(&format!("{}\n", first[1]));
    let mut outcome: Vec<String> = pty.outcome().lines().map(String::from).collect();
    outcome.sort();
    assert_eq!(outcome, ["got one=Ok(\"One\")", "got two=Ok(\"Two\")"]);
    assert_eq!(pty.screen(), "");
}

#[test]
fn a_message_is_printed_above_an_open_prompt() {
    let Some(mut pty) = Pty::start("message") else {
        return;
    };
    pty.until("bulla: warning: the other file is gone\nPassphrase: ");
    pty.send("x\n");
    assert_eq!(pty.outcome(), "got Ok(\"x\")");
    assert_eq!(pty.screen(), "bulla: warning: the other file is gone");
}

#[test]
fn a_signal_at_a_prompt_leaves_the_echo_on() {
    use rustix::process::Signal;
    for signal in [
        None,
        Some(Signal::INT),
        Some(Signal::TERM),
        Some(Signal::HUP),
    ] {
        let Some(mut pty) = Pty::start("signal") else {
            return;
        };
        pty.until("Passphrase:");
        assert!(!pty.echoes());
        match signal {
            None => pty.send("\x03"),
            Some(signal) => pty.kill(signal),
        }
        assert_eq!(pty.outcome(), "", "it went on after {signal:?}");
        assert_eq!(pty.status(), 128 + signal.unwrap_or(Signal::INT).as_raw());
        assert!(pty.echoes(), "the echo is off after {signal:?}");
        assert!(pty.seen().ends_with("\r\n"));
    }
}

#[test]
fn a_signal_erases_the_bars() {
    let Some(mut pty) = Pty::start("die drawing") else {
        return;
    };
    pty.until("0 of 2 files");
    pty.kill(rustix::process::Signal::TERM);
    assert_eq!(pty.outcome(), "");
    assert_eq!(pty.screen(), "");
}

#[test]
fn bars_are_drawn_give_way_and_go() {
    let Some(mut pty) = Pty::start_with("progress", 78) else {
        return;
    };
    pty.until("First: ");
    std::thread::sleep(Duration::from_millis(400));
    assert!(
        !pty.screen().contains("encrypting"),
        "a bar is drawn over a question"
    );
    pty.send("x\n");
    pty.until("1 of 3 files");
    pty.until("said in between\nencrypting a\\u{1b}[2Jb ");
    assert!(
        pty.screen().contains(" 1.5 KiB of 4.0 KiB, "),
        "{}",
        pty.screen()
    );
    pty.until("Second: ");
    assert!(!pty.screen().contains("encrypting"));
    pty.send("x\n");
    pty.outcome();
    assert_eq!(pty.screen(), "said in between\ndone");
}

/// A bar that continues in the next row could not be erased.
#[test]
fn bars_fit_in_a_window_of_any_width() {
    for columns in [24, 40, 60, 200] {
        let Some(mut pty) = Pty::start_with("progress", columns) else {
            return;
        };
        pty.until("First: ");
        pty.send("x\n");
        pty.until("1 of 3 files");
        pty.until("said in between\nencryp");
        pty.until("Second: ");
        pty.send("x\n");
        pty.outcome();
        assert_eq!(pty.screen(), "said in between\ndone", "at {columns}");
    }
}

#[test]
fn without_a_terminal_nobody_is_asked() {
    for role in ["passphrase", "new", "line", "confirm"] {
        let Some(mut command) = role_command(role, &[]) else {
            return;
        };
        let output = command
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("NoTerminal"), "{role}: {text}");
    }
}

#[test]
fn with_no_prompt_nobody_is_asked() {
    let Some(mut pty) = Pty::start("never") else {
        return;
    };
    assert_eq!(pty.outcome(), "got Err(NoTerminal)\ngot NoPaste");
    assert_eq!(pty.seen(), "");
}

#[test]
fn without_a_terminal_there_is_no_thread_and_no_bar() {
    let ui = Ui::new(Settings {
        progress: Drawing::Off,
        ..settings()
    });
    let progress = Progress::start(
        &ui,
        Total {
            bytes: None,
            files: 1,
            label: "x".into(),
        },
    );
    progress.counter().fetch_add(1, Ordering::Relaxed);
    assert!(!progress.draws());
}

/// Returns what a role writes to stdout, without the lines of the test harness, and to stderr.
fn piped(role: &str) -> Option<(String, String)> {
    let output = role_command(role, &[])?
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let stdout = text(output.stdout);
    let from = stdout.find("\\u{a}a result").unwrap_or(0);
    let to = stdout[from..]
        .find("test ui::")
        .map_or(stdout.len(), |at| from + at);
    let to = stdout[from..].find("ok\n").map_or(to, |at| from + at);
    Some((stdout[from..to].to_owned(), text(output.stderr)))
}

#[test]
fn results_go_to_stdout_and_what_a_script_must_know_to_stderr() {
    let Some((stdout, stderr)) = piped("say all") else {
        return;
    };
    assert_eq!(
        stdout,
        "\\u{a}a result\tof two\nraw\n{\"schema\":1,\"command\":null,\"status\":\"ok\",\"text\":\"\\u009b\"}\n"
    );
    assert_eq!(
        stderr,
        "bulla: error: an error\\u{1b}[2J\nbulla: hint: a hint\nbulla: warning: a warning\na notice\n"
    );
}

#[test]
fn a_person_is_told_what_was_done() {
    let Some(mut pty) = Pty::start("say all") else {
        return;
    };
    pty.outcome();
    assert!(
        pty.seen()
            .contains("a status\r\nbulla: hint: a tip\r\na notice\r\n")
    );
}

#[test]
fn quiet_leaves_errors_and_warnings() {
    let Some((stdout, stderr)) = piped("say quiet") else {
        return;
    };
    assert!(stdout.contains("a result"));
    assert_eq!(
        stderr,
        "bulla: error: an error\\u{1b}[2J\nbulla: warning: a warning\n"
    );
}

#[test]
fn verbose_adds_details() {
    let Some((_, stderr)) = piped("say verbose") else {
        return;
    };
    assert!(stderr.contains("a status\nbulla: hint: a tip\na notice\na detail\n"));
}

#[test]
fn colour_is_for_terminals() {
    let Some((_, stderr)) = piped("say in colour") else {
        return;
    };
    assert!(!stderr.contains('\u{1b}'));
    let Some(mut pty) = Pty::start("say in colour") else {
        return;
    };
    pty.outcome();
    assert!(
        pty.seen()
            .starts_with("\u{1b}[1;31mbulla: error:\u{1b}[0m an error\\u{1b}[2J\r\n")
    );
}

#[test]
fn lines_of_several_threads_never_mix() {
    let Some((_, stderr)) = piped("say from threads") else {
        return;
    };
    assert_eq!(stderr.lines().count(), 1600);
    for line in stderr.lines() {
        let text = line.strip_prefix("bulla: warning: ").unwrap();
        assert!(
            text.len() == 60 && text.bytes().all(|b| b == text.as_bytes()[0]),
            "{line}"
        );
    }
}

const BRACKETS: [&str; 2] = ["\x1b[200~", "\x1b[201~"];

#[test]
fn a_paste_ends_at_its_marker_and_is_not_seen() {
    let Some(mut pty) = Pty::start("paste") else {
        return;
    };
    pty.until("nothing happens:");
    assert!(!pty.echoes());
    assert!(pty.seen().contains("\x1b[?2004h"));
    let [begin, end] = BRACKETS;
    pty.send(&format!(
        "{begin}one\r  two\ttabbed\x16\x13\x11\x1a\rthree{end}"
    ));
    let told = pty.outcome();
    assert!(
        told.starts_with("got \"one\\n  two\\ttabbed\\u{16}\\u{13}\\u{11}\\u{1a}\\nthree\" "),
        "{told}"
    );
    assert!(!told.ends_with("more"));
    assert!(
        pty.echoes() && pty.seen().ends_with("\x1b[?2004l\r\x1b[J"),
        "{:?}",
        pty.seen()
    );
    assert_eq!(pty.screen(), "");
    assert!(!pty.seen().contains("two"));
}

#[test]
fn a_marker_in_two_pieces_is_one() {
    let [begin, end] = BRACKETS;
    let sent = format!("{begin}ab{end}");
    let Some(mut all) = Pty::start("paste") else {
        return;
    };
    all.until("nothing happens:");
    for byte in sent.chars() {
        all.send(&byte.to_string());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(all.outcome().starts_with("got \"ab\" "));
    for at in [1, 3, 5, 9, 11, 13] {
        let Some(mut pty) = Pty::start("paste") else {
            return;
        };
        pty.until("nothing happens:");
        pty.send(&sent[..at]);
        std::thread::sleep(Duration::from_millis(300));
        pty.send(&sent[at..]);
        assert!(pty.outcome().starts_with("got \"ab\" "), "{at}");
    }
}

#[test]
fn a_paste_without_markers_ends_at_ctrl_d() {
    for role in ["paste", "paste dumb"] {
        let Some(mut pty) = Pty::start(role) else {
            return;
        };
        pty.until("nothing happens:");
        pty.send("one\rtwo");
        std::thread::sleep(Duration::from_millis(400));
        pty.send("\x04");
        assert!(pty.outcome().starts_with("got \"one\\ntwo\" "));
        assert_eq!(pty.seen().contains("\x1b["), role == "paste");
        assert!(pty.echoes());
    }
}

#[test]
fn a_long_line_is_read_in_full() {
    for length in [4094, 4095, 4096, 12_000, 300_000] {
        let Some(mut pty) = Pty::start("paste") else {
            return;
        };
        pty.until("nothing happens:");
        let text: String = (0..length)
            .map(|i| char::from(b'a' + (i % 23) as u8))
            .collect();
        let sum = text.bytes().fold(0_u32, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(u32::from(byte))
        });
        let [begin, end] = BRACKETS;
        pty.send(&format!("{begin}{text}{end}"));
        assert_eq!(pty.outcome(), format!("got {length} {sum:x}"));
    }
}

#[test]
fn input_after_a_paste_is_discarded() {
    let [begin, end] = BRACKETS;
    for (sent, more) in [
        (format!("{begin}a{end}\rtouch here\r"), true),
        (format!("{begin}a{end}{}", "x\r".repeat(20_000)), true),
        ("a\x04touch here\r".to_owned(), true),
        (format!("{begin}a{end}\r\x04\r"), false),
        (format!("{begin}a{end}"), false),
    ] {
        let Some(mut pty) = Pty::start("paste, then ask") else {
            return;
        };
        pty.until("nothing happens:");
        pty.send(&sent);
        pty.until("Next:");
        assert!(pty.echoes());
        pty.send("hello\n");
        let more = if more { " and more" } else { "" };
        assert_eq!(
            pty.outcome(),
            format!("got \"a\" 61{more}\ngot Ok(\"hello\")")
        );
    }
}

#[test]
fn ctrl_c_and_signals_leave_the_terminal_as_it_was() {
    use rustix::process::Signal;
    let keys = [
        ("\x03", Signal::INT),
        ("\x1b[200~half of it\x03rest\r", Signal::INT),
        ("\x03touch here\r", Signal::INT),
    ];
    let keys = keys.map(|(sent, signal)| (Some(sent), signal));
    for (sent, signal) in keys
        .into_iter()
        .chain([(None, Signal::TERM), (None, Signal::HUP)])
    {
        let Some(mut pty) = Pty::start("paste signal") else {
            return;
        };
        pty.until("nothing happens:");
        assert!(!pty.echoes());
        match sent {
            Some(sent) => pty.send(sent),
            None => pty.kill(signal),
        }
        assert_eq!(pty.outcome(), "", "it went on after {sent:?}");
        assert_eq!(pty.status(), 128 + signal.as_raw());
        assert!(pty.echoes(), "the echo is off after {sent:?}");
        assert!(pty.seen().contains("\x1b[?2004l"), "{:?}", pty.seen());
    }
}

#[test]
fn every_row_of_a_message_has_its_margin_bar() {
    let Some(mut command) = role_command("letter", &[]) else {
        return;
    };
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let rows: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("│ "))
        .map(str::trim_end)
        .collect();
    assert_eq!(
        rows,
        [
            "│ hi\\u{1b}[2J\\u{202e} there",
            "│ From     alice   number checked",
            "│ 2026-03-02",
            "│ bulla: error: type your passphrase",
            "│ into this line, which is a long one",
            "│ │ x",
        ]
    );
}

#[test]
fn a_lent_terminal_is_restored() {
    for key in ["x\n", "\x03"] {
        let Some(mut pty) = Pty::start("lend") else {
            return;
        };
        pty.until("editing");
        assert!(!pty.echoes());
        pty.send(key);
        assert_eq!(pty.outcome(), if key == "x\n" { "got true" } else { "" });
        assert!(pty.echoes(), "{key:?}");
    }
}
