// Shows times in the reader's zone, and keeps the part with id "live" up to date with the
// changes that concern this page's issue or chat.
function times() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    time.textContent = new Date(time.dateTime).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  }
}
const { feed, issue, chat } = document.body.dataset;
let waiting = 0;
new EventSource(feed).onmessage = event => {
  const change = JSON.parse(event.data);
  if (issue ? change.issue !== issue : change.chat !== chat) return;
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
    document.getElementById("live").replaceWith(page.getElementById("live"));
    times();
    document.dispatchEvent(new Event("live"));
  }, 60);
};
times();
