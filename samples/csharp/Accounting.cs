// The accounting table of all VMs.
//
//   csc /r:Microsoft.CSharp.dll Accounting.cs
//
// One line a VM, columns parted by tabs. By name (dynamic), so that no interop assembly is needed. A System.Decimal holds the documented counters;
// the texts of a snapshot hold all digits too, and all figures of a line are of one instant.
using System;
using System.Runtime.InteropServices;

internal static class Accounting
{
    private static readonly string[] States =
    {
        "Invalid", "Turned off", "Saved", "Turning on", "Restoring", "Running", "Paused", "Saving", "Turning off", "Merging drives", "Deleting"
    };

    private static string Figures(dynamic vm)
    {
        dynamic now = vm.Accountant.Snapshot;
        return string.Join("\t", States[(int)now.State], (string)now.NetworkBytesSentText, (string)now.NetworkBytesReceivedText,
            (string)now.DiskBytesReadText, (string)now.DiskBytesWrittenText, ((int)now.CPUUtilization).ToString(), ((int)now.UpTime).ToString());
    }

    private static int Main()
    {
        Type type = Type.GetTypeFromProgID("VirtualPC.Application");
        if (type == null)
        {
            Console.Error.WriteLine("VPCCOMInterfaces.dll is not registered");
            return 1;
        }
        dynamic vpc = Activator.CreateInstance(type);
        Console.WriteLine("Name\tState\tSent\tReceived\tRead\tWritten\tCPU %\tUp s");
        foreach (dynamic vm in vpc.VirtualMachines)
        {
            string row;
            try
            {
                row = Figures(vm);
            }
            catch (COMException failure)
            {
                row = "unknown: " + failure.Message;
            }
            Console.WriteLine((string)vm.Name + "\t" + row);
        }
        return 0;
    }
}
