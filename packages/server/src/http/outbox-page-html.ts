import { escapeHtml } from "../delivery/escape-html.ts";
import type { OutboxRow } from "../delivery/outbox/store.ts";
import type { WaitingJobs } from "../jobs/store.ts";
import { plainPage } from "./plain-page.ts";

/** How often the list loads itself again. */
const refreshSeconds = 5;

/** Renders the messages, the newest first, and the number of waiting mails. */
export function listPage(messages: readonly OutboxRow[], waiting: WaitingJobs): string {
  const introduction = `<h1>Outbox</h1>
<p class="muted">What this server would have sent. <code>SMTP_URL</code>, <code>TWILIO_ACCOUNT_SID</code> and the settings of push services make it send. The page looks for newer ones every ${refreshSeconds} seconds.</p>${waitingNote(waiting)}`;
  if (messages.length === 0) return outbox(`${introduction}\n<p>Nothing yet.</p>`);
  const head = "<thead><tr><th>To</th><th>Message</th><th>Kind</th><th>When</th></tr></thead>";
  const rows = messages.map(listRow).join("\n");
  return outbox(`${introduction}\n<table>\n${head}\n<tbody>\n${rows}\n</tbody>\n</table>`);
}

function outbox(body: string): string {
  return plainPage({ title: "Outbox", body, refreshSeconds });
}

/** Renders a note on waiting mails, so that the spacing of repeated mails does not look like a fault. */
function waitingNote({ count, nextAt }: WaitingJobs): string {
  if (nextAt === undefined) return "";
  const mails = count === 1 ? "1 mail waits" : `${count} mails wait`;
  const time = nextAt.toISOString().slice(11, 19);
  return `\n<p>${mails} for a turn, the next one until ${time} UTC (<code>LIMIT_MAIL_SPACING_SECONDS</code>).</p>`;
}

function listRow(message: OutboxRow): string {
  const { message_id: id, kind, recipient, subject, text, template, created_at: at } = message;
  const title = `<a href="/dev/outbox/${id}">${escapeHtml(subject ?? text)}</a>`;
  return `<tr><td>${breakable(recipient)}</td><td>${title}<br><small class="muted">${escapeHtml(template)}</small></td><td>${kind}</td><td>${timeOf(at)}</td></tr>`;
}

/** Renders a time in UTC, to the second, since the reader's time zone is unknown. */
function timeOf(at: Date): string {
  return `<time datetime="${at.toISOString()}">${at.toISOString().replace("T", " ").slice(0, 19)} UTC</time>`;
}

/** Renders an address as HTML whose lines break before "@" and "." rather than anywhere. */
function breakable(address: string): string {
  return escapeHtml(address).replaceAll(/[@.]/g, "<wbr>$&");
}

/** Renders one message: a mail both as it looks and as text, any other message as text. */
export function messagePage(message: OutboxRow): string {
  const { message_id: id, kind, recipient, subject, text, html, template, created_at: at } = message;
  const facts = { To: breakable(recipient), Template: escapeHtml(`${template} (${kind})`), When: timeOf(at) };
  const list = Object.entries(facts).map(([name, fact]) => `<dt>${name}</dt><dd>${fact}</dd>`);
  const frame =
    html === null
      ? ""
      : `<iframe title="The mail" src="/dev/outbox/${id}/html" sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>\n<h2>As text</h2>\n`;
  const body = `<p><a href="/dev/outbox">Outbox</a></p>
<h1>${escapeHtml(subject ?? "Text message")}</h1>
<dl>${list.join("")}</dl>
${frame}<pre>${linked(text)}</pre>`;
  return plainPage({ title: `${subject ?? "Text message"} · Outbox`, body });
}

/** Renders a text with its URLs as links, as mail programs do. */
function linked(text: string): string {
  return escapeHtml(text).replaceAll(/https?:\/\/[^\s<>]+/g, (url) => `<a href="${url}" target="_blank">${url}</a>`);
}
