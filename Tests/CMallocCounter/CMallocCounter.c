#include "CMallocCounter.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>

// glibc exports its allocator under these names for interposers like this one.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void *__libc_valloc(size_t size);
extern void *__libc_pvalloc(size_t size);
extern void __libc_free(void *block);

// Initial-exec: reaching the variable must not itself allocate.
static _Thread_local __attribute__((tls_model("initial-exec"))) struct malloc_counts of_thread;
static _Thread_local __attribute__((tls_model("initial-exec"))) bool is_trapping;

static _Atomic uint64_t process_allocations;
static _Atomic uint64_t process_frees;
static _Atomic uint64_t process_requested_bytes;
static _Atomic int64_t held_blocks;
static _Atomic int64_t held_bytes;

static void count_allocation(size_t size) {
    if (is_trapping) {
        is_trapping = false;  // the crash reporter allocates too
        __builtin_trap();
    }
    of_thread.allocations += 1;
    of_thread.requested_bytes += size;
    atomic_fetch_add_explicit(&process_allocations, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&process_requested_bytes, size, memory_order_relaxed);
}

static void *hold(void *block) {
    if (block == NULL) return NULL;
    atomic_fetch_add_explicit(&held_blocks, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&held_bytes, (int64_t)malloc_usable_size(block), memory_order_relaxed);
    return block;
}

// Before the block is given back.
static void let_go(void *block) {
    if (block == NULL) return;
    atomic_fetch_sub_explicit(&held_blocks, 1, memory_order_relaxed);
    atomic_fetch_sub_explicit(&held_bytes, (int64_t)malloc_usable_size(block), memory_order_relaxed);
}

static void count_free(const void *block) {
    if (block == NULL) return;
    of_thread.frees += 1;
    atomic_fetch_add_explicit(&process_frees, 1, memory_order_relaxed);
}

struct malloc_counts malloc_counter_of_thread(void) { return of_thread; }

struct malloc_counts malloc_counter_of_process(void) {
    return (struct malloc_counts){
        .allocations = atomic_load_explicit(&process_allocations, memory_order_relaxed),
        .frees = atomic_load_explicit(&process_frees, memory_order_relaxed),
        .requested_bytes = atomic_load_explicit(&process_requested_bytes, memory_order_relaxed),
    };
}

struct malloc_holdings malloc_counter_holdings(void) {
    return (struct malloc_holdings){
        .blocks = atomic_load_explicit(&held_blocks, memory_order_relaxed),
        .bytes = atomic_load_explicit(&held_bytes, memory_order_relaxed),
    };
}

void malloc_counter_set_trapping(bool value) { is_trapping = value; }

// MARK: The malloc family

void *malloc(size_t size) {
    count_allocation(size);
    return hold(__libc_malloc(size));
}

void *calloc(size_t count, size_t size) {
    size_t total = 0;
    count_allocation(__builtin_mul_overflow(count, size, &total) ? 0 : total);
    return hold(__libc_calloc(count, size));
}

void *realloc(void *block, size_t size) {
    count_allocation(size);
    count_free(block);
    size_t held = block == NULL ? 0 : malloc_usable_size(block);
    void *moved = __libc_realloc(block, size);
    // Unmoved when there is no memory; given back when nothing is asked for.
    if (moved == NULL && size != 0) return NULL;
    if (block != NULL) {
        atomic_fetch_sub_explicit(&held_blocks, 1, memory_order_relaxed);
        atomic_fetch_sub_explicit(&held_bytes, (int64_t)held, memory_order_relaxed);
    }
    return hold(moved);
}

void free(void *block) {
    count_free(block);
    let_go(block);
    __libc_free(block);
}

void *memalign(size_t alignment, size_t size) {
    count_allocation(size);
    return hold(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size) {
    count_allocation(size);
    return hold(__libc_memalign(alignment, size));
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) return EINVAL;
    count_allocation(size);
    void *block = hold(__libc_memalign(alignment, size));
    if (block == NULL) return ENOMEM;
    *result = block;
    return 0;
}

void *valloc(size_t size) {
    count_allocation(size);
    return hold(__libc_valloc(size));
}

void *pvalloc(size_t size) {
    count_allocation(size);
    return hold(__libc_pvalloc(size));
}
