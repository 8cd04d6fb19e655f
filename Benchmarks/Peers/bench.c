#define _GNU_SOURCE
#include "bench.h"
#include "peer.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char bench_usage[] =
    "WORKLOAD --url URL [--subject S] [--size N] [--messages N] [--warmup N] [--headers N] [--inflight N] [--tasks N] "
    "[--style S] [--tls-ca FILE] [--ack] [--json]";

const char bench_input_ended[] = "standard input has ended before the measurement: keep it open";

enum option_key { URL, SUBJECT, SIZE, MESSAGES, WARMUP, HEADERS, INFLIGHT, TASKS, STYLE, TLS_CA, ACK, JSON };

static _Noreturn void misuse(const char *program) {
    fprintf(stderr, "usage: %s %s\n", program, bench_usage);
    exit(2);
}

static uint16_t port_of(const char *program, const char *url) {
    const char *colon = strrchr(url, ':');
    unsigned long port = colon == NULL ? 0 : strtoul(colon + 1, NULL, 10);
    if (port == 0 || port > UINT16_MAX) misuse(program);
    return (uint16_t)port;
}

void bench_init(struct bench *bench, int argc, char **argv) {
    static const struct option known[] = {
        {"url", required_argument, NULL, URL},           {"subject", required_argument, NULL, SUBJECT},
        {"size", required_argument, NULL, SIZE},         {"messages", required_argument, NULL, MESSAGES},
        {"warmup", required_argument, NULL, WARMUP},     {"headers", required_argument, NULL, HEADERS},
        {"inflight", required_argument, NULL, INFLIGHT}, {"tasks", required_argument, NULL, TASKS},
        {"style", required_argument, NULL, STYLE},       {"tls-ca", required_argument, NULL, TLS_CA},
        {"ack", no_argument, NULL, ACK},                 {"json", no_argument, NULL, JSON},
        {NULL, 0, NULL, 0}};
    *bench = (struct bench){
        .subject = "bench.stream", .style = "", .size = 128, .messages = 1000000, .inflight = 1, .tasks = 1};
    if (argc < 2 || argv[1][0] == '-') misuse(argv[0]);
    bench->workload = argv[1];
    optind = 2;
    for (int key; (key = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        // getopt leaves the value in `optarg`; number_argument wants the vector.
        char *value[] = {argv[0], optarg};
        switch (key) {
        case URL: bench->url = optarg; break;
        case SUBJECT: bench->subject = optarg; break;
        case STYLE: bench->style = optarg; break;
        case TLS_CA: bench->tls_ca = optarg; break;
        case SIZE: bench->size = number_argument(2, value, 1, 0, 8 << 20); break;
        case MESSAGES: bench->messages = number_argument(2, value, 1, 0, UINT32_MAX); break;
        case WARMUP: bench->warmup = number_argument(2, value, 1, 0, UINT32_MAX); break;
        case HEADERS: bench->headers = (unsigned)number_argument(2, value, 1, 0, HEADERS_MAX); break;
        case INFLIGHT: bench->inflight = (unsigned)number_argument(2, value, 1, 0, 1 << 16); break;
        case TASKS: bench->tasks = (unsigned)number_argument(2, value, 1, 0, 256); break;
        case ACK: bench->acknowledges = 1; break;
        case JSON: break;
        default: misuse(argv[0]);
        }
    }
    if (bench->url == NULL || bench->messages == 0 || bench->inflight == 0 || bench->tasks == 0) misuse(argv[0]);
    bench->port = port_of(argv[0], bench->url);
}

void bench_begin(struct bench *bench) {
    bench->processor_start = processor_nanoseconds();
    bench->start = monotonic_nanoseconds();
}

void bench_finish(struct bench *bench) {
    bench->end = monotonic_nanoseconds();
    bench->processor_end = processor_nanoseconds();
}

const char *bench_payload(const struct bench *bench) {
    char *payload = malloc(bench->size + 1);
    if (payload == NULL) die("malloc");
    memset(payload, 'x', bench->size);
    payload[bench->size] = '\0';
    return payload;
}

void bench_measure_latencies(struct bench *bench) {
    bench->latencies = calloc(bench->messages, sizeof *bench->latencies);
    if (bench->latencies == NULL) die("calloc");
}

static int compare(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void print_latencies(const struct bench *bench) {
    static const struct { const char *name; uint64_t part; } quantiles[] = {
        {"p50_us", 5000}, {"p90_us", 9000}, {"p99_us", 9900}, {"p999_us", 9990}, {"max_us", 10000}};
    if (bench->latencies != NULL) qsort(bench->latencies, bench->messages, sizeof *bench->latencies, compare);
    for (size_t index = 0; index < sizeof quantiles / sizeof *quantiles; index++) {
        printf(",\"%s\":", quantiles[index].name);
        if (bench->latencies == NULL) {
            printf("null");
            continue;
        }
        uint64_t rank = bench->messages * quantiles[index].part / 10000;
        if (rank >= bench->messages) rank = bench->messages - 1;
        printf("%.2f", (double)bench->latencies[rank] / 1e3);
    }
}

void bench_report(struct bench *bench, const char *client) {
    double seconds = (double)(bench->end - bench->start) / 1e9, messages = (double)bench->messages;
    printf("{\"client\":\"%s\",\"workload\":\"%s\",\"size\":%zu,\"headers\":%u,\"messages\":%llu,\"seconds\":%.6f,"
           "\"messages_per_second\":%.0f,\"megabytes_per_second\":%.1f,\"cpu_ns_per_message\":%.1f,"
           "\"allocations_per_message\":null,\"peak_rss_kb\":%ld,\"inflight\":%u,\"tasks\":%u",
           client, bench->workload, bench->size, bench->headers, (unsigned long long)bench->messages, seconds,
           messages / seconds, messages * (double)bench->size / seconds / 1e6,
           (double)(bench->processor_end - bench->processor_start) / messages, peak_resident_kilobytes(),
           bench->inflight, bench->tasks);
    print_latencies(bench);
    printf("}\n");
    fflush(stdout);
}
