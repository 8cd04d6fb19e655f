/// What the bench tool asks of its own process: time, processor time, heap, memory. Linux with glibc only.
#ifndef CBENCHPROCESS_H
#define CBENCHPROCESS_H

#include <stdint.h>

/// What the process has used since it began, all threads together.
struct bench_usage {
    uint64_t monotonic_nanoseconds;
    /// User and system time.
    uint64_t processor_nanoseconds;
    /// Calls of the malloc family, counted by the interposer of this target.
    uint64_t allocations;
    /// Times that a thread has gone to sleep.
    uint64_t voluntary_switches;
};

struct bench_usage bench_usage_now(void);

/// The monotonic clock.
uint64_t bench_now_nanoseconds(void);

/// Sleeps until that time of the monotonic clock.
void bench_sleep_until_nanoseconds(uint64_t time);

/// The most memory that was ever resident.
uint64_t bench_peak_resident_kilobytes(void);

/// Allows as many open descriptors as the system permits.
void bench_raise_descriptor_limit(void);

/// One line on standard error.
void bench_complain(const char *line);

/// Calls of the malloc family so far.
uint64_t bench_allocations(void);

#endif
