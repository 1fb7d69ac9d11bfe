//! A neutral workload: two tiers, seven allowances, as many people as a district, a county, a city or a province has.
//! All is integers and a counter's hash, so that the same bytes come out everywhere.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

pub const PLAN: &str = include_str!("plan.json");
pub const EXPECTED: &str = include_str!("expected.json");

/// A size: its name, people, schools, bureaus and seed.
pub struct Size {
    pub name: &'static str,
    pub people: u64,
    schools: u64,
    bureaus: u64,
    seed: u64,
}

pub const SIZES: [Size; 4] = [
    Size { name: "district", people: 3_400, schools: 70, bureaus: 1, seed: 11 },
    Size { name: "county", people: 12_000, schools: 280, bureaus: 1, seed: 12 },
    Size { name: "city", people: 100_000, schools: 2_300, bureaus: 10, seed: 13 },
    Size { name: "province", people: 1_837_200, schools: 50_000, bureaus: 158, seed: 14 },
];

const SURNAMES: &str =
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈";
const GIVEN: &str =
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英文华建国红玉兰梅鑫宇浩轩子涵欣怡佳琪思雨晨曦志远海燕春雷俊峰晓东";

/// School sizes as a piecewise linear distribution over a million.
const SPREAD: [(u64, u64); 9] = [
    (0, 300),
    (100_000, 600),
    (250_000, 1_200),
    (500_000, 2_500),
    (750_000, 4_800),
    (900_000, 8_500),
    (970_000, 14_000),
    (990_000, 20_000),
    (1_000_000, 32_000),
];

struct School {
    bureau: u64,
    people: u64,
    stage: u64,
    tier: u64,
    coefficient: u64,
    /// In which steps its assessors score, in hundredths.
    step: u64,
}

impl Size {
    /// A number `low..=high` of a stream, the same at each call (splitmix64 of a counter).
    fn number(&self, stream: u64, index: u64, low: u64, high: u64) -> u64 {
        let begun = ((self.seed * 1_000_003 + stream) & 0xFFFF_FFFF) << 32;
        let golden = 0x9E37_79B9_7F4A_7C15_u64;
        let x = index.wrapping_add(begun).wrapping_mul(golden).wrapping_add(golden);
        let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((x ^ (x >> 31)) >> 11) % (high - low + 1) + low
    }

    /// One of a list, by how often each occurs.
    fn one_of(&self, stream: u64, index: u64, often: &[(u64, u64)]) -> u64 {
        let mut rest = self.number(stream, index, 0, often.iter().map(|(_, times)| times).sum::<u64>() - 1);
        for (value, times) in often {
            if rest < *times {
                return *value;
            }
            rest -= times;
        }
        unreachable!("the times are summed up")
    }

    /// How many people each school has: at least three, together all.
    fn school_sizes(&self) -> Vec<u64> {
        let weight = |school| {
            let place = self.number(1, school, 0, 999_999);
            let piece = SPREAD.windows(2).find(|piece| matches!(piece, [_, (end, _)] if place < *end));
            let Some([(from, low), (to, high)]) = piece else { unreachable!("the pieces cover a million") };
            low + (place - from) * (high - low) / (to - from)
        };
        let weights: Vec<u64> = (0..self.schools).map(weight).collect();
        let (spare, total) = (self.people - 3 * self.schools, weights.iter().sum::<u64>());
        let mut sizes: Vec<u64> = weights.iter().map(|weight| 3 + weight * spare / total).collect();
        let given: u64 = sizes.iter().sum();
        let mut largest: Vec<(u64, &mut u64)> = weights.into_iter().zip(&mut sizes).collect();
        largest.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        largest.into_iter().take(usize::try_from(self.people - given).unwrap_or(0)).for_each(|(_, size)| *size += 1);
        sizes
    }

    fn schools(&self) -> Vec<School> {
        let school = |(school, people): (u64, u64)| {
            let stage = self.one_of(2, school, &[(0, 6), (1, 3), (2, 1)]);
            let tier = self.one_of(3, school, &[(0, 4), (1, 3), (2, 2), (3, 1)]);
            // About one in a hundred has too little for its allowances; at least one.
            let poor = self.number(5, school, 0, 99) == 0 || school == self.schools / 3;
            let coefficient = match poor {
                true => 250 + self.number(6, school, 0, 80),
                false => 950 + self.number(4, school, 0, 110) + tier * 20 + stage * 15,
            };
            let step = self.one_of(9, school, &[(100, 1), (50, 1), (10, 1), (1, 1)]);
            let bureau = school * self.bureaus / self.schools;
            School { bureau, people, stage, tier, coefficient, step }
        };
        (0..self.schools).zip(self.school_sizes()).map(school).collect()
    }

