//! When a backup was last proved.

use crate::commands::doctor::finding::Finding;
use crate::context::Context;
use crate::jobs::drill::made::parse_utc;
use crate::jobs::drill::receipt::Voucher;
use crate::jobs::drill::receipts::Line;
use crate::jobs::drill::{receipts, sealed};
use crate::report::elapsed::ago;
use bulla_age::untrusted::Untrusted;

/// How long a drill may be ago before another one is advised.
const MONTH: u64 = 31 * 24 * 60 * 60;

/// The copy that was proved last, by the receipts of this machine.
#[derive(Clone, Debug, serde::Serialize)]
pub(super) struct LastProof {
    key: String,
    date: String,
    file: String,
    /// Whether somebody vouches for it.
    is_signed: bool,
}

/// What is known about drills.
#[derive(Default)]
pub(super) struct Backups {
    pub(super) last: Option<LastProof>,
    pub(super) findings: Vec<Finding>,
    now: u64,
}

impl Backups {
    /// Reads the receipts. On a machine that makes no backups there is nothing to say.
    pub(super) fn examine(context: &Context) -> Self {
        let mut backups = Self {
            now: context.unix_time(),
            ..Self::default()
        };
        let Ok(path) = receipts::default_path(context) else {
            return backups;
        };
        let mut bad = 0_usize;
        let read = receipts::read(&path, |line| {
            match line {
                Line::Receipt(receipt, voucher) if receipt.is_proved() => {
                    backups.last = Some(LastProof {
                        key: receipt.key,
                        date: receipt.date,
                        file: receipt.file,
                        is_signed: voucher != Voucher::Nobody,
                    });
                }
                Line::Receipt(..) => {}
                Line::Bad(_) => bad += 1,
            }
            Ok(())
        });
        let mut find = |kind, what: String, fix: &str| {
            backups
                .findings
                .push(Finding::new(kind, what, fix.to_owned()));
        };
        if let Err(error) = read {
            backups.findings.push(Finding::of("receipts", error));
            return backups;
        }
        if bad > 0 {
            let lines = if bad == 1 { "line" } else { "lines" };
            let what = format!("{bad} {lines} of the receipts of drills cannot be believed");
            find("receipts", what, "bulla drill --history");
        }
        let again = "bulla drill --identity RECOVERY PATH";
        match &backups.last {
            None => {
                if let Some(sealed) = sealed::last(context) {
                    let file = sealed::name(&sealed);
                    let what = format!("backups such as {file} were never proved by a drill");
                    find("never-drilled", what, again);
                }
            }
            Some(last) => {
                let time = parse_utc(&last.date).unwrap_or(0);
                if backups.now.saturating_sub(time) > MONTH {
                    let what = format!("backups were {}", last.told(backups.now));
                    find("drill-due", what, again);
                }
            }
        }
        backups
    }

    /// The line about the last proof.
    pub(super) fn line(&self) -> Option<String> {
        let last = self.last.as_ref()?;
        Some(format!("backups: {}", last.told(self.now)))
    }
}

impl LastProof {
    fn told(&self, now: u64) -> String {
        // Whoever can write the receipts can write anything.
        let key = Untrusted::new(self.key.as_str());
        let when = ago(parse_utc(&self.date).unwrap_or(0), now);
        let by = if self.is_signed {
            ""
        } else {
            " (the receipt is not signed)"
        };
        format!("last proved with {key} {when}{by}")
    }
}
