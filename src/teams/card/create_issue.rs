//! The form of the message action: a new issue, filled in from a message.

use serde_json::{Value, json};

use super::{Action, Choice, Element, card};

/// The `verb` in the data of a submitted form.
pub const CREATE_ISSUE_VERB: &str = "createIssue";

/// Jira's limit for a summary.
const SUMMARY_LENGTH: u32 = 255;

/// What fits into a card without making it too large; Jira would take 32,767.
const DESCRIPTION_LENGTH: u32 = 10_000;

/// A form for a new issue. What comes back has `project`, `issueType`, `summary`,
/// `description`, the `verb` and whatever `data` holds.
pub struct CreateIssueForm<'a> {
    /// Projects to choose from, by key.
    pub projects: &'a [Choice],
    /// The project that is chosen at first.
    pub project: Option<&'a str>,
    /// Issue types to choose from, by name, since ids differ between projects.
    pub issue_types: &'a [Choice],
    /// The type that is chosen at first.
    pub issue_type: Option<&'a str>,
    /// The summary to begin with, at most 255 characters.
    pub summary: &'a str,
    /// The description to begin with, at most 10,000 characters.
    pub description: &'a str,
    /// What went wrong with the last try, in one sentence.
    pub problem: Option<&'a str>,
    /// Data of the caller that comes back with the form, an object.
    pub data: Value,
}

impl CreateIssueForm<'_> {
    /// The form as an Adaptive Card.
    pub fn card(&self) -> Value {
        let mut body: Vec<Element<'_>> = self.problem.map(Element::text).into_iter().collect();
        body.extend([
            Element::ChoiceSet {
                id: "project",
                label: "Project",
                choices: self.projects,
                value: self.project,
                style: "filtered",
                is_required: true,
                error_message: "Choose a project.",
            },
            Element::ChoiceSet {
                id: "issueType",
                label: "Type",
                choices: self.issue_types,
                value: self.issue_type,
                style: "compact",
                is_required: true,
                error_message: "Choose a type.",
            },
            Element::TextInput {
                id: "summary",
                label: "Summary",
                value: self.summary,
                max_length: SUMMARY_LENGTH,
                is_multiline: false,
                is_required: true,
                error_message: Some("Say in a line what it is about."),
            },
            Element::TextInput {
                id: "description",
                label: "Description",
                value: self.description,
                max_length: DESCRIPTION_LENGTH,
                is_multiline: true,
                is_required: false,
                error_message: None,
            },
        ]);
        card(&body, &[Action::Submit { title: "Create", data: self.submit_data() }])
    }

    fn submit_data(&self) -> Value {
        let mut data = self.data.as_object().cloned().unwrap_or_default();
        data.insert("verb".to_owned(), json!(CREATE_ISSUE_VERB));
        Value::Object(data)
    }
}
