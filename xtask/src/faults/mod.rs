//! `cargo xtask faults`: plants each fault of `faults/` in a copy of the checkout, and tells which test notices.
//!
//! A fault is a patch that breaks one rule of DESIGN.md. A rule whose fault no test notices is a rule that nobody holds.

mod copy;
mod fault;
mod guards;

use crate::{Failure, figures};
pub(crate) use copy::Copy;
pub(crate) use fault::Fault;
pub(crate) use guards::{Guards, Noticed};
use serde_json::json;
use std::time::Instant;

/// What became of a planted fault.
struct Told {
    fault: Fault,
    noticed: Noticed,
}

/// Plants the faults whose names contain one of `filters` (all, without a filter), one after another.
///
/// # Errors
/// When the tests fail without a fault, a fault cannot be planted any more, or no test notices it.
pub fn task(filters: &[String]) -> Result<(), Failure> {
    let start = Instant::now();
    let faults: Vec<Fault> = fault::all()?.into_iter().filter(|fault| fault.is_meant(filters)).collect();
    if faults.is_empty() {
        return Err(Failure::new(format!("no fault is called {}", filters.join(" or ")), "faults/ holds them, one a file"));
    }
    let copy = Copy::make()?;
    copy.check(&faults)?;
    let guards = Guards::of(&copy)?;
    guards.check()?;
    let mut told = Vec::new();
    for fault in faults {
        println!("== {}: promise {}, {}", fault.name, fault.promise, fault.rule);
        let noticed = plant(&copy, &guards, &fault)?;
        println!("   {noticed}");
        if noticed == Noticed::Unbuilt {
            return Err(Failure::new(
                format!("{} does not compile", fault.name),
                "a compiler's error is no test's: another fault is needed",
            ));
        }
        told.push(Told { fault, noticed });
    }
    println!("\n{} faults in {:.0} s", told.len(), start.elapsed().as_secs_f64());
    if filters.is_empty() {
        write_figures(&told)?;
    }
    unnoticed(&told)
}

/// Plants one fault, runs the tests, and takes it out again.
pub(crate) fn plant(copy: &Copy, guards: &Guards<'_>, fault: &Fault) -> Result<Noticed, Failure> {
    copy.plant(fault)?;
    let noticed = guards.run(&fault.name)?;
    copy.heal(fault)?;
    Ok(noticed)
}

fn unnoticed(told: &[Told]) -> Result<(), Failure> {
    let missed: Vec<String> =
        told.iter().filter(|told| told.noticed == Noticed::No).map(|told| format!("{}: {}", told.fault.name, told.fault.rule)).collect();
    if missed.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("no test notices\n{}", missed.join("\n")), "write the test that fails when this rule is broken"))
}

/// For docs/reliability.md.
fn write_figures(told: &[Told]) -> Result<(), Failure> {
    let rows: Vec<_> = told
        .iter()
        .map(|told| json!({ "name": told.fault.name, "promise": told.fault.promise, "rule": told.fault.rule, "noticed": told.noticed.to_string() }))
        .collect();
    figures::write("faults", &json!({ "name": "faults", "promises": [], "figures": { "planted": rows.len() }, "faults": rows }))
}
