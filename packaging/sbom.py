#!/usr/bin/env python3
"""sbom.py VERSION DEPS_TABLE LICENCES FILE...: an SPDX 2.3 bill of materials (JSON, on stdout) of the given files and all that is linked into them.

LICENCES (packaging/licences.table) holds a line for each library: name, SPDX licence, copyright. A library of the table without one is an error.
"""
import hashlib
import json
import os
import sys
from datetime import datetime, timezone

version, table, licences, *files = sys.argv[1:]


def rows(path, separator):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            words = [word.strip() for word in line.split(separator)]
            if any(words) and not words[0].startswith("#"):
                yield words


known = {name: (licence, holder) for name, licence, holder in rows(licences, "|")}
linked = {name: (release, digest) for name, release, digest in rows(table, None) if name != "cmocka"}  # that one is in tests only
for name in linked.keys() - known.keys():
    sys.exit(f"sbom: no licence of {name} in {licences}")


def package(name, release, licence, holder, **more):
    return {"SPDXID": f"SPDXRef-{name}", "name": name, "versionInfo": release, "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
            "licenseConcluded": licence, "licenseDeclared": licence, "copyrightText": holder, **more}


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


packages = [package("VPCCOMInterfaces", version, "MIT", "Copyright (c) 2026 The VPCCOMInterfaces authors")]
for name in sorted(known):
    # What comes with the compiler is in no table of ours.
    release, checksum = linked.get(name, ("NOASSERTION", None))
    more = {"externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                              "referenceLocator": f"pkg:deb/debian/{name}@{release}?arch=source"}],
            "comment": f"SHA-256 of the source package's .dsc: {checksum}"} if checksum else {}
    packages.append(package(name, release, *known[name], **more))
# The files are in the present folder, as they are installed.
contained = [{"SPDXID": f"SPDXRef-File-{number}", "fileName": f"./{path}",
              "checksums": [{"algorithm": "SHA256", "checksumValue": digest(path)}], "licenseConcluded": "MIT",
              "copyrightText": "NOASSERTION"} for number, path in enumerate(files)]
relations = [("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-VPCCOMInterfaces")]
relations += [("SPDXRef-VPCCOMInterfaces", "CONTAINS", file["SPDXID"]) for file in contained]
relations += [("SPDXRef-VPCCOMInterfaces", "STATIC_LINK", entry["SPDXID"]) for entry in packages[1:]]
content = hashlib.sha256("".join(file["checksums"][0]["checksumValue"] for file in contained).encode()).hexdigest()
date = os.environ.get("SOURCE_DATE_EPOCH")
created = datetime.fromtimestamp(int(date), timezone.utc) if date else datetime.now(timezone.utc)
json.dump({"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"VPCCOMInterfaces-{version}",
           "documentNamespace": f"urn:sha256:{content}",
           "creationInfo": {"created": created.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: VPCCOMInterfaces-packaging"]},
           "packages": packages, "files": contained,
           "relationships": [{"spdxElementId": a, "relationshipType": kind, "relatedSpdxElement": b} for a, kind, b in relations]},
          sys.stdout, indent=2)
print()
