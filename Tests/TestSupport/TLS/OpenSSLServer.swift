/// Runs `openssl s_server` on a free loopback port: a TLS server that isn't ours. It answers each line with the same line
/// reversed, and ends with the scope.
package func withOpenSSLServer<R>(
    _ identity: TestCertificates.Identity, arguments: [String] = [], _ body: (UInt16) async throws -> R
) async throws -> R {
    let folder = try TemporaryFolder()
    let child = try ChildProcess.spawn(
        "/usr/bin/env",
        ["openssl", "s_server", "-accept", "127.0.0.1:0", "-rev", "-cert", identity.certificate, "-key", identity.key]
            + arguments,
        workingDirectory: folder.path, outputFile: folder.file("output.txt"))
    defer { child.killAndWait() }
    let orphanGuard = try OrphanGuard(protecting: child, folder: folder.path)
    defer { orphanGuard.dismiss() }
    var port: UInt16?
    _ = try await holds(within: .seconds(30)) {
        port = listeningPort(in: folder.text(of: "output.txt"))
        return port != nil || !child.isRunning
    }
    guard let port else { throw OpenSSLServerFailure(description: folder.text(of: "output.txt")) }
    return try await body(port)
}

/// From the line `ACCEPT 127.0.0.1:41234`, once it is whole.
private func listeningPort(in output: String) -> UInt16? {
    for line in output.split(separator: "\n", omittingEmptySubsequences: false).dropLast() where line.hasPrefix("ACCEPT ") {
        return line.split(separator: ":").last.flatMap { UInt16($0) }
    }
    return nil
}

private struct OpenSSLServerFailure: Error, CustomStringConvertible {
    let description: String
}
