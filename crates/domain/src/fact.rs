//! What is known and what is not. There is no third thing and no default
//! number: whoever wants a number must say what happens when there is none.

use std::borrow::Cow;

/// Why something is not known, as a short sentence for the owner.
pub type Reason = Cow<'static, str>;

/// One value inside a reading: known, or unknown for a reason.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact<T> {
    Known(T),
    Unknown(Reason),
}

impl<T> Fact<T> {
    pub const fn unknown(reason: &'static str) -> Self {
        Fact::Unknown(Cow::Borrowed(reason))
    }

    /// The value of an optional field; `reason` says why it is absent.
    pub fn from_option(value: Option<T>, reason: &'static str) -> Self {
        match value {
            Some(value) => Fact::Known(value),
            None => Fact::unknown(reason),
        }
    }

    pub const fn known(&self) -> Option<&T> {
        match self {
            Fact::Known(value) => Some(value),
            Fact::Unknown(_) => None,
        }
    }

    pub const fn reason(&self) -> Option<&Reason> {
        match self {
            Fact::Known(_) => None,
            Fact::Unknown(reason) => Some(reason),
        }
    }

    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Fact::Known(value) => Fact::Known(f(value)),
            Fact::Unknown(reason) => Fact::Unknown(reason),
        }
    }
}

impl<T: Copy> Fact<T> {
    pub const fn get(&self) -> Option<T> {
        match self {
            Fact::Known(value) => Some(*value),
            Fact::Unknown(_) => None,
        }
    }
}

/// What a source said when it was last asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading<T> {
    Known {
        value: T,
        at_ms: i64,
    },
    /// No answer, or one that could not be used, since the given time.
    Unknown {
        reason: Reason,
        since_ms: i64,
    },
}

impl<T> Reading<T> {
    pub const fn value(&self) -> Option<&T> {
        match self {
            Reading::Known { value, .. } => Some(value),
            Reading::Unknown { .. } => None,
        }
    }

    pub fn reason(&self) -> Option<&str> {
        match self {
            Reading::Known { .. } => None,
            Reading::Unknown { reason, .. } => Some(reason),
        }
    }

    /// The next reading after another attempt: a failure that goes on keeps
    /// the time at which it began.
    pub fn next(&self, attempt: Result<T, Reason>, now_ms: i64) -> Self {
        match (attempt, self) {
            (Ok(value), _) => Reading::Known { value, at_ms: now_ms },
            (Err(reason), Reading::Unknown { since_ms, .. }) => {
                Reading::Unknown { reason, since_ms: *since_ms }
            }
            (Err(reason), Reading::Known { .. }) => Reading::Unknown { reason, since_ms: now_ms },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_that_goes_on_keeps_its_beginning() {
        let first = Reading::Known { value: 1, at_ms: 10 };
        let second = first.next(Err("refused".into()), 20);
        let third = second.next(Err("timed out".into()), 30);
        assert_eq!(third, Reading::Unknown { reason: "timed out".into(), since_ms: 20 });
        assert_eq!(third.next(Ok(2), 40), Reading::Known { value: 2, at_ms: 40 });
    }
}
