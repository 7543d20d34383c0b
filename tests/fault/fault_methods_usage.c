/* What VMs have used: members of IVMVirtualPC2 and of the accountant of a life. */
#include <stdio.h>
#include <stdlib.h>

#include "fault_methods.h"
#include "ledger/ledger.h"
#include "util/clock.h"
#include "util/path.h"

enum {
    DAYS = 2,
    BYTES = 7 /* sent on each */
};

#define GONE_ID "{00000000-0000-4000-8000-000000000001}"

struct stage_usage {
    IVMVirtualPC2 *application;
    IVMAccountant *lifetime;
    char id[64];
    BSTR gone, gone_id, own_id;
    VARIANT figure; /* that a member gave */
};

/* Epochs of as many days, under a name that the VM does not have any more. */
static void write_usage(struct stage *stage, const char *id, const char *name)
{
    struct vpc_error err;
    struct ledger *ledger;
    char *path = path_join(stage->fixture->home.folder, LEDGER_FILE);
    int64_t now = clock_utc_ms();
    assert_ok(ledger_open(&ledger, path, true, LEDGER_PATIENCE_MS, &err), err);
    for (int day = 0; day < DAYS; day++) {
        struct ledger_epoch epoch = {
            .config_id = id,
            .name = name,
            .id = {.number = (uint64_t)day + 1, .start_utc_ms = now - 1000 - day * INT64_C(86400000)},
            .cause = 1,
            .now_utc_ms = now - day * INT64_C(86400000),
            .end = LEDGER_TURNED_OFF,
            .adapters = {{.present = true, .figures = {BYTES, 2, 3, 4}}},
        };
        assert_ok(ledger_write(ledger, &epoch, &err), err);
    }
    ledger_close(ledger);
    free(path);
}

void usage_open(struct stage *stage)
{
    struct stage_usage *usage = calloc(1, sizeof *usage);
    IVMAccountant *documented;
    IVMAccountant2 *accountant;
    assert_non_null(usage);
    stage->usage = usage;
    assert_hresult(
        IVMVirtualPC_QueryInterface(stage->fixture->application, &IID_IVMVirtualPC2, (void **)&usage->application),
        S_OK);
    assert_hresult(IVMVirtualMachine_get_Accountant(stage->vm, &documented), S_OK);
    assert_hresult(IVMAccountant_QueryInterface(documented, &IID_IVMAccountant2, (void **)&accountant), S_OK);
    assert_hresult(IVMAccountant2_get_Lifetime(accountant, &usage->lifetime), S_OK);
    IVMAccountant2_Release(accountant);
    IVMAccountant_Release(documented);
    assert_hresult(IVMVirtualMachine_get_ConfigID(stage->vm, &usage->own_id), S_OK);
    snprintf(usage->id, sizeof usage->id, "%ls", usage->own_id);
    usage->gone = text(L"Gone");
    usage->gone_id = text(L"" GONE_ID);
    write_usage(stage, usage->id, "Earlier");
}

void usage_close(struct stage *stage)
{
    assert_last_release(stage->usage->lifetime);
    IVMVirtualPC2_Release(stage->usage->application);
    SysFreeString(stage->usage->own_id);
    free(stage->usage);
    stage->usage = NULL;
}

static HRESULT find_usage(struct stage *stage, BSTR name, IVMUsageCollection **rows)
{
    return IVMVirtualPC2_Usage(stage->usage->application, name, vmUsageBy_Day, NULL, NULL, rows);
}

static LONG count_rows(IVMUsageCollection *rows)
{
    LONG count;
    assert_hresult(IVMUsageCollection_get_Count(rows, &count), S_OK);
    return count;
}

static LONG count_usage(struct stage *stage, BSTR name)
{
    IVMUsageCollection *rows;
    assert_hresult(find_usage(stage, name, &rows), S_OK);
    LONG count = count_rows(rows);
    IVMUsageCollection_Release(rows);
    return count;
}

static HRESULT call_usage(struct stage *stage)
{
    return find_usage(stage, stage->name, (IVMUsageCollection **)&stage->made);
}

/* All rows, or none and an error. */
static bool undo_usage(struct stage *stage, HRESULT hr)
{
    bool right = !stage->made || count_rows(stage->made) == DAYS;
    return undo_made(stage, hr) && right;
}

static void prepare_gone(struct stage *stage)
{
    write_usage(stage, GONE_ID, "Gone");
}

static HRESULT call_delete(struct stage *stage)
{
    return IVMVirtualPC2_DeleteUsage(stage->usage->application, stage->usage->gone_id);
}

static bool undo_delete(struct stage *stage, HRESULT hr)
{
    LONG left = count_usage(stage, stage->usage->gone);
    assert_hresult(call_delete(stage), S_OK);
    return left == (SUCCEEDED(hr) ? 0 : DAYS);
}

/* What is refused without a fault must never be done with one. */
static HRESULT call_delete_own(struct stage *stage)
{
    HRESULT hr = IVMVirtualPC2_DeleteUsage(stage->usage->application, stage->usage->own_id);
    return hr == VM_E_VM_RUNNING ? S_OK : hr;
}

static bool undo_delete_own(struct stage *stage, HRESULT hr)
{
    (void)hr;
    if (count_usage(stage, stage->name) >= DAYS)
        return true;
    write_usage(stage, stage->usage->id, "Earlier");
    return false;
}

static HRESULT call_lifetime(struct stage *stage)
{
    VariantInit(&stage->usage->figure);
    return IVMAccountant_get_NetworkBytesSent(stage->usage->lifetime, &stage->usage->figure);
}

/* The true figure or none. */
static bool undo_lifetime(struct stage *stage, HRESULT hr)
{
    const VARIANT *figure = &stage->usage->figure;
    return SUCCEEDED(hr) ? V_VT(figure) == VT_DECIMAL && V_DECIMAL(figure).Lo64 == (ULONGLONG)DAYS * BYTES
                         : V_VT(figure) == VT_EMPTY;
}

static const struct method off_table[] = {
    {"Usage", NULL, call_usage, undo_usage, false, false},
    {"DeleteUsage", prepare_gone, call_delete, undo_delete, true, false},
    {"Lifetime", NULL, call_lifetime, undo_lifetime, false, false},
};

static const struct method on_table[] = {
    {"DeleteUsage of a VM that runs", NULL, call_delete_own, undo_delete_own, false, false},
    {"Lifetime of a VM that runs", NULL, call_lifetime, undo_lifetime, false, false},
};

const struct methods methods_usage = {off_table, ARRAYSIZE(off_table)};
const struct methods methods_usage_on = {on_table, ARRAYSIZE(on_table)};
