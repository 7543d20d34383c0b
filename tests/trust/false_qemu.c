/*
 * Stands in for QEMU where a real one cannot be made to misbehave: connects to its supervisor like one, counts frames
 * in the captures that it is told to write, and then does what VPC_TEST_FALSE_QEMU says:
 *
 *   plain             what a good QEMU does
 *   lasting           the same, and it waits for a new supervisor when it has lost its own, as QEMU does
 *   chatty            sends CHATTER events as fast as they are taken, then the guest powers off
 *   greets-wrongly    no greeting, but noise
 *   no-json           noise in the middle of the session
 *   endless           a line that does not end
 *   unasked           answers what was not asked
 *   wrong-figures     drives whose figures are no numbers
 *   stands            does not let the guest run when it is told so for the first time after a reset
 *
 * The faults but the first take effect when the guest is let run. Each adapter has then sent FRAMES frames and received
 * as many, of FRAME_BYTES bytes each; a lasting one sends and receives them whenever it gets a SIGUSR1. It saves to
 * where it is told to migrate, and takes back nothing else.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <jansson.h>
#include "trust/false_qemu.h"

enum {
    CAPTURES = 16,
    EVENTS_AT_ONCE = 200,
    STATE_BYTES = 2500000 /* of a saved guest: more than one piece, and more than one turn of the supervisor's loop */
};

/* A filter of QEMU's. */
struct filter {
    char *id;   /* NULL: free place */
    char *file; /* NULL: it holds the frames back */
    bool on;
};

static int monitor = -1;
static struct sockaddr_un door = {.sun_family = AF_UNIX};
static const char *mode = "plain";
static bool lasting;
static char object[128];
static struct filter filters[CAPTURES];
static long chatter; /* events still to send */
static bool has_run, runs;
static bool stands;                   /* the next order to let it run is refused */
static volatile sig_atomic_t ordered; /* times that frames are to pass */
static int incoming = -1;             /* where a saved guest comes from: listens, then is the connection */
static bool incoming_has_come;
static size_t incoming_bytes;
static unsigned incoming_port;
static const char *migration = "none";

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
        if (sent <= 0 && lasting)
            return; /* the end of the connection is read as well */
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

static struct filter *find_filter(const char *id)
{
    for (size_t i = 0; id != NULL && i < CAPTURES; i++)
        if (filters[i].id != NULL && strcmp(filters[i].id, id) == 0)
            return &filters[i];
    return NULL;
}

static void add_filter(const json_t *arguments)
{
    static const uint32_t header[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 1, 1};
    const char *id = json_string_value(json_object_get(arguments, "id"));
    const char *file = json_string_value(json_object_get(arguments, "file"));
    const char *status = json_string_value(json_object_get(arguments, "status"));
    for (size_t i = 0; i < CAPTURES; i++) {
        if (filters[i].id != NULL)
            continue;
        filters[i].id = strdup(id);
        filters[i].file = file != NULL ? strdup(file) : NULL;
        filters[i].on = status == NULL || strcmp(status, "on") == 0;
        if (file != NULL)
            write_capture(file, "wb", header, sizeof header);
        return;
    }
    give_up("too many filters");
}

static void remove_filter(struct filter *filter)
{
    free(filter->id);
    free(filter->file);
    *filter = (struct filter){0};
}

/* False while they are held back. */
static bool pass_frames(void)
{
    for (size_t i = 0; i < CAPTURES; i++)
        if (filters[i].id != NULL && filters[i].file == NULL)
            return false;
    for (size_t i = 0; i < CAPTURES; i++)
        for (int frame = 0; filters[i].id != NULL && filters[i].on && frame < FALSE_QEMU_FRAMES; frame++) {
            uint32_t record[4] = {0, 0, 1, FALSE_QEMU_FRAME_BYTES};
            char bytes[sizeof record + 1] = {0};
            memcpy(bytes, record, sizeof record);
            write_capture(filters[i].file, "ab", bytes, sizeof bytes);
        }
    return true;
}

static void take_order(int number)
{
    (void)number;
    ordered++;
}

/* ---- a saved guest ---- */

static char state_byte(size_t at)
{
    return (char)(at * 2654435761u >> 13);
}

static int open_loopback(unsigned port, bool listens)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_port = htons((uint16_t)port);
    if (file >= 0 && (listens ? bind(file, (struct sockaddr *)&address, size) != 0 || listen(file, 1) != 0 ||
                                    getsockname(file, (struct sockaddr *)&address, &size) != 0
                              : connect(file, (struct sockaddr *)&address, size) != 0)) {
        close(file);
        return -1;
    }
    incoming_port = ntohs(address.sin_port);
    return file;
}

static void migrate_to(const char *uri)
{
    static char state[STATE_BYTES];
    const char *port = uri != NULL ? strrchr(uri, ':') : NULL;
    int file = port != NULL ? open_loopback((unsigned)strtoul(port + 1, NULL, 10), false) : -1;
    size_t done = 0;
    for (size_t i = 0; i < sizeof state; i++)
        state[i] = state_byte(i);
    for (ssize_t sent; file >= 0 && done < sizeof state; done += (size_t)sent)
        if ((sent = write(file, state + done, sizeof state - done)) <= 0)
            break;
    close(file);
    migration = done == sizeof state ? "completed" : "failed";
}

