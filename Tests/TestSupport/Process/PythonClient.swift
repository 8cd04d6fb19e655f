/// The Python client of NATS, which `Scripts/setup` installs: another opinion on what is on the wire.
package enum PythonClient {
    package struct ScriptFailed: Error, CustomStringConvertible {
        package let description: String
    }

    /// Runs the body of an async function in which `nc` is connected to `url` and `js` is its JetStream context.
    ///
    /// - Returns: the lines that it has printed.
    package static func run(_ url: String, _ body: String, within limit: Duration = .seconds(60)) async throws -> [String] {
        let folder = try TemporaryFolder()
        let lines = body.split(separator: "\n", omittingEmptySubsequences: false).map { "    " + $0 }
        try folder.write(
            """
            import asyncio, json, nats
            from nats.js import api

            async def main():
                nc = await nats.connect("\(url)")
                js = nc.jetstream()
            \(lines.joined(separator: "\n"))
                await nc.close()

            asyncio.run(main())
            """, to: "script.py")
        let child = try ChildProcess.spawn(
            Repository.root + "/.tools/python/bin/python", [folder.file("script.py")], workingDirectory: folder.path,
            outputFile: folder.file("output.txt"))
        defer { child.killAndWait() }
        let hasEnded = try await child.waitForEnd(within: limit)
        let output = folder.text(of: "output.txt")
        guard hasEnded, child.waitBlocking() == 0 else { throw ScriptFailed(description: output) }
        return output.split(separator: "\n").map(String.init)
    }
}
