// Physical floors: what a raw C program does with the same frames on the same socket, with no library at all. Takes the
// command line of nats-bench (see bench_usage), and prints its line of JSON.
//
//   floor preformatted …   writes frames that it made once, 64 KiB at a time; PING at the end, until the PONG
//   floor formatted …      formats every frame into a 64 KiB buffer, and writes it when full
//   floor scan …           SUB, then scans frames and skips payloads
//   floor pingpong …       one blocking request after the other on the subject
//   floor window …         --inflight many requests: as many more are sent as replies have come with one read
//   floor pull …           pulls from a consumer of a stream, which is made and filled before, with two requests of half of
//                          --inflight messages out, and scans what comes; --style file or memory: where the stream is kept
//   floor js-pub …         publishes frames that it made once to a stream that it makes, each with a reply subject of its own of the
//                          length that ours have, --inflight many without acknowledgement: half of them in one write when so many
//                          have been acknowledged; --style as for pull
//   floor js-pub-sync …    the same one by one
//   floor pull-supervised …  the same with requests as a client makes them that notices when one is lost: with an end,
//                          heartbeats, and a subject of its own for the answers to each
#define _GNU_SOURCE
#include "bench.h"
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WRITE_SIZE = 64 << 10, READ_SIZE = 256 << 10, LINE_MAX_SIZE = 512 };

struct client {
    struct bench bench;
    int descriptor;
    struct reader reader;
    // What the next round trip takes along.
    struct output output;
};

static void must_write(struct client *client, const void *bytes, size_t count) {
    if (!write_all(client->descriptor, bytes, count)) die("floor: write");
}

static void must_write_text(struct client *client, const char *text) { must_write(client, text, strlen(text)); }

static void round_trip(struct client *client) {
    output_append(&client->output, "PING\r\n", 6);
    if (!output_flush(&client->output, client->descriptor)) die("floor: write");
    const char *line;
    while ((line = reader_line(&client->reader)) != NULL) {
        if (strncmp(line, "PONG", 4) == 0) return;
        if (strncmp(line, "-ERR", 4) == 0) break;
    }
    fprintf(stderr, "floor: %s\n", line == NULL ? "the server closed the connection" : line);
    exit(1);
}

// A decimal number, as a careful formatter would write it; returns behind the last digit.
static char *format_number(char *out, size_t value) {
    char digits[20];
    int count = 0;
    do digits[count++] = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    while (count > 0) *out++ = digits[--count];
    return out;
}

// What stays the same from frame to frame.
struct frame_parts {
    char words[LINE_MAX_SIZE], headers[HEADER_BLOCK_MAX];
    const char *payload;
    size_t words_size, headers_size, size;
};

static void frame_parts_init(struct frame_parts *parts, const struct bench *bench) {
    int size = snprintf(parts->words, sizeof parts->words, "%s %s ", bench->headers > 0 ? "HPUB" : "PUB", bench->subject);
    if (size < 0 || (size_t)size >= sizeof parts->words) die("floor: subject");
    parts->words_size = (size_t)size;
    parts->headers_size = bench->headers > 0 ? header_block(parts->headers, bench->headers) : 0;
    parts->payload = bench_payload(bench);
    parts->size = bench->size;
}

static char *format_frame(char *out, const struct frame_parts *parts) {
    memcpy(out, parts->words, parts->words_size);
    out += parts->words_size;
    if (parts->headers_size > 0) {
        out = format_number(out, parts->headers_size);
        *out++ = ' ';
    }
    out = format_number(out, parts->headers_size + parts->size);
    memcpy(out, "\r\n", 2);
    memcpy(out + 2, parts->headers, parts->headers_size);
    out += 2 + parts->headers_size;
    memcpy(out, parts->payload, parts->size);
    memcpy(out + parts->size, "\r\n", 2);
    return out + parts->size + 2;
}

static void publish_preformatted(struct client *client, const char *block, uint64_t frames, size_t frame_size, uint64_t left) {
    for (; left > 0; left -= frames) {
        if (frames > left) frames = left;
        must_write(client, block, frames * frame_size);
    }
    round_trip(client);
}

