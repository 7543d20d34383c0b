/*
 * The shell script that starts QEMU on POSIX systems, and through Wine: there a Windows program can start /bin/sh, but
 * Wine redirects no standard error and passes a command line through the conversions of two systems. In a file the
 * words stay as they are.
 *
 * The script runs in the run folder, writes its process id (which is QEMU's) to QEMU_PID_FILE, sends QEMU's output to
 * QEMU_LOG_FILE, and becomes QEMU.
 */
#ifndef VPC_ENGINE_QEMU_QEMU_SCRIPT_H
#define VPC_ENGINE_QEMU_QEMU_SCRIPT_H

#define QEMU_SCRIPT_FILE "qemu.sh"
#define QEMU_PID_FILE    "qemu.pid"
#define QEMU_LOG_FILE    "qemu.log"

/* The script's text, new memory, for a NULL-terminated list of words. */
char *qemu_script_text(char *const words[]);

#endif
