// The C client (libnats) on the workloads that our client is measured with. Takes the command line of nats-bench (see
// bench_usage), and prints its line of JSON.
//
//   libnats_bench pub …       publishes, from --tasks threads on one connection, and flushes: until the PONG
//   libnats_bench sub …       subscribes and counts; sizes are checked
//   libnats_bench request …   requests on the subject; --inflight many at a time, in one of these styles:
//       --style threads       as many threads as requests, each in natsConnection_Request
//       --style inbox         one subscription on an inbox of its own; the library sends what has gathered, after 1 ms
//       --style asap          the same; each request is sent at once
//   libnats_bench js-pub …       publishes to a stream that it makes, --inflight many without acknowledgement at a time, until the
//                                last acknowledgement; --style file or memory: where the stream keeps its messages
//   libnats_bench js-pub-sync …  the same one by one, each with its acknowledgement
//   libnats_bench js-fetch …  fetches of --inflight messages from a consumer; --ack acknowledges each; --style as for js-pub
//   libnats_bench kv-put …    puts 1,000 keys of a bucket that it makes over and over, from --inflight threads; --style as for js-pub
//   libnats_bench kv-get …    the same with gets
//   libnats_bench kv-watch …  watches a bucket that has --messages and --warmup keys, from the first entry to the last
#define _GNU_SOURCE
#include "bench.h"
#include "peer.h"

#include <nats/nats.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REQUEST_TIMEOUT_MILLISECONDS = 10000, FLUSH_TIMEOUT_MILLISECONDS = 60000 };

static void check(natsStatus status, const char *what) {
    if (status == NATS_OK) return;
    fprintf(stderr, "libnats_bench: %s: %s\n", what, natsStatus_GetText(status));
    exit(1);
}

// What one thread does.
struct task {
    struct bench *bench;
    natsConnection *connection;
    const char *payload;
    uint64_t count;
    // Where its latencies go; NULL while warming up.
    uint64_t *latencies;
    void *(*body)(void *);
};

// Shares `count` messages out to `threads` threads, and waits for them.
static void in_threads(struct task task, unsigned threads, uint64_t count) {
    pthread_t *identifiers = calloc(threads, sizeof *identifiers);
    struct task *tasks = calloc(threads, sizeof *tasks);
    if (identifiers == NULL || tasks == NULL) die("calloc");
    for (unsigned index = 0; index < threads; index++) {
        uint64_t first = count * index / threads;
        tasks[index] = task;
        tasks[index].count = count * (index + 1) / threads - first;
        if (task.latencies != NULL) tasks[index].latencies = task.latencies + first;
        if (pthread_create(&identifiers[index], NULL, task.body, &tasks[index]) != 0) die("pthread_create");
    }
    for (unsigned index = 0; index < threads; index++) pthread_join(identifiers[index], NULL);
    free(identifiers);
    free(tasks);
}

static void *publish_all(void *argument) {
    const struct task *task = argument;
    const struct bench *bench = task->bench;
    if (bench->headers == 0) {
        for (uint64_t index = 0; index < task->count; index++)
            check(natsConnection_Publish(task->connection, bench->subject, task->payload, (int)bench->size), "publish");
        return NULL;
    }
    // The message with its headers is made once; the library encodes it each time.
    natsMsg *message = NULL;
    check(natsMsg_Create(&message, bench->subject, NULL, task->payload, (int)bench->size), "message");
    for (unsigned index = 1; index <= bench->headers; index++) {
        char name[32];
        snprintf(name, sizeof name, "Bench-Header-%u", index);
        check(natsMsgHeader_Add(message, name, "0123456789abcdef"), "header");
    }
    for (uint64_t index = 0; index < task->count; index++)
        check(natsConnection_PublishMsg(task->connection, message), "publish");
    natsMsg_Destroy(message);
    return NULL;
}

static void publish_and_flush(struct task task, uint64_t count) {
    task.count = count;
    if (task.bench->tasks == 1) publish_all(&task);
    else in_threads(task, task.bench->tasks, count);
    check(natsConnection_FlushTimeout(task.connection, FLUSH_TIMEOUT_MILLISECONDS), "flush");
}

