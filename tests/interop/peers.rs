//! The implementations of the format, each as a writer and a reader of many files.

use std::path::{Path, PathBuf};

use crate::env::{Outcome, Run, TestEnv};
use crate::found;
use crate::kinds::{Key, Kind, Means};
use crate::plugins;
use crate::tools;

pub(crate) const PASSPHRASE: &str = "eine Pfütze, zwei Öfen";

/// An implementation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Peer {
    Age,
    Age13,
    Rage,
    TypeScript,
    Python,
    Bulla,
}

impl Peer {
    pub(crate) const ALL: [Self; 6] = [
        Self::Age,
        Self::Age13,
        Self::Rage,
        Self::TypeScript,
        Self::Python,
        Self::Bulla,
    ];

    /// Its name in the page.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Age => "age 1.1",
            Self::Age13 => "age 1.3",
            Self::Rage => "rage",
            Self::TypeScript => "age-encryption",
            Self::Python => "pyrage",
            Self::Bulla => "bulla",
        }
    }

    /// Whether a low work factor can be chosen for a passphrase, so that many files take no time.
    pub(crate) fn is_quick_with_passphrases(self) -> bool {
        matches!(self, Self::TypeScript | Self::Bulla)
    }
}

/// The implementations on this machine.
pub(crate) struct Peers {
    age: Option<PathBuf>,
    age_1_3: Option<PathBuf>,
    rage: Option<PathBuf>,
    node: Option<(PathBuf, PathBuf)>,
    python: Option<PathBuf>,
}

impl Peers {
    /// Looks for all of them, and says which are missing.
    pub(crate) fn find() -> Self {
        let tool = |name: &str| {
            let found = tools::tool(name);
            if found.is_none() {
                tools::skip(&format!("{name} not installed"));
            }
            found
        };
        Self {
            age: tool("age"),
            age_1_3: age_1_3(),
            rage: tool("rage"),
            node: found::node(),
            python: python(),
        }
    }

    /// Those that are there, in the order of the page.
    pub(crate) fn present(&self) -> Vec<Peer> {
        let is_there = |peer: &Peer| match peer {
            Peer::Age => self.age.is_some(),
            Peer::Age13 => self.age_1_3.is_some(),
            Peer::Rage => self.rage.is_some(),
            Peer::TypeScript => self.node.is_some(),
            Peer::Python => self.python.is_some(),
            Peer::Bulla => true,
        };
        Peer::ALL.into_iter().filter(is_there).collect()
    }

    pub(crate) fn age_1_3(&self) -> Option<&Path> {
        self.age_1_3.as_deref()
    }

    /// The program of a peer that has the command line of `age`.
    fn program(&self, peer: Peer) -> &Path {
        let program = match peer {
            Peer::Age => &self.age,
            Peer::Age13 => &self.age_1_3,
            _ => &self.rage,
        };
        program.as_deref().unwrap()
    }

    /// What this peer says its version is.
    pub(crate) fn version(&self, env: &TestEnv, peer: Peer) -> String {
        let said = match peer {
            Peer::Age | Peer::Age13 | Peer::Rage => {
                env.program(self.program(peer), ["--version"]).run()
            }
            Peer::TypeScript => {
                let (_, modules) = self.node.as_ref().unwrap();
                let package = modules.join("age-encryption/package.json");
                let package = std::fs::read_to_string(package).unwrap();
                let package: serde_json::Value = serde_json::from_str(&package).unwrap();
                return package["version"].as_str().unwrap().to_owned();
            }
            Peer::Python => {
                let asked = "from importlib.metadata import version; print(version('pyrage'))";
                let python = self.python.as_ref().unwrap();
                env.program(python, ["-c", asked]).run()
            }
            Peer::Bulla => env.bulla(["--version"]).run(),
        };
        let said = String::from_utf8(said.assert_quiet().stdout.clone()).unwrap();
        let version = said.split_whitespace().last().unwrap();
        version.trim_start_matches('v').to_owned()
    }

