//! `plan-language.md` §2.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::RowId;

/// 数据：每一层的名称对应该层的各行；没有行的层可以不写。Data: the rows of each level by its name; a level without rows may
/// be absent.
#[derive(Serialize, ToSchema)]
pub struct PlanData(pub BTreeMap<String, Vec<DataRow>>);

/// 一行数据，例如一所学校、一名教职工。A row, such as a school or a teacher.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DataRow {
    /// 编号，在本层内唯一。Its id, unique within its level.
    pub id: RowId,
    /// 上级行的编号；最上层不写。The id of the row above; absent at the root.
    pub parent: Option<RowId>,
    /// 给人看的名称，不参与计算。A name for people; nothing is computed on it.
    pub name: Option<String>,
    /// 各项数据的值，按数据的名称。金额、数、日期、选项、编号写成文字（整数可以写成 JSON 整数），真假值写成 true 或 false；
    /// 带小数点的 JSON 数字会被拒绝。The values of the facts by their names: strings (whole numbers may be JSON integers),
    /// flags as true or false; a JSON number with a fraction is refused.
    pub facts: Option<BTreeMap<String, serde_json::Value>>,
}
