//! Reasons for a wrong state, and what names the place of the list.

use std::fmt;

use super::answered::pages;
use crate::escape::shell_word;
use crate::record::StateErrorKind;

/// Reason for a wrong state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateError {
    /// The question was not answered.
    Unasked(String),
    /// The answer is not JSON.
    Unreadable {
        /// Its begin.
        got: String,
    },
    /// It is not a list.
    NotAList {
        /// JSON type of the value found.
        kind: &'static str,
        /// Its begin.
        got: String,
        /// The only list in it.
        hint: Option<String>,
        /// A key by which it says that it is one page of several.
        page: Option<String>,
    },
    /// The path finds nothing.
    NothingThere {
        /// The path.
        path: String,
        /// The answer's begin.
        got: String,
        /// The only list in it.
        hint: Option<String>,
    },
    /// It is wrong, and may come right: a file is not in it yet, or it cannot be read at the moment.
    NotYet(WrongState),
    /// It was read, and it is wrong.
    Wrong(WrongState),
}

/// Error of a state that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongState {
    /// For a person.
    pub text: String,
    /// For programs; none = no file is concerned.
    pub kind: Option<StateErrorKind>,
}

impl WrongState {
    /// With its kind.
    pub fn new(kind: StateErrorKind, text: String) -> Self {
        Self { text, kind: Some(kind) }
    }

    /// The same, followed by more text.
    #[must_use]
    pub fn followed_by(self, more: &str) -> Self {
        Self { text: self.text + more, ..self }
    }
}

impl From<String> for WrongState {
    fn from(text: String) -> Self {
        Self { text, kind: None }
    }
}

impl StateError {
    /// A mistake of the set-up: it says nothing about the receiver.
    pub fn is_setup(&self) -> bool {
        !matches!(self, Self::Wrong(_) | Self::NotYet(_))
    }

    /// Kind of the error, for programs; none = no file is concerned.
    pub fn kind(&self) -> Option<StateErrorKind> {
        match self {
            Self::NotYet(wrong) | Self::Wrong(wrong) => wrong.kind.clone(),
            _ => None,
        }
    }

    /// The answer is one page of several.
    pub fn is_paged(&self) -> bool {
        matches!(self, Self::NotAList { page: Some(_), .. })
    }

    /// Place of the list, as JSONPath, where the answer shows it.
    pub fn list_place(&self) -> Option<&str> {
        match self {
            Self::NotAList { hint, .. } | Self::NothingThere { hint, .. } => hint.as_deref(),
            _ => None,
        }
    }

    /// The error, and what names the place of the list: a flag where one asked for the state, else a key of the scenario.
    pub fn advised(&self, by_flag: bool) -> String {
        let advice = match (self.list_place(), self) {
            (Some(path), _) if by_flag => {
                format!("; the list seems to be at {path}: --state-path {}", shell_word(path))
            }
            (Some(path), _) => format!("; the list seems to be at {path}: name it as `path` beside `once`"),
            (None, Self::NotAList { .. }) if by_flag => {
                "; --state-path JSONPATH says where the list is, such as '$.data.list'".into()
            }
            (None, Self::NotAList { .. }) => {
                "; `path` beside `once` says where the list is, such as $.data.list".into()
            }
            (None, Self::Unasked(why)) if why.contains("connection refused") => {
                ". Is the receiver running? `--wait-for 30s` waits for it.".into()
            }
            (None, _) => String::new(),
        };
        format!("{self}{advice}")
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unasked(why) => write!(f, "the state could not be read: {why}"),
            Self::NotYet(wrong) | Self::Wrong(wrong) => f.write_str(&wrong.text),
            Self::Unreadable { got } if got.trim().is_empty() => {
                f.write_str("the state is an empty answer, not JSON")
            }
            Self::Unreadable { got } => write!(f, "the state is not JSON: {got}"),
            Self::NotAList { kind, got, page, .. } => {
                let pages = page.as_deref().map_or_else(String::new, pages);
                write!(f, "the state is {kind}, not a list: {got}{pages}")
            }
            Self::NothingThere { path, got, .. } => {
                write!(f, "there is nothing at {path} in the state: {got}")
            }
        }
    }
}
