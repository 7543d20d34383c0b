/* IVMVirtualPC2: what VMs have used. */
#include <stdlib.h>
#include "objects/machine.h"
#include "objects/out.h"
#include "objects/supervisor.h"
#include "objects/usage.h"
#include "objects/virtual_pc.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/path.h"

enum {
    FIRST_DAY = -719528, /* 0000-01-01 */
    LAST_DAY = 2932896,  /* 9999-12-31 */
    LOCK_RETRY_MS = 5,
    USAGE_LEDGER_MS = 700 /* of a call's time is left for the ledger and what comes after it */
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

static bool usage_is_not_there(const struct vpc_error *err)
{
    return err->cause == VPC_VM_UNKNOWN || err->cause == VPC_FILE_NOT_FOUND || err->cause == VPC_PATH_NOT_FOUND;
}

/* The id of the registered VM with that name in *config_id (out, new memory), NULL without one. A configuration that
 * is missing or damaged has none: what the ledger knows under the name is shown all the same. False when it could not
 * be read this time, since rows would be missing then. */
static bool usage_find_machine(struct home *home, const char *name, char **config_id, struct vpc_error *err)
{
    struct vpc_error invalid;
    struct catalog_entry entry;
    struct settings *settings = NULL;
    char *vmc = NULL;
    *config_id = NULL;
    if (!path_check_vm_name(name, &invalid)) {
        *err = invalid;
        return invalid.cause != VPC_OUT_OF_MEMORY;
    }
    if (!catalog_find(&home->catalog, name, &entry, err))
        return usage_is_not_there(err);
    bool read = catalog_vmc_path(&entry, &vmc, err) && settings_load(&settings, "preferences", vmc, err);
    if (read)
        *config_id = settings_text(settings, MACHINE_KEY_CONFIG_ID, "");
    if (read && !*config_id)
        read = fail_out_of_memory(err);
    else if (!read)
        read = usage_is_not_there(err) || err->cause == VPC_CORRUPT;
    settings_free(settings);
    free(vmc);
    catalog_entry_clear(&entry);
    return read;
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
        if (!usage_find_machine(home_from_IVMVirtualPC2(iface), name, &config_id, &err)) {
            free(name);
            return com_fail(&virtual_pc_class, err.cause == VPC_OUT_OF_MEMORY ? E_OUTOFMEMORY : DISP_E_EXCEPTION, "%s",
                            err.text);
        }
        query.name = name;
        query.config_id = config_id;
    }
    hr = usage_collection_create(&virtual_pc_class, home_from_IVMVirtualPC2(iface), deadline_ms, &query, rows);
    free(config_id);
    free(name);
    return hr;
}

/* The file of that name in a run folder, in *path (out, new memory): NULL when it is not there. False when that cannot
 * be known. */
static bool usage_run_file(const char *folder, const char *name, char **path, struct vpc_error *err)
{
    bool there;
    *path = path_join(folder, name);
    if (!*path)
        return fail_out_of_memory(err);
    bool known = file_look(*path, &there, err);
    if (known && there)
        return true;
    free(*path);
    *path = NULL;
    return known;
}

/* Fails when the page says that the VM is on, or cannot be read this time. */
static bool usage_check_off(const char *folder, struct vpc_error *err)
{
    struct vm_page *page;
    char *path;
    if (!usage_run_file(folder, VM_PAGE_FILE, &path, err))
        return false;
    if (!path)
        return true;
    bool opened = vm_page_open(&page, path, err);
    free(path);
    if (!opened)
        return err->cause == VPC_FILE_NOT_FOUND || err->cause == VPC_CORRUPT || err->cause == VPC_NOT_SUPPORTED;
    bool on = vm_state_needs_supervisor(vm_page_read_state(page));
    vm_page_close(page);
    return !on || vpc_fail(err, VPC_VM_RUNNING, "the VM is on: turn it off first");
}

