/*
 * What a client of the DLL pays: one VM with four adapters on the fake engine, read early bound, late bound and by a
 * script; then a catalog of 10,000 VMs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>
#include <cmocka.h>

#include "VPCCOMInterfaces.h"
#include "bench.h"
#include "floor.h"
#include "support/check.h"
#include "support/machine.h"
#include "util/file.h"
#include "util/text.h"

enum {
    ADAPTERS = 4,
    THREADS = 8,
    FEW = 10,
    MANY = 10000,
    MANY_SMOKE = 200,
    SCRIPT_READS = 100000,
    SCRIPT_READS_SMOKE = 500
};

static void must(HRESULT hr, const char *what)
{
    if (FAILED(hr))
        bench_stop("%s: 0x%08lx", what, (unsigned long)hr);
}

/* ---- the objects ---- */

static IVMVirtualPC *application;

static IVMVirtualMachine *find(BSTR name)
{
    IVMVirtualMachine *vm;

    must(IVMVirtualPC_FindVirtualMachine(application, name, &vm), "FindVirtualMachine");
    if (!vm)
        bench_stop("no VM '%ls'", name);
    return vm;
}

static IVMAccountant *accountant_of(const WCHAR *name)
{
    IVMAccountant *accountant;
    BSTR text = SysAllocString(name);
    IVMVirtualMachine *vm = find(text);

    must(IVMVirtualMachine_get_Accountant(vm, &accountant), "Accountant");
    IVMVirtualMachine_Release(vm);
    SysFreeString(text);
    return accountant;
}

/* ---- one read ---- */

static void vtable_work(void *context, uint32_t times)
{
    IVMAccountant *accountant = context;
    VARIANT value;

    VariantInit(&value);
    while (times--)
        IVMAccountant_get_NetworkBytesSent(accountant, &value);
}

static void invoke_work(void *context, uint32_t times)
{
    static DISPID id;
    IDispatch *accountant = context;
    LPOLESTR name = (LPOLESTR)L"NetworkBytesSent";
    DISPPARAMS none = {0};
    VARIANT value;

    if (!id)
        must(IDispatch_GetIDsOfNames(accountant, &IID_NULL, &name, 1, LOCALE_USER_DEFAULT, &id), "GetIDsOfNames");
    while (times--) {
        VariantInit(&value);
        IDispatch_Invoke(accountant, id, &IID_NULL, LOCALE_USER_DEFAULT, DISPATCH_PROPERTYGET, &none, &value, NULL,
                         NULL);
    }
}

static void by_name_work(void *context, uint32_t times)
{
    IDispatch *accountant = context;
    LPOLESTR name = (LPOLESTR)L"NetworkBytesSent";
    DISPPARAMS none = {0};
    EXCEPINFO exception;
    VARIANT value;
    DISPID id;

    while (times--) {
        VariantInit(&value);
        IDispatch_GetIDsOfNames(accountant, &IID_NULL, &name, 1, LOCALE_USER_DEFAULT, &id);
        IDispatch_Invoke(accountant, id, &IID_NULL, LOCALE_USER_DEFAULT, DISPATCH_METHOD | DISPATCH_PROPERTYGET, &none,
                         &value, &exception, NULL);
    }
}

static void snapshot_work(void *context, uint32_t times)
{
    IVMAccountant2 *accountant = context;
    IVMAccountingSnapshot *snapshot;

    while (times--) {
        must(IVMAccountant2_get_Snapshot(accountant, &snapshot), "Snapshot");
        IVMAccountingSnapshot_Release(snapshot);
    }
}

static void state_work(void *context, uint32_t times)
{
    VMVMState state;

    while (times--)
        IVMVirtualMachine_get_State((IVMVirtualMachine *)context, &state);
}

static void name_work(void *context, uint32_t times)
{
    BSTR name;

    while (times--) {
        must(IVMVirtualMachine_get_Name((IVMVirtualMachine *)context, &name), "Name");
        SysFreeString(name);
    }
}