    /// Writes the data folder of this size where it is not there yet.
    pub fn folder(&self) -> io::Result<PathBuf> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/neutral").join(self.name);
        if folder.join("staff.csv").exists() {
            return Ok(folder);
        }
        fs::create_dir_all(&folder)?;
        let schools = self.schools();
        let mut out = BufWriter::new(fs::File::create(folder.join("bureau.csv"))?);
        writeln!(out, "id,parent,name,pool")?;
        for bureau in 0..self.bureaus {
            let people: u64 = schools.iter().filter(|school| school.bureau == bureau).map(|school| school.people).sum();
            let each = 1_980_000 + self.number(7, bureau, 0, 480_000);
            writeln!(out, "D{:04},,,{}", bureau + 1, decimal(people * each + self.number(8, bureau, 0, 99), 2))?;
        }
        out.flush()?;
        let mut out = BufWriter::new(fs::File::create(folder.join("school.csv"))?);
        writeln!(out, "id,parent,name,stage,rural_tier,coefficient")?;
        for (number, school) in (1..).zip(&schools) {
            let School { bureau, stage, tier, coefficient, .. } = school;
            writeln!(out, "S{number:06},D{:04},,{stage},{tier},{}", bureau + 1, decimal(*coefficient, 3))?;
        }
        out.flush()?;
        let unfinished = folder.join("staff.part");
        let mut out = BufWriter::new(fs::File::create(&unfinished)?);
        writeln!(
            out,
            "id,parent,name,post,months,head_months,class_size,post_months,rural_months,lessons_actual,lessons_standard,\
             award,years,sessions,s_moral,s_ability,s_diligence,s_result,grade,veto"
        )?;
        let mut index = 0;
        for (number, school) in (1..).zip(&schools) {
            for _ in 0..school.people {
                self.person(&mut out, index, number, school)?;
                index += 1;
            }
        }
        out.flush()?;
        fs::rename(unfinished, folder.join("staff.csv"))?;
        Ok(folder)
    }

    fn person(&self, out: &mut impl Write, index: u64, number: u64, school: &School) -> io::Result<()> {
        let below = |stream: u64, high: u64| self.number(stream, index, 0, high);
        let some_months = |chance: u64, often, own, most: u64| match below(chance, 9) < often {
            true => most.min(12),
            false => most.min(below(own, 12)),
        };
        let posts = [(0, 60), (1, 8), (2, 7), (3, 5), (4, 5), (5, 4), (6, 3), (7, 3), (8, 2), (9, 1), (10, 1), (11, 1)];
        let post = self.one_of(20, index, &posts);
        let months = if below(21, 99) < 91 { 12 } else { below(22, 12) };
        let head = if below(23, 99) < 31 { some_months(24, 8, 25, months) } else { 0 };
        let class = if head > 0 { 22 + below(26, 22) + below(27, 22) } else { 0 };
        let in_post = if post > 0 { some_months(28, 9, 29, months) } else { 0 };
        let rural = if school.tier > 0 { some_months(30, 9, 31, months) } else { 0 };
        let standard = if post >= 8 { 1_800 } else { 4_000 } + school.stage * 200 - below(32, 8) * 100;
        let actual = standard * (55 + below(33, 70)) / 100 / 5 * 5 * months / 12;
        let standard = standard * months / 12;
        let awards = [(0, 70), (1, 8), (2, 6), (3, 5), (4, 4), (5, 3), (6, 2), (8, 1), (9, 1)];
        let award = self.one_of(34, index, &awards);
        let years = (below(35, 20) + below(36, 20)).min(40);
        let sessions = if below(37, 99) < 55 { below(38, 119) } else { 0 } * months / 12;
        let base = 6_400 + below(39, 1_600) + below(40, 1_600);
        let score = |aspect: u64| {
            let raw = base + below(41 + aspect, 1_400) - 700;
            decimal((raw / school.step * school.step).min(10_000), 2)
        };
        let grade = self.one_of(50, index, &[(0, 15), (1, 81), (2, 3), (3, 1)]);
        let veto = below(51, 999) < 4;
        let (surnames, given) = (SURNAMES.chars().count(), GIVEN.chars().count());
        let letter = |letters: &'static str, stream, extra: u64, count: usize| {
            let place = below(stream, u64::try_from(count).unwrap_or(0) - 1 + extra);
            letters.chars().nth(usize::try_from(place).unwrap_or(0)).map(String::from).unwrap_or_default()
        };
        write!(out, "T{:08},S{number:06},", index + 1)?;
        write!(
            out,
            "{}{}{}",
            letter(SURNAMES, 52, 0, surnames),
            letter(GIVEN, 53, 0, given),
            letter(GIVEN, 54, 1, given)
        )?;
        write!(out, ",{post},{months},{head},{class},{in_post},{rural},")?;
        write!(out, "{},{},{award},{years},{sessions}", decimal(actual, 1), decimal(standard, 1))?;
        writeln!(out, ",{},{},{},{},{grade},{veto}", score(0), score(1), score(2), score(3))
    }
}

fn decimal(value: u64, places: u32) -> String {
    let unit = 10_u64.pow(places);
    format!("{}.{:0width$}", value / unit, value % unit, width = usize::try_from(places).unwrap_or(0))
}
