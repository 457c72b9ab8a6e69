//! The generated part of a documentation page, and the commit and machine that its figures are from.

use crate::{run, workspace};
use std::fs;

pub const END: &str = "<!-- end -->\n";

/// The page with a new generated part; `None` if the page lacks the lines `begin` and [`END`].
pub fn replace_block(page: &str, begin: &str, block: &str) -> Option<String> {
    let (before, rest) = page.split_once(begin)?;
    let (_, after) = rest.split_once(END)?;
    Some([before, begin, block, END, after].concat())
}

/// `At commit .., on ..`.
pub fn commit_and_machine() -> String {
    format!("At {}, on {}", commit(), machine())
}

/// The commit of the checkout, and whether it has changes.
pub fn commit() -> String {
    let git = |words: &[&str]| run::read(run::program("git").current_dir(workspace::root()).args(words));
    let commit = git(&["rev-parse", "--short", "HEAD"]).unwrap_or_else(|| "an unknown commit".to_owned());
    let changed = git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|list| !list.is_empty());
    if changed { format!("commit {commit} with changes") } else { format!("commit {commit}") }
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let named = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = named.map_or("an unknown processor", |(_, model)| model.trim());
    let rustc = run::read(run::rustc().arg("--version")).unwrap_or_else(|| "an unknown rustc".to_owned());
    format!("{cores} cores of {model}, {rustc}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_outside_the_generated_part_stays() {
        const BEGIN: &str = "<!-- begin -->\n";
        let page = |block: &str| format!("by hand\n{BEGIN}{block}{END}more\n");
        assert_eq!(replace_block(&page("old\n"), BEGIN, "new\n"), Some(page("new\n")));
        assert_eq!(replace_block("no place\n", BEGIN, "new\n"), None);
    }
}
