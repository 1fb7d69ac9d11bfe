"""The neutral workload by hand in NumPy, Polars, DuckDB and Python's Decimal: `peers.py PEER FOLDER OUT` reads the data
folder, writes OUT (id,allowances,merit,total) and prints the CPU seconds of the computation alone as JSON. The rates are
those of ../neutral/plan.json, in fen and hundredths."""
import json, os, sys, time

HEAD = [(35, 45000), (45, 55000), (55, 65000), (10**9, 78000)]
POST = [0, 8000, 12000, 15000, 20000, 26000, 32000, 40000, 48050, 60000, 76025, 90000]
POST_COEF = [100, 102, 105, 105, 108, 110, 112, 115, 120, 125, 135, 150]
RURAL = [0, 20000, 35000, 50000]
EXCESS = [2275, 2650, 3125]
AWARD = [0, 10000, 20000, 30000, 50000, 80000, 100000, 150000, 200000, 300000]
YEARS = [(4, 2000), (9, 4500), (19, 8000), (29, 11550), (10**9, 15000)]
SESSION = [4000, 4500, 5500]
GRADE = [120, 100, 70, 0]
SCORES = [("s_moral", 15), ("s_ability", 25), ("s_diligence", 20), ("s_result", 40)]
WHOLE = ["post", "months", "head_months", "class_size", "post_months", "rural_months", "award", "years", "sessions", "grade"]
TENTHS = ["lessons_actual", "lessons_standard"]


def cpu(work):
    begun = time.process_time()
    result = work()
    return result, time.process_time() - begun


def arrow(folder):
    """The three tables, decimals as decimals, ids as numbers."""
    import pyarrow as pa, pyarrow.csv as pc

    def read(name, types):
        return pc.read_csv(f"{folder}/{name}.csv", convert_options=pc.ConvertOptions(column_types=types, strings_can_be_null=False))

    text = {"id": pa.string(), "parent": pa.string(), "name": pa.string()}
    bureau = read("bureau", text | {"pool": pa.decimal128(16, 2)})
    school = read("school", text | {"stage": pa.int64(), "rural_tier": pa.int64(), "coefficient": pa.decimal128(5, 3)})
    staff = read("staff", text | {name: pa.int64() for name in WHOLE} | {name: pa.decimal128(6, 1) for name in TENTHS}
                 | {name: pa.decimal128(5, 2) for name, _ in SCORES} | {"veto": pa.bool_()})
    return bureau, school, staff


