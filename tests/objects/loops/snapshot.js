// What a snapshot has, as JScript takes it; dates as text, since the JScript of Wine 8 does not take others.

function kind(text) {
    return /^20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d\.\d\d\dZ$/.test(text) ? "instant" : "'" + text + "'";
}

var vpc = new ActiveXObject("VirtualPC.Application");
var machines = vpc.VirtualMachines;
for (var m = 1; m <= machines.Count; m++) {
    var vm = machines.Item(m);
    var now = vm.Accountant.Snapshot;
    WScript.Echo(vm.Name + ": " + [now.State, now.Epoch, now.EpochCause, now.NetworkBytesSent, now.NetworkPacketsSent, now.NetworkPacketsReceived,
        now.NetworkPacketsSentText, now.NetworkPacketsReceivedText, now.DiskBytesRead, now.DiskBytesWritten,
        new VBArray(now.CPUHistory).toArray().length, kind(now.EpochStartText), kind(now.TakenAtText),
        now.EpochStartText == vm.Accountant.EpochStartText && now.EpochStartText <= now.TakenAtText].join(" "));
}
