/// Counts every heap allocation of the process, exactly, by defining the malloc family over glibc's own `__libc_*`.
///
/// Link it into an executable of its own, never into a test bundle: it would collide with the sanitizers' allocators.
/// Linux with glibc only.
#ifndef CMALLOCCOUNTER_H
#define CMALLOCCOUNTER_H

#include <stdbool.h>
#include <stdint.h>

/// What was asked of the heap since the start. A `realloc` counts as one allocation; it may move the block or not.
struct malloc_counts {
    uint64_t allocations;
    uint64_t frees;
    uint64_t requested_bytes;
};

/// What the process holds now: blocks, and their bytes as the allocator rounded them up.
struct malloc_holdings {
    int64_t blocks;
    int64_t bytes;
};

/// The counts of the calling thread.
struct malloc_counts malloc_counter_of_thread(void);

/// The counts of all threads, also of those that have ended.
struct malloc_counts malloc_counter_of_process(void);

struct malloc_holdings malloc_counter_holdings(void);

/// While true, the next allocation of the calling thread traps, so that the backtrace shows its source line.
void malloc_counter_set_trapping(bool is_trapping);

#endif
