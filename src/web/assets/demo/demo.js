// The demo page: an issue, its chat, and the events between them.
//
// It talks to its own origin only. The server's side of the contract:
//
//   GET /demo/state -> {
//     urls:   { login_jira, login_microsoft },
//     people: [{ id, name, jira: bool, microsoft: bool, login_jira?: url, login_microsoft?: url }],
//     projects: [{ key, name }],
//     issues: [{ key, summary, status, url?, description_html,
//                comments: [{ id, author, html, text, files: [{ name, url, picture: bool }], created: ms,
//                edited?: bool, restricted?: text }] }],
//     chats:  [{ id, topic, url?, members: [name],
//                messages: [{ id, sender, bot?: bool, html, text, files, quote?: text, card?: text, created: ms,
//                             edited?: bool, deleted?: bool }] }],
//     events: [event], oldest first
//   }
//   event = { id, at: ms, direction: "to_chat" | "to_issue" | "command" | "create" | other,
//             source: text, reason: text, took_ms: number | null,
//             state: "done" | "ready" | "throttled" | "retrying" | "waiting" | "paused" | "failed" | "ignored", comment?: id, message?: id, issue?: key }
//   GET /demo/feed  -> server-sent events; data is one of
//     { type: "event", event }    a new event, or a known one (same id) that went on
//     { type: "issue", issue }, { type: "chat", chat }, { type: "person", person }    replace by key or id
//     { type: "changed" }         anything else: the page reads /demo/state again
//   POST /demo/comment { person, issue, text }
//   POST /demo/message { person, chat, text, mention_bot: bool }
//   POST /demo/create  { person, chat, message_id, project, summary }
//   POST /demo/comment/edit { person, place: issue, id, text, restricted: bool }, /demo/comment/delete
//   POST /demo/message/edit { person, place: chat, id, text }, /demo/message/delete, /demo/message/undelete
//     -> 2xx, or 4xx/5xx with { error: "one sentence" }
//
// People are named by `id`; authors, senders and members by name. `html` is shown after
// everything but a few harmless tags has been taken out of it.
"use strict";

const $ = id => document.getElementById(id);
const state = { urls: {}, people: [], projects: [], issues: [], chats: [], events: [] };
const chosen = { issue: null, chat: null };
const seen = new Set();
let first = true;

// ---- building blocks -------------------------------------------------------------------

function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}

function avatar(name, bot) {
  const face = make("span", bot ? "avatar bot" : "avatar", bot ? "T" : name.split(/\s+/).slice(0, 2).map(word => word[0] ?? "").join("").toUpperCase());
  let hue = 7;
  for (const character of name) hue = (hue * 31 + character.codePointAt(0)) % 360;
  face.style.setProperty("--hue", hue);
  face.setAttribute("aria-hidden", "true");
  return face;
}

function when(at, withSeconds) {
  const date = new Date(at);
  const time = make("time");
  time.dateTime = date.toISOString();
  time.title = date.toLocaleString([], { dateStyle: "full", timeStyle: "long" });
  const today = date.toDateString() === new Date().toDateString();
  time.textContent = withSeconds || today
    ? date.toLocaleTimeString([], { timeStyle: withSeconds ? "medium" : "short" })
    : date.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  return time;
}

const HARMLESS = new Set(["P", "DIV", "BR", "STRONG", "B", "EM", "I", "U", "S", "UL", "OL", "LI", "BLOCKQUOTE", "PRE", "CODE", "H1", "H2", "H3", "H4", "TABLE", "TBODY", "TR", "TD", "TH", "HR", "SPAN", "A"]);

