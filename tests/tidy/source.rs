//! Rust source as far as the rules need it: code without comments and literals, and the paths it
//! names.
//!
//! This is a tokenizer, not a parser. It knows comments, literals, `use` trees, inline modules and
//! `super`. It does not see paths built by macros, nor what a glob of a whole crate imports.

use std::collections::{BTreeMap, BTreeSet};

/// Source files by their path from the package's root.
pub(crate) type Tree = BTreeMap<String, String>;

/// The folders that hold the source of a crate.
pub(crate) const CRATES: [&str; 3] = ["src/", "crates/bulla-age/src/", "crates/bulla-archive/src/"];

/// A path that code names, made absolute as far as imports, `self` and `super` allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// `std::fs::read` as its segments; a glob ends in `*`.
    pub(crate) segments: Vec<String>,
    /// The line, from 1.
    pub(crate) line: usize,
    /// The sign that follows: `!`, `(` or another.
    pub(crate) next: char,
    /// The sign before it: `.`, `|` or another; `u` for an import, `p` for a re-export.
    pub(crate) before: char,
}

impl Named {
    /// The path as text.
    pub(crate) fn text(&self) -> String {
        self.segments.join("::")
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Join,
    Sign(char),
}

/// The code with comments blank and literals empty. Line numbers stay the same.
pub(crate) fn code(source: &str) -> String {
    let bytes: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while at < bytes.len() {
        let end = literal_or_comment(&bytes, at);
        let quoted = end.is_some() && bytes[at] != '/';
        let end = match end {
            Some(end) => end.min(bytes.len()),
            None => {
                out.push(bytes[at]);
                at += 1;
                continue;
            }
        };
        out.push_str(if quoted { "\"\"" } else { " " });
        out.extend(bytes[at..end].iter().filter(|c| **c == '\n'));
        at = end;
    }
    out
}

/// The end of the comment or literal that begins at `at`, if one does.
fn literal_or_comment(text: &[char], at: usize) -> Option<usize> {
    let get = |i: usize| text.get(i).copied().unwrap_or('\0');
    let inside_word = at > 0 && (get(at - 1).is_alphanumeric() || get(at - 1) == '_');
    match get(at) {
        '/' if get(at + 1) == '/' => Some(
            (at..text.len())
                .find(|i| get(*i) == '\n')
                .unwrap_or(text.len()),
        ),
        '/' if get(at + 1) == '*' => Some(block_comment(text, at)),
        '"' => Some(quoted(text, at + 1, '"')),
        'b' | 'c' if !inside_word && get(at + 1) == '"' => Some(quoted(text, at + 2, '"')),
        'b' if !inside_word && get(at + 1) == '\'' => Some(quoted(text, at + 2, '\'')),
        'b' | 'c' if !inside_word && get(at + 1) == 'r' => raw(text, at + 2),
        'r' if !inside_word => raw(text, at + 1),
        '\'' if get(at + 1) == '\\' || get(at + 2) == '\'' => Some(quoted(text, at + 1, '\'')),
        _ => None,
    }
}

fn block_comment(text: &[char], at: usize) -> usize {
    let (mut depth, mut i) = (0_usize, at);
    while i < text.len() {
        match (text[i], text.get(i + 1)) {
            ('/', Some('*')) => (depth, i) = (depth + 1, i + 2),
            ('*', Some('/')) if depth == 1 => return i + 2,
            ('*', Some('/')) => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
    }
    i
}

fn quoted(text: &[char], mut i: usize, end: char) -> usize {
    while i < text.len() && text[i] != end {
        i += if text[i] == '\\' { 2 } else { 1 };
    }
    i + 1
}

fn raw(text: &[char], at: usize) -> Option<usize> {
    let hashes = text[at..].iter().take_while(|c| **c == '#').count();
    if text.get(at + hashes) != Some(&'"') {
        return None;
    }
    let mut i = at + hashes + 1;
    while i < text.len() {
        if text[i] == '"'
            && text[i + 1..]
                .iter()
                .take(hashes)
                .filter(|c| **c == '#')
                .count()
                == hashes
        {
            return Some(i + 1 + hashes);
        }
        i += 1;
    }
    Some(i)
}

/// The code with every `#[cfg(test)]` item blank. Line numbers stay the same.
pub(crate) fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let (mut out, mut rest) = (String::new(), code);
    while let Some(start) = rest.find(MARK) {
        let end = start + MARK.len() + item_length(&rest[start + MARK.len()..]);
        out.push_str(&rest[..start]);
        out.extend(rest[start..end].chars().filter(|c| *c == '\n'));
        rest = &rest[end..];
    }
    out + rest
}

/// The length of the item that `code` begins with: to its semicolon, or to the end of its braces.
fn item_length(code: &str) -> usize {
    let mut depth = 0_usize;
    for (i, c) in code.char_indices() {
        match c {
            '{' | '(' | '[' => depth += 1,
            '}' if depth <= 1 => return i + 1,
            '}' | ')' | ']' => depth = depth.saturating_sub(1),
            ';' if depth == 0 => return i + 1,
            _ => {}
        }
    }
    code.len()
}

/// Files that are test modules as a whole: their parent declares them with `#[cfg(test)] mod
/// NAME;`.
pub(crate) fn test_files(tree: &Tree) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, source) in tree {
        let Some(root) = root_of(path).filter(|_| path.ends_with(".rs")) else {
            continue;
        };
        let code = code(source);
        for piece in code.split("#[cfg(test)]").skip(1) {
            let item = piece[..item_length(piece)].trim();
            let Some(name) = item
                .strip_prefix("mod ")
                .or_else(|| item.strip_prefix("pub(crate) mod "))
                .and_then(|name| name.strip_suffix(';'))
            else {
                continue;
            };
            let folder = [module_of(path), vec![name.trim().to_owned()]].concat();
            let folder = format!("{root}{}", folder.join("/"));
            found.insert(format!("{folder}.rs"));
            let below = format!("{folder}/");
            found.extend(tree.keys().filter(|path| path.starts_with(&below)).cloned());
        }
    }
    found
}

