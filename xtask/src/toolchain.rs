//! The toolchain that builds the guest on this machine.

use crate::build_machine::{BuildMachine, Debian, TARGET};
use crate::{Failure, debian, run};

/// A toolchain that can build for the guest's target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toolchain {
    /// The active toolchain, which has the target's standard library.
    Active,
    /// Debian's toolchain, which builds the standard library from its sources.
    Debian,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// Build with this toolchain.
    Build(Toolchain),
    /// `rustup target add`.
    AddTarget,
    /// Install Debian's packages.
    AddPackages,
}

/// The toolchain for this machine. Installs what is missing, if that removes nothing.
pub(crate) fn find() -> Result<Toolchain, Failure> {
    let mut machine = BuildMachine::detect();
    // Ends, since each installation is tried once.
    loop {
        match choose(&machine)? {
            NextStep::Build(toolchain) => return Ok(toolchain),
            NextStep::AddTarget => {
                if let Err(failure) = run::stream(run::program("rustup").args(["target", "add", TARGET]), "continuing without rustup") {
                    println!("{failure}");
                }
                machine = BuildMachine { rustup_may_not_install: true, has_apt: machine.has_apt, ..BuildMachine::detect() };
            }
            NextStep::AddPackages => {
                debian::install()?;
                machine = BuildMachine { rustup_may_not_install: machine.rustup_may_not_install, has_apt: false, ..BuildMachine::detect() };
            }
        }
    }
}

/// Chooses the next step by what is installed.
///
/// # Errors
/// When nothing can build the guest on such a machine. The message lists what was looked for, and what to install.
pub fn choose(machine: &BuildMachine) -> Result<NextStep, Failure> {
    if machine.has_std {
        Ok(NextStep::Build(Toolchain::Active))
    } else if machine.has_rustup && !machine.rustup_may_not_install {
        Ok(NextStep::AddTarget)
    } else if machine.debian == Debian::Ready {
        Ok(NextStep::Build(Toolchain::Debian))
    } else if machine.has_apt && machine.is_root && machine.debian == Debian::Absent {
        Ok(NextStep::AddPackages)
    } else {
        Err(no_toolchain(machine))
    }
}

fn no_toolchain(machine: &BuildMachine) -> Failure {
    let rustup = if machine.has_rustup { "it failed to add the target, or RUSTUP_AUTO_INSTALL=0 forbids that" } else { "not installed" };
    let debian = match (&machine.debian, machine.has_apt, machine.is_root) {
        (Debian::Ready, ..) => "installed, but not used".to_owned(),
        (Debian::TooOld(version), ..) => format!("rustc is {version}, older than {}", env!("CARGO_PKG_RUST_VERSION")),
        (Debian::Absent, false, _) => "not installed, and apt-get is not available".to_owned(),
        (Debian::Absent, true, false) => "not installed, and only root may install them".to_owned(),
        (Debian::Absent, true, true) => "not installed".to_owned(),
    };
    Failure::new(
        format!(
            "no toolchain can build for {TARGET} on this machine; looked for\n  \
             standard library of the active rustc for this target: not installed\n  \
             rustup: {rustup}\n  \
             Debian packages {}: {debian}",
            debian::PACKAGES.join(", ")
        ),
        format!("run one of\nrustup target add {TARGET}\napt-get install --no-install-recommends {}", debian::PACKAGES.join(" ")),
    )
}
