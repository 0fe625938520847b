//! QR codes of a text: drawn with characters, as PNG or as SVG. Knows nothing about the text.

use std::fmt::Write as _;

use qrcode::bits::Bits;
use qrcode::types::Color;
use qrcode::{EcLevel, QrCode, Version};

use crate::ui::{StdoutError, Ui};

/// The width of the light border, in modules.
const QUIET: usize = 4;
/// The size of a module in a PNG, in pixels.
const SCALE: usize = 8;

/// A QR code that cannot be shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum QrError {
    /// The terminal is too narrow.
    #[error("The QR code needs {columns} columns, but there are only {width}")]
    TooWide {
        /// Columns the code takes.
        columns: usize,
        /// Columns of the terminal.
        width: usize,
        /// How to show it otherwise.
        hint: String,
    },
    /// The PNG could not be encoded.
    #[error("The picture cannot be made")]
    Encoding(#[from] png::EncodingError),
}

/// The modules of a code, with the light ones around.
pub(crate) struct Picture {
    width: usize,
    dark: Vec<bool>,
}

impl Picture {
    /// Returns the smallest code that holds the text, in byte mode; `None` if the text is too long.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let code = (1..=40).find_map(|version| {
            let mut bits = Bits::new(Version::Normal(version));
            bits.push_byte_data(text.as_bytes()).ok()?;
            bits.push_terminator(EcLevel::L).ok()?;
            QrCode::with_bits(bits, EcLevel::L).ok()
        });
        let code = code?;
        let inner = code.width();
        let width = inner + 2 * QUIET;
        let mut dark = vec![false; width * width];
        for (at, color) in code.into_colors().into_iter().enumerate() {
            dark[(at / inner + QUIET) * width + at % inner + QUIET] = color == Color::Dark;
        }
        Some(Self { width, dark })
    }

    /// Returns an error with this hint if the terminal is too narrow.
    pub(crate) fn fits(&self, hint: &str, ui: &Ui) -> Result<(), QrError> {
        let (columns, width) = (self.width, ui.width());
        if ui.stdout_is_terminal() && columns > width {
            return Err(QrError::TooWide {
                columns,
                width,
                hint: hint.to_owned(),
            });
        }
        Ok(())
    }

    /// Draws the code on standard output.
    pub(crate) fn draw(&self, ui: &Ui) -> Result<(), StdoutError> {
        self.lines().iter().try_for_each(|line| ui.result(line))
    }

    fn is_dark(&self, x: usize, y: usize) -> bool {
        self.dark.get(y * self.width + x).copied().unwrap_or(false)
    }

    /// Returns lines of two rows of modules each, light on dark.
    fn lines(&self) -> Vec<String> {
        let cell = |x, y| match (self.is_dark(x, y), self.is_dark(x, y + 1)) {
            (false, false) => '█',
            (false, true) => '▀',
            (true, false) => '▄',
            (true, true) => ' ',
        };
        (0..self.width)
            .step_by(2)
            .map(|y| (0..self.width).map(|x| cell(x, y)).collect())
            .collect()
    }

    /// Returns the code as SVG.
    pub(crate) fn svg(&self) -> String {
        let mut path = String::new();
        for (at, _) in self.dark.iter().enumerate().filter(|(_, dark)| **dark) {
            // Writing to a String cannot fail.
            let _ = write!(path, "M{} {}h1v1h-1z", at % self.width, at / self.width);
        }
        let width = self.width;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {width}\" shape-rendering=\"crispEdges\">\n\
             <path fill=\"#fff\" d=\"M0 0h{width}v{width}h-{width}z\"/>\n<path d=\"{path}\"/>\n</svg>\n"
        )
    }

    /// Returns the code as PNG.
    pub(crate) fn png(&self) -> Result<Vec<u8>, QrError> {
        let side = self.width * SCALE;
        let pixels_wide = u32::try_from(side).expect("png: a code has at most 185 modules a side");
        let pixel = |at: usize| {
            if self.is_dark(at % side / SCALE, at / side / SCALE) {
                0
            } else {
                255
            }
        };
        let pixels: Vec<u8> = (0..side * side).map(pixel).collect();
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, pixels_wide, pixels_wide);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&pixels)?;
        writer.finish()?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_as_large_as_its_text_needs() {
        for (len, version) in [(1, 1), (17, 1), (18, 2), (2953, 40)] {
            let picture = Picture::of(&"x".repeat(len)).unwrap();
            assert_eq!(picture.width, 4 * version + 17 + 8, "{len}");
            let lines = picture.lines();
            assert_eq!(lines.len(), picture.width.div_ceil(2));
            assert!(
                lines
                    .iter()
                    .all(|line| line.chars().count() == picture.width)
            );
            // The border, and the upper edge of two of the three position squares.
            assert!(lines[..2].iter().all(|line| line.chars().all(|c| c == '█')));
            let edge: String = lines[2].chars().collect();
            assert!(
                edge.starts_with("████ ▄▄▄▄▄ ") && edge.ends_with(" ▄▄▄▄▄ ████"),
                "{edge}"
            );
        }
        assert!(Picture::of(&"x".repeat(2954)).is_none());
    }

    #[test]
    fn pictures_say_the_same() {
        let picture = Picture::of("# bulla card v1").unwrap();
        let dark = picture.dark.iter().filter(|dark| **dark).count();
        assert_eq!(picture.svg().matches("h1v1h-1z").count(), dark);
        let bytes = picture.png().unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!(
            pixels.iter().filter(|pixel| **pixel == 0).count(),
            dark * SCALE * SCALE
        );
    }
}