static void publish_formatted(struct client *client, const struct frame_parts *parts, char *buffer, uint64_t left) {
    char *out = buffer;
    for (; left > 0; left--) {
        out = format_frame(out, parts);
        if (out < buffer + WRITE_SIZE) continue;
        must_write(client, buffer, (size_t)(out - buffer));
        out = buffer;
    }
    must_write(client, buffer, (size_t)(out - buffer));
    round_trip(client);
}

static void run_publish(struct client *client, bool is_preformatted) {
    struct bench *bench = &client->bench;
    struct frame_parts parts;
    frame_parts_init(&parts, bench);
    char *buffer = malloc(WRITE_SIZE + LINE_MAX_SIZE + HEADER_BLOCK_MAX + bench->size);
    if (buffer == NULL) die("malloc");
    if (is_preformatted) {
        uint64_t frames = 0;
        char *out = buffer;
        for (; out < buffer + WRITE_SIZE; frames++) out = format_frame(out, &parts);
        size_t frame_size = (size_t)(out - buffer) / frames;
        publish_preformatted(client, buffer, frames, frame_size, bench->warmup);
        bench_begin(bench);
        publish_preformatted(client, buffer, frames, frame_size, bench->messages);
    } else {
        publish_formatted(client, &parts, buffer, bench->warmup);
        bench_begin(bench);
        publish_formatted(client, &parts, buffer, bench->messages);
    }
    bench_finish(bench);
    free(buffer);
}

// In one write with the PING: a flood begins behind the SUB, and must not come between.
static void subscribe(struct client *client, const char *subject) {
    char line[LINE_MAX_SIZE];
    int size = snprintf(line, sizeof line, "SUB %s 1\r\n", subject);
    if (size < 0 || (size_t)size >= sizeof line) die("floor: subject");
    output_append(&client->output, line, (size_t)size);
    round_trip(client);
}

// The payload size of a message's line that ends before `end`, read backwards: the cheapest scan there is.
static size_t trailing_number(const char *end) {
    size_t number = 0, unit = 1;
    for (; end[-1] >= '0' && end[-1] <= '9'; unit *= 10) number += unit * (size_t)(*--end - '0');
    return number;
}

static void check_size(const struct bench *bench, const char *line, size_t size) {
    if (line[0] != 'M' || size == bench->size) return;
    fprintf(stderr, "floor: a message of %zu bytes instead of %zu\n", size, bench->size);
    exit(1);
}

// Counts the messages that are in the buffer as a whole, up to `limit`.
static uint64_t scan_buffer(struct reader *reader, const struct bench *bench, uint64_t limit) {
    uint64_t count = 0;
    const char *at = reader->bytes + reader->start, *end = reader->bytes + reader->end;
    while (count < limit && at < end && (at[0] == 'M' || at[0] == 'H')) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        if (newline == NULL || newline == at) break;
        size_t size = trailing_number(newline - 1);
        if ((size_t)(end - newline) < size + 3) break;
        check_size(bench, at, size);
        at = newline + size + 3;
        count++;
    }
    reader->start = (size_t)(at - reader->bytes);
    return count;
}

static void scan(struct client *client, uint64_t count) {
    struct reader *reader = &client->reader;
    for (uint64_t received = 0; received < count;) {
        received += scan_buffer(reader, &client->bench, count - received);
        if (received == count) return;
        // The rest of a message that is in the buffer in part.
        const char *line = reader_line(reader);
        if (line == NULL) die("floor: read");
        if (line[0] != 'M' && line[0] != 'H') continue;
        received++;
        size_t size = last_number(line);
        check_size(&client->bench, line, size);
        if (!reader_skip(reader, size + 2)) die("floor: read");
    }
}

static void run_scan(struct client *client) {
    struct bench *bench = &client->bench;
    subscribe(client, bench->subject);
    // The window begins with the first message that counts, as everybody's does.
    scan(client, bench->warmup + 1);
    bench_begin(bench);
    scan(client, bench->messages - 1);
    bench_finish(bench);
}

// Subscribes to the replies, and makes `count` requests one behind the other; `size` becomes that of one of them.
static char *requests(struct client *client, size_t count, size_t *size) {
    const struct bench *bench = &client->bench;
    subscribe(client, "_INBOX.floor.>");
    char line[LINE_MAX_SIZE];
    size_t line_size = (size_t)snprintf(line, sizeof line, "PUB %s _INBOX.floor %zu\r\n", bench->subject, bench->size);
    if (line_size >= sizeof line) die("floor: subject");
    *size = line_size + bench->size + 2;
    char *block = malloc(*size * count);
    if (block == NULL) die("malloc");
    for (char *out = block; out < block + *size * count; out += *size) {
        memcpy(out, line, line_size);
        memset(out + line_size, 'x', bench->size);
        memcpy(out + line_size + bench->size, "\r\n", 2);
    }
    return block;
}

