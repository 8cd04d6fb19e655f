#ifndef CREACTOR_H
#define CREACTOR_H

// What Swift cannot import from the system headers: macros, thread-locals, variadic calls, and functions that glibc
// hides behind feature macros. No logic. Every call that can fail returns -errno, and EINTR never leaves this file.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

// ---- thread identity -------------------------------------------------------------------------------------------

extern _Thread_local uintptr_t creactor_thread_owner_storage;

/// The loop that owns the calling thread as a number, or 0.
static inline uintptr_t creactor_thread_owner(void) { return creactor_thread_owner_storage; }
static inline void creactor_set_thread_owner(uintptr_t owner) { creactor_thread_owner_storage = owner; }

/// Starts a thread on which all signals but those of its own faults are blocked from its first instruction on. The caller joins or detaches it.
int creactor_thread_start(void *(*body)(void *), void *context, uintptr_t *thread);
void creactor_thread_join(uintptr_t thread);
void creactor_thread_detach(uintptr_t thread);
void creactor_set_thread_name(const char *name);
/// Pins the calling thread to one CPU.
int creactor_pin_to_cpu(int cpu);
/// A private anonymous page that the kernel zeroes in a forked child; NULL when it can't be had.
void *creactor_wipe_on_fork_page(void);
void creactor_free_page(void *page);

// ---- time -------------------------------------------------------------------------------------------------------

/// Nanoseconds of CLOCK_MONOTONIC, which can't fail on Linux.
static inline uint64_t creactor_now_nanoseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/// Time of day, in nanoseconds since 1970 UTC.
static inline uint64_t creactor_wall_nanoseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

// ---- futex, ordered publication, retain -------------------------------------------------------------------------

/// Sleeps while *word == expected. `timeout_ns` < 0 waits for ever. Spurious returns are allowed.
void creactor_futex_wait(const void *word, uint32_t expected, int64_t timeout_ns);
void creactor_futex_wake(const void *word, uint32_t count);
/// One byte that several threads look at, replaced in one step; returns the one before.
static inline uint8_t creactor_exchange_byte(void *byte, uint8_t value) {
    return __atomic_exchange_n((uint8_t *)byte, value, __ATOMIC_ACQ_REL);
}
static inline uint8_t creactor_load_byte(const void *byte) { return __atomic_load_n((const uint8_t *)byte, __ATOMIC_ACQUIRE); }
static inline void creactor_spin_hint(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}
/// Opaque to Swift's optimiser: nothing, in particular no retain, may be moved across a call of it.
void creactor_opaque_barrier(void);
/// Adds `count` strong references to a Swift object in one atomic step. Never inlined.
void creactor_retain_n(void *object, uint32_t count);
/// Takes `count` strong references back in one atomic step. Never inlined.
void creactor_release_n(void *object, uint32_t count);

// ---- epoll and eventfd ------------------------------------------------------------------------------------------

int creactor_eventfd(void);
int creactor_eventfd_signal(int fd);
int creactor_epoll_create(void);
int creactor_epoll_add(int epoll, int fd, uint32_t events, uint64_t token);
int creactor_epoll_remove(int epoll, int fd);
/// Nanosecond timeout (< 0: for ever) through epoll_pwait2, or whole milliseconds rounded up where that is missing.
int creactor_epoll_wait(int epoll, struct epoll_event *events, int capacity, int64_t timeout_ns);

static inline uint32_t creactor_event_flags(const struct epoll_event *event) { return event->events; }
static inline uint64_t creactor_event_token(const struct epoll_event *event) { return event->data.u64; }

static const uint32_t creactor_epoll_in = EPOLLIN;
static const uint32_t creactor_epoll_out = EPOLLOUT;
static const uint32_t creactor_epoll_hangup = EPOLLHUP;
static const uint32_t creactor_epoll_read_hangup = EPOLLRDHUP;
static const uint32_t creactor_epoll_error = EPOLLERR;
static const uint32_t creactor_epoll_edge = EPOLLET;

// ---- sockets ----------------------------------------------------------------------------------------------------

int creactor_socket(int family);
/// Two connected Unix stream sockets.
int creactor_socket_pair(int pair[2]);
int creactor_connect(int fd, const void *address, uint32_t length);
int creactor_bind(int fd, const void *address, uint32_t length);
int creactor_set_nonblocking_cloexec(int fd);
int creactor_close(int fd);
int creactor_set_option(int fd, int level, int name, int value);
int creactor_set_linger_zero(int fd);
/// The pending error of the socket (SO_ERROR) as a positive errno, 0 when there is none.
int creactor_socket_error(int fd);
ssize_t creactor_receive(int fd, void *buffer, size_t capacity);

/// One piece of a send: `struct iovec` by a name that no other module has.
struct creactor_piece {
    const void *base;
    size_t length;
};
/// Sends what fits without waiting, without SIGPIPE.
ssize_t creactor_send_pieces(int fd, const struct creactor_piece *pieces, size_t count);

#endif
