//! Why each kind of problem comes about and what to do: beside its title and detail, which stand in `problem`.

use crate::plan::Code;
use crate::rest::problem::Kind;

/// What to do about a kind of problem.
pub(super) struct Cure {
    /// What its `errors` may list.
    pub(super) errors: &'static [Listed],
    /// Its words in Chinese.
    pub(super) zh: Advice,
    /// Its words in English.
    pub(super) en: Advice,
}

/// The words of a cure.
pub(super) struct Advice {
    /// Why it comes about.
    pub(super) cause: &'static str,
    /// What to do in the office.
    pub(super) office: &'static str,
    /// What to do in a program.
    pub(super) program: &'static str,
}

/// Codes that errors may have.
pub(super) enum Listed {
    /// Those of a body that is not as it should be.
    Body,
    /// Those of plans.
    Plan,
    /// Those of data.
    Data,
    /// Those of rows at which something fails.
    Row,
    /// Those of files.
    Files,
    /// One of the language.
    Code(Code),
    /// One of the service's own.
    Own(&'static str),
}

use Listed::{Body, Data, Files, Own, Plan, Row};

const DATES_REVERSED: Listed = Listed::Code(Code::DatesReversed);
const BAD_VALUE: Listed = Listed::Code(Code::BadValue);
const NOT_BALANCED: Listed = Listed::Code(Code::NotBalanced);
const TOO_LARGE: Listed = Listed::Code(Code::TooLarge);
const UNKNOWN_NAME: Listed = Listed::Code(Code::UnknownName);

type Words = (&'static str, &'static str, &'static str);

const fn cure(errors: &'static [Listed], zh: Words, en: Words) -> Cure {
    let zh = Advice { cause: zh.0, office: zh.1, program: zh.2 };
    let en = Advice { cause: en.0, office: en.1, program: en.2 };
    Cure { errors, zh, en }
}

/// The cure of each kind.
#[rustfmt::skip]
#[expect(clippy::too_many_lines, reason = "one table, which the compiler keeps complete")]
pub(super) const fn of(kind: Kind) -> Cure {
    match kind {
        Kind::BadRequestBody => cure(&[Body, Own("bad_form")],
            ("请求正文读不懂，或者缺少键、有多余的键，或者某个值的种类、范围不对。", "多半是软件之间的差错，不是表填错了。请把 errors 的内容转给负责对接的人。", "按每一处的 pointer 改正：补上缺少的键，删去不认识的键；带小数的数写成带引号的文字，例如 \"394.80\"。改正后即可再发。"),
            ("The body cannot be read, lacks keys, has keys that are not known, or a value is of another kind or out of range.", "Most likely programs misunderstand each other and no form is wrong. Pass errors on to whoever looks after them.", "Mend each place that a pointer names: add what is missing, remove what is not known, write decimals as strings, such as \"394.80\". Then send it again.")),
        Kind::BadParameter => cure(&[BAD_VALUE],
            ("网址中“?”后面的某个参数写错了、写了两次，或者超出范围。", "自己改过网址的，请改回去再试；从软件里点开的，请转给负责对接的人。", "errors 中的 parameter 是参数名，message 是允许的写法。各操作的参数见 /docs/。"),
            ("A parameter after the “?” is wrong, stands there twice or is out of range.", "Where you have changed the address, change it back; otherwise pass it on to whoever looks after the program.", "parameter names it, message says what is allowed. /docs/ has the parameters of every operation.")),
        Kind::BadCursor => cure(&[],
            ("翻页用的 cursor 不是本服务给出的，或者换了列表、换了筛选条件以后还在用。", "请回到列表的第一页重新翻。", "原样使用上一页的 next_cursor，筛选条件不变；不要自己拼写。出错时去掉 cursor 从头读。"),
            ("The cursor is not one of this service, or the list or its filter is another now.", "Go back to the first page of the list.", "Use next_cursor of the page before as it is, with the same filter. Where it fails, leave cursor out and begin anew.")),
        Kind::NoIdempotencyKey => cure(&[],
            ("新建或办理的请求没有带 Idempotency-Key，或者它的写法不合格。有了它，网络中断后重发也不会办两次。", "请转给负责对接的人。", "每个新请求生成一个新的键（例如 UUID）；重试同一个请求时用同一个键，30 天内得到同样的回答。"),
            ("A request that makes or does something has no Idempotency-Key, or not a good one. With it nothing is done twice when a request is sent again.", "Pass it on to whoever looks after the program.", "Make a new key, such as a UUID, for each new request, and send the same key when you retry it: for 30 days it gets the same answer.")),
        Kind::Unauthorized => cure(&[],
            ("没有带令牌，或者令牌抄错、过期、已被吊销。", "核对令牌是否完整（以 fenpei_ 开头）。仍不行的，请管理员另发一个：令牌只显示一次，丢失后不能找回。", "请求头写 Authorization: Bearer 加令牌。新令牌用 fenpei token create 或 POST /v1/tokens 取得；换令牌之前重试没有用。"),
            ("There is no token, or it was copied wrongly, has expired or was revoked.", "See whether the token is whole (it begins with fenpei_). If it is, ask the administrator for another: a token is shown once and cannot be found again.", "Send Authorization: Bearer with the token. fenpei token create or POST /v1/tokens makes another; until then trying again does not help.")),
        Kind::Forbidden => cure(&[],
            ("令牌的角色不办理这件事。例如学校会计不能批准，审批人员不能改办法。", "请由有这项权限的人办理。", "换用有权限的角色的令牌；各操作由哪些角色办理，写在 /docs/ 中该操作的说明里。"),
            ("The role of the token does not do this: an accountant does not approve, an approver changes no plan.", "Have somebody do it who may.", "Use a token of a role that may; /docs/ says of each operation which roles do it.")),
        Kind::FourEyes => cure(&[],
            ("编制数据、创建核算和提交的人，不能再批准或发放这次核算。按人认定，换一个自己的令牌也不行。", "请另一位有批准权限的人批准和发放。只有一位的，请管理员为另一位开通。", "批准和发放要用另一个 subject 的 approver 令牌。"),
            ("Who made the roster or the run, or submitted it, may not approve or release it. The person counts, so another token of the same person does not help.", "Have another approver do it. Where there is only one, the administrator makes a token for another person.", "Approve and release with an approver's token of another subject.")),
        Kind::NotFound => cure(&[],
            ("网址写错了，没有这个编号，或者它不在这个令牌可见的范围内（例如别的学校的数据）。", "请从列表里重新打开；应当看得到却看不到的，请管理员核对令牌的角色和学校。", "编号取自列表，或新建时回答中的 id。看不到的和不存在的一样回答 404；用 GET /v1/whoami 核对令牌。"),
            ("The address is wrong, there is nothing with this id, or this token does not see it (the data of another school, say).", "Open it again from its list. Where you should see it, have the role and the schools of your token looked at.", "Take ids from lists or from the answer that made the thing. What a token does not see is answered like what is not there; GET /v1/whoami says what the token is.")),
        Kind::MethodNotAllowed => cure(&[],
            ("这个网址是对的，但不接受这种方法，例如用 GET 去提交。", "请转给负责对接的人。", "可用的方法写在回答的 Allow 头里。没有 PATCH：修改用 PUT。"),
            ("The address is right, but it does not take this method, such as GET to submit.", "Pass it on to whoever looks after the program.", "Allow has the methods that it takes. There is no PATCH: things are changed by PUT.")),
        Kind::NotAcceptable => cure(&[],
            ("请求头 Accept 里没有本服务能给出的格式。", "请转给负责对接的人。", "在 Accept 中加入 application/json（下载则是文件自己的格式），或者写 */*。"),
            ("Accept has no media type in which this can be answered.", "Pass it on to whoever looks after the program.", "Add application/json to Accept (of a download the file's own media type), or send */*.")),
        Kind::NotInState => cure(&[],
            ("现在的状态不能做这一步：例如还没有算完就提交，或者发放以后再撤回；也可能别人刚刚办理过。", "刷新，看清现在的状态，从允许的操作中选一步。已发放的不再改变。", "先 GET 取得 state 和 allowed。正在计算的，用 ?wait=30 等待。状态不变时重试没有用。"),
            ("What it is now does not allow this: a run was submitted before it was calculated, or withdrawn after its release. Somebody else may just have acted.", "Look at its state again and choose from what is allowed. What is released does not change any more.", "GET it for state and allowed. Wait with ?wait=30 for a run that is being calculated. Until the state changes, trying again does not help.")),
        Kind::StillPosted => cure(&[],
            ("公示还没有期满。公示最后一天的次日起才能批准。", "等公示期满再批准；其间有异议的，先办理异议。", "posted_until 是公示的最后一天，按北京时间算；到次日再批准。"),
            ("The notice has not ended. The run may be approved from the day after its last.", "Approve it when the notice has ended; see to objections before.", "posted_until is the last day by China's time; approve on the day after.")),
        Kind::Allocated => cure(&[],
            ("已经有一个周期按这次核拨给各校下达了额度。", "保持这次核拨不变。确有差错的，在以后的核拨中调整。", "撤回只能在开启周期之前。周期见 GET /v1/cycles。"),
            ("A cycle has given schools their quotas by this allocation.", "Leave the allocation as it is, and put right in a later one what was wrong.", "Withdraw before a cycle is opened. GET /v1/cycles lists them.")),
        Kind::CycleNotProved => cure(&[Own("outstanding"), Own("adjustment_under_way"), NOT_BALANCED],
            ("有的学校还没有发放完，或者所存的账与额度对不上。", "逐校催办 errors 中所列的学校：完成分配、批准、发放，然后再办结。有差额的，请管理员复核那一次核算。", "GET /v1/cycles/{cycle_id}/proof 随时可看还差什么。差额用该校核算的 …/verification 查。"),
            ("Schools have not released all of their quotas, or what is on record does not add up to them.", "See to each school that errors names until it has released, then close the cycle. A difference is for the administrator to verify.", "GET /v1/cycles/{cycle_id}/proof says at any time what is missing; …/verification of the school's run looks into a difference.")),
        Kind::CodeTaken => cure(&[],
            ("本教育局已经有一个用这个代码的办法。", "要修改它，请改它的草案；确是另一个办法，请换一个代码。", "用 GET /v1/plans 找到这个代码的办法，再 PUT 它的 draft。"),
            ("The bureau has a plan with this code already.", "To change it, write its draft; for another plan choose another code.", "Find the plan by its code in GET /v1/plans and PUT its draft.")),
        Kind::TooManyEndpoints => cure(&[],
            ("接收事件的地址已有 20 个。", "请管理员删去不用的。", "DELETE 不用的接收端，或者由一个接收端转发给其他系统。"),
            ("There are 20 webhook endpoints.", "Have the administrator delete those that are not used.", "DELETE one, or have one pass events on.")),
        Kind::InFlight => cure(&[],
            ("同样的请求还没有办完，多半是等不及又发了一次。", "等几秒再看，不会办两次。", "等一会儿（1、2、4 秒……）用同一个键原样再发。"),
            ("The same request is still being done; most likely it was sent again too soon.", "Wait some seconds and look again: nothing is done twice.", "Wait (1, 2, 4 seconds …) and send it again with the same key.")),
        Kind::Stale => cure(&[],
            ("在读取之后，别人已经改过它。", "重新打开，看清别人改了什么，再改一次。", "重新 GET，取新的 ETag，把修改合在一起再发；不要看也不看就覆盖。"),
            ("Somebody has changed it since it was read.", "Open it again, see what was changed, and change it again.", "GET it again for the new ETag, join both changes and send them; do not write over what nobody has looked at.")),
        Kind::BodyTooLarge => cure(&[],
            ("发来的内容超过上限：带数据的 64 MiB，草案 2 MiB，其余 64 KiB。", "按学校分成几个文件，或者删去文件里的图片和无关的工作表。", "把数据按学校分成几份；用不到的内容不要放进请求。"),
            ("What was sent passes a limit: 64 MiB with data, 2 MiB with a draft, 64 KiB otherwise.", "Make a file for each school, or take pictures and other sheets out of it.", "Split the data by school, and send nothing that is not needed.")),
        Kind::UnsupportedMediaType => cure(&[],
            ("请求正文不是所要求的格式，或者经过压缩，或者不是 UTF-8。", "请转给负责对接的人。", "写 Content-Type: application/json；上传文件用 HTTP 库的 multipart/form-data，不要自己写 boundary。不要压缩。"),
            ("The body is in another format, is compressed or is not UTF-8.", "Pass it on to whoever looks after the program.", "Send Content-Type: application/json; send files as multipart/form-data by an HTTP library, which writes the boundary. Do not compress.")),
        Kind::PlanRefused => cure(&[Plan],
            ("办法没有写对：有未定义的名称、读不懂的公式、放错位置的步骤，或者它自带的算例得不出预期的结果。", "errors 逐条写明错在哪一步、怎样改。改完先检查办法，再发布。", "先 POST /v1/plan-checks，或者运行 fenpei check，它像编译器一样标出行和位置。at 是办法中的 JSON 指针，pos 是公式中第几个字（从 0 起）。"),
            ("The plan has names that are not defined, formulas that cannot be read, steps in the wrong place, or an example that does not come to what it expects.", "errors says of each step what is wrong and what to do. Check the plan, then publish it.", "POST /v1/plan-checks first, or run fenpei check, which marks lines and places as a compiler does. at is a JSON pointer into the plan, pos a character of the formula, from 0.")),
        Kind::DataRefused => cure(&[Data],
            ("数据与办法不符：缺少必填项、编号重复、上级找不到、数值超出范围，等等。", "按 errors 逐条改正：level、row、fact 写明哪一层、哪个编号、哪一项。空白不等于 0，确实是零的请写 0。", "pointer 是请求正文中的位置。缺什么就请填报人补什么，不要自动补 0。"),
            ("The data do not fit the plan: something required is missing, an id stands there twice, a row above is not there, a number is out of range.", "Correct each error: level, row and fact say where. Blank is not 0; where it is zero, write 0.", "pointer is the place in the body. Have what is missing filled in by who knows it; do not fill in zeros.")),
        Kind::ImportRefused => cure(&[Files, Data],
            ("表格里有错误。全部错误一次列出，没有导入任何一行。", "按 errors 中的工作表和单元格（例如 D17）改正后重新上传；也可以取回标红的文件，在上面改。", "用同样的表单 POST /v1/roster-imports/annotated.xlsx 取得标红的文件；加 dry_run=true 可以先试导入。"),
            ("There are faults in the tables. All are told at once, and no row was imported.", "Correct each cell that errors names (D17, say) and send the file again, or have it back with the faults in red and mend it there.", "POST the same form to /v1/roster-imports/annotated.xlsx for the file in red; dry_run=true only tries an import.")),
        Kind::WorkbookTooLarge => cure(&[],
            ("内容超过了电子表格本身的上限。", "按学校分开下载。", "一次只取一所学校，或者改用 CSV、NDJSON、JSON。"),
            ("There is more than a workbook holds.", "Download it school by school.", "Ask for one school at a time, or take CSV, NDJSON or JSON.")),
        Kind::CalculationRefused => cure(&[Row],
            ("办法和数据各自没有错，但合在一起算不出结果：例如资金不够、除数为零、表里查不到、检查条件不成立。算不出就不算，从不给出部分结果。", "errors 写明哪一层、哪个编号、哪一步。先核对数据；资金不够的，增加资金，或者按规定降低标准。", "同样的办法和数据永远是同样的回答，重试没有用。资金不够时 fund 是哪个资金池，short 是缺多少元。"),
            ("Plan and data are good, but together they give no result: a fund runs dry, something is divided by zero, a key is not in its table, a check does not hold. There is never a part of a result.", "errors says at which level, row and step. Look at the data first; where money is short, add some, or lower the rates as the rules allow.", "The same plan and data always give the same answer, so trying again does not help. Of a fund that runs dry, fund says which and short how much.")),
        Kind::NotComparable => cure(&[],
            ("两边的办法没有都写明钱发给哪一层的人，无法逐人比较。", "请用写明领取人的办法。", "在办法中写 payee，例如 \"payee\": \"staff\"，再比较。"),
            ("One of the plans does not say which level is paid, so nobody can be compared.", "Use plans that say who is paid.", "Write payee in the plan, such as \"payee\": \"staff\".")),
        Kind::UnknownReference => cure(&[Own("unknown_reference")],
            ("请求提到的办法、数据或核算不存在，不属于本教育局，或者办法的那个版本还没有发布。", "请从列表里重新选择；办法须先发布。", "每一处 pointer 指向写错的编号。GET 一下它，看是否存在、是否已发布。"),
            ("The plan, roster or run that is referred to is not there or is another bureau's, or that version of the plan is not published.", "Choose it again from its list; a plan is published first.", "Each pointer is at an id that is wrong. GET it to see whether it is there, and published.")),
        Kind::SuppositionRefused => cure(&[Plan, Data, Row],
            ("测算时假设的常数、表格、数据或公式，与办法或数据对不上。", "请对照办法，改正所假设的名称和数值。", "pointer 是请求中的位置，suggestion 是相近的名称。"),
            ("A constant, table, fact or formula that is supposed does not fit the plan or the data.", "Look at the plan and correct the names and values that you suppose.", "pointer is the place in the request, suggestion a name that is near.")),
        Kind::TooMuchWork => cure(&[TOO_LARGE],
            ("一次测算的方案太多，或者数据太多。", "减少方案，或者按学校分开测算。", "上限是 1,000 万行（数据的行数乘以计算的次数）。分成几个请求。"),
            ("There are too many variants or too much data for one request.", "Use fewer variants, or suppose school by school.", "The limit is 10,000,000 rows (those of the roster times the calculations). Send several requests.")),
        Kind::GoalNotReached => cure(&[Row, Own("left_below_keep")],
            ("从最小的取值起，没有一个取值能达到目标。", "放宽目标、增加资金，或者从更小的数开始。", "errors 是最小的取值不成立之处。减小 from，或者放宽 keep。"),
            ("No value reaches the goal, from the smallest on.", "Ask for less, add money, or begin with a smaller number.", "errors says why the smallest value fails. Lower from or keep.")),
        Kind::GoalNotMonotone => cure(&[Row, Own("left_below_keep")],
            ("较小的取值不成立，较大的反而成立，所以没有唯一的界限。", "缩小取值的范围再试。", "fails 不成立，holds 成立。从 holds 起再问，或者逐个测算。"),
            ("A smaller value fails and a larger one holds, so there is no one limit.", "Try again within a narrower range.", "fails fails and holds holds. Ask again from holds on, or simulate the values one by one.")),
        Kind::PayrollRefused => cure(&[UNKNOWN_NAME, BAD_VALUE, TOO_LARGE],
            ("列方案中的项目在这次核算中没有，或者文件的编码、行数写不下这些内容。", "请按这次核算的项目修改列方案，或者换一个方案；生僻字写不出的，改用 UTF-8。", "GET 核算的 items 是有哪些项目。GB 18030 写不出的字用 \"encoding\": \"utf-8\"。"),
            ("The run has no such item as the profile names, or the encoding or the sheet does not hold what is to be written.", "Change the profile to the items of this run, or use another; where a letter cannot be written, take UTF-8.", "items of the run are what there is. For letters that GB 18030 does not have, use \"encoding\": \"utf-8\".")),
        Kind::NoticeRefused => cure(&[Own("no_notice_settings"), Own("calendar_missing"), DATES_REVERSED, Own("too_few_days"), TOO_LARGE],
            ("公示的天数不够，日期写反了，公示设置或当年的节假日安排还没有录入，或者文件写不下。", "按 errors 办理：先写公示设置（监督电话、受理单位）和节假日安排，再定日期。", "PUT /v1/notice-settings 和 /v1/calendars/{year}；to 可以不写，由服务按最少的工作日推算。"),
            ("There are too few working days, the dates are reversed, the settings or the holidays of the year are not entered, or the file does not hold the list.", "Do as errors says: first the settings (telephone, contact) and the holidays, then the dates.", "PUT /v1/notice-settings and /v1/calendars/{year}; leave to out and the service counts the working days.")),
        Kind::CycleRefused => cure(&[Own("no_schools"), Own("already_opened"), Own("no_quota_step"), Own("unknown_school"), Own("no_quota_fact"), Own("no_check"), Own("other_school"), Own("quota_fixed"), Own("other_plan"), Own("adjusted"), Own("negative_quota"), Own("unknown_category"), Own("not_settled"), Own("carried_fixed"), Plan],
            ("核拨、分配办法、要求或某校的数据，与这个周期对不上。", "按 errors 逐条改正。额度以教育局核拨的为准，学校不能更改。", "数据里不写 quota，由服务填入；requirements 只能是 check 步骤。"),
            ("The allocation, a plan, a requirement or the data of a school do not fit the cycle.", "Correct each error. Quotas are what the bureau has allocated; a school cannot change its own.", "Leave quota out of the data: the service puts it in. requirements are check steps only.")),
        Kind::StatementsRefused => cure(&[TOO_LARGE],
            ("人数超过一个工资条文件的上限（5,000 人），或者表格写不下。", "按学校下载。", "加参数 school，逐校下载；或者用 …/statements 逐页读取。"),
            ("There are more people than a file of statements has (5,000), or a sheet does not hold them.", "Download them school by school.", "Use the parameter school, or read …/statements page by page.")),
        Kind::OtherCode => cure(&[],
            ("草案里的 code 与这个办法原来的代码不同。", "代码不能更改；要换代码，请新建办法。", "把 code 写成原来的，或者 POST /v1/plans。"),
            ("The draft has another code than the plan.", "The code of a plan never changes; for another code make another plan.", "Write the code that the plan has, or POST /v1/plans.")),
        Kind::KeyReused => cure(&[],
            ("这个 Idempotency-Key 已经用于另一个请求，或者重发时改动了内容。", "请转给负责对接的人。", "内容有改动就是新的请求，用新的键；只有原样重试才用旧的键。"),
            ("This Idempotency-Key was used for another request, or the request was changed before it was sent again.", "Pass it on to whoever looks after the program.", "A changed request is a new one and needs a new key; the old key is only for the same request.")),
        Kind::NoIfMatch => cure(&[],
            ("修改时没有说明是在哪一次的内容上改的。", "请转给负责对接的人。", "先 GET，把回答的 ETag 写进 If-Match，再 PUT 或办理。"),
            ("The request does not say which state of the thing it changes.", "Pass it on to whoever looks after the program.", "GET it first and send its ETag as If-Match.")),
        Kind::TooManyRequests => cure(&[],
            ("短时间内请求太多，或者等候计算的核算太多。", "等几秒再试。", "等 Retry-After 所说的秒数。轮询改用 ?wait=30 或 /v1/events；管理员可用 --rate 调整上限。"),
            ("There were too many requests in a short time, or too many runs wait to be calculated.", "Try again after some seconds.", "Wait for the seconds of Retry-After. Instead of asking again and again use ?wait=30 or /v1/events; --rate sets the limit.")),
        Kind::Internal => cure(&[],
            ("这是程序的缺陷，不是操作的错。", "请把时间和 X-Request-Id 告诉管理员，不要反复重试。", "按 X-Request-Id 查日志，连同请求的种类报告给维护者；不要附上任何人的金额。"),
            ("This is a defect of the program, not yours.", "Tell the administrator the time and X-Request-Id, and do not try again and again.", "Find X-Request-Id in the log and report it with what was asked; leave out what anybody is paid.")),
        Kind::TimedOut => cure(&[],
            ("在时限（60 秒）内没有做完：数据太多，或者服务太忙。", "稍后再试；数据多的，按学校分开。", "新建的用同一个 Idempotency-Key 重试。数据大的建核算（POST /v1/runs），它在后台计算。"),
            ("It was not done within the time limit (60 seconds): there are too many data, or the service is busy.", "Try later; with many data, take each school by itself.", "Retry what makes something with the same Idempotency-Key. For many data make a run (POST /v1/runs), which is calculated apart.")),
        Kind::ObjectionsOpen => cure(&[],
            ("这次核算公示期间收到的异议还没有全部处理。", "逐份处理 objections 中所列的异议：成立的会撤回核算，不成立的写明理由，然后再批准。", "GET /v1/runs/{run_id}/objections?state=open 列出它们，POST …/decide 处理。"),
            ("Objections to the run are not decided yet.", "Decide each one that objections names: one that is upheld withdraws the run, one that is rejected needs a reason. Then approve.", "GET /v1/runs/{run_id}/objections?state=open lists them; POST …/decide decides one.")),
        Kind::OverLimit => cure(&[Own("over_limit")],
            ("批准之后，有人在各校的所得之和会超过这个周期的限额。", "按 errors 所列的工号核对各校的数据；有误的撤回改正。", "GET /v1/cycles/{cycle_id}/people?over=true 列出超过限额的人和各校的金额。"),
            ("If it were approved, people would get more over all schools than the cycle allows.", "Check the data of each number that errors names at all schools, and withdraw what is wrong.", "GET /v1/cycles/{cycle_id}/people?over=true lists who is above a limit, with each school's amount.")),
        Kind::DerivedPlan => cure(&[],
            ("这个办法是系统为周期派生的：原办法接上了教育局的要求。", "修改或归档原办法；派生的随周期使用，不能单独改动。", "周期的学校里 plan_id 是原办法，checked_plan_id 是派生的。"),
            ("The service made this plan for a cycle: it is another plan with the bureau's requirements.", "Change or archive that plan; this one serves its cycle and is never changed by itself.", "Of a cycle's school plan_id is the plan, checked_plan_id the one that was made of it.")),
        Kind::CarriedGiven => cure(&[],
            ("有人的结转在两份核算里同时要用，另一份先到了。", "再提交一次。", "用新的 Idempotency-Key 再发一次；GET /v1/carry-overs 可看各人还有多少等待。"),
            ("Two runs wanted what is carried over to somebody at once, and the other came first.", "Send it again.", "Send it again with a new Idempotency-Key; GET /v1/carry-overs says what waits for whom.")),
        Kind::NotAdjustable => cure(&[Own("is_adjustment"), Own("under_way"), Own("allocated"), Own("cycle_closed"), Own("pays_nobody")],
            ("这次核算现在不能调整，原因见 errors。", "按 errors 的说明办理：先办完另一次调整，或者改用 next_period。", "run_id 是有关的核算。GET /v1/runs/{run_id}/adjustments 列出全部调整。"),
            ("The run cannot be adjusted now; errors says why.", "Do what errors says: finish the other adjustment first, or use next_period.", "run_id is the run concerned. GET /v1/runs/{run_id}/adjustments lists all adjustments.")),
        Kind::AdjustmentRefused => cure(&[Own("other_plan"), Own("no_revision"), Own("no_reserve"), Own("unknown_payee")],
            ("更正后的数据、人员或者支付差额的资金池，与原核算对不上。", "按 errors 逐条改正。更正后的数据要由原核算的数据修订而来。", "先 POST /v1/rosters/{roster_id}/revisions 得到修订后的数据，再写它的编号。"),
            ("The corrected roster, the payees or the reserve do not fit the run.", "Correct each error. The corrected roster is a revision of the run's.", "POST /v1/rosters/{roster_id}/revisions first, and name the roster that it makes.")),
        Kind::ReferenceRefused => cure(&[Own("not_a_payee"), Own("not_a_school"), Own("other_school"), Own("in_force"), Own("other_plan"), Own("replaced_already"), Own("of_a_cycle"), Own("unknown_reference")],
            ("所指的人、学校或核算存在，但不能这样引用，原因见 errors。", "按 errors 逐条核对编号。", "pointer 指出是正文的哪一处。"),
            ("The payee, school or run that is referred to cannot be referred to here; errors says why.", "Check each id by errors.", "pointer says which part of the body it is.")),
        Kind::StoreUnavailable => cure(&[],
            ("数据库正忙、磁盘已满，或者连接不上。没有写入任何内容。", "稍后再试；持续出现的，请告诉管理员。", "等 Retry-After 的秒数，用同一个键原样再发。管理员请查磁盘空间和数据库，/readyz 可看是否恢复。"),
            ("The database is busy, its disk is full, or it cannot be reached. Nothing was written.", "Try later; where it goes on, tell the administrator.", "Wait for the seconds of Retry-After and send it again with the same key. Look at the disk and the database; /readyz says when they are back.")),
    }
}
