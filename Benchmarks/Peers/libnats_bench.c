// The C client (libnats) on the workloads that our client is measured with. One workload a run, one JSON line.
//
//   libnats_bench url pub count size        publishes, then flushes: messages/s until the server has them all
//   libnats_bench url sub count size        subscribes, prints "ready", counts: messages/s from the first to the last
//   libnats_bench url request count size    one request at a time on bench.echo: p50, p99 in microseconds
//
// pub and sub use the subject bench.stream.
#define _GNU_SOURCE
#include <nats/nats.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char stream_subject[] = "bench.stream";
static const char echo_subject[] = "bench.echo";

static void check(natsStatus status, const char *what) {
    if (status == NATS_OK) return;
    fprintf(stderr, "libnats_bench: %s: %s\n", what, natsStatus_GetText(status));
    exit(1);
}

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void report_rate(const char *workload, uint64_t count, size_t size, uint64_t nanoseconds) {
    double seconds = (double)nanoseconds / 1e9;
    printf("{\"client\":\"libnats\",\"version\":\"%s\",\"workload\":\"%s\",\"messages\":%llu,\"size\":%zu,"
           "\"seconds\":%.6f,\"messages_per_second\":%.0f}\n",
           nats_GetVersion(), workload, (unsigned long long)count, size, seconds, (double)count / seconds);
}

static void run_pub(natsConnection *connection, uint64_t count, size_t size, const char *payload) {
    uint64_t start = now();
    for (uint64_t index = 0; index < count; index++)
        check(natsConnection_Publish(connection, stream_subject, payload, (int)size), "publish");
    check(natsConnection_FlushTimeout(connection, 60000), "flush");
    report_rate("pub", count, size, now() - start);
}

struct arrival {
    uint64_t expected, received, first, last;
    pthread_mutex_t lock;
    pthread_cond_t all;
};

static void count_message(natsConnection *connection, natsSubscription *subscription, natsMsg *message, void *closure) {
    (void)connection;
    (void)subscription;
    struct arrival *arrival = closure;
    natsMsg_Destroy(message);
    // Only the library's delivery thread writes these; the lock is for the last one.
    if (arrival->received++ == 0) arrival->first = now();
    if (arrival->received == arrival->expected) {
        pthread_mutex_lock(&arrival->lock);
        arrival->last = now();
        pthread_cond_signal(&arrival->all);
        pthread_mutex_unlock(&arrival->lock);
    }
}

static void run_sub(natsConnection *connection, uint64_t count, size_t size) {
    struct arrival arrival = {
        .expected = count, .lock = PTHREAD_MUTEX_INITIALIZER, .all = PTHREAD_COND_INITIALIZER};
    natsSubscription *subscription = NULL;
    check(natsConnection_Subscribe(&subscription, connection, stream_subject, count_message, &arrival), "subscribe");
    check(natsSubscription_SetPendingLimits(subscription, -1, -1), "pending limits");
    check(natsConnection_FlushTimeout(connection, 10000), "flush");
    printf("ready\n");
    fflush(stdout);
    pthread_mutex_lock(&arrival.lock);
    while (arrival.last == 0) pthread_cond_wait(&arrival.all, &arrival.lock);
    pthread_mutex_unlock(&arrival.lock);
    report_rate("sub", count, size, arrival.last - arrival.first);
    natsSubscription_Destroy(subscription);
}

static int compare(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void run_request(natsConnection *connection, uint64_t count, size_t size, const char *payload) {
    uint64_t *latencies = calloc(count, sizeof *latencies);
    if (latencies == NULL) check(NATS_NO_MEMORY, "latencies");
    const uint64_t warm_up = count / 10 + 1;
    for (uint64_t index = 0; index < warm_up + count; index++) {
        natsMsg *reply = NULL;
        uint64_t start = now();
        check(natsConnection_Request(&reply, connection, echo_subject, payload, (int)size, 5000), "request");
        if (index >= warm_up) latencies[index - warm_up] = now() - start;
        natsMsg_Destroy(reply);
    }
    qsort(latencies, count, sizeof *latencies, compare);
    printf("{\"client\":\"libnats\",\"version\":\"%s\",\"workload\":\"request\",\"messages\":%llu,\"size\":%zu,"
           "\"p50_microseconds\":%.2f,\"p99_microseconds\":%.2f,\"maximum_microseconds\":%.2f}\n",
           nats_GetVersion(), (unsigned long long)count, size, (double)latencies[count / 2] / 1e3,
           (double)latencies[count * 99 / 100] / 1e3, (double)latencies[count - 1] / 1e3);
    free(latencies);
}

static void end_now(int signal_number) {
    (void)signal_number;
    _exit(0);
}

static void *wait_for_end_of_input(void *unused) {
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0) {}
    _exit(0);
    return unused;
}

int main(int argc, char **argv) {
    uint64_t count = argc == 5 ? strtoull(argv[3], NULL, 10) : 0;
    size_t size = argc == 5 ? strtoull(argv[4], NULL, 10) : 0;
    if (argc != 5 || count == 0 || size > 8u << 20) {
        fprintf(stderr, "usage: libnats_bench url pub|sub|request count size\n");
        return 2;
    }
    signal(SIGTERM, end_now);
    pthread_t thread;
    if (pthread_create(&thread, NULL, wait_for_end_of_input, NULL) == 0) pthread_detach(thread);
    natsConnection *connection = NULL;
    check(natsConnection_ConnectTo(&connection, argv[1]), "connect");
    char *payload = malloc(size + 1);
    if (payload == NULL) check(NATS_NO_MEMORY, "payload");
    memset(payload, 'x', size + 1);
    if (strcmp(argv[2], "pub") == 0) {
        run_pub(connection, count, size, payload);
    } else if (strcmp(argv[2], "sub") == 0) {
        run_sub(connection, count, size);
    } else if (strcmp(argv[2], "request") == 0) {
        run_request(connection, count, size, payload);
    } else {
        fprintf(stderr, "libnats_bench: unknown workload '%s'\n", argv[2]);
        return 2;
    }
    fflush(stdout);
    free(payload);
    natsConnection_Destroy(connection);
    nats_Close();
    return 0;
}
