// Shows each of the house's rules a document that breaks it: a rule that finds nothing there finds nothing anywhere.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const document = JSON.parse(readFileSync(join(here, "..", "openapi.json"), "utf8"));
const { paths, components: { schemas } } = document;

/** Each rule, and what breaks it. */
const breaches = {
  "money-is-text": () => { schemas.Balance.properties.paid.pattern = "^.*$"; },
  "absent-never-null": () => { schemas.Warning.properties.level.type = ["string", "null"]; },
  "no-patch": () => { paths["/v1/whoami"].patch = structuredClone(paths["/v1/whoami"].get); },
  "union-of-named-branches": () => { delete schemas.PlanStep.discriminator; },
  "words-have-meanings": () => { delete schemas.Fact.properties.type["x-enum-descriptions"]; },
  "one-success": () => { paths["/healthz"].get.responses["204"] = { description: "x" }; },
  "files-are-bytes": () => {
    paths["/v1/runs/{run_id}/payroll.csv"].get.responses["200"].content["text/csv"].schema = { type: "string" };
  },
  "operation-id-camel-case": () => { paths["/healthz"].get.operationId = "get_health"; },
  "properties-snake-case": () => { schemas.Pay.properties.payrollCode = schemas.Pay.properties.item; },
  "two-languages": () => { schemas.Pay.properties.item.description = "English alone."; },
  "shared-problem": () => { paths["/healthz"].get.responses["500"] = { description: "Its own." }; },
  "errors-that-can-occur": () => { delete paths["/v1/plans"].get.responses["401"]; },
  "said-twice-done-once": () => { without(paths["/v1/runs"].post, "Idempotency-Key"); },
  "changes-are-not-lost": () => { without(paths["/v1/plans/{plan_id}/draft"].put, "If-Match"); },
  "pages-have-a-limit": () => { without(paths["/v1/runs"].get, "limit"); },
};

function without(operation, name) {
  operation.parameters = operation.parameters.filter((parameter) => parameter.name !== name);
}

const rules = [...readFileSync(join(here, ".spectral.yaml"), "utf8").matchAll(/^ {2}([a-z-]+):$/gm)].map(([, name]) => name);
const folder = mkdtempSync(join(tmpdir(), "contract-"));
try {
  const file = join(folder, "broken.json");
  Object.values(breaches).forEach((breach) => breach());
  writeFileSync(file, JSON.stringify(document));
  const spectral = join(here, "node_modules", ".bin", "spectral");
  let told;
  try {
    told = execFileSync(spectral, ["lint", file, "-r", join(here, ".spectral.yaml"), "-f", "json", "-q"], { maxBuffer: 1e9 });
  } catch (error) {
    told = error.stdout;
  }
  const found = new Set(JSON.parse(told).map((result) => result.code));
  const silent = rules.filter((rule) => !found.has(rule));
  if (silent.length > 0 || rules.length !== Object.keys(breaches).length) {
    console.error(`rules that find nothing: ${silent.join(", ") || "none"}; ${rules.length} rules, ${Object.keys(breaches).length} breaches`);
    process.exit(1);
  }
  console.log(`${rules.length} rules of the house find what breaks them`);
} finally {
  rmSync(folder, { recursive: true });
}