    /// Encrypts files to a key, and returns what became of each.
    pub(crate) fn encrypt(&self, peer: Peer, lab: &Lab, key: &Key, files: &[Work]) -> Vec<Told> {
        let is_secret = key.kind == Kind::Scrypt;
        let each = |work: &Work| {
            let form: &[&str] = if work.armored { &["-a"] } else { &[] };
            let file = ["-o", &work.to, &work.from];
            let recipient = ["-r", &key.recipient];
            match peer {
                Peer::Bulla => {
                    let secret = ["-p", "--work-factor=10", "--passphrase-file=passphrase"];
                    let to = if is_secret {
                        &secret[..]
                    } else {
                        &recipient[..]
                    };
                    let args = [&["encrypt", "-q"], to, form, &file].concat();
                    Told::of(lab.at_home(lab.env.bulla(args).in_a_script()).run())
                }
                _ if is_secret => {
                    let args = [&["-p"], form, &file].concat();
                    let run = lab.env.program(self.program(peer), args);
                    typed(lab.at_home(run), &["passphrase (", "Confirm passphrase"])
                }
                _ => {
                    let args = [&recipient[..], form, &file].concat();
                    let run = lab.env.program(self.program(peer), args);
                    Told::of(lab.at_home(run).run())
                }
            }
        };
        match peer {
            Peer::TypeScript | Peer::Python => {
                let (kind, text) = if is_secret {
                    ("passphrase", PASSPHRASE)
                } else {
                    ("recipient", &*key.recipient)
                };
                self.script(peer, lab, &["encrypt", kind, text], files)
            }
            _ => files.iter().map(each).collect(),
        }
    }

    /// Decrypts files with the key in an identity file, or with the passphrase.
    pub(crate) fn decrypt(
        &self,
        peer: Peer,
        lab: &Lab,
        identity: Option<&str>,
        files: &[Work],
    ) -> Vec<Told> {
        let each = |work: &Work| {
            let file = ["-o", &work.to, &work.from];
            match (peer, identity) {
                (Peer::Bulla, _) => {
                    let secret = ["--passphrase-file", "passphrase"];
                    let from = identity.map_or(secret, |name| ["-i", name]);
                    let args = [&["decrypt", "-q"][..], &from, &file].concat();
                    Told::of(lab.at_home(lab.env.bulla(args).in_a_script()).run())
                }
                (_, None) => {
                    let args = [&["-d"], &file[..]].concat();
                    let run = lab.env.program(self.program(peer), args);
                    with_empty(typed(lab.at_home(run), &["passphrase"]), lab, work)
                }
                (_, Some(name)) => {
                    let args = [&["-d", "-i", name], &file[..]].concat();
                    let run = lab.env.program(self.program(peer), args);
                    with_empty(Told::of(lab.at_home(run).run()), lab, work)
                }
            }
        };
        match peer {
            Peer::TypeScript | Peer::Python => {
                let text = identity.map(|name| secret_in(lab, name));
                let kind = if text.is_some() {
                    "identity"
                } else {
                    "passphrase"
                };
                let text = text.as_deref().unwrap_or(PASSPHRASE);
                self.script(peer, lab, &["decrypt", kind, text], files)
            }
            _ => files.iter().map(each).collect(),
        }
    }

    /// Runs a script on all files, once for each form.
    fn script(&self, peer: Peer, lab: &Lab, what: &[&str], files: &[Work]) -> Vec<Told> {
        let mut told: Vec<_> = files.iter().map(|_| Told::Done).collect();
        for (form, armored) in [("binary", false), ("armor", true)] {
            let chosen: Vec<_> = (0..files.len())
                .filter(|&at| files[at].armored == armored)
                .collect();
            if chosen.is_empty() {
                continue;
            }
            let names = chosen
                .iter()
                .flat_map(|&at| [&*files[at].from, &*files[at].to]);
            let args: Vec<_> = what.iter().copied().chain([form]).chain(names).collect();
            let outcome = self.start_script(peer, lab, &args);
            let said = String::from_utf8(outcome.stdout.clone()).unwrap();
            let mut refused = 0;
            for at in chosen {
                let line = format!("refused {}: ", files[at].from);
                if let Some((_, rest)) = said.split_once(&line) {
                    let why = rest.lines().next().unwrap_or_default();
                    told[at] = Told::Refused(why.to_owned());
                    refused += 1;
                }
            }
            let code = i32::from(refused > 0);
            assert_eq!(outcome.code, Some(code), "{peer:?} {outcome:?}");
            assert_eq!(outcome.stderr, "", "{peer:?}");
        }
        told
    }

    /// Runs the script of a library.
    pub(crate) fn start_script(&self, peer: Peer, lab: &Lab, args: &[&str]) -> Outcome {
        let name = match peer {
            Peer::TypeScript => "typescript.mjs",
            _ => "python.py",
        };
        let script = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/interop")
            .join(name);
        let script = script.to_str().unwrap().to_owned();
        let args = std::iter::once(&*script).chain(args.iter().copied());
        let run = if let (Peer::TypeScript, Some((node, modules))) = (peer, &self.node) {
            lab.env
                .program(node, args)
                .env("BULLA_NODE_MODULES", modules)
        } else {
            lab.env.program(self.python.as_ref().unwrap(), args)
        };
        lab.at_home(run).run()
    }
}

