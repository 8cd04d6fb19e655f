// Functions that Swift cannot import: see the header.
#define _GNU_SOURCE
#include "CReactor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif
#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

_Thread_local uintptr_t creactor_thread_owner_storage = 0;

int creactor_thread_start(void *(*body)(void *), void *context, uintptr_t *thread) {
    sigset_t blocked, previous;
    sigfillset(&blocked);
    // What a thread does to itself stays loud: a crash reaches the application's handlers, backtracers included.
    const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) sigdelset(&blocked, faults[i]);
    // The new thread inherits the mask.
    pthread_sigmask(SIG_SETMASK, &blocked, &previous);
    pthread_t handle;
    int code = pthread_create(&handle, NULL, body, context);
    pthread_sigmask(SIG_SETMASK, &previous, NULL);
    if (code == 0) *thread = (uintptr_t)handle;
    return -code;
}

void creactor_thread_join(uintptr_t thread) { pthread_join((pthread_t)thread, NULL); }
void creactor_thread_detach(uintptr_t thread) { pthread_detach((pthread_t)thread); }

void creactor_set_thread_name(const char *name) {
    char bounded[16] = {0};
    for (int i = 0; i < 15 && name[i] != 0; i++) bounded[i] = name[i];
    pthread_setname_np(pthread_self(), bounded);
}

int creactor_pin_to_cpu(int cpu) {
    if (cpu < 0 || cpu >= CPU_SETSIZE) return -EINVAL;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    return -pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

void *creactor_wipe_on_fork_page(void) {
    long size = sysconf(_SC_PAGESIZE);
    void *page = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return NULL;
    if (madvise(page, (size_t)size, MADV_WIPEONFORK) != 0) {
        munmap(page, (size_t)size);
        return NULL;
    }
    return page;
}

void creactor_free_page(void *page) { munmap(page, (size_t)sysconf(_SC_PAGESIZE)); }

void creactor_futex_wait(const void *word, uint32_t expected, int64_t timeout_ns) {
    struct timespec timeout = {.tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000};
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, timeout_ns < 0 ? NULL : &timeout, NULL, 0);
}

void creactor_futex_wake(const void *word, uint32_t count) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

void creactor_opaque_barrier(void) { __asm__ __volatile__("" ::: "memory"); }

extern void *swift_retain_n(void *object, uint32_t count);
void creactor_retain_n(void *object, uint32_t count) { swift_retain_n(object, count); }

extern void swift_release_n(void *object, uint32_t count);
void creactor_release_n(void *object, uint32_t count) { swift_release_n(object, count); }

int creactor_eventfd(void) {
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int creactor_eventfd_signal(int fd) {
    while (eventfd_write(fd, 1) != 0)
        if (errno != EINTR) return -errno;
    return 0;
}

int creactor_epoll_create(void) {
    int fd = epoll_create1(EPOLL_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int creactor_epoll_add(int epoll, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data.u64 = token};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0 ? -errno : 0;
}

int creactor_epoll_remove(int epoll, int fd) {
    struct epoll_event event = {0};
    return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, &event) != 0 ? -errno : 0;
}

int creactor_epoll_wait(int epoll, struct epoll_event *events, int capacity, int64_t timeout_ns) {
    if (timeout_ns > 0) {
        struct timespec timeout = {.tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000};
        long count = syscall(SYS_epoll_pwait2, epoll, events, capacity, &timeout, NULL, (size_t)0);
        if (count >= 0) return (int)count;
        if (errno == EINTR) return 0;
        if (errno != ENOSYS && errno != EPERM) return -errno;
    }
    int64_t milliseconds = timeout_ns / 1000000 + (timeout_ns % 1000000 > 0);
    int timeout = timeout_ns < 0 ? -1 : milliseconds > INT32_MAX ? INT32_MAX : (int)milliseconds;
    int count = epoll_wait(epoll, events, capacity, timeout);
    if (count >= 0) return count;
    return errno == EINTR ? 0 : -errno;
}

int creactor_socket(int family) {
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return fd < 0 ? -errno : fd;
}

int creactor_socket_pair(int pair[2]) {
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0 ? -errno : 0;
}

int creactor_connect(int fd, const void *address, uint32_t length) {
    // An interrupted non-blocking connect goes on by itself, like one that answers EINPROGRESS.
    if (connect(fd, address, length) == 0) return 0;
    return errno == EINTR ? -EINPROGRESS : -errno;
}

int creactor_bind(int fd, const void *address, uint32_t length) { return bind(fd, address, length) != 0 ? -errno : 0; }

int creactor_set_nonblocking_cloexec(int fd) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) return -errno;
    return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -errno : 0;
}

int creactor_close(int fd) {
    // Linux frees the descriptor even when close is interrupted: never repeat it.
    return close(fd) != 0 && errno != EINTR ? -errno : 0;
}

int creactor_set_option(int fd, int level, int name, int value) {
    return setsockopt(fd, level, name, &value, sizeof value) != 0 ? -errno : 0;
}

int creactor_set_linger_zero(int fd) {
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    return setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) != 0 ? -errno : 0;
}

int creactor_socket_error(int fd) {
    int error = 0;
    socklen_t length = sizeof error;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0 ? errno : error;
}

ssize_t creactor_receive(int fd, void *buffer, size_t capacity) {
    for (;;) {
        ssize_t count = recv(fd, buffer, capacity, MSG_DONTWAIT);
        if (count >= 0) return count;
        if (errno != EINTR) return -errno;
    }
}

_Static_assert(sizeof(struct creactor_piece) == sizeof(struct iovec), "a piece is an iovec");
_Static_assert(offsetof(struct creactor_piece, base) == offsetof(struct iovec, iov_base), "a piece is an iovec");
_Static_assert(offsetof(struct creactor_piece, length) == offsetof(struct iovec, iov_len), "a piece is an iovec");

ssize_t creactor_send_pieces(int fd, const struct creactor_piece *pieces, size_t count) {
    struct msghdr message = {.msg_iov = (struct iovec *)pieces, .msg_iovlen = count};
    for (;;) {
        ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) return sent;
        if (errno != EINTR) return -errno;
    }
}
