//! Bounds on the requests to a component. The engine has tighter ones and explains them better. These only prevent a trap: an argument
//! that fills the component's memory stops it before any line of the engine has run.

use fuseboard::{Command, Diagnostic, End, Lease, Problem, ProblemCode, Report, Scope, Severity, Sources, Target};
use std::borrow::Cow;

/// A name, a header, a note, a cursor, a patch.
const TEXT_BYTES_MAX: usize = 64 << 10;
/// All sources of a configuration; a document may have 1 MiB.
const SOURCES_BYTES_MAX: usize = 4 << 20;
const SOURCES_ITEMS_MAX: usize = 20_000;
const LIST_ITEMS_MAX: usize = 1_000;

type Checked = Result<(), Problem>;

pub(super) fn text(what: &str, text: &str) -> Checked {
    at_most(what, text.len(), TEXT_BYTES_MAX, "bytes")
}

pub(super) fn target(target: &Target) -> Checked {
    text("the target's name", &target.name)?;
    target.role.as_deref().map_or(Ok(()), |role| text("the role", role))?;
    target.resolver.as_deref().map_or(Ok(()), |resolver| text("the resolver", resolver))
}

pub(super) fn scope(scope: &Scope) -> Checked {
    text("the scope's name", &scope.name)?;
    scope.role.as_deref().map_or(Ok(()), |role| text("the role", role))
}

/// The report with the texts of its end cut to what a component takes; hints are cut as they are converted. The texts come from servers
/// and from libraries, so a long one is no reason to fail the report (promise 17). The engine reads less of them.
pub(super) fn cut(report: &Report) -> Cow<'_, Report> {
    let (items, most) = match &report.end {
        End::Raised(types) => (types.len(), types.iter().map(String::len).sum()),
        End::Counted { what, .. } => (0, what.as_ref().map_or(0, String::len)),
        End::Returned | End::Cancelled => (0, 0),
    };
    if items <= LIST_ITEMS_MAX && most <= TEXT_BYTES_MAX {
        return Cow::Borrowed(report);
    }
    let mut report = report.clone();
    match &mut report.end {
        End::Raised(types) => {
            types.truncate(LIST_ITEMS_MAX);
            let mut left = TEXT_BYTES_MAX;
            for name in types {
                name.truncate(name.floor_char_boundary(left));
                left -= name.len();
            }
        }
        End::Counted { what, .. } => what.iter_mut().for_each(cut_text),
        End::Returned | End::Cancelled => {}
    }
    Cow::Owned(report)
}

fn cut_text(text: &mut String) {
    text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
}

pub(super) fn lease(lease: &Lease) -> Checked {
    let statuses = lease.success_statuses.len().max(lease.neutral_statuses.len());
    at_most("the lease's list of statuses", statuses, LIST_ITEMS_MAX, "items")?;
    at_most("the lease's list of circuits", lease.circuits.len(), LIST_ITEMS_MAX, "items")?;
    lease.circuits.iter().try_for_each(scope)
}

pub(super) fn command(command: &Command) -> Checked {
    match command {
        Command::ForceOpen { note, .. } | Command::Cooldown { note, .. } => text("the note", note),
        Command::Trip | Command::Disable | Command::HalfOpen | Command::Close | Command::Reset => Ok(()),
    }
}

pub(super) fn sources(sources: &Sources) -> Result<(), Vec<Diagnostic>> {
    let items = sources.documents.len().saturating_add(sources.environment.len()).saturating_add(sources.flags.len());
    let documents: usize = sources.documents.iter().map(|document| document.name.len().saturating_add(document.text.len())).sum();
    let pairs = sources.environment.iter().chain(&sources.flags);
    let bytes = pairs.map(|(name, value)| name.len().saturating_add(value.len())).fold(documents, usize::saturating_add);
    let checked = at_most("the configuration", items, SOURCES_ITEMS_MAX, "items")
        .and_then(|()| at_most("the configuration", bytes.saturating_add(sources.prefix.len()), SOURCES_BYTES_MAX, "bytes"));
    checked.map_err(|problem| {
        let name = sources.documents.first().map_or("configuration", |document| document.name.as_str());
        let source = name.chars().take(200).collect();
        vec![Diagnostic { severity: Severity::Error, source, line: None, path: String::new(), message: problem.detail }]
    })
}

fn at_most(what: &str, is: usize, max: usize, unit: &str) -> Checked {
    if is <= max { Ok(()) } else { Err(Problem::new(ProblemCode::TooLarge, format!("{what} has {is} {unit}, at most {max} are allowed"))) }
}
