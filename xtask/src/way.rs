//! By which way the guest is built here.

use crate::machine::{Debian, Machine, TARGET};
use crate::{Failure, debian, run};

/// A way that needs nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The active toolchain has the target's standard library.
    Toolchain,
    /// Debian's toolchain builds the standard library from its sources.
    Debian,
}

/// What to do next to get there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Go(Way),
    /// `rustup target add`.
    AddTarget,
    /// Install Debian's packages.
    AddPackages,
}

/// The way for this machine; what is missing is installed first, where that takes nothing away.
pub(crate) fn find() -> Result<Way, Failure> {
    let mut machine = Machine::look();
    // Ends: what was tried once is not offered again.
    loop {
        match choose(&machine)? {
            Step::Go(way) => return Ok(way),
            Step::AddTarget => {
                if let Err(failure) = run::stream(run::program("rustup").args(["target", "add", TARGET]), "trying without rustup") {
                    println!("{failure}");
                }
                machine = Machine { rustup_may_not_install: true, has_apt: machine.has_apt, ..Machine::look() };
            }
            Step::AddPackages => {
                debian::install()?;
                machine = Machine { rustup_may_not_install: machine.rustup_may_not_install, has_apt: false, ..Machine::look() };
            }
        }
    }
}

/// Decides by what is there.
///
/// # Errors
/// When the guest cannot be built on such a machine: what was looked for, and what to do.
pub fn choose(machine: &Machine) -> Result<Step, Failure> {
    if machine.has_std {
        Ok(Step::Go(Way::Toolchain))
    } else if machine.has_rustup && !machine.rustup_may_not_install {
        Ok(Step::AddTarget)
    } else if machine.debian == Debian::Ready {
        Ok(Step::Go(Way::Debian))
    } else if machine.has_apt && machine.is_root && machine.debian == Debian::Absent {
        Ok(Step::AddPackages)
    } else {
        Err(no_way(machine))
    }
}

fn no_way(machine: &Machine) -> Failure {
    let rustup = if machine.has_rustup { "did not add the target, or RUSTUP_AUTO_INSTALL=0 forbids it" } else { "not installed" };
    let debian = match (&machine.debian, machine.has_apt, machine.is_root) {
        (Debian::Ready, ..) => "there, but not used".to_owned(),
        (Debian::TooOld(version), ..) => format!("rustc is {version}, older than {}", env!("CARGO_PKG_RUST_VERSION")),
        (Debian::Absent, false, _) => "not installed, and apt cannot install them here".to_owned(),
        (Debian::Absent, true, false) => "not installed, and only root may install them".to_owned(),
        (Debian::Absent, true, true) => "not installed".to_owned(),
    };
    Failure::new(
        format!(
            "no way to build for {TARGET} on this machine; looked for\n  \
             the active rustc's standard library: not installed\n  \
             rustup: {rustup}\n  \
             Debian's packages {}: {debian}",
            debian::PACKAGES.join(", ")
        ),
        format!("do one of\nrustup target add {TARGET}\napt-get install --no-install-recommends {}", debian::PACKAGES.join(" ")),
    )
}
