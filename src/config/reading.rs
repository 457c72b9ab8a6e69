//! A document's tree to the places it speaks of. Reading goes on after a fault, so that all are told at once.

use super::keys::{Keys, Known, Part};
use super::layer::{Entry, Layer, Places};
use super::origin::Origin;
use super::settings::Rule;
use super::value::{self, Given, Value};
use crate::host::normalize_host;
use crate::machine::policy::{HOST_BYTES_MAX, ROLES_MAX};
use crate::names::{DEFAULT_ROLE, check_name, joined_by, normalize_role, quoted};
use crate::sorted::Sorted;
use crate::sources::{Diagnostic, Severity};
use crate::tree::{Content, Node};
use std::sync::Arc;

/// Longer than a path that a message can show.
const SOURCE_CHARS_MAX: usize = 200;

pub(super) struct Reader {
    source: Arc<str>,
    /// A patch has none: it is one value of an operator's, not a file.
    has_lines: bool,
    path: String,
    pub(super) told: Vec<Diagnostic>,
}

impl Reader {
    pub(super) fn new(source: &str) -> Reader {
        // A name may be as long as a text.
        let source = source.chars().take(SOURCE_CHARS_MAX).collect::<String>();
        Reader { source: source.into(), has_lines: true, path: String::new(), told: Vec::new() }
    }

    pub(super) fn without_lines(source: &str) -> Reader {
        Reader { has_lines: false, ..Reader::new(source) }
    }

    pub(super) fn fault(&mut self, line: Option<u32>, message: String) {
        self.tell(Severity::Error, line, message);
    }

    pub(super) fn doubt(&mut self, message: String) {
        self.tell(Severity::Warning, None, message);
    }

    fn tell(&mut self, severity: Severity, line: Option<u32>, message: String) {
        let (source, path, line) = (self.source.to_string(), self.path.clone(), line.filter(|_| self.has_lines));
        self.told.push(Diagnostic { severity, source, line, path, message });
    }

    /// Reads several levels further down.
    pub(super) fn within(&mut self, path: &[&str], read: impl FnOnce(&mut Reader)) {
        self.at(&joined_by(".", &path.iter().map(|step| (*step).to_owned()).collect::<Vec<_>>()), read);
    }

    /// Reads one level further down.
    fn at<T>(&mut self, key: &str, read: impl FnOnce(&mut Reader) -> T) -> T {
        let end = self.path.len();
        if end > 0 {
            self.path.push('.');
        }
        // A key may be a whole document long, and is repeated in every fault below it.
        self.path.extend(key.chars().take(HOST_BYTES_MAX));
        let read = read(self);
        self.path.truncate(end);
        read
    }

    pub(super) fn document(&mut self, root: &Node) -> Places {
        let mut places = Places::default();
        for (known, written, node) in self.known(root, Keys::Sections) {
            self.at(written, |reader| match known.path {
                "defaults" => places.defaults = reader.entry(node, Part::Defaults),
                "advanced" => places.advanced = reader.layer(node, "advanced", Part::Advanced),
                "hosts" => places.hosts = reader.named(node, spell_host, |reader, node| reader.entry(node, Part::Circuit)),
                "names" => places.names = reader.named(node, spell_name, Reader::circuit),
                _ => places.resolvers = reader.named(node, spell_name, Reader::circuit),
            });
        }
        places
    }

    /// `defaults`, or a host: settings and `roles`.
    pub(super) fn entry(&mut self, node: &Node, part: Part) -> Entry {
        let mut entry = Entry::default();
        for (known, written, node) in self.known(node, Keys::Entry(part)) {
            self.at(written, |reader| match known.path {
                "roles" => entry.roles = reader.roles(node),
                _ => reader.setting(known, node, part, &mut entry.own),
            });
        }
        entry
    }

    /// A role, a name or a resolver: settings alone.
    pub(super) fn circuit(&mut self, node: &Node) -> Layer {
        self.layer(node, "", Part::Circuit)
    }

    fn roles(&mut self, node: &Node) -> Sorted<String, Layer> {
        let roles = self.named(node, spell_role, Reader::circuit);
        if roles.len() > ROLES_MAX {
            self.fault(node.line, format!("must have at most {ROLES_MAX} roles, has {}", roles.len()));
        }
        roles
    }

    fn layer(&mut self, node: &Node, prefix: &'static str, part: Part) -> Layer {
        let mut layer = Layer::default();
        self.section(node, prefix, part, &mut layer);
        layer
    }

    fn section(&mut self, node: &Node, prefix: &'static str, part: Part, layer: &mut Layer) {
        for (known, written, node) in self.known(node, Keys::Settings(prefix, part)) {
            self.at(written, |reader| reader.setting(known, node, part, layer));
        }
    }

