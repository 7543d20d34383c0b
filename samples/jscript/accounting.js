// The accounting table of all VMs.
//
//   cscript //nologo accounting.js
//
// One line a VM, columns parted by tabs. JScript cannot be relied on to take the documented counters, which are 96-bit decimals. A snapshot has
// them as numbers and, as here, as texts with all digits; and all its figures are of one instant.
// Dates are there as text too: EpochStartText, TakenAtText.
var states = ["Invalid", "Turned off", "Saved", "Turning on", "Restoring", "Running", "Paused", "Saving", "Turning off", "Merging drives", "Deleting"];
var vpc = new ActiveXObject("VirtualPC.Application");

WScript.Echo(["Name", "State", "Sent", "Received", "Read", "Written", "CPU %", "Up s"].join("\t"));
var machines = vpc.VirtualMachines;
for (var i = 1; i <= machines.Count; i++) {
    var vm = machines.Item(i);
    var columns = [vm.Name];
    try {
        var now = vm.Accountant.Snapshot;
        columns.push(states[now.State], now.NetworkBytesSentText, now.NetworkBytesReceivedText, now.DiskBytesReadText, now.DiskBytesWrittenText,
            now.CPUUtilization, now.UpTime);
    } catch (e) {
        columns.push(states[vm.State], "unknown: " + e.description);
    }
    WScript.Echo(columns.join("\t"));
}
