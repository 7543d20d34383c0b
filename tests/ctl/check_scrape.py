"""check_scrape.py EXPORTER PROMETHEUS METRICS SAMPLES: the way of the figures from a file of vpcctl to a query.

A node_exporter offers the file METRICS by its textfile collector, a Prometheus with the alerts of SAMPLES scrapes it; both listen on
loopback. Checks figures, the alert of the machine that cannot be read, and that the dashboard asks only for what is there.
"""
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

PATIENCE_S = 120  # a net under a test that hangs
ODD = "B\u00fccher, d'\u00e9t\u00e9 \u732b"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(port, path, **arguments):
    url = f"http://127.0.0.1:{port}/api/v1/{path}?{urllib.parse.urlencode(arguments)}"
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)["data"]


def until(what, condition):
    """The first answer of `condition` that is true; errors of the connection and the state "not there yet" are waited out."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            found = condition()
            if found:
                return found
        except (urllib.error.URLError, ConnectionError):
            pass
        time.sleep(0.1)
    raise SystemExit(f"no {what}")


def values(port, query):
    return {row["metric"].get("vm"): row["value"][1] for row in ask(port, "query", query=query)["result"]}


def check(port, samples):
    up = until("figures", lambda: values(port, "vpc_vm_up"))
    assert up == {ODD: "1", "Idle": "1", "Lost": "0"}, up
    sent = values(port, "vpc_vm_network_sent_bytes_total")
    assert sent == {ODD: "123456789"}, sent
    types = ask(port, "metadata", metric="vpc_vm_network_sent_bytes_total")["vpc_vm_network_sent_bytes_total"]
    assert types[0]["type"] == "counter", types
    broken = values(port, "node_textfile_scrape_error")
    assert broken == {None: "0"}, broken
    alerts = until("alert", lambda: ask(port, "alerts")["alerts"])
    assert [(a["labels"]["alertname"], a["labels"]["vm"]) for a in alerts] == [("VirtualMachineUnreadable", "Lost")], alerts

    dashboard = json.loads((samples / "dashboard.json").read_text("utf-8"))
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(queries) >= 9, queries
    for query in queries:
        for variable, value in {"$host": ".*", "$vm": ".*", "$__rate_interval": "1m"}.items():
            query = query.replace(variable, value)
        ask(port, "query", query=query)
        for metric in re.findall(r"vpc_\w+", query):
            assert ask(port, "query", query=metric)["result"], f"the dashboard asks for {metric}"
    print(f"{len(queries)} queries of the dashboard answered, 1 alert pending")


def main():
    exporter, prometheus, metrics, samples = sys.argv[1:]
    samples = pathlib.Path(samples)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="scrape"))
    (folder / "textfile").mkdir()
    shutil.copy(metrics, folder / "textfile")
    ports = free_port(), free_port()
    (folder / "prometheus.yml").write_text(json.dumps({
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str((samples / "alerts.yml").resolve())],
        "scrape_configs": [{"job_name": "hosts", "static_configs": [{"targets": [f"127.0.0.1:{ports[0]}"]}]}],
    }))
    commands = [
        [exporter, "--collector.disable-defaults", "--collector.textfile", f"--collector.textfile.directory={folder}/textfile",
         f"--web.listen-address=127.0.0.1:{ports[0]}"],
        [prometheus, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
         f"--web.listen-address=127.0.0.1:{ports[1]}"],
    ]
    running = []
    with open(folder / "log", "w+", encoding="utf-8") as log:
        try:
            running = [subprocess.Popen(command, stdout=log, stderr=log) for command in commands]
            check(ports[1], samples)
        except BaseException:
            log.seek(0)
            print(log.read(), file=sys.stderr)
            raise
        finally:
            for process in running:
                process.kill()
                process.wait()
            shutil.rmtree(folder)


main()