static void await_reply(struct client *client) {
    const char *line;
    while ((line = reader_line(&client->reader)) != NULL && strncmp(line, "MSG ", 4) != 0) {
        if (strncmp(line, "PING", 4) == 0) must_write_text(client, "PONG\r\n");
    }
    if (line == NULL || !reader_skip(&client->reader, last_number(line) + 2)) die("floor: read");
}

static void run_pingpong(struct client *client) {
    struct bench *bench = &client->bench;
    size_t request_size;
    char *request = requests(client, 1, &request_size);
    bench_measure_latencies(bench);
    for (uint64_t index = 0; index < bench->warmup + bench->messages; index++) {
        if (index == bench->warmup) bench_begin(bench);
        uint64_t start = monotonic_nanoseconds();
        must_write(client, request, request_size);
        await_reply(client);
        if (index >= bench->warmup) bench->latencies[index - bench->warmup] = monotonic_nanoseconds() - start;
    }
    bench_finish(bench);
    free(request);
}

static void keep_in_flight(struct client *client, const char *block, size_t request_size, uint64_t count) {
    uint64_t window = client->bench.inflight < count ? client->bench.inflight : count, sent = window;
    must_write(client, block, window * request_size);
    for (uint64_t answered = 0; answered < count;) {
        uint64_t arrived = 0;
        do {
            await_reply(client);
            arrived++;
        } while (arrived < window && answered + arrived < count && reader_has_line(&client->reader));
        answered += arrived;
        uint64_t more = arrived < count - sent ? arrived : count - sent;
        must_write(client, block, more * request_size);
        sent += more;
    }
}

static void run_window(struct client *client) {
    struct bench *bench = &client->bench;
    size_t request_size;
    char *block = requests(client, bench->inflight, &request_size);
    if (bench->warmup > 0) keep_in_flight(client, block, request_size, bench->warmup);
    bench_begin(bench);
    keep_in_flight(client, block, request_size, bench->messages);
    bench_finish(bench);
    free(block);
}

// A request to the API, of which only the arrival of an answer matters.
static void ask(struct client *client, const char *subject, const char *body) {
    char request[2 * LINE_MAX_SIZE];
    int size = snprintf(request, sizeof request, "PUB %s _INBOX.floor.answer %zu\r\n%s\r\n", subject, strlen(body), body);
    if (size < 0 || (size_t)size >= sizeof request) die("floor: request");
    must_write(client, request, (size_t)size);
    await_reply(client);
}

enum { PUBLISHES_PER_ACKNOWLEDGEMENT = 1000 };

static void make_stream(struct client *client, const char *subject) {
    char body[LINE_MAX_SIZE];
    snprintf(body, sizeof body, "{\"name\":\"NATS_BENCH\",\"subjects\":[\"%s\"],\"storage\":\"%s\"}", subject,
             strcmp(client->bench.style, "file") == 0 ? "file" : "memory");
    ask(client, "$JS.API.STREAM.DELETE.NATS_BENCH", "");
    ask(client, "$JS.API.STREAM.CREATE.NATS_BENCH", body);
}

// A stream of `count` messages with a consumer that wants no acknowledgements.
static void fill_stream(struct client *client, uint64_t count) {
    const struct bench *bench = &client->bench;
    char subject[LINE_MAX_SIZE], line[2 * LINE_MAX_SIZE];
    snprintf(subject, sizeof subject, "%s.js", bench->subject);
    make_stream(client, subject);
    snprintf(line, sizeof line, "PUB %s %zu\r\n", subject, bench->size);
    char *buffer = malloc((strlen(line) + bench->size + 2) * PUBLISHES_PER_ACKNOWLEDGEMENT);
    if (buffer == NULL) die("malloc");
    const char *payload = bench_payload(bench);
    char *out = buffer;
    for (int index = 0; index < PUBLISHES_PER_ACKNOWLEDGEMENT; index++) {
        memcpy(out, line, strlen(line));
        out += strlen(line);
        memcpy(out, payload, bench->size);
        memcpy(out + bench->size, "\r\n", 2);
        out += bench->size + 2;
    }
    for (uint64_t published = 0; published < count; published += PUBLISHES_PER_ACKNOWLEDGEMENT + 1) {
        must_write(client, buffer, (size_t)(out - buffer));
        ask(client, subject, payload);
    }
    free(buffer);
    ask(client, "$JS.API.CONSUMER.CREATE.NATS_BENCH.floor",
        "{\"stream_name\":\"NATS_BENCH\",\"config\":{\"name\":\"floor\",\"ack_policy\":\"none\",\"mem_storage\":true}}");
}

