#ifndef CLIBURING_SHIM_H
#define CLIBURING_SHIM_H

// liburing, and what Swift can't import of it: acquire/release macros, and constants that may be newer than the installed
// header. No logic beyond one enter and one reap.

#include <errno.h>
#include <liburing.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

// Since Linux 6.15; the installed header may not know them.
static const uint32_t cliburing_feature_no_iowait = 1U << 17;
static const uint32_t cliburing_enter_no_iowait = 1U << 7;

static const uint32_t cliburing_feature_nodrop = IORING_FEAT_NODROP;
static const uint32_t cliburing_feature_ext_arg = IORING_FEAT_EXT_ARG;
static const uint32_t cliburing_cqe_buffer = IORING_CQE_F_BUFFER;
static const uint32_t cliburing_cqe_more = IORING_CQE_F_MORE;
static const uint32_t cliburing_buffer_shift = IORING_CQE_BUFFER_SHIFT;
static const uint8_t cliburing_select_buffer = 1U << IOSQE_BUFFER_SELECT_BIT;

/// One completion, copied out of the ring.
struct cliburing_completion {
    uint64_t token;
    int32_t result;
    uint32_t flags;
};

/// The kernel's view of one send.
struct cliburing_send {
    struct msghdr message;
    struct iovec pieces[8];
};
static inline void cliburing_clear(struct cliburing_send *send) {
    memset(send, 0, sizeof *send);
    send->message.msg_iov = send->pieces;
}
static inline void cliburing_append(struct cliburing_send *send, const void *base, size_t length) {
    if (send->message.msg_iovlen == 8) return;
    send->pieces[send->message.msg_iovlen].iov_base = (void *)base;
    send->pieces[send->message.msg_iovlen++].iov_len = length;
}
static inline void cliburing_prepare_send(struct io_uring_sqe *sqe, int fd, struct cliburing_send *send) {
    io_uring_prep_sendmsg(sqe, fd, &send->message, MSG_NOSIGNAL);
}

static inline int cliburing_setup(struct io_uring *ring, uint32_t entries, uint32_t completions) {
    struct io_uring_params params;
    memset(&params, 0, sizeof params);
    params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE;
    params.cq_entries = completions;
    return io_uring_queue_init_params(entries, ring, &params);
}

/// Makes the prepared entries visible to the kernel, submits them, and waits for `wait_count` completions, at most
/// `timeout_ns` (< 0: for ever). Always collects events: with DEFER_TASKRUN nothing completes otherwise.
static inline int cliburing_enter(struct io_uring *ring, uint32_t wait_count, int64_t timeout_ns) {
    struct io_uring_sq *sq = &ring->sq;
    uint32_t tail = *sq->ktail;
    for (; tail != sq->sqe_tail; tail++)
        if (sq->array != NULL) sq->array[tail & sq->ring_mask] = tail & sq->ring_mask;
    io_uring_smp_store_release(sq->ktail, tail);
    sq->sqe_head = tail;
    uint32_t pending = tail - io_uring_smp_load_acquire(sq->khead);

    uint32_t flags = IORING_ENTER_GETEVENTS;
    if (wait_count == 0) return io_uring_enter2((unsigned)ring->ring_fd, pending, 0, flags, NULL, _NSIG / 8);
    struct __kernel_timespec timeout = {.tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000};
    struct io_uring_getevents_arg argument;
    memset(&argument, 0, sizeof argument);
    argument.sigmask_sz = _NSIG / 8;
    argument.ts = timeout_ns < 0 ? 0 : (uint64_t)(uintptr_t)&timeout;
    flags |= IORING_ENTER_EXT_ARG;
    if (ring->features & cliburing_feature_no_iowait) flags |= cliburing_enter_no_iowait;
    return io_uring_enter2((unsigned)ring->ring_fd, pending, wait_count, flags, (sigset_t *)&argument, sizeof argument);
}

/// Copies the next completion out of the ring and frees its entry; false when there is none.
static inline bool cliburing_reap(struct io_uring *ring, struct cliburing_completion *completion) {
    uint32_t head = *ring->cq.khead;
    if (head == io_uring_smp_load_acquire(ring->cq.ktail)) return false;
    const struct io_uring_cqe *cqe = &ring->cq.cqes[head & ring->cq.ring_mask];
    completion->token = cqe->user_data;
    completion->result = cqe->res;
    completion->flags = cqe->flags;
    io_uring_smp_store_release(ring->cq.khead, head + 1);
    return true;
}

#endif
