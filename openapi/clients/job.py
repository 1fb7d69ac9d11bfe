#!/usr/bin/env python3
"""Runs the job of each client (README.md) on a live server with a new database, and compares what it says with what is
expected; then once more through a proxy that makes the server a later one: it answers with fields, a state and codes that
the clients were not generated with.

    job.py FENPEI CLIENT=COMMAND …      e.g. job.py target/debug/fenpei 'python=python3 job.py'
"""

import http.client
import http.server
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import urllib.parse

PAYEES = ["T1 12345678901234.56"] + [f"T{number} 200.00" for number in range(2, 7)]
EXPECTED = [
    "calculated 12345678901234.56",
    "412 stale",
    "plan published",
    "422 import_refused not_a_number",
    "roster 2 6",
    "run calculated",
    "409 not_in_state",
    *(f"payee {payee}" for payee in PAYEES),
    "pages 3",
    "statement 200.00 true",
    "run released",
    "payroll.csv 8 true",
    "workbook.xlsx PK",
]
# progenitor has no forms, so its client brings the roster as JSON.
AS_JSON = {"422 import_refused not_a_number": "422 data_refused bad_decimal"}


def later(answer):
    """The same answer from a server of a later version."""
    if "code" in answer and "detail" in answer:
        answer["code"] = "code_of_later"
        for error in answer.get("errors", []):
            error["code"] = "code_of_later"
    if answer.get("state") == "calculating":
        answer["state"] = "pondering"
        answer["allowed"].append("ponder")
    for part in [answer, *answer.get("items", [])]:
        part["added_later"] = {"of": ["any", "shape"]}
    return answer


class Proxy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_address = ""

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        upstream = http.client.HTTPConnection(self.server_address)
        hop = ("host", "connection", "transfer-encoding", "content-length", "upgrade", "http2-settings", "accept-encoding")
        headers = {name: value for name, value in self.headers.items() if name.lower() not in hop}
        upstream.request(self.command, self.path, body or None, headers)
        answer = upstream.getresponse()
        content = answer.read()
        if "json" in answer.headers.get("Content-Type", "").split(";")[0].split("+")[-1]:
            content = json.dumps(later(json.loads(content)), ensure_ascii=False).encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = pass_on

    def log_message(self, *_):
        pass


def run(fenpei, client, command, is_later):
    """One client's job on a database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        serve = [fenpei, "serve", "--database", f"{folder}/job.db", "--listen", "127.0.0.1:0", "--example"]
        with subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
            try:
                url, tokens = server.stdout.readline().strip(), {}
                while len(tokens) < 3:
                    if found := re.search(r"(\w+) +(fenpei_\S+)", server.stdout.readline()):
                        tokens[found[1]] = found[2]
                if is_later:
                    handler = type("Later", (Proxy,), {"server_address": urllib.parse.urlsplit(url).netloc})
                    proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
                    threading.Thread(target=proxy.serve_forever, daemon=True).start()
                    url = f"http://127.0.0.1:{proxy.server_port}"
                known = {"FENPEI_URL": url, "FENPEI_OFFICER": tokens["officer"], "FENPEI_APPROVER": tokens["approver"]}
                job = subprocess.run(
                    shlex.split(command), cwd=client, env={**os.environ, **known}, stdout=subprocess.PIPE, text=True, timeout=120
                )
            finally:
                server.terminate()
    said = job.stdout.splitlines()
    wanted = [AS_JSON.get(line, line) if client == "rust" else line for line in EXPECTED]
    if is_later:
        wanted = [re.sub(r"(?<=^4\d\d) .*", lambda codes: " code_of_later" * len(codes[0].split()), line) for line in wanted]
    server = "a later server" if is_later else "this server"
    if job.returncode != 0 or said != wanted:
        sys.exit(f"{client} with {server}: exit {job.returncode}\nexpected {wanted}\nbut said {said}")
    print(f"{client}: the whole job with {server}")


if __name__ == "__main__":
    fenpei = os.path.abspath(sys.argv[1])
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    for client, command in (argument.split("=", 1) for argument in sys.argv[2:]):
        for is_later in (False, True):
            run(fenpei, client, command, is_later)
