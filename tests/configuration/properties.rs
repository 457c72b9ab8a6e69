//! Properties of all sources.

use super::*;
use fuseboard::policy::Mode;
use proptest::prelude::*;

/// A valid document with settings of one place.
fn valid() -> impl Strategy<Value = String> {
    const PLACES: [&str; 7] = [
        "defaults: @",
        "defaults: {roles: {metadata: @}}",
        "hosts: {a.example: @}",
        "hosts: {a.example: {roles: {metadata: @}}}",
        "hosts: {\"*.example\": @}",
        "names: {db: @}",
        "resolvers: {w: @}",
    ];
    let number = |key| (1..50_u32).prop_map(move |value| format!("{key}: {value}, "));
    let word = |words: &'static [&'static str]| prop::sample::select(words).prop_map(str::to_owned);
    let window = word(&["", "window: ~, ", "window: {kind: time}, ", "window: {size: 90}, ", "window: {}, "]);
    let mode = word(&["", "mode: observe, ", "mode: enforce, "]);
    let settings = (number("fail_max"), number("trial_calls"), number("success_threshold"), window, mode);
    let some = (settings, 0..32_u8).prop_map(|((a, b, c, d, e), kept)| {
        let parts = [a, b, c, d, e].into_iter().enumerate().filter(|(place, _)| kept >> place & 1 == 1);
        parts.map(|(_, part)| part).collect::<String>()
    });
    (prop::sample::select(&PLACES[..]), some).prop_map(|(place, settings)| place.replace('@', &format!("{{{settings}}}")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn diagnostics_have_a_message_and_do_not_depend_on_the_order_of_variables(sources in random_sources::sources()) {
        let result = read(&sources);
        let mut reversed = sources.clone();
        reversed.environment.reverse();
        prop_assert_eq!(&read(&reversed), &result);
        for diagnostic in result.unwrap_or_else(|errors| errors) {
            prop_assert!(!diagnostic.source.is_empty() && !diagnostic.message.is_empty());
        }
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in random_sources::text(), name in "[a-z]{0,3}(\\.yaml|\\.json)?") {
        let _ = Config::read(&Sources { documents: vec![document(&name, &text)], ..Sources::default() });
    }

    #[test]
    fn explanation_equals_the_policy(texts in prop::collection::vec(valid(), 0..5)) {
        let documents = texts.iter().enumerate().map(|(index, text)| document(&format!("{index}.yaml"), text)).collect();
        let config = loaded(&Sources { documents, ..Sources::default() });
        let hosts = [host("a.example"), Scope::host("a.example").role("metadata"), Scope::host("b.example").role("metadata")];
        for circuit in hosts.into_iter().chain([Scope::name("db"), Scope::resolver("w")]) {
            let (policy, explained) = (policy(&config, &circuit), config.explain(&circuit, Patches::default()));
            let of = |path: &str| explained.iter().find(|setting| setting.path == path).map(|setting| setting.value.clone());
            let whole = |path: &str| of(path).and_then(|value| value.parse::<u32>().ok());
            prop_assert_eq!(whole("fail_max"), policy.fail_max);
            prop_assert_eq!(whole("trial_calls"), Some(policy.trial_calls));
            prop_assert_eq!(whole("success_threshold"), Some(policy.success_threshold));
            prop_assert_eq!(of("mode"), Some(if policy.mode == Mode::Observe { "observe" } else { "enforce" }.to_owned()));
            prop_assert_eq!(of("window").as_deref() == Some("on"), policy.window.is_some());
        }
    }
}
