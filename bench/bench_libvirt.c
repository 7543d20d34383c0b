/*
 * The bytes of one VM with four adapters, asked of libvirt and read from a VM page, in turns. Run by run-libvirt, which
 * starts a libvirtd for it.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libvirt/libvirt.h>

#include "bench.h"
#include "floor.h"
#include "session/vm_page.h"
#include "support/home.h"
#include "util/clock.h"
#include "util/path.h"

enum {
    ADAPTERS = 4
};

static const char description[] =
    "<domain type='qemu'><name>vpc-bench</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>"
    "<os><type arch='x86_64' machine='pc'>hvm</type></os><devices>"
    "<interface type='ethernet'><target dev='vpctap0' managed='no'/><model type='e1000'/></interface>"
    "<interface type='ethernet'><target dev='vpctap1' managed='no'/><model type='e1000'/></interface>"
    "<interface type='ethernet'><target dev='vpctap2' managed='no'/><model type='e1000'/></interface>"
    "<interface type='ethernet'><target dev='vpctap3' managed='no'/><model type='e1000'/></interface>"
    "</devices></domain>";

static virConnectPtr connection;

static void interface_work(void *context, uint32_t times)
{
    char name[16];

    while (times--) {
        for (int i = 0; i < ADAPTERS; i++) {
            virDomainInterfaceStatsStruct stats;
            snprintf(name, sizeof name, "vpctap%d", i);
            if (virDomainInterfaceStats(context, name, &stats, sizeof stats))
                bench_stop("virDomainInterfaceStats fails");
        }
    }
}

static void list_work(void *context, uint32_t times)
{
    virDomainPtr domains[] = {context, NULL};

    while (times--) {
        virDomainStatsRecordPtr *records;
        if (virDomainListGetStats(domains, VIR_DOMAIN_STATS_INTERFACE, &records, 0) != 1)
            bench_stop("virDomainListGetStats fails");
        virDomainStatsRecordListFree(records);
    }
}

/* What get_NetworkBytesSent does below COM. */
static void page_work(void *context, uint32_t times)
{
    static volatile uint64_t seen;

    while (times--) {
        struct vm_page_totals totals;
        if (clock_monotonic_ms() - vm_page_last_beat(context) > 1000000000)
            bench_stop("the clock has stopped");
        vm_page_read_total(context, VM_PAGE_BYTES_SENT, &totals);
        seen = totals.total.low;
    }
    (void)seen;
}

static double time_ns(void (*work)(void *, uint32_t), void *context, uint32_t times)
{
    uint64_t start = bench_now_ns();

    work(context, times);
    return (double)(bench_now_ns() - start) / times;
}

int main(int argc, char **argv)
{
    struct vm_page_body body = {.state = VM_RUNNING, .sampled = 1};
    double by_name[41], by_list[41], ratio_name[41], ratio_list[41];
    struct vm_page *page;
    struct vpc_error err;
    struct bench bench;

    bench_open(&bench, "libvirt", argc, argv);
    connection = virConnectOpen("qemu:///system");
    virDomainPtr domain =
        connection ? virDomainCreateXML(connection, description, VIR_DOMAIN_START_PAUSED | VIR_DOMAIN_START_AUTODESTROY)
                   : NULL;
    if (!domain)
        bench_stop("libvirt starts no domain");
    char *folder = test_folder_make(), *path = path_join(folder, VM_PAGE_FILE);
    for (int i = 0; i < ADAPTERS; i++)
        body.adapters[i] = (struct vm_page_adapter){.present = 1, .bytes_sent = 1000};
    if (!vm_page_create(&page, path, &err))
        bench_stop("%s", err.text);
    vm_page_publish(page, &body);
    vm_page_beat(page, clock_monotonic_ms());
    uint32_t rounds = bench.rounds < 41 ? bench.rounds : 41;
    for (uint32_t i = 0; i < rounds; i++) {
        double ours = time_ns(page_work, page, 100000);
        by_name[i] = time_ns(interface_work, domain, 10) / 1000;
        by_list[i] = time_ns(list_work, domain, 10) / 1000;
        ratio_name[i] = 1000 * by_name[i] / ours;
        ratio_list[i] = 1000 * by_list[i] / ours;
    }
    bench_value(&bench, &(struct bench_value){.name = "virDomainInterfaceStats, four adapters", .unit = "us"}, by_name,
                rounds);
    bench_value(&bench, &(struct bench_value){.name = "virDomainListGetStats, interfaces", .unit = "us"}, by_list,
                rounds);
    bench_value(&bench,
                &(struct bench_value){
                    .name = "virDomainInterfaceStats against a read of the page", .unit = "x", .at_least = 1000},
                ratio_name, rounds);
    bench_value(&bench,
                &(struct bench_value){
                    .name = "virDomainListGetStats against a read of the page", .unit = "x", .at_least = 1000},
                ratio_list, rounds);
    vm_page_close(page);
    free(path);
    test_folder_remove(folder);
    virDomainDestroy(domain);
    virDomainFree(domain);
    virConnectClose(connection);
    return bench_close(&bench);
}
