#!/usr/bin/env python3
"""check_winget.py MANIFEST MSI: the winget manifest says what its published schema asks for, and tells the truth about the MSI.

The rules for singleton manifests of the version 1.6.0 are those of https://aka.ms/winget-manifest.singleton.1.6.0.schema.json, as far as our
manifest has use for them. A member that is not among them is refused here: winget would ignore it without a word.
"""
import copy
import hashlib
import subprocess
import sys

import jsonschema
import yaml

PART = r'[^\.\s\\/:*?"<>|\x01-\x1f]{1,32}'
NUMBER = r"(0|[1-9][0-9]{0,4})"
URL = {"type": "string", "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://.+$", "maxLength": 2048}
INSTALLER = {
    "Architecture": {"enum": ["x86", "x64", "arm", "arm64", "neutral"]},
    "InstallerUrl": URL,
    "InstallerSha256": {"type": "string", "pattern": "^[A-Fa-f0-9]{64}$"},
    "ProductCode": {"type": "string", "minLength": 1, "maxLength": 255},
    "UpgradeBehavior": {"enum": ["install", "uninstallPrevious", "deny"]},
}
MANIFEST = {
    "PackageIdentifier": {"type": "string", "pattern": rf"^{PART}(\.{PART}){{1,7}}$", "maxLength": 128},
    "PackageVersion": {"type": "string", "pattern": r'^[^\\/:*?"<>|\x01-\x1f]+$', "maxLength": 128},
    "PackageLocale": {"type": "string", "pattern": "^[a-zA-Z]{2,3}(-[a-zA-Z]{1,8})*$", "maxLength": 20},
    "Publisher": {"type": "string", "minLength": 2, "maxLength": 256},
    "PackageName": {"type": "string", "minLength": 2, "maxLength": 256},
    "License": {"type": "string", "minLength": 3, "maxLength": 512},
    "ShortDescription": {"type": "string", "minLength": 3, "maxLength": 256},
    "MinimumOSVersion": {"type": "string", "pattern": rf"^{NUMBER}(\.{NUMBER}){{0,3}}$"},
    "InstallerType": {"enum": ["msix", "msi", "appx", "exe", "zip", "inno", "nullsoft", "wix", "burn", "pwa", "portable"]},
    "Scope": {"enum": ["user", "machine"]},
    "Installers": {
        "type": "array",
        "minItems": 1,
        "maxItems": 1,
        "items": {
            "type": "object",
            "properties": INSTALLER,
            "required": ["Architecture", "InstallerUrl", "InstallerSha256"],
            "additionalProperties": False,
        },
    },
    "ManifestType": {"const": "singleton"},
    "ManifestVersion": {"const": "1.6.0"},
}
REQUIRED = ["PackageIdentifier", "PackageVersion", "PackageLocale", "Publisher", "PackageName", "License", "ShortDescription", "Installers",
            "ManifestType", "ManifestVersion"]
VALIDATOR = jsonschema.Draft202012Validator(
    {"type": "object", "properties": MANIFEST, "required": REQUIRED, "additionalProperties": False})


def check_that_rules_forbid(manifest):
    """Rules that forbid nothing would prove nothing."""
    for member in REQUIRED:
        assert not VALIDATOR.is_valid({key: value for key, value in manifest.items() if key != member}), member
    for member, wrong in {"InstallerUrl": "product.msi", "InstallerSha256": "0", "Architecture": "amd64"}.items():
        other = copy.deepcopy(manifest)
        other["Installers"][0][member] = wrong
        assert not VALIDATOR.is_valid(other), member
    assert not VALIDATOR.is_valid({**manifest, "PackageVersion": 0.1})
    assert not VALIDATOR.is_valid({**manifest, "PackageIdentifier": "OneWord"})
    assert not VALIDATOR.is_valid({**manifest, "Stray": "1"})


def msi_properties(msi):
    table = subprocess.run(["msiinfo", "export", msi, "Property"], check=True, capture_output=True, encoding="utf-8").stdout
    return dict(line.split("\t", 1) for line in table.splitlines() if "\t" in line)


def main():
    path, msi = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        manifest = yaml.safe_load(file)
    VALIDATOR.validate(manifest)
    check_that_rules_forbid(manifest)
    installer, properties = manifest["Installers"][0], msi_properties(msi)
    with open(msi, "rb") as file:
        assert installer["InstallerSha256"].lower() == hashlib.sha256(file.read()).hexdigest()
    assert installer["ProductCode"] == properties["ProductCode"], installer
    # winget finds what is installed by these two as well.
    assert (manifest["PackageVersion"], manifest["Publisher"]) == (properties["ProductVersion"], properties["Manufacturer"]), properties
    assert manifest["PackageName"] == properties["ProductName"], properties
    print(f"{len(manifest)} members of the winget manifest are as they have to be")


main()
