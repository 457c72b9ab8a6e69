//! README's program is the example of that name, to the letter: so it compiles.

use std::{fs, io, path::Path};

#[test]
fn readme_shows_the_example_as_it_is() -> io::Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(here.join("../../README.md"))?;
    let example = fs::read_to_string(here.join("examples/readme.rs"))?;
    let shown = readme.split_once("```rust\n").and_then(|(_, rest)| rest.split_once("```\n"));
    assert_eq!(shown.map(|(program, _)| program), Some(example.as_str()), "copy examples/readme.rs into README.md");
    Ok(())
}
