#!/usr/bin/env python3
"""Lets Schemathesis ask a live server whatever it thinks of, by both documents, and fails where an answer is none that
they promise. `fuzz.py FENPEI` takes the program; further arguments are Schemathesis's own."""

import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request

CASES = 5_000
HERE = os.path.dirname(os.path.abspath(__file__))
SCHEMATHESIS = os.path.join(os.path.dirname(sys.executable), "schemathesis")


def of_the_example(url, token):
    """Which plan, roster and run there are, as parameters: what is asked with others is mostly told 404."""

    def get(path):
        request = urllib.request.Request(url + path, headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    run = get(f"/v1/runs/{get('/v1/runs')['items'][0]['id']}?wait=30")
    payee = get(f"/v1/runs/{run['id']}/payees")["items"][0]
    known = {"plan_id": run["plan_id"], "version": run["version"], "roster_id": run["roster_id"], "run_id": run["id"]}
    known |= {"other_run_id": run["id"], "row_id": payee["id"]}
    return "\n[parameters]\n" + "".join(f'"path.{name}" = {json.dumps(value)}\n' for name, value in known.items())


def fuzz(fenpei, document, role, is_of_example, options):
    """The number of cases that were tried as somebody of this role, on a database of its own."""
    with tempfile.TemporaryDirectory() as folder, open(f"{folder}/log", "w", encoding="utf-8") as log:
        database = ["--database", f"{folder}/fuzz.db"]
        serve = [fenpei, "serve", *database, "--listen", "127.0.0.1:0", "--example", "--rate", "0"]
        with subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=log, text=True) as server:
            try:
                url = server.stdout.readline().strip()
                make = [fenpei, "token", "create", *database, "--role", role, "--subject", "fuzz"]
                token = subprocess.run(make, stdout=subprocess.PIPE, text=True, check=True).stdout.split()[0]
                with open(f"{HERE}/schemathesis.toml", encoding="utf-8") as settings:
                    text = settings.read()
                with open(f"{folder}/schemathesis.toml", "w", encoding="utf-8") as settings:
                    settings.write(text + of_the_example(url, token) if is_of_example else text)
                run = [SCHEMATHESIS, "--config-file", f"{folder}/schemathesis.toml", "run", f"{HERE}/../{document}"]
                run += ["--url", url, "--header", f"Authorization: Bearer {token}", *options]
                told = subprocess.run(run, stdout=subprocess.PIPE, text=True, cwd=folder)
            finally:
                server.terminate()
    cases = re.search(r"([\d,]+) generated", told.stdout)
    if told.returncode != 0 or not cases:
        print(told.stdout)
        sys.exit(f"{document} as {role}: exit {told.returncode}")
    return int(cases[1].replace(",", ""))


if __name__ == "__main__":
    fenpei, *options = sys.argv[1:]
    total = 0
    operators = ["--include-tag", "access", "--include-tag", "events"]
    for document, role, is_of_example, only in [
        ("openapi.json", "officer", True, []),
        ("openapi-3.0.json", "officer", False, []),
        ("openapi.json", "operator", False, operators),
    ]:
        cases = fuzz(os.path.abspath(fenpei), document, role, is_of_example, [*only, *options])
        print(f"{document} as {role}: {cases} cases, each answered as the document says", flush=True)
        total += cases
    if total < CASES:
        sys.exit(f"only {total} cases, of {CASES} that there should be")
