#include "host/session_end.h"

#include <signal.h>
#include <stdlib.h>

struct session_end {
    uv_signal_t signal;
    void (*ends)(void *context);
    void *context;
};

static void session_end_told(uv_signal_t *signal, int number)
{
    struct session_end *session = signal->data;
    (void)number;
    session->ends(session->context);
}

bool session_end_watch(struct session_end **session, uv_loop_t *loop, const char *name, void (*ends)(void *context),
                       void *context, struct vpc_error *err)
{
    (void)name;
    *session = NULL;
    struct session_end *made = calloc(1, sizeof *made);
    if (made == NULL)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory to watch the end of the session");
    made->ends = ends;
    made->context = context;
    uv_signal_init(loop, &made->signal);
    made->signal.data = made;
    uv_unref((uv_handle_t *)&made->signal);
    *session = made;
    int status = uv_signal_start(&made->signal, session_end_told, SIGTERM);
    if (status == 0)
        return true;
    session_end_close(made);
    *session = NULL;
    return vpc_fail(err, VPC_UNEXPECTED, "the end of the session cannot be watched (%s)", uv_strerror(status));
}

void session_end_close(struct session_end *session)
{
    if (session == NULL)
        return;
    uv_loop_t *loop = session->signal.loop;
    uv_close((uv_handle_t *)&session->signal, NULL);
    uv_run(loop, UV_RUN_NOWAIT);
    free(session);
}
