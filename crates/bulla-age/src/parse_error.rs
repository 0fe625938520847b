//! Why a text is not a key. No error contains the text: it may be a secret.

/// Why a text is not a recipient or an identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// Not Bech32: a character is wrong or missing.
    #[error("it is damaged or incomplete: the checksum is wrong")]
    Encoding,
    /// Not an X25519 recipient (`age1…`).
    #[error("not an X25519 recipient")]
    X25519Recipient,
    /// Not an X25519 identity (`AGE-SECRET-KEY-1…`).
    #[error("not an X25519 identity")]
    X25519Identity,
    /// Not a hybrid recipient (`age1pq1…`).
    #[error("not a post-quantum recipient")]
    HybridRecipient,
    /// Not a hybrid identity (`AGE-SECRET-KEY-PQ-1…`).
    #[error("not a post-quantum identity")]
    HybridIdentity,
    /// Not a seed (`BULLA-IDENTITY-1…`).
    #[error("not a seed (BULLA-IDENTITY-1…)")]
    Seed,
    /// A low-order key, with which everyone would have the same shared secret.
    #[error("a low-order key, which would protect nothing")]
    LowOrder,
    /// Not a public Ed25519 key (32 bytes in base64) or a signature (64 bytes).
    #[error("not a base64 Ed25519 signing key or signature")]
    SigningKey,
    /// Neither `age1…` nor `ssh-…`.
    #[error("not a recipient")]
    NotARecipient,
    /// A secret key instead of a public one.
    #[error("an identity (a secret key) where a recipient was expected")]
    IdentityAsRecipient,
    /// Not an identity of any known kind.
    #[error("not an identity")]
    NotAnIdentity,
    /// A recipient instead of an identity.
    #[error("a recipient where an identity (a secret key) was expected")]
    RecipientAsIdentity,
    /// Upper and lower case in one key.
    #[error("it mixes upper and lower case")]
    MixedCase,
    /// The name of an SSH key file instead of a key.
    #[error("a file name, not a recipient")]
    FileName,
    /// `github:NAME`, which would need the network.
    #[error("a GitHub user name, which would need the network; download the keys and use -R")]
    GitHub,
    /// An SSH key of a known type that age does not support.
    #[error("an SSH key of an unsupported type ({0})")]
    SshType(&'static str),
    /// An RSA key of less than 2,048 bits.
    #[error("an RSA key of less than 2,048 bits")]
    WeakRsa,
    /// A damaged SSH key.
    #[error("a damaged SSH key")]
    Ssh,
    /// An encrypted private key in PKCS#8.
    #[error("an encrypted PKCS#8 private key; decrypt it with: openssl pkey -in FILE -out NEW")]
    EncryptedPkcs8,
    /// A public key in PEM, with the options of `ssh-keygen` that convert it.
    #[error("a public key in PEM form; convert it with: ssh-keygen {0} -f FILE")]
    PublicPem(&'static str),
    /// A certificate of X.509.
    #[error("a certificate, not a key of age or SSH")]
    Certificate,
    /// A key of OpenPGP.
    #[error("an OpenPGP key, which age does not support")]
    OpenPgp,
    /// A key, and then other text on its line.
    #[error("it has text after the key; a comment needs a line of its own that begins with #")]
    TextAfterKey,
    /// An SSH private key in a form that cannot be used.
    #[error("an SSH private key that is damaged or in an unsupported format")]
    SshForm,
    /// An SSH private key encrypted with an unknown cipher.
    #[error(
        "an SSH private key with an unsupported cipher; convert it with: ssh-keygen -p -f FILE"
    )]
    SshCipher,
    /// An SSH key of a security key, which can only sign.
    #[error("an SSH key on a security key, which can sign but not decrypt")]
    SshHardware,
    /// Not a recipient of a plugin (`age1NAME1…`).
    #[error("not a recipient of an age plugin")]
    PluginRecipient,
    /// Not an identity of a plugin (`AGE-PLUGIN-NAME-1…`).
    #[error("not an identity of an age plugin")]
    PluginIdentity,
    /// Not a valid plugin name.
    #[error(
        "not the name of an age plugin (use letters, digits, \"+\", \"-\", \".\" and \"_\", \
        at most 64)"
    )]
    PluginName,
    /// Not text.
    #[error("not text")]
    NotText,
    /// Text in UTF-16, as some shells write it.
    #[error("UTF-16 text; save it as UTF-8")]
    Utf16,
}
