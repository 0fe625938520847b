//! Plain columns for lists, without borders, two spaces apart, aligned by display width.
//!
//! The texts must be escaped already.

use crate::ui::text::width;

/// The alignment of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    /// For names and words.
    Left,
    /// For numbers and sizes.
    Right,
}

/// Formats the rows as lines, without line ends and trailing spaces.
pub(crate) fn aligned<const N: usize>(columns: [Align; N], rows: &[[String; N]]) -> Vec<String> {
    let widths: [usize; N] =
        std::array::from_fn(|i| rows.iter().map(|row| width(&row[i])).max().unwrap_or(0));
    rows.iter()
        .map(|row| {
            let cells: Vec<String> = (0..N)
                .map(|i| padded(&row[i], widths[i], columns[i]))
                .collect();
            cells.join("  ").trim_end_matches(' ').to_owned()
        })
        .collect()
}

fn padded(cell: &str, columns: usize, align: Align) -> String {
    let space = " ".repeat(columns.saturating_sub(width(cell)));
    match align {
        Align::Left => format!("{cell}{space}"),
        Align::Right => format!("{space}{cell}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_by_what_is_seen() {
        let row = |a: &str, b: &str, c: &str| [a, b, c].map(String::from);
        let rows = [
            row("a", "1 B", "x"),
            row("世界", "12.0 KiB", ""),
            row("e\u{301}bc", "", "long one"),
        ];
        assert_eq!(
            aligned([Align::Left, Align::Right, Align::Left], &rows),
            [
                "a          1 B  x",
                "世界  12.0 KiB",
                "e\u{301}bc             long one"
            ]
        );
        assert_eq!(aligned([Align::Left; 3], &[]), Vec::<String>::new());
    }
}
