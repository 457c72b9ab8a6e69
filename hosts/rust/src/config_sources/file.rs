//! Reads a document from a file.

use super::fault::fault;
use fuseboard::{Diagnostic, Document};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The largest document that the engine reads.
const BYTES_MAX: u64 = 1 << 20;

pub(super) fn read(path: &Path) -> Result<Document, Diagnostic> {
    let name = path.display().to_string();
    match text(path) {
        Ok(text) => Ok(Document { name, text }),
        Err(message) => Err(fault(name, message)),
    }
}

fn text(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    // One more byte shows that a file is too large, without reading all of it.
    let read = File::open(path).and_then(|file| file.take(BYTES_MAX + 1).read_to_end(&mut bytes));
    let count = read.map_err(|error| format!("cannot be read: {error}"))?;
    if u64::try_from(count).is_ok_and(|count| count > BYTES_MAX) {
        return Err(format!("is larger than a document may be: {BYTES_MAX} bytes"));
    }
    String::from_utf8(bytes).map_err(|error| format!("is not UTF-8 from byte {} on: save it as UTF-8", error.utf8_error().valid_up_to()))
}
