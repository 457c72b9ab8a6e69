//! The YAML parser: what a document may contain, and limits.

use super::*;

const LIMITS: Limits = Limits { bytes: 1 << 20, depth: 32, nodes: 10_000 };

#[track_caller]
fn tree(text: &str) -> Node {
    match yaml::parse(text, LIMITS) {
        Ok(tree) => tree,
        Err(error) => panic!("{:?}: {}", error.line, error.message),
    }
}

/// Formats a tree in one line, without its line numbers.
fn flat(node: &Node) -> String {
    match &node.content {
        Content::List(list) => format!("[{}]", list.iter().map(flat).collect::<Vec<_>>().join(" ")),
        Content::Map(map) => format!("{{{}}}", map.iter().map(|(key, node)| format!("{key}:{}", flat(node))).collect::<Vec<_>>().join(" ")),
        _ => node.to_string(),
    }
}

#[track_caller]
fn reads(text: &str, expected: &str) {
    assert_eq!(flat(&tree(text)), expected);
}

#[track_caller]
fn fails(text: &str, line: u32, message: &str) {
    let error = yaml::parse(text, LIMITS).expect_err("a parse error");
    assert_eq!((error.line, error.message.as_str()), (Some(line), format!("invalid YAML: {message}").as_str()));
}

#[test]
fn block_and_flow_styles_give_the_same_tree() {
    let expected = r#"{a:{b:1 c:["x" 2.50 null]} d:true}"#;
    reads("a:\n  b: 1\n  c:\n    - x\n    - 2.50\n    - ~\nd: true\n", expected);
    reads("{a: {b: 1, c: [x, 2.50, null]}, d: true}", expected);
    reads("%YAML 1.2\n---\na: {b: 1, c: [x, 2.50,]}  # a comment\nd: on\n...\n", r#"{a:{b:1 c:["x" 2.50]} d:"on"}"#);
}

#[test]
fn quoted_and_block_scalars_are_texts() {
    reads("[\"1\", 'true', '~']\n", r#"["1" "true" "~"]"#);
    reads("a: |\n  1\nb: >-\n  x\n  y\n", r#"{a:"1\n" b:"x y"}"#);
}

#[test]
fn keys_are_always_texts() {
    reads("404: a\nnull: b\n\"<<\": c\ntrue: d\n", r#"{404:"a" null:"b" <<:"c" true:"d"}"#);
    fails("[a, b]: c\n", 1, "a key must be a text");
    fails("? {a: b}\n: c\n", 1, "a key must be a text");
}

#[test]
fn map_keeps_duplicates_and_values_have_lines() {
    let Content::Map(map) = tree("b: 1\n\na:\n  - 5\n  -\n    6\nb: *x\n".replace("*x", "2").as_str()).content else { panic!("no map") };
    let lines: Vec<_> = map.iter().map(|(key, node)| (key.as_str(), node.line)).collect();
    assert_eq!(lines, [("b", Some(1)), ("a", Some(3)), ("b", Some(7))]);
    let Content::List(list) = &map[1].1.content else { panic!("no list") };
    assert_eq!(list.iter().map(|node| node.line).collect::<Vec<_>>(), [Some(4), Some(6)]);
}

#[test]
fn empty_document_is_blank() {
    for text in ["", " \n", "\r\n", "# only a comment\n", "---\n", "---\n...\n", "\u{feff}", "\u{feff}---\r\n# a comment\r\n"] {
        assert_eq!(tree(text).content, Content::Blank, "{text:?}");
    }
    assert_eq!(tree("null\n").content, Content::Null);
}

#[test]
fn value_that_is_left_out_is_blank_and_not_null() {
    reads("a:\nb: # a comment\nc: ~\nd: null\ne: \"\"\n", r#"{a:blank b:blank c:null d:null e:""}"#);
    reads("a:\r\nb: \t\r\n", "{a:blank b:blank}");
    reads("{a, b: , c: ~}", "{a:blank b:blank c:null}");
    reads("? a\n? b\n", "{a:blank b:blank}");
    reads("- \n- ~\n", "[blank null]");
    reads("a: &x\nb: *x\nc: &y ~\nd: *y\n", "{a:blank b:blank c:null d:null}");
    reads("a: !!null\nb: !!str\nc: !!int\n", r#"{a:null b:"" c:blank}"#);
}

#[test]
fn second_document_is_refused() {
    fails("a: 1\n---\nb: 2\n", 2, "must have one document, a second one starts here (column 1)");
    fails("a: 1\n...\n---\n", 3, "must have one document, a second one starts here (column 1)");
}

#[test]
fn core_tags_are_accepted_and_others_refused() {
    reads("[!!str 5, ! 6, !!int \"7\", !!null '', !!seq [], !!map {}]", r#"["5" "6" 7 null [] {}]"#);
    fails("a:\n  b: !secret x\n", 2, "the tag \"secret\" is not supported: remove it (column 6)");
    fails("a: !!binary eA==\n", 1, "the tag \"binary\" is not supported: remove it (column 4)");
    fails("!!set {a}\n", 1, "the tag \"set\" is not supported: remove it (column 1)");
}

#[test]
fn alias_is_replaced_by_its_value_and_keeps_the_line_of_its_key() {
    reads("a: &x {b: 1}\nc: *x\nd: [*x, *x]\n", "{a:{b:1} c:{b:1} d:[{b:1} {b:1}]}");
    reads("a: &x 1\nb: &x 2\nc: *x\n", "{a:1 b:2 c:2}");
    reads("&k a: 1\nb: {*k : 2}\n", "{a:1 b:{a:2}}");
    let Content::Map(map) = tree("a: &x\n  b: 1\nc: *x\n").content else { panic!("no map") };
    let Content::Map(within) = &map[1].1.content else { panic!("no map") };
    assert_eq!((map[1].1.line, within[0].1.line), (Some(3), Some(2)));
    let hint = "write a text that starts with `*` or `&` in quotes";
    fails("a: *x\n", 1, &format!("while parsing node, found unknown anchor; {hint} (column 4)"));
    fails("a: &x [*x]\n", 1, "an alias must not be inside its own value (column 8)");
}

#[test]
fn merged_entries_come_last_and_have_ranks() {
    let text = "b: &b {x: 1, y: 2}\nc: &c {y: 3, z: 4}\nd: &d {<<: *b, w: 0}\ne:\n  <<: [*c, *d]\n  x: 9\n";
    reads(text, "{b:{x:1 y:2} c:{y:3 z:4} d:{w:0 x:1 y:2} e:{x:9 y:3 z:4 w:0 x:1 y:2}}");
    let Content::Map(map) = tree(text).content else { panic!("no map") };
    let Content::Map(merged) = &map[3].1.content else { panic!("no map") };
    assert_eq!(merged.iter().map(|(_, node)| node.rank).collect::<Vec<_>>(), [0, 1, 1, 2, 3, 3]);
    reads("<<: {a: 1}\n", "{a:1}");
    fails("<<: 5\n", 1, "`<<` must be a map or a list of maps, is 5");
    fails("a: 1\n<<: [{}, x]\n", 2, "`<<` must be a map or a list of maps, is \"x\"");
    fails("<<: {}\n<<: {}\n", 2, "`<<` must be in a map only once: give it a list of maps");
}

#[test]
fn error_has_a_line_and_a_column() {
    fails("a: 1\nb: [1, 2\n", 3, "while parsing a flow sequence, expected ',' or ']' (column 1)");
    fails("a:\n\tb: 2\n", 2, "tabs disallowed within this context (block indentation) (column 2)");
    let error = yaml::parse(&" ".repeat(LIMITS.bytes + 1), LIMITS).expect_err("too long");
    assert_eq!((error.line, error.message.as_str()), (None, "must have at most 1048576 bytes, has 1048577"));
}

#[test]
fn depth_and_values_are_limited() {
    assert!(yaml::parse(&format!("{}{}", "[".repeat(32), "]".repeat(32)), LIMITS).is_ok());
    fails(&"[".repeat(1 << 20), 1, "recursion limit exceeded (column 256)");
    fails(&"[".repeat(40), 1, "must have at most 32 levels, has more (column 33)");
    fails(&"- ".repeat(1 << 19), 1, "must have at most 32 levels, has more (column 65)");
    fails(&"{a: ".repeat(1 << 18), 1, "recursion limit exceeded (column 1021)");
    assert!(yaml::parse(&format!("[{}1]", "1,".repeat(9_998)), LIMITS).is_ok());
    fails(&format!("[{}1]", "1,".repeat(9_999)), 1, "must have at most 10000 values, has more");
    fails(&"- 1\n".repeat(250_000), 30_001, "must have at most 10000 values, has more (column 3)");
}

/// Values are counted before they are built.
#[test]
fn aliases_count_as_their_values() {
    let bomb = |text: &str, times: usize| {
        let level = |level| format!("- &a{level} [{}]\n", vec![format!("*a{}", level - 1); times].join(", "));
        format!("- &a0 {text}\n") + &(1..30).map(level).collect::<String>()
    };
    fails(&bomb("x", 9), 6, "must have at most 10000 values, has more");
    fails(&bomb("x", 2), 13, "must have at most 10000 values, has more");
    assert!(yaml::parse(&bomb("x", 1), LIMITS).is_ok());
    let long = format!("- &long {}\n{}", "x".repeat(1_000), "- *long\n".repeat(2_000));
    fails(&long, 1049, "must have at most 1048576 bytes after aliases are replaced, has more");
}

/// A document is parsed as JSON first for this reason, among others.
#[test]
fn json_with_surrogate_pairs_is_parsed_though_it_is_not_yaml() {
    let text = r#"{"\ud83d\ude00": 1}"#;
    fails(text, 1, "while parsing a quoted scalar, found invalid Unicode character escape code (column 2)");
    assert_eq!(flat(&parse_document("breakers.yaml", text, LIMITS).expect("a tree")), "{😀:1}");
}

#[test]
fn both_parsers_give_the_same_tree_for_json() {
    for text in [
        r#"{"a": [1, 2.5e3, "x\ty", true, null, {}], "a": {"b": []}}"#,
        "{\n\t\"a\": 1,\r\n\"b\"\n: \"\"}",
        "[\"\u{7f}\", -0]",
        "null",
        " ",
    ] {
        assert_eq!(
            yaml::parse(text, LIMITS).ok().map(|tree| flat(&tree)),
            json::parse(text, LIMITS).ok().map(|tree| flat(&tree)),
            "{text}"
        );
    }
}