/** Foreign HTML as nodes: harmless tags without attributes, safe links, mentions, text. */
function harmless(html) {
  const parsed = new DOMParser().parseFromString(html ?? "", "text/html");
  const copy = node => {
    if (node.nodeType === Node.TEXT_NODE) return [node.textContent];
    if (node.nodeType !== Node.ELEMENT_NODE || ["SCRIPT", "STYLE"].includes(node.tagName)) return [];
    const children = [...node.childNodes].flatMap(copy);
    if (!HARMLESS.has(node.tagName)) return children;
    const element = make(node.tagName.toLowerCase(), node.classList.contains("mention") ? "mention" : "", ...children);
    const href = node.getAttribute("href") ?? "";
    if (node.tagName === "A" && /^https?:/.test(href)) Object.assign(element, { href, target: "_blank", rel: "noopener noreferrer" });
    return [element];
  };
  return [...parsed.body.childNodes].flatMap(copy);
}

/** The pictures and files beneath words, or nothing. */
function beneath(files) {
  const shown = (files ?? []).filter(({ url }) => /^https?:/.test(url)).map(({ name, url, picture }) => {
    const inside = picture ? Object.assign(new Image(), { src: url, alt: name }) : name;
    return Object.assign(make("a", "", inside), { href: url, target: "_blank", rel: "noopener noreferrer" });
  });
  return shown.length ? make("div", "files", ...shown) : null;
}

function options(select, entries, wanted) {
  const value = wanted ?? select.value;
  select.replaceChildren(...entries.map(([id, label]) => new Option(label, id)));
  if (entries.some(([id]) => id === value)) select.value = value;
}

/** Keeps what is shown, adds and replaces only what differs: focus and scrolling stay. */
function sync(list, entries, key, print, build) {
  const old = new Map([...list.children].map(child => [child.dataset.key, child]));
  const wanted = entries.map(entry => {
    const id = `${key(entry)}`;
    const shown = old.get(id);
    const text = print(entry);
    if (shown?.dataset.print === text) return shown;
    const element = build(entry);
    element.dataset.key = id;
    element.dataset.print = text;
    if (!first && !seen.has(list.id + id)) element.classList.add("fresh");
    seen.add(list.id + id);
    return element;
  });
  const keep = new Set(wanted);
  const stale = [...list.children].filter(child => !keep.has(child));
  stale.forEach(child => child.remove());
  let changed = stale.length > 0;
  wanted.forEach((element, place) => {
    if (list.children[place] === element) return;
    list.insertBefore(element, list.children[place] ?? null);
    changed = true;
  });
  return changed;
}

function complain(text) {
  $("notice").textContent = text ?? "";
  $("notice").hidden = !text;
}

// ---- drawing ---------------------------------------------------------------------------

function drawPeople() {
  const pill = (person, side, label) => {
    if (person[side]) {
      const done = make("span", "login done", `${label} ✓`);
      done.title = `${person.name} is logged in with ${label}`;
      return done;
    }
    const link = make("a", "login", `Log in: ${label}`);
    const address = new URL(person[`login_${side}`] ?? state.urls[`login_${side}`] ?? `/login/${side}`, location.href);
    if (!person[`login_${side}`]) address.searchParams.set("login_as", person.id);
    Object.assign(link, { href: address.href, target: "_blank", rel: "noopener" });
    link.setAttribute("aria-label", `Log ${person.name} in with ${label}, in a new window`);
    return link;
  };
  $("people").replaceChildren(...state.people.map(person =>
    make("div", "person", avatar(person.name), make("div", "", make("strong", "", person.name),
      make("div", "logins", pill(person, "jira", "Jira"), pill(person, "microsoft", "Microsoft"))))));
  const everybody = state.people.map(person => [person.id, person.name]);
  options($("comment-person"), everybody);
  const chat = current("chats", "id", chosen.chat);
  const members = chat ? state.people.filter(person => chat.members.includes(person.name)).map(person => [person.id, person.name]) : everybody;
  options($("message-person"), members);
  options($("create-person"), members);
}

const current = (list, key, id) => state[list].find(entry => entry[key] === id) ?? state[list][0];

