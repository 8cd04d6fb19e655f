// Physical floors: what a raw C program does with the same frames on the same socket, with no library at all.
//
//   floor preformatted port count size [headers]   writes frames that it made once, then PING, until the PONG
//   floor formatted port count size [headers]      formats every frame into a 64 KiB buffer, writes it when full
//   floor scan port count size [headers]           SUB, then scans frames and skips payloads
//   floor pingpong port count size                 one blocking request at a time on bench.echo
//
// Subject of the others: bench.stream. Prints one JSON line.
#define _GNU_SOURCE
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char publish_words[] = "PUB bench.stream ", publish_header_words[] = "HPUB bench.stream ";
enum { WRITE_SIZE = 64 << 10 };

struct workload {
    const char *name;
    int descriptor;
    struct reader reader;
    uint64_t count;
    size_t size;
    unsigned headers;
    uint64_t start, end, processor_start, processor_end;
};

static void begin(struct workload *work) {
    work->processor_start = processor_nanoseconds();
    work->start = monotonic_nanoseconds();
}

static void finish(struct workload *work) {
    work->end = monotonic_nanoseconds();
    work->processor_end = processor_nanoseconds();
}

static void report(const struct workload *work, const char *latencies) {
    double seconds = (double)(work->end - work->start) / 1e9, count = (double)work->count;
    printf("{\"client\":\"floor\",\"workload\":\"%s\",\"size\":%zu,\"headers\":%u,\"messages\":%llu,\"seconds\":%.6f,"
           "\"messages_per_second\":%.0f,\"cpu_ns_per_message\":%.1f,\"peak_rss_kb\":%ld%s}\n",
           work->name, work->size, work->headers, (unsigned long long)work->count, seconds, count / seconds,
           (double)(work->processor_end - work->processor_start) / count, peak_resident_kilobytes(), latencies);
}

static void must_write(struct workload *work, const void *bytes, size_t count) {
    if (!write_all(work->descriptor, bytes, count)) die("floor: write");
}