/// The folder of `CRATES` that a file is in.
pub(crate) fn root_of(path: &str) -> Option<&'static str> {
    CRATES.into_iter().find(|root| path.starts_with(root))
}

/// The module of a file: `src/keys/ssh.rs` is `keys::ssh`; lib.rs and main.rs are the root.
pub(crate) fn module_of(path: &str) -> Vec<String> {
    let inner = path.strip_prefix(root_of(path).unwrap_or_default());
    let inner = inner.unwrap_or(path).trim_end_matches(".rs");
    let mut parts: Vec<_> = inner.split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| last == "mod") || inner == "lib" || inner == "main" {
        parts.pop();
    }
    parts
}

fn tokens(code: &str) -> Vec<(Token, usize)> {
    let mut out = Vec::new();
    for (number, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            let (token, length) = if length > 0 {
                (Token::Word(rest[..length].to_owned()), length)
            } else if rest.starts_with("::") {
                (Token::Join, 2)
            } else {
                (Token::Sign(first), first.len_utf8())
            };
            out.push((token, number + 1));
            rest = rest[length..].trim_start();
        }
    }
    out
}

/// Every path that code names, imports included, as seen from its module.
pub(crate) fn names(code: &str, module: &[String]) -> Vec<Named> {
    let (mut found, imports) = walk(code, module);
    for named in &mut found {
        if let Some(full) = imports
            .get(&named.segments[0])
            .filter(|_| named.before != '.')
        {
            let tail = named.segments.split_off(1);
            named.segments = [full.clone(), tail].concat();
        }
    }
    found
}

/// The full path of every name that code imports.
pub(crate) fn imports(code: &str, module: &[String]) -> BTreeMap<String, Vec<String>> {
    walk(code, module).1
}

fn walk(code: &str, module: &[String]) -> (Vec<Named>, BTreeMap<String, Vec<String>>) {
    let mut walk = Walk {
        tokens: tokens(code),
        at: 0,
        module: module.to_vec(),
        open: Vec::new(),
        import: 'u',
        found: Vec::new(),
    };
    let mut imports = BTreeMap::new();
    walk.run(&mut imports);
    (walk.found, imports)
}

struct Walk {
    tokens: Vec<(Token, usize)>,
    at: usize,
    module: Vec<String>,
    /// For each open brace, whether it opened an inline module.
    open: Vec<bool>,
    /// The kind of the current import: `u`, or `p` for a re-export.
    import: char,
    found: Vec<Named>,
}

