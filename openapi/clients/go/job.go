// The whole job (../README.md) with the package that openapi-generator makes.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	fenpei "fenpei.example/job/generated"
)

var (
	client   = newClient()
	open     = context.Background()
	officer  = as("FENPEI_OFFICER")
	approver = as("FENPEI_APPROVER")
)

func newClient() *fenpei.APIClient {
	configuration := fenpei.NewConfiguration()
	configuration.Servers = fenpei.ServerConfigurations{{URL: os.Getenv("FENPEI_URL")}}
	return fenpei.NewAPIClient(configuration)
}

func as(token string) context.Context {
	return context.WithValue(context.Background(), fenpei.ContextAccessToken, os.Getenv(token))
}

func once() string {
	key := make([]byte, 16)
	rand.Read(key)
	return fmt.Sprintf("%x", key)
}

func must[T any](answer T, _ *http.Response, err error) T {
	if err != nil {
		var refusal *fenpei.GenericOpenAPIError
		if known, is := err.(*fenpei.GenericOpenAPIError); is {
			refusal = known
			panic(string(refusal.Body()))
		}
		panic(err)
	}
	return answer
}

func refused[T any](_ T, _ *http.Response, err error) {
	problem := err.(*fenpei.GenericOpenAPIError).Model().(fenpei.Problem)
	fmt.Print(problem.Status, " ", problem.Code)
	for _, fault := range problem.Errors {
		fmt.Print(" ", fault.Code)
	}
	fmt.Println()
}

func plan() fenpei.Plan {
	merit := fenpei.NewShareStep("share", "staff", "merit", "school.quota", "points")
	merit.SetPay(*fenpei.NewPay("考核奖励"))
	school, staff := fenpei.NewPlanLevel("school"), fenpei.NewPlanLevel("staff")
	school.SetFacts([]fenpei.Fact{*fenpei.NewFact("quota", "money")})
	staff.SetParent("school")
	staff.SetFacts([]fenpei.Fact{*fenpei.NewFact("points", "number")})
	steps := []fenpei.PlanStep{fenpei.ShareStepAsPlanStep(merit)}
	plan := fenpei.NewPlan(1, "client-job", "客户端示例", []fenpei.PlanLevel{*school, *staff}, steps)
	plan.SetPayee("staff")
	return *plan
}

func row(id, parent, fact string, value any) fenpei.DataRow {
	row := fenpei.NewDataRow(id)
	if parent != "" {
		row.SetParent(parent)
	}
	row.SetFacts(map[string]any{fact: value})
	return *row
}

func files(last string) []*os.File {
	folder, _ := os.MkdirTemp("", "job")
	texts := [][2]string{
		{"school.csv", "id,quota\nS1,12345678901234.56\nS2,1000.00\n"},
		{"staff.csv", "id,parent,points\nT1,S1,1\nT2,S2,1\nT3,S2,1\nT4,S2,1\nT5,S2,1\n" + last + "\n"},
	}
	var files []*os.File
	for _, text := range texts {
		path := filepath.Join(folder, text[0])
		os.WriteFile(path, []byte(text[1]), 0o600)
		file, err := os.Open(path)
		files = append(files, must(file, nil, err))
	}
	return files
}

func bring(planID, last string) fenpei.ApiImportRosterRequest {
	return client.RostersAPI.ImportRoster(officer).IdempotencyKey(once()).PlanId(planID).Version(1).Files(files(last))
}

func content(file *os.File, _ *http.Response, err error) []byte {
	bytes, err := io.ReadAll(must(file, nil, err))
	return must(bytes, nil, err)
}

func main() {
	data := map[string][]fenpei.DataRow{
		"school": {row("S1", "", "quota", "12345678901234.56")},
		"staff":  {row("T1", "S1", "points", 1)},
	}
	request := fenpei.NewCalculationRequest(plan(), data)
	result := must(client.CalculationsAPI.Calculate(open).CalculationRequest(*request).Execute())
	fmt.Println("calculated", result.Rows["staff"][0].GetTotal())

	var draft map[string]any
	text, err := json.Marshal(plan())
	json.Unmarshal(must(text, nil, err), &draft)
	create := client.PlansAPI.CreatePlan(officer).IdempotencyKey(once()).DraftRequest(*fenpei.NewDraftRequest(draft))
	created, answer, err := create.Execute()
	planID := must(created, answer, err).Id
	publish := client.PlansAPI.PublishPlan(officer, planID)
	refused(publish.IdempotencyKey(once()).IfMatch(`"7"`).Execute())
	published := must(publish.IdempotencyKey(once()).IfMatch(answer.Header.Get("ETag")).Execute())
	fmt.Println("plan", published.NewestState)

	refused(bring(planID, "T6,S2,1.2万").Execute())
	imported := must(bring(planID, "T6,S2,1").Execute())
	roster := imported.GetRoster()
	fmt.Println("roster", roster.Counts["school"], roster.Counts["staff"])

	runs := client.RunsAPI
	run := must(runs.CreateRun(officer).IdempotencyKey(once()).RunRequest(*fenpei.NewRunRequest(roster.Id)).Execute())
	// A state that nobody has told us of is one more to wait in.
	for run.State != "calculated" && run.State != "failed" {
		run = must(runs.GetRun(officer, run.Id).Wait(5).Execute())
	}
	fmt.Println("run", run.State)
	refused(runs.ApproveRun(approver, run.Id).IdempotencyKey(once()).Execute())

	pages, next := 0, runs.ListRunPayees(officer, run.Id).Limit(2)
	for {
		page := must(next.Execute())
		for _, payee := range page.Items {
			fmt.Println("payee", payee.Id, payee.Total)
		}
		pages++
		if !page.HasNextCursor() {
			break
		}
		next = next.Cursor(page.GetNextCursor())
	}
	fmt.Println("pages", pages)

	statement := must(runs.GetRunStatement(officer, run.Id, "T2").Execute())
	fmt.Println("statement", statement.Total, len(statement.Explanation.Operands) > 0)

	must(runs.SubmitRun(officer, run.Id).IdempotencyKey(once()).Execute())
	must(runs.ApproveRun(approver, run.Id).IdempotencyKey(once()).Execute())
	fmt.Println("run", must(runs.ReleaseRun(approver, run.Id).IdempotencyKey(once()).Execute()).State)

	csv := content(client.PayrollAPI.GetRunPayrollCsv(officer, run.Id).Execute())
	lines := bytes.Split(bytes.TrimSpace(csv), []byte("\n"))
	fmt.Println("payroll.csv", len(lines), bytes.Contains(csv, []byte("12345678901234.56")))
	fmt.Println("workbook.xlsx", string(content(runs.GetRunWorkbook(officer, run.Id).Execute())[:2]))
}
