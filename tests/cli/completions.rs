//! Completions of names, in the shells themselves.

use std::path::Path;

use crate::env::{Run, TestEnv};
use crate::someone::RECIPIENT;
use crate::tools::need;

/// A keyring with people in it, and the program on the PATH beside the system's.
fn env() -> TestEnv {
    let env = TestEnv::new().with_identity("myself", None);
    let contact = |name: &str, more: &str| {
        let text = format!(
            "recipients = [\"{RECIPIENT}\"]\nadded = \"2026-11-23\"\nsource = \"a test\"\n{more}"
        );
        env.in_keyring(&format!("contacts/{name}.toml"), text);
    };
    contact("alice", "");
    contact("alma", "");
    contact("alfred", "removed = \"2026-11-24\"\n");
    env.in_keyring("groups/all-of-us.toml", "members = [\"alice\"]\n");
    env.install("bulla", Path::new(env!("CARGO_BIN_EXE_bulla")));
    env
}

fn shell<'a>(env: &'a TestEnv, program: &Path, args: &[&str]) -> Run<'a> {
    let path = format!("{}:/usr/bin:/bin", env.path("../bin").display());
    env.program(program, args.iter().copied())
        .env("PATH", path)
        .env("TERM", "dumb")
}

/// The completions that fish offers for a line.
fn fish(env: &TestEnv, fish: &Path, line: &str) -> Vec<String> {
    let script = format!("COMPLETE=fish bulla | source; complete -C '{line}'");
    let said = shell(env, fish, &["--no-config", "-c", &script]).run();
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{line}");
    let text = String::from_utf8(said.stdout).unwrap();
    text.lines()
        .map(|line| line.split('\t').next().unwrap().to_owned())
        .collect()
}

#[test]
fn fish_offers_people_where_people_are_meant() {
    let program = need!("fish");
    let env = env();
    let offers = |line: &str| fish(&env, &program, line);
    assert_eq!(
        offers("bulla encrypt --to al"),
        ["alice", "alma", "all-of-us"]
    );
    assert_eq!(
        offers("bulla encrypt --to "),
        ["alice", "alma", "all-of-us", "myself"]
    );
    assert_eq!(offers("bulla encrypt -t my"), ["myself"]);
    assert_eq!(offers("bulla encrypt --to=ali"), ["--to=alice"]);
    assert_eq!(offers("bulla decrypt --as "), ["myself"]);
    assert_eq!(offers("bulla contact show al"), ["alice", "alma"]);
    assert_eq!(offers("bulla contact rename al"), ["alice", "alma"]);
    assert_eq!(offers("bulla contact rename alice al"), [""; 0]);
    assert_eq!(offers("bulla group show a"), ["all-of-us"]);
    assert_eq!(
        offers("bulla group add all-of-us al"),
        ["alice", "alma", "all-of-us"]
    );
    assert_eq!(offers("bulla group create al"), [""; 0]);
    assert_eq!(offers("bulla unlock m"), ["myself"]);
    assert_eq!(offers("bulla identity new m"), [""; 0]);
    assert_eq!(offers("bulla verif"), ["verify"]);
    env.write("a file", "");
    assert_eq!(offers("bulla encrypt a"), ["a file"]);
    assert_eq!(offers("bulla contact add bob a"), ["a file"]);
}

/// Types at an interactive shell with completions. Each line is completed, then printed by `echo`.
fn typed(run: Run<'_>, ask: &str, lines: &[(&str, &str)]) {
    let Some(terminal) = run.on_terminal() else {
        return;
    };
    terminal.keys(&format!("{ask}\n")).wait_for("asked-for");
    for (line, completed) in lines {
        // Completes the line, then wraps it in a command that prints it.
        terminal
            .keys(&format!("{line}\t\x01echo : \x05:end\n"))
            .wait_for(&format!("\n: {completed}:end"));
    }
    terminal.keys("exit\n").left();
    terminal.end();
}

