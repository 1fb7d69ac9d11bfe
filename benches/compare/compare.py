"""compare.py [SIZE …]: the neutral workload in Fenpei and in the peers of peers.py, side by side, each in a process of its
own, in turns. Every person's fen are checked against ../neutral/expected.json. Prints CPU nanoseconds a person (user and
system, all threads), medians, and ratios; the peak memory beyond that of the smallest size.

    cargo build --release && cargo bench --bench neutral district city province    # the program and the data
    python3 -m venv target/compare/venv && target/compare/venv/bin/pip install -r benches/compare/requirements.txt
    target/compare/venv/bin/python benches/compare/compare.py district city province
"""
import csv, hashlib, json, os, statistics, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
EXPECTED = json.load(open(f"{HERE}/../neutral/expected.json"))["sizes"]
PEERS = ["numpy", "polars", "duckdb", "decimal"]
TURNS = int(os.environ.get("TURNS", "3"))


def run(command):
    """CPU seconds, peak bytes and output of a process."""
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    text = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"{command} ended with {status}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, text


def check(path, size):
    found = hashlib.sha256(open(path, "rb").read()).hexdigest()
    assert found == EXPECTED[size]["sha256"], f"{path}: fen differ"


def fenpei(size, folder, out):
    cpu, peak, _ = run([f"{ROOT}/target/release/fenpei", "calculate", f"{HERE}/../neutral/plan.json", folder, "--out", f"{out}/result"])
    with open(f"{out}/result/staff.csv", encoding="utf-8") as rows, open(f"{out}/fen.csv", "w") as fen:
        for row in csv.DictReader(rows):
            fen.write("id,allowances,merit,total\n" if fen.tell() == 0 else "")
            fen.write(f"{row['id']},{row['allowances']},{row['merit']},{row['total']}\n")
    check(f"{out}/fen.csv", size)
    return {"file to file": cpu, "peak": peak}


def peer(name, size, folder, out):
    cpu, peak, text = run([sys.executable, f"{HERE}/peers.py", name, folder, f"{out}/{name}.csv"])
    check(f"{out}/{name}.csv", size)
    return {"file to file": cpu, "compute": json.loads(text)["compute"], "peak": peak}


def computed(size):
    """The engine alone, as the bench says it."""
    found = subprocess.run(["cargo", "bench", "-q", "--bench", "neutral", size], cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    words = found.stdout.split("\n")[1].split()
    return float(words[3]) * 1e-9


def main():
    base = {}
    for size in sys.argv[1:] or ["district", "city", "province"]:
        people, folder = EXPECTED[size]["staff"], f"{ROOT}/target/neutral/{size}"
        names = [name for name in PEERS if name != "decimal" or people <= 100_000]
        found = {name: [] for name in ["fenpei", *names]}
        with tempfile.TemporaryDirectory(dir=f"{ROOT}/target") as out:
            for _ in range(TURNS):
                found["fenpei"].append(fenpei(size, folder, out))
                for name in names:
                    found[name].append(peer(name, size, folder, out))
        middle = lambda name, what: statistics.median(turn[what] for turn in found[name])
        own = computed(size) * people
        print(f"{size}: {people} people, 0 fen differ")
        for name in found:
            compute = own if name == "fenpei" else middle(name, "compute")
            whole, peak = middle(name, "file to file"), middle(name, "peak")
            beyond = (peak - base.setdefault(name, peak)) / people
            print(f"  {name:8} compute {compute / people * 1e9:9.0f} ns ({compute / own:6.1f} ×)   file to file {whole / people * 1e9:9.0f} ns"
                  f" ({whole / middle('fenpei', 'file to file'):5.1f} ×)   peak {peak / 1e6:6.0f} MB, {beyond:5.0f} bytes a person more")


main()
