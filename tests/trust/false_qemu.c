/*
 * Stands in for QEMU where a real one cannot be made to misbehave: connects to its supervisor like one, counts frames
 * in the captures that it is told to write, and then does what VPC_TEST_FALSE_QEMU says:
 *
 *   plain             what a good QEMU does
 *   chatty            sends CHATTER events as fast as they are taken, then the guest powers off
 *   greets-wrongly    no greeting, but noise
 *   no-json           noise in the middle of the session
 *   endless           a line that does not end
 *   unasked           answers what was not asked
 *   wrong-figures     drives whose figures are no numbers
 *
 * All but the third take effect when the guest is let run. Each adapter has then sent FRAMES frames and received as
 * many, of FRAME_BYTES bytes each.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <jansson.h>
#include "trust/false_qemu.h"

enum {
    CAPTURES = 16,
    EVENTS_AT_ONCE = 200
};

static int monitor = -1;
static const char *mode = "plain";
static char object[128];
static char *captures[CAPTURES];
static size_t capture_count;
static long chatter; /* events still to send */
static bool runs;

static void give_up(const char *what)
{
    fprintf(stderr, "false_qemu: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void send_bytes(const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t sent = write(monitor, bytes, size);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            exit(0); /* the supervisor has had enough */
        bytes += sent;
        size -= (size_t)sent;
    }
}

static void say(const char *text)
{
    send_bytes(text, strlen(text));
    send_bytes("\r\n", 2);
}

/* ---- captures ---- */

static void write_capture(const char *path, const char *how, const void *bytes, size_t size)
{
    FILE *file = fopen(path, how);
    if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
        give_up(path);
}

static void begin_capture(const char *path)
{
    static const uint32_t header[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 1, 1};
    write_capture(path, "wb", header, sizeof header);
    if (capture_count < CAPTURES)
        captures[capture_count++] = strdup(path);
}

static void pass_frames(void)
{
    for (size_t i = 0; i < capture_count; i++)
        for (int frame = 0; frame < FALSE_QEMU_FRAMES; frame++) {
            uint32_t record[4] = {0, 0, 1, FALSE_QEMU_FRAME_BYTES};
            char bytes[sizeof record + 1] = {0};
            memcpy(bytes, record, sizeof record);
            write_capture(captures[i], "ab", bytes, sizeof bytes);
        }
}

/* ---- what is asked ---- */

static void misbehave(void)
{
    static const char noise[] = "\x01\x02 this is no monitor \xff\xfe";
    if (strcmp(mode, "chatty") == 0)
        chatter = FALSE_QEMU_CHATTER;
    else if (strcmp(mode, "no-json") == 0)
        say(noise);
    else if (strcmp(mode, "unasked") == 0)
        say("{\"return\":{},\"id\":123456789}");
    else if (strcmp(mode, "endless") == 0)
        for (;;)
            send_bytes("{\"QMP\":[[[[", 11);
}

static void answer(json_t *id, const char *result)
{
    char *number = json_dumps(id, JSON_ENCODE_ANY);
    char line[1024];
    snprintf(line, sizeof line, "{\"return\":%s,\"id\":%s}", result, number);
    say(line);
    free(number);
}

static void obey(const json_t *message)
{
    const char *command = json_string_value(json_object_get(message, "execute"));
    const json_t *arguments = json_object_get(message, "arguments");
    json_t *id = json_object_get(message, "id");
    char result[512];
    if (command == NULL)
        give_up("a command without a name");
    if (strcmp(command, "qom-list") == 0) {
        snprintf(result, sizeof result, "[{\"name\":\"%s\",\"type\":\"child<rng-builtin>\"}]", object);
        answer(id, result);
    } else if (strcmp(command, "query-blockstats") == 0) {
        answer(id, runs && strcmp(mode, "wrong-figures") == 0
                       ? "[{\"qdev\":\"drive0\",\"stats\":{\"rd_bytes\":\"many\",\"wr_bytes\":-1}}]"
                       : "[]");
    } else if (strcmp(command, "object-add") == 0) {
        const char *file = json_string_value(json_object_get(arguments, "file"));
        if (file != NULL)
            begin_capture(file);
        answer(id, "{}");
    } else if (strcmp(command, "cont") == 0) {
        answer(id, "{}");
        say("{\"event\":\"RESUME\",\"timestamp\":{\"seconds\":1,\"microseconds\":1}}");
        if (!runs)
            pass_frames();
        runs = true;
        misbehave();
    } else if (strcmp(command, "stop") == 0) {
        say("{\"event\":\"STOP\",\"timestamp\":{\"seconds\":1,\"microseconds\":2}}");
        answer(id, "{}");
    } else if (strcmp(command, "system_reset") == 0) {
        answer(id, "{}");
        say("{\"event\":\"RESET\",\"data\":{\"guest\":false,\"reason\":\"host-qmp-system-reset\"},"
            "\"timestamp\":{\"seconds\":1,\"microseconds\":3}}");
    } else if (strcmp(command, "quit") == 0) {
        answer(id, "{}");
        exit(0);
    } else {
        answer(id, "{}");
    }
}

