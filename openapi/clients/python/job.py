"""The whole job (../README.md) with the package that openapi-python-client generates."""

import os
import sys
import uuid
from io import BytesIO

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "generated"))

from fenpei_client import AuthenticatedClient, Client
from fenpei_client.api.calculations import calculate
from fenpei_client.api.payroll import get_run_payroll_csv
from fenpei_client.api.plans import create_plan, publish_plan
from fenpei_client.api.rosters import import_roster
from fenpei_client.api.runs import (
    approve_run,
    create_run,
    get_run,
    get_run_statement,
    get_run_workbook,
    list_run_payees,
    release_run,
    submit_run,
)
from fenpei_client.models import (
    CalculationRequest,
    CalculationRequestData,
    DataRow,
    DataRowFacts,
    DraftRequest,
    DraftRequestPlan,
    Fact,
    FactType,
    Pay,
    Plan,
    PlanLevel,
    Problem,
    RosterImportRequest,
    RunRequest,
    ShareStep,
    ShareStepDo,
)
from fenpei_client.types import UNSET, File

URL = os.environ["FENPEI_URL"]
anybody = Client(base_url=URL)
officer, approver = (
    AuthenticatedClient(base_url=URL, token=os.environ[name]) for name in ("FENPEI_OFFICER", "FENPEI_APPROVER")
)


def must(answer):
    assert answer is not None and not isinstance(answer, Problem), answer
    return answer


def refused(problem):
    assert isinstance(problem, Problem), problem
    print(problem.status, problem.code, *(error.code for error in problem.errors or []))


def once():
    return {"idempotency_key": str(uuid.uuid4())}


plan = Plan(
    language=1,
    code="client-job",
    title="客户端示例",
    payee="staff",
    levels=[
        PlanLevel(name="school", facts=[Fact(name="quota", type_=FactType.MONEY)]),
        PlanLevel(name="staff", parent="school", facts=[Fact(name="points", type_=FactType.NUMBER)]),
    ],
    steps=[
        ShareStep(
            do=ShareStepDo.SHARE, level="staff", name="merit", from_="school.quota", weight="points", pay=Pay(item="考核奖励")
        )
    ],
)

data = CalculationRequestData()
data["school"] = [DataRow(id="S1", facts=DataRowFacts.from_dict({"quota": "12345678901234.56"}))]
data["staff"] = [DataRow(id="T1", parent="S1", facts=DataRowFacts.from_dict({"points": 1}))]
result = must(calculate.sync(client=anybody, body=CalculationRequest(plan=plan, data=data)))
print("calculated", result.rows["staff"][0].total)

draft = DraftRequest(plan=DraftRequestPlan.from_dict(plan.to_dict()))
created = create_plan.sync_detailed(client=officer, body=draft, **once())
plan_id = must(created.parsed).id
refused(publish_plan.sync(plan_id, client=officer, if_match='"7"', **once()))
published = must(publish_plan.sync(plan_id, client=officer, if_match=created.headers["ETag"], **once()))
print("plan", published.newest_state)


def bring(staff):
    texts = {"school.csv": "id,quota\nS1,12345678901234.56\nS2,1000.00\n", "staff.csv": "\n".join(staff)}
    files = [File(payload=BytesIO(text.encode()), file_name=name, mime_type="text/csv") for name, text in texts.items()]
    body = RosterImportRequest(plan_id=plan_id, version=1, files=files)
    return import_roster.sync(client=officer, body=body, **once())


staff = ["id,parent,points", "T1,S1,1", "T2,S2,1", "T3,S2,1", "T4,S2,1", "T5,S2,1"]
refused(bring([*staff, "T6,S2,1.2万", ""]))
roster = must(bring([*staff, "T6,S2,1", ""])).roster
print("roster", roster.counts["school"], roster.counts["staff"])

run = must(create_run.sync(client=officer, body=RunRequest(roster_id=roster.id), **once()))
# A state that nobody has told us of is one more to wait in.
while run.state not in ("calculated", "failed"):
    run = must(get_run.sync(run.id, client=officer, wait=5))
print("run", run.state)
refused(approve_run.sync(run.id, client=approver, **once()))

cursor, pages = UNSET, 0
while pages == 0 or cursor:
    page = must(list_run_payees.sync(run.id, client=officer, limit=2, cursor=cursor))
    for payee in page.items:
        print("payee", payee.id, payee.total)
    cursor, pages = page.next_cursor, pages + 1
print("pages", pages)

statement = must(get_run_statement.sync(run.id, "T2", client=officer))
print("statement", statement.total, "true" if statement.explanation.operands else "false")

must(submit_run.sync(run.id, client=officer, **once()))
must(approve_run.sync(run.id, client=approver, **once()))
print("run", must(release_run.sync(run.id, client=approver, **once())).state)

csv = must(get_run_payroll_csv.sync(run.id, client=officer)).payload.read().decode()
print("payroll.csv", len(csv.strip().splitlines()), "true" if "12345678901234.56" in csv else "false")
print("workbook.xlsx", must(get_run_workbook.sync(run.id, client=officer)).payload.read(2).decode())
