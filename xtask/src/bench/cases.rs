//! The cases of the page: the benches that measure them, and their targets.

use super::read_json::read_json;
use crate::Failure;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

pub struct Case {
    pub through: &'static str,
    pub what: &'static str,
    /// The name that the bench gives the case.
    pub id: &'static str,
    pub target: Target,
}

pub enum Target {
    /// Nanoseconds.
    AtMost(f64),
    /// A multiple of the case with this id.
    Times(f64, &'static str),
    None,
}

const fn case(through: &'static str, what: &'static str, id: &'static str, target: Target) -> Case {
    Case { through, what, id, target }
}

pub const CASES: &[Case] = &[
    case("recloser", "healthy call", "peers/recloser: healthy call", Target::None),
    case("failsafe", "healthy call", "peers/failsafe: healthy call", Target::None),
    case("Rust host", "leased `allow` + settle, by a handle", "rust host/leased allow + settle, by a handle", Target::AtMost(25.0)),
    case("Rust host", "leased call by names, elapsed measured", "rust host/leased call by names, elapsed measured", Target::AtMost(70.0)),
    case("Rust host", "refused `allow`, repeated", "rust host/refused allow, repeated", Target::AtMost(25.0)),
    case("Rust host", "refused `allow`, first", "rust host/refused allow, first", Target::AtMost(1_500.0)),
    case("Rust host", "healthy `allow` + `settle`, by a handle", "rust host/healthy allow + settle, by a handle", Target::AtMost(1_400.0)),
    case(
        "Rust host",
        "healthy call by names, elapsed measured",
        "rust host/healthy call by names, elapsed measured",
        Target::AtMost(2_200.0),
    ),
    case("Rust host", "healthy, host and resolver", "rust host/healthy allow + settle, host and resolver", Target::None),
    case("Rust host", "windowed success", "rust host/windowed success", Target::None),
    case("Rust host", "failing `allow` + `settle`", "rust host/failing allow + settle", Target::None),
    case("Rust host", "tripping `allow` + `settle`", "rust host/tripping allow + settle", Target::None),
    case(
        "Rust host, native",
        "healthy `allow` + `settle`, by a handle",
        "rust host, native/healthy allow + settle, by a handle",
        Target::AtMost(400.0),
    ),
    case("Rust host, native", "healthy, host and resolver", "rust host, native/healthy allow + settle, host and resolver", Target::None),
    case("Rust host, native", "refused `allow`, first", "rust host, native/refused allow, first", Target::None),
    case("Rust host, native", "failing `allow` + `settle`", "rust host, native/failing allow + settle", Target::None),
    case("Rust host, native", "tripping `allow` + `settle`", "rust host, native/tripping allow + settle", Target::None),
    case("native engine", "healthy `allow` + `settle`", "native engine/healthy allow + settle", Target::AtMost(400.0)),
    case("native engine", "refused `allow`", "native engine/refused allow", Target::None),
    case("native engine", "failing `allow` + `settle`", "native engine/failing allow + settle", Target::None),
    case("start", "board from a component's bytes", "start/board from a component's bytes", Target::None),
    case("start", "board, compiled by an earlier process", "start/board, compiled before", Target::None),
    case("start", "board, compiled in this process", "start/board, compiled in this process", Target::None),
    case("start", "board configured with 1,000 hosts, JSON", "start/board, 1,000 hosts in hosts.json", Target::AtMost(2e7)),
    case("start", "board configured with 1,000 hosts, YAML", "start/board, 1,000 hosts in hosts.yaml", Target::AtMost(2e7)),
    case("1 thread", "leased", "threads, leased/1", Target::None),
    case("2 threads", "leased", "threads, leased/2", Target::None),
    case("8 threads", "leased", "threads, leased/8", Target::None),
    case("1 thread", "leased, one target", "threads, leased, one target/1", Target::None),
    case("2 threads", "leased, one target", "threads, leased, one target/2", Target::None),
    case("8 threads", "leased, one target", "threads, leased, one target/8", Target::AtMost(25.0)),
    case("1 thread", "without a lease", "threads, without a lease/1", Target::None),
    case("2 threads", "without a lease", "threads, without a lease/2", Target::None),
    case("8 threads", "without a lease", "threads, without a lease/8", Target::None),
    case("1 thread", "without a lease, 8 engines", "threads, without a lease, 8 engines/1", Target::None),
    case(
        "8 threads",
        "without a lease, 8 engines",
        "threads, without a lease, 8 engines/8",
        Target::Times(1.0 / 1.7, "threads, without a lease, 8 engines/1"),
    ),
    case("1 thread", "without a lease, 8 native engines", "threads, without a lease, 8 native engines/1", Target::None),
    case(
        "8 threads",
        "without a lease, 8 native engines",
        "threads, without a lease, 8 native engines/8",
        Target::Times(1.0 / 1.7, "threads, without a lease, 8 native engines/1"),
    ),
    case("10 targets", "healthy call by names", "scale/10", Target::None),
    case("10,000 targets", "healthy call by names", "scale/10000", Target::None),
    case("1,000,000 targets", "healthy call by names", "scale/1000000", Target::Times(3.0, "scale/10")),
];

/// The median of each case in nanoseconds, by its id.
pub struct Measured {
    medians: BTreeMap<String, f64>,
}

impl Measured {
    /// Reads the results of criterion in a folder and its subfolders.
    pub fn read(folder: &Path) -> Result<Measured, Failure> {
        let mut measured = Measured { medians: BTreeMap::new() };
        measured.add(folder)?;
        Ok(measured)
    }

    fn add(&mut self, folder: &Path) -> Result<(), Failure> {
        if folder.ends_with("new") {
            let name = read_json(&folder.join("benchmark.json"))?;
            let median = read_json(&folder.join("estimates.json"))?;
            if let (Some(name), Some(median)) = (name["full_id"].as_str(), median["median"]["point_estimate"].as_f64()) {
                self.medians.insert(name.to_owned(), median);
            }
            return Ok(());
        }
        let entries =
            fs::read_dir(folder).map_err(|error| Failure::new(format!("{}: {error}", folder.display()), "check that the bench ran"))?;
        let folders = entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_dir());
        folders.into_iter().try_for_each(|folder| self.add(&folder))
    }

    pub fn median(&self, id: &str) -> Result<f64, Failure> {
        let known = || self.medians.keys().cloned().collect::<Vec<_>>().join("\n");
        self.medians.get(id).copied().ok_or_else(|| {
            Failure::new(
                format!("no bench measured the case {id:?}"),
                format!("correct the id in xtask/src/bench/cases.rs; these were measured:\n{}", known()),
            )
        })
    }
}
