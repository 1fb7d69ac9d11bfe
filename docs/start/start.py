# 从令牌到工资文件：Python 3.8 以上，只用标准库，不必另装。

# == token
import json, os, urllib.error, urllib.request, uuid

FENPEI = os.environ["FENPEI"]
OFFICER, APPROVER = os.environ["OFFICER"], os.environ["APPROVER"]


def ask(path, body=None, kind=None, token=OFFICER, accept="*/*"):
    """取回一个网址；有 body 就是新建或办理。"""
    headers = {"Authorization": "Bearer " + token, "Accept": accept}
    if body is not None:
        headers["Idempotency-Key"] = str(uuid.uuid4())
        headers["Content-Type"] = kind or "application/json"
    request = urllib.request.Request(FENPEI + path, body, headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.read()
    except urllib.error.HTTPError as refused:
        raise SystemExit(refused.read().decode())


def read(path, body=None, kind=None):
    """同上，把回答读成数据。"""
    return json.loads(ask(path, body, kind))


def save(name, content):
    with open(name, "wb") as file:
        file.write(content)


print("角色：" + read("/v1/whoami")["role"])

# == plan
CODE = "xincheng-increment-2026"
plans = read("/v1/plans?limit=500")["items"]
[plan] = [plan for plan in plans if plan["code"] == CODE]
version = plan["newest_version"]
print("办法：" + plan["title"])

# == template
runs = read(f"/v1/runs?plan_id={plan['id']}&limit=1")["items"]
template = f"/v1/plans/{plan['id']}/versions/{version}/roster-template.xlsx"
save("数据.xlsx", ask(f"{template}?prefill={runs[0]['roster_id']}"))

# == import
mark = uuid.uuid4().hex  # 标准库没有上传表单，自己写出各部分
part = f"--{mark}\r\nContent-Disposition: form-data; name="
form = f'{part}"plan_id"\r\n\r\n{plan["id"]}\r\n'
form += f'{part}"version"\r\n\r\n{version}\r\n'
form += f'{part}"files"; filename="数据.xlsx"\r\n\r\n'
with open("数据.xlsx", "rb") as file:
    form = form.encode() + file.read() + f"\r\n--{mark}--\r\n".encode()
kind = f"multipart/form-data; boundary={mark}"
roster = read("/v1/roster-imports", form, kind)["roster"]

# == run
body = {"roster_id": roster["id"], "title": "九月绩效工资"}
run = read("/v1/runs", json.dumps(body).encode())

# == wait
while run["state"] == "calculating":
    run = read(f"/v1/runs/{run['id']}?wait=30")
if run["state"] != "calculated":
    raise SystemExit(run["failure"])
print("应发合计：" + run["balance"]["payee_total"])

# == payees
payees = read(f"/v1/runs/{run['id']}/payees?limit=5")["items"]
for payee in payees:
    print(payee["id"], payee["name"], payee["total"])

# == statement
statement = f"/v1/runs/{run['id']}/statements/{payees[0]['id']}"
save("工资条.html", ask(statement, accept="text/html"))

# == release
ask(f"/v1/runs/{run['id']}/submit", b"")
ask(f"/v1/runs/{run['id']}/approve", b"", token=APPROVER)
ask(f"/v1/runs/{run['id']}/release", b"", token=APPROVER)

# == files
save("工资文件.csv", ask(f"/v1/runs/{run['id']}/payroll.csv"))
save("复核.xlsx", ask(f"/v1/runs/{run['id']}/workbook.xlsx"))
