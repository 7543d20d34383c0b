' Traffic of each virtual machine in both directions, and of all of them: decimals are added without a loss.
On Error Resume Next
Set objVPC = CreateObject("VirtualPC.Application")
Set colVMs = objVPC.VirtualMachines

decTotal = 0
For Each objVM in colVMs
    Set objAccountant = objVM.Accountant
    decBoth = objAccountant.NetworkBytesSent + objAccountant.NetworkBytesReceived
    Wscript.Echo objVM.Name & ": " & decBoth
    decTotal = decTotal + decBoth
Next
Wscript.Echo "All: " & decTotal
