import fc from "fast-check";
import { procedurePaths } from "./cases.ts";
import { soundRequests, type TestRequest } from "./sound-requests.ts";

const paths = fc.constantFrom<string>(...Object.values(procedurePaths).flat());

const oddPaths = fc.oneof(
  paths.map(encodeURIComponent),
  fc.array(paths, { minLength: 2, maxLength: 4 }).map((names) => names.map(encodeURIComponent).join(",")),
  fc.array(paths, { minLength: 2, maxLength: 4 }).map((names) => encodeURIComponent(names.join(","))),
  fc.constantFrom(
    ..."%65cho echo%2Cnone %2565cho %25 %2525 %zz %E0%A4 %ff %C3%A9cho echo%00 ec%20ho echo/ , echo, ,echo echo,,none".split(
      " ",
    ),
    ..."echo;a=1 a/b %2F echo%2F.. . .. :path * ~echo echo+none".split(" "),
    "",
  ),
);

const queryParts = fc.oneof(
  fc.constantFrom(
    ..."batch=1 batch=0 batch batch= batch=01 %62atch=1 batch=%31 batch=1+ BATCH=1 =1 = & a=b".split(" "),
    ..."input= input input=%7B%7D input=%7B%220%22%3A1%7D input={} input=[] input=null input=0 input=%22out%22".split(
      " ",
    ),
    ..."input=undefined input={ input=%zz input=%FF input=%22%FF%22 input=%22a+b%22 input=%22%2B%22 input=%22%C3%A9%22".split(
      " ",
    ),
    ..."inp%75t=1 input=1=2 input==1 input=1#2 batch=1#&a input=%EF%BB%BF1 input=[1] input=%7B%221%22:2%7D input=%22'%22 #input=1".split(
      " ",
    ),
    ..."connectionParams= connectionParams=null connectionParams=%7B%22a%22%3A%22b%22%7D connectionParams=1".split(" "),
    ..."lastEventId=1 Last-Event-Id=2 input=%22é%22".split(" "),
  ),
  fc.string({ unit: fc.constantFrom(..."batch=1&input%7Bü+'\"".split("")) }).map(encodeURI),
);

const contentTypes = fc.constantFrom(
  "application/json",
  "application/json; charset=utf-8",
  "Application/JSON",
  "application/json ;x",
  "application/json;",
  "application/jsonl",
  "application/json-patch+json",
  "application/octet-stream",
  "multipart/form-data",
  "multipart/form-data; boundary=x",
  "text/plain",
  "nonsense",
  "",
);

const headers = fc.record(
  {
    "content-type": contentTypes,
    accept: fc.constantFrom(
      "*/*",
      "application/json",
      "application/jsonl",
      "text/html, application/jsonl",
      "application/jsonlx",
      "",
    ),
    "trpc-accept": fc.constantFrom("application/jsonl", "application/json", ""),
    host: fc.constantFrom(
      "EXAMPLE.com:80",
      "a b",
      "[",
      "user@host",
      "user:word@host",
      "a/b?c#d",
      "256.256.256.256",
      "host:99999",
      "xn--a",
      "é",
    ),
    "last-event-id": fc.constant("3"),
  },
  { requiredKeys: [] },
);

const bodies = fc.oneof(
  fc.constantFrom<string | Buffer>(
    ...'{} [] null 0 1 true {"0":1} {"1":{"json":2}} {"0": { undefined "out" {"json":null,"meta":{}} {"__proto__":1}'.split(
      " ",
    ),
    "",
    " ",
    "\uFEFF{}",
    "\uFEFF\uFEFF{}",
    '{"name":"\\ud800"}',
    '"é\u2028"',
    `"${"x".repeat(100_000)}"`,
    `"${"x".repeat(1_100_000)}"`,
    Buffer.from([0x22, 0xff, 0x22]),
    Buffer.from([0x22, 0xc3, 0x22]),
    Buffer.from("\uFEFF1", "utf16le"),
    "--x\r\ncontent-disposition: form-data; name=a\r\n\r\nb\r\n--x--\r\n",
  ),
  fc.json(),
  fc.string(),
);

const oddities = {
  method: fc.constantFrom("GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"),
  path: oddPaths,
  query: fc.array(queryParts, { maxLength: 3 }).map((parts) => parts.join("&")),
  headers,
  body: bodies,
};

const { method, path, query, body } = oddities;

/** Requests that are wrong in one way, or in several. */
export const oddRequests: fc.Arbitrary<TestRequest> = fc
  .tuple(
    soundRequests,
    fc.oneof(
      fc.record({ method }),
      fc.record({ path }),
      fc.record({ query }),
      fc.record({ headers }),
      fc.record({ body }),
      fc.record(oddities, { requiredKeys: [] }),
    ),
  )
  .map(([sound, odd]) => ({ ...sound, ...odd, headers: { ...sound.headers, ...("headers" in odd && odd.headers) } }));
