//! Padmé: lengths that say little about what they are the length of.

/// Returns the Padmé length: the longer the length, the more of its last bits are zero. It adds 12 %
/// at most, and less for longer lengths.
///
/// ```
/// use bulla_archive::padding::padme;
///
/// assert_eq!([200, 1000, 1000001].map(padme), [208, 1024, 1015808]);
/// ```
pub fn padme(length: u64) -> u64 {
    let Some(e) = length.checked_ilog2() else {
        return 0;
    };
    let zeros = e - e.checked_ilog2().map_or(0, |s| s + 1);
    // No length of a file comes close to the end of u64.
    length.div_ceil(1 << zeros).saturating_mul(1 << zeros)
}
