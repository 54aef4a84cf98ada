import { describe, expect, test } from "vitest";
import { parseUserAgent } from "./user-agent.ts";

const webKit = "AppleWebKit/537.36 (KHTML, like Gecko)";

describe("a user agent", () => {
  test.each([
    [
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webKit} Chrome/130.0.0.0 Safari/537.36`,
      "Chrome 130.0.0.0",
      "Windows 10",
    ],
    [
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webKit} Chrome/130.0.0.0 Safari/537.36 Edg/130.0.2849.68`,
      "Microsoft Edge 130.0.2849.68",
      "Windows 10",
    ],
    ["Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox 132.0", "Linux"],
    [
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
      "Safari 18.1",
      "macOS 10.15.7",
    ],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/130.0.6723.90 Mobile/15E148 Safari/604.1",
      "Chrome 130.0.6723.90",
      "iOS 18.1",
    ],
    [
      `Mozilla/5.0 (Linux; Android 14; Pixel 8) ${webKit} Chrome/130.0.0.0 Mobile Safari/537.36`,
      "Chrome 130.0.0.0",
      "Android 14",
    ],
  ])("of a browser names it and its system: %s", (userAgent, browser, system) => {
    const parsed = parseUserAgent(userAgent);
    expect([parsed.browser, parsed.system].map((named) => Object.values(named ?? {}).join(" "))).toEqual([
      browser,
      system,
    ]);
  });

  test.each([
    ["okhttp/4.12.0", null],
    ["MyApp/42 CFNetwork/1568.200.51 Darwin/24.1.0", null],
    ["Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/AP2A)", { name: "Android", version: "14" }],
    ["node", null],
    ["curl/8.5.0", null],
  ])("of an app's HTTP client gives no browser: %s", (userAgent, system) => {
    expect(parseUserAgent(userAgent)).toEqual({ browser: null, system });
  });

  test.each(["", "x", "Mozilla/5.0", "Mozilla/5.0 (x) <script>/1", "Your bank/1.0", "__proto__/1", "\u{1f4a5}"])(
    "without a known name shows none of its text in the list: %s",
    (userAgent) => {
      expect(parseUserAgent(userAgent)).toEqual({ browser: null, system: null });
    },
  );

  test("that is missing gives no browser and no system", () => {
    expect(parseUserAgent(null)).toEqual({ browser: null, system: null });
  });
});
