#!/usr/bin/env bash
# 从令牌到工资文件：bash（Windows 用 Git Bash）和 curl。
set -euo pipefail

# == token
# 事先 export FENPEI、OFFICER、APPROVER 三个变量。
TOKEN=$OFFICER
# 用法：ask 存成的文件 路径 [curl 的其他参数]
ask() {
  curl -sS --fail-with-body -o "$1" "$FENPEI$2" \
    -H "Authorization: Bearer $TOKEN" "${@:3}" ||
    { cat "$1" >&2; return 1; }
}
# 回答中第一个叫这个名字的值
value() {
  grep -o "\"$1\":\"[^\"]*\"" answer.json | sed -n 1p | cut -d '"' -f 4
}
key() { echo "Idempotency-Key: $(date +%s)-$RANDOM$RANDOM"; }

ask answer.json /v1/whoami
echo "角色：$(value role)"

# == plan
CODE=xincheng-increment-2026
ask answer.json "/v1/plans?limit=500"
PLAN=$(grep -o "\"id\":\"[^\"]*\",\"code\":\"$CODE\"" answer.json |
  cut -d '"' -f 4)
ask answer.json "/v1/plans/$PLAN"
VERSION=$(grep -o '"newest_version":[0-9]*' answer.json | cut -d : -f 2)
echo "办法：$(value title)"

# == template
ask answer.json "/v1/runs?plan_id=$PLAN&limit=1"
LAST=$(value roster_id)
ask 数据.xlsx \
  "/v1/plans/$PLAN/versions/$VERSION/roster-template.xlsx?prefill=$LAST"

# == import
ask answer.json /v1/roster-imports -H "$(key)" \
  -F "plan_id=$PLAN" -F "version=$VERSION" -F "files=@数据.xlsx"
ROSTER=$(value id)

# == run
ask answer.json /v1/runs -H "$(key)" -H "Content-Type: application/json" \
  -d "{\"roster_id\": \"$ROSTER\", \"title\": \"九月绩效工资\"}"
RUN=$(value id)

# == wait
while ask answer.json "/v1/runs/$RUN?wait=30" &&
  [ "$(value state)" = calculating ]; do :; done
[ "$(value state)" = calculated ] || { cat answer.json; exit 1; }
echo "应发合计：$(value payee_total)"

# == payees
ask answer.json "/v1/runs/$RUN/payees?limit=5"
WHO=$(value id)
echo "第一人：$WHO $(value name) $(value total)"

# == statement
ask 工资条.html "/v1/runs/$RUN/statements/$WHO" -H "Accept: text/html"

# == release
ask answer.json "/v1/runs/$RUN/submit" -X POST -H "$(key)"
TOKEN=$APPROVER
ask answer.json "/v1/runs/$RUN/approve" -X POST -H "$(key)"
ask answer.json "/v1/runs/$RUN/release" -X POST -H "$(key)"
TOKEN=$OFFICER

# == files
ask 工资文件.csv "/v1/runs/$RUN/payroll.csv"
ask 复核.xlsx "/v1/runs/$RUN/workbook.xlsx"
