#define _GNU_SOURCE
#include "CBenchProcess.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

static uint64_t clock_nanoseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t bench_now_nanoseconds(void) { return clock_nanoseconds(CLOCK_MONOTONIC); }

struct bench_usage bench_usage_now(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (struct bench_usage){
        .monotonic_nanoseconds = bench_now_nanoseconds(),
        // getrusage's user and system time are the same clock, in microseconds.
        .processor_nanoseconds = clock_nanoseconds(CLOCK_PROCESS_CPUTIME_ID),
        .allocations = bench_allocations(),
        .voluntary_switches = (uint64_t)usage.ru_nvcsw,
    };
}

void bench_sleep_until_nanoseconds(uint64_t time) {
    struct timespec until = {.tv_sec = (time_t)(time / 1000000000u), .tv_nsec = (long)(time % 1000000000u)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {}
}

uint64_t bench_peak_resident_kilobytes(void) {
    // Not ru_maxrss: that begins with the size of the process that forked us.
    FILE *status = fopen("/proc/self/status", "re");
    if (status == NULL) return 0;
    char line[256];
    unsigned long kilobytes = 0;
    while (fgets(line, sizeof line, status) != NULL) {
        if (sscanf(line, "VmHWM: %lu", &kilobytes) == 1) break;
    }
    fclose(status);
    return kilobytes;
}

void bench_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

void bench_complain(const char *line) { fprintf(stderr, "%s\n", line); }