static void chat(void)
{
    for (int i = 0; i < EVENTS_AT_ONCE && chatter > 0; i++, chatter--)
        say("{\"event\":\"NIC_RX_FILTER_CHANGED\",\"data\":{\"path\":\"/machine/unattached\"},"
            "\"timestamp\":{\"seconds\":1,\"microseconds\":4}}");
    if (chatter == 0)
        say("{\"event\":\"SHUTDOWN\",\"data\":{\"guest\":true,\"reason\":\"guest-shutdown\"},"
            "\"timestamp\":{\"seconds\":1,\"microseconds\":5}}");
}

/* Takes what has come; false at the end of the connection. */
static bool listen_once(void)
{
    static char input[65536];
    static size_t have;
    ssize_t got = read(monitor, input + have, sizeof input - have);
    if (got <= 0)
        return got < 0 && errno == EINTR;
    have += (size_t)got;
    for (char *end; (end = memchr(input, '\n', have)) != NULL;) {
        size_t line = (size_t)(end - input) + 1;
        json_t *message = json_loadb(input, line, 0, NULL);
        if (message == NULL)
            give_up("a command that is no JSON");
        obey(message);
        json_decref(message);
        memmove(input, input + line, have - line);
        have -= line;
    }
    return true;
}

/* ---- the start ---- */

static void connect_to(const char *chardev)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = strstr(chardev, "path=");
    const char *end = path != NULL ? strstr(path, ",server=") : NULL;
    if (end == NULL || (size_t)(end - path) >= sizeof address.sun_path)
        give_up("no path of a socket");
    memcpy(address.sun_path, path + 5, (size_t)(end - path) - 5);
    monitor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (monitor < 0 || connect(monitor, (struct sockaddr *)&address, sizeof address) != 0)
        give_up(address.sun_path);
}

int main(int count, char **words)
{
    static const char rng[] = "rng-builtin,id=";
    const char *chardev = NULL;
    if (getenv("VPC_TEST_FALSE_QEMU") != NULL)
        mode = getenv("VPC_TEST_FALSE_QEMU");
    for (int i = 1; i + 1 < count; i++) {
        if (strcmp(words[i], "-chardev") == 0 && strstr(words[i + 1], "id=mon") != NULL)
            chardev = words[i + 1];
        if (strcmp(words[i], "-object") == 0 && strncmp(words[i + 1], rng, sizeof rng - 1) == 0)
            snprintf(object, sizeof object, "%s", words[i + 1] + sizeof rng - 1);
    }
    if (chardev == NULL)
        give_up("no monitor");
    connect_to(chardev);
    if (strcmp(mode, "greets-wrongly") == 0)
        say("220 mail.example ready");
    else
        say("{\"QMP\":{\"version\":{\"qemu\":{\"major\":7,\"minor\":2,\"micro\":0},\"package\":\"\"},"
            "\"capabilities\":[\"oob\"]}}");
    for (;;) {
        struct pollfd wait = {.fd = monitor, .events = POLLIN};
        int ready = poll(&wait, 1, chatter > 0 ? 0 : -1);
        if (ready > 0 && !listen_once())
            return 0;
        if (chatter > 0)
            chat();
    }
}