static void run_pub(struct task task) {
    task.body = publish_all;
    publish_and_flush(task, task.bench->warmup);
    bench_begin(task.bench);
    publish_and_flush(task, task.bench->messages);
    bench_finish(task.bench);
}

// A thread waits until the library's delivery thread has seen everything.
struct arrival {
    struct bench *bench;
    uint64_t received;
    pthread_mutex_t lock;
    pthread_cond_t all;
    bool is_complete;
};

static void complete(struct arrival *arrival) {
    bench_finish(arrival->bench);
    pthread_mutex_lock(&arrival->lock);
    arrival->is_complete = true;
    pthread_cond_signal(&arrival->all);
    pthread_mutex_unlock(&arrival->lock);
}

static void await_completion(struct arrival *arrival) {
    pthread_mutex_lock(&arrival->lock);
    while (!arrival->is_complete) pthread_cond_wait(&arrival->all, &arrival->lock);
    pthread_mutex_unlock(&arrival->lock);
}

static void count_message(natsConnection *connection, natsSubscription *subscription, natsMsg *message, void *closure) {
    (void)connection;
    (void)subscription;
    struct arrival *arrival = closure;
    struct bench *bench = arrival->bench;
    if (natsMsg_GetDataLength(message) != (int)bench->size) check(NATS_ERR, "a message of another size");
    natsMsg_Destroy(message);
    uint64_t index = arrival->received++;
    if (index == bench->warmup) bench_begin(bench);
    if (index + 1 == bench->warmup + bench->messages) complete(arrival);
}

static void run_sub(struct task task) {
    struct arrival arrival = {.bench = task.bench, .lock = PTHREAD_MUTEX_INITIALIZER, .all = PTHREAD_COND_INITIALIZER};
    natsSubscription *subscription = NULL;
    check(natsConnection_Subscribe(&subscription, task.connection, task.bench->subject, count_message, &arrival), "subscribe");
    check(natsSubscription_SetPendingLimits(subscription, -1, -1), "pending limits");
    await_completion(&arrival);
    natsSubscription_Destroy(subscription);
}

static void *request_all(void *argument) {
    const struct task *task = argument;
    const struct bench *bench = task->bench;
    for (uint64_t index = 0; index < task->count; index++) {
        natsMsg *reply = NULL;
        uint64_t start = monotonic_nanoseconds();
        check(natsConnection_Request(&reply, task->connection, bench->subject, task->payload, (int)bench->size,
                                     REQUEST_TIMEOUT_MILLISECONDS), "request");
        if (task->latencies != NULL) task->latencies[index] = monotonic_nanoseconds() - start;
        if (natsMsg_GetDataLength(reply) != (int)bench->size) check(NATS_ERR, "a reply of another size");
        natsMsg_Destroy(reply);
    }
    return NULL;
}

static void run_requests_in_threads(struct task task) {
    struct bench *bench = task.bench;
    task.body = request_all;
    bench_measure_latencies(bench);
    in_threads(task, bench->inflight, bench->warmup);
    task.latencies = bench->latencies;
    bench_begin(bench);
    in_threads(task, bench->inflight, bench->messages);
    bench_finish(bench);
}

// Requests whose replies come to one subscription; the last token of a reply's subject is the request's number.
struct flight {
    struct arrival arrival;
    uint64_t *sent_at;
    size_t prefix_size;
    _Atomic uint64_t answered;
    pthread_cond_t room;
};

