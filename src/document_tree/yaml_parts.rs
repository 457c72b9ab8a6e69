//! The parts of a YAML document: its scalars, its aliases, and the starts and ends of its lists and maps. `saphyr-parser` parses the
//! text; this module applies limits and resolves anchors.

use super::limits::Limits;
use super::parse_error::ParseError;
use crate::quote::quoted;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};
use std::borrow::Cow;

pub(super) struct Part<'a> {
    pub(super) kind: PartKind<'a>,
    pub(super) line: u32,
}

pub(super) enum PartKind<'a> {
    /// A scalar without quotes. The core schema decides its type.
    Plain(Cow<'a, str>),
    /// A scalar that is a text, by its quotes, its style or its tag.
    Text(Cow<'a, str>),
    List,
    Map,
    End,
    /// Stands for the value that starts at this index of the parts.
    Alias(usize),
}

/// Parses a text into parts.
///
/// # Errors
/// If the text is not YAML, exceeds a limit, or has more than one document.
pub(super) fn parse(text: &str, limits: Limits) -> Result<Vec<Part<'_>>, ParseError> {
    let mut parser = Parser::new_from_str(text);
    let mut parts = Parts::default();
    while let Some(next) = parser.next_event() {
        let (event, span) = next.map_err(|error| parse_error(error.marker(), error.info()))?;
        parts.add(event, span.start, limits).map_err(|reason| parse_error(&span.start, &reason))?;
    }
    Ok(parts.list)
}

fn parse_error(at: &Marker, reason: &str) -> ParseError {
    let hint = if reason.contains("anchor") { "; write a text that starts with `*` or `&` in quotes" } else { "" };
    let message = format!("invalid YAML: {reason}{hint} (column {})", at.col().saturating_add(1));
    ParseError { line: Some(line(at)), message }
}

fn line(at: &Marker) -> u32 {
    u32::try_from(at.line()).unwrap_or(u32::MAX)
}

#[derive(Default)]
struct Parts<'a> {
    list: Vec<Part<'a>>,
    has_document: bool,
    /// Anchors of the lists and maps that have not ended. 0 means no anchor.
    open: Vec<usize>,
    /// Anchors, each with the index of its value.
    anchors: Vec<(usize, usize)>,
}

impl<'a> Parts<'a> {
    fn add(&mut self, event: Event<'a>, at: Marker, limits: Limits) -> Result<(), Cow<'static, str>> {
        let kind = match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => return Ok(()),
            Event::DocumentStart(_) if self.has_document => return Err("must have one document, a second one starts here".into()),
            Event::DocumentStart(_) => {
                self.has_document = true;
                return Ok(());
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.add_anchor(anchor);
                scalar(text, style, tag.as_deref())?
            }
            Event::SequenceStart(anchor, tag) => self.open(PartKind::List, "seq", anchor, tag.as_deref())?,
            Event::MappingStart(anchor, tag) => self.open(PartKind::Map, "map", anchor, tag.as_deref())?,
            Event::SequenceEnd | Event::MappingEnd => {
                self.open.pop();
                PartKind::End
            }
            Event::Alias(anchor) => self.alias(anchor)?,
        };
        // Checked here, so that the parser does not read a long text of brackets to its end.
        if self.open.len() > limits.depth {
            return Err(limits.too_deep().into());
        }
        // A value has at most three parts: its key, its start and its end.
        if self.list.len() > limits.nodes.saturating_mul(3) {
            return Err(limits.too_many().into());
        }
        self.list.push(Part { kind, line: line(&at) });
        Ok(())
    }

    fn add_anchor(&mut self, anchor: usize) {
        if anchor != 0 {
            self.anchors.push((anchor, self.list.len()));
        }
    }

    fn open(&mut self, kind: PartKind<'a>, core: &str, anchor: usize, tag: Option<&Tag>) -> Result<PartKind<'a>, Cow<'static, str>> {
        if tag.is_some_and(|tag| core_name(tag) != Some(core)) {
            return Err(unsupported_tag(tag));
        }
        self.add_anchor(anchor);
        self.open.push(anchor);
        Ok(kind)
    }

    fn alias(&self, anchor: usize) -> Result<PartKind<'a>, Cow<'static, str>> {
        if self.open.contains(&anchor) {
            return Err("an alias must not be inside its own value".into());
        }
        // The parser numbers anchors in rising order.
        let position = self.anchors.binary_search_by_key(&anchor, |(anchor, _)| *anchor).ok();
        let value = position.and_then(|position| self.anchors.get(position));
        value.map(|(_, index)| PartKind::Alias(*index)).ok_or(Cow::Borrowed("an alias of an unknown anchor"))
    }
}

fn scalar<'a>(text: Cow<'a, str>, style: ScalarStyle, tag: Option<&Tag>) -> Result<PartKind<'a>, Cow<'static, str>> {
    match tag {
        None if style == ScalarStyle::Plain => Ok(PartKind::Plain(text)),
        None => Ok(PartKind::Text(text)),
        Some(tag) => match core_name(tag) {
            Some("str" | "!") => Ok(PartKind::Text(text)),
            // With this tag an empty scalar is null, not blank.
            Some("null") if text.is_empty() => Ok(PartKind::Plain("null".into())),
            Some("null" | "bool" | "int" | "float") => Ok(PartKind::Plain(text)),
            _ => Err(unsupported_tag(Some(tag))),
        },
    }
}

/// Returns the name of a core tag: `str` for `!!str`, and `!` for the tag `!`.
fn core_name(tag: &Tag) -> Option<&str> {
    (tag.is_yaml_core_schema() || (tag.handle.is_empty() && tag.suffix == "!")).then_some(tag.suffix.as_str())
}

fn unsupported_tag(tag: Option<&Tag>) -> Cow<'static, str> {
    let name = tag.map_or("", |tag| tag.suffix.as_str());
    format!("the tag {} is not supported: remove it", quoted(name)).into()
}
