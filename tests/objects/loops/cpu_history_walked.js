// The same from JScript: VBArray is its way into an array of VARIANT.
var vpc = new ActiveXObject("VirtualPC.Application");
var machines = vpc.VirtualMachines;
for (var m = 1; m <= machines.Count; m++) {
    var vm = machines.Item(m);
    var percents = new VBArray(vm.Accountant.CPUHistory).toArray();
    var odd = 0;
    for (var i = 0; i < percents.length; i++)
        if (percents[i] < 0 || percents[i] > 100)
            odd++;
    WScript.Echo(vm.Name + ": " + percents.length + " seconds, " + odd + " odd");
}