static size_t pull_request(char line[LINE_MAX_SIZE], uint64_t batch, uint64_t number, bool is_supervised) {
    char body[LINE_MAX_SIZE], reply[LINE_MAX_SIZE] = "";
    snprintf(body, sizeof body, "{\"batch\":%llu%s}", (unsigned long long)batch,
             is_supervised ? ",\"expires\":30000000000,\"idle_heartbeat\":5000000000" : "");
    if (is_supervised) snprintf(reply, sizeof reply, ".%llu", (unsigned long long)number);
    int size = snprintf(line, LINE_MAX_SIZE,
                        "PUB $JS.API.CONSUMER.MSG.NEXT.NATS_BENCH.floor _INBOX.floor.pull%.22s %zu\r\n%.200s\r\n", reply,
                        strlen(body), body);
    if (size < 0 || size >= LINE_MAX_SIZE) die("floor: request");
    return (size_t)size;
}

static void run_pull(struct client *client, bool is_supervised) {
    struct bench *bench = &client->bench;
    uint64_t half = bench->inflight > 1 ? bench->inflight / 2 : 1;
    // The warm-up ends where a request does.
    uint64_t warmup = (bench->warmup + half - 1) / half * half, total = warmup + bench->messages;
    subscribe(client, "_INBOX.floor.>");
    fill_stream(client, total + 2 * half);
    char request[LINE_MAX_SIZE];
    size_t size = pull_request(request, half, 0, is_supervised);
    must_write(client, request, size);
    for (uint64_t received = 0, number = 1; received < total; number++) {
        if (received == warmup) bench_begin(bench);
        if (is_supervised) size = pull_request(request, half, number, true);
        must_write(client, request, size);
        uint64_t share = half < total - received ? half : total - received;
        scan(client, share);
        received += share;
    }
    bench_finish(bench);
}

// One block of whole frames of one size, each with another reply subject.
struct publishes {
    char *frames;
    size_t count, frame_size;
};

static struct publishes make_publishes(const struct bench *bench) {
    // As long as ours: an inbox, and a token of a slot and how often it was used.
    static const char inbox[] = "_INBOX.ABCDEFGHIJKLMNOPQRSTUV";
    struct publishes made = {.count = bench->inflight};
    char line[LINE_MAX_SIZE];
    int size = snprintf(line, sizeof line, "PUB %s %s.%05X %zu\r\n", bench->subject, inbox, 0, bench->size);
    if (size < 0 || (size_t)size >= sizeof line) die("floor: subject");
    made.frame_size = (size_t)size + bench->size + 2;
    made.frames = malloc(made.frame_size * made.count + 1);
    if (made.frames == NULL) die("malloc");
    char *out = made.frames;
    for (size_t index = 0; index < made.count; index++, out += made.frame_size) {
        // The NUL behind the line is overwritten.
        snprintf(out, (size_t)size + 1, "PUB %s %s.%05zX %zu\r\n", bench->subject, inbox, index, bench->size);
        memset(out + size, 'x', bench->size);
        memcpy(out + size + bench->size, "\r\n", 2);
    }
    return made;
}

static void must_write_publishes(struct client *client, const struct publishes *publishes, uint64_t from, uint64_t count) {
    while (count > 0) {
        uint64_t start = from % publishes->count, part = publishes->count - start;
        if (part > count) part = count;
        must_write(client, publishes->frames + start * publishes->frame_size, part * publishes->frame_size);
        from += part;
        count -= part;
    }
}

