//! Flags to the places that they set, in their order.

use super::layer::Places;
use super::nearest::nearest;
use super::reading::Reader;
use super::short::{self, Place};
use crate::sources::{Diagnostic, Sources};

const KNOWN: [&str; 7] =
    ["breaker", "breaker-defaults", "breaker-role", "breaker-resolver", "breaker-classify", "breaker-rolling", "config"];

/// Merges what the flags say, later ones over earlier ones.
pub(super) fn read(sources: &Sources, places: &mut Places) -> Vec<Diagnostic> {
    let mut told = Vec::new();
    // A document's path is the host's to read.
    for (name, value) in sources.flags.iter().filter(|(name, _)| name != "config") {
        let mut reader = Reader::new(&format!("--{name}"));
        match place(name, value) {
            Ok((place, settings)) => places.merge(short::read(&mut reader, &place, settings)),
            Err(message) => reader.fault(None, message),
        }
        told.append(&mut reader.told);
    }
    told
}

/// What a flag is about, and the short form that it gives.
fn place<'v>(name: &str, value: &'v str) -> Result<(Place, &'v str), String> {
    let parted = |expected| value.split_once('=').map(|(name, settings)| (name.trim_ascii(), settings)).ok_or_else(|| wants(expected));
    match name {
        "breaker-defaults" => Ok((Place::Defaults, value)),
        "breaker-classify" => Ok((Place::Classify, value)),
        "breaker-rolling" => Ok((Place::Rolling, value)),
        "breaker" => parted("HOST=…, as `api.crossref.org=fail_max:5`").map(|(host, short)| (Place::Host(host.to_owned()), short)),
        "breaker-resolver" => parted("NAME=…, as `wayback=fail_max:5`").map(|(name, short)| (Place::Resolver(name.to_owned()), short)),
        "breaker-role" => {
            let expected = "HOST:ROLE=…, as `api.crossref.org:metadata=fail_max:5`";
            let (names, short) = parted(expected)?;
            // What stands in brackets is an IPv6 address.
            let (host, role) = names.rsplit_once(':').filter(|(_, role)| !role.contains(']')).ok_or_else(|| wants(expected))?;
            Ok((Place::Role(host.to_owned(), role.to_owned()), short))
        }
        _ => Err(match nearest(name, &KNOWN) {
            Some(near) => format!("unknown flag: was `--{near}` meant?"),
            None => "unknown flag: one of `--breaker`, `--breaker-defaults`, `--breaker-role`, `--breaker-resolver`, \
                     `--breaker-classify`, `--breaker-rolling` is expected"
                .into(),
        }),
    }
}

fn wants(expected: &str) -> String {
    format!("must be {expected}")
}
