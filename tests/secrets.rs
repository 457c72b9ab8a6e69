//! Promise 19: no error, diagnostic, event, explanation or record has the user information, the path or the query of a URL, wherever the
//! URL is given.

use fuseboard::time::{Millis, Mono, Wall};
use fuseboard::{
    Command, Document, End, Engine, Entry, Filter, Identity, Lookup, Outcome, Page, Report, Revision, Scope, ServiceKind, Sources, Store,
    StoreError, Swap, Target, check_name, normalize_host, normalize_role,
};
use fuseboard_stores::{ManualClock, MemoryStore};
use proptest::prelude::*;
use proptest::sample::select;
use std::fmt::Debug;

/// The text that all secrets contain. Hosts and roles are shown in lower case, so the case is ignored.
const SECRET: &str = "SECRET";

const SCHEMES: &[&str] = &["https://", "HTTP://", "redis://", "x+y.z://", "https:\\\\", "http:/\\", "//"];
/// The last ones have a character that must be percent-encoded. `me:x` is no valid host, so what follows cannot be a path.
const USER_INFORMATION: &[&str] = &[
    "",
    "SECRET@",
    "me:SECRET@",
    "SECRET:SECRET@",
    "me:x@SECRET@",
    "me:%40SECRET@",
    "me:SECRET,x;y=SECRET@",
    "me:x/SECRET@",
    "me:x?SECRET#@",
];
const HOSTS: &[&str] =
    &["a.example", "A.Example.", "[::1]", "[::1]:8443", "münchen.example:80", "a.example:99999", "a b", "a%2eb", "xn--", "*.a.example", ""];
const RESTS: &[&str] = &[
    "",
    "/",
    "/SECRET",
    "/SECRET?key=SECRET#SECRET",
    "?key=SECRET",
    "?SECRET",
    "#SECRET",
    "\\SECRET",
    "/x=SECRET",
    "/x;token=SECRET,y:SECRET",
    "/@SECRET/x",
    "/%2F?q=https://me:SECRET@b.example/SECRET",
];

fn percent_encoded(text: &str) -> String {
    let encode = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_string() } else { format!("%{:02X}", u32::from(letter)) };
    text.chars().map(|letter| if letter.is_ascii() { encode(letter) } else { letter.to_string() }).collect()
}

/// A URL with secrets.
fn url() -> impl Strategy<Value = String> {
    let parts = (select(SCHEMES), select(USER_INFORMATION), select(HOSTS), select(RESTS), 0..8_u8);
    parts.prop_map(|(scheme, user, host, rest, encoding)| {
        let url = format!("{scheme}{user}{host}{rest}");
        if encoding == 0 && scheme != "//" { percent_encoded(&url) } else { url }
    })
}

/// A URL with or without its scheme, as a caller may give a host.
fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        url(),
        (select(USER_INFORMATION), select(HOSTS), select(RESTS)).prop_map(|(user, host, rest)| format!("{user}{host}{rest}"))
    ]
}

#[track_caller]
fn assert_hidden(shown: &impl Debug) {
    let text = format!("{shown:?}");
    let found = text.to_ascii_uppercase().find(SECRET);
    let around = |at: usize| text.chars().skip(text[..at].chars().count().saturating_sub(200)).take(400).collect::<String>();
    assert_eq!(found.map(around), None);
}