static void receive_reply(natsConnection *connection, natsSubscription *subscription, natsMsg *message, void *closure) {
    (void)connection;
    (void)subscription;
    struct flight *flight = closure;
    struct bench *bench = flight->arrival.bench;
    uint64_t total = bench->warmup + bench->messages;
    uint64_t index = strtoull(natsMsg_GetSubject(message) + flight->prefix_size, NULL, 10);
    if (index >= total || natsMsg_GetDataLength(message) != (int)bench->size) check(NATS_ERR, "another reply");
    if (index >= bench->warmup) bench->latencies[index - bench->warmup] = monotonic_nanoseconds() - flight->sent_at[index];
    natsMsg_Destroy(message);
    uint64_t answered = atomic_fetch_add(&flight->answered, 1) + 1;
    if (answered == bench->warmup) bench_begin(bench);
    if (answered == total) complete(&flight->arrival);
    // Half of the window is refilled at a time: a wake-up for each reply would cost more.
    if (answered % (bench->inflight / 2 + 1) != 0) return;
    pthread_mutex_lock(&flight->arrival.lock);
    pthread_cond_signal(&flight->room);
    pthread_mutex_unlock(&flight->arrival.lock);
}

static void await_room(struct flight *flight, uint64_t sent) {
    struct bench *bench = flight->arrival.bench;
    if (sent - atomic_load(&flight->answered) < bench->inflight) return;
    pthread_mutex_lock(&flight->arrival.lock);
    while (sent - atomic_load(&flight->answered) >= bench->inflight)
        pthread_cond_wait(&flight->room, &flight->arrival.lock);
    pthread_mutex_unlock(&flight->arrival.lock);
}

static void run_requests_by_inbox(struct task task) {
    struct bench *bench = task.bench;
    uint64_t total = bench->warmup + bench->messages;
    struct flight flight = {
        .arrival = {.bench = bench, .lock = PTHREAD_MUTEX_INITIALIZER, .all = PTHREAD_COND_INITIALIZER},
        .sent_at = calloc(total, sizeof *flight.sent_at),
        .room = PTHREAD_COND_INITIALIZER};
    if (flight.sent_at == NULL) die("calloc");
    bench_measure_latencies(bench);
    natsInbox *inbox = NULL;
    check(natsInbox_Create(&inbox), "inbox");
    char subject[256];
    snprintf(subject, sizeof subject, "%s.*", inbox);
    flight.prefix_size = strlen(inbox) + 1;
    natsSubscription *subscription = NULL;
    check(natsConnection_Subscribe(&subscription, task.connection, subject, receive_reply, &flight), "subscribe");
    check(natsSubscription_SetPendingLimits(subscription, -1, -1), "pending limits");
    if (bench->warmup == 0) bench_begin(bench);
    for (uint64_t index = 0; index < total; index++) {
        await_room(&flight, index);
        snprintf(subject, sizeof subject, "%s.%llu", inbox, (unsigned long long)index);
        flight.sent_at[index] = monotonic_nanoseconds();
        check(natsConnection_PublishRequest(task.connection, bench->subject, subject, task.payload, (int)bench->size), "publish");
    }
    await_completion(&flight.arrival);
    natsSubscription_Destroy(subscription);
    natsInbox_Destroy(inbox);
}

static void run_request(struct task task) {
    if (strcmp(task.bench->style, "inbox") == 0 || strcmp(task.bench->style, "asap") == 0) run_requests_by_inbox(task);
    else run_requests_in_threads(task);
}

// A stream for the workload's subject, which is new.
static jsCtx *make_stream(struct task task) {
    jsOptions options;
    jsStreamConfig configuration;
    jsCtx *context = NULL;
    check(jsOptions_Init(&options), "options");
    options.PublishAsync.MaxPending = task.bench->inflight;
    options.PublishAsync.StallWait = FLUSH_TIMEOUT_MILLISECONDS;
    options.PublishAsync.ErrHandler = NULL;
    check(natsConnection_JetStream(&context, task.connection, &options), "JetStream");
    check(jsStreamConfig_Init(&configuration), "stream configuration");
    configuration.Name = "BENCH";
    configuration.Subjects = &task.bench->subject;
    configuration.SubjectsLen = 1;
    configuration.Storage = strcmp(task.bench->style, "file") == 0 ? js_FileStorage : js_MemoryStorage;
    check(js_AddStream(NULL, context, &configuration, NULL, NULL), "stream");
    return context;
}

static void end_stream(jsCtx *context) {
    check(js_DeleteStream(context, "BENCH", NULL, NULL), "stream's end");
    jsCtx_Destroy(context);
}

