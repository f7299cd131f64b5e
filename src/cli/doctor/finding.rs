//! One finding of the doctor, and how it looks.

use std::fmt::Display;

use crate::call::CallError;
use crate::cli::terminal::{Style, Terminal};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is as it should be.
    Good,
    /// It works, or may work; somebody should look at it.
    Notice,
    /// It does not work until somebody does something.
    Bad,
}

/// One line of the report.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) verdict: Verdict,
    /// What was looked at.
    subject: String,
    /// What was found, and what to do.
    text: String,
}

impl Finding {
    pub(super) fn good(subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self { verdict: Verdict::Good, subject: subject.into(), text: text.into() }
    }

    pub(super) fn notice(subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self { verdict: Verdict::Notice, subject: subject.into(), text: text.into() }
    }

    pub(super) fn bad(subject: impl Into<String>, text: impl Display) -> Self {
        Self { verdict: Verdict::Bad, subject: subject.into(), text: text.to_string() }
    }

    /// What a call to a platform came to, where its failure has no special meaning.
    pub(super) fn of_failure(subject: &str, host: &str, error: &CallError) -> Self {
        match error {
            CallError::NotSent(_) => Self::unreachable(subject, host),
            CallError::Throttled { .. } => {
                Self::notice(subject, format!("{host} asks to wait; run this again in a minute"))
            }
            CallError::OutcomeUnknown { .. } => Self::bad(
                subject,
                format!(
                    "{host} does not answer clearly: {error}. Try again; if it stays so, look at the platform's status page"
                ),
            ),
            other => Self::bad(
                subject,
                format!(
                    "{host} answers in an unexpected way: {other}. Check the address in the configuration"
                ),
            ),
        }
    }

    pub(super) fn unreachable(subject: &str, host: &str) -> Self {
        Self::bad(
            subject,
            format!(
                "{host} can't be reached within five seconds; check the network, the proxy (HTTPS_PROXY) and the firewall of this machine"
            ),
        )
    }

    /// Writes the line: a sign where a person reads, a word where a program does.
    pub(super) fn tell(&self, terminal: &mut Terminal) -> std::io::Result<()> {
        let (style, sign, word) = match self.verdict {
            Verdict::Good => (Style::Good, "✔", "ok   "),
            Verdict::Notice => (Style::Notice, "!", "look "),
            Verdict::Bad => (Style::Bad, "✖", "FAIL "),
        };
        let mark = if terminal.is_interactive() { sign } else { word };
        let mark = terminal.paint(style, mark);
        terminal.line(format!("{mark} {}: {}", self.subject, self.text))
    }
}