fn document(name: &str, text: &str) -> Document {
    Document { name: name.to_owned(), text: text.to_owned() }
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// A name that begins with `//` is a path, not a URL, so it is shown.
fn name_of_document(url: &str) -> &str {
    if url.starts_with("//") { "b.yaml" } else { url }
}

/// Sources, each with the URL in another place.
fn sources_with(url: &str, host: &str) -> Vec<Sources> {
    let (url_key, host_key) = (serde_json::to_string(url).unwrap(), serde_json::to_string(host).unwrap());
    let documents = [
        format!("{url_key}: {{fail_max: 0}}"),
        url_key.clone(),
        format!("defaults: {{{url_key}: 1, fail_max: {url_key}, mode: {url_key}, window: {url_key}}}"),
        format!("defaults: {{classify: {{failure_statuses: [{url_key}], failure_exceptions: [{url_key}, 1]}}}}"),
        format!("defaults: {{roles: {{{url_key}: {{fail_max: 0}}}}}}"),
        format!("hosts: {{{host_key}: {{fail_max: 0, window: {{kind: count, size: 5000}}}}, {host_key}: {{}}}}"),
        format!("hosts: {{{host_key}: {{window: {{kind: count, size: 5000}}, roles: {{{url_key}: {{}}}}}}}}"),
        format!("names: {{{url_key}: {{fail_max: 0}}}}\nresolvers: {{{url_key}: {{reset: 0}}}}"),
        format!("defaults: !<{url_key}> 1"),
        format!("defaults: {{<<: {url_key}}}"),
        format!("hosts: {url}\n"),
    ];
    let of_document = |text: String| Sources { documents: vec![document("b.yaml", &text)], ..Sources::default() };
    let mut all: Vec<Sources> = documents.into_iter().map(of_document).collect();
    all.push(Sources { documents: vec![document(name_of_document(url), "defaults: {fail_max: 0}")], ..Sources::default() });
    for name in ["F_DEFAULTS", "F_CLASSIFY", "F_ROLLING", "F_HOSTS", "F__A_EXAMPLE", "F_RESOLVER__W", "F_ROLE__A__B", "F_X"] {
        // Only where a host is taken, a text without a scheme counts as a URL.
        let host = if name == "F_HOSTS" { host } else { url };
        let values = [url.to_owned(), format!("{host}=fail_max:0"), format!("fail_max:{url}"), format!("failure={url}")];
        let of_value = |value: String| Sources { prefix: "F".into(), environment: vec![pair(name, &value)], ..Sources::default() };
        all.extend(values.into_iter().map(of_value));
    }
    for prefix in ["F__", "F_ROLE__", "F_ROLE__a__", "F_RESOLVER__", "F_"] {
        let environment = vec![pair(&format!("{prefix}{url}"), "fail_max:0"), pair(&format!("{prefix}{url}"), "x")];
        all.push(Sources { prefix: "F".into(), environment, ..Sources::default() });
    }
    for name in ["breaker", "breaker-role", "breaker-resolver", "breaker-defaults", "breaker-classify", "breaker-rolling", url] {
        let host = if matches!(name, "breaker" | "breaker-role") { host } else { url };
        for value in [url.to_owned(), format!("{host}=fail_max:0"), format!("{host}:meta=fail_max:0"), format!("a:{url}=x")] {
            all.push(Sources { flags: vec![pair(name, &value)], ..Sources::default() });
        }
    }
    all
}

const CONFIG: &str = "defaults: {fail_max: 1, classify: {failure_exceptions: ['*']}, sharing: {lease_ms: 0}}";

fn engine<S: Store>(store: S, documents: Vec<Document>) -> Engine<ManualClock, S> {
    let mut engine = Engine::new(ManualClock::at(Wall(1_800_000_000_000), Mono(0)), store);
    let configured = engine.configure(&Sources { documents, ..Sources::default() }, Identity { writer: 1, seed: 1 });
    assert_eq!(configured, Ok(Vec::new()));
    engine
}

/// Makes every request for a target and its scopes, and checks each answer.
fn assert_answers_hide<S: Store>(engine: &mut Engine<ManualClock, S>, target: &Target, url: &str) {
    let ends = [End::Raised(vec![format!("GET {url}")]), End::Counted { outcome: Outcome::Failure, what: Some(url.to_owned()) }];
    assert_hidden(&engine.allow(target));
    for end in ends {
        assert_hidden(&engine.settle(target, None, &Report::new(end)));
    }
    assert_hidden(&(engine.allow(target), engine.status(target), engine.explain(target), engine.flush()));
    let Target { name, role, resolver, .. } = target;
    let mut scopes = vec![if target.kind == ServiceKind::Host { Scope::host(name.as_str()) } else { Scope::name(name.as_str()) }];
    scopes.extend(role.as_ref().map(|role| Scope::host("a.example").role(role.as_str())));
    scopes.extend(resolver.as_ref().map(|resolver| Scope::resolver(resolver.as_str())));
    for scope in scopes {
        assert_hidden(&engine.command(&scope, &Command::Trip));
        assert_hidden(&engine.command(&scope, &Command::Cooldown { for_ms: 1, note: String::new() }));
        let key = serde_json::to_string(url).unwrap();
        assert_hidden(&engine.update_policy(&scope, Some(&format!("{{{key}: {key}}}"))));
        assert_hidden(&engine.update_policy(&scope, Some(&format!("{{\"fail_max\": {key}}}"))));
    }
    assert_hidden(&engine.list(&Filter::default(), Some(url), 100));
    assert_hidden(&engine.list(&Filter::default(), None, 100));
    assert_hidden(&engine.health());
}

/// Returns all keys and values of a store.
fn records(store: &MemoryStore) -> Vec<(String, Lookup)> {
    let keys = ["h:", "n:", "r:"].into_iter().flat_map(|prefix| store.list_keys(prefix, None, 1_000, Millis(1)).unwrap().keys);
    keys.map(|key| (key.clone(), store.load(&key, None, Millis(1)).unwrap())).collect()
}

/// A store that fails with a text that contains a URL, as a store does that shows the URL of its server.
struct FailingStore(StoreError);

impl Store for FailingStore {
    fn load(&self, _: &str, _: Option<Revision>, _: Millis) -> Result<Lookup, StoreError> {
        Err(self.0.clone())
    }

    fn compare_and_swap(&self, _: &str, _: Option<Revision>, _: &str, _: Option<Millis>, _: Millis) -> Result<Swap, StoreError> {
        Err(self.0.clone())
    }

    fn list_keys(&self, _: &str, _: Option<&str>, _: u32, _: Millis) -> Result<Page, StoreError> {
        Err(self.0.clone())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn names_and_errors_about_names_have_no_secret(host in host(), url in url()) {
        assert_hidden(&normalize_host(&host));
        assert_hidden(&normalize_role(&url));
        assert_hidden(&check_name(&url));
    }

    #[test]
    fn diagnostics_have_no_secret(url in url(), host in host()) {
        for sources in sources_with(&url, &host) {
            assert_hidden(&fuseboard::config::Config::read(&sources).map(|(_, warnings)| warnings));
        }
    }

    #[test]
    fn answers_and_records_have_no_secret(url in url(), host in host()) {
        let store = MemoryStore::new();
        let pattern = serde_json::to_string(&url).unwrap();
        let text = format!("{CONFIG}\nresolvers: {{w: {{classify: {{neutral_exceptions: [{pattern}]}}}}}}");
        let mut engine = engine(store.clone(), vec![document(name_of_document(&url), &text)]);
        let targets = [
            Target::host(host.as_str()).resolver("w"),
            Target::name(url.as_str()),
            Target::host("a.example").role(url.as_str()),
            Target::name("db").resolver(url.as_str()),
            Target::name("db").role(url.as_str()),
        ];
        for target in targets {
            assert_answers_hide(&mut engine, &target, &url);
        }
        assert_hidden(&records(&store));
        assert!(!records(&store).is_empty());
    }

    #[test]
    fn errors_of_a_store_are_passed_on_without_a_secret(url in url()) {
        let text = format!("no answer from {url}");
        for error in [StoreError::Unavailable(text.clone()), StoreError::Unknown(text.clone()), StoreError::Refused(text.clone())] {
            let mut engine = engine(FailingStore(error), vec![document("b.yaml", CONFIG)]);
            assert_answers_hide(&mut engine, &Target::host("a.example").role("metadata").resolver("w"), "x");
        }
    }
}

#[test]
fn record_of_a_url_is_that_of_its_host() {
    let store = MemoryStore::new();
    let mut engine = engine(store.clone(), vec![document("b.yaml", CONFIG)]);
    let report = Report::new(End::Raised(vec!["GET https://me:SECRET@a.example/SECRET?key=SECRET".to_owned()]));
    engine.settle(&Target::host("https://me:SECRET@A.example/SECRET"), None, &report).unwrap();
    let [(key, Lookup::Found(Entry { value, .. }))] = &records(&store)[..] else { panic!("one record") };
    assert_eq!(key, "h:a.example");
    assert!(value.contains("GET https://a.example/..."), "{value}");
}