static void bench_one_read(struct bench *bench)
{
    static struct floor_variant value;
    IVMAccountant *accountant = accountant_of(L"Busy");
    IVMAccountant2 *second;
    BSTR name = SysAllocString(L"Busy");
    IVMVirtualMachine *vm = find(name);
    VARIANT sent;

    must(IVMAccountant_QueryInterface(accountant, &IID_IVMAccountant2, (void **)&second), "IVMAccountant2");
    if (IVMAccountant_get_NetworkBytesSent(accountant, &sent) != S_OK || V_VT(&sent) != VT_DECIMAL)
        bench_stop("the VM gives no figures");
    const struct bench_case floor = {"floor", floor_work, &value, 0};
    const struct bench_case cases[] = {
        {"get_NetworkBytesSent, vtable, four adapters", vtable_work, accountant, 3},
        {"NetworkBytesSent, Invoke by DISPID", invoke_work, accountant, 25},
        {"NetworkBytesSent, late bound by name", by_name_work, accountant, 40},
        {"Snapshot, vtable, and its release", snapshot_work, second, 10},
        {"get_State, vtable", state_work, vm, 0},
        {"get_Name, vtable", name_work, vm, 0},
    };
    bench_group(bench, &floor, cases, ARRAYSIZE(cases));
    IVMVirtualMachine_Release(vm);
    SysFreeString(name);
    IVMAccountant2_Release(second);
    IVMAccountant_Release(accountant);
}

/* ---- many threads ---- */

struct readers {
    DWORD count;
    IVMAccountant *accountant;
    uint32_t times;
};

struct reader {
    struct readers *all;
    double taken_ns; /* of the processor */
};

static double processor_time_ns(void)
{
    FILETIME created, ended, kernel, user;

    if (!GetThreadTimes(GetCurrentThread(), &created, &ended, &kernel, &user))
        bench_stop("a thread's times cannot be read");
    return ((double)kernel.dwLowDateTime + (double)user.dwLowDateTime) * 100;
}

static DWORD WINAPI reader_run(void *context)
{
    struct reader *reader = context;
    double before = processor_time_ns();

    vtable_work(reader->all->accountant, reader->all->times);
    reader->taken_ns = processor_time_ns() - before;
    return 0;
}

/* Processor time that the threads took for one read, in ns: what other processes take away does not count, what the
 * threads do to each other's caches does. */
static double readers_time(struct readers *readers)
{
    struct reader each[THREADS];
    HANDLE threads[THREADS];
    double taken = 0;

    for (DWORD i = 0; i < readers->count; i++) {
        each[i] = (struct reader){.all = readers};
        threads[i] = CreateThread(NULL, 0, reader_run, &each[i], 0, NULL);
    }
    WaitForMultipleObjects(readers->count, threads, TRUE, INFINITE);
    for (DWORD i = 0; i < readers->count; i++) {
        taken += each[i].taken_ns;
        CloseHandle(threads[i]);
    }
    return taken / ((double)readers->times * readers->count);
}

static void bench_threads(struct bench *bench)
{
    IVMAccountant *accountant = accountant_of(L"Busy");
    struct readers one = {.count = 1, .accountant = accountant, .times = bench->smoke ? 1000 : 16000000};
    struct readers eight = {.count = THREADS, .accountant = accountant, .times = one.times / THREADS};
    uint32_t rounds = bench->smoke ? 1 : 7;
    double *ratios = calloc(rounds, sizeof *ratios);

    for (uint32_t i = 0; i < rounds; i++) {
        double alone = readers_time(&one);
        double together = readers_time(&eight);
        ratios[i] = alone > 0 ? together / alone : 1; /* a smoke test is over before the clock moves */
    }
    /* A tenth is for the starting and ending of eight threads. */
    bench_value(bench,
                &(struct bench_value){.name = "eight threads on one VM, processor time a read against one thread",
                                      .unit = "x",
                                      .at_most = 1.1},
                ratios, rounds);
    free(ratios);
    IVMAccountant_Release(accountant);
}

/* ---- finding one among many ---- */

static char *machine_name_of(int index)
{
    return text_format("Machine %05d", index);
}

/* So many registered VMs, in a folder that takes the place of the catalog's in turns with others. */
struct population {
    int count;
    char *folder;
};

/* All share one .vmc, which no figure here opens but that of a first read. The first is the one that is there already.
 */
static void population_make(struct population *population, const struct catalog *catalog,
                            const struct test_machine *first, int count)
{
    char *vmcx;
    size_t size;
    struct vpc_error err;

    *population = (struct population){.count = count, .folder = text_format("%s of %d", catalog->machines, count)};
    if (!file_read(first->entry.vmcx, 65536, &vmcx, &size, &err) || !folder_make(population->folder, &err))
        bench_stop("%s", err.text);
    for (int i = 0; i < count; i++) {
        char *name = i ? machine_name_of(i) : text_copy(first->entry.name);
        char *file = text_format("%s\\%s.vmcx", population->folder, name);
        FILE *out = fopen(file, "wb");
        if (!out || fwrite(vmcx, 1, size, out) != size || fclose(out) != 0)
            bench_stop("'%s' cannot be written", file);
        free(file);
        free(name);
    }
    free(vmcx);
}