impl Walk {
    fn peek(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead).map(|(token, _)| token)
    }

    fn sign(&self, ahead: usize) -> char {
        match self.peek(ahead) {
            Some(Token::Sign(sign)) => *sign,
            _ => ' ',
        }
    }

    fn run(&mut self, imports: &mut BTreeMap<String, Vec<String>>) {
        while let Some((token, _)) = self.tokens.get(self.at).cloned() {
            match token {
                Token::Sign('{') => self.open.push(false),
                Token::Sign('}') if self.open.pop() == Some(true) => {
                    self.module.pop();
                }
                Token::Word(word) if word == "use" && self.sign(1) != '<' => {
                    let before = self.at.checked_sub(1).map(|at| &self.tokens[at].0);
                    let shared = match before {
                        Some(Token::Word(word)) => word == "pub",
                        Some(Token::Sign(sign)) => *sign == ')',
                        _ => false,
                    };
                    self.import = if shared { 'p' } else { 'u' };
                    self.at += 1;
                    self.import(&[], imports);
                    continue;
                }
                Token::Word(word)
                    if word == "mod" && matches!(self.peek(2), Some(Token::Sign('{'))) =>
                {
                    if let Some(Token::Word(name)) = self.peek(1).cloned() {
                        self.module.push(name);
                        self.open.push(true);
                        self.at += 2;
                    }
                }
                Token::Word(_) => {
                    self.path();
                    continue;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    /// A path outside `use`.
    fn path(&mut self) {
        let line = self.tokens[self.at].1;
        let before = match self.at.checked_sub(1).map(|i| &self.tokens[i].0) {
            Some(Token::Sign(sign)) => *sign,
            _ => ' ',
        };
        let mut segments = Vec::new();
        while let Some(Token::Word(word)) = self.peek(0).cloned() {
            segments.push(word);
            self.at += 1;
            if !matches!(
                (self.peek(0), self.peek(1)),
                (Some(Token::Join), Some(Token::Word(_)))
            ) {
                break;
            }
            self.at += 1;
        }
        let segments = self.absolute(segments);
        self.found.push(Named {
            segments,
            line,
            next: self.sign(0),
            before,
        });
    }

    /// Reads one branch of a `use` tree, and stops after it.
    fn import(&mut self, prefix: &[String], imports: &mut BTreeMap<String, Vec<String>>) {
        let mut path = prefix.to_vec();
        let line = self.tokens.get(self.at).map_or(0, |(_, line)| *line);
        loop {
            match self.peek(0).cloned() {
                Some(Token::Word(word)) if word == "as" => {
                    let alias = self.peek(1).cloned();
                    self.at += 2;
                    if let Some(Token::Word(alias)) = alias {
                        return self.imported(path, &alias, line, imports);
                    }
                }
                Some(Token::Word(word)) if word == "self" && !path.is_empty() => {}
                Some(Token::Word(word)) => path.push(word),
                Some(Token::Join) => {}
                Some(Token::Sign('*')) => path.push("*".to_owned()),
                Some(Token::Sign('{')) => return self.branches(&path, imports),
                _ => {
                    let last = path.last().cloned().unwrap_or_default();
                    return self.imported(path, &last, line, imports);
                }
            }
            self.at += 1;
        }
    }

    fn branches(&mut self, prefix: &[String], imports: &mut BTreeMap<String, Vec<String>>) {
        loop {
            self.at += 1;
            if self.sign(0) != '}' {
                self.import(prefix, imports);
            }
            if self.sign(0) != ',' {
                self.at += 1;
                return;
            }
        }
    }

    fn imported(
        &mut self,
        path: Vec<String>,
        name: &str,
        line: usize,
        imports: &mut BTreeMap<String, Vec<String>>,
    ) {
        if path.is_empty() {
            return;
        }
        let segments = self.absolute(path);
        // `use age;` imports a name under its own name.
        if segments.len() > 1 {
            imports.insert(name.to_owned(), segments.clone());
        }
        self.found.push(Named {
            segments,
            line,
            next: ';',
            before: self.import,
        });
    }

    /// The path with `self::` and `super::` replaced by `crate::` and the path of the module.
    fn absolute(&self, segments: Vec<String>) -> Vec<String> {
        let ups = segments
            .iter()
            .take_while(|word| *word == "super" || *word == "self")
            .count();
        if ups == 0 || segments.len() == 1 {
            return segments;
        }
        let supers = segments[..ups]
            .iter()
            .filter(|word| *word == "super")
            .count();
        let here = &self.module[..self.module.len().saturating_sub(supers)];
        [&["crate".to_owned()][..], here, &segments[ups..]].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<String> {
        let module = ["keys".to_owned(), "ssh".to_owned()];
        names(&code(source), &module)
            .iter()
            .map(Named::text)
            .filter(|text| text.contains("::"))
            .collect()
    }

    #[test]
    fn comments_and_literals_are_not_code() {
        let source = "a /* b /* c */ d */ \"e \\\" f\" 'g' '\\'' b\"h\" r#\"i \" j\"# 'k k // l\nr#m br\"n\" c";
        assert_eq!(
            code(source).split_whitespace().collect::<Vec<_>>(),
            [
                "a", "\"\"", "\"\"", "\"\"", "\"\"", "\"\"", "'k", "k", "r#m", "\"\"", "c"
            ]
        );
        let lines = "\"a\n\\\nb\"\n/*\n*/";
        assert_eq!(
            code(lines).matches('\n').count(),
            lines.matches('\n').count()
        );
    }

    #[test]
    fn imports_are_followed() {
        let source =
            "use std::{fs, io::{self, Read as R}}; fn f() { fs::read(p); io::stdout(); a.fs() }";
        let expected = [
            "std::fs",
            "std::io",
            "std::io::Read",
            "std::fs::read",
            "std::io::stdout",
        ];
        assert_eq!(texts(source), expected);
    }

    #[test]
    fn super_is_followed_out_of_inline_modules() {
        let source =
            "use super::super::payload::{a, b}; mod tests { use super::*; fn f() { super::super::c() } }
            fn g() { super::d(); self::e() }";
        assert_eq!(
            texts(source),
            [
                "crate::payload::a",
                "crate::payload::b",
                "crate::keys::ssh::*",
                "crate::keys::c",
                "crate::keys::d",
                "crate::keys::ssh::e"
            ]
        );
    }

    #[test]
    fn tests_are_removed() {
        let source = "fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() { if c { d } }\n}\nfn e() {}\n#[cfg(test)] mod f;\ng";
        assert_eq!(without_tests(source), "fn a() {}\n\n\n\n\nfn e() {}\n\ng");
    }
}
