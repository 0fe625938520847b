//! The table of stanza types: everything that is known from the type alone.

/// The type of an X25519 recipient's stanza.
pub const X25519: &str = "X25519";
/// The type of a hybrid (post-quantum) recipient's stanza.
pub const HYBRID: &str = "mlkem768x25519";
/// The type of a passphrase's stanza.
pub const SCRYPT: &str = "scrypt";
/// The type of an RSA SSH key's stanza.
pub const SSH_RSA: &str = "ssh-rsa";
/// The type of an Ed25519 SSH key's stanza.
pub const SSH_ED25519: &str = "ssh-ed25519";
/// The type of the sender stanza, which holds the signed list of readers.
pub const SENDER: &str = "bulla/sender";
/// A type reserved for padding the header. It is accepted, but never written.
pub const PAD: &str = "bulla/pad";

/// One row of the table.
struct StanzaType {
    name: &'static str,
    post_quantum: bool,
    provable: bool,
}

const fn row(name: &'static str, post_quantum: bool, provable: bool) -> StanzaType {
    StanzaType {
        name,
        post_quantum,
        provable,
    }
}

/// The types of recipient stanzas whose properties are known.
const RECIPIENTS: [StanzaType; 8] = [
    row(X25519, false, true),
    row(HYBRID, true, true),
    row(SCRYPT, true, false),
    row(SSH_RSA, false, false),
    row(SSH_ED25519, false, false),
    row("p256tag", false, false),
    row("mlkem768p256tag", true, false),
    row("piv-p256", false, false),
];

fn find(name: &str) -> Option<&'static StanzaType> {
    RECIPIENTS.iter().find(|known| known.name == name)
}

/// Returns true if stanzas of this type resist quantum computers, `None` if that is not known.
pub fn is_post_quantum(name: &str) -> Option<bool> {
    find(name).map(|known| known.post_quantum)
}

/// Returns true if a stanza of this type can be proved: wrapping the same file key for the same
/// recipient again gives the same stanza.
pub fn is_provable(name: &str) -> bool {
    find(name).is_some_and(|known| known.provable)
}

/// Returns true if the stanza is a passphrase's, which must be alone in its header.
pub fn is_passphrase(name: &str) -> bool {
    name == SCRYPT
}

/// Returns true if the type is like those that some programs add to keep readers tolerant
/// ("grease"). Anyone can imitate one, and it can still be somebody's key.
pub fn is_grease(name: &str) -> bool {
    name.ends_with("-grease")
}

/// Returns true if the stanza can hold a wrapped file key: every type that is not reserved.
pub fn is_recipient(name: &str) -> bool {
    !is_reserved(name)
}

/// Returns true if a plugin's recipient can have a stanza of this type. The types of passphrases,
/// of SSH keys and of keys that can be proved never are a plugin's.
pub fn may_be_a_plugins(name: &str) -> bool {
    let is_ours = is_provable(name) || is_passphrase(name) || is_reserved(name);
    !is_ours && name != SSH_RSA && name != SSH_ED25519
}

/// Returns true if the type is reserved for this engine. Such a stanza is never a recipient's. A
/// plugin may neither see nor produce it.
pub fn is_reserved(name: &str) -> bool {
    name.starts_with("bulla/")
}

/// Returns true if the type is reserved, and this version does not know it.
pub fn is_newer(name: &str) -> bool {
    is_reserved(name) && name != SENDER && name != PAD
}
