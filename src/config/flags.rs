//! Flags of a program's command line.

use super::document_reader::DocumentReader;
use super::layer::ConfigLayers;
use super::nearest_key::nearest;
use super::short_form::{self, Destination};
use crate::quote::quoted;
use crate::redact::redact_value;
use crate::sources::{Diagnostic, Sources};

const KNOWN: [&str; 7] =
    ["breaker", "breaker-defaults", "breaker-role", "breaker-resolver", "breaker-classify", "breaker-rolling", "config"];

/// Merges the settings of all flags in their order.
pub(super) fn read(sources: &Sources, layers: &mut ConfigLayers) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    // The host reads the document that `config` names.
    for (name, value) in sources.flags.iter().filter(|(name, _)| name != "config") {
        let mut reader = DocumentReader::new(&format!("--{}", redact_value(name)));
        match split(name, value) {
            Ok((destination, settings)) => layers.merge(short_form::read(&mut reader, &destination, settings)),
            Err(message) => reader.error(None, message),
        }
        diagnostics.append(&mut reader.diagnostics);
    }
    diagnostics
}

/// Splits a flag's value into its destination and the settings in short form.
fn split<'v>(name: &str, value: &'v str) -> Result<(Destination, &'v str), String> {
    let wrong = |expected: &str| format!("must be {expected}, is {}", quoted(value));
    let split_name = |expected| {
        if name == "breaker-resolver" { short_form::check_names(value) } else { short_form::check_hosts(value) }?;
        value.split_once('=').map(|(name, settings)| (name.trim_ascii(), settings)).ok_or_else(|| wrong(expected))
    };
    match name {
        "breaker-defaults" => Ok((Destination::Defaults, value)),
        "breaker-classify" => Ok((Destination::Classify, value)),
        "breaker-rolling" => Ok((Destination::Rolling, value)),
        "breaker" => split_name("HOST=… such as `api.crossref.org=fail_max:5`")
            .map(|(host, settings)| (Destination::Host(host.to_owned()), settings)),
        "breaker-resolver" => {
            split_name("NAME=… such as `wayback=fail_max:5`").map(|(name, settings)| (Destination::Resolver(name.to_owned()), settings))
        }
        "breaker-role" => {
            let expected = "HOST:ROLE=… such as `api.crossref.org:metadata=fail_max:5`";
            let (names, settings) = split_name(expected)?;
            // A `:` within brackets belongs to an IPv6 address.
            let (host, role) = names.rsplit_once(':').filter(|(_, role)| !role.contains(']')).ok_or_else(|| wrong(expected))?;
            Ok((Destination::Role(host.to_owned(), role.to_owned()), settings))
        }
        _ => Err(match nearest(name, &KNOWN) {
            Some(near) => format!("unknown flag: did you mean `--{near}`?"),
            None => "unknown flag: must be one of `--breaker`, `--breaker-defaults`, `--breaker-role`, `--breaker-resolver`, \
                     `--breaker-classify`, `--breaker-rolling`"
                .into(),
        }),
    }
}
