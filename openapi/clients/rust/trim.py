#!/usr/bin/env python3
"""Writes the copy of openapi-3.0.json that progenitor reads. It has no forms, so the two operations that take one are left out
(rosters are made of JSON); it knows a problem as plain JSON; it need not see examples, nor a type for each header."""

import json
import os

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "..", "..", "openapi-3.0.json"), encoding="utf-8") as file:
    document = json.load(file)

for path in list(document["paths"]):
    operations = document["paths"][path]
    for method in list(operations):
        operation = operations[method]
        body = operation.get("requestBody", {}).get("content", {})
        if "multipart/form-data" in body:
            del operations[method]
            continue
        for parameter in operation.get("parameters", []):
            for limit in ("minLength", "maxLength", "pattern"):
                parameter["schema"].pop(limit, None)
        for content in [body, *(answer.get("content", {}) for answer in operation["responses"].values())]:
            for media in content.values():
                media.pop("example", None)
    if not operations:
        del document["paths"][path]

problem = document["components"]["responses"]["Problem"]["content"]
problem["application/json"] = problem.pop("application/problem+json")

os.makedirs(os.path.join(here, "generated"), exist_ok=True)
with open(os.path.join(here, "generated", "openapi.json"), "w", encoding="utf-8") as file:
    json.dump(document, file, ensure_ascii=False)