static void must_rename(const char *from, const char *to)
{
    struct vpc_error err;

    if (!file_rename(from, to, &err))
        bench_stop("%s", err.text);
}

static void find_work(void *context, uint32_t times)
{
    while (times--) {
        IVMVirtualMachine *vm = find(context);
        IVMVirtualMachine_Release(vm);
    }
}

/* Microseconds for each of `times` calls. */
static double find_time_us(const struct catalog *catalog, const struct population *population, uint32_t times)
{
    BSTR name = SysAllocString(L"Machine 00007");

    must_rename(population->folder, catalog->machines);
    uint64_t start = bench_now_ns();
    find_work(name, times);
    double taken_ns = (double)(bench_now_ns() - start);
    must_rename(catalog->machines, population->folder);
    SysFreeString(name);
    return taken_ns / times / 1000;
}

/* For Each over all VMs, reading the name of each, as a script does it; microseconds a VM. */
static double walk_time_us(const struct catalog *catalog, const struct population *population)
{
    IVMVirtualMachineCollection *machines;
    IEnumVARIANT *walk;
    IUnknown *unknown;
    VARIANT item;
    int seen = 0;

    must_rename(population->folder, catalog->machines);
    uint64_t start = bench_now_ns();
    must(IVMVirtualPC_get_VirtualMachines(application, &machines), "VirtualMachines");
    must(IVMVirtualMachineCollection_get__NewEnum(machines, &unknown), "_NewEnum");
    must(IUnknown_QueryInterface(unknown, &IID_IEnumVARIANT, (void **)&walk), "IEnumVARIANT");
    VariantInit(&item);
    while (IEnumVARIANT_Next(walk, 1, &item, NULL) == S_OK) {
        name_work(V_DISPATCH(&item), 1);
        VariantClear(&item);
        seen++;
    }
    IEnumVARIANT_Release(walk);
    IUnknown_Release(unknown);
    IVMVirtualMachineCollection_Release(machines);
    double taken_ns = (double)(bench_now_ns() - start);
    must_rename(catalog->machines, population->folder);
    if (seen != population->count)
        bench_stop("%d of %d VMs were seen", seen, population->count);
    return taken_ns / population->count / 1000;
}

static void bench_catalog(struct bench *bench, const struct catalog *catalog, const struct test_machine *machine)
{
    enum {
        ROUNDS = 11,
        WALKS = 5
    };
    const int many = bench->smoke ? MANY_SMOKE : MANY;
    const uint32_t rounds = bench->smoke ? 2 : ROUNDS, finds = bench->smoke ? 2 : 200, walks = bench->smoke ? 1 : WALKS;
    double few_us[ROUNDS], ratios[ROUNDS], few_walk_us[WALKS], walk_us[WALKS], growth[WALKS];
    char *own = text_format("%s of its own", catalog->machines);
    struct population few, tenth, all;

    population_make(&few, catalog, machine, FEW);
    population_make(&tenth, catalog, machine, many / 10);
    population_make(&all, catalog, machine, many);
    must_rename(catalog->machines, own);
    for (uint32_t i = 0; i < rounds; i++) {
        few_us[i] = find_time_us(catalog, &few, finds);
        ratios[i] = find_time_us(catalog, &all, finds) / few_us[i];
    }
    for (uint32_t i = 0; i < walks; i++) {
        few_walk_us[i] = walk_time_us(catalog, &few);
        double tenth_us = walk_time_us(catalog, &tenth);
        walk_us[i] = walk_time_us(catalog, &all);
        growth[i] = walk_us[i] / tenth_us;
    }
    must_rename(own, catalog->machines);
    bench_value(bench, &(struct bench_value){.name = "FindVirtualMachine among 10", .unit = "us"}, few_us, rounds);
    bench_value(
        bench,
        &(struct bench_value){.name = "FindVirtualMachine among 10,000 against among 10", .unit = "x", .at_most = 2},
        ratios, rounds);
    bench_value(bench, &(struct bench_value){.name = "For Each over 10, Name, a VM", .unit = "us"}, few_walk_us, walks);
    bench_value(bench, &(struct bench_value){.name = "For Each over 10,000, Name, a VM", .unit = "us", .at_most = 20},
                walk_us, walks);
    bench_value(
        bench,
        &(struct bench_value){.name = "For Each over 10,000 against over 1,000, a VM", .unit = "x", .at_most = 2},
        growth, walks);
    free(few.folder);
    free(tenth.folder);
    free(all.folder);
    free(own);
}

