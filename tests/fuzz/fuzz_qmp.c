/*
 * What claims to be a QEMU monitor. The first byte says in pieces of what size the rest arrives; however it is cut, the
 * listener hears the same. Commands wait for their answers meanwhile.
 */
#include "engine/qemu/qmp_client.c" /* its reader is static: the stream comes from a socket */

#include "fuzz/fuzz.h"

/* What the listener was told: a sum over all of it, in order. */
struct heard {
    struct qmp_client *client;
    uint64_t sum;
    unsigned greetings, losses, events, answers;
};

static void hear(struct heard *heard, const char *text)
{
    for (; text && *text; text++)
        heard->sum = (heard->sum ^ (unsigned char)*text) * UINT64_C(1099511628211);
    heard->sum = (heard->sum ^ 0xff) * UINT64_C(1099511628211);
}

static void hear_value(struct heard *heard, const json_t *value)
{
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;

    hear(heard, text ? text : "nothing");
    free(text);
}

static void on_answer(void *context, const json_t *result, const struct vpc_error *error)
{
    struct heard *heard = context;

    heard->answers++;
    fuzz_check(!result || !error);
    if (error)
        fuzz_check(text_is_utf8(error->text, strlen(error->text)));
    hear(heard, error ? error->text : "answer");
    hear_value(heard, result);
    /* As the engine does: the next question comes out of an answer. */
    if (heard->answers < 4)
        qmp_client_send(heard->client, "query-status", json_null(), on_answer, heard);
}

static void on_greeted(void *context)
{
    struct heard *heard = context;

    heard->greetings++;
    hear(heard, "greeted");
    qmp_client_begin(heard->client, on_answer, heard);
    qmp_client_send(heard->client, "query-blockstats", json_pack("{s:b}", "query-nodes", 1), on_answer, heard);
}

static void on_event(void *context, const char *name, int64_t utc_us, const json_t *data)
{
    struct heard *heard = context;

    heard->events++;
    fuzz_check(heard->greetings == 1 && utc_us >= 0);
    hear(heard, name);
    hear_value(heard, data);
}

static void on_lost(void *context, const struct vpc_error *why)
{
    struct heard *heard = context;

    heard->losses++;
    fuzz_check(text_is_utf8(why->text, strlen(why->text)));
    hear(heard, why->text);
}

static const struct qmp_listener listener = {.greeted = on_greeted, .event = on_event, .lost = on_lost};

static struct heard hear_stream(const uint8_t *data, size_t size, size_t piece)
{
    struct qmp_client *client = calloc(1, sizeof(*client));
    struct heard heard = {.client = client};
    uv_loop_t loop;

    fuzz_check(client && uv_loop_init(&loop) == 0);
    client->listener = &listener;
    client->context = &heard;
    client->end = &client->first;
    client->handles = 2;
    client->corked = 1; /* nobody reads what is sent */
    uv_tcp_init(&loop, &client->socket.tcp);
    uv_timer_init(&loop, &client->later);
    client->socket.tcp.data = client->later.data = client;
    for (size_t at = 0; at < size; at += piece) {
        if (client->lost)
            break; /* nothing is read from a lost connection */
        client->unread = size - at < piece ? size - at : piece;
        memcpy(client->read_buffer, data + at, client->unread);
        take_bytes(client);
        fuzz_check(client->scanned <= client->in.size && client->in.size <= QMP_MAX_LINE + piece);
    }
    uv_run(&loop, UV_RUN_NOWAIT);
    fuzz_check(heard.losses == (client->lost ? 1 : 0) && heard.greetings <= 1);
    qmp_client_close(client, NULL, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    fuzz_check(uv_loop_close(&loop) == 0);
    return heard;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct heard whole, torn;

    if (!size)
        return 0;
    whole = hear_stream(data + 1, size - 1, READ_BYTES);
    torn = hear_stream(data + 1, size - 1, 1 + data[0] % 97);
    fuzz_check(whole.sum == torn.sum && whole.events == torn.events && whole.answers == torn.answers);
    return 0;
}
