//! `/start/`: the way from a token to the payroll file, for an accountant, with the requests of each step in three languages.

use actix_web::http::header::{CONTENT_DISPOSITION, ContentType};
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};

use super::page::{code, page};
use crate::plan::Language;
use crate::rest::asked::{Asked, language};
use crate::rest::problem::{Kind, Problem};
use crate::wire::explanation::escaped;

/// The same steps as a program: the name of its file, its language, and how a line of it begins that names a step.
struct Program {
    name: &'static str,
    language: &'static str,
    mark: &'static str,
    text: &'static str,
}

const PROGRAMS: [Program; 3] = [
    Program {
        name: "start.sh",
        language: "curl（bash）",
        mark: "# == ",
        text: include_str!("../../../docs/start/start.sh"),
    },
    Program {
        name: "start.py",
        language: "Python（标准库）",
        mark: "# == ",
        text: include_str!("../../../docs/start/start.py"),
    },
    Program {
        name: "start.ts",
        language: "TypeScript（Node）",
        mark: "// == ",
        text: include_str!("../../../docs/start/start.ts"),
    },
];

/// The steps: their name in the programs, their title, and what an accountant should know of them.
#[rustfmt::skip]
const STEPS: [(&str, &str, &str); 10] = [
    ("token", "拿到令牌",
        "令牌是一串以 fenpei_ 开头的字，相当于每个人的钥匙：是谁、什么角色，都由它认定。服务第一次启动时显示一次，请各人自己保存，不要共用；丢了请管理员另发。先问一句“我是谁”，看角色对不对。"),
    ("plan", "找到办法",
        "办法就是教育局发布的分配办法。按它的代码找到编号和版本。示例办法的代码是 xincheng-increment-2026，正式使用时换成自己的。"),
    ("template", "下载填报表",
        "填报表是一个 Excel、WPS 都能打开的工作簿，表头就是办法所要的各项。这里用上一次核算的数据预先填好，打开后只改有变化的地方。第一次用还没有上次的数据，去掉 prefill 就是空表。"),
    ("import", "导入",
        "填好后上传整个文件。只要有一处错，就一行也不导入；全部错误一次列出，写明哪张表、哪个单元格、怎样改。空白从不当作 0：确实是零的，请写 0。想先试一试，在路径后加 ?dry_run=true。"),
    ("run", "核算",
        "用导入的数据建一次核算，标题写成自己认得的。数据和核算建好以后都不再改变：发现数据有错，就改好重新导入，再建一次。"),
    ("wait", "等结果",
        "几千人通常不到一秒。状态是 calculated，就是算好了；是 failed，就是算不出，原因和改法写在 failure 里，例如资金不够。"),
    ("payees", "看各人金额",
        "每人一条：工号、姓名、应发合计和各项明细，金额都精确到分。"),
    ("statement", "看工资条",
        "工资条写明每一项怎样算出来，拿计算器就能复核。存成网页，可以直接打印在 A4 纸上。"),
    ("release", "提交、批准、发放",
        "经办人员提交，由另一位审批人员批准和发放：编制数据、建核算和提交的人，不能批准自己经手的。要公示的，提交后先公示，期满再批准。发放以后不再改变。示例里两个令牌接连使用；正式使用时，请两个人各用各的。"),
    ("files", "下载工资文件",
        "工资文件.csv 交给工资系统，最后一行是合计，供核对。复核.xlsx 里是活的公式，用 Excel 或 WPS 打开重算一遍，每一步都与系统的数对照。"),
];

/// The page.
pub(super) async fn start(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let mut asked = Asked::of(&request)?;
    asked.language = Language::Chinese;
    Ok(asked.page(told()))
}

/// One of the programs.
pub(super) async fn program(request: HttpRequest, name: Path<String>) -> Result<HttpResponse, Problem> {
    let program = PROGRAMS.iter().find(|program| program.name == *name);
    let program = program.ok_or_else(|| Problem::new(Kind::NotFound, language(&request)))?;
    let mut answer = HttpResponse::Ok();
    answer.content_type(ContentType::plaintext());
    answer.insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", program.name)));
    Ok(answer.body(program.text))
}

/// The part of a program that is this step.
fn part(program: &Program, step: &str) -> &'static str {
    let head = format!("{}{step}\n", program.mark);
    let part = program.text.split_once(&head).map_or("", |(_, rest)| rest);
    let end = part.find(&format!("\n{}", program.mark)).unwrap_or(part.len());
    part.get(..end).unwrap_or(part).trim()
}

fn told() -> String {
    let files: Vec<String> = PROGRAMS
        .iter()
        .map(|program| format!("{}：<a href=\"/start/{}\">{}</a>", program.language, program.name, program.name))
        .collect();
    let mut body = format!(
        "<p>从令牌到工资文件，一共十步。每一步先用一段话说明做什么，再给出三种写法，内容相同，任选一种；照抄就能运行。\
         整个程序也可以下载：{}。</p>\n\
         <h2>准备</h2>\n\
         <p>请管理员启动服务，并告知地址和两个人的令牌（经办人员、审批人员）。想先试用：{} 会建一个示范区县，数据、核算都是现成的。\
         在运行程序的窗口里先写好三个变量（Windows 的 PowerShell 写成 {}，余同）：</p>\n\
         <pre>export FENPEI=http://127.0.0.1:8080\nexport OFFICER=fenpei_…     # 经办人员的令牌\nexport APPROVER=fenpei_…    # 审批人员的令牌</pre>\n\
         <p>不写程序也能一步一步地办：打开<a href=\"/docs/\">接口文档</a>，点 Authorize 填入令牌，再在各操作里点 Try it out。</p>\n",
        files.join("，"),
        code("fenpei serve --example"),
        code("$env:FENPEI = \"http://127.0.0.1:8080\""),
    );
    for (number, (step, title, text)) in (1..).zip(STEPS) {
        let blocks: String = PROGRAMS
            .iter()
            .map(|program| {
                let text = escaped(part(program, step));
                format!("<figure><figcaption>{}</figcaption><pre>{text}</pre></figure>\n", program.language)
            })
            .collect();
        body.push_str(&format!(
            "<section id=\"{step}\">\n<h2>{number}. {title}</h2>\n<p>{}</p>\n<div class=\"three\">\n{blocks}</div>\n</section>\n",
            escaped(text)
        ));
    }
    body.push_str(
        "<h2>出了错</h2>\n<p>服务不会给出部分的、猜出来的结果。办不成的，它说明错在哪里、为什么、怎样改；\
         其中 type 是一个网址，打开就是这类问题的说明。全部问题和错误代码见<a href=\"/problems/\">问题与错误代码</a>，\
         全部操作见<a href=\"/docs/\">接口文档</a>。</p>\n",
    );
    page(Language::Chinese, "快速入门：从令牌到工资文件", &body)
}
