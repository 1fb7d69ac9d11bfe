//! The program serving, as an operator starts and stops it.

#![expect(clippy::expect_used, reason = "a test stops where it is surprised")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A server that is ended when the test ends.
struct Server {
    child: Child,
    address: String,
    /// What it prints after its address.
    out: BufReader<ChildStdout>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap_or_default();
        self.child.wait().expect("it ends");
    }
}

fn start(arguments: &[&str], listen: Option<&str>) -> Server {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("fenpei-serve-{}-{}.db", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
    let mut command = Command::new(env!("CARGO_BIN_EXE_fenpei"));
    command.env("DATABASE_URL", std::env::temp_dir().join(name));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).env_remove("FENPEI_LISTEN");
    if let Some(listen) = listen {
        command.env("FENPEI_LISTEN", listen);
    }
    let mut child = command.spawn().expect("the program starts");
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    out.read_line(&mut line).expect("the address is printed");
    let address = line.trim().strip_prefix("http://").expect("an address").to_owned();
    Server { child, address, out }
}

fn ask(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    answer
}

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

#[test]
fn serve_prints_the_address_it_has_picked() {
    for server in [
        start(&["serve", "--listen", "127.0.0.1:0"], None),
        start(&["serve"], Some("127.0.0.1:0")),
        start(&[], Some("127.0.0.1:0")),
    ] {
        assert!(!server.address.ends_with(":0"), "{}", server.address);
        assert!(ask(&server.address, HEALTH).starts_with("HTTP/1.1 200"));
    }
}

#[test]
fn a_busy_address_is_named_and_exits_2() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    for listen in [address.as_str(), "nowhere"] {
        let ended = Command::new(env!("CARGO_BIN_EXE_fenpei"))
            .args(["serve", "--listen", listen])
            .env("DATABASE_URL", std::env::temp_dir().join(format!("fenpei-busy-{}.db", std::process::id())))
            .output()
            .expect("it runs");
        assert_eq!(ended.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&ended.stderr).contains(listen));
    }
}

/// A plan whose calculation takes long enough to be ended in its middle: pairs of some thousand people.
fn heavy() -> String {
    let staff: Vec<String> =
        (0..4_000).map(|index| format!(r#"{{"id": "{index}", "parent": "S", "facts": {{"w": {index}}}}}"#)).collect();
    format!(
        r#"{{"plan": {{"language": 1, "code": "p", "title": "p", "levels": [{{"name": "school"}},
            {{"name": "staff", "parent": "school", "facts": [{{"name": "w", "type": "number"}}]}}],
            "steps": [{{"do": "formula", "level": "staff", "name": "above", "formula": "count(staff, staff.w > w)"}}]}},
          "data": {{"school": [{{"id": "S"}}], "staff": [{}]}}}}"#,
        staff.join(",")
    )
}

#[test]
fn a_request_under_way_is_finished_when_the_program_is_ended() {
    let mut server = start(&["serve", "--listen", "127.0.0.1:0"], None);
    let body = heavy();
    let mut stream = TcpStream::connect(&server.address).expect("it listens");
    let head = format!(
        "POST /v1/calculations HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Expect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("sent");
    // The answer to go on says that the request has been taken.
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).expect("answered");
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    let ended = Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().expect("kill runs");
    assert!(ended.success());
    stream.write_all(body.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with('}'), "{}", answer.get(..200).unwrap_or(&answer));
    assert_eq!(server.child.wait().expect("it ends").code(), Some(0));
}

/// A page of a server, or a file of it.
fn get(server: &Server, path: &str, token: &str) -> String {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept-Language: zh\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    let answer = ask(&server.address, &request);
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}\n{body}");
    body.to_owned()
}

