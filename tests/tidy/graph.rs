//! Which file imports which: names are followed through re-exports to the file that defines them.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{CRATES, Named, Tree, code, imports, module_of, names, root_of, without_tests};

/// The imports between the files of one crate, tests aside: importer, imported, and the first line
/// that imports.
pub(crate) struct Graph {
    pub(crate) edges: BTreeMap<String, BTreeMap<String, usize>>,
}

/// The part of a file that is needed to follow a name through it.
struct Module {
    path: String,
    module: Vec<String>,
    names: Vec<Named>,
    /// The path that each imported name refers to.
    imports: BTreeMap<String, Vec<String>>,
    defined: BTreeSet<String>,
}

/// The graph of each crate.
pub(crate) fn graphs(tree: &Tree, tests: &BTreeSet<String>) -> Vec<Graph> {
    CRATES
        .iter()
        .map(|root| {
            let sources = tree.iter().filter(|(path, _)| {
                path.ends_with(".rs") && root_of(path) == Some(*root) && !tests.contains(*path)
            });
            Graph::of(sources.map(|(path, source)| Module::read(path, source)))
        })
        .collect()
}

impl Module {
    fn read(path: &str, source: &str) -> Self {
        const DEFINES: [&str; 9] = [
            "struct",
            "enum",
            "trait",
            "type",
            "fn",
            "const",
            "static",
            "mod",
            "macro_rules",
        ];
        let (code, module) = (without_tests(&code(source)), module_of(path));
        let words: Vec<_> = code
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|word| !word.is_empty())
            .collect();
        let defined = words
            .windows(2)
            .filter(|pair| DEFINES.contains(&pair[0]))
            .map(|pair| pair[1].to_owned());
        Self {
            path: path.to_owned(),
            names: names(&code, &module),
            imports: imports(&code, &module),
            defined: defined.collect(),
            module,
        }
    }
}

impl Graph {
    fn of(modules: impl Iterator<Item = Module>) -> Self {
        let modules: Vec<_> = modules.collect();
        let by_name = Modules::of(&modules);
        let mut edges: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        for module in &modules {
            let targets = edges.entry(module.path.clone()).or_default();
            // A re-export uses nothing by itself.
            for named in module.names.iter().filter(|named| named.before != 'p') {
                let target = definer(&by_name, module, &named.segments, 0);
                if let Some(target) = target.filter(|target| *target != module.path) {
                    targets.entry(target.to_owned()).or_insert(named.line);
                }
            }
        }
        Self { edges }
    }

    /// The sets of files that import each other, directly or through others.
    pub(crate) fn cycles(&self) -> Vec<BTreeSet<&str>> {
        let reached: BTreeMap<&str, BTreeSet<&str>> = self
            .edges
            .keys()
            .map(|file| (file.as_str(), self.reached_from(file)))
            .collect();
        let mut out: Vec<BTreeSet<&str>> = Vec::new();
        for (file, own) in &reached {
            if own.contains(file) && !out.iter().any(|cycle| cycle.contains(file)) {
                let both = own.iter().filter(|other| reached[**other].contains(file));
                out.push(both.copied().collect());
            }
        }
        out
    }

    fn reached_from<'a>(&'a self, file: &'a str) -> BTreeSet<&'a str> {
        let (mut seen, mut left) = (BTreeSet::new(), vec![file]);
        while let Some(next) = left.pop() {
            let targets = self.edges.get(next).into_iter().flat_map(BTreeMap::keys);
            left.extend(targets.map(String::as_str).filter(|to| seen.insert(*to)));
        }
        seen
    }

    /// The same graph between the folders and files directly below `src/`.
    pub(crate) fn rooms(&self) -> Self {
        let room = |path: &str| {
            let name = module_of(path).first().cloned();
            name.unwrap_or_else(|| path.to_owned())
        };
        let mut edges: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        for (from, targets) in &self.edges {
            let own = edges.entry(room(from)).or_default();
            for (to, line) in targets.iter().filter(|(to, _)| room(to) != room(from)) {
                own.entry(room(to)).or_insert(*line);
            }
        }
        Self { edges }
    }

    /// The imports among these files, one on each line.
    pub(crate) fn among(&self, files: &BTreeSet<&str>) -> Vec<String> {
        let mut out = Vec::new();
        for from in files {
            for (to, line) in &self.edges[*from] {
                if files.contains(to.as_str()) {
                    out.push(format!("{from}:{line}: imports {to},"));
                }
            }
        }
        out
    }
}

/// The modules of a crate by name.
struct Modules<'a> {
    files: BTreeMap<&'a [String], &'a Module>,
    /// Every module, including those without a file of their own.
    all: BTreeSet<&'a [String]>,
}

impl<'a> Modules<'a> {
    fn of(modules: &'a [Module]) -> Self {
        let files = modules
            .iter()
            .filter(|module| !module.path.ends_with("src/main.rs"))
            .map(|module| (module.module.as_slice(), module));
        let lengths = |module: &'a Module| (1..=module.module.len()).map(|to| &module.module[..to]);
        Self {
            files: files.collect(),
            all: modules.iter().flat_map(lengths).collect(),
        }
    }
}

/// The file of this crate that defines a name as seen from a module, if it is one of this crate's.
///
/// Importing a module by its own name is not an import of anything in it: only the names used from
/// it count.
fn definer<'a>(
    modules: &Modules<'a>,
    from: &'a Module,
    segments: &[String],
    depth: usize,
) -> Option<&'a str> {
    let mut full = segments.to_vec();
    let child = [&from.module[..], &segments[..1]].concat();
    if segments[0] != "crate" && modules.all.contains(child.as_slice()) {
        full = [&["crate".to_owned()][..], &child, &segments[1..]].concat();
    }
    if full[0] != "crate" || depth > 9 {
        return None;
    }
    let mut at = 1;
    while at < full.len() && modules.all.contains(&full[1..=at]) {
        at += 1;
    }
    let module = *modules.files.get(&full[1..at])?;
    let item = full.get(at)?;
    if let Some(imported) = module.imports.get(item).filter(|_| item != "*") {
        let next = [&imported[..], &full[at + 1..]].concat();
        return definer(modules, module, &next, depth + 1);
    }
    if !module.defined.contains(item) {
        let globs = module
            .names
            .iter()
            .filter(|named| "up".contains(named.before) && named.text().ends_with("::*"));
        for glob in globs {
            let inside = [&glob.segments[..glob.segments.len() - 1], &full[at..at + 1]].concat();
            if glob.segments[1..glob.segments.len() - 1] == full[1..at] {
                continue;
            }
            let there = definer(modules, module, &inside, depth + 1);
            if there.is_some_and(|path| {
                let defined = modules.files.values().find(|module| module.path == path);
                defined.is_some_and(|module| module.defined.contains(item))
            }) {
                return there;
            }
        }
    }
    Some(&module.path)
}
