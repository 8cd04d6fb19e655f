import NATSProtocol
import Reactor

extension ContextFile {
    /// The settings from outside, nearest first: the variables of the environment, the context.
    ///
    /// The context is the one that `name` says; else `NATS_CONTEXT`; else, if `usesSelection`, the one that the user
    /// selected with the NATS CLI. A context that is named but missing is an error; so is one that is selected but
    /// missing, since the alternative were to connect somewhere else silently.
    ///
    /// - Parameter readFile: gives the bytes of a file, nil when there is none, and throws when it can't be read.
    package static func settings(
        context name: String? = nil, usesSelection: Bool = true, _ environment: ClientEnvironment,
        readFile: (String) throws -> [UInt8]?
    ) throws(ContextError) -> ContextFile {
        var chosen = name ?? environment.contextName
        if chosen == nil, usesSelection { chosen = try selected(environment, readFile) }
        guard let name = chosen else { return environment.settings }
        return environment.settings.overlaying(try load(name, environment, readFile: readFile))
    }

    /// Reads a context by its name, or by the path of its file.
    package static func load(
        _ name: String, _ environment: ClientEnvironment, readFile: (String) throws -> [UInt8]?
    ) throws(ContextError) -> ContextFile {
        let path =
            ContextLocation.isPath(name)
            ? environment.expand(name) : try ContextLocation(environment).path(ofContext: name)
        guard var json = try read(path, readFile) else {
            throw ContextError(.notFound, "there is no context at '\(path)'")
        }
        // Passwords and tokens stand in it.
        defer { Secrets.wipe(&json) }
        do throws(ContextError) {
            return try ContextFile(parsing: json.span)
        } catch {
            throw ContextError(error.code, "\(error.message) ('\(path)')")
        }
    }

    /// The context that is selected; nil when none is.
    private static func selected(
        _ environment: ClientEnvironment, _ readFile: (String) throws -> [UInt8]?
    ) throws(ContextError) -> String? {
        // A daemon without a home has no selection, which is no mistake.
        guard let location = try? ContextLocation(environment) else { return nil }
        guard let bytes = try read(location.selectionPath, readFile) else { return nil }
        let name = String(repairing: bytes.span).trimming { $0.isWhitespace || $0.isNewline }
        return name.isEmpty ? nil : name
    }

    private static func read(
        _ path: String, _ readFile: (String) throws -> [UInt8]?
    ) throws(ContextError) -> [UInt8]? {
        do {
            return try readFile(path)
        } catch {
            throw ContextError(.unreadable, "the file '\(path)' can't be read")
        }
    }
}

extension String {
    fileprivate func trimming(_ isTrimmed: (Character) -> Bool) -> String {
        let start = drop(while: isTrimmed)
        guard let last = start.lastIndex(where: { !isTrimmed($0) }) else { return "" }
        return String(start[...last])
    }
}
