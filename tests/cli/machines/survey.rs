//! `who --recursive` and `check`: what is planted in a tree is found, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::symlink;

use bulla_age::kinds::{HybridIdentity, X25519Recipient};
use bulla_age::seed::Seed;
use bulla_age::sender::{Author, Coverage};
use bulla_age::signing::SecretSigningKey;
use bulla_age::stream::Engine;
use bulla_age::{NewFile, Recipient};
use sha2::{Digest, Sha256};

use crate::env::TestEnv;
use crate::forge::{Forged, Said, stanza};
use crate::someone::RECIPIENT;

/// What is wrong with a planted file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    Nothing,
    /// A reader added a key without a record.
    Ghost,
    /// A reader added a key of nobody known, and recorded it.
    ListedGhost,
    MissingReader,
    Forbidden,
    Classic,
    Unsigned,
    /// Signed by somebody else.
    OtherSigner,
}

const FAULTS: [Fault; 8] = [
    Fault::Nothing,
    Fault::Ghost,
    Fault::ListedGhost,
    Fault::MissingReader,
    Fault::Forbidden,
    Fault::Classic,
    Fault::Unsigned,
    Fault::OtherSigner,
];

impl Fault {
    /// The kinds of breaches of the policy [`POLICY`].
    fn breaches(self) -> &'static [&'static str] {
        match self {
            Self::Nothing => &[],
            Self::Ghost => &["unaccounted", "unknown-reader"],
            Self::ListedGhost => &["unknown-reader"],
            Self::MissingReader => &["missing-reader"],
            Self::Forbidden => &["forbidden-reader", "other-reader"],
            Self::Classic => &["not-post-quantum"],
            Self::Unsigned | Self::OtherSigner => &["not-signed"],
        }
    }
}

const POLICY: &str = "# who opens the backups\n\
    require = [\"recovery\"]\n\
    allow = [\"ops\"]\n\
    forbid = [\"dave\"]\n\
    post_quantum = true\n\
    signed_by = [\"web\"]\n";

/// The user, who is "ops", and people of whom the user has cards.
struct World {
    env: TestEnv,
    seeds: BTreeMap<&'static str, Seed>,
}

impl World {
    fn new() -> Self {
        let env = TestEnv::new();
        env.does(&["identity", "new", "ops", "--no-passphrase", "-q"]);
        for name in ["recovery", "dave", "rogue"] {
            env.knows(name, &[]);
        }
        env.knows("web", &["--signing-only"]);
        let mut seeds = BTreeMap::new();
        for name in ["ops", "recovery", "dave", "rogue", "web"] {
            let keyring = match name {
                "ops" => "../bulla".to_owned(),
                name => format!("../machines/{name}/keyring"),
            };
            let kept = fs::read_to_string(env.path(format!("{keyring}/identities/{name}.age")));
            let kept = kept.unwrap();
            let seed = kept.lines().find_map(|line| line.strip_prefix("# seed: "));
            seeds.insert(name, seed.unwrap().parse().ok().unwrap());
        }
        Self { env, seeds }
    }

    fn signer(&self, name: &str) -> SecretSigningKey {
        self.seeds[name].signing()
    }

    /// A file with this fault.
    fn file(&self, fault: Fault) -> Vec<u8> {
        let mut readers = vec!["ops", "recovery"];
        match fault {
            Fault::MissingReader => _ = readers.pop(),
            Fault::Forbidden => readers.push("dave"),
            _ => {}
        }
        let recipients: Vec<Box<dyn Recipient>> = readers
            .iter()
            .map(|name| -> Box<dyn Recipient> {
                let seed = &self.seeds[name];
                match fault {
                    Fault::Classic => Box::new(seed.classic(0).to_recipient()),
                    _ => Box::new(seed.hybrid(0).to_recipient()),
                }
            })
            .collect();
        let recipients: Vec<&dyn Recipient> = recipients.iter().map(|one| &**one).collect();
        let file = NewFile::new(&recipients).unwrap();
        let (web, rogue) = (self.signer("web"), self.signer("rogue"));
        let author = match fault {
            Fault::Unsigned => Author::unsigned(1_795_428_240),
            Fault::OtherSigner => Author::signing(&rogue, 1_795_428_240),
            _ => Author::signing(&web, 1_795_428_240),
        };
        let mut bytes = file.header_by(&author, Coverage::Header).unwrap();
        Engine::new(1)
            .seal(&file.payload_key(), &b"rows\n"[..], &mut bytes)
            .unwrap();
        match fault {
            Fault::Ghost | Fault::ListedGhost => self.haunted(&bytes, fault),
            _ => bytes,
        }
    }