static void publish_by_window(jsCtx *context, const struct task *task, uint64_t count) {
    const struct bench *bench = task->bench;
    for (uint64_t index = 0; index < count; index++)
        check(js_PublishAsync(context, bench->subject, task->payload, (int)bench->size, NULL), "publish");
    jsPubOptions options;
    check(jsPubOptions_Init(&options), "options");
    options.MaxWait = FLUSH_TIMEOUT_MILLISECONDS;
    check(js_PublishAsyncComplete(context, &options), "acknowledgements");
}

static void run_stream_publish(struct task task) {
    jsCtx *context = make_stream(task);
    publish_by_window(context, &task, task.bench->warmup);
    bench_begin(task.bench);
    publish_by_window(context, &task, task.bench->messages);
    bench_finish(task.bench);
    jsStreamInfo *info = NULL;
    check(js_GetStreamInfo(&info, context, "BENCH", NULL, NULL), "stream");
    if (info->State.Msgs != task.bench->warmup + task.bench->messages) check(NATS_ERR, "not all messages were stored");
    jsStreamInfo_Destroy(info);
    end_stream(context);
}

static void publish_one_by_one(jsCtx *context, const struct task *task, uint64_t count, uint64_t *latencies) {
    const struct bench *bench = task->bench;
    for (uint64_t index = 0; index < count; index++) {
        jsPubAck *acknowledgement = NULL;
        uint64_t start = monotonic_nanoseconds();
        check(js_Publish(&acknowledgement, context, bench->subject, task->payload, (int)bench->size, NULL, NULL), "publish");
        if (latencies != NULL) latencies[index] = monotonic_nanoseconds() - start;
        jsPubAck_Destroy(acknowledgement);
    }
}

static void run_stream_publish_sync(struct task task) {
    jsCtx *context = make_stream(task);
    bench_measure_latencies(task.bench);
    publish_one_by_one(context, &task, task.bench->warmup, NULL);
    bench_begin(task.bench);
    publish_one_by_one(context, &task, task.bench->messages, task.bench->latencies);
    bench_finish(task.bench);
    end_stream(context);
}

// Fetches of --inflight messages, one after the other, of a stream that is made and filled before.
static void fill_stream(struct task task, jsCtx *stream_context, const char *subject) {
    struct bench *bench = task.bench;
    jsStreamConfig configuration;
    check(jsStreamConfig_Init(&configuration), "stream configuration");
    configuration.Name = "NATS_BENCH";
    configuration.Subjects = &subject;
    configuration.SubjectsLen = 1;
    configuration.Storage = strcmp(bench->style, "file") == 0 ? js_FileStorage : js_MemoryStorage;
    js_DeleteStream(stream_context, configuration.Name, NULL, NULL);
    check(js_AddStream(NULL, stream_context, &configuration, NULL, NULL), "stream");
    uint64_t total = bench->messages + bench->warmup + bench->inflight;
    for (uint64_t number = 1; number <= total; number++) {
        if (number % 1000 != 0) {
            check(natsConnection_Publish(task.connection, subject, task.payload, (int)bench->size), "publish");
            continue;
        }
        natsMsg *reply = NULL;
        check(natsConnection_Request(&reply, task.connection, subject, task.payload, (int)bench->size,
                                     REQUEST_TIMEOUT_MILLISECONDS), "publish with acknowledgement");
        natsMsg_Destroy(reply);
    }
    check(natsConnection_FlushTimeout(task.connection, FLUSH_TIMEOUT_MILLISECONDS), "flush");
}

