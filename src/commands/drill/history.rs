//! The receipts of earlier drills.

use std::path::Path;

use crate::context::Context;
use crate::errors::{CommandError, Result};
use crate::jobs::drill::receipt::{Receipt, Voucher};
use crate::jobs::drill::receipts;
use crate::jobs::drill::receipts::Line;
use crate::report::people::People;
use crate::ui::{WarningKind, human_bytes};
use bulla_age::fingerprint::safety_number;
use bulla_age::untrusted::Untrusted;

#[derive(serde::Serialize)]
struct ReceiptJson<'a> {
    #[serde(flatten)]
    receipt: &'a Receipt,
    /// Whether somebody signed it, and the signature is valid.
    is_signed: bool,
    /// The signer's name, if known.
    signer_name: Option<String>,
}

/// Prints each receipt, the oldest first.
pub(super) fn list(path: &Path, context: &Context) -> Result<()> {
    let people = People::load(context);
    let (mut count, mut bad) = (0_usize, 0_usize);
    receipts::read(path, |line| {
        let (receipt, voucher) = match line {
            Line::Receipt(receipt, voucher) => (receipt, voucher),
            Line::Bad(number) => {
                bad += 1;
                let name = Untrusted::from(path);
                context.ui.warn(
                    WarningKind::BadReceipt,
                    &format_args!(
                        "{name}, line {number}: not a whole receipt, or changed after it was signed"
                    ),
                );
                return Ok(());
            }
        };
        count += 1;
        let signer = match voucher {
            Voucher::Signed(key) => Some((key, people.signer(&key))),
            Voucher::Nobody => None,
        };
        if context.ui.is_json() {
            let name =
                |person: &crate::report::people::Person| person.name().map(ToString::to_string);
            let known = signer.as_ref().and_then(|(_, known)| known.as_ref());
            return Ok(context.ui.json(&ReceiptJson {
                receipt: &receipt,
                is_signed: signer.is_some(),
                signer_name: known.and_then(name),
            })?);
        }
        let by = match signer {
            None => "not signed".to_owned(),
            Some((_, Some(person))) => format!("signed by {}", person.called()),
            Some((key, None)) => format!("signed by an unknown key ({})", safety_number(&key)),
        };
        Ok(context.ui.result(&shown(&receipt, &by))?)
    })?;
    if count == 0 && bad == 0 {
        let name = Untrusted::from(path);
        context
            .ui
            .notice(&format_args!("There are no receipts yet in {name}"));
    }
    if bad > 0 {
        let lines = if bad == 1 { "line" } else { "lines" };
        let text = format!("{bad} {lines} of the receipts cannot be believed");
        return Err(CommandError::other(text));
    }
    Ok(())
}

fn shown(receipt: &Receipt, by: &str) -> String {
    // Whoever can write to the file can write anything.
    let safe = |text: &str| Untrusted::new(text).to_string();
    let mut text = format!(
        "{}  {}  {}  with {}",
        safe(&receipt.date),
        safe(&receipt.result),
        safe(&receipt.file),
        safe(&receipt.key)
    );
    if let Some(bytes) = receipt.bytes {
        text += &format!(", {}", human_bytes(bytes));
    }
    text + &format!(", {by}")
}
