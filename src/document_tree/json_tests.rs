//! The JSON parser, compared with `serde_json`.

use super::*;

const LIMITS: Limits = Limits { bytes: 1 << 20, depth: 32, nodes: 10_000 };

fn parse(text: &str) -> Result<Node, ParseError> {
    super::parse(text, LIMITS)
}

#[track_caller]
fn fails(text: &str, line: Option<u32>, part: &str) {
    let error = parse(text).expect_err("a parse error");
    assert_eq!(error.line, line);
    assert!(error.message.contains(part), "{}", error.message);
}

#[test]
fn map_keeps_order_duplicates_and_lines_of_keys() {
    let Content::Map(map) = parse("{\n \"b\": 1,\n\n \"a\":\n [0.1],\n \"b\": null}").expect("a tree").content else { panic!("no map") };
    let shown: Vec<_> = map.iter().map(|(key, node)| (key.as_str(), node.line, node.to_string())).collect();
    assert_eq!(shown, [("b", Some(2), "1".into()), ("a", Some(4), "a list".into()), ("b", Some(6), "null".into())]);
}

#[test]
fn numbers_are_kept_as_written() {
    for text in ["0.1", "-0.5", "1E+3", "1e999", "2.675", "1000000.001", "86400", "0.0009999", "18446744073709551615"] {
        assert_eq!(parse(text).expect("a number").content, Content::Number(text.into()));
    }
    assert_eq!(parse("1e3").expect("a number").content, Content::Number("1e3".into()));
}

#[test]
fn empty_document_is_blank() {
    assert_eq!(parse(" \n").expect("a tree").content, Content::Blank);
    assert_eq!(parse("null").expect("a tree").content, Content::Null);
}

#[test]
fn error_has_a_line() {
    fails("{\"a\": 1,\n\"b\" 2}", Some(2), "expected `:`");
    fails("{}\n\n{}", Some(3), "must end after its value");
    fails("{\"a\": \"\n\"}", Some(1), "must not contain a control character");
    fails("{\"a\": NaN}", Some(1), "invalid JSON");
    fails("defaults:\n  fail_max: 5", Some(1), "invalid JSON");
}

#[test]
fn size_depth_and_nodes_are_limited() {
    fails(&" ".repeat(LIMITS.bytes + 1), None, "at most 1048576 bytes");
    assert!(parse(&format!("{}{}", "[".repeat(32), "]".repeat(32))).is_ok());
    fails(&"[".repeat(33), Some(1), "at most 32 levels");
    fails(&"[".repeat(500_000), Some(1), "at most 32 levels");
    assert!(parse(&format!("[{}1]", "1,".repeat(9_998))).is_ok());
    fails(&format!("[{}1]", "1,".repeat(9_999)), Some(1), "at most 10000 values");
}

/// Whether a tree equals one of `serde_json`, except for the notation of numbers.
fn is_same(node: &Node, other: &serde_json::Value) -> bool {
    use serde_json::Value;
    match (&node.content, other) {
        (Content::Null, Value::Null) => true,
        (Content::Bool(value), Value::Bool(other)) => value == other,
        (Content::Number(text), Value::Number(number)) => {
            // The floats of `serde_json` are not exact to the last digit.
            let (ours, other) = (text.parse::<f64>().expect("a number"), number.as_f64().expect("a number"));
            (ours - other).abs() <= 1e-12 * other.abs()
        }
        (Content::Text(text), Value::String(other)) => text == other,
        (Content::List(list), Value::Array(other)) => {
            list.len() == other.len() && list.iter().zip(other).all(|(node, other)| is_same(node, other))
        }
        (Content::Map(map), Value::Object(other)) => map.iter().all(|(key, node)| other.get(key).is_some_and(|other| is_same(node, other))),
        _ => false,
    }
}

#[track_caller]
fn agrees(text: &str) {
    match (parse(text), serde_json::from_str::<serde_json::Value>(text)) {
        (Ok(node), Ok(other)) => assert!(is_same(&node, &other), "{text}: {node:?}, {other:?}"),
        (Err(_), Err(_)) => {}
        (ours, other) => panic!("{text}: {ours:?}, {other:?}"),
    }
}

#[test]
fn same_texts_are_valid_as_with_serde_json() {
    for text in [
        "nul",
        "nullx",
        "true",
        "false ",
        "tru",
        "-",
        "-1",
        "-0",
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "1e+",
        "1E-2",
        "0x1",
        "1 2",
        "[",
        "]",
        "[]",
        "[ ]",
        "[,]",
        "[1,]",
        "[1 2]",
        "{",
        "}",
        "{}",
        "{ }",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{1:2}",
        "{a:1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":{\"b\":[{}]}}",
        "\"",
        "\"\\\"",
        "\"a\tb\"",
        "'a'",
        "\"é\"",
        "\u{a0}1",
        "[1]\u{a0}",
        "//",
        "NaN",
        r#""\"\\\/\b\f\n\r\t""#,
        r#""\x""#,
        r#""\u0041\u00e9\u20AC""#,
        r#""\ud83d\ude00""#,
        r#""\ud83d""#,
        r#""\ude00""#,
        r#""\ud83d\n""#,
        r#""\ud83d\u0041""#,
        r#""\ud83dx""#,
        r#""\u12""#,
        r#""\u12g4""#,
        r#""\u+123""#,
        r#""\ud83d\u""#,
    ] {
        agrees(text);
    }
}

#[test]
fn text_that_is_cut_or_changed_anywhere_gives_the_same_as_with_serde_json() {
    let text = r#"{"a": [1.5e-3, -0, "\u00e9\n", null], "b": {"c": true, "": "x"}}"#;
    for at in 0..text.len() {
        agrees(text.get(..at).filter(|text| !text.is_empty()).unwrap_or("0"));
        for other in ["\"", "\\", "{", "}", "[", "]", ",", ":", "0", "e", "-", ".", " ", "\n", "u", "\u{0}"] {
            agrees(&[text.get(..at).unwrap_or(""), other, text.get(at + 1..).unwrap_or("")].concat());
            agrees(&[text.get(..at).unwrap_or(""), other, text.get(at..).unwrap_or("")].concat());
        }
    }
}