/* Something has come to `incoming`. */
static void take_state(void)
{
    static char piece[65536];
    if (!incoming_has_come) {
        int file = accept(incoming, NULL, NULL);
        close(incoming);
        incoming = file;
        incoming_has_come = true;
        return;
    }
    ssize_t got = read(incoming, piece, sizeof piece);
    for (ssize_t i = 0; i < got; i++)
        if (incoming_bytes >= STATE_BYTES || piece[i] != state_byte(incoming_bytes++))
            give_up("load of migration failed");
    if (got > 0)
        return;
    close(incoming);
    incoming = -1;
    if (incoming_bytes != STATE_BYTES)
        give_up("load of migration failed");
    migration = "completed";
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

static void refuse(json_t *id, const char *why)
{
    char *number = json_dumps(id, JSON_ENCODE_ANY);
    char line[1024];
    snprintf(line, sizeof line, "{\"error\":{\"class\":\"GenericError\",\"desc\":\"%s\"},\"id\":%s}", why, number);
    say(line);
    free(number);
}

static void list_objects(json_t *id)
{
    char list[4096];
    int length = snprintf(list, sizeof list, "[{\"name\":\"%s\",\"type\":\"child<rng-builtin>\"}", object);
    for (size_t i = 0; i < CAPTURES; i++)
        if (filters[i].id != NULL)
            length += snprintf(list + length, sizeof list - (size_t)length, ",{\"name\":\"%s\",\"type\":\"child\"}",
                               filters[i].id);
    snprintf(list + length, sizeof list - (size_t)length, "]");
    answer(id, list);
}

/* A property of an object: only `status` of a filter is ever set. */
static void obey_property(const char *command, const json_t *arguments, json_t *id)
{
    static const char objects[] = "/objects/";
    const char *path = json_string_value(json_object_get(arguments, "path"));
    struct filter *filter = NULL;
    if (path != NULL && strncmp(path, objects, sizeof objects - 1) == 0)
        filter = find_filter(path + sizeof objects - 1);
    if (strcmp(command, "qom-get") == 0 && path != NULL && strcmp(path, "/machine") == 0) {
        answer(id, "\"pc-i440fx-7.2-machine\"");
    } else if (filter == NULL) {
        refuse(id, "there is no such object");
    } else if (strcmp(command, "qom-get") == 0) {
        answer(id, filter->on ? "\"on\"" : "\"off\"");
    } else {
        const char *value = json_string_value(json_object_get(arguments, "value"));
        filter->on = value != NULL && strcmp(value, "on") == 0;
        answer(id, "{}");
    }
}

static void obey_migration(const char *command, const json_t *arguments, json_t *id)
{
    char result[512];
    if (strcmp(command, "migrate") == 0) {
        answer(id, "{}");
        migrate_to(json_string_value(json_object_get(arguments, "uri")));
    } else if (strcmp(command, "migrate_cancel") == 0) {
        migration = "cancelled";
        answer(id, "{}");
    } else if (strcmp(command, "migrate-incoming") == 0) {
        incoming = open_loopback(0, true);
        migration = "setup";
        if (incoming >= 0)
            answer(id, "{}");
        else
            refuse(id, "it cannot listen");
    } else {
        snprintf(result, sizeof result,
                 "{\"status\":\"%s\",\"ram\":{\"total\":2,\"remaining\":1},\"socket-address\":[{\"type\":\"inet\","
                 "\"host\":\"127.0.0.1\",\"port\":\"%u\"}]}",
                 migration, incoming_port);
        answer(id, result);
    }
}

static void obey(const json_t *message)
{
    const char *command = json_string_value(json_object_get(message, "execute"));
    const json_t *arguments = json_object_get(message, "arguments");
    json_t *id = json_object_get(message, "id");
    if (command == NULL)
        give_up("a command without a name");
    if (strcmp(command, "qom-list") == 0) {
        list_objects(id);
    } else if (strcmp(command, "qom-get") == 0 || strcmp(command, "qom-set") == 0) {
        obey_property(command, arguments, id);
    } else if (strncmp(command, "migrate", 7) == 0 || strcmp(command, "query-migrate") == 0) {
        obey_migration(command, arguments, id);
    } else if (strcmp(command, "query-blockstats") == 0) {
        answer(id, has_run && strcmp(mode, "wrong-figures") == 0
                       ? "[{\"qdev\":\"drive0\",\"stats\":{\"rd_bytes\":\"many\",\"wr_bytes\":-1}}]"
                       : "[]");
    } else if (strcmp(command, "object-add") == 0) {
        if (json_object_get(arguments, "netdev") != NULL)
            add_filter(arguments);
        answer(id, "{}");
    } else if (strcmp(command, "object-del") == 0) {
        struct filter *filter = find_filter(json_string_value(json_object_get(arguments, "id")));
        if (filter != NULL) {
            remove_filter(filter);
            answer(id, "{}");
        } else {
            refuse(id, "there is no such object");
        }
    } else if (strcmp(command, "cont") == 0 && stands) {
        stands = false;
        refuse(id, "not now");
    } else if (strcmp(command, "cont") == 0) {
        if (!runs)
            say("{\"event\":\"RESUME\",\"timestamp\":{\"seconds\":1,\"microseconds\":1}}");
        answer(id, "{}");
        if (!has_run && !lasting)
            pass_frames();
        has_run = runs = true;
        misbehave();
    } else if (strcmp(command, "stop") == 0) {
        if (runs)
            say("{\"event\":\"STOP\",\"timestamp\":{\"seconds\":1,\"microseconds\":2}}");
        runs = false;
        answer(id, "{}");
    } else if (strcmp(command, "query-status") == 0) {
        answer(id, runs                                                         ? "{\"status\":\"running\"}"
                   : strcmp(migration, "completed") == 0 && incoming_bytes == 0 ? "{\"status\":\"postmigrate\"}"
                                                                                : "{\"status\":\"paused\"}");
    } else if (strcmp(command, "query-version") == 0) {
        answer(id, "{\"qemu\":{\"major\":7,\"minor\":2,\"micro\":0},\"package\":\"\"}");
    } else if (strcmp(command, "system_reset") == 0) {
        stands = strcmp(mode, "stands") == 0;
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
    static int from;
    if (from != monitor)
        have = 0;
    from = monitor;
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

static void find_door(const char *chardev)
{
    const char *path = strstr(chardev, "path=");
    const char *end = path != NULL ? strstr(path, ",server=") : NULL;
    if (end == NULL || (size_t)(end - path) >= sizeof door.sun_path)
        give_up("no path of a socket");
    memcpy(door.sun_path, path + 5, (size_t)(end - path) - 5);
}

static bool enter(void)
{
    monitor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (monitor < 0)
        give_up("socket");
    if (connect(monitor, (struct sockaddr *)&door, sizeof door) != 0) {
        close(monitor);
        monitor = -1;
        return false;
    }
    if (strcmp(mode, "greets-wrongly") == 0)
        say("220 mail.example ready");
    else
        say("{\"QMP\":{\"version\":{\"qemu\":{\"major\":7,\"minor\":2,\"micro\":0},\"package\":\"\"},"
            "\"capabilities\":[\"oob\"]}}");
    return true;
}

/* Until somebody is behind the door again; not for ever: the test removes its folder. */
static void enter_again(void)
{
    static const struct timespec moment = {.tv_nsec = 5000000};
    close(monitor);
    while (!enter()) {
        char folder[sizeof door.sun_path];
        memcpy(folder, door.sun_path, sizeof folder);
        *strrchr(folder, '/') = '\0';
        if (access(folder, F_OK) != 0)
            exit(0);
        nanosleep(&moment, NULL);
    }
}

/* One turn. A signal is taken only here. */
static void turn(const sigset_t *open)
{
    static const struct timespec at_once = {0};
    struct pollfd waits[2] = {{.fd = monitor, .events = POLLIN}, {.fd = incoming, .events = POLLIN}};
    int ready = ppoll(waits, 2, chatter > 0 ? &at_once : NULL, open);
    if (ready > 0 && waits[1].revents != 0)
        take_state();
    if (ready > 0 && waits[0].revents != 0 && !listen_once()) {
        if (!lasting)
            exit(0);
        enter_again();
    }
    if (ordered > 0 && pass_frames())
        ordered--;
    if (chatter > 0)
        chat();
}

int main(int count, char **words)
{
    static const char rng[] = "rng-builtin,id=";
    const char *chardev = NULL;
    sigset_t order, open;
    sigemptyset(&order);
    sigaddset(&order, SIGUSR1);
    sigprocmask(SIG_BLOCK, &order, &open);
    signal(SIGUSR1, take_order);
    signal(SIGPIPE, SIG_IGN);
    if (getenv("VPC_TEST_FALSE_QEMU") != NULL)
        mode = getenv("VPC_TEST_FALSE_QEMU");
    lasting = strcmp(mode, "lasting") == 0;
    for (int i = 1; i + 1 < count; i++) {
        if (strcmp(words[i], "-chardev") == 0 && strstr(words[i + 1], "id=mon") != NULL)
            chardev = words[i + 1];
        if (strcmp(words[i], "-object") == 0 && strncmp(words[i + 1], rng, sizeof rng - 1) == 0)
            snprintf(object, sizeof object, "%s", words[i + 1] + sizeof rng - 1);
    }
    if (chardev == NULL)
        give_up("no monitor");
    find_door(chardev);
    if (!enter()) {
        if (!lasting)
            give_up(door.sun_path);
        enter_again();
    }
    for (;;)
        turn(&open);
}
