/// GNU calls that Swift's Glibc module doesn't show. All return 0 or a value, or a negative errno.
#ifndef CTESTSUPPORT_H
#define CTESTSUPPORT_H

#include <stdbool.h>

/// A pipe whose ends are closed on exec: ends[0] is read from.
int ctest_pipe(int ends[2], bool is_nonblocking);

/// accept4: a non-blocking socket that is closed on exec.
int ctest_accept(int listener);

/// Names the calling thread (at most 15 bytes are kept).
void ctest_set_thread_name(const char *name);

/// Starts a program and returns its process id. It inherits no descriptor but the given standard input (-1: empty) and
/// blocks no signal; its output and errors are appended to `output_file`. `arguments` ends with NULL.
int ctest_spawn(const char *executable, char *const arguments[], const char *working_directory,
                const char *output_file, int standard_input);

/// Forks, runs `check` in the child, and gives its result; a negative signal number when the child was killed.
int ctest_run_in_child(int (*check)(void *context), void *context);

#endif
