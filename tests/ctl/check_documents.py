"""check_documents.py schema|openmetrics FOLDER [SCHEMAS]: checks what test_ctl_documents has left in FOLDER.

schema:      each JSON document against its JSON Schema in SCHEMAS (Debian package python3-jsonschema)
openmetrics: the OpenMetrics file with the reference parser of Prometheus (Debian package python3-prometheus-client)
"""
import json
import pathlib
import sys


def check_schema(folder, schemas):
    import jsonschema

    checked = 0
    for path in sorted(schemas.glob("*.schema.json")):
        schema = json.loads(path.read_text("utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        name = path.name.removesuffix(".schema.json")
        for document in (folder / f"{name}.json").read_text("utf-8").split("\n\n"):
            value = json.loads(document)
            validator.validate(value)
            # A schema that forbids nothing would prove nothing.
            assert not validator.is_valid({**value, "stray": 1}), path
            checked += 1
    assert checked >= 4, checked
    print(f"{checked} documents are as their schemas say")


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
else:
    check_openmetrics(pathlib.Path(sys.argv[2]))
