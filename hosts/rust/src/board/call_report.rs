//! The report of a guarded call.

use fuseboard::time::Mono;
use fuseboard::{Clock, End, Report};

/// The report of a call that returned an ordinary result: `Ok` as returned, `Err` as raised with the error's type name.
pub fn report_of<T, E>(result: &Result<T, E>) -> Report {
    Report::new(match result {
        Ok(_) => End::Returned,
        Err(_) => End::Raised(vec![type_name::<E>()]),
    })
}

pub(super) fn report_of_panic() -> Report {
    Report::new(End::Raised(vec!["panic".to_owned()]))
}

/// Sets the elapsed time, unless the report has one.
pub(super) fn with_elapsed(report: Report, started: Mono, clock: &dyn Clock) -> Report {
    let elapsed_ns = report.elapsed_ns.or_else(|| Some(clock.mono().0.saturating_sub(started.0)));
    Report { elapsed_ns, ..report }
}

/// As `std.io.error.Error`: without type parameters, and with dots, as patterns in the configuration expect it.
fn type_name<E>() -> String {
    let name = std::any::type_name::<E>();
    let plain = name.split('<').next().unwrap_or(name);
    plain.replace("::", ".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_reported_by_its_type_name_with_dots() {
        let failed: Result<(), std::num::ParseIntError> = "x".parse::<u8>().map(drop);
        assert_eq!(report_of(&failed).end, End::Raised(vec!["core.num.error.ParseIntError".to_owned()]));
        assert_eq!(report_of::<u8, Vec<u8>>(&Err(Vec::new())).end, End::Raised(vec!["alloc.vec.Vec".to_owned()]));
        assert_eq!(report_of::<u8, ()>(&Ok(1)).end, End::Returned);
    }
}
