//! The codes that errors of the service have beside those of the language ([`Code`](crate::plan::Code)) and of files
//! ([`TROUBLES`](crate::sheet::TROUBLES)), with their words.

use crate::engine::seek::BELOW_KEEP;
use crate::wire::supposition::KEEPS_LESS;

/// A code with its meaning and its cure in Chinese and in English.
pub(super) type Row = (&'static str, [&'static str; 2], [&'static str; 2]);

/// The service's own codes.
#[rustfmt::skip]
pub(super) const OWN: [Row; 16] = [
    ("bad_form", ["上传的表单不完整，或者有的部分没有名称", "用 HTTP 库生成 multipart/form-data，不要自己拼写"],
        ["The form is not whole, or a part of it has no name", "Have an HTTP library write the multipart/form-data"]),
    ("unknown_reference", ["所指的办法、数据或核算不存在，或者办法的版本没有发布", "核对编号，并确认它属于本教育局、已经发布"],
        ["The plan, roster or run that is referred to is not there, or the plan's version is not published", "Check the id, that it is this bureau's, and that it is published"]),
    (BELOW_KEEP, [KEEPS_LESS[0], "少留一些，增加资金，或者从更小的取值开始"],
        [KEEPS_LESS[1], "Keep less, add money, or begin with a smaller value"]),
    ("no_notice_settings", ["还没有设置公示用的监督电话和异议受理单位", "先写入公示设置（/v1/notice-settings）"],
        ["The telephone and the contact of notices are not set", "Write /v1/notice-settings first"]),
    ("calendar_missing", ["公示所涉年份的节假日安排还没有录入", "按国务院办公厅当年的通知写入 /v1/calendars/{year}"],
        ["The holidays of a year of the notice are not entered", "Write /v1/calendars/{year} by the State Council's notice"]),
    ("too_few_days", ["公示的工作日少于规定的天数", "推迟最后一天；不写 to 则自动推算"],
        ["The notice has fewer working days than are set", "Let it end later, or leave to out"]),
    ("no_schools", ["核拨的结果里没有学校", "核对核拨的数据"],
        ["The allocation has no school", "Check its data"]),
    ("already_opened", ["这次核拨已经开启了一个周期", "使用那个周期，或者另做核拨"],
        ["This allocation has a cycle already", "Use that one, or make another allocation"]),
    ("no_quota_step", ["看不出核拨办法的哪一列是各校的额度", "在 step 中写明，或者用核拨到学校为止的办法"],
        ["It is not plain which column of the allocation is the quota", "Name it in step, or allocate by a plan that ends at schools"]),
    ("unknown_school", ["核拨的结果里没有这所学校，或者它被写了两次", "核对学校的编号"],
        ["The allocation has no such school, or it is named twice", "Check the id of the school"]),
    ("no_quota_fact", ["分配办法的第一层不是学校，或者没有金额数据 quota 作资金来源", "换一个分配办法，或者补上 quota"],
        ["The first level of the distribution plan is not the school, or has no money fact quota that is a fund", "Use another plan, or give it quota"]),
    ("no_check", ["教育局的要求不是检查步骤", "把它写成 check 步骤"],
        ["A requirement is no check step", "Write it as a check step"]),
    ("other_school", ["数据不是恰好这一所学校的", "只写这一所学校的一行及其下的人"],
        ["The data are not of this school alone", "Write the row of this school and no other"]),
    ("quota_fixed", ["数据写的额度与核拨的不同", "删去 quota，或者写核拨的数；额度不能由学校更改"],
        ["The data state another quota than is allocated", "Leave quota out, or state what is allocated; a school cannot change it"]),
    ("other_plan", ["数据不是按本校在周期中的办法版本编制的", "按该办法版本重新编制数据"],
        ["The roster is not of the plan version by which the school distributes", "Make one of that version"]),
    ("outstanding", ["这所学校的额度还没有发放完", "完成分配、批准和发放"],
        ["The quota of the school is not released", "Distribute, approve and release it"]),
];