    /// The file after a reader added a key that nobody knows.
    fn haunted(&self, bytes: &[u8], fault: Fault) -> Vec<u8> {
        let file = Forged::open(bytes, &self.seeds["recovery"].hybrid(0));
        let ghost = HybridIdentity::from_bytes(&[66; 32]).to_recipient();
        let mut statements = file.statements();
        let honest = file.recipients();
        let stanzas = [honest, vec![file.stanza_for(&ghost)]].concat();
        let haunted = file.with(stanzas.clone(), &statements);
        if fault == Fault::ListedGhost {
            let last = Sha256::digest(statements.last().unwrap()).into();
            let names = ["ops", "recovery"].map(|name| self.seeds[name].hybrid(0).to_recipient());
            let ids = names.iter().chain([&ghost]);
            let entries = ids.map(|key| (1, 1, file.rid(&key.to_string())));
            statements.push(haunted.says(&Said {
                kind: 2,
                by: None,
                previous: Some(last),
                content: None,
                entries: entries.collect(),
            }));
        }
        file.with(stanzas, &statements).file()
    }

    /// Plants files in folders of "tree", in turn with each fault, and returns which is which.
    fn plant(&self, count: usize) -> BTreeMap<String, Fault> {
        let faults = (0..count).map(|number| FAULTS[number % FAULTS.len()]);
        let mut planted = BTreeMap::new();
        for (number, fault) in faults.enumerate() {
            let name = format!("tree/{:02}/{number:05}.age", number / 100);
            self.env.write(&name, self.file(fault));
            planted.insert(name, fault);
        }
        self.env.write("tree/notes.txt", "no age file\n");
        planted
    }

    /// The files of a survey with these options.
    #[track_caller]
    fn files(&self, options: &[&str]) -> BTreeSet<String> {
        let line = [&["who", "-r", "tree", "--json"], options].concat();
        let said = self.env.bulla(line).run();
        assert_eq!(said.code, Some(0), "{options:?}: {}", said.stderr);
        let names = said.json().into_iter();
        let name = |line: serde_json::Value| line["file"].as_str().map(str::to_owned);
        names.filter_map(name).collect()
    }
}

fn with(planted: &BTreeMap<String, Fault>, faults: &[Fault]) -> BTreeSet<String> {
    let chosen = planted.iter().filter(|(_, fault)| faults.contains(fault));
    chosen.map(|(name, _)| name.clone()).collect()
}

