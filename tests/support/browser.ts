import { existsSync, readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, connect, type Server, type Socket } from "node:net";
import { pipeline } from "node:stream";
import { createServer as createTlsServer } from "node:tls";
import { fileURLToPath } from "node:url";
import { type BrowserContext, type BrowserContextOptions, type Page, chromium as playwright } from "playwright-core";
import { rolldown } from "rolldown";

/** The usual places of Chromium; the tests download nothing. */
const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);

/** Why the tests in a browser are skipped, if they are. */
export const browserUnreachable =
  executablePath === undefined ? "There is no Chromium in /usr/bin: install it to test in a browser" : undefined;

/** A browser with a profile of its own, whose windows share cookies and storage as tabs do. */
export interface Browser extends AsyncDisposable {
  readonly context: BrowserContext;
  /** Opens a tab at this address, and waits for its script. */
  open(address: string): Promise<Page>;
}

/** A running Chromium, for the tests of one file. */
export interface Chromium extends AsyncDisposable {
  /** Opens a new profile, which is closed with its windows. */
  openBrowser(options?: BrowserContextOptions): Promise<Browser>;
}

/** Starts Chromium, in which the hosts of `.test` are this machine, and any certificate will do. */
export async function startChromium(): Promise<Chromium> {
  const chromium = await playwright.launch({
    executablePath: executablePath ?? "",
    args: ["--no-sandbox", "--disable-background-networking", "--host-resolver-rules=MAP *.test 127.0.0.1"],
  });
  return {
    openBrowser: async (options = {}) =>
      openProfile(await chromium.newContext({ ignoreHTTPSErrors: true, ...options })),
    [Symbol.asyncDispose]: () => chromium.close(),
  };
}

function openProfile(context: BrowserContext): Browser {
  return {
    context,
    async open(address) {
      const page = await context.newPage();
      await page.goto(address);
      await page.waitForFunction("document.title === 'ready'");
      return page;
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** A server on a port of this machine. */
export interface PageServer extends AsyncDisposable {
  readonly port: number;
}

/** Serves the page on a free port of this machine, under any host. */
export async function servePages(): Promise<PageServer> {
  const script = await bundleClient();
  return await listen(
    createHttpServer((request, response) => {
      const isScript = request.url === "/client.js";
      response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
      response.end(isScript ? script : page);
    }),
  );
}

const certificates = new URL("../../packages/server/src/delivery/email/testing/", import.meta.url);

/** Puts HTTPS before a server of this machine, as a reverse proxy does. */
export async function serveTls(port: number): Promise<PageServer> {
  const key = readFileSync(new URL("test-only-key.pem", certificates));
  const cert = readFileSync(new URL("test-only-certificate.pem", certificates));
  return await listen(
    createTlsServer({ key, cert }, (browser) => {
      const server = connect(port, "127.0.0.1");
      // When one side ends, the other ends too.
      pipeline(browser, server, browser, () => undefined);
    }),
  );
}

async function listen(server: Server): Promise<PageServer> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** It has the client's package as the global `gatehouse`. */
const page = `<!doctype html><script type="module">
import * as gatehouse from "/client.js";
globalThis.gatehouse = gatehouse;
document.title = "ready";
</script>`;

async function bundleClient(): Promise<string> {
  const input = fileURLToPath(new URL("../../packages/client/src/index.ts", import.meta.url));
  await using bundle = await rolldown({ input, platform: "browser" });
  const { output } = await bundle.generate({ format: "esm" });
  return output[0].code;
}
