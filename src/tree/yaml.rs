//! YAML 1.2 text to its parts: one for each scalar, and for each beginning and end of a list or a map. Reading is saphyr-parser's;
//! what it tells is held within limits here, and becomes a tree in `expand`.

use super::{Limits, Node, Unreadable, expand, within};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};
use std::borrow::Cow;

pub(super) struct Part<'a> {
    pub(super) kind: Kind<'a>,
    pub(super) line: u32,
}

pub(super) enum Kind<'a> {
    Plain(Cow<'a, str>),
    /// In quotes, or a text by its style or its tag.
    Text(Cow<'a, str>),
    List,
    Map,
    End,
    /// Stands for the node that begins at this place.
    Alias(usize),
}

pub(super) fn read(text: &str, limits: Limits) -> Result<Node, Unreadable> {
    let mut parser = Parser::new_from_str(within(text, limits)?);
    let mut parts = Parts::default();
    while let Some(told) = parser.next_event() {
        let (event, span) = told.map_err(|fault| unreadable(fault.marker(), fault.info()))?;
        parts.add(event, span.start, limits).map_err(|reason| unreadable(&span.start, &reason))?;
    }
    expand::tree(&parts.list, limits)
}

fn unreadable(at: &Marker, reason: &str) -> Unreadable {
    let hint = if reason.contains("anchor") { "; a text that begins with `*` or `&` stands in quotes" } else { "" };
    let message = format!("not readable as YAML: {reason}{hint} (column {})", at.col().saturating_add(1));
    Unreadable { line: Some(line(at)), message }
}

fn line(at: &Marker) -> u32 {
    u32::try_from(at.line()).unwrap_or(u32::MAX)
}

#[derive(Default)]
struct Parts<'a> {
    list: Vec<Part<'a>>,
    has_document: bool,
    /// The anchors of the lists and maps that have not ended; 0 for one without.
    open: Vec<usize>,
    /// The places of the nodes that aliases may stand for, by their anchors.
    anchors: Vec<(usize, usize)>,
}

impl<'a> Parts<'a> {
    fn add(&mut self, event: Event<'a>, at: Marker, limits: Limits) -> Result<(), Cow<'static, str>> {
        let kind = match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => return Ok(()),
            Event::DocumentStart(_) if self.has_document => return Err("a second document begins here: give each by itself".into()),
            Event::DocumentStart(_) => {
                self.has_document = true;
                return Ok(());
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.anchor(anchor);
                scalar(text, style, tag.as_deref())?
            }
            Event::SequenceStart(anchor, tag) => self.begin(Kind::List, "seq", anchor, tag.as_deref())?,
            Event::MappingStart(anchor, tag) => self.begin(Kind::Map, "map", anchor, tag.as_deref())?,
            Event::SequenceEnd | Event::MappingEnd => {
                self.open.pop();
                Kind::End
            }
            Event::Alias(anchor) => self.alias(anchor)?,
        };
        // The parser would go on for a whole text of brackets.
        if self.open.len() > limits.depth {
            return Err(too_deep(limits).into());
        }
        // A value has at most three: its key, its beginning, its end.
        if self.list.len() > limits.nodes.saturating_mul(3) {
            return Err(too_many(limits).into());
        }
        self.list.push(Part { kind, line: line(&at) });
        Ok(())
    }

    fn anchor(&mut self, anchor: usize) {
        if anchor != 0 {
            self.anchors.push((anchor, self.list.len()));
        }
    }

    fn begin(&mut self, kind: Kind<'a>, core: &str, anchor: usize, tag: Option<&Tag>) -> Result<Kind<'a>, Cow<'static, str>> {
        if tag.is_some_and(|tag| core_name(tag) != Some(core)) {
            return Err(unknown_tag(tag));
        }
        self.anchor(anchor);
        self.open.push(anchor);
        Ok(kind)
    }

    fn alias(&self, anchor: usize) -> Result<Kind<'a>, Cow<'static, str>> {
        if self.open.contains(&anchor) {
            return Err("an alias within what it stands for".into());
        }
        // Anchors are numbered as they come.
        let place = self.anchors.binary_search_by_key(&anchor, |(anchor, _)| *anchor).ok().and_then(|place| self.anchors.get(place));
        place.map(|(_, place)| Kind::Alias(*place)).ok_or(Cow::Borrowed("an alias of an unknown anchor"))
    }
}

pub(super) fn too_deep(limits: Limits) -> String {
    format!("nested deeper than {}", limits.depth)
}

pub(super) fn too_many(limits: Limits) -> String {
    format!("more than {} values", limits.nodes)
}

fn scalar<'a>(text: Cow<'a, str>, style: ScalarStyle, tag: Option<&Tag>) -> Result<Kind<'a>, Cow<'static, str>> {
    match tag {
        None if style == ScalarStyle::Plain => Ok(Kind::Plain(text)),
        None => Ok(Kind::Text(text)),
        Some(tag) => match core_name(tag) {
            Some("str" | "!") => Ok(Kind::Text(text)),
            Some("null" | "bool" | "int" | "float") => Ok(Kind::Plain(text)),
            _ => Err(unknown_tag(Some(tag))),
        },
    }
}

/// `str` of `!!str`; `!` for the tag that is nothing more.
fn core_name(tag: &Tag) -> Option<&str> {
    (tag.is_yaml_core_schema() || (tag.handle.is_empty() && tag.suffix == "!")).then_some(tag.suffix.as_str())
}

fn unknown_tag(tag: Option<&Tag>) -> Cow<'static, str> {
    let name = tag.map_or("", |tag| tag.suffix.as_str());
    format!("the tag {} is none that is understood here: leave it out", crate::names::quoted(name)).into()
}
