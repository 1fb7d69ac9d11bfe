import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import fenpei.client.ApiClient;
import fenpei.client.ApiException;
import fenpei.client.ApiResponse;
import fenpei.client.api.CalculationsApi;
import fenpei.client.api.PayrollApi;
import fenpei.client.api.PlansApi;
import fenpei.client.api.RostersApi;
import fenpei.client.api.RunsApi;
import fenpei.client.model.CalculationRequest;
import fenpei.client.model.DataRow;
import fenpei.client.model.DraftRequest;
import fenpei.client.model.Fact;
import fenpei.client.model.Pay;
import fenpei.client.model.Payee;
import fenpei.client.model.PayeePage;
import fenpei.client.model.Plan;
import fenpei.client.model.PlanLevel;
import fenpei.client.model.PlanRecord;
import fenpei.client.model.PlanStep;
import fenpei.client.model.Problem;
import fenpei.client.model.ProblemError;
import fenpei.client.model.Roster;
import fenpei.client.model.Run;
import fenpei.client.model.RunRequest;
import fenpei.client.model.ShareStep;
import fenpei.client.model.Statement;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The whole job (../README.md) with the classes that openapi-generator makes. */
public final class Job {
    private static final ObjectMapper JSON = ApiClient.createDefaultObjectMapper();
    private static final ApiClient OPEN = as(null);
    private static final ApiClient OFFICER = as("FENPEI_OFFICER");
    private static final ApiClient APPROVER = as("FENPEI_APPROVER");

    private interface Call {
        Object call() throws ApiException;
    }

    private static ApiClient as(String token) {
        ApiClient client = new ApiClient();
        client.updateBaseUri(System.getenv("FENPEI_URL"));
        if (token != null) {
            client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + System.getenv(token)));
        }
        return client;
    }

    private static String once() {
        return UUID.randomUUID().toString();
    }

    private static void refused(Call call) throws Exception {
        try {
            throw new IllegalStateException("not refused: " + call.call());
        } catch (ApiException refusal) {
            Problem problem = JSON.readValue(refusal.getResponseBody(), Problem.class);
            StringBuilder said = new StringBuilder(problem.getStatus() + " " + problem.getCode());
            List<ProblemError> errors = problem.getErrors();
            for (ProblemError error : errors == null ? List.<ProblemError>of() : errors) {
                said.append(' ').append(error.getCode());
            }
            System.out.println(said);
        }
    }

    private static Plan plan() {
        ShareStep merit = new ShareStep()
            ._do(ShareStep.DoEnum.SHARE).level("staff").name("merit").from("school.quota").weight("points")
            .pay(new Pay().item("考核奖励"));
        return new Plan().language(1).code("client-job").title("客户端示例").payee("staff")
            .addLevelsItem(new PlanLevel().name("school").addFactsItem(new Fact().name("quota").type(Fact.TypeEnum.MONEY)))
            .addLevelsItem(new PlanLevel().name("staff").parent("school")
                .addFactsItem(new Fact().name("points").type(Fact.TypeEnum.NUMBER)))
            .addStepsItem(new PlanStep(merit));
    }

    private static List<File> files(String last) throws Exception {
        Path folder = Files.createTempDirectory("job");
        Path school = folder.resolve("school.csv");
        Path staff = folder.resolve("staff.csv");
        Files.writeString(school, "id,quota\nS1,12345678901234.56\nS2,1000.00\n");
        Files.writeString(staff, "id,parent,points\nT1,S1,1\nT2,S2,1\nT3,S2,1\nT4,S2,1\nT5,S2,1\n" + last + "\n");
        return List.of(school.toFile(), staff.toFile());
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, List<DataRow>> data = Map.of(
            "school", List.of(new DataRow().id("S1").facts(Map.of("quota", "12345678901234.56"))),
            "staff", List.of(new DataRow().id("T1").parent("S1").facts(Map.of("points", 1))));
        CalculationRequest request = new CalculationRequest().plan(plan()).data(data);
        var result = new CalculationsApi(OPEN).calculate(request, null);
        System.out.println("calculated " + result.getRows().get("staff").get(0).getTotal());

        PlansApi plans = new PlansApi(OFFICER);
        Map<String, Object> draft = JSON.convertValue(plan(), new TypeReference<Map<String, Object>>() {});
        ApiResponse<PlanRecord> created = plans.createPlanWithHttpInfo(once(), new DraftRequest().plan(draft));
        String planId = created.getData().getId();
        refused(() -> plans.publishPlan(planId, once(), "\"7\""));
        String revision = created.getHeaders().get("etag").get(0);
        System.out.println("plan " + plans.publishPlan(planId, once(), revision).getNewestState());

        RostersApi rosters = new RostersApi(OFFICER);
        List<File> faulty = files("T6,S2,1.2万");
        refused(() -> rosters.importRoster(once(), planId, 1L, faulty, null, null));
        Roster roster = rosters.importRoster(once(), planId, 1L, files("T6,S2,1"), null, null).getRoster();
        System.out.println("roster " + roster.getCounts().get("school") + " " + roster.getCounts().get("staff"));

        RunsApi runs = new RunsApi(OFFICER);
        RunsApi approving = new RunsApi(APPROVER);
        Run run = runs.createRun(once(), new RunRequest().rosterId(roster.getId()));
        String id = run.getId();
        // A state that nobody has told us of is one more to wait in.
        while (!List.of("calculated", "failed").contains(run.getState())) {
            run = runs.getRun(id, 5);
        }
        System.out.println("run " + run.getState());
        refused(() -> approving.approveRun(id, once(), null));

        int pages = 0;
        String cursor = null;
        do {
            PayeePage page = runs.listRunPayees(id, null, 2, cursor);
            for (Payee payee : page.getItems()) {
                System.out.println("payee " + payee.getId() + " " + payee.getTotal());
            }
            cursor = page.getNextCursor();
            pages += 1;
        } while (cursor != null);
        System.out.println("pages " + pages);

        Statement statement = runs.getRunStatement(id, "T2", null, null);
        System.out.println("statement " + statement.getTotal() + " " + !statement.getExplanation().getOperands().isEmpty());

        runs.submitRun(id, once(), null);
        approving.approveRun(id, once(), null);
        System.out.println("run " + approving.releaseRun(id, once(), null).getState());

        File payroll = new PayrollApi(OFFICER).getRunPayrollCsv(id, null, null);
        String csv = Files.readString(payroll.toPath());
        System.out.println("payroll.csv " + csv.strip().lines().count() + " " + csv.contains("12345678901234.56"));
        byte[] workbook = Files.readAllBytes(runs.getRunWorkbook(id).toPath());
        System.out.println("workbook.xlsx " + new String(Arrays.copyOf(workbook, 2), StandardCharsets.US_ASCII));
    }
}
