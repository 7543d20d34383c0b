"""check_documents.py schema|openmetrics|tables FOLDER [SCHEMAS]: checks what test_ctl_documents and others have left in FOLDER.

schema:      each JSON document against its JSON Schema in SCHEMAS (Debian package python3-jsonschema), and that CSV has the same members
openmetrics: the OpenMetrics file with the reference parser of Prometheus (Debian package python3-prometheus-client)
tables:      that no line of a table is wider than 80 columns
"""
import json
import pathlib
import re
import sys
import unicodedata


def check_columns(path, schema):
    """The columns of CSV are the members of the rows of JSON."""
    rows = [member["items"] for member in schema["properties"].values() if member.get("type") == "array"]
    members = (rows[0] if rows else schema)["properties"]
    if path.stem == "version":  # has no rows
        return
    columns = path.read_text("utf-8").splitlines()[0].split(",")
    assert sorted(columns) == sorted(members), (path, columns)


def closed(schema):
    """The schema, where members that it does not name are refused: the published ones are open for those that may come."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    assert "additionalProperties" not in schema, schema
    strict = {key: closed(part) for key, part in schema.items()}
    if schema.get("type") == "object":
        strict["additionalProperties"] = False
    return strict


def check_schema(folder, schemas):
    import jsonschema

    checked = 0
    for path in sorted(schemas.glob("*.schema.json")):
        schema = json.loads(path.read_text("utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        published = jsonschema.Draft202012Validator(schema)
        validator = jsonschema.Draft202012Validator(closed(schema))
        name = path.name.removesuffix(".schema.json")
        for document in (folder / f"{name}.json").read_text("utf-8").split("\n\n"):
            value = json.loads(document)
            validator.validate(value)
            # A schema that forbids nothing would prove nothing; the published one lets new members come.
            strays = [{**value, "stray": 1}]
            strays += [{key: [{**row, "stray": 1} for row in rows]} for key, rows in value.items() if isinstance(rows, list) and rows]
            for stray in strays:
                assert not validator.is_valid(stray), path
                published.validate(stray)
            checked += 1
        check_columns(folder / f"{name}.csv", schema)
    assert checked >= 4, checked
    # Every command that prints JSON, by the completions, which are made from the table of commands.
    script = (folder / "completion.bash").read_text("utf-8")
    commands = re.findall(r'^ +([a-z]+)\) kind=\w+ options="[^"]*--json\b', script, re.M)
    assert len(commands) >= 6, commands
    for command in commands:
        assert (schemas / f"{command}.schema.json").exists(), f"no schema for vpcctl {command} --json"
    print(f"{checked} documents are as their schemas say")


def check_tables(folder):
    tables = sorted(folder.glob("table*.txt"))
    assert len(tables) == 8, tables
    for path in tables:
        lines = path.read_text("utf-8").splitlines()
        assert lines[0].startswith("NAME"), (path, lines)
        for line in lines:
            width = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
            assert width <= 80, (path, width, line)
    print(f"{len(tables)} tables are no wider than 80 columns")


def check_openmetrics(folder):
    from prometheus_client.openmetrics.parser import text_string_to_metric_families

    samples = {}
    for family in text_string_to_metric_families((folder / "metrics.om").read_text("utf-8")):
        for sample in family.samples:
            samples[sample.name, sample.labels["vm"], sample.labels.get("state")] = sample.value
    odd = "B\u00fccher, d'\u00e9t\u00e9 \u732b"
    expected = {
        ("vpc_vm_up", odd, None): 1,
        ("vpc_vm_up", "Idle", None): 1,
        ("vpc_vm_up", "Lost", None): 0,
        ("vpc_vm_state", odd, "running"): 1,
        ("vpc_vm_state", odd, "paused"): 0,
        ("vpc_vm_state", "Idle", "turned-off"): 1,
        ("vpc_vm_network_sent_bytes_total", odd, None): 123456789,
        ("vpc_vm_network_received_packets_total", odd, None): 2,
    }
    for key, value in expected.items():
        assert samples.get(key) == value, (key, samples.get(key), value)
    created = samples["vpc_vm_network_sent_bytes_created", odd, None]
    assert created == samples["vpc_vm_epoch_start_time_seconds", odd, None] > 1.7e9, created
    assert ("vpc_vm_network_sent_bytes_total", "Lost", None) not in samples
    assert ("vpc_vm_network_sent_bytes_total", "Idle", None) not in samples
    print(f"{len(samples)} samples")


if sys.argv[1] == "schema":
    check_schema(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
elif sys.argv[1] == "tables":
    check_tables(pathlib.Path(sys.argv[2]))
else:
    check_openmetrics(pathlib.Path(sys.argv[2]))
