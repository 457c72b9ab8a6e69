//! `cargo xtask faults`: plants each fault of `faults/` in a copy of the checkout, and reports the test that detects it.
//!
//! A fault is a patch that breaks one rule of DESIGN.md. If no test detects it, no test checks the rule.

mod checkout_copy;
mod detector;
mod fault;
mod python_tests;

use crate::{Failure, debian, figures};
pub(crate) use checkout_copy::CheckoutCopy;
pub(crate) use detector::{Detection, Detector};
pub(crate) use fault::{Fault, Tests};
use serde_json::json;
use std::time::Instant;

/// A fault that was planted.
struct Planted {
    fault: Fault,
    detection: Detection,
}

/// Plants the faults whose names contain one of `filters`, or all without filters, one after another.
///
/// # Errors
/// When the tests fail without a fault, a patch does not apply, or no test detects a fault.
pub fn task(filters: &[String]) -> Result<(), Failure> {
    let start = Instant::now();
    let faults: Vec<Fault> = fault::all()?.into_iter().filter(|fault| fault.matches(filters)).collect();
    if faults.is_empty() {
        return Err(Failure::new(format!("no fault has {} in its name", filters.join(" or ")), "the faults are the files of faults/"));
    }
    let copy = CheckoutCopy::make()?;
    copy.check(&faults)?;
    if faults.iter().any(|fault| fault.tests == Tests::OfStores) {
        debian::install_redis_if_missing()?;
    }
    let detector = Detector::new(&copy)?;
    detector.check_without_fault(&faults)?;
    let mut planted = Vec::new();
    for fault in faults {
        println!("== {}: promise {}, {}", fault.name, fault.promise, fault.rule);
        let detection = plant(&copy, &detector, &fault)?;
        println!("   {detection}");
        if detection == Detection::NotCompiled {
            return Err(Failure::new(
                format!("{} does not compile", fault.name),
                "change the patch so that it compiles: only a test may detect it",
            ));
        }
        planted.push(Planted { fault, detection });
    }
    println!("\n{} faults in {:.0} s", planted.len(), start.elapsed().as_secs_f64());
    if filters.is_empty() {
        write_figures(&planted)?;
    }
    check_all_detected(&planted)
}

/// Plants one fault, runs the tests, and removes it again.
pub(crate) fn plant(copy: &CheckoutCopy, detector: &Detector<'_>, fault: &Fault) -> Result<Detection, Failure> {
    copy.plant(fault)?;
    let detection = detector.run(&fault.name, fault.tests)?;
    copy.remove(fault)?;
    Ok(detection)
}

fn check_all_detected(planted: &[Planted]) -> Result<(), Failure> {
    let undetected = planted.iter().filter(|planted| planted.detection == Detection::Undetected).map(|planted| &planted.fault);
    let undetected: Vec<String> = undetected.map(|fault| format!("{}: {}", fault.name, fault.rule)).collect();
    if undetected.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("no test detects\n{}", undetected.join("\n")), "write a test that fails when this rule is broken"))
}

/// Writes the figures for docs/reliability.md.
fn write_figures(planted: &[Planted]) -> Result<(), Failure> {
    let row = |Planted { fault, detection }: &Planted| json!({ "name": fault.name, "promise": fault.promise, "rule": fault.rule, "detected": detection.to_string() });
    let rows: Vec<_> = planted.iter().map(row).collect();
    figures::write("faults", &json!({ "name": "faults", "promises": [], "figures": { "planted": rows.len() }, "faults": rows }))
}
