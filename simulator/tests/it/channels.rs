//! Teams with channels: threads, who reads and writes them, and what the bot hears of.

use serde_json::{Value, json};
use threadline_simulator::{MessageDraft, Team};

use crate::stage::{Stage, read};

const SCOPES: &str = "ChannelMessage.Send ChannelMessage.Read.All";

fn team_of(stage: &Stage) -> Team {
    stage.simulator.add_team("Alphabet", &["Ann", "Ben"], &["General", "Builds"]).expect("a team")
}

/// Where Graph keeps the messages of the team's second channel.
fn messages(team: &Team) -> String {
    format!("teams/{}/channels/{}/messages", team.group_id, team.channels[1].id)
}

async fn get(stage: &Stage, token: &str, path: &str) -> (u16, Value) {
    read(stage.http.get(stage.graph(path)).bearer_auth(token).send().await).await
}

async fn post(stage: &Stage, url: String, token: &str, body: Value) -> (u16, Value) {
    read(stage.http.post(url).bearer_auth(token).json(&body).send().await).await
}

#[tokio::test]
async fn the_bot_hears_every_message_of_a_team_and_answers_in_the_thread() {
    let stage = Stage::open().await;
    let team = team_of(&stage);
    stage.simulator.install_bot_in_team(&team.group_id).expect("installed");
    let channel = &team.channels[1].id;
    let thread =
        stage.simulator.start_thread("Ann", channel, MessageDraft::to_bot("link ABC-1")).expect("a thread");
    stage.settle().await;
    let heard = stage.receiver.arrived();
    let of_kind = |kind: &str| &heard.iter().find(|one| one.body["type"] == kind).expect("it is told").body;
    assert_eq!(of_kind("installationUpdate")["conversation"]["id"], json!(team.id));
    let said = of_kind("message");
    let root = said["id"].as_str().expect("an id");
    assert_eq!(said["conversation"]["id"], json!(format!("{channel};messageid={root}")));
    assert_eq!(said["conversation"]["id"], json!(thread));
    assert_eq!(said["conversation"]["conversationType"], "channel");
    assert_eq!(said["channelData"]["team"]["aadGroupId"], json!(team.group_id));
    assert_eq!(said["channelData"]["channel"]["id"], json!(channel));

    let bot = stage.bot_token().await;
    let url = stage.service(&format!("v3/conversations/{}/activities", thread.replace(';', "%3B")));
    let (status, _) = post(&stage, url, &bot, json!({"type": "message", "text": "linked"})).await;
    assert_eq!(status, 201);
    let texts: Vec<String> =
        stage.simulator.messages(&thread).iter().map(threadline_simulator::Message::text).collect();
    assert_eq!(texts.len(), 2);
    assert_eq!(texts[1], "linked");
    stage.simulator.react("Ben", &thread, &stage.simulator.messages(&thread)[1].id, "like").expect("reacted");
    stage.simulator.react("Ben", &thread, root, "heart").expect("reacted");
    stage.settle().await;
    let reactions: Vec<Value> = stage.receiver.arrived().into_iter().map(|arrival| arrival.body).collect();
    let reactions: Vec<&Value> = reactions.iter().filter(|body| body["type"] == "messageReaction").collect();
    assert_eq!(reactions.len(), 1, "only reactions to the bot's own messages are told");
    assert_eq!(reactions[0]["reactionsAdded"], json!([{"type": "like"}]));
}

#[tokio::test]
async fn a_bot_starts_a_thread_by_writing_to_the_channel() {
    let stage = Stage::open().await;
    let team = team_of(&stage);
    let bot = stage.bot_token().await;
    let url = || stage.service("v3/conversations");
    let new = json!({"isGroup": true, "channelData": {"channel": {"id": team.channels[1].id}},
        "activity": {"type": "message", "text": "a report"}});
    assert_eq!(post(&stage, url(), &bot, new.clone()).await.0, 403, "the bot is not installed");
    stage.simulator.install_bot_in_team(&team.group_id).expect("installed");
    let (status, answer) = post(&stage, url(), &bot, new).await;
    assert_eq!(status, 201, "{answer}");
    let thread = answer["id"].as_str().expect("an id");
    assert!(thread.ends_with(&format!(";messageid={}", answer["activityId"].as_str().expect("an id"))));
    assert_eq!(stage.simulator.messages(thread).len(), 1);
}

