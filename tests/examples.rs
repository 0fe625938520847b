//! Runs the files in `docs/examples`, and what `docs/backups.md` says about other programs. Each
//! test is skipped, with a message, if the other program is not installed, but in CI nothing may be
//! missing.

#![cfg(test)]

#[path = "../crates/bulla-age/tests/tools/mod.rs"]
mod tools;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const BACKUPS: &str = include_str!("../docs/backups.md");
const PASSPHRASE: &str = "a passphrase of my own";

/// A text that is nowhere but in what is encrypted.
const CANARY: &str = "the-clay-is-still-soft";

/// A folder, which is also the home, with the keyring of a server that can only write.
struct Server {
    folder: tempfile::TempDir,
}

impl Server {
    fn new() -> Self {
        let server = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        server.succeed("mkdir bin backups recovered && cp -r \"$EXAMPLES\" examples");
        server.succeed(
            "BULLA_HOME=recovery bulla identity new recovery --classic --no-passphrase -q",
        );
        server.succeed("BULLA_HOME=recovery bulla card -q -o recovery.card");
        server.succeed("BULLA_HOME=recovery bulla identity export --secret -q -o recovery.key");
        server.succeed(&format!(
            "echo '{PASSPHRASE}' | bulla identity new web --signing-only --passphrase-fd 0 -q"
        ));
        server.succeed("bulla contact add recovery recovery.card && bulla config require recovery");
        server.succeed(&format!(
            "mkdir credentials && echo '{PASSPHRASE}' > credentials/bulla.passphrase"
        ));
        server
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The command of a shell in this folder, with the service manager's credential.
    fn shell(&self, script: &str) -> Command {
        let program = Path::new(env!("CARGO_BIN_EXE_bulla")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let bin = self.path("bin");
        let path = format!(
            "{}:{}:{path}:/usr/sbin:/sbin",
            bin.display(),
            program.display()
        );
        let mut command = Command::new("sh");
        command
            .args(["-c", &format!("({script}) 2>&1")])
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .env("PATH", path)
            .env("HOME", self.folder.path())
            .env("TMPDIR", self.folder.path())
            .env("EXAMPLES", examples())
            .env("CREDENTIALS_DIRECTORY", self.path("credentials"))
            .env_remove("XDG_CONFIG_HOME")
            .env("BULLA_HOME", self.path("keyring"));
        command
    }

    /// Runs a script. Returns its exit code and all that it wrote.
    fn run(&self, script: &str) -> (Option<i32>, String) {
        let output = self.shell(script).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), text)
    }

    #[track_caller]
    fn succeed(&self, script: &str) -> String {
        let (code, output) = self.run(script);
        assert_eq!(code, Some(0), "{script}: {output}");
        output
    }

    fn has(&self, program: &str) -> bool {
        let has = self.run(&format!("command -v {program}")).0 == Some(0);
        if !has {
            tools::skip(&format!("{program} not installed"));
        }
        has
    }

    /// Puts a script on the PATH.
    fn program(&self, name: &str, script: &str) {
        fs::write(
            self.path("bin").join(name),
            format!("#!/bin/sh\n{script}\n"),
        )
        .unwrap();
        self.succeed(&format!("chmod +x bin/{name}"));
    }

    /// The command line of a unit, with the paths of this folder.
    fn exec_start(&self, unit: &str) -> String {
        let text = fs::read_to_string(examples().join(unit)).unwrap();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("ExecStart="));
        let here = self.folder.path().display().to_string();
        line.unwrap()
            .replace("%%", "%")
            .replace("/usr/local/bin/bulla", "bulla")
            .replace("/var/backups", &format!("{here}/backups"))
            .replace("/srv/backups", &format!("{here}/backups"))
            .replace("/mnt/recovery", &here)
            .replace("/var/lib/prometheus/node-exporter", &here)
    }
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/examples")
}

#[test]
fn every_example_is_listed_and_run_here() {
    let page = fs::read_to_string(examples().join("README.md")).unwrap();
    let tests = include_str!("examples.rs");
    let mut examples: Vec<_> = examples()
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    examples.sort();
    assert!(examples.len() >= 9, "{examples:?}");
    for name in examples {
        assert!(
            page.contains(&format!("({name})")),
            "{name} is not on the page"
        );
        let stem = name.rsplit_once('.').unwrap().0;
        assert!(tests.contains(stem), "{name} is not run");
    }
}

