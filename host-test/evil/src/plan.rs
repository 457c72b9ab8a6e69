//! The configured attack, and the exports that make it.

use crate::wit::exports::fuseboard::breaker::board::{Diagnostic, Problem, ProblemCode, Severity, Sources};
use crate::{flood, grow, recurse, spin, trap};
use std::cell::RefCell;

#[derive(Clone, Copy)]
pub enum Attack {
    Spin,
    Grow,
    RecurseInMemory,
    RecurseOnTheStack,
    FloodTheClock,
    FloodTheStore,
    FloodTheListing,
    /// A huge answer.
    FloodTheAnswer,
    /// A huge answer that takes little memory in the guest: its items share one text.
    FloodByOneText,
    Lie,
    /// A trap at every n-th call.
    TrapEvery(u64),
}

struct Plan {
    attack: Attack,
    exports: Vec<String>,
    writer: u64,
    calls: u64,
}

thread_local! {
    static PLAN: RefCell<Option<Plan>> = const { RefCell::new(None) };
}

/// How an export answers, if it returns at all.
pub enum AnswerStyle {
    Minimal,
    False,
    Huge,
    HugeFromOneText,
}

pub fn configure(sources: &Sources, writer: u64) -> Result<(), Vec<Diagnostic>> {
    let document = sources.documents.first().ok_or_else(|| vec![error("the first document must name the attack")])?;
    let attack = attack_named(&document.name).ok_or_else(|| vec![error(&format!("unknown attack {:?}", document.name))])?;
    let exports: Vec<String> = document.text.split_whitespace().map(str::to_owned).collect();
    let attacks = exports.iter().any(|export| export == "configure");
    PLAN.set(Some(Plan { attack, exports, writer, calls: 0 }));
    if attacks {
        make(attack, 1);
    }
    Ok(())
}

fn attack_named(name: &str) -> Option<Attack> {
    Some(match name {
        "spin" => Attack::Spin,
        "grow" => Attack::Grow,
        "recurse in memory" => Attack::RecurseInMemory,
        "recurse on the stack" => Attack::RecurseOnTheStack,
        "flood the clock" => Attack::FloodTheClock,
        "flood the store" => Attack::FloodTheStore,
        "flood the listing" => Attack::FloodTheListing,
        "flood the answer" => Attack::FloodTheAnswer,
        "flood by one text" => Attack::FloodByOneText,
        "lie" => Attack::Lie,
        other => Attack::TrapEvery(other.strip_prefix("trap each ")?.parse().ok()?),
    })
}

/// Called first by each export: makes the attack if the plan lists the export and the target is not `good`.
pub fn begin(export: &str, name: &str) -> Result<AnswerStyle, Problem> {
    let (attack, calls) = PLAN.with_borrow_mut(|plan| {
        let plan = plan.as_mut().ok_or_else(not_configured)?;
        if name == "good" || !plan.exports.iter().any(|attacking| attacking == export) {
            return Ok((None, 0));
        }
        plan.calls += 1;
        Ok((Some(plan.attack), plan.calls))
    })?;
    Ok(attack.map_or(AnswerStyle::Minimal, |attack| make(attack, calls)))
}

fn make(attack: Attack, calls: u64) -> AnswerStyle {
    match attack {
        Attack::Spin => spin::forever(),
        Attack::Grow => grow::until_stopped(),
        Attack::RecurseInMemory => recurse::in_memory(),
        Attack::RecurseOnTheStack => recurse::on_the_stack(),
        Attack::FloodTheClock => flood::clock(),
        Attack::FloodTheStore => flood::store(),
        Attack::FloodTheListing => flood::listing(),
        Attack::FloodTheAnswer => AnswerStyle::Huge,
        Attack::FloodByOneText => AnswerStyle::HugeFromOneText,
        Attack::Lie => AnswerStyle::False,
        Attack::TrapEvery(n) => {
            trap::every(n, calls);
            AnswerStyle::Minimal
        }
    }
}

/// The writer of the configuration. A rebuilt guest gets a new one.
pub fn writer() -> u64 {
    PLAN.with_borrow(|plan| plan.as_ref().map_or(0, |plan| plan.writer))
}

fn not_configured() -> Problem {
    Problem { code: ProblemCode::NotConfigured, detail: "called before `configure`".to_owned() }
}

fn error(message: &str) -> Diagnostic {
    Diagnostic { severity: Severity::Error, source: "evil".to_owned(), line: None, path: String::new(), message: message.to_owned() }
}
