//! `--json`: docs/json.md against what every command prints.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::env::{Outcome, Run, TestEnv};
use crate::people::{CHECK_OF_ONE, ONE, TWO};
use crate::someone::IDENTITY;

const PAGE: &str = include_str!("../../docs/json.md");

/// Somebody's SSH key.
const SSH: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c";

/// Documented, but nothing in the scenes below brings it about: the kernel may have no keyring, and
/// times are in whole seconds.
const NOT_MADE: [&str; 6] = [
    "lock file",
    "lock identity",
    "lock was_unlocked",
    "read older_than",
    "unlock seconds",
    "unlock unlocked",
];

/// The fields of a section and their types: `keys[].name` is a string or null.
type Fields = BTreeMap<String, BTreeSet<String>>;

/// The section under a heading of any level.
#[track_caller]
fn section(heading: &str) -> &'static str {
    let heading = format!("# {heading}\n");
    let (_, rest) = PAGE
        .split_once(&heading)
        .unwrap_or_else(|| panic!("docs/json.md has no section {heading:?}"));
    let ends = ["\n## ", "\n### "].map(|end| rest.find(end).unwrap_or(rest.len()));
    &rest[..ends.into_iter().min().unwrap()]
}

/// The fields documented in a section, with those of the sections that it refers to.
fn documented(heading: &str) -> Fields {
    let mut fields = Fields::new();
    let rows = section(heading)
        .lines()
        .filter(|line| line.starts_with("| "));
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, name, kind, ..] = cells.as_slice() else {
            panic!("{row}");
        };
        if let Some((_, target)) = name.split_once("](#") {
            let target = target.trim_end_matches(')').replace('-', " ");
            let target = match target.as_str() {
                "file report" => "File report",
                "identity" => "Identity",
                "contact" => "Contact",
                command => command,
            };
            for (name, kinds) in documented(target) {
                fields.entry(name).or_default().extend(kinds);
            }
        } else if let Some(name) = name.strip_prefix('`') {
            let name = name.trim_end_matches('`');
            for kind in kind.split(" or ") {
                let (outer, inner) = match kind.split_once(" of ") {
                    Some((outer, inner)) => (outer, Some(inner)),
                    None => (kind, None),
                };
                let mut add = |name: String, kind: &str| {
                    fields.entry(name).or_default().insert(kind.to_owned());
                };
                add(name.to_owned(), outer);
                if let Some(inner) = inner {
                    add(format!("{name}[]"), inner);
                }
            }
        }
    }
    fields
}

/// The fields of an object and their types.
fn fields_of(value: &Value, at: &str, fields: &mut Fields) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !at.is_empty() {
        fields
            .entry(at.to_owned())
            .or_default()
            .insert(kind.to_owned());
    }
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let key = if at == "settings" { "*" } else { key };
                let below = if at.is_empty() {
                    key.to_owned()
                } else {
                    format!("{at}.{key}")
                };
                fields_of(value, &below, fields);
            }
        }
        Value::Array(items) => {
            for item in items {
                fields_of(item, &format!("{at}[]"), fields);
            }
        }
        _ => {}
    }
}

/// The commands with the command line of another program, in which `--json` means what it means there.
const OF_AGE: [&str; 3] = ["age", "age-inspect", "age-keygen"];