/* Takes the lock of the VM's supervisor, which would write everything again; one that has turned the VM off is waited
 * for until `deadline_ms`. NULL in *lock (out), and true, when no supervisor was ever there. */
static bool usage_lock(const char *folder, uint64_t deadline_ms, struct file_lock **lock, struct vpc_error *err)
{
    char *path;
    *lock = NULL;
    bool good = usage_run_file(folder, VM_LOCK_FILE, &path, err);
    while (path && good && !*lock) {
        good = usage_check_off(folder, err) && file_lock_try(lock, path, err);
        if (!good || *lock)
            break;
        if (clock_monotonic_ms() < deadline_ms)
            Sleep(LOCK_RETRY_MS);
        else
            good = vpc_fail(err, VPC_VM_RUNNING, "the VM has turned off, and its usage is still being written");
    }
    free(path);
    /* Started since, and lost already. */
    if (*lock && !usage_check_off(folder, err)) {
        file_lock_release(*lock);
        *lock = NULL;
        good = false;
    }
    return good;
}

/* What the run folder keeps of it: the last session's figures, and ends that the ledger has not taken. */
static bool usage_forget_folder(const char *folder, struct vpc_error *err)
{
    struct vm_page_body *body = malloc(sizeof *body);
    struct vm_page *page;
    char *pending = NULL, *path = NULL;
    if (!body)
        return fail_out_of_memory(err);
    bool done = usage_run_file(folder, VM_PENDING_FILE, &pending, err);
    done = done && (!pending || file_remove(pending, err)) && usage_run_file(folder, VM_PAGE_FILE, &path, err);
    if (done && path && (done = vm_page_create(&page, path, err))) {
        vm_page_read(page, body);
        body->lifetime = (struct vm_page_lifetime){0};
        vm_page_publish(page, body);
        vm_page_close(page);
    }
    free(path);
    free(pending);
    free(body);
    return done;
}

/* `folder`: the VM's run folder, NULL for a text that is no id. */
static bool usage_forget(struct home *home, uint64_t deadline_ms, const char *config_id, const char *folder,
                         struct vpc_error *err)
{
    struct file_lock *lock = NULL;
    struct ledger *ledger = NULL;
    if (folder && !usage_lock(folder, deadline_ms - USAGE_LEDGER_MS, &lock, err))
        return false;
    bool done =
        usage_ledger_open(home, deadline_ms, &ledger, err) && (!ledger || ledger_forget(ledger, config_id, err));
    ledger_close(ledger);
    if (done && lock)
        done = usage_forget_folder(folder, err);
    file_lock_release(lock);
    return done;
}

HRESULT WINAPI virtual_pc_DeleteUsage(IVMVirtualPC2 *iface, BSTR virtualMachineID)
{
    const uint64_t deadline_ms = supervisor_deadline();
    struct home *home = home_from_IVMVirtualPC2(iface);
    struct vpc_error err;
    char *config_id, *folder = NULL;
    if (!SysStringLen(virtualMachineID))
        return com_fail(&virtual_pc_class, E_INVALIDARG, "virtualMachineID is empty");
    if (!text_from_bstr(virtualMachineID, &config_id, &err))
        return com_fail(&virtual_pc_class, err.cause == VPC_OUT_OF_MEMORY ? E_OUTOFMEMORY : E_INVALIDARG, "%s",
                        err.text);
    /* What is no id is no VM's. */
    bool done =
        catalog_run_folder(&home->catalog, config_id, false, &folder, &err) || err.cause == VPC_INVALID_ARGUMENT;
    done = done && usage_forget(home, deadline_ms, config_id, folder, &err);
    free(folder);
    free(config_id);
    if (done)
        return S_OK;
    HRESULT hr = err.cause == VPC_VM_RUNNING ? VM_E_VM_RUNNING : DISP_E_EXCEPTION;
    return com_fail(&virtual_pc_class, hr, "%s", err.text);
}
