//! Configuration of the component: diagnostics, effective values, and the time that reading takes.

#[path = "../../tests/config/table.rs"]
mod table;

#[path = "../../tests/config/random_sources.rs"]
mod random_sources;

use fuseboard::time::{Mono, Wall};
use fuseboard::{Document, End, Identity, Outcome, Phase, Report, Sources, Target};
use fuseboard_stores::{FaultyStore, ManualClock, MemoryStore};
use host_test::story::{Component, ComponentEngine, Dependencies, Native, NativeEngine, Player, Start};
use proptest::prelude::*;
use std::time::Instant;

const IDENTITY: Identity = Identity { writer: 1, seed: 1 };

fn dependencies() -> Dependencies {
    let clock = ManualClock::at(Wall(1_800_000_000_000), Mono(1_000_000_000));
    Dependencies { clock: clock.clone(), store: FaultyStore::with_clock(MemoryStore::with_clock(clock.clone()), clock) }
}

fn of_yaml(text: &str) -> Sources {
    Sources { documents: vec![Document { name: "breakers.yaml".to_owned(), text: text.to_owned() }], ..Sources::default() }
}

/// One instance reads all of them, since an invalid configuration changes nothing.
#[test]
fn each_faulty_source_has_its_exact_diagnostics() {
    let dependencies = dependencies();
    let mut component = Component::start(dependencies.clone());
    for case in table::cases() {
        assert_eq!(case.with_result(component.configure(&case.sources(), IDENTITY)), case);
    }
    assert_eq!(dependencies.store.operations(), 0);
}

#[test]
fn the_reference_configuration_has_the_documented_values_and_origins() {
    let sources = of_yaml(include_str!("../../tests/config/reference-breakers.yaml"));
    let (mut component, mut native) = (Component::start(dependencies()), Native::start(dependencies()));
    assert_eq!(component.configure(&sources, IDENTITY), Ok(Vec::new()));
    assert_eq!(native.configure(&sources, IDENTITY), Ok(Vec::new()));
    for host in ["api.crossref.org", "export.arxiv.org", "api.openalex.org", "api.semanticscholar.org", "unpaywall.org", "a.example"] {
        for role in ["metadata", "landing", "artifact"] {
            let target = Target::host(host).role(role).resolver("wayback");
            assert_eq!(component.explain(&target), native.explain(&target), "{host} {role}");
        }
    }
    let explained = component.explain(&Target::host("api.crossref.org").role("metadata")).unwrap();
    let value_and_origin =
        |path: &str| explained.circuit.iter().find(|setting| setting.path == path).map(|setting| (&*setting.value, &*setting.origin));
    assert_eq!(value_and_origin("fail_max"), Some(("6", "breakers.yaml:18")));
    assert_eq!(value_and_origin("reset_timeout_s"), Some(("90", "breakers.yaml:18")));
    assert_eq!(value_and_origin("success_threshold"), Some(("2", "breakers.yaml:12")));
}

fn fail(player: &mut Player<impl Start>, target: &Target) {
    let report = Report::new(End::counted(Outcome::Failure));
    player.settle(target, None, &report).unwrap();
}

fn phase(player: &mut Player<impl Start>, target: &Target) -> Phase {
    player.status(target).unwrap().circuit.phase
}

/// A new configuration keeps the state of circuits and applies to later calls. An invalid one changes nothing.
fn assert_state_is_kept<E: Start>() {
    let (open, fresh) = (Target::host("a.example"), Target::host("b.example"));
    let mut player = Player::<E>::start(dependencies());
    player.configure(&of_yaml("defaults: {fail_max: 2}"), IDENTITY).unwrap();
    fail(&mut player, &open);
    fail(&mut player, &open);
    fail(&mut player, &fresh);
    assert_eq!((phase(&mut player, &open), phase(&mut player, &fresh)), (Phase::Open, Phase::Closed));
    let before = player.explain(&open);
    player.configure(&of_yaml("defaults: {fail_max: 0}"), IDENTITY).unwrap_err();
    assert_eq!(player.explain(&open), before);
    player.configure(&of_yaml("defaults: {fail_max: 3}\nhosts: {b.example: {fail_max: 4}}"), IDENTITY).unwrap();
    assert_eq!((phase(&mut player, &open), phase(&mut player, &fresh)), (Phase::Open, Phase::Closed));
    fail(&mut player, &fresh);
    fail(&mut player, &fresh);
    assert_eq!(phase(&mut player, &fresh), Phase::Closed, "three of four");
    fail(&mut player, &fresh);
    assert_eq!(phase(&mut player, &fresh), Phase::Open);
}

#[test]
fn a_new_configuration_keeps_the_state_of_circuits() {
    assert_state_is_kept::<NativeEngine>();
    assert_state_is_kept::<ComponentEngine>();
}

