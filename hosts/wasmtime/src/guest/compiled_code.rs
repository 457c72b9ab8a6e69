//! Machine code that this process compiled. It is kept for further boards, because compiling takes seconds and loading milliseconds.

use super::code_cache;
use super::machine_code::MachineCode;
use std::borrow::Cow;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use wasmtime::Result;

/// Components whose code a process keeps. A program uses one, tests a few.
const CODES_MAX: usize = 8;

struct CompiledCode {
    component: Cow<'static, [u8]>,
    code: Arc<MachineCode>,
}

/// The code of a component: the kept one, or compiled now, or found in the cache folder.
pub(super) fn of(component: Cow<'static, [u8]>, cache_folder: Option<&Path>) -> Result<Arc<MachineCode>> {
    static CODES: Mutex<Vec<CompiledCode>> = Mutex::new(Vec::new());
    // Held while compiling: a second caller with the same component waits for it instead of compiling too.
    let mut codes = CODES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = codes.iter().find(|known| known.component == component) {
        return Ok(Arc::clone(&known.code));
    }
    let code = Arc::new(MachineCode::compile(&component, cache_folder.map(code_cache::open).transpose()?)?);
    if codes.len() >= CODES_MAX {
        codes.remove(0);
    }
    codes.push(CompiledCode { component, code: Arc::clone(&code) });
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_is_compiled_once_in_a_process() {
        // The smallest component, with a custom section, so that no other test has it.
        let component = Cow::Borrowed(&b"\0asm\x0d\0\x01\0\0\x02\x01k"[..]);
        let [first, second] = [(); 2].map(|()| of(component.clone(), None).unwrap());
        assert!(Arc::ptr_eq(&first, &second));
    }
}
