// The whole job (../README.md) with the types that openapi-typescript generates and openapi-fetch.
import createClient from "openapi-fetch";
import type { components, paths } from "./generated/fenpei.js";

type Problem = components["schemas"]["Problem"];

const { FENPEI_URL: baseUrl = "", FENPEI_OFFICER, FENPEI_APPROVER } = process.env;
const as = (token?: string) => createClient<paths>({ baseUrl, headers: token ? { Authorization: `Bearer ${token}` } : {} });
const [open, officer, approver] = [as(), as(FENPEI_OFFICER), as(FENPEI_APPROVER)];
const once = () => ({ "Idempotency-Key": crypto.randomUUID() });

function must<T>(answer: { data?: T; error?: Problem; response: Response }): T {
  if (answer.data === undefined) throw new Error(`${answer.response.status} ${answer.error?.detail}`);
  return answer.data;
}

function refused(answer: { error?: Problem; response: Response }): void {
  if (!answer.error) throw new Error(`${answer.response.url} was not refused`);
  const { status, code, errors } = answer.error;
  console.log([status, code, ...(errors ?? []).map((error) => error.code)].join(" "));
}

const plan: components["schemas"]["Plan"] = {
  language: 1,
  code: "client-job",
  title: "客户端示例",
  payee: "staff",
  levels: [
    { name: "school", facts: [{ name: "quota", type: "money" }] },
    { name: "staff", parent: "school", facts: [{ name: "points", type: "number" }] },
  ],
  steps: [{ do: "share", level: "staff", name: "merit", from: "school.quota", weight: "points", pay: { item: "考核奖励" } }],
};

const result = must(await open.POST("/v1/calculations", {
  body: {
    plan,
    data: {
      school: [{ id: "S1", facts: { quota: "12345678901234.56" } }],
      staff: [{ id: "T1", parent: "S1", facts: { points: 1 } }],
    },
  },
}));
console.log("calculated", result.rows["staff"]?.[0]?.total);

const created = await officer.POST("/v1/plans", { params: { header: once() }, body: { plan: { ...plan } } });
const { id: plan_id } = must(created);
const publish = (revision: string) =>
  officer.POST("/v1/plans/{plan_id}/publish", { params: { path: { plan_id }, header: { ...once(), "If-Match": revision } } });
refused(await publish('"7"'));
console.log("plan", must(await publish(created.response.headers.get("ETag") ?? "")).newest_state);

const bring = (staff: string) => {
  const files = { "school.csv": "id,quota\nS1,12345678901234.56\nS2,1000.00\n", "staff.csv": staff };
  return officer.POST("/v1/roster-imports", {
    params: { header: once() },
    body: { plan_id, version: 1, files: [] },
    bodySerializer: () => {
      const form = new FormData();
      form.append("plan_id", plan_id);
      form.append("version", "1");
      for (const [name, text] of Object.entries(files)) form.append("files", new Blob([text]), name);
      return form;
    },
  });
};
const staff = ["T1,S1,1", "T2,S2,1", "T3,S2,1", "T4,S2,1", "T5,S2,1"];
refused(await bring(["id,parent,points", ...staff, "T6,S2,1.2万", ""].join("\n")));
const { roster } = must(await bring(["id,parent,points", ...staff, "T6,S2,1", ""].join("\n")));
console.log("roster", roster?.counts["school"], roster?.counts["staff"]);

let run = must(await officer.POST("/v1/runs", { params: { header: once() }, body: { roster_id: roster?.id ?? "" } }));
const run_id = run.id;
// A state that nobody has told us of is one more to wait in.
while (!["calculated", "failed"].includes(run.state)) {
  run = must(await officer.GET("/v1/runs/{run_id}", { params: { path: { run_id }, query: { wait: 5 } } }));
}
console.log("run", run.state);
const act = () => ({ params: { path: { run_id }, header: once() } });
refused(await approver.POST("/v1/runs/{run_id}/approve", act()));

let cursor: string | undefined;
let pages = 0;
do {
  const query = cursor === undefined ? { limit: 2 } : { limit: 2, cursor };
  const page = must(await officer.GET("/v1/runs/{run_id}/payees", { params: { path: { run_id }, query } }));
  for (const { id, total } of page.items) console.log("payee", id, total);
  cursor = page.next_cursor;
  pages += 1;
} while (cursor !== undefined);
console.log("pages", pages);

const row = { path: { run_id, row_id: "T2" } };
const statement = must(await officer.GET("/v1/runs/{run_id}/statements/{row_id}", { params: row }));
console.log("statement", statement.total, statement.explanation.operands.length > 0);

must(await officer.POST("/v1/runs/{run_id}/submit", act()));
must(await approver.POST("/v1/runs/{run_id}/approve", act()));
console.log("run", must(await approver.POST("/v1/runs/{run_id}/release", act())).state);

const download = { params: { path: { run_id } }, parseAs: "arrayBuffer" } as const;
const csv = Buffer.from(must(await officer.GET("/v1/runs/{run_id}/payroll.csv", download))).toString("utf8");
console.log("payroll.csv", csv.trim().split(/\r?\n/).length, csv.includes("12345678901234.56"));
const workbook = Buffer.from(must(await officer.GET("/v1/runs/{run_id}/workbook.xlsx", download)));
console.log("workbook.xlsx", workbook.subarray(0, 2).toString("latin1"));
