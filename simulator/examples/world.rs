//! A small world to look at in a browser: an issue, a chat, three people. Ends on Ctrl-C.

use threadline_simulator::{
    ChatKind, CommentDraft, IssueDraft, MessageDraft, Options, Person, ProjectKind, Simulator,
};

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example talks to the person who started it")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let simulator = Simulator::start(Options::default()).await?;
    simulator.jira_app("jira-client", "jira-secret", &["http://127.0.0.1:8080/login/jira/callback"]);
    simulator.microsoft_app("bot", "secret", &["http://127.0.0.1:8080/login/microsoft/callback"], "tenant");
    for name in ["Ann Archer", "Ben Bower", "Cleo Crane"] {
        simulator.add_person(Person::named(name));
    }
    simulator.add_site("cloud-1", "example")?;
    simulator.add_project("cloud-1", "ABC", "Alphabet", ProjectKind::Software, &["Task", "Bug"])?;
    let chat = simulator.add_chat("Alphabet team", &["Ann Archer", "Ben Bower"], ChatKind::Group)?;
    let mut draft = IssueDraft::new("ABC", "Login fails after a password change");
    "People who change their password are logged out.\nThey can't log in again for an hour."
        .clone_into(&mut draft.description);
    let issue = simulator.create_issue("Ann Archer", draft)?;
    simulator.comment("Ann Archer", &issue.key, "It happens on Mondays only.")?;
    simulator.comment(
        "Ben Bower",
        &issue.key,
        CommentDraft::adf(serde_json::json!({"type": "doc", "version": 1, "content": [
            {"type": "paragraph", "content": [{"type": "text", "text": "The cache lives "},
                {"type": "text", "text": "60 minutes", "marks": [{"type": "strong"}]},
                {"type": "text", "text": ", see "},
                {"type": "text", "text": "session.rs", "marks": [{"type": "code"}]}]},
            {"type": "codeBlock", "attrs": {"language": "rust"}, "content": [
                {"type": "text", "text": "const LIFE: Duration = Duration::from_secs(3600);"}]}]})),
    )?;
    let first = simulator.send_message("Ann Archer", &chat, "Has anybody seen ABC-1?")?;
    simulator.send_message(
        "Ben Bower",
        &chat,
        MessageDraft::html("<p><at>Ann Archer</at> yes, <b>now</b> I have:</p><ul><li>clear the cache</li><li>try again</li></ul>")
            .quoting(&first),
    )?;
    simulator.react("Ann Archer", &chat, &first, "👍")?;
    let urls = simulator.urls();
    println!("issue:   {}browse/{}", urls.site_url, issue.key);
    println!("chats:   {}", urls.teams_web_url);
    println!("control: {}world", urls.control_url);
    println!(
        "consent: {}authorize?audience=api.atlassian.com&client_id=jira-client&scope=read%3Ajira-work%20offline_access\
         &redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2Flogin%2Fjira%2Fcallback&state=s&response_type=code&prompt=consent",
        urls.auth_url
    );
    tokio::signal::ctrl_c().await?;
    simulator.stop().await;
    Ok(())
}