/// One file: its name before and after.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    pub(crate) armored: bool,
    pub(crate) from: String,
    pub(crate) to: String,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// The program says that it succeeded.
    Done,
    /// The program refused, and said why.
    Refused(String),
}

impl Told {
    /// Fails the test if the program crashed.
    fn of(outcome: Outcome) -> Self {
        let said = outcome.stderr + &String::from_utf8_lossy(&outcome.stdout);
        let crashed = outcome.code.is_none_or(|code| code > 100)
            || ["panicked at", "goroutine 1"]
                .iter()
                .any(|sign| said.contains(sign));
        assert!(
            !crashed,
            "a crash: {:?} {:?} {said}",
            outcome.code, outcome.signal
        );
        match outcome.code {
            Some(0) => Self::Done,
            _ => Self::Refused(said),
        }
    }
}

/// Types the passphrase at each of these questions.
fn typed(run: Run<'_>, questions: &[&str]) -> Told {
    let terminal = run.on_terminal().unwrap();
    for question in questions {
        terminal
            .wait_for(question)
            .wait_for(": ")
            .keys(&format!("{PASSPHRASE}\n"));
    }
    Told::of(terminal.end())
}

/// With `-o`, age does not create an empty file.
fn with_empty(told: Told, lab: &Lab, work: &Work) -> Told {
    if told == Told::Done && !lab.env.path(&work.to).exists() {
        lab.env.write(&work.to, "");
    }
    told
}

/// What an identity file contains besides comments.
fn secret_in(lab: &Lab, name: &str) -> String {
    let text = String::from_utf8(lab.env.read(name)).unwrap();
    if text.starts_with("-----BEGIN") {
        return text;
    }
    let is_secret = |line: &&str| !line.starts_with('#') && !line.is_empty();
    text.lines().find(is_secret).unwrap().to_owned()
}

/// Where programs run: with or without plugins.
pub(crate) struct Lab<'a> {
    pub(crate) env: &'a TestEnv,
    plugins: Option<PathBuf>,
}

impl<'a> Lab<'a> {
    /// A place where no plugin is found.
    pub(crate) fn without_plugins(env: &'a TestEnv) -> Self {
        Self { env, plugins: None }
    }

    /// A place where the plugins of age 1.3 are found, if it is there, and the one for tests.
    pub(crate) fn with_plugins(env: &'a TestEnv, age_1_3: Option<&Path>) -> Self {
        let folder = env.path("../plugins");
        if !folder.is_dir() {
            std::fs::create_dir(&folder).unwrap();
            let link = |name: &str, to: &Path| {
                std::os::unix::fs::symlink(to, folder.join(name)).unwrap();
            };
            link("age-plugin-bullatest", &plugins::built(plugins::GOOD));
            for name in ["pq", "tag", "tagpq", "tagtest"] {
                let name = format!("age-plugin-{name}");
                if let Some(age) = age_1_3 {
                    link(&name, &age.with_file_name(&name));
                }
            }
        }
        Self {
            env,
            plugins: Some(folder),
        }
    }

    /// The place for a program that works in this way.
    pub(crate) fn choose<'b>(means: Means, without: &'b Self, with: &'b Self) -> &'b Self {
        if means == Means::Alone { without } else { with }
    }

    fn at_home<'r>(&self, run: Run<'r>) -> Run<'r> {
        match &self.plugins {
            Some(folder) => run.env("PATH", folder),
            None => run,
        }
    }
}

/// age 1.3, which knows post-quantum keys. `None`, with a message, if `BULLA_AGE_1_3` is not set.
///
/// It is optional: on a machine with an older age its tests are skipped, even with `CI=true`.
pub(crate) fn age_1_3() -> Option<PathBuf> {
    let Some(program) = std::env::var_os("BULLA_AGE_1_3").map(PathBuf::from) else {
        eprintln!("skipped: age 1.3 not installed (BULLA_AGE_1_3)");
        return None;
    };
    assert!(program.is_file(), "BULLA_AGE_1_3: no file {program:?}");
    Some(program)
}

/// A Python with pyrage.
fn python() -> Option<PathBuf> {
    let named = std::env::var_os("BULLA_PYTHON").map(PathBuf::from);
    let python = named.or_else(|| tools::tool("python3"));
    let has_it = |python: &PathBuf| {
        let asked = std::process::Command::new(python)
            .args(["-c", "import pyrage"])
            .output();
        asked.is_ok_and(|outcome| outcome.status.success())
    };
    let python = python.filter(has_it);
    if python.is_none() {
        tools::skip("pyrage not installed (BULLA_PYTHON)");
    }
    python
}
