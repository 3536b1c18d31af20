// Drives Chromium by playwright-core: a visit to a page on each line of standard input, what was found on each of output.
"use strict";
const { chromium } = require("playwright-core");
const { createInterface } = require("node:readline");

const QUIET =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking " +
  "--disable-component-update --disable-sync";

async function visit(browser, { page: address, width, height, dark, frame: number, probe, actions }) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: dark ? "dark" : "light" });
  try {
    const complaints = [];
    const requests = [];
    page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
    page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`) && dialog.dismiss());
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(address);
    const frame = number === null ? page.mainFrame() : page.frames()[number + 1];
    const found = [await frame.evaluate(probe)];
    for (const [what, ...rest] of actions) {
      if (what === "press") await page.keyboard.press(...rest);
      else if (what === "fill") await frame.locator(rest[0]).fill(rest[1]);
      else if (what === "click") await frame.locator(rest[0]).click();
      else throw new Error(`no action named ${what}`);
      found.push(await frame.evaluate(probe));
    }
    return { found, complaints, requests };
  } finally {
    await page.close();
  }
}

(async () => {
  const browser = await chromium.launch({ executablePath: process.argv[2], args: QUIET.split(" ") });
  for await (const line of createInterface({ input: process.stdin })) {
    const answer = await visit(browser, JSON.parse(line)).catch((error) => ({ failed: String(error) }));
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  await browser.close();
})();