def numpy(folder, out):
    import numpy as np

    def integers(column):
        column = column.combine_chunks()
        if str(column.type).startswith("decimal"):
            return np.frombuffer(column.buffers()[1], dtype=np.int64)[::2][column.offset:column.offset + len(column)].copy()
        return column.to_numpy(zero_copy_only=False)

    def number(column):
        import pyarrow.compute as pc
        return pc.utf8_slice_codeunits(column, 1, 99).cast("int64").to_numpy() - 1

    bureau, school, staff = arrow(folder)
    pool, coefficient = integers(bureau["pool"]), integers(school["coefficient"])
    stage, tier = integers(school["stage"]), integers(school["rural_tier"])
    of_bureau, of_school = number(school["parent"]), number(staff["parent"])
    data = {name: integers(staff[name]) for name in WHOLE + TENTHS + [name for name, _ in SCORES] + ["veto"]}

    def lr(amount, weight, group):
        total = np.bincount(group, minlength=len(amount)).astype(np.int64) * 0
        np.add.at(total, group, weight)
        t, w = amount[group], np.maximum(total[group], 1)
        wide = t.astype(np.float64) * weight > 9.0e18
        product = np.where(wide, 0, t) * weight
        part, rest = product // w, product % w
        for i in np.flatnonzero(wide):
            part[i], rest[i] = divmod(int(t[i]) * int(weight[i]), int(w[i]))
        given = np.zeros(len(amount), dtype=np.int64)
        np.add.at(given, group, part)
        over = np.where(total > 0, amount - given, 0)
        order = np.lexsort((np.arange(len(group)), -rest, group))
        first = np.searchsorted(group[order], np.arange(len(amount)))
        rank = np.arange(len(group)) - first[group[order]]
        part[order] += rank < over[group[order]]
        return part

    def compute():
        rate = lambda bands, x: np.array([v for _, v in bands])[np.searchsorted([u for u, _ in bands], x)]
        quota = lr(pool, np.bincount(of_school, minlength=len(stage)) * coefficient, of_bureau)
        of_stage, of_tier = stage[of_school], tier[of_school]
        excess = np.maximum(0, data["lessons_actual"] - data["lessons_standard"]) * np.array(EXCESS)[of_stage]
        claim = (data["head_months"] * rate(HEAD, data["class_size"]) + data["post_months"] * np.array(POST)[data["post"]]
                 + data["rural_months"] * np.array(RURAL)[of_tier] + np.minimum(360000, (excess + 5) // 10)
                 + np.array(AWARD)[data["award"]] + data["months"] * rate(YEARS, data["years"])
                 + data["sessions"] * np.array(SESSION)[of_stage])
        asked = np.zeros(len(stage), dtype=np.int64)
        np.add.at(asked, of_school, claim)
        short = (asked > quota)[of_school]
        allowances = claim.copy()
        allowances[short] = lr(quota, claim, of_school)[short] if short.any() else 0
        quality = (sum(data[name] * weight for name, weight in SCORES) + 50) // 100
        points = quality * np.array(POST_COEF)[data["post"]] * data["months"] * np.array(GRADE)[data["grade"]] * ~data["veto"]
        merit = lr(np.maximum(0, quota - asked), points, of_school)
        return allowances, merit

    (allowances, merit), seconds = cpu(compute)
    with open(out, "w") as file:
        file.write("id,allowances,merit,total\n")
        for row, a, m in zip(staff["id"].to_pylist(), allowances.tolist(), merit.tolist()):
            t = a + m
            file.write(f"{row},{a // 100}.{a % 100:02},{m // 100}.{m % 100:02},{t // 100}.{t % 100:02}\n")
    return seconds


def polars(folder, out):
    import polars as pl

    dec = lambda scale: pl.Decimal(20, scale)
    staff_types = {name: pl.Int64 for name in WHOLE} | {name: dec(1) for name in TENTHS} | {name: dec(2) for name, _ in SCORES}
    bureau = pl.read_csv(f"{folder}/bureau.csv", schema_overrides={"pool": dec(2)})
    school = pl.read_csv(f"{folder}/school.csv", schema_overrides={"coefficient": dec(3), "stage": pl.Int64, "rural_tier": pl.Int64})
    staff = pl.read_csv(f"{folder}/staff.csv", schema_overrides=staff_types)
    whole = lambda column, unit: (pl.col(column) * unit).cast(pl.Int64)

    def pick(values, key):
        return pl.lit(pl.Series(values, dtype=pl.Int64)).gather(key)

    def band(bands, key):
        result = pl.lit(bands[-1][1])
        for upto, value in reversed(bands[:-1]):
            result = pl.when(key <= upto).then(value).otherwise(result)
        return result

    def lr(frame, amount, weight, group, name):
        t, w = pl.col(amount).cast(pl.Int128), pl.col(weight).cast(pl.Int128)
        frame = frame.with_columns(_W=w.sum().over(group))
        safe = pl.when(pl.col("_W") > 0).then(pl.col("_W")).otherwise(1)
        frame = frame.with_columns(_q=t * w // safe, _r=t * w % safe)
        frame = frame.with_columns(_over=pl.when(pl.col("_W") > 0).then(t - pl.col("_q").sum().over(group)).otherwise(0))
        frame = frame.sort([group, "_r", "id"], descending=[False, True, False])
        frame = frame.with_columns(_k=pl.int_range(pl.len()).over(group))
        part = (pl.col("_q") + (pl.col("_k") < pl.col("_over")).cast(pl.Int128)).cast(pl.Int64).alias(name)
        return frame.with_columns(part).drop("_W", "_q", "_r", "_over", "_k")

    def compute():
        heads = staff.group_by("parent").len("heads")
        tier1 = school.join(heads, left_on="id", right_on="parent").join(bureau.select(pl.col("id").alias("parent"), "pool"), on="parent")
        tier1 = tier1.with_columns(_t=whole("pool", 100), _w=pl.col("heads").cast(pl.Int64) * whole("coefficient", 1000))
        tier1 = lr(tier1, "_t", "_w", "parent", "quota").select(pl.col("id").alias("parent"), "stage", "rural_tier", "quota")
        frame = staff.join(tier1, on="parent", how="left")
        more = (whole("lessons_actual", 10) - whole("lessons_standard", 10)).clip(lower_bound=0)
        claim = (pl.col("head_months") * band(HEAD, pl.col("class_size")) + pl.col("post_months") * pick(POST, pl.col("post"))
                 + pl.col("rural_months") * pick(RURAL, pl.col("rural_tier"))
                 + ((more * pick(EXCESS, pl.col("stage")) + 5) // 10).clip(upper_bound=360000) + pick(AWARD, pl.col("award"))
                 + pl.col("months") * band(YEARS, pl.col("years")) + pl.col("sessions") * pick(SESSION, pl.col("stage")))
        quality = (sum(whole(name, 100) * weight for name, weight in SCORES) + 50) // 100
        points = quality * pick(POST_COEF, pl.col("post")) * pl.col("months") * pick(GRADE, pl.col("grade"))
        frame = frame.with_columns(claim=claim, points=pl.when(pl.col("veto")).then(0).otherwise(points))
        frame = frame.with_columns(asked=pl.col("claim").sum().over("parent"))
        frame = lr(frame, "quota", "claim", "parent", "scaled")
        frame = frame.with_columns(
            allowances=pl.when(pl.col("asked") > pl.col("quota")).then(pl.col("scaled")).otherwise(pl.col("claim")),
            rest=(pl.col("quota") - pl.col("asked")).clip(lower_bound=0))
        return lr(frame, "rest", "points", "parent", "merit").sort("id").select(
            "id", "allowances", "merit", total=pl.col("allowances") + pl.col("merit"))

    frame, seconds = cpu(compute)
    yuan = lambda name: pl.concat_str([(pl.col(name) // 100).cast(pl.String), pl.lit("."), (pl.col(name) % 100).cast(pl.String).str.zfill(2)]).alias(name)
    frame.with_columns(yuan("allowances"), yuan("merit"), yuan("total")).write_csv(out, quote_style="never")
    return seconds


def duckdb(folder, out):
    import duckdb

    db = duckdb.connect()
    wholes = ", ".join(f"'{name}': 'BIGINT'" for name in WHOLE)
    decimals = ", ".join([f"'{name}': 'DECIMAL(6,1)'" for name in TENTHS] + [f"'{name}': 'DECIMAL(5,2)'" for name, _ in SCORES])
    db.execute(f"CREATE TABLE bureau AS FROM read_csv('{folder}/bureau.csv', types={{'pool': 'DECIMAL(16,2)'}})")
    db.execute(f"CREATE TABLE school AS FROM read_csv('{folder}/school.csv', types={{'coefficient': 'DECIMAL(5,3)', 'stage': 'BIGINT', 'rural_tier': 'BIGINT'}})")
    db.execute(f"CREATE TABLE staff AS FROM read_csv('{folder}/staff.csv', types={{{wholes}, {decimals}, 'veto': 'BOOLEAN'}})")
    at = lambda values, key: f"({values})[{key} + 1]"
    band = lambda bands, key: "CASE " + " ".join(f"WHEN {key} <= {upto} THEN {value}" for upto, value in bands) + " END"

    def lr(source, amount, weight, group, name, keep):
        return f"""SELECT {keep}, (q + (row_number() OVER (PARTITION BY {group} ORDER BY r DESC, id) <= over_)::HUGEINT)::BIGINT AS {name} FROM (
          SELECT *, CASE WHEN w > 0 THEN {amount} - sum(q) OVER (PARTITION BY {group}) ELSE 0 END AS over_ FROM (
            SELECT *, {amount}::HUGEINT * {weight} // greatest(w, 1) AS q, {amount}::HUGEINT * {weight} % greatest(w, 1) AS r FROM (
              SELECT *, sum({weight}) OVER (PARTITION BY {group}) AS w FROM ({source}))))"""

    tier1 = lr("""SELECT school.id, school.parent, stage, rural_tier, (pool * 100)::BIGINT AS t, heads * (coefficient * 1000)::BIGINT AS weight
        FROM school JOIN bureau ON bureau.id = school.parent JOIN (SELECT parent AS of, count(*) AS heads FROM staff GROUP BY 1) ON of = school.id""",
               "t", "weight", "parent", "quota", "id, stage, rural_tier")
    claim = f"""head_months * {band(HEAD, 'class_size')} + post_months * {at(POST, 'post')} + rural_months * {at(RURAL, 'rural_tier')}
        + least(360000, (greatest(0, ((lessons_actual - lessons_standard) * 10)::BIGINT) * {at(EXCESS, 'stage')} + 5) // 10) + {at(AWARD, 'award')}
        + months * {band(YEARS, 'years')} + sessions * {at(SESSION, 'stage')}"""
    quality = "((" + " + ".join(f"({name} * 100)::BIGINT * {weight}" for name, weight in SCORES) + " + 50) // 100)"
    base = f"""SELECT *, sum(claim) OVER (PARTITION BY parent) AS asked FROM (
        SELECT staff.id, staff.parent, quota, {claim} AS claim,
          CASE WHEN veto THEN 0 ELSE {quality} * {at(POST_COEF, 'post')} * months * {at(GRADE, 'grade')} END AS points
        FROM staff JOIN tier1 ON tier1.id = staff.parent)"""
    deficit = lr(base, "quota", "claim", "parent", "scaled", "id, parent, quota, claim, points, asked")
    paid = f"""SELECT id, parent, points, CASE WHEN asked > quota THEN scaled ELSE claim END AS allowances,
        greatest(0, quota - asked)::BIGINT AS rest FROM ({deficit})"""
    whole = lr(paid, "rest", "points", "parent", "merit", "id, allowances")

    def compute():
        db.execute(f"CREATE TABLE tier1 AS {tier1}")
        db.execute(f"CREATE TABLE result AS SELECT id, allowances::BIGINT AS allowances, merit FROM ({whole}) ORDER BY id")

    _, seconds = cpu(compute)
    yuan = lambda fen: f"(({fen}) // 100)::VARCHAR || '.' || lpad((({fen}) % 100)::VARCHAR, 2, '0')"
    db.execute(f"""COPY (SELECT id, {yuan('allowances')} AS allowances, {yuan('merit')} AS merit, {yuan('allowances + merit')} AS total
        FROM result ORDER BY id) TO '{out}' (HEADER, QUOTE '')""")
    return seconds


def decimal(folder, out):
    import csv
    from decimal import Decimal, ROUND_HALF_UP, getcontext
    getcontext().prec = 50
    read = lambda name: list(csv.DictReader(open(f"{folder}/{name}.csv", encoding="utf-8")))
    bureau, school, staff = read("bureau"), read("school"), read("staff")
    for rows in (bureau, school, staff):
        for row in rows:
            for key, value in row.items():
                if key not in ("id", "parent", "name", "veto"):
                    row[key] = Decimal(value)

    def lr(amount, weights):
        total = sum(weights)
        if total == 0:
            return [Decimal(0)] * len(weights)
        parts = [divmod(amount * weight, total) for weight in weights]
        over = int(amount - sum(part for part, _ in parts))
        lucky = set(sorted(range(len(parts)), key=lambda i: (-parts[i][1], i))[:over])
        return [part + (i in lucky) for i, (part, _) in enumerate(parts)]

    def compute():
        rate = lambda bands, x: next(value for upto, value in bands if x <= upto)
        people, schools, result = {}, {}, []
        for row in staff:
            people.setdefault(row["parent"], []).append(row)
        for row in school:
            schools.setdefault(row["parent"], []).append(row)
        for district in bureau:
            own = schools[district["id"]]
            quotas = lr(district["pool"] * 100, [len(people[row["id"]]) * row["coefficient"] for row in own])
            for place, quota in zip(own, quotas):
                stage, claims, points = int(place["stage"]), [], []
                for p in people[place["id"]]:
                    excess = max(Decimal(0), p["lessons_actual"] - p["lessons_standard"]) * EXCESS[stage]
                    claims.append(p["head_months"] * rate(HEAD, p["class_size"]) + p["post_months"] * POST[int(p["post"])]
                                  + p["rural_months"] * RURAL[int(place["rural_tier"])]
                                  + min(Decimal(360000), excess.quantize(Decimal(1), ROUND_HALF_UP)) + AWARD[int(p["award"])]
                                  + p["months"] * rate(YEARS, p["years"]) + p["sessions"] * SESSION[stage])
                    quality = sum(p[name] * weight for name, weight in SCORES) / 100
                    quality = quality.quantize(Decimal("0.01"), ROUND_HALF_UP)
                    points.append(Decimal(0) if p["veto"] == "true" else
                                  quality * POST_COEF[int(p["post"])] * p["months"] * GRADE[int(p["grade"])])
                asked = sum(claims)
                allowances = claims if asked <= quota else lr(quota, claims)
                merits = lr(max(Decimal(0), quota - asked), points)
                result += [(p["id"], a, m) for p, a, m in zip(people[place["id"]], allowances, merits)]
        return result

    result, seconds = cpu(compute)
    with open(out, "w") as file:
        file.write("id,allowances,merit,total\n")
        for row, a, m in sorted(result):
            file.write(f"{row},{a / 100:.2f},{m / 100:.2f},{(a + m) / 100:.2f}\n")
    return seconds


if __name__ == "__main__":
    peer, folder, out = sys.argv[1:4]
    print(json.dumps({"compute": {"numpy": numpy, "polars": polars, "duckdb": duckdb, "decimal": decimal}[peer](folder, out)}))