function link(anchor, url) {
  anchor.hidden = !url;
  if (url) anchor.href = url;
}

function drawIssue() {
  const issue = current("issues", "key", chosen.issue);
  $("issue-picker").hidden = state.issues.length < 2;
  if (!issue) {
    $("issue-title").textContent = "No issue yet";
    return;
  }
  options($("issue-picker"), state.issues.map(each => [each.key, `${each.key} ${each.summary}`]), issue.key);
  $("issue-key").textContent = issue.key;
  $("issue-title").textContent = issue.summary;
  $("issue-status").textContent = issue.status ?? "";
  link($("issue-page"), issue.url);
  const description = harmless(issue.description_html);
  $("description").replaceChildren(...(description.length ? description : [make("span", "empty", "No description.")]));
  $("comment-count").textContent = issue.comments.length;
  const atEnd = nearEnd($("issue-scroll"));
  const changed = sync($("comments"), issue.comments, comment => comment.id, JSON.stringify, comment =>
    make("li", "entry", avatar(comment.author), make("div", "",
      make("div", "who", make("strong", "", comment.author), when(comment.created),
        comment.edited ? make("span", "tag", "edited") : null,
        comment.restricted ? make("span", "tag", `only ${comment.restricted}`) : null),
      make("div", "body", ...harmless(comment.html)), beneath(comment.files),
      deeds("comment", issue.key, comment, comment.author))));
  if (changed && (atEnd || first)) $("issue-scroll").scrollTop = $("issue-scroll").scrollHeight;
}

const nearEnd = box => box.scrollHeight - box.scrollTop - box.clientHeight < 80;

function drawChat() {
  const chat = current("chats", "id", chosen.chat);
  $("chat-picker").hidden = state.chats.length < 2;
  if (!chat) {
    $("chat-title").textContent = "No chat yet";
    return;
  }
  options($("chat-picker"), state.chats.map(each => [each.id, each.topic]), chat.id);
  $("chat-title").textContent = chat.topic;
  $("chat-members").textContent = chat.members.join(", ");
  link($("chat-page"), chat.url);
  const me = state.people.find(person => person.id === $("message-person").value)?.name;
  const atEnd = nearEnd($("messages"));
  const changed = sync($("messages"), chat.messages, message => message.id, message => JSON.stringify([message, message.sender === me]), message => {
    const bubble = message.deleted
      ? make("div", "bubble gone", "This message was deleted.")
      : make("div", "bubble", message.quote ? make("blockquote", "", message.quote) : null,
        make("div", "body", ...harmless(message.html)), beneath(message.files), message.card ? make("blockquote", "", message.card) : null);
    const create = make("button", "make", "Create issue from this message");
    create.type = "button";
    create.addEventListener("click", () => askToCreate(chat, message, bubble.textContent));
    const row = message.bot ? null : deeds("message", chat.id, message, message.sender);
    if (row && !message.deleted) row.prepend(create);
    return make("li", message.sender === me && !message.bot ? "entry mine" : "entry", avatar(message.sender, message.bot),
      make("div", "", make("div", "who", make("strong", "", message.sender), when(message.created),
        message.edited ? make("span", "tag", "edited") : null), bubble, row));
  });
  if (changed && (atEnd || first)) $("messages").scrollTop = $("messages").scrollHeight;
}

/** What the author of a comment or a message can do with it. */
function deeds(kind, place, entry, author) {
  const own = { person: state.people.find(person => person.name === author)?.id, place, id: entry.id };
  const button = (name, act) => {
    const made = make("button", "make", name);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  };
  if (entry.deleted) return make("div", "deeds", button("Undo", () => post(`/demo/${kind}/undelete`, own)));
  return make("div", "deeds", button("Edit", () => askToEdit(kind, own, entry)), button("Delete", () => post(`/demo/${kind}/delete`, own)));
}

