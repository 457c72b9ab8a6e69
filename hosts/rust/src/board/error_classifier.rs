//! Reports of failed calls: by the caller's classifier, or by the error's type name.

use super::call_report::{has_refusal, report_of_type, sources};
use fuseboard::{End, Outcome, Report};
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

type Classify = dyn Fn(&(dyn Error + 'static)) -> Option<Report> + Send + Sync;

/// The function of [`Builder::classify_error`](crate::Builder::classify_error), if there is one.
#[derive(Default)]
pub(super) struct ErrorClassifier(Option<Box<Classify>>);

impl ErrorClassifier {
    pub(super) fn new(classify: impl Fn(&(dyn Error + 'static)) -> Option<Report> + Send + Sync + 'static) -> ErrorClassifier {
        ErrorClassifier(Some(Box::new(classify)))
    }

    pub(super) fn report_of<T, E: Error + 'static>(&self, result: &Result<T, E>) -> Report {
        match result {
            Ok(_) => Report::new(End::Returned),
            Err(error) => self.report_of_error(error),
        }
    }

    /// A refusal among the error's sources comes first: the call says nothing about this target then.
    pub(super) fn report_of_error<E: Error + 'static>(&self, error: &E) -> Report {
        if has_refusal(error) {
            return Report::new(End::counted(Outcome::Neutral));
        }
        let classify = self.0.as_ref().map(|classify| move || sources(error).find_map(classify));
        // A panic of the caller's function must not replace the call's own result.
        let classified = classify.and_then(|classify| catch_unwind(AssertUnwindSafe(classify)).ok().flatten());
        classified.unwrap_or_else(report_of_type::<E>)
    }
}

impl fmt::Debug for ErrorClassifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ErrorClassifier").field(&self.0.is_some()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::call_error::GuardError;
    use fuseboard::Refused;
    use std::io;
    use std::sync::Arc;

    #[derive(Debug)]
    struct CouldNotLoad(io::Error);

    impl fmt::Display for CouldNotLoad {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("could not load the page")
        }
    }

    impl Error for CouldNotLoad {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    fn status_of_io(error: &(dyn Error + 'static)) -> Option<Report> {
        let error: &io::Error = error.downcast_ref()?;
        (error.kind() == io::ErrorKind::TimedOut).then(|| Report { status: Some(504), ..Report::new(End::Raised(vec!["timeout".into()])) })
    }

    #[test]
    fn the_classifier_is_asked_about_an_error_and_its_sources() {
        let classifier = ErrorClassifier::new(status_of_io);
        let timed_out = || io::Error::from(io::ErrorKind::TimedOut);
        assert_eq!(classifier.report_of_error(&timed_out()).status, Some(504));
        assert_eq!(classifier.report_of_error(&CouldNotLoad(timed_out())).status, Some(504));
        let other = classifier.report_of_error(&io::Error::other("reset by peer"));
        assert_eq!(other.end, End::Raised(vec!["std.io.error.Error".to_owned()]), "`None` means the type name");
        assert_eq!(classifier.report_of::<u8, io::Error>(&Ok(1)).end, End::Returned);
    }

    #[test]
    fn a_panic_in_the_classifier_means_the_type_name() {
        let classifier = ErrorClassifier::new(|_| panic!("a fault of the classifier"));
        assert_eq!(classifier.report_of_error(&std::fmt::Error).end, End::Raised(vec!["core.fmt.Error".to_owned()]));
    }

    #[test]
    fn a_refusal_is_neutral_whatever_the_classifier_says() {
        let classifier = ErrorClassifier::new(|_| Some(Report::new(End::counted(Outcome::Failure))));
        let refused = Refused { circuit: None, resolver: None, retry_after_ms: None, repeat_ms: 0, spread_ms: 0 };
        let error = GuardError::Refused(Arc::new(refused));
        assert_eq!(classifier.report_of_error(&error).end, End::counted(Outcome::Neutral));
    }
}