/// Texts that would fill the component's memory or stack are rejected.
#[test]
fn expansion_bombs_are_rejected_without_a_trap() {
    let aliases = |times: usize| {
        let level = |level: usize| format!("- &a{level} [{}]\n", vec![format!("*a{}", level - 1); times].join(", "));
        "- &a0 x\n".to_owned() + &(1..30).map(level).collect::<String>()
    };
    let long = format!("- &long {}\n{}", "x".repeat(500_000), "- *long\n".repeat(9_000));
    let mut component = Component::start(dependencies());
    for (text, part) in [
        (aliases(2), "at most 10000 values"),
        (aliases(9), "at most 10000 values"),
        (long, "at most 1048576 bytes"),
        ("[".repeat(1 << 20), "recursion limit exceeded"),
        ("{a: ".repeat(1 << 18), "recursion limit exceeded"),
        ("- ".repeat(1 << 19), "at most 32 levels"),
        ("? ".repeat(1 << 19), "at most 32 levels"),
        ("a:\n".repeat(1 << 18), "at most 10000 values"),
        ("!".repeat(1 << 20), "tag"),
        ("&a ".repeat(1 << 18), "invalid YAML"),
        ("\"".repeat(1 << 20), "invalid YAML"),
        ("# x\n".repeat((1 << 18) - 1) + "[", "invalid YAML"),
        (" ".repeat((1 << 20) + 1), "at most 1048576 bytes"),
    ] {
        let begun = Instant::now();
        let faults = component.configure(&of_yaml(&text), IDENTITY).unwrap_err();
        assert!(faults[0].message.contains(part), "{:.20}: {}", text, faults[0]);
        assert!(begun.elapsed().as_secs() < 2, "{:.20}: {:?}", text, begun.elapsed());
    }
    let flood: String = (0..20_000).map(|host| format!("h{host}=x:1;")).collect();
    let sources = Sources { prefix: "P".to_owned(), environment: vec![("P_HOSTS".to_owned(), flood)], ..Sources::default() };
    assert_eq!(component.configure(&sources, IDENTITY).unwrap_err().len(), 1_001);
    component.configure(&of_yaml("defaults: {fail_max: 1}"), IDENTITY).unwrap();
}

fn many_hosts(count: usize) -> String {
    let host = |number: usize| {
        // Not in order.
        let name = number * 7_919 % count;
        format!(
            "  h{name}.example.org:\n    fail_max: {}\n    reset_timeout_s: 30\n    roles: {{metadata: {{trial_calls: 2}}}}\n",
            number % 100 + 1
        )
    };
    "defaults:\n  fail_max: 3\nhosts:\n".to_owned() + &(0..count).map(host).collect::<String>()
}

/// Prints the times. Only a hundred times the usual time fails, because machines differ.
#[test]
fn a_thousand_hosts_are_read_within_2_s() {
    let mut component = Component::start(dependencies());
    let (yaml, json) = (many_hosts(1_000), serde_json::to_string(&in_json(1_000)).unwrap());
    let variables = (0..1_000).map(|host| (format!("P__H{host}_EXAMPLE_ORG"), "fail_max:3,reset:30".to_owned())).collect();
    let of_variables = Sources { prefix: "P".to_owned(), environment: variables, ..Sources::default() };
    for (kind, sources) in [("YAML", of_yaml(&yaml)), ("JSON", of_yaml(&json)), ("variables", of_variables)] {
        let mut times: Vec<_> = (0..9)
            .map(|_| {
                let begun = Instant::now();
                component.configure(&sources, IDENTITY).unwrap();
                begun.elapsed()
            })
            .collect();
        times.sort();
        eprintln!("configure, 1,000 hosts in {kind}: median {:?}, least {:?}", times[4], times[0]);
        assert!(times[4].as_millis() < 2_000, "{kind}: {:?}", times[4]);
    }
}

fn in_json(count: usize) -> serde_json::Value {
    let host = |number: usize| {
        let settings = serde_json::json!({"fail_max": number % 100 + 1, "reset_timeout_s": 30, "roles": {"metadata": {"trial_calls": 2}}});
        (format!("h{}.example.org", number * 7_919 % count), settings)
    };
    serde_json::json!({"defaults": {"fail_max": 3}, "hosts": (0..count).map(host).collect::<serde_json::Map<_, _>>()})
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// The component returns the native engine's diagnostics for random sources, and is not stopped.
    #[test]
    fn both_engines_agree_on_random_sources(sources in random_sources::sources()) {
        let (mut component, mut native) = (Component::start(dependencies()), Native::start(dependencies()));
        prop_assert_eq!(component.configure(&sources, IDENTITY), native.configure(&sources, IDENTITY));
    }
}
