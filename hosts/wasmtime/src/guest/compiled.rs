//! Components ready to instantiate: loaded or compiled once in a process, then shared.

use super::bindings::BreakerPre;
use super::engine::engine;
use super::host_state::HostState;
use super::machine_code::MachineCode;
use super::ticker::Ticker;
use super::{embedded, imports};
use crate::error::Error;
use crate::fork;
use crate::limits::Limits;
use std::borrow::Cow;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use wasmtime::Engine;
use wasmtime::component::Component;

#[cfg(feature = "compiler")]
use super::compiled_code;

/// A component compiled and linked, from which instances are made in microseconds. The boards of a process share it. It ends with the
/// last of them, and with it the address space that its engine reserves.
pub(crate) struct Compiled {
    bytes: Cow<'static, [u8]>,
    stack_bytes: usize,
    origin: CodeOrigin,
    pub(super) engine: Engine,
    pub(super) pre: BreakerPre<HostState>,
}

/// Where the machine code of a component is from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodeOrigin {
    /// It was compiled when this library was built, and is part of it. Loading it takes milliseconds.
    Embedded,
    /// It was compiled in this process, or found in the cache folder, because the program gave the component.
    Given,
    /// It was compiled in this process, or found in the cache folder, because the embedded code could not be used.
    Fallback {
        /// Why the embedded code could not be used, for people.
        why: String,
    },
}

impl Compiled {
    /// The component that this library embeds. Its embedded machine code is loaded; where that is refused, by another CPU say, the
    /// component is compiled.
    pub(crate) fn embedded(limits: Limits, cache_folder: Option<&Path>) -> Result<Arc<Compiled>, Error> {
        Compiled::shared(Cow::Borrowed(embedded::component()?), limits, |bytes, engine| {
            load_or_compile(MachineCode::embedded(), bytes, engine, cache_folder)
        })
    }

    /// A component from its bytes, compiled, or found in the cache folder.
    pub(crate) fn given(bytes: Cow<'static, [u8]>, limits: Limits, cache_folder: Option<&Path>) -> Result<Arc<Compiled>, Error> {
        Compiled::shared(bytes, limits, |bytes, engine| Ok((compile(bytes, engine, cache_folder)?, CodeOrigin::Given)))
    }

    /// Where the machine code is from.
    pub(crate) fn origin(&self) -> &CodeOrigin {
        &self.origin
    }

    pub(super) fn ticker(&self) -> Result<Arc<Ticker>, Error> {
        Ticker::ticking(&self.engine)
    }

    /// The shared component with these bytes and this stack, made unless this process has it.
    fn shared(
        bytes: Cow<'static, [u8]>,
        limits: Limits,
        component: impl FnOnce(Cow<'static, [u8]>, &Engine) -> wasmtime::Result<(Component, CodeOrigin)>,
    ) -> Result<Arc<Compiled>, Error> {
        static SHARED: Mutex<Vec<Weak<Compiled>>> = Mutex::new(Vec::new());
        let _starting = fork::begin_start();
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.retain(|compiled| compiled.strong_count() > 0);
        let mut alive = shared.iter().filter_map(Weak::upgrade);
        let known = alive.find(|compiled| compiled.stack_bytes == limits.stack_bytes && compiled.bytes == bytes);
        if let Some(known) = known {
            return Ok(known);
        }
        let compiled = Compiled::link(bytes, limits.stack_bytes, component);
        let compiled = Arc::new(compiled.map_err(|error| Error::component(format!("{error:#}")))?);
        shared.push(Arc::downgrade(&compiled));
        Ok(compiled)
    }

    fn link(
        bytes: Cow<'static, [u8]>,
        stack_bytes: usize,
        component: impl FnOnce(Cow<'static, [u8]>, &Engine) -> wasmtime::Result<(Component, CodeOrigin)>,
    ) -> wasmtime::Result<Compiled> {
        let engine = engine(stack_bytes)?;
        let (component, origin) = component(bytes.clone(), &engine)?;
        let pre = BreakerPre::new(imports::link(&engine)?.instantiate_pre(&component)?)?;
        Ok(Compiled { bytes, stack_bytes, origin, engine, pre })
    }
}

/// Loads machine code, or compiles the component where there is no code or the code is refused.
fn load_or_compile(
    code: Option<MachineCode>,
    bytes: Cow<'static, [u8]>,
    engine: &Engine,
    cache_folder: Option<&Path>,
) -> wasmtime::Result<(Component, CodeOrigin)> {
    let why = match code.map(|code| code.load(engine)) {
        Some(Ok(component)) => return Ok((component, CodeOrigin::Embedded)),
        Some(Err(refused)) => format!("{refused:#}"),
        None => "the build made none for this target".to_owned(),
    };
    let component = compile(bytes, engine, cache_folder).map_err(|error| error.context(format!("its machine code: {why}")))?;
    Ok((component, CodeOrigin::Fallback { why }))
}

#[cfg(feature = "compiler")]
fn compile(bytes: Cow<'static, [u8]>, engine: &Engine, cache_folder: Option<&Path>) -> wasmtime::Result<Component> {
    compiled_code::of(bytes, cache_folder)?.load(engine)
}

/// Fails, because this library has no compiler.
#[cfg(not(feature = "compiler"))]
fn compile(_: Cow<'static, [u8]>, _: &Engine, _: Option<&Path>) -> wasmtime::Result<Component> {
    wasmtime::bail!("this program has no compiler; take the native engine, or build the program with the feature `compiler`")
}

#[cfg(all(test, feature = "compiler"))]
mod tests {
    use super::*;

    /// The smallest component.
    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

    fn origin(code: Option<MachineCode>) -> CodeOrigin {
        load_or_compile(code, Cow::Borrowed(EMPTY), &engine(Limits::default().stack_bytes).unwrap(), None).unwrap().1
    }

    #[test]
    fn embedded_code_is_accepted_with_every_stack_limit() {
        for stack_bytes in [Limits::STACK_BYTES_MIN, 128 << 10, Limits::default().stack_bytes, Limits::STACK_BYTES_MAX] {
            let compiled = Compiled::embedded(Limits { stack_bytes, ..Limits::default() }, None).unwrap();
            assert_eq!(compiled.origin(), &CodeOrigin::Embedded, "{stack_bytes} bytes of stack");
        }
    }

    #[test]
    fn boards_share_a_component_that_ends_with_the_last_of_them() {
        // No other test has this stack.
        let limits = Limits { stack_bytes: 300 << 10, ..Limits::default() };
        let [first, second] = [(); 2].map(|()| Compiled::embedded(limits, None).unwrap());
        assert!(Arc::ptr_eq(&first, &second));
        let engine = first.engine.weak();
        drop((first, second));
        assert!(engine.upgrade().is_none());
    }

    #[test]
    fn a_component_is_compiled_where_its_code_is_refused() {
        assert_eq!(origin(Some(MachineCode::compile(EMPTY, None).unwrap())), CodeOrigin::Embedded);
        let CodeOrigin::Fallback { why } = origin(Some(MachineCode::of_other_settings(EMPTY))) else { panic!("refused") };
        assert!(why.contains("epoch interruption"), "{why}");
    }

    #[test]
    fn a_component_is_compiled_where_there_is_no_code() {
        assert!(matches!(origin(None), CodeOrigin::Fallback { .. }));
    }
}
