// A person tries the demo: logs in twice, writes on both sides, makes an issue of a message,
// and looks at the panel. Screenshots are left in tests/artifacts/.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { existsSync } from "node:fs";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const root = new URL("../../", import.meta.url).pathname;
const artifacts = `${root}tests/artifacts/`;
const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
assert(executablePath, "Chromium is not installed; tests/run installs it");

/** Starts the demo; gives the address that it says and a way to end it. */
async function startDemo() {
  const target = process.env.CARGO_TARGET_DIR ?? `${root}target`;
  const demo = spawn(`${target}/debug/threadline`, ["demo"], { stdio: ["ignore", "pipe", "inherit"] });
  const gone = new Promise(resolve => demo.once("exit", resolve));
  const lines = createInterface({ input: demo.stdout });
  const address = await new Promise((resolve, reject) => {
    lines.on("line", line => {
      const found = line.match(/http:\/\/127\.0\.0\.1:\d+\//);
      if (found) resolve(found[0]);
    });
    gone.then(() => reject(new Error("the demo ended before it said its address")));
  });
  const end = async () => {
    demo.kill("SIGINT");
    const code = await gone;
    assert.equal(code, 0, "the demo ends cleanly on Ctrl-C");
  };
  return { address, end };
}

const passed = [];
async function story(what, tell) {
  const began = Date.now();
  await tell();
  passed.push(what);
  console.log(`ok  ${String(Date.now() - began).padStart(5)} ms  ${what}`);
}

const demo = await startDemo();
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
const page = await context.newPage();
const troubles = [];
page.on("pageerror", error => troubles.push(`${error}`));
page.on("console", message => message.type() === "error" && troubles.push(message.text()));
// A busy machine takes its time.
context.setDefaultTimeout(60_000);

/** Logs a person in with one side, through the consent page in its own window. */
async function logIn(person, side) {
  const button = page.getByRole("link", { name: `Log ${person} in with ${side}` });
  const [consent] = await Promise.all([context.waitForEvent("page"), button.click()]);
  await consent.getByRole("button", { name: "Allow" }).click();
  await consent.getByRole("heading", { name: "Your connections" }).waitFor();
  const words = await consent.locator("body").innerText();
  await consent.close();
  return words;
}

async function write(form, person, text) {
  await page.locator(`#${form}-person`).selectOption({ label: person });
  await page.locator(`#${form}-text`).fill(text);
  await page.locator(`#${form}-form button.main`).click();
}

const message = text => page.locator("#messages li", { hasText: text });
const comment = text => page.locator("#comments li", { hasText: text });

try {
  await story("the page shows the issue, the chat and the people", async () => {
    await page.goto(demo.address);
    await page.getByRole("heading", { name: "The login page rejects correct passwords" }).waitFor();
    await page.getByText("Ann Archer").first().waitFor();
  });

  await story("a person logs in with both sides and is told that all is connected", async () => {
    await logIn("Ann Archer", "Jira");
    const words = await logIn("Ann Archer", "Microsoft");
    assert.match(words, /You are connected/);
    await page.getByTitle("Ann Archer is logged in with Microsoft").waitFor();
  });

  await story("a comment appears in the chat as its author", async () => {
    await write("comment", "Ann Archer", "It only fails with **umlauts**.");
    await message("It only fails with umlauts.").getByText("Ann Archer").waitFor();
    assert.equal(await message("umlauts").locator("strong", { hasText: "umlauts" }).count(), 1, "bold survives");
  });

  await story("the bot speaks for a person who is not connected", async () => {
    await write("comment", "Cleo Carter", "Same here since Monday.");
    await message("Same here since Monday.").getByText("Cleo Carter (Jira)").waitFor();
  });

  await story("a reply waits for its author's login, and then becomes a comment", async () => {
    await write("message", "Ben Baker", "I can reproduce it.");
    await message("connect your accounts once").waitFor();
    assert.equal(await comment("I can reproduce it.").count(), 0);
    await logIn("Ben Baker", "Jira");
    await logIn("Ben Baker", "Microsoft");
    await comment("I can reproduce it.").getByText("Ben Baker").waitFor();
  });

  await story("an edit, a deletion and its undoing travel both ways", async () => {
    const edit = async (entry, text, restricted) => {
      await entry.hover();
      await entry.getByRole("button", { name: "Edit" }).click();
      await page.locator("#edit-text").fill(text);
      if (restricted !== undefined) await page.locator("#edit-restricted").setChecked(restricted);
      await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    };
    await edit(comment("I can reproduce it."), "I can reproduce it, every time.");
    await message("I can reproduce it, every time.").getByText("edited").waitFor();
    await edit(message("It only fails with umlauts."), "It only fails with accents.");
    await comment("It only fails with accents.").getByText("edited").waitFor();

    const gone = page.locator("#messages li", { hasText: "This message was deleted." });
    await edit(comment("It only fails with accents."), "It only fails with a bad hash.", true);
    await gone.waitFor();
    assert.equal(await message("a bad hash").count(), 0, "a comment for some is not for the chat");
    await page.screenshot({ path: `${artifacts}demo-restricted.png` });
    await edit(comment("a bad hash"), "It only fails with umlauts.", false);
    await message("It only fails with umlauts.").waitFor();

    await message("I can reproduce it, every time.").hover();
    await message("I can reproduce it, every time.").getByRole("button", { name: "Delete" }).click();
    await comment("I can reproduce it, every time.").waitFor({ state: "detached" });
    await gone.hover();
    await gone.getByRole("button", { name: "Undo" }).click();
    await comment("I can reproduce it, every time.").getByText("Ben Baker").waitFor();
    await page.mouse.move(0, 0);
  });

  await story("a message becomes an issue through the message action", async () => {
    await write("message", "Ann Archer", "The printer is on fire again");
    const entry = message("The printer is on fire again").first();
    await entry.hover();
    await entry.getByRole("button", { name: /Create/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Create issue" }).click();
    await page.locator("#issue-picker option", { hasText: "The printer is on fire again" }).waitFor({ state: "attached" });
  });

  await story("events are shown with their reasons and times", async () => {
    const words = await page.locator("#events").innerText();
    for (const reason of ["relayed", "echo", "issue created", "updated", "removed", "restored", "taken out of the chat"]) assert(words.includes(reason), `'${reason}' is shown`);
    assert.match(words, /\d+\s*ms/);
  });

  await page.screenshot({ path: `${artifacts}demo.png` });

  await story("the panel shows the issue's chat to whom it may", async () => {
    const { urls } = await (await page.request.get(`${demo.address}demo/state`)).json();
    const panel = await context.newPage();
    await panel.goto(urls.panel);
    await panel.getByText("Alphabet team").waitFor();
    await panel.screenshot({ path: `${artifacts}panel.png` });
    await panel.close();
  });

  await story("a person reads what a chat allows, and lets comments wait for their authors", async () => {
    const { urls } = await (await page.request.get(`${demo.address}demo/state`)).json();
    const panel = await context.newPage();
    await panel.goto(urls.panel);
    await panel.getByText("What it allows").click();
    await panel.getByText("Comments for some people only stay in Jira.").waitFor();
    await panel.getByRole("link", { name: "Change" }).click();
    assert.equal(await panel.locator("select[name='show-internal']").count(), 0, "who reads what is for administrators");
    await panel.getByLabel("Comments of people who have not connected").selectOption("hold");
    await panel.screenshot({ path: `${artifacts}settings.png` });
    await panel.getByRole("button", { name: "Save" }).click();
    await panel.getByText("What it allows").click();
    await panel.getByText("Comments of people who have not connected wait for them.").waitFor();
    await write("comment", "Cleo Carter", "This one waits for me.");
    await comment("This one waits for me.").waitFor();
    for (let look = 0; look < 50 && !(await panel.getByText("1 comment waits for its author to connect.").count()); look++) {
      await panel.waitForTimeout(100);
      await panel.reload();
    }
    await panel.getByText("1 comment waits for its author to connect.").waitFor();
    assert.equal(await message("This one waits for me.").count(), 0);
    await panel.close();
  });

  await story("dark and narrow, nothing overflows", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    await page.setViewportSize({ width: 480, height: 900 });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert(overflow <= 0, `the page is ${overflow} px too wide`);
    await page.screenshot({ path: `${artifacts}demo-dark-narrow.png`, fullPage: true });
  });

  await story("the gallery shows each construct on both sides, and none of it runs", async () => {
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(demo.address);
    await page.getByRole("link", { name: "See what survives the trip" }).click();
    await page.getByRole("heading", { name: "What survives the trip" }).waitFor();
    const dialogs = [];
    page.on("dialog", dialog => dialogs.push(dialog.message()) && dialog.dismiss());
    const panels = page.locator("#panels");
    await panels.getByText("The index is rebuilt.", { exact: true }).first().waitFor();
    assert.equal(await panels.locator(".in-jira .panel.warning").count(), 1, "Jira shows a panel");
    assert.match(await panels.locator(".in-teams blockquote").first().innerText(), /⚠️ The index is rebuilt/);
    assert.equal(await page.locator("#mentions .in-teams .mention").first().innerText(), "@Ann Archer");
    assert.equal(await page.locator(".doc script, .doc img, .doc [onclick], .doc a[href^='javascript']").count(), 0);
    const index = page.getByRole("navigation").getByRole("link");
    const shown = await page.locator("article").count();
    assert.equal(await index.count(), shown, "the index names each construct");
    assert(shown >= 20, `${shown} constructs`);
    await page.screenshot({ path: `${artifacts}gallery.png`, fullPage: true });
    assert.deepEqual(dialogs, [], "no script of the examples runs");
  });

  await story("the gallery fits a narrow, dark screen", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    await page.setViewportSize({ width: 420, height: 900 });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert(overflow <= 0, `the gallery is ${overflow} px too wide`);
    await page.screenshot({ path: `${artifacts}gallery-dark-narrow.png`, fullPage: true });
  });

  assert.deepEqual(troubles, [], "the page has no script errors");
} catch (error) {
  await page.screenshot({ path: `${artifacts}failed.png`, fullPage: true }).catch(() => {});
  console.error(`FAILED after: ${passed.at(-1) ?? "nothing"}\n${error.stack ?? error}`);
  process.exitCode = 1;
} finally {
  await browser.close();
  await demo.end();
}
console.log(`${passed.length} passed, ${process.exitCode ? 1 : 0} failed`);