static void await_pong(struct workload *work) {
    const char *line;
    while ((line = reader_line(&work->reader)) != NULL) {
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

struct frame_parts {
    const char *payload, *headers;
    size_t size, headers_size;
};

static char *format_frame(char *out, const struct frame_parts *parts) {
    if (parts->headers_size == 0) {
        memcpy(out, publish_words, sizeof publish_words - 1);
        out = format_number(out + sizeof publish_words - 1, parts->size);
    } else {
        memcpy(out, publish_header_words, sizeof publish_header_words - 1);
        out = format_number(out + sizeof publish_header_words - 1, parts->headers_size);
        *out++ = ' ';
        out = format_number(out, parts->headers_size + parts->size);
    }
    memcpy(out, "\r\n", 2);
    memcpy(out + 2, parts->headers, parts->headers_size);
    out += 2 + parts->headers_size;
    memcpy(out, parts->payload, parts->size);
    memcpy(out + parts->size, "\r\n", 2);
    return out + parts->size + 2;
}

static void run_publish(struct workload *work, bool is_preformatted) {
    char headers[HEADER_BLOCK_MAX] = "";
    char *payload = malloc(work->size + 1);
    if (payload == NULL) die("malloc");
    memset(payload, 'x', work->size + 1);
    struct frame_parts parts = {.payload = payload, .headers = headers, .size = work->size};
    if (work->headers > 0) parts.headers_size = header_block(headers, work->headers);
    const size_t frame_max = work->size + HEADER_BLOCK_MAX + 128;
    char *buffer = malloc(WRITE_SIZE + frame_max);
    if (buffer == NULL) die("malloc");
    char *out = buffer;
    uint64_t left = work->count;
    if (is_preformatted) {
        uint64_t frames = 0;
        for (; out < buffer + WRITE_SIZE; frames++) out = format_frame(out, &parts);
        const size_t frame_size = (size_t)(out - buffer) / frames;
        begin(work);
        for (; left > 0; left -= frames) {
            if (frames > left) frames = left;
            must_write(work, buffer, frames * frame_size);
        }
    } else {
        begin(work);
        for (; left > 0; left--) {
            out = format_frame(out, &parts);
            if (out < buffer + WRITE_SIZE) continue;
            must_write(work, buffer, (size_t)(out - buffer));
            out = buffer;
        }
        must_write(work, buffer, (size_t)(out - buffer));
    }
    must_write(work, "PING\r\n", 6);
    await_pong(work);
    finish(work);
    report(work, "");
    free(buffer);
    free(payload);
}

static void run_scan(struct workload *work) {
    must_write(work, "SUB bench.stream 1\r\nPING\r\n", 26);
    await_pong(work);
    printf("ready\n");
    fflush(stdout);
    struct reader *reader = &work->reader;
    for (uint64_t received = 0; received < work->count;) {
        const char *line = reader_line(reader);
        if (line == NULL) die("floor: read");
        const bool is_message = line[0] == 'M' || line[0] == 'H';
        if (!is_message) continue;
        if (received++ == 0) begin(work);
        const size_t size = last_number(line);
        if (line[0] == 'M' && size != work->size) {
            fprintf(stderr, "floor: a message of %zu bytes instead of %zu\n", size, work->size);
            exit(1);
        }
        if (!reader_skip(reader, size + 2)) die("floor: read");
    }
    finish(work);
    report(work, "");
}

static int compare(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void run_pingpong(struct workload *work) {
    must_write(work, "SUB _INBOX.floor 1\r\nPING\r\n", 26);
    await_pong(work);
    char *request = malloc(work->size + 128);
    uint64_t *latencies = calloc(work->count, sizeof *latencies);
    if (request == NULL || latencies == NULL) die("malloc");
    size_t line_size = (size_t)sprintf(request, "PUB bench.echo _INBOX.floor %zu\r\n", work->size);
    memset(request + line_size, 'x', work->size);
    memcpy(request + line_size + work->size, "\r\n", 2);
    const uint64_t warm_up = work->count / 10 + 1;
    for (uint64_t index = 0; index < warm_up + work->count; index++) {
        if (index == warm_up) begin(work);
        uint64_t start = monotonic_nanoseconds();
        must_write(work, request, line_size + work->size + 2);
        const char *line;
        while ((line = reader_line(&work->reader)) != NULL && strncmp(line, "MSG ", 4) != 0) {
            if (strncmp(line, "PING", 4) == 0) must_write(work, "PONG\r\n", 6);
        }
        if (line == NULL || !reader_skip(&work->reader, last_number(line) + 2)) die("floor: read");
        if (index >= warm_up) latencies[index - warm_up] = monotonic_nanoseconds() - start;
    }
    finish(work);
    qsort(latencies, work->count, sizeof *latencies, compare);
    char text[256];
    snprintf(text, sizeof text, ",\"p50_us\":%.2f,\"p90_us\":%.2f,\"p99_us\":%.2f,\"p999_us\":%.2f,\"max_us\":%.2f",
             (double)latencies[work->count / 2] / 1e3, (double)latencies[work->count * 9 / 10] / 1e3,
             (double)latencies[work->count * 99 / 100] / 1e3, (double)latencies[work->count * 999 / 1000] / 1e3,
             (double)latencies[work->count - 1] / 1e3);
    report(work, text);
    free(latencies);
    free(request);
}

int main(int argc, char **argv) {
    if (argc < 5) {
        fprintf(stderr, "usage: floor preformatted|formatted|scan|pingpong port count size [headers]\n");
        return 2;
    }
    struct workload work = {.name = argv[1]};
    uint16_t port = (uint16_t)number_argument(argc, argv, 2, 0, 65535);
    work.count = number_argument(argc, argv, 3, 1, UINT64_MAX);
    work.size = number_argument(argc, argv, 4, 0, 8 << 20);
    work.headers = (unsigned)number_argument(argc, argv, 5, 0, HEADERS_MAX);
    if (work.count == 0) return 2;
    end_with_parent();
    work.descriptor = connect_loopback(port);
    reader_init(&work.reader, work.descriptor, 1 << 18);
    if (reader_line(&work.reader) == NULL) die("floor: INFO");
    static const char hello[] =
        "CONNECT {\"verbose\":false,\"pedantic\":false,\"lang\":\"c\",\"version\":\"0\",\"name\":\"floor\","
        "\"headers\":true,\"protocol\":1}\r\nPING\r\n";
    must_write(&work, hello, sizeof hello - 1);
    await_pong(&work);
    if (strcmp(work.name, "preformatted") == 0) run_publish(&work, true);
    else if (strcmp(work.name, "formatted") == 0) run_publish(&work, false);
    else if (strcmp(work.name, "scan") == 0) run_scan(&work);
    else if (strcmp(work.name, "pingpong") == 0) run_pingpong(&work);
    else return 2;
    fflush(stdout);
    return 0;
}
