//! Machine code of a component: from this library, or compiled in this process. The only module with `unsafe`.

#![allow(unsafe_code)]

use super::embedded;
use std::borrow::Cow;
use wasmtime::component::Component;
use wasmtime::{Engine, Result};

#[cfg(feature = "compiler")]
use super::compiler_settings::{CodeGoal, compiler_settings};
#[cfg(feature = "compiler")]
use wasmtime::Cache;

/// Machine code that was compiled by our build or in this process. Only the functions of this module make one.
pub(super) struct MachineCode(Cow<'static, [u8]>);

impl MachineCode {
    /// The code inside this library, if the build compiled any.
    pub(super) fn embedded() -> Option<MachineCode> {
        embedded::code().map(|code| MachineCode(Cow::Borrowed(code)))
    }

    /// Compiles a component, or finds it in the cache.
    ///
    /// Compiling our component takes 500 MB. The engine that compiles is dropped with them, and only the code stays.
    #[cfg(feature = "compiler")]
    pub(super) fn compile(component: &[u8], cache: Option<Cache>) -> Result<MachineCode> {
        let engine = Engine::new(compiler_settings(CodeGoal::Speed).cache(cache))?;
        let compiled = Component::new(&engine, component).and_then(|component| component.serialize());
        drop(engine);
        return_free_memory();
        compiled.map(|code| MachineCode(Cow::Owned(code)))
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
    #[cfg(all(test, feature = "compiler"))]
    pub(super) fn of_other_settings(component: &[u8]) -> MachineCode {
        let engine = Engine::new(compiler_settings(CodeGoal::Speed).epoch_interruption(false)).unwrap();
        MachineCode(Cow::Owned(engine.precompile_component(component).unwrap()))
    }
}

/// Gives memory that is free back to the system. glibc would keep what the compiler used.
#[cfg(all(feature = "compiler", target_os = "linux", target_env = "gnu"))]
fn return_free_memory() {
    // SAFETY: it has no preconditions, and changes no memory that is in use.
    unsafe { libc::malloc_trim(0) };
}

#[cfg(all(feature = "compiler", not(all(target_os = "linux", target_env = "gnu"))))]
fn return_free_memory() {}
