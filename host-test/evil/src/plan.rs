//! Which attack is made, and where.

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
    /// The answer is enormous.
    FloodTheAnswer,
    /// So is this one, and takes little room here: its texts are all one.
    FloodByOneText,
    Lie,
    TrapEach(u64),
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

/// What an export is to answer, if it is still here to answer.
pub enum Manner {
    Dull,
    Lying,
    Enormous,
    EnormousByOneText,
}

pub fn configure(sources: &Sources, writer: u64) -> Result<(), Vec<Diagnostic>> {
    let told = sources.documents.first().ok_or_else(|| vec![fault("no attack")])?;
    let attack = attack(&told.name).ok_or_else(|| vec![fault("an unknown attack")])?;
    let exports: Vec<String> = told.text.split_whitespace().map(str::to_owned).collect();
    let strikes = exports.iter().any(|export| export == "configure");
    PLAN.set(Some(Plan { attack, exports, writer, calls: 0 }));
    if strikes {
        strike(attack, 1);
    }
    Ok(())
}

fn attack(name: &str) -> Option<Attack> {
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
        each => Attack::TrapEach(each.strip_prefix("trap each ")?.parse().ok()?),
    })
}

/// Begins an export: makes the attack, unless the plan spares it.
pub fn begin(export: &str, name: &str) -> Result<Manner, Problem> {
    let (attack, calls) = PLAN.with_borrow_mut(|plan| {
        let plan = plan.as_mut().ok_or_else(not_configured)?;
        if name == "good" || !plan.exports.iter().any(|struck| struck == export) {
            return Ok((None, 0));
        }
        plan.calls += 1;
        Ok((Some(plan.attack), plan.calls))
    })?;
    Ok(attack.map_or(Manner::Dull, |attack| strike(attack, calls)))
}

fn strike(attack: Attack, calls: u64) -> Manner {
    match attack {
        Attack::Spin => spin::on_and_on(),
        Attack::Grow => grow::until_stopped(),
        Attack::RecurseInMemory => recurse::in_memory(),
        Attack::RecurseOnTheStack => recurse::on_the_stack(),
        Attack::FloodTheClock => flood::clock(),
        Attack::FloodTheStore => flood::store(),
        Attack::FloodTheListing => flood::listing(),
        Attack::FloodTheAnswer => Manner::Enormous,
        Attack::FloodByOneText => Manner::EnormousByOneText,
        Attack::Lie => Manner::Lying,
        Attack::TrapEach(each) => trap::each(each, calls),
    }
}

/// The writer it was configured with: who made it whole again gave it a new one.
pub fn writer() -> u64 {
    PLAN.with_borrow(|plan| plan.as_ref().map_or(0, |plan| plan.writer))
}

fn not_configured() -> Problem {
    Problem { code: ProblemCode::NotConfigured, detail: "asked before it was configured".to_owned() }
}

fn fault(message: &str) -> Diagnostic {
    Diagnostic { severity: Severity::Error, source: "evil".to_owned(), line: None, path: String::new(), message: message.to_owned() }
}