    /// A value, or a map of further settings, or (the window) both.
    fn setting(&mut self, known: Known, node: &Node, part: Part, layer: &mut Layer) {
        if let Some(row) = known.row {
            let value = value::read(row, node);
            let has_more = matches!(row.rule, Rule::Switch) && value.as_ref().is_ok_and(|value| *value != Value::Off);
            match value {
                Ok(value) => layer.set(row.key, Given { value, origin: self.origin(node) }),
                Err(faults) => self.faults_of(node, faults),
            }
            if !has_more {
                return;
            }
        }
        self.section(node, known.path, part, layer);
    }

    fn origin(&self, node: &Node) -> Origin {
        Origin { source: Arc::clone(&self.source), line: node.line.filter(|_| self.has_lines) }
    }

    fn faults_of(&mut self, node: &Node, faults: Vec<value::Fault>) {
        for fault in faults {
            let end = self.path.len();
            let mut line = node.line;
            if let (Some(item), Content::List(list)) = (fault.item, &node.content) {
                self.path.extend(["[", &item.to_string(), "]"]);
                line = list.get(item).map_or(line, |item| item.line);
            }
            self.fault(line, fault.message);
            self.path.truncate(end);
        }
    }

    /// The entries of a map whose keys are fixed; ignored keys are left out.
    fn known<'n>(&mut self, node: &'n Node, keys: Keys) -> Vec<(Known, &'n str, &'n Node)> {
        let mut found: Vec<(Known, &'n str, &'n Node)> = Vec::new();
        for (key, node) in self.entries(node) {
            if key == "$schema" || key.starts_with("x-") {
                continue;
            }
            let known = keys.find(key);
            match (known, known.and_then(|known| found.iter().find(|(other, ..)| other.path == known.path))) {
                (None, _) => self.at(key, |reader| reader.fault(node.line, keys.unknown(key))),
                (_, Some((_, _, earlier))) if earlier.rank != node.rank => {}
                (_, Some((_, other, _))) => self.at(key, |reader| reader.fault(node.line, twice(key, other))),
                (Some(known), None) => found.push((known, key, node)),
            }
        }
        found
    }

    /// The entries of a map whose keys are names, in their one spelling.
    fn named<T>(&mut self, node: &Node, spell: fn(&str) -> Result<String, String>, read: fn(&mut Reader, &Node) -> T) -> Sorted<String, T> {
        // The values apart: names that come in no order are put in place one by one, and the less is moved for it the better.
        let mut places: Sorted<String, usize> = Sorted::default();
        let mut values: Vec<(usize, Option<T>)> = Vec::new();
        for (key, node) in self.entries(node) {
            self.at(key, |reader| {
                let name = spell(key);
                let place = name.as_ref().ok().and_then(|name| places.get(name));
                let earlier = place.and_then(|place| values.get(*place)).map(|(rank, _)| *rank);
                if earlier.is_some_and(|rank| rank != node.rank) {
                    return;
                }
                let value = read(reader, node);
                match name {
                    Ok(name) if earlier.is_some() => {
                        reader.fault(node.line, format!("stands twice in one map (as {})", quoted(&name)));
                    }
                    Ok(name) => {
                        places.insert(name, values.len());
                        values.push((node.rank, Some(value)));
                    }
                    Err(message) => reader.fault(node.line, message),
                }
            });
        }
        places.filter_map(|place| values.get_mut(place)?.1.take())
    }

    /// `null` is an empty map.
    fn entries<'n>(&mut self, node: &'n Node) -> &'n [(String, Node)] {
        match &node.content {
            Content::Map(entries) => entries,
            Content::Null => &[],
            _ => {
                self.fault(node.line, format!("must be a map, is {node}"));
                &[]
            }
        }
    }
}

fn twice(key: &str, other: &str) -> String {
    if key == other {
        "stands twice in one map".into()
    } else {
        format!("stands beside `{other}`, which is the same setting: keep one of them")
    }
}

pub(super) fn spell_host(key: &str) -> Result<String, String> {
    let Some(domain) = key.trim_ascii().strip_prefix("*.") else {
        let misplaced = "`*` may stand only at the start, as `*.example.org`; what holds for all hosts stands under `defaults`";
        return if key.contains('*') { Err(misplaced.into()) } else { normalize_host(key) };
    };
    if domain.contains([':', '/']) {
        return Err("a pattern is a plain domain after `*.`, without scheme or port".into());
    }
    normalize_host(domain).map(|domain| format!("*.{domain}"))
}

fn spell_name(key: &str) -> Result<String, String> {
    check_name(key).map(|()| key.to_owned())
}

fn spell_role(key: &str) -> Result<String, String> {
    match normalize_role(key) {
        Ok(role) if role == DEFAULT_ROLE => {
            Err("the circuit of targets without a role takes no role's setting: set it for the host".into())
        }
        role => role,
    }
}
