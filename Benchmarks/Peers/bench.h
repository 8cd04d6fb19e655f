// What the measuring clients share: the command line of nats-bench, what is measured, and its one line of JSON.
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>

struct bench {
    // The command line: see bench_usage.
    const char *workload, *url, *subject, *style, *tls_ca;
    uint16_t port;
    size_t size;
    uint64_t messages, warmup;
    unsigned headers, inflight, tasks, acknowledges;

    // Nanoseconds.
    uint64_t start, end, processor_start, processor_end;
    // One for each measured request, or NULL.
    uint64_t *latencies;
};

extern const char bench_usage[];
// What is said when standard input ends before the figures are there.
extern const char bench_input_ended[];

// Reads the command line; ends the process when it can't be understood.
void bench_init(struct bench *bench, int argc, char **argv);

// The measured window, without the warm-up. `bench_begin` may be called by another thread than `bench_finish`.
void bench_begin(struct bench *bench);
void bench_finish(struct bench *bench);

// A payload of `bench->size` bytes that lives as long as the process.
const char *bench_payload(const struct bench *bench);
// Makes room for one latency a measured message.
void bench_measure_latencies(struct bench *bench);

// Prints the line. Sorts the latencies.
void bench_report(struct bench *bench, const char *client);

#endif