/// Plants files, and compares what each command finds with what was planted.
fn all_is_found_and_nothing_else(count: usize) {
    let world = World::new();
    let planted = world.plant(count);
    let everything: BTreeSet<String> = planted.keys().cloned().collect();
    assert_eq!(world.files(&[]), everything);
    let ghosts = [Fault::Ghost, Fault::ListedGhost];
    assert_eq!(world.files(&["--unproved"]), with(&planted, &ghosts));
    assert_eq!(
        world.files(&["--not-for", "recovery"]),
        with(&planted, &[Fault::MissingReader])
    );
    // A ghost may be dave.
    assert_eq!(
        world.files(&["--can-open", "dave"]),
        with(&planted, &[Fault::Forbidden])
    );
    let both = world.files(&["--can-open", "dave", "--not-for", "recovery"]);
    assert_eq!(both, BTreeSet::new());
    world.env.write("tree/.bulla-policy", POLICY);
    let said = world.env.bulla(["check", "tree", "--json"]).run();
    assert_eq!(said.code, Some(7), "{}", said.stderr);
    let mut judged = BTreeMap::new();
    for line in said.json().iter().filter(|line| line["status"] == "ok") {
        let kinds = line["breaches"].as_array().unwrap().iter();
        let kinds: BTreeSet<String> = kinds
            .map(|breach| breach["kind"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(line["ok"], kinds.is_empty());
        judged.insert(line["file"].as_str().unwrap().to_owned(), kinds);
    }
    for (name, fault) in &planted {
        let expected = fault.breaches().iter().map(|kind| (*kind).to_owned());
        assert_eq!(judged[name], expected.collect(), "{name}: {fault:?}");
    }
    assert_eq!(judged.len(), planted.len());
    let required = world
        .env
        .bulla(["who", "-r", "--require", "recovery", "tree", "--csv"])
        .run();
    let missing = with(&planted, &[Fault::MissingReader]);
    assert_eq!(required.code, Some(10));
    let said = format!("{} of {} inputs failed", missing.len(), planted.len());
    assert!(required.stderr.contains(&said), "{}", required.stderr);
    for name in &missing {
        let error = format!("{name} is not shown to be open to recovery");
        assert!(required.stderr.contains(&error), "{}", required.stderr);
    }
}

#[test]
fn planted_ghosts_missing_readers_and_downgrades_are_found_and_nothing_else() {
    all_is_found_and_nothing_else(80);
}

#[test]
fn slow_hundreds_of_planted_faults_are_found_and_nothing_else() {
    if std::env::var_os("BULLA_TEST_SLOW").is_some() {
        all_is_found_and_nothing_else(1200);
    }
}

/// A thousand of each fault.
#[test]
fn whole_thousands_of_planted_faults_are_found_and_nothing_else() {
    if std::env::var_os("BULLA_TEST_WHOLE").is_some() {
        all_is_found_and_nothing_else(8000);
    }
}

#[test]
fn a_survey_says_who_can_open_each_file_and_sums_up() {
    let world = World::new();
    world.env.write("tree/a.age", world.file(Fault::Nothing));
    world
        .env
        .write("tree/b.age", world.file(Fault::ListedGhost));
    let said = world.env.bulla(["who", "-r", "tree"]).run();
    assert_eq!(said.code, Some(0), "{}", said.text());
    let text = String::from_utf8(said.stdout).unwrap();
    let expected = "tree/a.age: for you, recovery; from web\n\
        tree/b.age: for you, recovery; 1 unknown key; from web\n\
        2 age files\n";
    assert!(text.starts_with(expected), "{text}");
    let squeezed: Vec<String> = text
        .lines()
        .skip(3)
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        squeezed,
        ["recovery 2 files", "you 2 files", "unknown keys 1 file"]
    );
    let said = world.env.bulla(["who", "-r", "tree", "--csv"]).run();
    said.assert(
        0,
        "file,state,from,proved,listed,unknown,post_quantum\n\
         tree/a.age,opened,web,\"you; recovery\",,0,true\n\
         tree/b.age,opened,web,\"you; recovery\",,1,true\n",
        "",
    );
    // Who may be open to an unknown key is not left out in silence.
    let said = world
        .env
        .bulla(["who", "-r", "tree", "--can-open", "dave"])
        .run();
    assert!(
        said.stderr.contains("1 other file may be open to them too"),
        "{}",
        said.stderr
    );
    let text = String::from_utf8(said.stdout).unwrap();
    assert_eq!(text, "0 of 2 age files\n");
}

#[test]
fn a_passphrase_beside_keys_is_a_forgery_and_not_a_file_with_a_passphrase() {
    let env = TestEnv::new().with_key();
    let empty = Forged {
        file_key: [9; 16],
        nonce: [8; 16],
        stanzas: Vec::new(),
        payload: Vec::new(),
    };
    let mut file = empty.over(b"x");
    file.stanzas = vec![
        file.stanza_for(&RECIPIENT.parse::<X25519Recipient>().unwrap()),
        stanza("scrypt", &[&"A".repeat(22), "10"], &[0; 32]),
    ];
    env.write("tree/forged.age", file.file());
    for args in [
        &["who", "-i", "key", "-r", "tree"][..],
        &["who", "-i", "key", "tree/forged.age"],
        &["drill", "--identity", "key", "tree/forged.age"],
        &["share", "--no-prompt", "--to", RECIPIENT, "tree/forged.age"],
    ] {
        let said = env.bulla(args).run();
        assert!(
            said.code != Some(0) && said.stderr.contains("only a forged file does"),
            "{args:?}: {}",
            said.text()
        );
    }
}

#[test]
fn files_that_cannot_be_opened_or_read_are_failures_and_the_others_are_shown() {
    let world = World::new();
    world.env.write("tree/a.age", world.file(Fault::Nothing));
    world.env.write("tree/closed.age", world.env.closed("x"));
    world
        .env
        .write("tree/cut.age", "age-encryption.org/v1\n-> X25519 ");
    world.env.write(
        "tree/locked.age",
        world.env.locked("x", "a passphrase", &[]),
    );
    symlink(
        world.env.path("tree/a.age"),
        world.env.path("tree/link.age"),
    )
    .unwrap();
    let said = world.env.bulla(["who", "-r", "tree"]).run();
    assert_eq!(said.code, Some(10), "{}", said.text());
    let text = String::from_utf8(said.stdout.clone()).unwrap();
    assert!(text.contains("tree/a.age: for you"), "{text}");
    assert!(
        text.contains("tree/locked.age: for anyone who knows the passphrase"),
        "{text}"
    );
    assert!(
        !text.contains("link.age") && !text.contains("cut.age"),
        "{text}"
    );
    assert!(
        said.stderr
            .contains("None of your keys opens tree/closed.age"),
        "{}",
        said.stderr
    );
    assert!(said.stderr.contains("tree/cut.age"), "{}", said.stderr);
    let said = world.env.bulla(["who", "-r", "tree", "--csv"]).run();
    let table = String::from_utf8(said.stdout).unwrap();
    let states: Vec<&str> = table.lines().skip(1).collect();
    assert_eq!(
        states,
        [
            "tree/a.age,opened,web,\"you; recovery\",,0,true",
            "tree/closed.age,closed,,,,1,false",
            "tree/locked.age,passphrase,,,,,",
        ]
    );
    world
        .env
        .write("tree/.bulla-policy", "require = [\"recovery\"]\n");
    let said = world.env.bulla(["check", "tree"]).run();
    assert_eq!(said.code, Some(10), "{}", said.text());
    assert_eq!(
        String::from_utf8(said.stdout).unwrap(),
        "tree/locked.age: not shown to be open to recovery\n"
    );
    world.env.fails(2, &["who", "-r", "tree/a.age"]);
    world.env.fails(6, &["who", "-r", "no-such-folder"]);
    fs::create_dir(world.env.path("empty")).unwrap();
    world.env.fails(2, &["check", "empty"]);
}

#[test]
fn a_file_that_is_named_as_an_age_file_and_is_none_fails_and_others_are_skipped() {
    let world = World::new();
    let env = &world.env;
    let good = world.file(Fault::Nothing);
    let mut first_byte = good.clone();
    first_byte[0] = b'X';
    env.write("tree/.bulla-policy", "require = [\"recovery\"]\n");
    env.write("tree/good.age", &good);
    env.write("tree/readme.txt", "no age file");
    env.write("tree/old.age/notes", "no age file in a folder");
    for (name, bytes) in [
        ("byte.age", &first_byte[..]),
        ("empty.age", b""),
        ("zeros.tar.zst.age", &[0; 4096]),
    ] {
        let path = format!("tree/sub/{name}");
        env.write(&path, bytes);
        for command in [
            &["who", "-r", "tree"][..],
            &["who", "-r", "tree", "--csv"],
            &["who", "-r", "tree", "--can-open", "recovery"],
            &["check", "tree"],
            &["verify", "--recursive", "tree"],
        ] {
            let said = env.bulla(command).run();
            assert_eq!(said.code, Some(10), "{name} {command:?}: {}", said.text());
            assert!(
                said.stderr.contains(&format!("{path} is ")) && said.stderr.contains("age file"),
                "{name} {command:?}: {}",
                said.stderr
            );
            if !command.contains(&"--csv") {
                let said = env.bulla([command, &["--json"]].concat()).run();
                assert_eq!(said.code, Some(10), "{name} {command:?}: {}", said.text());
                let text = said.text();
                let error = format!("\"file\":\"{path}\",\"error\":{{\"kind\":\"not-age\"");
                assert!(text.contains(&error), "{name} {command:?}: {text}");
            }
        }
        fs::remove_file(env.path(&path)).unwrap();
    }
    // A tree in which nothing else is left has an age file all the same.
    fs::remove_file(env.path("tree/good.age")).unwrap();
    env.write("tree/byte.age", &first_byte);
    for command in [&["who", "-r", "tree"][..], &["check", "tree"]] {
        let said = env.bulla(command).run();
        assert_eq!(said.code, Some(10), "{command:?}: {}", said.text());
    }
    fs::remove_file(env.path("tree/byte.age")).unwrap();
    env.fails(2, &["who", "-r", "tree"]);
    env.fails(2, &["check", "tree"]);
}

#[test]
fn a_locked_identity_is_asked_for_before_the_walk_and_the_process_is_confined() {
    let world = World::new();
    let env = &world.env;
    env.write("tree/a.age", world.file(Fault::Nothing));
    env.write("tree/.bulla-policy", "require = [\"recovery\"]\n");
    env.write("passphrase", "red clay and reeds\n");
    let from = ["--passphrase-file", "passphrase"];
    let lock = ["identity", "passphrase", "ops", "--work-factor", "10", "-q"];
    env.does(&[&lock[..], &from].concat());
    for command in [&["who", "-r", "tree", "-v"][..], &["check", "tree", "-v"]] {
        let said = env.bulla([command, &from].concat()).run();
        assert_eq!(said.code, Some(0), "{}", said.text());
        let is_free = said.stderr.contains("leaves other programs free");
        assert!(!is_free, "{}", said.stderr);
    }
    // What is wrong with the command line is said before anything is asked.
    let wrong = ["who", "-r", "tree", "--can-open", "nobody"];
    let said = env.bulla(wrong).run();
    assert!(said.stderr.contains("nobody"), "{}", said.stderr);
}

#[test]
fn required_readers_of_written_files_are_checked_by_who_and_verify() {
    let world = World::new();
    let env = &world.env;
    env.write("good.age", world.file(Fault::Nothing));
    env.write("bad.age", world.file(Fault::MissingReader));
    env.write("locked.age", env.locked("x", "a passphrase", &[]));
    env.does(&["group", "create", "keepers", "recovery", "dave", "-q"]);
    for command in ["who", "verify"] {
        let on = |file: &str, name: &str| {
            let line = env.bulla([command, "--require", name, file, "--passphrase-fd", "3"]);
            let said = line.descriptor(3, "a passphrase").run();
            (said.code, said.stderr)
        };
        assert_eq!(on("good.age", "recovery").0, Some(0), "{command}");
        assert_eq!(on("good.age", "ops").0, Some(0), "{command}");
        let (code, said) = on("bad.age", "recovery");
        assert_eq!(code, Some(7), "{command}: {said}");
        assert!(said.contains("bulla share bad.age --to recovery"), "{said}");
        let (code, said) = on("good.age", "keepers");
        assert_eq!(code, Some(7), "{command}: {said}");
        assert!(said.contains("not shown to be open to dave"), "{said}");
        assert_eq!(on("locked.age", "recovery").0, Some(7), "{command}");
        // Who is required must be known, and able to read.
        assert_eq!(on("good.age", "recovry").0, Some(2), "{command}");
        assert_eq!(on("good.age", "web").0, Some(7), "{command}");
        assert_eq!(on("good.age", RECIPIENT).0, Some(2), "{command}");
    }
}

#[test]
fn a_policy_applies_to_its_folder_and_below_and_a_deeper_one_adds_to_it() {
    let world = World::new();
    let env = &world.env;
    for folder in ["tree", "tree/a", "tree/a/deep", "tree/b"] {
        env.write(&format!("{folder}/x.age"), world.file(Fault::MissingReader));
    }
    let breaches = || {
        let said = env.bulla(["check", "tree", "--json"]).run();
        let lines = said.json();
        let files = lines.iter().filter(|line| line["status"] == "ok");
        let mut found = BTreeMap::new();
        for line in files {
            let kinds = line["breaches"].as_array().unwrap().iter();
            let kinds: Vec<String> = kinds
                .map(|breach| breach["kind"].as_str().unwrap().to_owned())
                .collect();
            found.insert(line["file"].as_str().unwrap().to_owned(), kinds.join(" "));
        }
        (said.code, found)
    };
    // A file that no policy applies to meets none.
    let (code, found) = breaches();
    assert_eq!(code, Some(7));
    assert!(
        found.values().all(|kinds| kinds == "no-policy"),
        "{found:?}"
    );
    env.write("tree/.bulla-policy", "");
    env.does(&["check", "tree"]);
    env.write("tree/a/.bulla-policy", "require = [\"recovery\"]\n");
    let (code, found) = breaches();
    assert_eq!(code, Some(7));
    let of = |name: &str| found[&format!("tree/{name}x.age")].as_str();
    assert_eq!(
        (of(""), of("a/"), of("a/deep/"), of("b/")),
        ("", "missing-reader", "missing-reader", "")
    );
    // The deeper policy does not lift what is above it.
    env.write("tree/.bulla-policy", "require = [\"recovery\"]\n");
    env.write(
        "tree/b/.bulla-policy",
        "require = []\nallow = [\"ops\", \"dave\"]\n",
    );
    let (_, found) = breaches();
    assert!(
        found.values().all(|kinds| kinds.contains("missing-reader")),
        "{found:?}"
    );
    env.write("tree/b/.bulla-policy", "allow = [\"dave\"]\n");
    let (_, found) = breaches();
    assert_eq!(found["tree/b/x.age"], "missing-reader other-reader");
}

#[test]
fn a_policy_names_signers_as_it_names_readers() {
    let world = World::new();
    let env = &world.env;
    env.does(&["identity", "default", "ops", "-q"]);
    env.write("tree/web.age", world.file(Fault::Nothing));
    env.write("tree/rogue.age", world.file(Fault::OtherSigner));
    env.write("x", "x");
    env.does(&[
        "encrypt",
        "-q",
        "--to",
        "me",
        "--sign",
        "x",
        "-o",
        "tree/own.age",
    ]);
    env.does(&["group", "create", "servers", "web", "-q"]);
    env.does(&["group", "create", "makers", "servers", "dave", "-q"]);
    env.does(&["group", "create", "nobody", "-q"]);
    let check = |signers: &str, code: i32| {
        env.write("tree/.bulla-policy", format!("signed_by = [{signers}]\n"));
        let said = env.bulla(["check", "tree"]).run();
        assert_eq!(said.code, Some(code), "{signers}: {}", said.text());
        said.text()
    };
    let text = check("\"makers\"", 7);
    assert!(
        text.starts_with(
            "tree/own.age: signed by you, and not by web or dave\n\
             tree/rogue.age: signed by rogue, and not by web or dave\n"
        ) && text.contains("2 of 3"),
        "{text}"
    );
    check("\"makers\", \"rogue\", \"me\"", 0);
    let text = check("\"makers\", \"me\"", 7);
    assert!(text.contains("1 of 3"), "{text}");
    for (signers, why) in [
        ("\"nobody\"", "The group nobody is empty"),
        (
            "\"web2\"",
            "There is no contact, group or identity \"web2\"",
        ),
        (&*format!("\"{RECIPIENT}\""), "is a key, not a name"),
    ] {
        let text = check(signers, 2);
        assert!(text.contains(why), "{text}");
        assert!(text.contains("tree/.bulla-policy"), "{text}");
    }
    // A contact that was removed vouches for nothing.
    env.does(&["contact", "remove", "rogue", "-q"]);
    let text = check("\"rogue\"", 2);
    assert!(text.contains("rogue"), "{text}");
}

#[test]
fn a_policy_that_is_not_understood_is_an_error_and_never_ignored() {
    let world = World::new();
    let env = &world.env;
    env.write("tree/x.age", world.file(Fault::Nothing));
    for (policy, why) in [
        ("requires = [\"recovery\"]\n", "line 1: unknown field"),
        ("\nrequire = \"recovery\"\n", "line 2: "),
        ("post_quantum = 1\n", "line 1: "),
        ("post_quantum = true\npost_quantum = true\n", "line 2: "),
        (
            "require = [\"recovry\"]\n",
            "There is no contact, group or identity \"recovry\"",
        ),
        (
            "forbid = [\"nobody\"]\n",
            "There is no contact, group or identity \"nobody\"",
        ),
        ("signed_by = [\"nobody\"]\n", "\"nobody\""),
        ("require = [\"web\"]\n", "web only signs"),
        ("[require]\n", "line 1: "),
        ("\u{1b}[31m", "line 1"),
    ] {
        env.write("tree/.bulla-policy", policy);
        let said = env.bulla(["check", "tree"]).run();
        assert!(
            matches!(said.code, Some(2 | 7)),
            "{policy}: {}",
            said.text()
        );
        assert!(said.stdout.is_empty(), "{policy}");
        assert!(said.stderr.contains(why), "{policy}: {}", said.stderr);
        assert!(
            said.stderr.contains("tree/.bulla-policy"),
            "{policy}: {}",
            said.stderr
        );
        assert!(!said.stderr.contains('\u{1b}'), "{policy}");
    }
    env.write("tree/.bulla-policy", vec![b'#'; (64 << 10) + 1]);
    let said = env.fails(2, &["check", "tree"]);
    assert!(
        said.contains("tree/.bulla-policy is not a policy: it is larger than 64 KiB"),
        "{said}"
    );
    // A link could lead to a weaker policy.
    fs::remove_file(env.path("tree/.bulla-policy")).unwrap();
    env.write("weak", "");
    symlink(env.path("weak"), env.path("tree/.bulla-policy")).unwrap();
    let said = env.fails(2, &["check", "tree"]);
    assert!(said.contains("is not a regular file"), "{said}");
}

#[test]
fn a_reader_who_left_is_still_found_and_the_way_is_shown() {
    let world = World::new();
    let env = &world.env;
    env.write("tree/x.age", world.file(Fault::Forbidden));
    env.write("tree/y.age", world.file(Fault::Nothing));
    env.does(&["group", "create", "team", "recovery", "dave", "-q"]);
    let show = "bulla who --recursive --can-open dave FOLDER";
    let said = env.bulla(["group", "drop", "team", "dave"]).run();
    assert!(said.stderr.contains(show), "{}", said.stderr);
    let dave = BTreeSet::from(["tree/x.age".to_owned()]);
    assert_eq!(world.files(&["--can-open", "dave"]), dave);
    let said = env.bulla(["contact", "remove", "dave"]).run();
    assert!(said.stderr.contains(show), "{}", said.stderr);
    assert_eq!(world.files(&["--can-open", "dave"]), dave);
    env.write("tree/.bulla-policy", "forbid = [\"dave\"]\n");
    let said = env.bulla(["check", "tree"]).run();
    assert_eq!(said.code, Some(7));
    assert_eq!(said.stdout, b"tree/x.age: open to dave\n");
}
