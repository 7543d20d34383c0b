/* Where pipes are Unix sockets: "control.sock" in the VM's run folder. */
#include "session/control_server_private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "util/file.h"
#include "util/path.h"

bool control_server_name(const char *folder, char **name, struct vpc_error *err)
{
    *name = path_join(folder, "control.sock");
    if (!*name)
        return vpc_fail(err, VPC_OUT_OF_MEMORY, "no memory for the name of the control socket");
    bool ok;
    if (strlen(*name) >= sizeof((struct sockaddr_un *)NULL)->sun_path)
        ok = vpc_fail(err, VPC_TOO_LONG, "path of control socket '%s' is too long", *name);
    else
        ok = file_remove(*name, err);
    if (!ok) {
        free(*name);
        *name = NULL;
    }
    return ok;
}

/* Until the socket listens, nobody can connect: there is no moment of openness. */
bool control_server_protect(uv_pipe_t *pipe, const char *name, struct vpc_error *err)
{
    (void)pipe;
    if (chmod(name, 0600) != 0)
        return vpc_fail_os(err, "cannot protect control socket '%s'", name);
    return true;
}
