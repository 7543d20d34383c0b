"""The accounting table of all VMs.

    pip install comtypes
    python accounting.py

One line a VM, columns parted by tabs. One snapshot a VM: all figures of a line are of one instant.
"""
import comtypes
import comtypes.client

STATES = ["Invalid", "Turned off", "Saved", "Turning on", "Restoring", "Running", "Paused", "Saving", "Turning off", "Merging drives", "Deleting"]
COLUMNS = ["Name", "State", "Sent", "Received", "Read", "Written", "CPU %", "Up s"]


def figures(vm):
    """State and figures of one VM, as the columns behind its name."""
    # dynamic: by name, so that the additions are there without asking for their interface
    now = vm.Accountant.Snapshot
    return [
        STATES[now.State],
        int(now.NetworkBytesSentText),
        int(now.NetworkBytesReceivedText),
        int(now.DiskBytesReadText),
        int(now.DiskBytesWrittenText),
        now.CPUUtilization,
        now.UpTime,
    ]


def main():
    vpc = comtypes.client.CreateObject("VirtualPC.Application", dynamic=True)
    print("\t".join(COLUMNS))
    machines = vpc.VirtualMachines
    for index in range(1, machines.Count + 1):
        vm = machines.Item(index)
        try:
            row = figures(vm)
        except comtypes.COMError as error:
            row = ["unknown: %s" % (error.details[0] if error.details else error)]
        print("\t".join(str(column) for column in [vm.Name] + row))


if __name__ == "__main__":
    main()