static void run_fetch(struct task task) {
    struct bench *bench = task.bench;
    if (bench->inflight == 1) bench->inflight = 500;
    jsCtx *stream_context = NULL;
    check(natsConnection_JetStream(&stream_context, task.connection, NULL), "JetStream");
    char subject[256];
    snprintf(subject, sizeof subject, "%s.js", bench->subject);
    fill_stream(task, stream_context, subject);
    jsSubOptions options;
    check(jsSubOptions_Init(&options), "options");
    options.Stream = "NATS_BENCH";
    options.Config.AckPolicy = bench->acknowledges ? js_AckExplicit : js_AckNone;
    if (bench->acknowledges) options.Config.MaxAckPending = -1;
    options.Config.MemoryStorage = true;
    natsSubscription *subscription = NULL;
    check(js_PullSubscribe(&subscription, stream_context, subject, NULL, NULL, &options, NULL), "pull subscription");
    uint64_t total = bench->warmup + bench->messages;
    for (uint64_t received = 0; received < total;) {
        natsMsgList list = {0};
        check(natsSubscription_Fetch(&list, subscription, (int)bench->inflight, REQUEST_TIMEOUT_MILLISECONDS, NULL), "fetch");
        for (int index = 0; index < list.Count; index++) {
            if (natsMsg_GetDataLength(list.Msgs[index]) != (int)bench->size) check(NATS_ERR, "a message of another size");
            if (bench->acknowledges) check(natsMsg_Ack(list.Msgs[index], NULL), "acknowledgement");
            received++;
            if (received == (bench->warmup > 0 ? bench->warmup : 1)) bench_begin(bench);
            if (received == total) bench_finish(bench);
        }
        natsMsgList_Destroy(&list);
    }
    natsSubscription_Destroy(subscription);
    jsCtx_Destroy(stream_context);
}

// Key-value: a bucket that is made before.
enum { KEYS = 1000 };

struct bucket {
    struct task task;
    jsCtx *context;
    kvStore *store;
};

static struct bucket make_bucket(struct task task) {
    struct bucket bucket = {.task = task};
    kvConfig configuration;
    check(natsConnection_JetStream(&bucket.context, task.connection, NULL), "JetStream");
    check(kvConfig_Init(&configuration), "bucket configuration");
    configuration.Bucket = "NATS_BENCH";
    configuration.StorageType = strcmp(task.bench->style, "file") == 0 ? js_FileStorage : js_MemoryStorage;
    js_DeleteKeyValue(bucket.context, configuration.Bucket);
    check(js_CreateKeyValue(&bucket.store, bucket.context, &configuration), "bucket");
    return bucket;
}

static void end_bucket(struct bucket *bucket) {
    kvStore_Destroy(bucket->store);
    check(js_DeleteKeyValue(bucket->context, "NATS_BENCH"), "bucket's end");
    jsCtx_Destroy(bucket->context);
}

// Keys k0, k1 … in the quickest way, each thousandth with its acknowledgement.
static void fill_bucket(const struct bucket *bucket, uint64_t keys) {
    const struct task *task = &bucket->task;
    char subject[64];
    for (uint64_t number = 0; number < keys; number++) {
        snprintf(subject, sizeof subject, "$KV.NATS_BENCH.k%llu", (unsigned long long)number);
        if ((number + 1) % 1000 != 0 && number + 1 != keys) {
            check(natsConnection_Publish(task->connection, subject, task->payload, (int)task->bench->size), "publish");
            continue;
        }
        natsMsg *reply = NULL;
        check(natsConnection_Request(&reply, task->connection, subject, task->payload, (int)task->bench->size,
                                     REQUEST_TIMEOUT_MILLISECONDS), "publish with acknowledgement");
        natsMsg_Destroy(reply);
    }
}

static kvStore *store_of_threads;

static void *put_all(void *argument) {
    const struct task *task = argument;
    char key[32];
    for (uint64_t index = 0; index < task->count; index++) {
        snprintf(key, sizeof key, "k%llu", (unsigned long long)(index % KEYS));
        uint64_t start = monotonic_nanoseconds();
        check(kvStore_Put(NULL, store_of_threads, key, task->payload, (int)task->bench->size), "put");
        if (task->latencies != NULL) task->latencies[index] = monotonic_nanoseconds() - start;
    }
    return NULL;
}

