//! The command line of age: one or two hyphens, no clusters, the input last.

use crate::env::TestEnv;
use crate::someone::RECIPIENT;

#[test]
fn every_flag_has_its_short_and_its_long_form_with_one_or_two_hyphens() {
    let env = TestEnv::new().like_others().with_key();
    env.write("plan", "attack at dawn");
    env.write("friends", format!("{RECIPIENT}\n"));
    for encrypt in [
        format!("-r {RECIPIENT} -o x.age"),
        format!("-e -recipient {RECIPIENT} -output x.age"),
        format!("--encrypt --recipient={RECIPIENT} --output=x.age"),
        "-R friends -a -o=x.age".to_owned(),
        "-encrypt --recipients-file friends -armor -o x.age".to_owned(),
        "-e -i key --armor=true -o x.age".to_owned(),
        "--encrypt=true -identity key -p=false -o x.age".to_owned(),
    ] {
        env.line(&format!("age {encrypt} plan"))
            .run()
            .assert(0, "", "");
        for decrypt in [
            "-d -i key",
            "-decrypt -identity=key",
            "--decrypt --identity key --",
        ] {
            let said = env.line(&format!("age {decrypt} x.age")).run();
            said.assert(0, "attack at dawn", "");
        }
    }
}

#[test]
fn a_wrong_flag_shows_the_usage_and_is_exit_code_2_and_asked_for_it_is_0() {
    let env = TestEnv::new().like_others();
    for (line, code, first) in [
        ("age -p -h", 0, "Usage:"),
        ("age --help", 0, "Usage:"),
        ("age-keygen -help", 0, "Usage:"),
        ("age-inspect -h", 0, "Usage:"),
        ("age", 1, "Usage:"),
        ("age-inspect one two", 1, "Usage:"),
        ("age -x", 2, "flag provided but not defined: -x"),
        ("age -do x y", 2, "flag provided but not defined: -do"),
        ("age -d -o", 2, "flag needs an argument: -o"),
        ("age ---d", 2, "bad flag syntax: ---d"),
        (
            "age -d=maybe",
            2,
            "invalid boolean value \"maybe\" for -d: parse error",
        ),
        (
            "age-keygen --json",
            2,
            "flag provided but not defined: -json",
        ),
    ] {
        let said = env.line(line).run();
        assert_eq!(said.code, Some(code), "{line}: {said:?}");
        assert_eq!(said.stderr.lines().next(), Some(first), "{line}");
        assert!(
            said.stdout.is_empty() && said.stderr.contains("Usage:\n"),
            "{line}"
        );
    }
}

#[test]
fn flags_that_exclude_each_other_are_refused_in_the_words_of_age() {
    let env = TestEnv::new().like_others();
    let hint = "age: hint: did you mean to use -i/--identity to specify a private key?\n";
    let forgot = "age: hint: did you forget to specify -d/--decrypt?\n";
    for (line, error, hint) in [
        ("-d -e", "-e/--encrypt can't be used with -d/--decrypt", ""),
        (
            "-d -a",
            "-a/--armor can't be used with -d/--decrypt",
            "age: hint: note that armored files are detected automatically, try again without \
             -a/--armor\n",
        ),
        (
            "-d -p",
            "-p/--passphrase can't be used with -d/--decrypt",
            "age: hint: note that password protected files are detected automatically\n",
        ),
        (
            "-d -r x",
            "-r/--recipient can't be used with -d/--decrypt",
            hint,
        ),
        (
            "-d -R x",
            "-R/--recipients-file can't be used with -d/--decrypt",
            hint,
        ),
        (
            "-i x f",
            "-i/--identity and -j can't be used in encryption mode unless symmetric encryption is \
             explicitly selected with -e/--encrypt",
            forgot,
        ),
        (
            "-e f",
            "missing recipients",
            "age: hint: did you forget to specify -r/--recipient, -R/--recipients-file or \
             -p/--passphrase?\n",
        ),
        (
            "-p -r x",
            "-p/--passphrase can't be combined with -r/--recipient",
            "",
        ),
        (
            "-p -R x",
            "-p/--passphrase can't be combined with -R/--recipients-file",
            "",
        ),
        (
            "-e -p -j x",
            "-p/--passphrase can't be combined with -i/--identity and -j",
            "",
        ),
    ] {
        let said = env.line(&format!("age {line}")).run();
        said.assert(1, "", &format!("age: error: {error}\n{hint}"));
    }
}

#[test]
fn an_input_before_the_flags_comes_with_the_line_to_type() {
    let env = TestEnv::new().like_others();
    env.line("age -d x.age -i key").run().assert(
        1,
        "",
        "age: error: too many INPUT arguments: \"x.age\" \"-i\" \"key\"\n\
         age: hint: the input file must be specified after all flags\n\
         age: hint: did you mean:\n\
         age: hint:     age -d -i key x.age\n",
    );
    // A shell could take this one in another way.
    let said = env.program("age", ["-d", "my file", "-i", "key"]).run();
    assert!(!said.stderr.contains("did you mean"), "{said:?}");
    env.line("age -d one two").run().assert(
        1,
        "",
        "age: error: too many INPUT arguments: \"one\" \"two\"\n\
         age: hint: only a single input file may be specified at a time\n",
    );
}

#[test]
fn a_hyphen_is_a_standard_stream_and_is_read_once() {
    let env = TestEnv::new().like_others().with_key();
    let encrypted = env
        .line(&format!("age -r {RECIPIENT} -o - -"))
        .stdin("attack at dawn")
        .run();
    assert!(encrypted.stdout.starts_with(b"age-encryption.org/v1\n"));
    env.write("x.age", &encrypted.stdout);
    let key = env.read("key");
    let decrypted = env.line("age -d -i - x.age").stdin(key).run();
    decrypted.assert(0, "attack at dawn", "");
    let friends = format!("# friends\n\n{RECIPIENT}\n");
    env.line("age -R - -o y.age key")
        .stdin(friends)
        .run()
        .assert(0, "", "");
    let twice = "standard input is used for multiple purposes\n";
    for (line, before) in [
        ("age -d -i -", "reading \"-\": "),
        (
            "age -R - -R - key",
            "failed to parse recipient file \"-\": ",
        ),
        ("age -e -i - -R - key", "reading \"-\": "),
    ] {
        let said = env.line(line).stdin(format!("{RECIPIENT}\n")).run();
        let warned = "age: warning: duplicate recipients file \"-\"\n";
        let warned = if line.contains("-R - -R") { warned } else { "" };
        said.assert(1, "", &format!("{warned}age: error: {before}{twice}"));
    }
}
