//! Macros for conversions between the engine's types and the contract's types. Every case and field is named, so that adding one on
//! one side only does not compile.

/// Converts an enum without payloads.
macro_rules! convert_enum {
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

/// Converts a record. A field is moved unchanged. `name: into` converts it, `name: some` converts the value in an option,
/// `name: boxed` the value in an option of a box, and `name: all` each element of a list.
macro_rules! convert_record {
    ($from:path => $to:path { $($field:ident $(: $how:ident)?),+ }) => {
        impl From<$from> for $to {
            #[inline]
            fn from(record: $from) -> Self {
                use $from as From;
                use $to as To;
                let From { $($field),+ } = record;
                To { $($field: convert_record!(@ $field $($how)?)),+ }
            }
        }
    };
    (@ $field:ident) => { $field };
    (@ $field:ident into) => { $field.into() };
    (@ $field:ident some) => { $field.map(Into::into) };
    (@ $field:ident boxed) => { $field.map(|boxed| (*boxed).into()) };
    (@ $field:ident all) => { $crate::component::convert::each($field) };
}

/// Converts each element. Most lists are empty: the check avoids the loop.
#[inline]
pub(super) fn each<T: Into<U>, U>(list: Vec<T>) -> Vec<U> {
    if list.is_empty() { Vec::new() } else { list.into_iter().map(Into::into).collect() }
}

pub(super) use {convert_enum, convert_record};