function askToEdit(kind, own, entry) {
  const dialog = $("edit");
  $("edit-title").textContent = `Edit this ${kind}`;
  $("edit-text").value = entry.text;
  $("edit-audience").hidden = kind !== "comment";
  $("edit-restricted").checked = Boolean(entry.restricted);
  dialog.returnValue = "";
  dialog.onclose = () => {
    if (dialog.returnValue !== "save") return;
    post(`/demo/${kind}/edit`, { ...own, text: $("edit-text").value.trim(), restricted: $("edit-restricted").checked });
  };
  dialog.showModal();
  $("edit-text").select();
}

const ARROWS = { to_chat: ["→", "From the issue to the chat"], to_issue: ["←", "From the chat to the issue"], command: ["/", "A command"], create: ["+", "A new issue"] };
const TOOK = { ready: "in work", throttled: "held back", retrying: "tried again", ignored: "no change" };

function took(event) {
  if (event.state !== "done") return TOOK[event.state] ?? event.state;
  return event.took_ms === null || event.took_ms === undefined ? "done" : `${event.took_ms < 10 ? event.took_ms.toFixed(1) : Math.round(event.took_ms)} ms`;
}

function drawEvents() {
  const newest = state.events.slice(-200).reverse();
  if (!newest.length) {
    $("events").replaceChildren(make("li", "empty", "Write on either side. Each event appears here with its direction, its reason and its time."));
  } else {
    sync($("events"), newest, event => event.id, JSON.stringify, event => {
      const [glyph, meaning] = ARROWS[event.direction] ?? ["·", "No relay"];
      const arrow = make("span", "arrow", glyph);
      arrow.title = meaning;
      arrow.setAttribute("role", "img");
      arrow.setAttribute("aria-label", meaning);
      const button = make("button", `event ${ARROWS[event.direction] ? event.direction : ""} ${event.state}`, arrow,
        make("span", "reason", event.reason), make("span", "took", took(event)), make("span", "source", event.source), when(event.at, true));
      button.type = "button";
      button.title = "Show what it was about";
      button.addEventListener("click", () => show(event));
      return make("li", "", button);
    });
  }
  const times = state.events.filter(event => event.state === "done" && ["to_chat", "to_issue"].includes(event.direction) && event.took_ms >= 0)
    .map(event => event.took_ms).sort((a, b) => a - b);
  $("stats").textContent = times.length ? `${times.length} relayed, half of them within ${times[Math.floor(times.length / 2)].toFixed(times[0] < 10 ? 1 : 0)} ms` : "";
}

/** Points at the comment and the message of an event. */
function show(event) {
  if (event.issue) chosen.issue = event.issue;
  draw();
  for (const [list, id] of [["comments", event.comment], ["messages", event.message]]) {
    const target = id && [...$(list).children].find(child => child.dataset.key === `${id}`);
    if (!target) continue;
    target.scrollIntoView({ block: "center", behavior: "smooth" });
    target.classList.remove("flash");
    void target.offsetWidth;
    target.classList.add("flash");
  }
}

function drawCommands() {
  const project = state.projects[0]?.key ?? state.issues[0]?.key.split("-")[0] ?? "ABC";
  const key = state.issues[0]?.key ?? `${project}-1`;
  const commands = [`create ${project} `, `link ${key}`, "status", "help"];
  $("commands").replaceChildren(...commands.map(command => {
    const chip = make("button", "", `@Threadline ${command.trim()}${command.endsWith(" ") ? " …" : ""}`);
    chip.type = "button";
    chip.addEventListener("click", () => {
      $("message-text").value = `@Threadline ${command}`;
      $("message-text").focus();
    });
    return chip;
  }));
}

function draw() {
  drawPeople();
  drawIssue();
  drawChat();
  drawEvents();
}

// ---- talking to the server -------------------------------------------------------------

