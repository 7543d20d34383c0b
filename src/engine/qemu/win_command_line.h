/* A Windows command line from separate words. */
#ifndef VPC_ENGINE_QEMU_WIN_COMMAND_LINE_H
#define VPC_ENGINE_QEMU_WIN_COMMAND_LINE_H

/* One line that Microsoft's C runtime splits into these words again (NULL-terminated), new memory. The first word is a
 * program's path and holds no quotes. */
char *win_command_line(char *const words[]);

#endif
