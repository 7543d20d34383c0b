' What this script host has for events: a line for each way, with the number of the error that it gives, or 0.
Option Explicit
Dim vpc, sink
On Error Resume Next
Set sink = WScript.CreateObject("VirtualPC.Application", "App_")
WScript.Echo "prefix " & Err.Number
Err.Clear
Set vpc = CreateObject("VirtualPC.Application")
WScript.Echo "application " & Err.Number
Err.Clear
WScript.ConnectObject vpc, "App_"
WScript.Echo "ConnectObject " & Err.Number
