//! The page of the first steps: what it shows is run.

use std::io::{BufRead, Write};
use std::process::Command;

use crate::{HEALTH, Server, ask, start};

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
