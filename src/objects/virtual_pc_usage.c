/* IVMVirtualPC2: what VMs have used. */
#include <stdlib.h>
#include "objects/machine.h"
#include "objects/out.h"
#include "objects/supervisor.h"
#include "objects/usage.h"
#include "objects/virtual_pc.h"
#include "util/path.h"

enum {
    FIRST_DAY = -719528, /* 0000-01-01 */
    LAST_DAY = 2932896   /* 9999-12-31 */
};

static struct home *home_from_IVMVirtualPC2(IVMVirtualPC2 *iface)
{
    return ((struct virtual_pc *)iface)->home;
}

static HRESULT usage_read_day(BSTR text, bool last, int64_t *day)
{
    struct vpc_error err;
    char *read;
    *day = last ? LAST_DAY : FIRST_DAY;
    if (!SysStringLen(text))
        return S_OK;
    if (!text_from_bstr(text, &read, &err))
        return com_fail(&virtual_pc_class, err.cause == VPC_OUT_OF_MEMORY ? E_OUTOFMEMORY : E_INVALIDARG, "%s",
                        err.text);
    bool good = ledger_day_read(read, last, day);
    free(read);
    return good ? S_OK
                : refuse_text(&virtual_pc_class, E_INVALIDARG, text,
                              "is no day such as 2026-05-04 or month such as 2026-05");
}

/* The id of the registered VM with that name in *config_id (out, new memory), NULL without one. A configuration that
 * cannot be read has none: what the ledger knows under the name is shown all the same. */
static void usage_find_machine(struct home *home, const char *name, char **config_id)
{
    struct vpc_error ignored;
    struct machine *machine;
    *config_id = NULL;
    if (!path_check_vm_name(name, &ignored) || !machine_find(&machine, home, name, &ignored))
        return;
    if (!machine_config_id(machine, config_id, &ignored))
        *config_id = NULL;
    machine_release(machine);
}

HRESULT WINAPI virtual_pc_Usage(IVMVirtualPC2 *iface, BSTR virtualMachineName, VMUsageGrouping grouping, BSTR firstDay,
                                BSTR lastDay, IVMUsageCollection **rows)
{
    const uint64_t deadline_ms = supervisor_deadline();
    struct ledger_query query = {.grouping = (enum ledger_grouping)grouping};
    struct vpc_error err;
    char *name = NULL, *config_id = NULL;
    HRESULT hr;
    if (FAILED(hr = out_object(&virtual_pc_class, "rows", (void **)rows)))
        return hr;
    if (grouping < vmUsageBy_VirtualMachine || grouping > vmUsageBy_Minute)
        return com_fail(&virtual_pc_class, E_INVALIDARG, "%d is no grouping of usage", (int)grouping);
    if (FAILED(hr = usage_read_day(firstDay, false, &query.first_day)) ||
        FAILED(hr = usage_read_day(lastDay, true, &query.last_day)))
        return hr;
    if (SysStringLen(virtualMachineName)) {
        if (!text_from_bstr(virtualMachineName, &name, &err))
            return com_fail(&virtual_pc_class, err.cause == VPC_OUT_OF_MEMORY ? E_OUTOFMEMORY : E_INVALIDARG, "%s",
                            err.text);
        usage_find_machine(home_from_IVMVirtualPC2(iface), name, &config_id);
        query.name = name;
        query.config_id = config_id;
    }
    hr = usage_collection_create(&virtual_pc_class, home_from_IVMVirtualPC2(iface), deadline_ms, &query, rows);
    free(config_id);
    free(name);
    return hr;
}

/* Whether a VM with this id is on: its supervisor would write everything again. */
static bool usage_is_being_written(struct home *home, const char *config_id)
{
    struct vpc_error ignored;
    struct vm_page *page;
    char *folder = NULL, *path = NULL;
    bool on = false;
    if (catalog_run_folder(&home->catalog, config_id, false, &folder, &ignored))
        path = path_join(folder, VM_PAGE_FILE);
    if (path && vm_page_open(&page, path, &ignored)) {
        on = vm_state_needs_supervisor(vm_page_read_state(page));
        vm_page_close(page);
    }
    free(path);
    free(folder);
    return on;
}

HRESULT WINAPI virtual_pc_DeleteUsage(IVMVirtualPC2 *iface, BSTR virtualMachineID)
{
    const uint64_t deadline_ms = supervisor_deadline();
    struct vpc_error err;
    struct ledger *ledger = NULL;
    char *config_id;
    bool done;
    if (!SysStringLen(virtualMachineID))
        return com_fail(&virtual_pc_class, E_INVALIDARG, "virtualMachineID is empty");
    if (!text_from_bstr(virtualMachineID, &config_id, &err))
        return com_fail(&virtual_pc_class, err.cause == VPC_OUT_OF_MEMORY ? E_OUTOFMEMORY : E_INVALIDARG, "%s",
                        err.text);
    if (usage_is_being_written(home_from_IVMVirtualPC2(iface), config_id))
        done = vpc_fail(&err, VPC_VM_RUNNING, "the VM is on: turn it off first");
    else
        done = usage_ledger_open(home_from_IVMVirtualPC2(iface), deadline_ms, &ledger, &err) &&
               (!ledger || ledger_forget(ledger, config_id, &err));
    ledger_close(ledger);
    free(config_id);
    if (done)
        return S_OK;
    HRESULT hr = err.cause == VPC_VM_RUNNING ? VM_E_VM_RUNNING : DISP_E_EXCEPTION;
    return com_fail(&virtual_pc_class, hr, "%s", err.text);
}