static void *get_all(void *argument) {
    const struct task *task = argument;
    char key[32];
    for (uint64_t index = 0; index < task->count; index++) {
        kvEntry *entry = NULL;
        snprintf(key, sizeof key, "k%llu", (unsigned long long)(index % KEYS));
        uint64_t start = monotonic_nanoseconds();
        check(kvStore_Get(&entry, store_of_threads, key), "get");
        if (task->latencies != NULL) task->latencies[index] = monotonic_nanoseconds() - start;
        if (kvEntry_ValueLen(entry) != (int)task->bench->size) check(NATS_ERR, "a value of another size");
        kvEntry_Destroy(entry);
    }
    return NULL;
}

static void run_keys(struct task task, void *(*body)(void *)) {
    struct bench *bench = task.bench;
    struct bucket bucket = make_bucket(task);
    fill_bucket(&bucket, KEYS);
    store_of_threads = bucket.store;
    task.body = body;
    bench_measure_latencies(bench);
    in_threads(task, bench->inflight, bench->warmup);
    task.latencies = bench->latencies;
    bench_begin(bench);
    in_threads(task, bench->inflight, bench->messages);
    bench_finish(bench);
    end_bucket(&bucket);
}

static void run_watch(struct task task) {
    struct bench *bench = task.bench;
    uint64_t total = bench->warmup + bench->messages;
    struct bucket bucket = make_bucket(task);
    fill_bucket(&bucket, total);
    kvWatcher *watcher = NULL;
    check(kvStore_WatchAll(&watcher, bucket.store, NULL), "watch");
    for (uint64_t received = 1; received <= total; received++) {
        kvEntry *entry = NULL;
        check(kvWatcher_Next(&entry, watcher, REQUEST_TIMEOUT_MILLISECONDS), "entry");
        if (entry == NULL || kvEntry_ValueLen(entry) != (int)bench->size) check(NATS_ERR, "an entry of another size");
        kvEntry_Destroy(entry);
        if (received == (bench->warmup > 0 ? bench->warmup : 1)) bench_begin(bench);
        if (received == total) bench_finish(bench);
    }
    kvWatcher_Destroy(watcher);
    end_bucket(&bucket);
}

static natsConnection *connect_to(const struct bench *bench) {
    natsOptions *options = NULL;
    natsConnection *connection = NULL;
    check(natsOptions_Create(&options), "options");
    check(natsOptions_SetURL(options, bench->url), "URL");
    check(natsOptions_SetSendAsap(options, strcmp(bench->style, "asap") == 0), "send at once");
    if (bench->tls_ca != NULL) {
        check(natsOptions_SetSecure(options, true), "TLS");
        check(natsOptions_LoadCATrustedCertificates(options, bench->tls_ca), bench->tls_ca);
        check(natsOptions_SetExpectedHostname(options, "localhost"), "host name");
    }
    check(natsConnection_Connect(&connection, options), "connect");
    natsOptions_Destroy(options);
    return connection;
}

int main(int argc, char **argv) {
    struct bench bench;
    bench_init(&bench, argc, argv);
    end_with_parent(bench_input_ended);
    struct task task = {.bench = &bench, .connection = connect_to(&bench), .payload = bench_payload(&bench)};
    if (strcmp(bench.workload, "pub") == 0) run_pub(task);
    else if (strcmp(bench.workload, "sub") == 0) run_sub(task);
    else if (strcmp(bench.workload, "request") == 0) run_request(task);
    else if (strcmp(bench.workload, "js-pub") == 0) run_stream_publish(task);
    else if (strcmp(bench.workload, "js-pub-sync") == 0) run_stream_publish_sync(task);
    else if (strcmp(bench.workload, "js-fetch") == 0) run_fetch(task);
    else if (strcmp(bench.workload, "kv-put") == 0) run_keys(task, put_all);
    else if (strcmp(bench.workload, "kv-get") == 0) run_keys(task, get_all);
    else if (strcmp(bench.workload, "kv-watch") == 0) run_watch(task);
    else {
        fprintf(stderr, "libnats_bench: unknown workload '%s'\n", bench.workload);
        return 2;
    }
    bench_report(&bench, "libnats");
    natsConnection_Destroy(task.connection);
    nats_Close();
    return 0;
}
