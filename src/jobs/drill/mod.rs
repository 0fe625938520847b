//! Proof that copies of encrypted files can be restored: what each copy turned out to be, and the
//! receipts that say so.

pub(crate) mod against;
pub(crate) mod check;
pub(crate) mod differences;
pub(crate) mod digest;
pub(crate) mod history;
pub(crate) mod made;
pub(crate) mod pass_on;
pub(crate) mod receipt;
pub(crate) mod receipts;
pub(crate) mod sealed;
pub(crate) mod status_file;