// The acknowledgements that are there; blocks for one.
static uint64_t read_acknowledgements(struct client *client, uint64_t limit) {
    struct reader *reader = &client->reader;
    uint64_t count = 0;
    while (count == 0) {
        const char *at = reader->bytes + reader->start, *end = reader->bytes + reader->end;
        while (count < limit && at < end && at[0] == 'M') {
            const char *newline = memchr(at, '\n', (size_t)(end - at));
            if (newline == NULL) break;
            size_t size = trailing_number(newline - 1);
            if ((size_t)(end - newline) < size + 3) break;
            at = newline + size + 3;
            count++;
        }
        reader->start = (size_t)(at - reader->bytes);
        if (count > 0) break;
        await_reply(client);
        count++;
    }
    return count;
}

static void publish_by_window(struct client *client, const struct publishes *publishes, uint64_t count) {
    uint64_t sent = 0, acknowledged = 0;
    while (acknowledged < count) {
        uint64_t room = publishes->count - (sent - acknowledged);
        if (room > count - sent) room = count - sent;
        if (sent - acknowledged <= publishes->count / 2) {
            must_write_publishes(client, publishes, sent, room);
            sent += room;
        }
        acknowledged += read_acknowledgements(client, count - acknowledged);
    }
}

static void begin_stream_publish(struct client *client) {
    subscribe(client, "_INBOX.floor.>");
    make_stream(client, client->bench.subject);
    must_write_text(client, "SUB _INBOX.ABCDEFGHIJKLMNOPQRSTUV.* 2\r\n");
}

static void run_stream_publish(struct client *client) {
    struct bench *bench = &client->bench;
    begin_stream_publish(client);
    struct publishes publishes = make_publishes(bench);
    publish_by_window(client, &publishes, bench->warmup);
    bench_begin(bench);
    publish_by_window(client, &publishes, bench->messages);
    bench_finish(bench);
    free(publishes.frames);
    ask(client, "$JS.API.STREAM.DELETE.NATS_BENCH", "");
}

static void run_stream_publish_one_by_one(struct client *client) {
    struct bench *bench = &client->bench;
    begin_stream_publish(client);
    bench->inflight = 1024;
    struct publishes publishes = make_publishes(bench);
    bench->inflight = 1;
    bench_measure_latencies(bench);
    for (uint64_t index = 0; index < bench->warmup + bench->messages; index++) {
        if (index == bench->warmup) bench_begin(bench);
        uint64_t start = monotonic_nanoseconds();
        must_write_publishes(client, &publishes, index, 1);
        await_reply(client);
        if (index >= bench->warmup) bench->latencies[index - bench->warmup] = monotonic_nanoseconds() - start;
    }
    bench_finish(bench);
    free(publishes.frames);
    ask(client, "$JS.API.STREAM.DELETE.NATS_BENCH", "");
}

int main(int argc, char **argv) {
    struct client client = {0};
    bench_init(&client.bench, argc, argv);
    end_with_parent(bench_input_ended);
    client.descriptor = connect_loopback(client.bench.port);
    reader_init(&client.reader, client.descriptor, READ_SIZE);
    if (reader_line(&client.reader) == NULL) die("floor: INFO");
    must_write_text(&client, "CONNECT {\"verbose\":false,\"pedantic\":false,\"lang\":\"c\",\"version\":\"0\",\"name\":\"floor\","
                             "\"headers\":true,\"no_responders\":true,\"protocol\":1}\r\n");
    round_trip(&client);
    const char *workload = client.bench.workload;
    if (strcmp(workload, "preformatted") == 0) run_publish(&client, true);
    else if (strcmp(workload, "formatted") == 0) run_publish(&client, false);
    else if (strcmp(workload, "scan") == 0) run_scan(&client);
    else if (strcmp(workload, "pingpong") == 0) run_pingpong(&client);
    else if (strcmp(workload, "window") == 0) run_window(&client);
    else if (strcmp(workload, "js-pub") == 0) run_stream_publish(&client);
    else if (strcmp(workload, "js-pub-sync") == 0) run_stream_publish_one_by_one(&client);
    else if (strcmp(workload, "pull") == 0) run_pull(&client, false);
    else if (strcmp(workload, "pull-supervised") == 0) run_pull(&client, true);
    else {
        fprintf(stderr, "floor: unknown workload '%s'\n", workload);
        return 2;
    }
    bench_report(&client.bench, "floor");
    return 0;
}
