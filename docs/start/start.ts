// 从令牌到工资文件：Node 18 以上，不必另装；同样的文字也是 JavaScript，存成 start.mjs 就能运行。

// == token
import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";

const { FENPEI, OFFICER, APPROVER } = process.env;

// 取回一个网址；options 有 method: "POST" 就是新建或办理。
async function ask(path = "", options = {}, headers = {}, token = OFFICER) {
  const answer = await fetch(FENPEI + path, {
    ...options,
    headers: {
      Authorization: `Bearer ${token}`,
      "Idempotency-Key": randomUUID(),
      ...headers,
    },
  });
  if (!answer.ok) throw new Error(await answer.text());
  return answer;
}

// 同上，把回答读成数据。
const read = async (path = "", options = {}, headers = {}) =>
  JSON.parse(await (await ask(path, options, headers)).text());

const save = async (name = "", answer = new Response()) =>
  writeFile(name, new Uint8Array(await answer.arrayBuffer()));

const me = await read("/v1/whoami");
console.log("角色：" + me.role);

// == plan
const CODE = "xincheng-increment-2026";
const plans = await read("/v1/plans?limit=500");
let plan;
for (const one of plans.items) if (one.code === CODE) plan = one;
if (!plan) throw new Error("没有代码为 " + CODE + " 的办法");
const version = plan.newest_version;
console.log("办法：" + plan.title);

// == template
const runs = await read(`/v1/runs?plan_id=${plan.id}&limit=1`);
const last = runs.items[0].roster_id;
const template = `/v1/plans/${plan.id}/versions/${version}/roster-template.xlsx`;
await save("数据.xlsx", await ask(`${template}?prefill=${last}`));

// == import
const form = new FormData();
form.set("plan_id", plan.id);
form.set("version", String(version));
form.set("files", new Blob([await readFile("数据.xlsx")]), "数据.xlsx");
const upload = { method: "POST", body: form };
const { roster } = await read("/v1/roster-imports", upload);

// == run
const title = "九月绩效工资";
const body = JSON.stringify({ roster_id: roster.id, title });
const json = { "Content-Type": "application/json" };
let run = await read("/v1/runs", { method: "POST", body }, json);

// == wait
while (run.state === "calculating")
  run = await read(`/v1/runs/${run.id}?wait=30`);
if (run.state !== "calculated") throw new Error(JSON.stringify(run.failure));
console.log("应发合计：" + run.balance.payee_total);

// == payees
const payees = await read(`/v1/runs/${run.id}/payees?limit=5`);
for (const payee of payees.items)
  console.log(payee.id, payee.name, payee.total);

// == statement
const who = payees.items[0].id;
const html = { Accept: "text/html" };
const statement = await ask(`/v1/runs/${run.id}/statements/${who}`, {}, html);
await save("工资条.html", statement);

// == release
const post = { method: "POST" };
await ask(`/v1/runs/${run.id}/submit`, post);
await ask(`/v1/runs/${run.id}/approve`, post, {}, APPROVER);
await ask(`/v1/runs/${run.id}/release`, post, {}, APPROVER);

// == files
await save("工资文件.csv", await ask(`/v1/runs/${run.id}/payroll.csv`));
await save("复核.xlsx", await ask(`/v1/runs/${run.id}/workbook.xlsx`));
