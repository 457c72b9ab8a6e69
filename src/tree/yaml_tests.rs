//! The reader of YAML: what a document may be made of, and what it may not do to its reader.

use super::*;

const LIMITS: Limits = Limits { bytes: 1 << 20, depth: 32, nodes: 10_000 };

#[track_caller]
fn tree(text: &str) -> Node {
    match yaml::read(text, LIMITS) {
        Ok(tree) => tree,
        Err(fault) => panic!("{:?}: {}", fault.line, fault.message),
    }
}

/// A tree without its lines, as one line.
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
    let fault = yaml::read(text, LIMITS).expect_err("unreadable");
    assert_eq!((fault.line, fault.message.as_str()), (Some(line), format!("not readable as YAML: {message}").as_str()));
}

#[test]
fn block_and_flow_styles_give_one_tree() {
    let expected = r#"{a:{b:1 c:["x" 2.50 null]} d:true}"#;
    reads("a:\n  b: 1\n  c:\n    - x\n    - 2.50\n    - ~\nd: true\n", expected);
    reads("{a: {b: 1, c: [x, 2.50, null]}, d: true}", expected);
    reads("%YAML 1.2\n---\na: {b: 1, c: [x, 2.50,]}  # a comment\nd: on\n...\n", r#"{a:{b:1 c:["x" 2.50]} d:"on"}"#);
}

#[test]
fn quotes_and_block_texts_are_texts() {
    reads("[\"1\", 'true', '~']\n", r#"["1" "true" "~"]"#);
    reads("a: |\n  1\nb: >-\n  x\n  y\n", r#"{a:"1\n" b:"x y"}"#);
}

#[test]
fn keys_are_texts_whatever_they_look_like() {
    reads("404: a\nnull: b\n\"<<\": c\ntrue: d\n", r#"{404:"a" null:"b" <<:"c" true:"d"}"#);
    fails("[a, b]: c\n", 1, "a key must be a text");
    fails("? {a: b}\n: c\n", 1, "a key must be a text");
}

#[test]
fn keys_keep_their_doubles_and_each_value_tells_its_line() {
    let Content::Map(map) = tree("b: 1\n\na:\n  - 5\n  -\n    6\nb: *x\n".replace("*x", "2").as_str()).content else { panic!("no map") };
    let told: Vec<_> = map.iter().map(|(key, node)| (key.as_str(), node.line)).collect();
    assert_eq!(told, [("b", Some(1)), ("a", Some(3)), ("b", Some(7))]);
    let Content::List(list) = &map[1].1.content else { panic!("no list") };
    assert_eq!(list.iter().map(|node| node.line).collect::<Vec<_>>(), [Some(4), Some(6)]);
}

#[test]
fn nothing_is_an_empty_document() {
    for text in ["", " \n", "# only a comment\n", "---\n", "---\n...\n", "\u{feff}"] {
        assert_eq!(tree(text).content, Content::Null, "{text:?}");
    }
}

#[test]
fn a_second_document_is_refused() {
    fails("a: 1\n---\nb: 2\n", 2, "a second document begins here: give each by itself (column 1)");
    fails("a: 1\n...\n---\n", 3, "a second document begins here: give each by itself (column 1)");
}

#[test]
fn core_tags_are_understood_and_others_are_refused() {
    reads("[!!str 5, ! 6, !!int \"7\", !!null '', !!seq [], !!map {}]", r#"["5" "6" 7 null [] {}]"#);
    fails("a:\n  b: !secret x\n", 2, "the tag \"secret\" is none that is understood here: leave it out (column 6)");
    fails("a: !!binary eA==\n", 1, "the tag \"binary\" is none that is understood here: leave it out (column 4)");
    fails("!!set {a}\n", 1, "the tag \"set\" is none that is understood here: leave it out (column 1)");
}

#[test]
fn an_alias_is_what_its_anchor_names_with_the_lines_of_both() {
    reads("a: &x {b: 1}\nc: *x\nd: [*x, *x]\n", "{a:{b:1} c:{b:1} d:[{b:1} {b:1}]}");
    reads("a: &x 1\nb: &x 2\nc: *x\n", "{a:1 b:2 c:2}");
    reads("&k a: 1\nb: {*k : 2}\n", "{a:1 b:{a:2}}");
    let Content::Map(map) = tree("a: &x\n  b: 1\nc: *x\n").content else { panic!("no map") };
    let Content::Map(within) = &map[1].1.content else { panic!("no map") };
    assert_eq!((map[1].1.line, within[0].1.line), (Some(3), Some(2)));
    let hint = "a text that begins with `*` or `&` stands in quotes";
    fails("a: *x\n", 1, &format!("while parsing node, found unknown anchor; {hint} (column 4)"));
    fails("a: &x [*x]\n", 1, "an alias within what it stands for (column 8)");
}

#[test]
fn merged_keys_stand_behind_the_maps_own_and_have_a_rank() {
    let text = "b: &b {x: 1, y: 2}\nc: &c {y: 3, z: 4}\nd: &d {<<: *b, w: 0}\ne:\n  <<: [*c, *d]\n  x: 9\n";
    reads(text, "{b:{x:1 y:2} c:{y:3 z:4} d:{w:0 x:1 y:2} e:{x:9 y:3 z:4 w:0 x:1 y:2}}");
    let Content::Map(map) = tree(text).content else { panic!("no map") };
    let Content::Map(merged) = &map[3].1.content else { panic!("no map") };
    assert_eq!(merged.iter().map(|(_, node)| node.rank).collect::<Vec<_>>(), [0, 1, 1, 2, 3, 3]);
    reads("<<: {a: 1}\n", "{a:1}");
    fails("<<: 5\n", 1, "`<<` takes a map or a list of maps, and this is 5");
    fails("a: 1\n<<: [{}, x]\n", 2, "`<<` takes a map or a list of maps, and this is \"x\"");
    fails("<<: {}\n<<: {}\n", 2, "`<<` stands twice in one map: give it a list of maps");
}

#[test]
fn what_is_no_yaml_says_where() {
    fails("a: 1\nb: [1, 2\n", 3, "while parsing a flow sequence, expected ',' or ']' (column 1)");
    fails("a:\n\tb: 2\n", 2, "tabs disallowed within this context (block indentation) (column 2)");
    let fault = yaml::read(&" ".repeat(LIMITS.bytes + 1), LIMITS).expect_err("too long");
    assert_eq!((fault.line, fault.message.as_str()), (None, "1048577 bytes long: at most 1048576 are read"));
}

#[test]
fn depth_and_values_are_bounded() {
    assert!(yaml::read(&format!("{}{}", "[".repeat(32), "]".repeat(32)), LIMITS).is_ok());
    fails(&"[".repeat(1 << 20), 1, "recursion limit exceeded (column 256)");
    fails(&"[".repeat(40), 1, "nested deeper than 32 (column 33)");
    fails(&"- ".repeat(1 << 19), 1, "nested deeper than 32 (column 65)");
    fails(&"{a: ".repeat(1 << 18), 1, "recursion limit exceeded (column 1021)");
    assert!(yaml::read(&format!("[{}1]", "1,".repeat(9_998)), LIMITS).is_ok());
    fails(&format!("[{}1]", "1,".repeat(9_999)), 1, "more than 10000 values");
    fails(&"- 1\n".repeat(250_000), 30_001, "more than 10000 values (column 3)");
}

/// What a few hundred bytes stand for is counted before it is built.
#[test]
fn aliases_count_as_what_they_stand_for() {
    let bomb = |text: &str, times: usize| {
        let level = |level| format!("- &a{level} [{}]\n", vec![format!("*a{}", level - 1); times].join(", "));
        format!("- &a0 {text}\n") + &(1..30).map(level).collect::<String>()
    };
    fails(&bomb("x", 9), 6, "more than 10000 values");
    fails(&bomb("x", 2), 13, "more than 10000 values");
    assert!(yaml::read(&bomb("x", 1), LIMITS).is_ok());
    let long = format!("- &long {}\n{}", "x".repeat(1_000), "- *long\n".repeat(2_000));
    fails(&long, 1049, "more than 1048576 bytes, once each alias is what it stands for");
}

/// One reason why a document is tried as JSON first.
#[test]
fn json_with_surrogate_pairs_is_no_yaml_and_is_read_all_the_same() {
    let text = r#"{"\ud83d\ude00": 1}"#;
    fails(text, 1, "while parsing a quoted scalar, found invalid Unicode character escape code (column 2)");
    assert_eq!(flat(&document("breakers.yaml", text, LIMITS).expect("a tree")), "{😀:1}");
}

#[test]
fn json_is_read_as_the_same_tree_by_both() {
    for text in [
        r#"{"a": [1, 2.5e3, "x\ty", true, null, {}], "a": {"b": []}}"#,
        "{\n\t\"a\": 1,\r\n\"b\"\n: \"\"}",
        "[\"\u{7f}\", -0]",
        "null",
        " ",
    ] {
        assert_eq!(yaml::read(text, LIMITS).ok().map(|tree| flat(&tree)), json::read(text, LIMITS).ok().map(|tree| flat(&tree)), "{text}");
    }
}
