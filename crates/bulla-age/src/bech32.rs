//! Bech32 without its limit of length (BIP 173; C2SP age.md, "Native identity and recipient
//! encodings").

use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32, Checksum, Hrp};
use zeroize::Zeroizing;

use crate::parse_error::ParseError;

/// Bech32's checksum, for texts of any length: post-quantum recipients have about 2,000 characters.
enum Long {}

impl Checksum for Long {
    type MidstateRepr = u32;
    const CODE_LENGTH: usize = usize::MAX;
    const CHECKSUM_LENGTH: usize = Bech32::CHECKSUM_LENGTH;
    const GENERATOR_SH: [u32; 5] = Bech32::GENERATOR_SH;
    const TARGET_RESIDUE: u32 = Bech32::TARGET_RESIDUE;
}

/// Decodes a text of one case into its prefix, in lower case, and its bytes.
pub(crate) fn decode(text: &str) -> Result<(String, Zeroizing<Vec<u8>>), ParseError> {
    let checked = CheckedHrpstring::new::<Long>(text).map_err(|_| ParseError::Encoding)?;
    Ok((
        checked.hrp().to_lowercase(),
        Zeroizing::new(checked.byte_iter().collect()),
    ))
}

/// Decodes a text that must have this prefix and `N` bytes.
pub(crate) fn decode_array<const N: usize>(
    text: &str,
    prefix: &str,
    wrong: ParseError,
) -> Result<Zeroizing<[u8; N]>, ParseError> {
    let (found, bytes) = decode(text)?;
    match <[u8; N]>::try_from(bytes.as_slice()) {
        Ok(array) if found == prefix => Ok(Zeroizing::new(array)),
        _ => Err(wrong),
    }
}

/// Encodes in lower case.
pub(crate) fn encode(prefix: &str, bytes: &[u8]) -> Zeroizing<String> {
    let hrp = Hrp::parse(prefix).expect("bech32: our own prefixes are valid");
    Zeroizing::new(
        bech32::encode_lower::<Long>(hrp, bytes).expect("bech32: there is no limit of length"),
    )
}