/* From a record that nobody has open yet to its first figure. */
static void bench_first_read(struct bench *bench)
{
    const uint32_t rounds = bench->smoke ? 3 : 101;
    double *taken = calloc(rounds, sizeof *taken);
    BSTR name = SysAllocString(L"Busy");

    for (uint32_t i = 0; i < rounds; i++) {
        IVMVirtualMachine *vm = find(name);
        IVMAccountant *accountant;
        VARIANT sent;
        uint64_t start = bench_now_ns();
        must(IVMVirtualMachine_get_Accountant(vm, &accountant), "Accountant");
        must(IVMAccountant_get_NetworkBytesSent(accountant, &sent), "NetworkBytesSent");
        taken[i] = (double)(bench_now_ns() - start) / 1e6;
        IVMAccountant_Release(accountant);
        IVMVirtualMachine_Release(vm);
    }
    bench_value(bench, &(struct bench_value){.name = "first read after FindVirtualMachine", .unit = "ms", .at_most = 1},
                taken, rounds);
    free(taken);
    SysFreeString(name);
}

/* ---- a script ---- */

/* Runs bench.vbs and reads its lines "<loop> <seconds>", which come in pairs: figure, cheapest property. */
static void bench_script(struct bench *bench)
{
    const WCHAR *script = _wgetenv(L"VPC_BENCH_SCRIPT");
    double figure[64], cheapest, ratios[64];
    uint32_t pairs = 0;
    WCHAR command[1024];
    char line[128];

    if (!script) {
        bench_missing(bench, "VBScript loop", "VPC_BENCH_SCRIPT does not name bench.vbs");
        return;
    }
    _snwprintf(command, ARRAYSIZE(command), L"cscript.exe //nologo \"%ls\" %d %d", script,
               bench->smoke ? SCRIPT_READS_SMOKE : SCRIPT_READS, bench->smoke ? 1 : 9);
    FILE *out = _wpopen(command, L"rt");
    if (!out)
        bench_stop("cscript cannot be started");
    while (pairs < ARRAYSIZE(ratios) && fgets(line, sizeof line, out)) {
        if (sscanf(line, "pair %lf %lf", &figure[pairs], &cheapest) != 2)
            bench_stop("bench.vbs says: %s", line);
        ratios[pairs] = cheapest > 0 ? figure[pairs] / cheapest : 1;
        pairs++;
    }
    if (_pclose(out) != 0 || !pairs)
        bench_stop("bench.vbs has failed");
    bench_value(bench,
                &(struct bench_value){.name = "VBScript loop of 100,000 reads against the cheapest property",
                                      .unit = "x",
                                      .at_most = 1.3},
                ratios, pairs);
    bench_value(bench, &(struct bench_value){.name = "VBScript loop of 100,000 reads", .unit = "s"}, figure, pairs);
}

/* The machine whose supervisor must not be left when the program ends before its time. */
static struct test_machine *running;

static void end_supervisor(void)
{
    if (running && running->process)
        test_machine_kill(running);
}

int main(int argc, char **argv)
{
    const uint64_t counters[4] = {1000, 2000, 3000, 4000};
    struct test_home home;
    struct test_machine machine;
    struct bench bench;

    bench_open(&bench, "com", argc, argv);
    floor_publish(counters);
    must(CoInitializeEx(NULL, COINIT_MULTITHREADED), "CoInitializeEx");
    test_home_open(&home);
    test_machine_create(&machine, &home, "Busy", ADAPTERS);
    running = &machine;
    atexit(end_supervisor);
    test_machine_start(&machine);
    for (int i = 0; i < ADAPTERS; i++) {
        char *order =
            text_format("{'traffic':{'adapter':%d,'sent':%llu,'received':500}}", i, (unsigned long long)counters[i]);
        test_machine_engine(&machine, order);
        free(order);
    }
    test_machine_await_total(&machine, VM_PAGE_BYTES_SENT, 10000);
    must(CoCreateInstance(&CLSID_VMVirtualPC, NULL, CLSCTX_INPROC_SERVER, &IID_IVMVirtualPC, (void **)&application),
         "CoCreateInstance");

    if (bench_wants(&bench, "first"))
        bench_first_read(&bench);
    if (bench_wants(&bench, "read"))
        bench_one_read(&bench);
    if (bench_wants(&bench, "threads"))
        bench_threads(&bench);
    if (bench_wants(&bench, "script"))
        bench_script(&bench);
    if (bench_wants(&bench, "catalog"))
        bench_catalog(&bench, &home.catalog, &machine);

    IVMVirtualPC_Release(application);
    test_machine_turn_off(&machine);
    running = NULL;
    test_machine_close(&machine);
    test_home_close(&home);
    CoUninitialize();
    return bench_close(&bench);
}
