//! Hosts in all spellings, and what is none.

use super::*;

#[track_caller]
fn becomes(raw: &str, expected: &str) {
    assert_eq!(normalize_host(raw).as_deref(), Ok(expected), "{raw:?}");
    assert_eq!(normalize_host(expected).as_deref(), Ok(expected), "again: {expected:?}");
}

#[track_caller]
fn refuses(raw: &str, part: &str) {
    let fault = normalize_host(raw).expect_err(raw);
    assert!(fault.contains(part), "{raw:?} said {fault:?}");
}

#[test]
fn a_normal_host_stays() {
    for host in ["api.crossref.org", "localhost", "_dmarc.a_b.example", "a-.example", "127.0.0.1", "xn--mnchen-3ya.example"] {
        becomes(host, host);
    }
}

#[test]
fn blanks_trailing_dot_and_case_go() {
    becomes("\t API.Crossref.ORG. \n", "api.crossref.org");
    becomes("127.0.0.1.", "127.0.0.1");
}

#[test]
fn a_url_gives_its_host() {
    becomes("https://api.crossref.org/works?q=a:b@c", "api.crossref.org");
    becomes("HTTPS://Api.Crossref.org", "api.crossref.org");
    becomes("http://h?x", "h");
    becomes("http://h#x", "h");
    becomes("ftp://h:21/x", "h");
    becomes("custom+x://h:21", "h:21");
}

#[test]
fn well_known_ports_go_and_others_stay() {
    becomes("https://h:443/", "h");
    becomes("http://h:80/", "h");
    becomes("http://h:8080/", "h:8080");
    becomes("h:80", "h");
    becomes("h:443", "h");
    becomes("h:08081", "h:8081");
    becomes("h.:65535", "h:65535");
}

#[test]
fn one_spelling_stays_one_when_read_again() {
    becomes("http://h:443", "h");
    becomes("https://h:80", "h");
}

#[test]
fn ipv6_stands_in_brackets_in_its_canonical_spelling() {
    becomes("[2001:DB8:0:0:0:0:0:1]", "[2001:db8::1]");
    becomes("http://[::1]:8080/x", "[::1]:8080");
    becomes("[::1]:443", "[::1]");
    becomes("[::FFFF:1.2.3.4]", "[::ffff:1.2.3.4]");
    refuses("::1", "in brackets");
    refuses("[::1", "not closed");
    refuses("[::1]x", "`:port` is expected");
    refuses("[fe80::1%eth0]", "without a zone");
    refuses("[a.example]", "no IPv6 address");
}

#[test]
fn what_is_no_host_is_refused_with_a_reason() {
    refuses("", "empty");
    refuses(" . ", "empty");
    refuses("https:///path", "empty");
    refuses("user@h", "user information");
    refuses("https://user:secret@h/", "user information");
    refuses("a b", "\" \" at its byte 1");
    refuses("h/path", "scheme");
    refuses("a..b", "two dots");
    refuses(".a", "a dot at its start");
    refuses("h:", "1 to 65535");
    refuses("h:0", "1 to 65535");
    refuses("h:65536", "1 to 65535");
    refuses("h:+80", "1 to 65535");
    refuses("1a://h", "no scheme");
    refuses("a%2eb", "\"%\"");
}

#[test]
fn letters_of_all_scripts_become_ascii() {
    becomes("münchen.example", "xn--mnchen-3ya.example");
    becomes("MÜNCHEN.example.", "xn--mnchen-3ya.example");
    becomes("https://mu\u{308}nchen.example:8080/ü", "xn--mnchen-3ya.example:8080");
    becomes("XN--MNCHEN-3YA.example", "xn--mnchen-3ya.example");
    becomes("faß.example", "xn--fa-hia.example");
    becomes("βόλος.com", "xn--nxasmm1c.com");
    becomes("例え。テスト", "xn--r8jz45g.xn--zckzah");
    becomes("例え.テスト。", "xn--r8jz45g.xn--zckzah");
    becomes("１２７.0.0.1", "127.0.0.1");
    becomes("_dmarc.mü_nchen.example", "_dmarc.xn--m_nchen-n2a.example");
    becomes("مثال.إختبار", "xn--mgbh0fb.xn--kgbechtv");
    becomes("r3---sn-x.example", "r3---sn-x.example");
    becomes("ab--cd.ü", "ab--cd.xn--tda");
}

#[test]
fn what_idna_does_not_allow_is_refused() {
    refuses("xn--a.example", "\"xn--a\" is no label");
    refuses("b.xn--.example", "\"xn--\" is no label");
    refuses("xn--mnchen.example", "\"xn--mnchen\" is no label");
    refuses("xn--a-ecp.ru", "\"xn--a-ecp\" is no label");
    refuses("a\u{200d}b.example", "is no label");
    refuses("\u{300}a.example", "is no label");
    refuses("☃\u{ad}\u{e000}.example", "is no label");
    refuses("אa.example", "is no label");
    refuses("ⅷ／x.example", "is no label");
    refuses("a：80", "is no label");
    refuses("\u{ad}", "empty");
    refuses("a。。b", "two dots");
    refuses("ü b", "\" \" at its byte 2");
}

#[test]
fn a_mapped_name_has_its_bounds_in_ascii() {
    refuses(&"ü".repeat(100), "a label of");
    refuses(&"ü.".repeat(100), "bytes long: at most 253");
    refuses(&"ü".repeat(507), "1014 bytes long: at most 253 are allowed, in ASCII");
    refuses(&"ü.".repeat(100_000), "at most 253 are allowed, in ASCII");
    becomes(&format!("{}.example", "ü".repeat(50)), &normalize_host(&format!("{}.example", "ü".repeat(50))).expect("a host"));
}

#[test]
fn lengths_are_bounded() {
    let label = "a".repeat(63);
    let longest = format!("{label}.{label}.{label}.{}", "b".repeat(61));
    assert_eq!(longest.len(), 253);
    becomes(&longest, &longest);
    refuses(&format!("{longest}c"), "254 bytes");
    refuses(&format!("{longest}:8080"), "258 bytes");
    refuses(&format!("{label}a.example"), "64 bytes");
}

#[test]
fn odd_texts_are_refused_or_stay_as_they_were_spelled() {
    let parts = [
        "http://", "https://", "a", "B", ".", ":", "80", "443", "8080", "[", "]", "::1", "@", "/", "?", "é", "ß", "xn--", "-", "。", "א",
        "_", " ", "%", "\0",
    ];
    // Park and Miller's generator: the same texts in every run.
    let mut state = 1_u64;
    let mut next = |below: usize| {
        state = state * 48_271 % 2_147_483_647;
        usize::try_from(state).unwrap_or(0) % below
    };
    let mut spelled = 0;
    for _ in 0..20_000 {
        let text: String = (0..=next(6)).map(|_| parts[next(parts.len())]).collect();
        if let Ok(host) = normalize_host(&text) {
            becomes(&text, &host);
            spelled += 1;
        }
    }
    assert!(spelled > 1_000, "{spelled}");
}

#[test]
fn the_port_comes_off() {
    assert_eq!(without_port("h:8080"), "h");
    assert_eq!(without_port("[::1]"), "[::1]");
    assert_eq!(without_port("[::1]:8080"), "[::1]");
}
