//! `cargo xtask conformance`: packs what a host in another language needs, and what it is tested with.

use crate::copy_tree::{copy, unusable};
use crate::{Failure, component, run, workspace};
use std::fs;
use std::path::PathBuf;

/// Files and folders of the checkout, and their names in the pack.
const CONTENT: &[(&str, &str)] = &[
    ("docs/conformance.md", "README.md"),
    ("LICENSE-APACHE", "LICENSE-APACHE"),
    ("LICENSE-MIT", "LICENSE-MIT"),
    ("target/component/fuseboard.wasm", "fuseboard.wasm"),
    ("wit", "wit"),
    ("docs/stories.md", "stories.md"),
    ("schema/story.schema.json", "story.schema.json"),
    ("tests/scenarios", "stories"),
    ("docs/embedding.md", "embedding.md"),
    ("examples/plain_wasmtime.py", "python/plain_wasmtime.py"),
    ("examples/plain_wasmtime_demo.py", "python/plain_wasmtime_demo.py"),
    ("examples/plain_wasmtime_stories.py", "python/plain_wasmtime_stories.py"),
    ("examples/plain_wasmtime_test.py", "python/plain_wasmtime_test.py"),
    ("examples/requirements.txt", "python/requirements.txt"),
    ("examples/node/package.json", "node/package.json"),
    ("examples/node/package-lock.json", "node/package-lock.json"),
    ("examples/node/transpile.js", "node/transpile.js"),
    ("examples/node/host.js", "node/host.js"),
    ("examples/node/host.test.js", "node/host.test.js"),
    ("examples/node/demo.js", "node/demo.js"),
    ("examples/node/stories.js", "node/stories.js"),
    ("examples/node/story-values.js", "node/story-values.js"),
];

/// Builds the component, then writes the pack as a folder and as an archive, and prints their paths.
///
/// # Errors
/// When the component cannot be built, or a file cannot be copied.
pub fn task() -> Result<(), Failure> {
    component::task()?;
    let pack = pack()?;
    let archive = pack.with_file_name(format!("{}.tar.gz", name()));
    let mut tar = run::program("tar");
    tar.current_dir(folder()).arg("-czf").arg(&archive).arg(name());
    run::stream(&mut tar, "is `tar` installed?")?;
    let bytes = fs::metadata(&archive).map_err(|error| unusable(&archive, &error))?.len();
    println!("pack:      {}", pack.display());
    println!("archive:   {} ({bytes} bytes)", archive.display());
    Ok(())
}

/// Writes the pack as a folder, and returns its path. The component must have been built.
pub(crate) fn pack() -> Result<PathBuf, Failure> {
    let pack = folder().join(name());
    if pack.exists() {
        fs::remove_dir_all(&pack).map_err(|error| unusable(&pack, &error))?;
    }
    for (from, to) in CONTENT {
        copy(&workspace::root().join(from), &pack.join(to))?;
    }
    Ok(pack)
}

fn folder() -> PathBuf {
    workspace::builds().join("conformance")
}

fn name() -> String {
    format!("fuseboard-conformance-{}", env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// The first part of a path in the pack: what the README lists.
    fn listed(path: &str) -> &str {
        Path::new(path).iter().next().and_then(|part| part.to_str()).unwrap_or(path)
    }

    /// The names in the first column of the README's table.
    fn table(readme: &str) -> BTreeSet<String> {
        let rows = readme.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
        rows.map(|(name, _)| name.trim_end_matches('/').to_owned()).collect()
    }

    #[test]
    fn the_pack_has_what_its_readme_lists_and_nothing_else() {
        let readme = fs::read_to_string(workspace::root().join("docs/conformance.md")).unwrap();
        let packed: BTreeSet<String> = CONTENT
            .iter()
            .map(|(_, to)| listed(to).to_owned())
            .filter(|name| name != "README.md" && !name.starts_with("LICENSE"))
            .collect();
        assert_eq!(table(&readme), packed);
    }

    #[test]
    fn every_file_of_the_pack_but_the_component_is_in_the_checkout() {
        let missing: Vec<&str> = CONTENT
            .iter()
            .map(|(from, _)| *from)
            .filter(|from| !from.starts_with("target/") && !workspace::root().join(from).exists())
            .collect();
        assert_eq!(missing, Vec::<&str>::new());
    }

    #[test]
    fn the_page_on_embedding_shows_the_demos_as_they_are() {
        let text = |path: &str| fs::read_to_string(workspace::root().join(path)).unwrap();
        let page = text("docs/embedding.md");
        for demo in ["examples/plain_wasmtime_demo.py", "examples/node/demo.js"] {
            let code = text(demo);
            let code = &code[code.find("import ").unwrap()..];
            assert!(page.contains(code), "docs/embedding.md must show {demo} from its first import on");
        }
    }

    #[test]
    fn every_file_of_the_examples_is_in_the_pack() {
        let folder = workspace::root().join("examples");
        let files = [folder.clone(), folder.join("node")].into_iter().flat_map(|folder| fs::read_dir(folder).unwrap());
        let files = files.map(|entry| entry.unwrap().path()).filter(|path| path.is_file() && !path.ends_with("ruff.toml"));
        let packed: BTreeSet<PathBuf> = CONTENT.iter().map(|(from, _)| workspace::root().join(from)).collect();
        let left_out: Vec<PathBuf> = files.filter(|path| !packed.contains(path)).collect();
        assert_eq!(left_out, Vec::<PathBuf>::new());
    }
}
