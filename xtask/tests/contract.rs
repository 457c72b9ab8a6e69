//! The contract as tools see it: types and functions, resolved, without the prose. It fails when these change, until
//! `BLESS=1 cargo test -p xtask --test contract` writes the new text.

use std::path::Path;
use wit_component::WitPrinter;
use wit_parser::Resolve;

fn resolved() -> String {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit")).unwrap();
    let others: Vec<_> = resolve.packages.iter().map(|(id, _)| id).filter(|id| *id != package).collect();
    let mut printer = WitPrinter::default();
    printer.emit_docs(false).print(&resolve, package, &others).unwrap();
    printer.output.to_string()
}

#[test]
fn the_contract_is_the_golden_one() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit/contract.golden");
    let text = resolved();
    if std::env::var_os("BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&golden, &text).unwrap();
    }
    let wanted = std::fs::read_to_string(&golden).unwrap_or_default();
    assert!(
        text == wanted,
        "the contract differs from wit/contract.golden. If that is meant, tell every host, raise the package's version where an old \
         host would break, and run `BLESS=1 cargo test -p xtask --test contract`; `git diff wit` then shows what changed"
    );
}
