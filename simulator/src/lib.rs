//! Stateful, strict stand-ins for Jira Cloud, Atlassian's login, Entra ID, Microsoft Graph,
//! the Bot Connector and its `OpenID` metadata, on loopback.
//!
//! One listener per real host, so that paths are exactly the real ones; one world behind
//! them; people's pages, a control API, and faults on demand. What the platforms publish is
//! followed; where they publish nothing, the item's own comment says what was chosen.
//!
//! ```no_run
//! # async fn story() -> Result<(), Box<dyn std::error::Error>> {
//! use threadline_simulator::{ChatKind, IssueDraft, Options, Person, ProjectKind, Simulator};
//!
//! let simulator = Simulator::start(Options::default()).await?;
//! simulator.jira_app("jira-client", "jira-secret", &["http://127.0.0.1:8080/login/jira/callback"]);
//! simulator.microsoft_app("bot-id", "secret", &["http://127.0.0.1:8080/login/microsoft/callback"], "tenant-id");
//! simulator.add_person(Person::named("Ann"));
//! simulator.add_site("cloud-1", "example")?;
//! simulator.add_project("cloud-1", "ABC", "Alphabet", ProjectKind::Software, &["Task", "Bug"])?;
//! let chat = simulator.add_chat("Alphabet", &["Ann"], ChatKind::Group)?;
//! simulator.install_bot(&chat)?;
//! let issue = simulator.create_issue("Ann", IssueDraft::new("ABC", "Login fails"))?;
//! simulator.comment("Ann", &issue.key, "It fails on Mondays")?;
//! # Ok(())
//! # }
//! ```
//!
//! A person is named by name, account id, object id or e-mail address. A test logs a person
//! in with [`Simulator::consent`], or by a POST of the consent form itself.

mod ambient;
mod delivery;
mod escape;
mod faults;
mod gate;
mod hosts;
mod jira;
mod journal;
mod keys;
mod limits;
mod options;
mod people;
mod platforms;
mod recorder;
mod refusal;
mod server;
mod simulator;
mod teams;

pub use delivery::{Delivery, DeliveryState, Receiver};
pub use faults::{DeliveryFault, DeliveryTrouble, Fault, Moment, Trouble};
pub use jira::dynamic::DynamicWebhook;
pub use jira::model::{Comment, Issue, IssueType, Project, ProjectKind, RemoteLink, Visibility};
pub use journal::{Change, Entry, Origin};
pub use limits::{Limit, LimitUse};
pub use options::{Options, Ports, StartError, Urls};
pub use people::{AccountKind, Identity, Person};
pub use recorder::{CallCount, Host};
pub use refusal::Refusal;
pub use simulator::{CommentDraft, FileDraft, IssueDraft, KeptFile, MessageDraft, Simulator};
pub use teams::channel::{Channel, Team, Thread};
pub use teams::model::{Chat, ChatKind, Member, Message, Reaction, Sender};
pub use teams::subscription::{Forgery, LifecycleEvent, Subscription};