async function post(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })
    .catch(() => null);
  if (answer?.ok) {
    complain();
    return true;
  }
  const problem = await answer?.json().catch(() => null);
  complain(problem?.error ?? problem?.detail ?? (answer ? `The server answered ${answer.status}. Look at its log.` : "The server does not answer. Is the demo still running?"));
  return false;
}

async function load() {
  const answer = await fetch("/demo/state").catch(() => null);
  if (!answer?.ok) {
    complain("The demo does not answer. Is it still running?");
    return;
  }
  Object.assign(state, await answer.json());
  complain();
  drawCommands();
  draw();
  first = false;
}

let reload = 0;
function loadSoon() {
  clearTimeout(reload);
  reload = setTimeout(load, 60);
}

function replace(list, key, entry) {
  const place = state[list].findIndex(each => each[key] === entry[key]);
  if (place < 0) state[list].push(entry);
  else state[list][place] = entry;
}

function listen() {
  const source = new EventSource("/demo/feed");
  let broken = false;
  source.onmessage = message => {
    const news = JSON.parse(message.data);
    if (news.type === "event") replace("events", "id", news.event);
    else if (news.type === "issue") replace("issues", "key", news.issue);
    else if (news.type === "chat") replace("chats", "id", news.chat);
    else if (news.type === "person") replace("people", "id", news.person);
    else return loadSoon();
    draw();
  };
  source.onerror = () => {
    broken = true;
    complain("The connection to the demo is lost. Trying again …");
  };
  // What happened while the feed was away is read as a whole.
  source.onopen = () => {
    if (broken) load();
    broken = false;
  };
}

// ---- people write ----------------------------------------------------------------------

async function submit(form, box, send) {
  const text = box.value.trim();
  if (!text) return;
  const button = form.querySelector("button.main");
  button.disabled = true;
  if (await send(text)) box.value = "";
  button.disabled = false;
  box.focus();
}

$("comment-form").addEventListener("submit", event => {
  event.preventDefault();
  submit(event.target, $("comment-text"), text =>
    post("/demo/comment", { person: $("comment-person").value, issue: current("issues", "key", chosen.issue)?.key, text }));
});

$("message-form").addEventListener("submit", event => {
  event.preventDefault();
  submit(event.target, $("message-text"), text => {
    const command = text.replace(/^@threadline\s*/i, "");
    return post("/demo/message", { person: $("message-person").value, chat: current("chats", "id", chosen.chat)?.id, text: command, mention_bot: command !== text });
  });
});

for (const [box, alone] of [["comment-text", false], ["message-text", true]]) {
  $(box).addEventListener("keydown", event => {
    if (event.key !== "Enter" || event.isComposing || event.shiftKey) return;
    if (alone || event.ctrlKey || event.metaKey) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });
}

$("message-person").addEventListener("change", drawChat);
$("issue-picker").addEventListener("change", event => { chosen.issue = event.target.value; drawIssue(); });
$("chat-picker").addEventListener("change", event => { chosen.chat = event.target.value; draw(); });

function askToCreate(chat, message, text) {
  const dialog = $("create");
  const projects = state.projects.length ? state.projects : [{ key: state.issues[0]?.key.split("-")[0] ?? "", name: "" }];
  options($("create-project"), projects.map(project => [project.key, `${project.key} ${project.name}`.trim()]));
  options($("create-person"), [...$("message-person").options].map(option => [option.value, option.label]), $("message-person").value);
  $("create-quote").textContent = text;
  $("create-summary").value = text.split("\n")[0].slice(0, 255);
  dialog.returnValue = "";
  dialog.onclose = () => {
    if (dialog.returnValue !== "create") return;
    post("/demo/create", { person: $("create-person").value, chat: chat.id, message_id: message.id, project: $("create-project").value, summary: $("create-summary").value.trim() });
  };
  dialog.showModal();
  $("create-summary").select();
}

// A login happens in another window; on return its result may already be there.
window.addEventListener("focus", loadSoon);
load();
listen();
