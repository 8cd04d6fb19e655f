#ifndef CREACTOR_TESTING_H
#define CREACTOR_TESTING_H

// For tests only: what Swift refuses to import.

/// Forks, runs `body` in the child, and ends the child with its result. Returns the child's exit status, or -1 when it was
/// killed, for example by its alarm after 10 seconds.
int creactor_testing_run_in_child(int (*body)(void *), void *context);

/// Makes io_uring_setup fail with EPERM for the calling thread and all threads that it starts, as container runtimes do.
/// Returns 0 or -errno.
int creactor_testing_deny_io_uring(void);

#endif
