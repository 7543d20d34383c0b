#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include "tests/engine/qemu/tap_device.h"

static int write_text(const char *path, const char *text)
{
    int file = open(path, O_WRONLY | O_CLOEXEC);
    int ok = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);

    if (file >= 0)
        close(file);
    return ok;
}

static int set_flags(const char *name, int up)
{
    int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ok;
    struct ifreq request = {0};

    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    request.ifr_flags = (short)(up ? IFF_UP : 0);
    ok = !ioctl(any, SIOCSIFFLAGS, &request);
    close(any);
    return ok;
}

const char *tap_enter_namespace(void)
{
    char user[32], group[32];
    int device;

    snprintf(user, sizeof(user), "0 %u 1", (unsigned)geteuid());
    snprintf(group, sizeof(group), "0 %u 1", (unsigned)getegid());
    if (unshare(CLONE_NEWNET)) {
        if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
            return "this host gives no network namespace";
        if (!write_text("/proc/self/setgroups", "deny") || !write_text("/proc/self/uid_map", user) ||
            !write_text("/proc/self/gid_map", group))
            return "this host maps no user into a namespace";
    }
    if ((device = open("/dev/net/tun", O_RDWR | O_CLOEXEC)) < 0)
        return "/dev/net/tun cannot be opened";
    close(device);
    if (!set_flags("lo", 1))
        return "loopback does not come up in a network namespace";
    /* The host itself shall be silent. */
    write_text("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
    write_text("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
    return NULL;
}

/* An Ethernet frame to everybody, of a type that is for experiments. */
static void fill_frame(uint8_t *frame, size_t size)
{
    static const uint8_t header[14] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};

    memset(frame, 0x5a, size);
    memcpy(frame, header, sizeof(header));
}

void tap_send(const char *name, unsigned frames, size_t size)
{
    int out = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(name)};
    uint8_t frame[1514];

    assert_true(out >= 0);
    assert_true(size <= sizeof(frame));
    fill_frame(frame, size);
    for (unsigned i = 0; i < frames; i++)
        assert_int_equal(sendto(out, frame, size, 0, (struct sockaddr *)&to, sizeof(to)), size);
    close(out);
}

void tap_make(const char *name, unsigned frames)
{
    int device = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    uint8_t frame[1514];

    assert_true(device >= 0);
    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    assert_int_equal(ioctl(device, TUNSETIFF, &request), 0);
    assert_int_equal(ioctl(device, TUNSETPERSIST, 1), 0);
    assert_true(set_flags(name, 1));
    fill_frame(frame, 100);
    for (unsigned i = 0; i < frames; i++)
        assert_int_equal(write(device, frame, 100), 100);
    tap_send(name, frames, 100);
    for (unsigned i = 0; i < frames; i++)
        assert_int_equal(read(device, frame, sizeof(frame)), 100);
    close(device);
}

void tap_rename(const char *name, const char *to)
{
    int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq request = {0};

    assert_true(set_flags(name, 0));
    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    snprintf(request.ifr_newname, sizeof(request.ifr_newname), "%s", to);
    assert_int_equal(ioctl(any, SIOCSIFNAME, &request), 0);
    close(any);
}
