//! Numbers that people read to each other to compare keys (`docs/formats.md`, section 5).

use sha2::{Digest, Sha256, Sha512};

use crate::signing::SigningKey;

/// Returns the check value of recipients without a signing key: the first 32 hex digits of SHA-256
/// over the sorted recipients, one per line. For one recipient, `age-keygen -y key.txt | sha256sum`
/// prints the same digits.
pub fn check_value(recipients: &[String]) -> String {
    let mut sorted: Vec<&str> = recipients.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    let mut hash = Sha256::new();
    for recipient in sorted {
        hash.update(recipient);
        hash.update(b"\n");
    }
    hash.finalize()[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Returns the safety number of a signing key: six groups of five digits.
pub fn safety_number(signing_key: &SigningKey) -> String {
    let digest = Sha512::new()
        .chain_update(b"bulla/fingerprint/v1\0")
        .chain_update(signing_key.as_bytes())
        .finalize();
    let groups = digest[..30].chunks_exact(5).map(|group| {
        let number = group
            .iter()
            .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        format!("{:05}", number % 100_000)
    });
    groups.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_safety_number_is_that_of_the_fixed_vectors() {
        let seed = crate::seed::Seed::from_bytes(&std::array::from_fn(|i| i as u8));
        assert_eq!(
            safety_number(&seed.signing_key()),
            "42709 20235 75307 05756 51636 28583"
        );
    }

    #[test]
    fn the_check_value_is_that_of_the_formats_and_knows_no_order() {
        let one = "age10w840jqz8nm0cc7wglxwmgg7vpx7n6zuga2jhp3hutr9m06az3pq2qazjj".to_owned();
        assert_eq!(
            check_value(std::slice::from_ref(&one)),
            "22a000b9c8b579fd2539d939e08cd3fd"
        );
        let (ab, ba) = (["a".to_owned(), one.clone()], [one, "a".to_owned()]);
        assert_eq!(check_value(&ab), check_value(&ba));
    }
}
