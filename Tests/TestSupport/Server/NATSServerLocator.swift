import Foundation

/// Where the real nats-server is: `$NATS_SERVER`, else `.tools/nats-server` (which `Scripts/setup` makes), else the PATH.
package enum NATSServerLocator {
    /// The oldest server that the tests are written for.
    package static let minimumVersion = [2, 12]

    package struct NotFound: Error, CustomStringConvertible {
        package let description: String
    }

    /// The path of a server that is new enough. Looked up once for the process.
    package static func path() throws -> String { try found.get() }

    private static let found: Result<String, NotFound> = find(environment: ProcessInfo.processInfo.environment)

    /// As `path()`, for another environment.
    package static func find(environment: [String: String]) -> Result<String, NotFound> {
        if let own = environment["NATS_SERVER"], !own.isEmpty {
            return check(own).map { .failure(NotFound(description: "NATS_SERVER=\(own): \($0)")) } ?? .success(own)
        }
        let installed = Repository.root + "/.tools/nats-server"
        let onPath = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/nats-server" }
        var reasons: [String] = []
        for candidate in [installed] + onPath where FileManager.default.isExecutableFile(atPath: candidate) {
            guard let reason = check(candidate) else { return .success(candidate) }
            reasons.append("\(candidate): \(reason)")
        }
        let found = reasons.isEmpty ? "" : " Found, but not usable: \(reasons.joined(separator: "; "))."
        return .failure(
            NotFound(description: "No nats-server: run Scripts/setup, or set NATS_SERVER to a nats-server.\(found)"))
    }

    /// What is wrong with this server; nil when it is usable.
    private static func check(_ path: String) -> String? {
        guard let output = try? CommandOutput.of(path, ["--version"]), output.isSuccess else {
            return "can't be run"
        }
        guard let version = version(in: output.text) else { return "says no version" }
        guard !version.lexicographicallyPrecedes(minimumVersion) else {
            return "is version \(version), \(minimumVersion) is needed"
        }
        return nil
    }

    /// `nats-server: v2.15.1` → `[2, 15, 1]`
    package static func version(in text: String) -> [Int]? {
        guard let start = text.range(of: "nats-server: v")?.upperBound else { return nil }
        let digits = text[start...].prefix { $0.isNumber || $0 == "." }
        let parts = digits.split(separator: ".").compactMap { Int($0) }
        return parts.count >= 2 ? parts : nil
    }
}