#[tokio::test]
async fn people_write_with_a_scope_and_apps_read_with_the_teams_consent() {
    let stage = Stage::open().await;
    let team = team_of(&stage);
    let thread = stage.simulator.start_thread("Ann", &team.channels[1].id, "first").expect("a thread");
    let root = thread.rsplit('=').next().expect("a root");
    let replies = format!("{}/{root}/replies", messages(&team));
    let html = |text: &str| json!({"body": {"contentType": "html", "content": text}});
    let (plain, _) = stage.simulator.issue_graph_tokens("Ben", "Chat.ReadWrite").expect("tokens");
    let (ben, _) = stage.simulator.issue_graph_tokens("Ben", SCOPES).expect("tokens");
    let (cleo, _) = stage.simulator.issue_graph_tokens("Cleo", SCOPES).expect("tokens");
    assert_eq!(post(&stage, stage.graph(&replies), &plain, html("no")).await.0, 403, "no scope");
    assert_eq!(post(&stage, stage.graph(&replies), &cleo, html("no")).await.0, 403, "not in the team");
    let (status, written) = post(&stage, stage.graph(&replies), &ben, html("second")).await;
    assert_eq!(status, 201, "{written}");
    assert_eq!((&written["replyToId"], &written["chatId"]), (&json!(root), &Value::Null));
    assert_eq!(written["channelIdentity"]["teamId"], json!(team.group_id));

    let app = stage.graph_app_token().await;
    assert_eq!(get(&stage, &app, &replies).await.0, 403, "the team has not consented");
    stage.simulator.install_bot_in_team(&team.group_id).expect("installed");
    let (status, list) = get(&stage, &app, &replies).await;
    assert_eq!((status, list["value"].as_array().map(Vec::len)), (200, Some(1)), "the root is no reply");
    assert_eq!(get(&stage, &app, &format!("{replies}?$orderby=createdDateTime desc")).await.0, 400);
    let (_, roots) = get(&stage, &app, &messages(&team)).await;
    assert_eq!(roots["value"][0]["id"], json!(root));
    let one = format!("{replies}/{}", written["id"].as_str().expect("an id"));
    assert_eq!(get(&stage, &app, &one).await.0, 200);
    assert_eq!(get(&stage, &app, &format!("chats/{thread}/messages")).await.0, 404, "a thread is no chat");
    let delete = stage.graph(&format!("{one}/softDelete"));
    assert_eq!(post(&stage, delete.clone(), &ben, json!({})).await.0, 403, "an admin's scope is missing");
    let (admin, _) = stage.simulator.issue_graph_tokens("Ben", "ChannelMessage.ReadWrite").expect("tokens");
    assert_eq!(post(&stage, delete, &admin, json!({})).await.0, 204);
    assert!(stage.simulator.messages(&thread)[1].deleted.is_some());
}

#[tokio::test]
async fn a_comment_may_answer_a_comment() {
    let stage = Stage::open().await;
    let first = stage.simulator.comment("Ann", &stage.issue, "one").expect("commented");
    let token = stage.jira_token("Ben");
    let url = stage.jira(&format!("issue/{}/comment", stage.issue));
    let new = |parent: Value| json!({"body": crate::stage::adf("two"), "parentId": parent});
    let (status, written) = post(&stage, url.to_string(), &token, new(json!(first))).await;
    assert_eq!(
        (status, written["parentId"].to_string()),
        (201, first),
        "written as digits, read as a number"
    );
    assert_eq!(post(&stage, url.to_string(), &token, new(json!(7))).await.0, 404, "no such comment");
}