#[test]
fn bash_completes_people_and_quotes_files() {
    let program = need!("bash");
    let env = env();
    env.write("a file", "");
    env.write("plain", "");
    env.write("folder/deep", "");
    let run = shell(&env, &program, &["--norc", "--noprofile", "-i"])
        .env("PS1", "$ ")
        .env("HISTFILE", "");
    let lines = [
        ("bulla encrypt --to ali", "bulla encrypt --to alice "),
        (
            "bulla encrypt --to alice --to all",
            "bulla encrypt --to alice --to all-of-us ",
        ),
        ("bulla decrypt --as m", "bulla decrypt --as myself "),
        ("bulla contact verify alm", "bulla contact verify alma "),
        ("bulla group show a", "bulla group show all-of-us "),
        ("bulla lock my", "bulla lock myself "),
        ("bulla encrypt pl", "bulla encrypt plain "),
        ("bulla encrypt a", "bulla encrypt a file "),
        ("bulla encrypt fold", "bulla encrypt folder/"),
        ("bulla encrypt folder/de", "bulla encrypt folder/deep "),
        ("bulla verif", "bulla verify "),
    ];
    typed(
        run,
        "source <(COMPLETE=bash bulla); echo asked-\"\"for",
        &lines,
    );
}

#[test]
fn zsh_completes_people() {
    let program = need!("zsh");
    let env = env();
    let run = shell(&env, &program, &["-f", "-i"])
        .env("PS1", "$ ")
        .env("TERM", "vt100");
    let lines = [
        ("bulla encrypt --to ali", "bulla encrypt --to alice"),
        (
            "bulla encrypt --to alice --to all",
            "bulla encrypt --to alice --to all-of-us",
        ),
        ("bulla decrypt --as m", "bulla decrypt --as myself"),
        ("bulla contact verify alm", "bulla contact verify alma"),
        ("bulla group show a", "bulla group show all-of-us"),
        ("bulla verif", "bulla verify"),
    ];
    let ask = "autoload -U compinit; compinit -u -D; source <(COMPLETE=zsh bulla); unsetopt zle_bracketed_paste; \
               echo asked-\"\"for";
    typed(run, ask, &lines);
}

#[test]
fn an_unreadable_keyring_completes_nothing_silently() {
    let program = need!("fish");
    use std::os::unix::fs::PermissionsExt;
    let env = env();
    env.in_keyring("contacts/alma.toml", "recipients = [");
    assert_eq!(
        fish(&env, &program, "bulla encrypt --to al"),
        ["alice", "alma", "all-of-us"]
    );
    env.in_keyring("config.toml", "nonsense");
    assert_eq!(
        fish(&env, &program, "bulla encrypt --to al"),
        ["alice", "alma", "all-of-us"]
    );
    std::fs::set_permissions(env.path("../bulla"), PermissionsExt::from_mode(0o777)).unwrap();
    assert_eq!(fish(&env, &program, "bulla encrypt --to al"), [""; 0]);
    std::fs::remove_dir_all(env.path("../bulla")).unwrap();
    assert_eq!(fish(&env, &program, "bulla encrypt --to al"), [""; 0]);
    assert_eq!(env.list(), [""; 0]);
}

#[test]
fn only_complete_turns_a_run_into_completions() {
    let env = env();
    for unset in ["", "0"] {
        env.bulla(["lock", "--help"])
            .env("COMPLETE", unset)
            .run()
            .assert_quiet();
    }
    let unknown = env.bulla(["encrypt"]).env("COMPLETE", "tcsh").run();
    assert_eq!(
        (unknown.code, unknown.stdout.len()),
        (Some(2), 0),
        "{unknown:?}"
    );
    assert!(unknown.stderr.contains("tcsh"), "{unknown:?}");
}

#[test]
fn the_files_that_are_printed_are_static() {
    let bash = TestEnv::new().bulla(["completions", "bash"]).run();
    assert!(
        !String::from_utf8(bash.assert_quiet().stdout.clone())
            .unwrap()
            .contains("COMPLETE=")
    );
}
