#!/usr/bin/env python3
"""check_sbom.py SBOM FOLDER DEPS_TABLE: the bill of materials has the files of FOLDER with their sums, and each library with version and licence."""
import hashlib
import json
import sys

bill = json.load(open(sys.argv[1], encoding="utf-8"))
assert bill["spdxVersion"] == "SPDX-2.3"
for file in bill["files"]:
    with open(f"{sys.argv[2]}/{file['fileName']}", "rb") as content:
        assert hashlib.sha256(content.read()).hexdigest() == file["checksums"][0]["checksumValue"], file
assert len(bill["files"]) == 4
packages = {package["name"]: package for package in bill["packages"]}
linked = {relation["relatedSpdxElement"] for relation in bill["relationships"] if relation["relationshipType"] == "STATIC_LINK"}
for line in open(sys.argv[3], encoding="utf-8"):
    name, version = (line.split() + ["", ""])[:2]
    if name and not name.startswith("#") and name != "cmocka":
        assert packages[name]["versionInfo"] == version, name
        assert packages[name]["licenseConcluded"] and f"SPDXRef-{name}" in linked, name
print(f"{len(bill['files'])} files, {len(packages)} packages")