/// A text as it was before HTML showed it.
fn plain(html: &str) -> String {
    html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

/// Runs what the page of the first steps shows, as it is served, on an example of its own: what is printed, and the payroll file.
fn first_steps(name: &str, saved_as: &str, program: &str) -> (String, String) {
    let mut server = start(&["serve", "--example", "--listen", "127.0.0.1:0"], None);
    let mut told = [const { String::new() }; 4];
    told.iter_mut().for_each(|line| {
        server.out.read_line(line).expect("a line for each token");
    });
    let token = |role: &str| {
        let line = told.iter().find_map(|line| line.trim().strip_prefix(role)).expect("a token of this role");
        line.trim().to_owned()
    };
    let (officer, approver) = (token("officer"), token("approver"));
    // The example is put on record when the tokens have been shown.
    let mut looks = 0;
    while !get(&server, "/v1/runs?state=calculated", &officer).contains("\"state\":\"calculated\"") {
        looks += 1;
        assert!(looks < 1_000, "the example is not calculated");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let folder = std::env::temp_dir().join(format!("fenpei-start-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let text = get(&server, &format!("/start/{name}"), "");
    std::fs::write(folder.join(saved_as), &text).expect("written");
    let ended = Command::new(program)
        .arg(saved_as)
        .current_dir(&folder)
        .env("FENPEI", format!("http://{}", server.address))
        .env("OFFICER", officer)
        .env("APPROVER", approver)
        .env("PYTHONIOENCODING", "utf-8")
        .output()
        .expect("it runs");
    let printed = String::from_utf8(ended.stdout).expect("UTF-8");
    assert!(ended.status.success(), "{name}: {printed}{}", String::from_utf8_lossy(&ended.stderr));
    let file = |name: &str| std::fs::read(folder.join(name)).expect("the file was written");
    for workbook in ["数据.xlsx", "复核.xlsx"] {
        assert!(file(workbook).starts_with(b"PK"), "{name}: {workbook}");
    }
    let statement = String::from_utf8(file("工资条.html")).expect("UTF-8");
    assert!(statement.starts_with("<!DOCTYPE html>") && statement.contains("大写"), "{name}: {statement}");
    let payroll = String::from_utf8(file("工资文件.csv")).expect("UTF-8");
    std::fs::remove_dir_all(folder).expect("removed");
    (printed, payroll)
}

#[test]
fn the_first_steps_do_what_their_page_says() {
    let mut known: Option<String> = None;
    for (name, saved_as, program) in
        [("start.sh", "start.sh", "bash"), ("start.py", "start.py", "python3"), ("start.ts", "start.mjs", "node")]
    {
        if Command::new(program).arg("--version").output().is_err() {
            assert!(std::env::var_os("CI").is_none(), "{program} is not installed");
            writeln!(std::io::stderr(), "SKIPPED: {program} is not installed").expect("a line is written");
            continue;
        }
        let (printed, payroll) = first_steps(name, saved_as, program);
        // The README's own figure for this plan and these data.
        assert!(printed.contains("应发合计：930438.99\n"), "{name}: {printed}");
        let last = payroll.lines().last().expect("a control line");
        assert!(last.starts_with("合计") && last.contains("930438.99"), "{name}: {last}");
        assert_eq!(known.get_or_insert_with(|| payroll.clone()), &payroll, "{name}");
    }
}

#[test]
fn the_page_of_the_first_steps_shows_the_whole_of_each_program() {
    let server = start(&["serve", "--listen", "127.0.0.1:0"], None);
    let page = get(&server, "/start/", "");
    let steps: Vec<&str> = page.split("<section id=\"").skip(1).collect();
    let wanted = ["token", "plan", "template", "import", "run", "wait", "payees", "statement", "release", "files"];
    assert_eq!(steps.iter().filter_map(|step| step.split('"').next()).collect::<Vec<&str>>(), wanted);
    for (number, (name, mark)) in
        [("start.sh", "# == "), ("start.py", "# == "), ("start.ts", "// == ")].iter().enumerate()
    {
        let mut text = get(&server, &format!("/start/{name}"), "");
        let shown = steps.iter().map(|step| {
            let block = step.split("<pre>").nth(number + 1).and_then(|rest| rest.split("</pre>").next());
            plain(block.expect("a block for each program"))
        });
        // What is shown and the lines that name the steps are the program but for its first lines.
        for (step, shown) in wanted.iter().zip(shown) {
            let part = format!("{mark}{step}\n{shown}\n");
            assert!(shown.len() > 30 && text.contains(&part), "{name} {step}: {shown}");
            text = text.replace(&part, "");
        }
        assert!(text.lines().filter(|line| !line.trim().is_empty()).count() <= 3, "{name}: {text}");
    }
    assert!(ask(&server.address, &HEALTH.replace("/healthz", "/")).contains("location: /start/"));
    for name in ["/start/start.rb", "/start/../start.sh"] {
        assert!(ask(&server.address, &HEALTH.replace("/healthz", name)).starts_with("HTTP/1.1 404"), "{name}");
    }
}
