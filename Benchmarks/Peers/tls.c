#include "tls.h"
#include "peer.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static SSL_CTX *context;
static SSL *connection;

static _Noreturn void die_of_tls(const char *what) {
    fprintf(stderr, "%s: ", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static ssize_t read_secured(int descriptor, void *bytes, size_t count) {
    (void)descriptor;
    return SSL_read(connection, bytes, count > INT32_MAX ? INT32_MAX : (int)count);
}

static ssize_t write_secured(int descriptor, const void *bytes, size_t count) {
    (void)descriptor;
    return SSL_write(connection, bytes, count > INT32_MAX ? INT32_MAX : (int)count);
}

static bool load_context(void) {
    const char *certificate = getenv("PEER_TLS_CERTIFICATE"), *key = getenv("PEER_TLS_KEY");
    if (certificate == NULL || key == NULL) return false;
    if (context != NULL) return true;
    context = SSL_CTX_new(TLS_server_method());
    if (context == NULL) die_of_tls("SSL_CTX_new");
    if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1) die_of_tls(certificate);
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) die_of_tls(key);
    return true;
}

bool greet(int descriptor) {
    if (!load_context()) return write_all(descriptor, info_line, strlen(info_line));
    char info[1024];
    // The closing brace and the line end make room for one field more.
    int size = snprintf(info, sizeof info, "%.*s,\"tls_required\":true}\r\n", (int)strlen(info_line) - 3, info_line);
    if (!write_all(descriptor, info, (size_t)size)) return false;
    connection = SSL_new(context);
    if (connection == NULL || SSL_set_fd(connection, descriptor) != 1) die_of_tls("SSL_new");
    if (SSL_accept(connection) != 1) {
        ERR_print_errors_fp(stderr);
        return false;
    }
    peer_read = read_secured;
    peer_write = write_secured;
    return true;
}

// Byte by byte: what comes behind the line belongs to TLS.
static bool skip_line(int descriptor) {
    char byte = 0;
    while (byte != '\n') {
        if (read(descriptor, &byte, 1) != 1) return false;
    }
    return true;
}

bool join(int descriptor) {
    if (getenv("PEER_TLS") == NULL) return true;
    if (!skip_line(descriptor)) return false;
    context = SSL_CTX_new(TLS_client_method());
    if (context == NULL) die_of_tls("SSL_CTX_new");
    connection = SSL_new(context);
    if (connection == NULL || SSL_set_fd(connection, descriptor) != 1) die_of_tls("SSL_new");
    if (SSL_connect(connection) != 1) die_of_tls("SSL_connect");
    peer_read = read_secured;
    peer_write = write_secured;
    return true;
}

void part(void) {
    peer_read = read;
    peer_write = write;
    SSL_free(connection);
    connection = NULL;
}
