#include "util/host_log.h"

#include <syslog.h>

bool host_log_write(enum host_log_level level, unsigned id, const char *text)
{
    static const int priorities[] = {LOG_ERR, LOG_WARNING, LOG_INFO};
    syslog(LOG_USER | priorities[level], "vpchost event %u: %s", id, text);
    return true;
}
