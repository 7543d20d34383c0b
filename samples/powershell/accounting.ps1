# The accounting table of all VMs.
#
#   powershell -File accounting.ps1
#
# One object a VM, so that the table can be sorted, filtered, or written by Export-Csv. [decimal] holds the counters with all their digits.
$states = 'Invalid', 'Turned off', 'Saved', 'Turning on', 'Restoring', 'Running', 'Paused', 'Saving', 'Turning off', 'Merging drives', 'Deleting'
$vpc = New-Object -ComObject VirtualPC.Application

$table = foreach ($vm in $vpc.VirtualMachines) {
    try {
        $now = $vm.Accountant.Snapshot
        [pscustomobject]@{
            'Name'     = $vm.Name
            'State'    = $states[$now.State]
            'Sent'     = [decimal]$now.NetworkBytesSentText
            'Received' = [decimal]$now.NetworkBytesReceivedText
            'Read'     = [decimal]$now.DiskBytesReadText
            'Written'  = [decimal]$now.DiskBytesWrittenText
            'CPU %'    = $now.CPUUtilization
            'Up s'     = $now.UpTime
        }
    } catch {
        Write-Warning "$($vm.Name): $($_.Exception.Message)"
    }
}
$table | Format-Table -AutoSize
