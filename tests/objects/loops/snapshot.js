// What a snapshot has, as JScript takes it; but for the dates, which the JScript of Wine 8 does not take.
var vpc = new ActiveXObject("VirtualPC.Application");
var machines = vpc.VirtualMachines;
for (var m = 1; m <= machines.Count; m++) {
    var vm = machines.Item(m);
    var now = vm.Accountant.Snapshot;
    WScript.Echo(vm.Name + ": " + [now.State, now.Epoch, now.EpochCause, now.NetworkBytesSent, now.NetworkPacketsSent, now.NetworkPacketsReceived,
        now.NetworkPacketsSentText, now.NetworkPacketsReceivedText, now.DiskBytesRead, now.DiskBytesWritten,
        new VBArray(now.CPUHistory).toArray().length].join(" "));
}