/// The commands of the program, as they are typed after `bulla`.
fn commands() -> Vec<String> {
    fn walk(command: &clap::Command, path: &str, found: &mut Vec<String>) {
        for sub in command
            .get_subcommands()
            .filter(|sub| sub.get_name() != "help" && !OF_AGE.contains(&sub.get_name()))
        {
            let path = format!("{path} {}", sub.get_name()).trim().to_owned();
            if sub.has_subcommands() {
                walk(sub, &path, found);
            } else {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&bulla::command(), "", &mut found);
    found
}

/// Everything that was printed, by command and status.
#[derive(Default)]
struct Seen(BTreeMap<(String, String), Fields>);

impl Seen {
    /// Notes what a run printed. All of it is JSON, and the last failure has the run's exit code.
    #[track_caller]
    fn note(&mut self, outcome: &Outcome) -> Vec<Value> {
        let lines = outcome.json();
        let mut failed = None;
        for line in &lines {
            assert_eq!(line["schema"], 1, "{line}");
            let status = line["status"].as_str().unwrap().to_owned();
            if status == "failed" {
                failed = line["error"]["exit_code"].as_i64();
                kind_is_documented("Kinds of errors", &line["error"], failed);
            }
            if status == "warning" {
                kind_is_documented("Kinds of warnings", &line["warning"], None);
            }
            for warning in line["warnings"].as_array().into_iter().flatten() {
                kind_is_documented("Kinds of warnings", warning, None);
            }
            let command = line["command"].as_str().unwrap_or_default().to_owned();
            fields_of(line, "", self.0.entry((command, status)).or_default());
        }
        let code = outcome.code.map(i64::from).filter(|code| *code != 0);
        assert_eq!(failed, code, "{outcome:?}");
        lines
    }

    #[track_caller]
    fn run(&mut self, run: Run<'_>) -> Vec<Value> {
        self.note(&run.run())
    }
}

/// A kind is on the page, with its exit code.
#[track_caller]
fn kind_is_documented(heading: &str, with_kind: &Value, code: Option<i64>) {
    let kind = format!("| `{}` |", with_kind["kind"].as_str().unwrap());
    let row = section(heading).lines().find(|row| row.starts_with(&kind));
    let row = row.unwrap_or_else(|| panic!("{heading}: {with_kind}"));
    if let Some(code) = code {
        let codes = row.split('|').nth(2).unwrap();
        let mut codes = codes.split(',').map(str::trim);
        assert!(
            codes.any(|one| one == code.to_string()),
            "{row}: {with_kind}"
        );
    }
}

/// Some people, each with a home.
struct World {
    env: TestEnv,
    seen: Seen,
}

impl World {
    fn new() -> Self {
        Self {
            env: TestEnv::new(),
            seen: Seen::default(),
        }
    }

    /// Runs a command as "me" or as somebody else, and returns its objects.
    #[track_caller]
    fn of(&mut self, who: &str, line: &str) -> Vec<Value> {
        self.with(who, line, "")
    }

    #[track_caller]
    fn me(&mut self, line: &str) -> Vec<Value> {
        self.of("me", line)
    }

    /// The same with standard input. `_` stands for a space within an argument.
    #[track_caller]
    fn with(&mut self, who: &str, line: &str, stdin: &str) -> Vec<Value> {
        let words = line.split(' ').map(|word| word.replace('_', " "));
        // Before the command, because the values of a setting may be anything.
        let run = self
            .env
            .bulla(["--json".to_owned()].into_iter().chain(words));
        let run = if who == "me" {
            run
        } else {
            run.env("BULLA_HOME", self.env.path(format!("../{who}")))
                .env("XDG_STATE_HOME", self.env.path(format!("../{who}-state")))
        };
        self.seen.run(run.stdin(stdin))
    }
}

/// The status of each object.
fn statuses(objects: &[Value]) -> Vec<&str> {
    let status = |object: &Value| match object["status"].as_str() {
        Some("ok") => "ok",
        Some("failed") => "failed",
        _ => "warning",
    };
    objects.iter().map(status).collect()
}

/// Runs every command, so that every field occurs.
fn everything() -> Seen {
    let mut world = World::new();
    identities(&mut world);
    contacts_and_groups(&mut world);
    files(&mut world);
    messages(&mut world);
    rest(&mut world);
    world.seen
}

fn identities(world: &mut World) {
    world.me("identity new --no-passphrase");
    let taken = world.me("identity new --no-passphrase");
    assert_eq!(taken[0]["error"]["kind"], "name-taken", "{taken:?}");
    world.me("identity new --no-passphrase -o file.key");
    world.env.write("key", format!("{IDENTITY}\n"));
    let words = "abandon ".repeat(23) + "art";
    world.with("me", "identity restore old --no-passphrase", &words);
    world.me("identity import ancient key --no-passphrase");
    world.me("identity import nothing nowhere");
    world.me("group create mine old ancient");
    world.me("identity rename old older");
    world.me("identity default me");
    world.me("identity default");
    world.me("identity list");
    world.me("identity show");
    world.me("identity show -i key");
    world.me("identity show nobody");
    world.me("identity confirm --yes");
    world.me("identity export");
    world.me("identity export --plugin");
    world.me("identity export -o me.txt");
    world.me("identity export --secret -o me.key");
    let refused = world.me("identity export --secret");
    assert_eq!(statuses(&refused), ["failed"]);
    world.env.write("passphrase", "a passphrase of my own\n");
    world.me("identity passphrase older --work-factor 10 --passphrase-file passphrase");
    world.me("identity rotate");
    world.me("identity succeed --yes");
    world.me("identity revoke older --reason lost --yes --passphrase-file passphrase");
    world.me("identity revoke older --reason lost --yes -o rev --passphrase-file passphrase");
    world.me("identity remove ancient --yes");
    world.me("card");
    world.me("card --armor");
    world.me("card -o me.card");
    assert_eq!(statuses(&world.me("card --qr")), ["failed"]);
    backup(world);
}

/// The words are shown on the terminal, and never in the JSON.
fn backup(world: &mut World) {
    let run = world.env.bulla(["identity", "backup", "--json"]);
    let Some(terminal) = run.redirect(">'backup.json'").on_terminal() else {
        return;
    };
    terminal.wait_for("You will be asked for three of them");
    let shown = terminal.shown();
    let (_, table) = shown.split_once("has your keys.").unwrap();
    let cells: Vec<&str> = table.split_whitespace().collect();
    let word = |number: usize| {
        let at = cells.iter().position(|cell| *cell == number.to_string());
        cells[at.unwrap_or_else(|| panic!("{number}: {shown}")) + 1].to_owned()
    };
    let words: Vec<String> = (1..=24).map(word).collect();
    terminal.keys("\n");
    for _ in 0..3 {
        terminal.wait_for("Word ");
        let number = loop {
            let shown = terminal.shown();
            let last = shown.rsplit("Word ").next().unwrap();
            if let Some((number, _)) = last.split_once(" of 24") {
                break number.parse::<usize>().unwrap();
            }
            std::thread::yield_now();
        };
        terminal.keys(&format!("{}\n", words[number - 1]));
        terminal.wait_for(" of 24");
    }
    let outcome = terminal.end();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let stdout = world.env.read("backup.json");
    let outcome = Outcome { stdout, ..outcome };
    let objects = world.seen.note(&outcome);
    let told = objects.last().unwrap();
    assert!(told["backed_up"].is_string(), "{objects:?}");
    let text = told.to_string();
    // One word alone may be a field or a part of one, such as "hybrid".
    let told: Vec<&str> = text.split(|c: char| !c.is_ascii_alphabetic()).collect();
    let told = told.into_iter().filter(|word| !word.is_empty());
    let told = told.collect::<Vec<_>>().join(" ");
    let leaked = words
        .windows(2)
        .filter(|pair| format!(" {told} ").contains(&format!(" {} {} ", pair[0], pair[1])));
    assert_eq!(leaked.count(), 0, "{text}");
}

fn contacts_and_groups(world: &mut World) {
    for friend in ["bob", "dora"] {
        world.of(friend, "identity new --no-passphrase");
        world.of(friend, &format!("card -o {friend}.card"));
        let added = world.me(&format!("contact add {friend} {friend}.card"));
        assert_eq!(added[0]["outcome"], "added");
    }
    world.of("bob", "contact add friend me.card");
    world.me("contact add bob bob.card");
    world.me("contact add x nowhere");
    let shown = world.of("bob", "identity show");
    let number = shown[0]["safety_number"].as_str().unwrap().replace(' ', "");
    let verified = world.me(&format!("contact verify bob --check {number}"));
    assert!(verified[0]["safety_number"].is_string(), "{verified:?}");
    world.me("contact verify dora --check 123");
    world.me(&format!("contact add carol {ONE}"));
    world.me(&format!("contact verify carol --check {CHECK_OF_ONE}"));
    let changed = world.me(&format!("contact add carol {TWO}"));
    assert_eq!(changed[0]["status"], "warning", "{changed:?}");
    assert_eq!(changed[1]["outcome"], "set-aside", "{changed:?}");
    world.me("contact list");
    world.me("contact resolve carol --keep");
    world.me("contact resolve carol --keep");
    world.of("dora", "identity revoke --reason lost --yes -o dora.rev");
    world.me("contact revoke dora.rev");
    world.me("contact revoke bob.card");
    world.me("contact show dora");
    world.me("contact show bob");
    world.me("contact show nobody");
    world.me("contact export bob");
    world.me("contact export bob -o bob.again");
    world.me("group create team bob");
    world.me("group create all team carol");
    world.me("group add team carol");
    world.me("group drop team carol");
    world.me("group list");
    world.me("group show all");
    world.me("group rename team crew");
    world.me("contact rename carol caroline");
    world.me("contact remove dora");
    world.me(&format!("contact add spare {TWO}"));
    world.me("group add all spare");
    world.me("contact remove spare");
    world.me("group remove crew");
    world.me("group show nobody");
}

fn files(world: &mut World) {
    world.env.write("plan", "meet me at noon\n");
    world.env.write("notes", "private\n");
    world.me("encrypt --to bob --sign plan");
    let both = world.me("encrypt --to bob notes missing");
    let of = |file: &str| both.iter().find(|object| object["file"] == file).unwrap();
    assert_eq!((both.len(), &of("notes")["status"]), (3, &"ok".into()));
    assert_eq!(of("missing")["error"]["kind"], "not-found");
    assert_eq!(both[2]["error"]["kind"], "some-failed");
    for line in ["encrypt --to bob -o - plan", "decrypt -o - plan.age"] {
        let refused = world.me(line);
        assert_eq!(refused[0]["error"]["kind"], "usage", "{refused:?}");
    }
    world.with("me", "encrypt --to bob -o typed.age", "from a pipe");
    world.me("encrypt --to bob -o made.age -- /bin/echo clay");
    world.me("decrypt made.age -- /bin/cat");
    let failed = world.me("encrypt --to bob -o unmade.age -- /bin/false");
    assert_eq!(failed[0]["error"]["kind"], "command-failed", "{failed:?}");
    let empty = world.me("encrypt --to bob -o unmade.age -- /bin/true");
    assert_eq!(empty[0]["error"]["kind"], "incomplete-input", "{empty:?}");
    world.me("inspect plan.age");
    world.me("inspect plan");
    world.me("verify plan.age");
    world.me("who plan.age");
    world.of("dora", "who plan.age");
    world.env.write("passphrase", "a passphrase of my own\n");
    world.me("encrypt -p --work-factor 10 --passphrase-file passphrase -o locked.age notes");
    world.me("who locked.age");
    world.env.write("tree/plan.age", world.env.read("plan.age"));
    world
        .env
        .write("tree/locked.age", world.env.read("locked.age"));
    world.me("who -r tree");
    world.me("check tree");
    world.env.write("tree/.bulla-policy", "forbid = [\"me\"]\n");
    world.me("check tree");
    world.env.write("wrong", "another\n");
    let wrong = world.me("decrypt --passphrase-file wrong -o opened locked.age");
    assert_eq!(wrong[0]["error"]["kind"], "wrong-passphrase", "{wrong:?}");
    world.me("decrypt --passphrase-file passphrase -o opened locked.age");
    // Bob writes to himself, and passes it on.
    world.env.write("story", "once\n");
    world.of("bob", "identity new second --no-passphrase");
    world.of(
        "bob",
        "encrypt --to me --to second --sign -o story.age story",
    );
    world.of("bob", "share story.age --to friend --sign");
    world.of("bob", "unshare story.age --drop second --sign");
    world.me("who story.age");
    world.me("decrypt -f -o story.txt story.age");
    world.me("share plan.age --to older");
    world.me("share plan.age --to older");
    world.me("share plan.age --to older --header-out plan.header");
    world.me("unshare plan.age --drop older --sign");
    world.me("unshare plan.age --drop older --sign");
    // Who of the hidden recipients is older?
    world.me("encrypt --to me --to older --hide-recipients -o hidden.age notes");
    let hidden = world.me("unshare hidden.age --drop older");
    assert_eq!(hidden[0]["possible"][0], "older (you)", "{hidden:?}");
    // Keys of SSH cannot be proved to be in a file.
    world.me(&format!("contact add shelly {}", SSH.replace(' ', "_")));
    world.me("encrypt --to shelly -o ssh.age plan");
    world.me("share ssh.age --to shelly");
    world.me("share missing --to shelly");
    world.me("verify plan.age");
    world.me("encrypt --to bob --hide-recipients -o hidden.age plan");
    world.me("who hidden.age");
    world.env.write("tree/a", "one\n");
    std::os::unix::fs::symlink("a", world.env.path("tree/link")).unwrap();
    let mirror = "encrypt --to bob --each tree -o mirror --if-changed --names";
    for _ in 0..2 {
        world.me(mirror);
    }
    world.env.write("tree/b", "two\n");
    std::fs::remove_file(world.env.path("tree/a")).unwrap();
    world.me(&format!("{mirror} --delete --delete-most"));
    world.me("decrypt --each mirror -o again");
    drills(world);
    archives(world);
    world.me("reseal plan.age --to bob --dry-run");
    world.me("reseal plan.age --to bob");
    world.me("reseal missing --to bob");
    edited(world);
}

/// The editor has the terminal, and the JSON goes elsewhere.
fn edited(world: &mut World) {
    world.me("edit plan.age");
    let run = world
        .env
        .edit(&["--json", "plan.age"], "echo more >>\"$1\"");
    let Some(terminal) = run.redirect(">'edit.json'").on_terminal() else {
        return;
    };
    let outcome = terminal.end();
    let stdout = world.env.read("edit.json");
    let objects = world.seen.note(&Outcome { stdout, ..outcome });
    assert_eq!(objects.last().unwrap()["written"], true, "{objects:?}");
}

fn archives(world: &mut World) {
    world.env.write("album/one", "1");
    world.env.write("album/two", "2");
    std::os::unix::fs::symlink("two", world.env.path("album/link")).unwrap();
    let odd: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(b"\xff");
    std::os::unix::fs::symlink(odd, world.env.path("album").join(odd)).unwrap();
    world.me("encrypt --to bob album");
    world.me("list album.tar.age");
    world.me("decrypt album.tar.age -o unpacked");
    world.me("extract album.tar.age album/two -o extracted");
    let missing = world.me("extract album.tar.age album/three -o nothing");
    assert_eq!(missing[0]["error"]["kind"], "not-found", "{missing:?}");
    world.me("rescue album.tar.age");
    let mut damaged = world.env.read("album.tar.age");
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    world.env.write("damaged.age", damaged);
    let rescued = world.me("rescue damaged.age");
    assert_eq!(rescued[1]["error"]["kind"], "damaged", "{rescued:?}");
    world.env.write("large/one", vec![1; 200_000]);
    world.me("encrypt --to bob large");
    let mut damaged = world.env.read("large.tar.age");
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    world.env.write("large.tar.age", damaged);
    let rescued = world.me("rescue large.tar.age");
    assert_eq!(rescued[0]["entries_whole"], 1, "{rescued:?}");
    let mut state = 1_u32;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    world
        .env
        .write("noise/one", noise.take(4 << 20).collect::<Vec<u8>>());
    world.me("encrypt --to bob --zstd noise");
    let whole = world.env.read("noise.tar.zst.age");
    let mut damaged = whole.clone();
    damaged[10_000] ^= 1;
    world.env.write("noise.tar.zst.age", damaged);
    let rescued = world.me("rescue noise.tar.zst.age");
    assert_eq!(rescued[0]["entries_lost"], serde_json::json!(["noise"]));
    let mut damaged = whole;
    damaged[3 << 19] ^= 1;
    damaged.truncate((4 << 20) - 5000);
    world.env.write("noise.tar.zst.age", damaged);
    let rescued = world.me("rescue noise.tar.zst.age -f");
    assert_eq!(rescued[0]["unplaced"][0]["offset"], 2 << 20, "{rescued:?}");
}

/// `bytes` is the size of the contents, and `size` that of the encrypted file, however it is made.
#[test]
fn the_bytes_of_encrypt_are_those_of_decrypt() {
    let env = TestEnv::new().with_key();
    env.does(&["identity", "new", "me", "--no-passphrase", "-q"]);
    env.write("empty", "");
    env.write("abc", "abc");
    env.write("long", vec![7; 200_000]);
    env.write("folder/abc", "abc");
    for (input, len) in [
        ("empty", Some(0)),
        ("abc", Some(3)),
        ("long", Some(200_000)),
        ("folder", None),
        ("-", Some(200_000)),
    ] {
        for more in [
            &[][..],
            &["--sign"],
            &["-a"],
            &["-a", "--sign"],
            &["--plain"],
        ] {
            let line = [
                "encrypt", "--to", "me", "--json", "-f", "-o", "x.age", input,
            ];
            let run = env.bulla([&line[..], more].concat());
            let run = match input {
                "-" => run.stdin(vec![7; 200_000]),
                _ => run,
            };
            let made = run.run().json().remove(0);
            let (bytes, size) = (made["bytes"].as_u64(), made["size"].as_u64());
            assert_eq!(
                size,
                Some(env.read("x.age").len() as u64),
                "{made} {more:?}"
            );
            assert!(len.is_none_or(|len| bytes == Some(len)), "{made} {more:?}");
            let opened = env
                .bulla(["decrypt", "--json", "-f", "-o", "plain", "x.age"])
                .run()
                .json();
            assert_eq!(opened[0]["bytes"].as_u64(), bytes, "{opened:?} {more:?}");
        }
    }
}

fn drills(world: &mut World) {
    world.me("identity new vault --no-passphrase");
    world.me("encrypt --to vault --to bob --sign -o copy.age notes");
    world.me("encrypt --to bob -o other.age notes");
    let proved = world.me("drill copy.age --identity vault --signed-by me");
    assert_eq!(statuses(&proved), ["ok"], "{proved:?}");
    world.env.write("live/copy", "private\n");
    world.env.install("cat", std::path::Path::new("/bin/cat"));
    let compared = world.me("drill copy.age -i vault --against live");
    assert_eq!(statuses(&compared), ["ok"], "{compared:?}");
    world.me("drill copy.age -i vault -- cat");
    let both = world.me("drill copy.age other.age -i vault --status-file s.json");
    assert_eq!(statuses(&both), ["ok", "failed", "failed"], "{both:?}");
    assert_eq!(both[1]["error"]["kind"], "missing-reader", "{both:?}");
    world.me("drill copy.age");
    world.me("drill copy.age --identity me");
    let path = world.env.path("../home/.local/state/bulla/receipts.jsonl");
    let mut text = std::fs::read_to_string(&path).unwrap();
    text.push_str("{\"receipt\":1}\n");
    std::fs::write(&path, text).unwrap();
    let receipts = world.me("drill --history");
    assert_eq!(
        statuses(&receipts),
        ["ok", "ok", "ok", "ok", "ok", "warning", "failed"],
        "{receipts:?}"
    );
}

fn messages(world: &mut World) {
    let written = world.with("bob", "write --to friend", "hello\n");
    let block = written[0]["text"].as_str().unwrap();
    let around = format!("Bob wrote:\n{block}bye\n");
    world.with("me", "read", &around);
    world.with("me", "read", &around);
    world.with("me", "read", "no message");
    world.with("bob", "write --to friend", "");
}

fn rest(world: &mut World) {
    world.me("unlock me");
    world.me("unlock ./key");
    world.me("lock me");
    world.me("lock nobody");
    world.me("config");
    world.me("config threads");
    world.me("config threads 2");
    world.me("config nothing");
    let own = std::path::Path::new(env!("CARGO_BIN_EXE_bulla"));
    world.env.install("age", own);
    world.me("doctor");
    world.me("bench --threads 1");
    world.me("completions fish");
    world.me("completions nothing");
    for text in [world.me("--help"), world.me("--version")] {
        assert!(text[0]["text"].is_string(), "{text:?}");
    }
}

#[test]
fn long_every_field_of_every_command_is_documented_and_occurs() {
    let seen = everything().0;
    let common = documented("Every line");
    let mut wrong = Vec::new();
    for command in commands() {
        for (status, own) in [
            ("ok", documented(&format!("bulla {command}"))),
            ("warning", documented("Warnings")),
            ("failed", documented("Failures")),
        ] {
            let nothing = Fields::new();
            let printed = seen.get(&(command.clone(), status.to_owned()));
            let printed = printed.unwrap_or(&nothing);
            for (field, kinds) in printed {
                let known = |page: &Fields, kind: &String| {
                    page.get(field)
                        .is_some_and(|known| known.contains(kind) || known.contains("any"))
                };
                // What is below a field of any type is not documented.
                let is_below_any = own.iter().any(|(name, known)| {
                    known.contains("any")
                        && (field.starts_with(&format!("{name}[]"))
                            || field.starts_with(&format!("{name}.")))
                });
                for kind in kinds {
                    if !known(&own, kind) && !known(&common, kind) && !is_below_any {
                        wrong.push(format!("{command} ({status}): {field} is {kind}"));
                    }
                }
            }
            if status != "ok" {
                continue;
            }
            for (field, kinds) in &own {
                let occurs = |kind: &String| match printed.get(field) {
                    Some(printed) => kind == "any" || printed.contains(kind),
                    None => false,
                };
                let wanted = kinds
                    .iter()
                    .filter(|kind| *kind != "null" || kinds.len() == 1);
                let is_excused = NOT_MADE.contains(&format!("{command} {field}").as_str());
                if !is_excused && !wanted.clone().any(occurs) && occurs_nowhere(&seen, field) {
                    wrong.push(format!("{command}: {field} never occurs"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A field of a shared section must occur for one of the commands that share it.
fn occurs_nowhere(seen: &BTreeMap<(String, String), Fields>, field: &str) -> bool {
    let shared = [
        "File report",
        "Identity",
        "Contact",
        "bulla share",
        "bulla group create",
    ];
    let is_shared = shared
        .iter()
        .any(|heading| documented(heading).contains_key(field));
    let occurs = |fields: &Fields| {
        fields
            .get(field)
            .is_some_and(|kinds| kinds.iter().any(|kind| kind != "null"))
    };
    !is_shared || !seen.values().any(occurs)
}

#[test]
fn every_command_has_a_section_and_a_failure_in_json() {
    let sections: BTreeSet<String> = PAGE
        .lines()
        .filter_map(|line| line.strip_prefix("### bulla "))
        .map(str::to_owned)
        .collect();
    let commands: BTreeSet<String> = commands().into_iter().collect();
    assert_eq!(sections, commands);
    let env = TestEnv::new();
    let mut seen = Seen::default();
    for command in &commands {
        let line = command.split(' ').chain(["--json", "--nonsense"]);
        let objects = seen.run(env.bulla(line));
        let object = &objects[0];
        assert_eq!(
            (&object["command"], &object["error"]["kind"]),
            (&command.as_str().into(), &"usage".into())
        );
    }
    for line in [
        &["--json"][..],
        &["identity", "--json"],
        &["nonsense", "--json"],
    ] {
        assert_eq!(statuses(&seen.run(env.bulla(line))), ["failed"], "{line:?}");
    }
}

#[test]
fn data_and_json_never_share_standard_output() {
    let env = TestEnv::new().with_key();
    env.write("x.age", env.closed("plain"));
    env.write("x", "plain");
    let recipient = crate::someone::RECIPIENT;
    for line in [
        &["encrypt", "-r", recipient][..],
        &["encrypt", "-r", recipient, "-o", "-", "x"],
        &["decrypt", "-i", "key", "-o", "-", "x.age"],
        &["decrypt", "-i", "key"],
        &["reseal", "-i", "key", "-r", recipient, "-o", "-", "x.age"],
        &[
            "share",
            "-i",
            "key",
            "-r",
            ONE,
            "--header-out",
            "-",
            "x.age",
        ],
        &["identity", "new", "--no-passphrase", "-o", "-"],
    ] {
        let said = env.bulla(line.iter().chain(&["--json"])).run();
        let objects = said.json();
        assert_eq!(
            (said.code, objects.len(), &objects[0]["error"]["kind"]),
            (Some(2), 1, &"usage".into()),
            "{line:?}: {said:?}"
        );
    }
}
