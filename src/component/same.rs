//! Conversions between types of the same shape. All cases and fields are named: one added on one side alone does not compile.

/// Enums without payloads.
macro_rules! same_cases {
    ($from:path => $to:path: $($case:ident),+) => {
        impl From<$from> for $to {
            #[inline]
            fn from(value: $from) -> Self {
                use $from as From;
                use $to as To;
                match value { $(From::$case => To::$case),+ }
            }
        }
    };
}

/// Records. A field is moved as it is; `name: into` converts it, `name: some` what an option holds, `name: boxed` what
/// an option of a box holds, `name: all` what a list holds.
macro_rules! same_fields {
    ($from:path => $to:path { $($field:ident $(: $how:ident)?),+ }) => {
        impl From<$from> for $to {
            #[inline]
            fn from(record: $from) -> Self {
                use $from as From;
                use $to as To;
                let From { $($field),+ } = record;
                To { $($field: same_fields!(@ $field $($how)?)),+ }
            }
        }
    };
    (@ $field:ident) => { $field };
    (@ $field:ident into) => { $field.into() };
    (@ $field:ident some) => { $field.map(Into::into) };
    (@ $field:ident boxed) => { $field.map(|boxed| (*boxed).into()) };
    (@ $field:ident all) => { $crate::component::same::each($field) };
}

/// Mostly there is none, and then nothing is to be run through.
#[inline]
pub(super) fn each<T: Into<U>, U>(list: Vec<T>) -> Vec<U> {
    if list.is_empty() { Vec::new() } else { list.into_iter().map(Into::into).collect() }
}

pub(super) use {same_cases, same_fields};
