//! Machine code of a component: from this library, or compiled in this process. The only module with `unsafe`.

#![allow(unsafe_code)]

use super::{compiler_settings, embedded};
use std::borrow::Cow;
use std::panic::resume_unwind;
use std::thread;
use wasmtime::component::Component;
use wasmtime::{Cache, Engine, Result};

/// Machine code that was compiled by our build or in this process. Only the functions of this module make one.
pub(super) struct MachineCode(Cow<'static, [u8]>);

impl MachineCode {
    /// The code inside this library, if the build compiled any.
    pub(super) fn embedded() -> Option<MachineCode> {
        embedded::code().map(|code| MachineCode(Cow::Borrowed(code)))
    }

    /// Compiles a component, or finds it in the cache.
    ///
    /// Compiling our component takes 500 MB. A thread of its own does it, because the allocator gives the memory of an ended thread
    /// back to the system, but not that of a living one.
    pub(super) fn compile(component: &[u8], cache: Option<Cache>) -> Result<MachineCode> {
        let compiling = || {
            let engine = Engine::new(compiler_settings::compiler_settings().cache(cache))?;
            Component::new(&engine, component)?.serialize()
        };
        let compiled = thread::scope(|scope| scope.spawn(compiling).join());
        let code = compiled.unwrap_or_else(|panic| resume_unwind(panic))?;
        // A copy, because the thread's own memory goes only when all of it is free.
        Ok(MachineCode(Cow::Owned(code.as_slice().to_vec())))
    }

    /// Makes the code ready to run in an engine.
    ///
    /// # Errors
    /// When it was compiled for another CPU, with other settings, or by another major version of wasmtime.
    pub(super) fn load(&self, engine: &Engine) -> Result<Component> {
        // SAFETY: the bytes must be output of wasmtime's compiler, unchanged, since their machine code will run. They are: the private
        // field holds either bytes that our build compiled and linked into this very binary, or bytes that `compile` got from
        // wasmtime in this process. No bytes come here from a file or a caller. A cache folder is read by wasmtime itself; the
        // documentation of `compiled_in` says who may write there.
        unsafe { Component::deserialize(engine, &self.0) }
    }

    /// Code that no engine of this library accepts.
    #[cfg(test)]
    pub(super) fn of_other_settings(component: &[u8]) -> MachineCode {
        let engine = Engine::new(compiler_settings::compiler_settings().epoch_interruption(false)).unwrap();
        MachineCode(Cow::Owned(engine.precompile_component(component).unwrap()))
    }
}
