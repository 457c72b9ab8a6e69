//! `cargo xtask faults`: plants each fault of `faults/` in a copy of the checkout, and reports the test that detects it.
//!
//! A fault is a patch that breaks one rule of DESIGN.md. If no test detects it, no test checks the rule.

mod checkout_copy;
mod detections;
mod detector;
mod fault;
mod python_tests;

use crate::{Failure, debian};
pub(crate) use checkout_copy::CheckoutCopy;
use detections::Detections;
pub(crate) use detector::{Detection, Detector};
pub(crate) use fault::{Fault, Tests};
use std::time::Instant;

/// Plants the faults whose names contain one of `filters`, or all without filters, one after another. What detected each is written at
/// once, beside the detections of earlier runs.
///
/// # Errors
/// When the tests fail without a fault, a patch does not apply, or a fault does not compile or is not detected.
pub fn task(filters: &[String]) -> Result<(), Failure> {
    let start = Instant::now();
    let all = fault::all()?;
    let mut detections = Detections::read(&all)?;
    let faults: Vec<Fault> = all.into_iter().filter(|fault| fault.matches(filters)).collect();
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
    let mut undetected = Vec::new();
    for fault in &faults {
        println!("== {}: promise {}, {}", fault.name, fault.promise, fault.rule);
        let detection = plant(&copy, &detector, fault)?;
        println!("   {detection}");
        detections.add(fault, &detection)?;
        if !matches!(detection, Detection::Detected { .. }) {
            undetected.push(format!("{}: {detection}; {}", fault.name, fault.rule));
        }
    }
    println!("\n{} faults in {:.0} s", faults.len(), start.elapsed().as_secs_f64());
    check_all_detected(&undetected)
}

/// Plants one fault, runs the tests, and removes it again.
pub(crate) fn plant(copy: &CheckoutCopy, detector: &Detector<'_>, fault: &Fault) -> Result<Detection, Failure> {
    copy.plant(fault)?;
    let detection = detector.run(&fault.name, fault.tests)?;
    copy.remove(fault)?;
    Ok(detection)
}

fn check_all_detected(undetected: &[String]) -> Result<(), Failure> {
    if undetected.is_empty() {
        return Ok(());
    }
    let remedy = "write a test that fails when the rule is broken; change a patch that does not compile, because only a test may detect it";
    Err(Failure::new(format!("no test detects\n{}", undetected.join("\n")), remedy))
}