#[test]
fn the_units_are_valid() {
    let server = Server::new();
    if !server.has("systemd-analyze") {
        return;
    }
    let bulla = env!("CARGO_BIN_EXE_bulla");
    server.succeed(&format!(
        "mkdir units && cd units && for unit in ../examples/*.service ../examples/*.timer; do
             sed 's#/usr/local/bin/bulla#{bulla}#' $unit > ${{unit##*/}} || exit 1
         done"
    ));
    let verify = "systemd-analyze verify --man=no units/*.service units/*.timer";
    let said = server.succeed(verify);
    assert_eq!(said, "");
    // It does find errors.
    server.succeed("sed -i 's/^OnCalendar=.*/OnCalendar=sometimes/' units/bulla-backup.timer");
    let (code, said) = server.run(verify);
    assert!(code != Some(0) || said.contains("sometimes"), "{said}");
}

#[test]
fn the_backup_service_keeps_only_complete_dumps_and_cannot_read_them() {
    let server = Server::new();
    let backup = server.exec_start("bulla-backup.service");
    server.program("pg_dump", &format!("echo {CANARY}; seq 1 20000"));
    server.succeed(&backup);
    let restore = "bulla decrypt -q -i recovery.key -o - --from web backups/db.age";
    // The recovery knows the server by its card.
    server.succeed("bulla card -q -o web.card");
    let restored = server.succeed(restore);
    assert!(restored.starts_with(CANARY) && restored.ends_with("\n20000\n"));
    let (code, said) = server.run("bulla decrypt -q -o - backups/db.age");
    assert_eq!(code, Some(3), "{said}");
    let sealed = fs::read(server.path("backups/db.age")).unwrap();
    for dump in [
        "echo half; exit 1",
        "seq 1 20",
        "exit 0",
        "echo half; kill -9 $$",
    ] {
        server.program("pg_dump", dump);
        let (code, said) = server.run(&backup);
        assert_eq!(code, Some(12), "{dump}: {said}");
        assert!(
            fs::read(server.path("backups/db.age")).unwrap() == sealed,
            "{dump}"
        );
    }
    assert_eq!(server.succeed("ls -A backups"), "db.age\n");
}

#[test]
fn the_drill_service_proves_copies_and_its_alerts_use_what_it_writes() {
    let server = Server::new();
    server.program("pg_dump", "seq 1 20000");
    server.succeed(&server.exec_start("bulla-backup.service"));
    // Another machine, with a daily key of its own.
    server.succeed("mv keyring server && bulla identity new --no-passphrase -q");
    let drill = server.exec_start("bulla-drill.service");
    server.succeed(&drill);
    let status = fs::read_to_string(server.path("bulla.prom")).unwrap();
    let alerts = fs::read_to_string(examples().join("bulla-alerts.yml")).unwrap();
    let words = alerts.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let metrics: Vec<&str> = words.filter(|word| word.starts_with("bulla_")).collect();
    assert!(metrics.len() >= 4, "{metrics:?}");
    for metric in metrics {
        let line = format!("\n{metric}{{");
        assert!(status.contains(&line), "{metric}: {status}");
    }
    let path = server.path("backups/db.age");
    let mut damaged = fs::read(&path).unwrap();
    let last = damaged.len() - 100;
    damaged[last] ^= 1;
    fs::write(path, damaged).unwrap();
    let (code, said) = server.run(&drill);
    assert_eq!(code, Some(5), "{said}");
    let status = fs::read_to_string(server.path("bulla.prom")).unwrap();
    assert!(status.contains("bulla_drill_failed_files{key="), "{status}");
}

#[test]
fn the_alerts_fire_when_they_should() {
    let server = Server::new();
    if !server.has("promtool") {
        return;
    }
    server.succeed("promtool check rules examples/bulla-alerts.yml");
    let series = |name: &str, value: &str| {
        format!("      - series: '{name}{{key=\"recovery\"}}'\n        values: '{value}x1500'\n")
    };
    let case = |inputs: &str, alert: &str, at: &str, fires: bool| {
        let expected = if fires { "[{}]" } else { "[]" };
        let labels = match alert {
            "BackupNeverProved" => "exp_labels: {severity: warning}",
            "BackupDrillFailed" => "exp_labels: {severity: critical, key: recovery}",
            _ => "exp_labels: {severity: warning, key: recovery}",
        };
        let expected = if fires {
            format!("\n          - {labels}")
        } else {
            expected.to_owned()
        };
        let inputs = if inputs.is_empty() {
            " []".to_owned()
        } else {
            format!("\n{inputs}")
        };
        format!(
            "  - interval: 1h\n    input_series:{inputs}\n    alert_rule_test:\n      - eval_time: {at}\n        alertname: {alert}\n        exp_alerts: {expected}\n"
        )
    };
    let proved = series("bulla_proved_timestamp_seconds", "0+0");
    let made =
        |seconds: &str| proved.clone() + &series("bulla_proved_made_timestamp_seconds", seconds);
    let failed = |count: &str| series("bulla_drill_failed_files", count);
    let cases = [
        case("", "BackupNeverProved", "3h", true),
        case(&proved, "BackupNeverProved", "3h", false),
        case(&proved, "BackupNotProvedLately", "39d", false),
        case(&proved, "BackupNotProvedLately", "41d", true),
        case(&failed("0+0"), "BackupDrillFailed", "1h", false),
        case(&failed("2+0"), "BackupDrillFailed", "1h", true),
        case(&made("-86400+0"), "ProvedBackupWasOld", "1h", false),
        case(&made("-604800+0"), "ProvedBackupWasOld", "1h", true),
    ];
    // The texts of the annotations are not compared.
    server.succeed("sed '/annotations:/,/summary:/d' examples/bulla-alerts.yml > rules.yml");
    let tests = format!("rule_files: [rules.yml]\ntests:\n{}", cases.concat());
    fs::write(server.path("tests.yml"), tests).unwrap();
    server.succeed("promtool test rules tests.yml");
}

#[test]
fn rclone_copies_files_that_it_never_replaces() {
    let server = Server::new();
    if !server.has("rclone") {
        return;
    }
    fs::write(server.path("rclone.conf"), "[remote]\ntype = local\n").unwrap();
    server.succeed("seq 1 20000 | bulla encrypt --to recovery -q -o backups/1.age && touch backups/.bulla-x.tmp");
    let remote = server.path("bucket").display().to_string();
    let copy =
        format!("RCLONE_CONFIG=\"$PWD/rclone.conf\" examples/offsite.sh backups 'remote:{remote}'");
    server.succeed(&copy);
    server.succeed("cmp backups/1.age bucket/1.age");
    assert_eq!(server.succeed("ls -A bucket"), "1.age\n");
    server.succeed("seq 1 30000 | bulla encrypt --to recovery -q -o backups/2.age");
    server.succeed(&copy);
    server.succeed("cp backups/2.age backups/1.age");
    let (code, said) = server.run(&copy);
    assert!(code != Some(0) && said.contains("immutable"), "{said}");
    server.succeed("mv keyring server && bulla identity new --no-passphrase -q");
    let drilled = server.succeed("bulla drill --identity recovery.key bucket");
    assert!(drilled.contains("Proved 2 of 2"), "{drilled}");
}

#[test]
fn the_lines_for_twenty_years_work_with_age_zstd_and_tar() {
    let server = Server::new();
    if !["age", "zstd", "tar"]
        .iter()
        .all(|program| server.has(program))
    {
        return;
    }
    server.succeed("mkdir photos && seq 1 50000 > photos/1.jpg && seq 1 99 > dump");
    server.succeed("bulla encrypt -q --to recovery --zstd photos && mv photos original");
    server.succeed("bulla encrypt -q --to recovery -o db.age -- cat dump");
    let lines: Vec<&str> = BACKUPS
        .lines()
        .filter(|line| line.starts_with("age -d "))
        .collect();
    assert_eq!(lines.len(), 2);
    for line in lines {
        server.succeed(line);
    }
    server.succeed("diff -r photos original && cmp dump.sql dump");
}

/// A PostgreSQL server in a folder of its own, which a user other than root owns.
struct Postgres<'a> {
    server: &'a Server,
    folder: tempfile::TempDir,
    /// What commands of the server begin with.
    prefix: String,
}

impl<'a> Postgres<'a> {
    fn start(server: &'a Server) -> Option<Self> {
        let bin = "$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1)";
        let (_, bin) = server.run(&format!("command -v initdb >/dev/null && dirname \"$(readlink -f \"$(command -v initdb)\")\" || echo {bin}"));
        let bin = bin.trim();
        if bin.is_empty() {
            tools::skip("postgresql not installed");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let is_root = server.succeed("id -u").trim() == "0";
        let user = if is_root {
            std::os::unix::fs::chown(folder.path(), Some(65534), Some(65534)).unwrap();
            "setpriv --reuid=65534 --regid=65534 --clear-groups "
        } else {
            ""
        };
        let postgres = Self {
            server,
            prefix: format!("cd {} && {user}{bin}/", folder.path().display()),
            folder,
        };
        postgres.of_server("initdb -D data -U postgres -A trust >/dev/null");
        postgres.of_server("pg_ctl -D data -w -l log -o \"-k $PWD -c listen_addresses= -c fsync=off\" start >/dev/null");
        server.program("postgres_env", "");
        Some(postgres)
    }

    #[track_caller]
    fn of_server(&self, command: &str) -> String {
        self.server.succeed(&format!("{}{command}", self.prefix))
    }

    /// Runs a script with the connection to this server.
    fn run(&self, script: &str) -> (Option<i32>, String) {
        let at = self.folder.path().display();
        self.server
            .run(&format!("export PGHOST={at} PGUSER=postgres; {script}"))
    }

    #[track_caller]
    fn succeed(&self, script: &str) -> String {
        let (code, said) = self.run(script);
        assert_eq!(code, Some(0), "{script}: {said}");
        said
    }
}

impl Drop for Postgres<'_> {
    fn drop(&mut self) {
        self.server
            .run(&format!("{}pg_ctl -D data -m immediate stop", self.prefix));
    }
}

#[test]
fn a_postgresql_database_is_dumped_sealed_dropped_and_restored() {
    let server = Server::new();
    let Some(postgres) = Postgres::start(&server) else {
        return;
    };
    let fill = "create table clay (id serial primary key, word text not null);
        insert into clay (word) select md5(i::text) from generate_series(1, 20000) i;
        create index on clay (word); create view reeds as select * from clay where id < 9;";
    fs::write(server.path("fill.sql"), fill).unwrap();
    postgres.succeed("createdb mydb && psql -q -v ON_ERROR_STOP=1 -f fill.sql mydb");
    // Newer versions write a random word into each dump.
    let dump = "pg_dump mydb | grep -v '^.\\(un\\)\\?restrict '";
    postgres.succeed(&format!("{dump} > before.sql"));
    let seal = "examples/postgresql.sh seal mydb backups/db.age";
    postgres.succeed(seal);
    let sealed = fs::read(server.path("backups/db.age")).unwrap();
    // A dump that fails, and one that is suddenly small.
    let (code, said) = postgres.run("examples/postgresql.sh seal nothing backups/db.age");
    assert_eq!(code, Some(12), "{said}");
    postgres.succeed("createdb empty");
    let (code, said) = postgres.run("examples/postgresql.sh seal empty backups/db.age");
    assert_eq!(code, Some(12), "{said}");
    assert!(fs::read(server.path("backups/db.age")).unwrap() == sealed);
    postgres.succeed("dropdb mydb && createdb mydb");
    let restore = "BULLA_IDENTITY=recovery.key examples/postgresql.sh restore backups/db.age mydb";
    // A damaged copy restores nothing at all.
    let mut damaged = sealed.clone();
    let last = damaged.len() - 100;
    damaged[last] ^= 1;
    fs::write(server.path("backups/damaged.age"), damaged).unwrap();
    let (code, said) = postgres.run(&restore.replace("db.age", "damaged.age"));
    assert_eq!(code, Some(5), "{said}");
    let tables = postgres.succeed(
        "psql -qtAc 'select count(*) from pg_tables where schemaname = current_schema()' mydb",
    );
    assert_eq!(tables.trim(), "0");
    postgres.succeed(restore);
    postgres.succeed(&format!("{dump} > after.sql && cmp before.sql after.sql"));
    let rows = postgres.succeed("psql -qtAc 'select count(*) from clay' mydb");
    assert_eq!(rows.trim(), "20000");
}

/// Gives cut files to `psql -1`, which commits at the end of its input, and does not stop at errors.
/// Half of them with `--stream`, where psql gets what comes before the cut.
fn cut_dumps_are_never_committed(count: usize) {
    let server = Server::new();
    let Some(postgres) = Postgres::start(&server) else {
        return;
    };
    let row = "insert into clay values ('red clay and reeds from the river bank');\n";
    let dump = format!("create table clay (word text);\n{}", row.repeat(8000));
    fs::write(server.path("dump.sql"), &dump).unwrap();
    postgres.succeed("createdb mydb && bulla encrypt -q --to recovery -o whole.age dump.sql");
    let whole = fs::read(server.path("whole.age")).unwrap();
    let restore = |file: &str, options: &str| {
        let psql = "psql -q -1 -X mydb";
        let keys = "-i recovery.key";
        postgres.run(&format!(
            "bulla decrypt -q {keys} {options} {file} -- {psql}"
        ))
    };
    let tables = "psql -qtAXc \"select count(*) from pg_tables where tablename = 'clay'\" mydb";
    for number in 0..count {
        // Spread over the file; the last ones within its last bytes.
        let len = match count - number {
            last @ 1..=5 => whole.len() - last,
            _ => number * 7919 % whole.len(),
        };
        fs::write(server.path("cut.age"), &whole[..len]).unwrap();
        let options = ["", "--stream"][number % 2];
        let (code, said) = restore("cut.age", options);
        assert!(
            matches!(code, Some(4 | 5)),
            "{len} {options}: {code:?} {said}"
        );
        assert_eq!(postgres.succeed(tables).trim(), "0", "{len} {options}");
    }
    for options in ["", "--stream"] {
        let (code, said) = restore("whole.age", options);
        assert_eq!(code, Some(0), "{said}");
        let rows = postgres.succeed("psql -qtAXc 'select count(*) from clay' mydb");
        assert_eq!(rows.trim(), "8000");
        postgres.succeed("psql -qXc 'drop table clay' mydb");
    }
}

#[test]
fn a_cut_dump_is_never_committed_by_psql() {
    cut_dumps_are_never_committed(6);
}

#[test]
fn slow_two_hundred_cut_dumps_are_never_committed_by_psql() {
    if std::env::var_os("BULLA_TEST_SLOW").is_some() {
        cut_dumps_are_never_committed(200);
    }
}

/// Opens "f.age" in an editor, adds a line and saves it. Checks the file, and under strace that
/// the text was written into nothing but pipes.
fn edited_in(server: &Server, edit: &str) {
    server.succeed(
        "bulla identity new me --no-passphrase -q && bulla config require --unset || true",
    );
    server.succeed("rm -f ~/.config/bulla/config.toml");
    server.succeed(&format!(
        "printf '{CANARY}\\nlast\\n' | bulla encrypt -q --to me --as web --no-sign -o f.age"
    ));
    if server.has("strace") {
        let trace =
            "strace -f -qq -y -s 1000 -e trace=write,pwrite64,writev,pwritev,pwritev2 -o log";
        server.succeed(&format!("{trace} {edit}"));
        let log = fs::read_to_string(server.path("log")).unwrap();
        let clear: Vec<&str> = log.lines().filter(|line| line.contains(CANARY)).collect();
        assert!(!clear.is_empty());
        for line in clear {
            assert!(
                ["<pipe:", "</dev/null", "</dev/pts"]
                    .iter()
                    .any(|to| line.contains(to)),
                "{line}"
            );
        }
    } else {
        server.succeed(edit);
    }
    let text = server.succeed("bulla decrypt -q -o - f.age");
    assert_eq!(text, format!("{CANARY}\nlast\nreed\n"));
    let files = server.succeed(&format!(
        "grep -rl {CANARY} . --include='*' --exclude=log || true"
    ));
    assert_eq!(files, "");
}

#[test]
fn vim_opens_and_writes_a_file_through_pipes_only() {
    let server = Server::new();
    if !server.has("vim") {
        return;
    }
    // Vim ends when its standard input does.
    server.succeed("mkfifo nothing");
    // In silent mode, vim ends with 1 for messages that are no errors too.
    edited_in(
        &server,
        "vim -N -u NONE -es -S examples/bulla.vim -c 'edit f.age' -c '$put =\\\"reed\\\"' -c write -c 'qall!' <>nothing || true",
    );
    // A file that cannot be opened is not written over.
    server.succeed("cp f.age before && mv keyring away && bulla identity new --no-passphrase -q");
    server.run("vim -N -u NONE -es -S examples/bulla.vim -c 'edit f.age' -c 'put =\\\"x\\\"' -c write -c 'qall!' <>nothing");
    server.succeed("cmp f.age before");
}

#[test]
fn emacs_opens_and_writes_a_file_through_pipes_only() {
    let server = Server::new();
    if !server.has("emacs") {
        return;
    }
    let emacs = "emacs --batch -Q -l examples/bulla.el --eval";
    edited_in(
        &server,
        &format!(
            "{emacs} '(progn (find-file \"f.age\") (goto-char (point-max)) (insert \"reed\\n\") (save-buffer))'"
        ),
    );
    server.succeed("cp f.age before && mv keyring away && bulla identity new --no-passphrase -q");
    let (code, said) = server.run(&format!(
        "{emacs} '(progn (find-file \"f.age\") (insert \"x\") (save-buffer))'"
    ));
    assert_ne!(code, Some(0), "{said}");
    server.succeed("cmp f.age before");
}
