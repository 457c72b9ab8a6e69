//! Conversions between the contract's types and ours, which have the same shape. Every case and field is named, so that one added on a
//! single side does not compile. The component has the same macros for its side, without clamps.

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

/// Converts a record. A field is moved as it is; `name: into` converts it, `name: some` converts the value of an option, `name: boxed`
/// boxes it too, and any other word names the function of `clamp` that bounds it: `name: text`, or `name: some text` in an option.
macro_rules! convert_record {
    ($from:path => $to:path { $($field:ident $(: $($how:ident)+)?),+ }) => {
        impl From<$from> for $to {
            #[inline]
            fn from(record: $from) -> Self {
                use $from as From;
                use $to as To;
                let From { $($field),+ } = record;
                To { $($field: convert_record!(@ $field $($($how)+)?)),+ }
            }
        }
    };
    (@ $field:ident) => { $field };
    (@ $field:ident into) => { $field.into() };
    (@ $field:ident some) => { $field.map(Into::into) };
    (@ $field:ident boxed) => { $field.map(|value| Box::new(value.into())) };
    (@ $field:ident some $clamp:ident) => { $field.map($crate::guest::clamp::$clamp) };
    (@ $field:ident $clamp:ident) => { $crate::guest::clamp::$clamp($field) };
}

pub(super) use {convert_enum, convert_record};
