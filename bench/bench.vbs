' bench.vbs READS PAIRS: loops that read a property so often, taking turns: the bytes that a VM has sent, and the cheapest
' property that any object has. Prints "pair <seconds> <seconds>" for each turn.
Option Explicit
Dim reads, pairs, vpc, accountant, snapshot, pair, i, value, start, figure, cheapest
reads = CLng(WScript.Arguments(0))
pairs = CLng(WScript.Arguments(1))
Set vpc = CreateObject("VirtualPC.Application")
Set accountant = vpc.FindVirtualMachine("Busy").Accountant
Set snapshot = accountant.Snapshot
For pair = 1 To pairs
    start = Timer
    For i = 1 To reads
        value = accountant.NetworkBytesSent
    Next
    figure = Timer - start
    start = Timer
    For i = 1 To reads
        value = snapshot.UpTime
    Next
    cheapest = Timer - start
    WScript.Echo "pair " & Replace(FormatNumber(figure, 4, -1, 0, 0), ",", ".") & " " & Replace(FormatNumber(cheapest, 4, -1, 0, 0), ",", ".")
Next
