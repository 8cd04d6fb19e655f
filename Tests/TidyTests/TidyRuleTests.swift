import Testing

/// Every rule can fail: each is shown a text that breaks it and one that doesn't.
@Suite struct TidyRuleTests {
    private func messages(_ rule: some TidyRule, _ path: String, _ text: String, isExecutable: Bool = false) -> [Int] {
        rule.findings(in: SourceFile(path: path, text: text, isExecutable: isExecutable)).map(\.line)
    }

    @Test(arguments: [
        ("Sources/NATSProtocol/A.swift", "import Glibc"),
        ("Sources/NATSProtocol/Frame/A.swift", "import FoundationEssentials"),
        ("Sources/NATSProtocol/JSON/A.swift", "import FoundationEssentials"),
        ("Sources/NATSProtocol/A.swift", "internal import Synchronization"),
        ("Sources/Reactor/A.swift", "@preconcurrency import Foundation"),
        ("Sources/NATSClient/A.swift", "internal import struct Glibc.pollfd"),
        ("Sources/NATSStores/A.swift", "public import Reactor"),
        ("Sources/NATSStores/A.swift", "import FoundationEssentials"),
        ("Sources/NATSClient/Coding/A.swift", "import FoundationEssentials"),
        ("Sources/NATSFoundation/A.swift", "import Foundation"),
        ("Sources/Unheard/A.swift", "let a = 1"),
    ])
    func aForeignImportIsFound(path: String, text: String) {
        #expect(messages(ImportRule(), path, text) == [1])
    }

    @Test(arguments: [
        ("Sources/NATSFoundation/A.swift", "import FoundationEssentials"),
        ("Sources/NATSProtocol/A.swift", "public import CNATSBytes\n// import Glibc"),
        ("Sources/Reactor/A.swift", "#if canImport(Glibc)\ninternal import Glibc\n#endif"),
        ("Tests/X/A.swift", "import Foundation"),
    ])
    func anAllowedImportIsNot(path: String, text: String) {
        #expect(messages(ImportRule(), path, text).isEmpty)
    }

    @Test func aLongFileIsFound() {
        let lines = { String(repeating: "let a = 1\n", count: $0) }
        #expect(messages(FileLengthRule(), "Sources/Reactor/A.swift", lines(601)) == [601])
        #expect(messages(FileLengthRule(), "Sources/Reactor/A.swift", lines(600)).isEmpty)
        #expect(messages(FileLengthRule(), "Sources/CReactor/A.c", lines(601)) == [601])
        #expect(messages(FileLengthRule(), "LICENSE", lines(601)).isEmpty)
    }

    @Test(arguments: [
        "func a(\n  b: Int = f({ 1 })\n) throws(E)\n  -> Int\nwhere T: X {", "init?(b: Int) {", "deinit {",
        "subscript(i: Int) -> Int {", "@inlinable mutating func a<T>() {",
    ])
    func aLongFunctionIsFound(signature: String) {
        let body = { signature + String(repeating: "\n  // }\n  let s = \"}\"", count: $0) + "\n}\n" }
        #expect(messages(FunctionLengthRule(), "Tests/X/A.swift", body(35)) == [1])
        #expect(messages(FunctionLengthRule(), "Tests/X/A.swift", body(30)).isEmpty)
    }

    @Test func aRequirementHasNoBody() {
        let text = "protocol P {\n  func a()\n  init(b: Int)\n  var c: Int { get }\n}\n"
        #expect(FunctionScanner.functions(in: SourceFile(path: "A.swift", text: text).code).isEmpty)
        let call = "let x = Foo.init(1)\n" + "if y {\n" + String(repeating: "\n", count: 80) + "}\n"
        #expect(messages(FunctionLengthRule(), "Tests/X/A.swift", call).isEmpty)
    }

    @Test(arguments: ["try! f()", "x as! Int", "fatalError()", "Swift.preconditionFailure()", "print(1)"])
    func aTrapIsFoundInSourcesOnly(text: String) {
        #expect(messages(TrapRule(), "Sources/Reactor/A.swift", "\n" + text) == [2])
        #expect(messages(TrapRule(), "Tests/X/A.swift", text).isEmpty)
        #expect(messages(TrapRule(), "Sources/Reactor/A.swift", "// " + text + "\nlet a = \"\(text)\"").isEmpty)
        #expect(messages(TrapRule(), "Sources/Reactor/A.swift", "fingerprint(1)").isEmpty)
    }

    @Test(arguments: ["a!.b", "f()!", "a[0]!", "let a: Int!"])
    func aForceUnwrapIsFoundInTheProtocol(text: String) {
        #expect(messages(ForceUnwrapRule(), "Sources/NATSProtocol/A.swift", text) == [1])
        #expect(messages(ForceUnwrapRule(), "Sources/Reactor/A.swift", text).isEmpty)
    }

    @Test(arguments: ["a != b", "!a", "#if !X", "if !f(!b) {}", "a!=b", "\"Stop!\""])
    func otherExclamationMarksAreNot(text: String) {
        #expect(messages(ForceUnwrapRule(), "Sources/NATSProtocol/A.swift", text).isEmpty)
    }

    @Test func leftoversAreFound() {
        #expect(messages(LeftoverRule(), "Sources/Reactor/A.swift", "// " + "TO" + "DO: later") == [1])
        #expect(messages(LeftoverRule(), "Scripts/a", "\n# " + "FIX" + "ME") == [2])
        #expect(messages(LeftoverRule(), "Tests/X/A.swift", "@Test(.dis" + "abled(\"slow\")) func a() {}") == [1])
        #expect(messages(LeftoverRule(), "Tests/X/A.swift", "let mustTO" + "DO = 1").isEmpty)
    }

    @Test(arguments: ["final class A: @unchecked Sendable {}", "nonisolated(unsafe) var a = 1"])
    func anUnprovenClaimIsFound(text: String) {
        #expect(messages(ReasonRule(), "Sources/Reactor/A.swift", text) == [1])
        #expect(messages(ReasonRule(), "Sources/Reactor/A.swift", "// Written once before.\n" + text).isEmpty)
        #expect(messages(ReasonRule(), "Sources/Reactor/A.swift", "// Far.\n\n\n\n" + text) == [5])
    }

    @Test func unsafeCodeIsFoundOutsideTheNamedFiles() {
        let path = "Sources/Reactor/Ring.swift"
        let rule = UnsafeFileRule(allowed: [path])
        #expect(messages(rule, "Sources/Reactor/Other.swift", "\nunsafe f()") == [2])
        #expect(messages(rule, "Sources/Reactor/Other.swift", "UnsafeRawPointer(a); // unsafe").isEmpty)
        #expect(messages(rule, "Sources/Reactor/Other.swift", "nonisolated(unsafe) var a = 1").isEmpty)
        #expect(messages(rule, path, "unsafe f()") == [1])
        #expect(messages(rule, path, "// Invariant: the slot owns it.\nunsafe f()").isEmpty)
        #expect(messages(rule, path, "// Invariant: nothing here needs it.\n") == [1])
    }

    @Test(arguments: [
        "public func a() {}", "@inlinable public static func a() {}", "@available(Linux 1, *) public struct A {}",
        "    public internal(set) var a = 1", "open class A {}",
        "// A comment, but no documentation.\npublic let a = 1",
    ])
    func anUndocumentedDeclarationIsFound(text: String) {
        #expect(messages(DocumentationRule(), "Sources/NATSClient/A.swift", text).count == 1)
        let documented = "/// It is.\n@inlinable\n" + text.split(separator: "\n").suffix(1).joined()
        #expect(messages(DocumentationRule(), "Sources/NATSClient/A.swift", documented).isEmpty)
    }

    @Test func adjacentPropertiesShareOneComment() {
        let run = "/// Bytes in and out.\npublic var a: Int\npublic var b: Int\n"
        #expect(messages(DocumentationRule(), "Sources/NATSClient/A.swift", run).isEmpty)
        #expect(messages(DocumentationRule(), "Sources/NATSClient/A.swift", run + "public func c() {}") == [4])
        #expect(messages(DocumentationRule(), "Sources/NATSClient/A.swift", run + "\npublic var c: Int") == [5])
    }

    @Test(arguments: [
        "public import Reactor", "public extension A {", "package func a()", "public var description: String",
    ])
    func whatNeedsNoDocumentationIsNot(text: String) {
        #expect(messages(DocumentationRule(), "Sources/NATSClient/A.swift", text).isEmpty)
    }

    @Test func machinePathsAndRegistryHostsAreFound() {
        #expect(messages(PortableTextRule(), "Docs/A.md", "see /ho" + "me/ann/nats") == [1])
        #expect(messages(PortableTextRule(), "Docs/A.md", "\nhttps://py" + "pi.org/simple") == [2])
        #expect(
            messages(PortableTextRule(), "Docs/A.md", "https://docs.nats.io/ho" + "me/a and Docs/wo" + "rk/x").isEmpty)
    }

    @Test func aLooseScriptIsFound() {
        let strict = "#!/usr/bin/env bash\n# What it does.\nset -euo pipefail\n"
        #expect(messages(ScriptRule(), "Scripts/a", strict, isExecutable: true).isEmpty)
        #expect(messages(ScriptRule(), "Scripts/a", strict).count == 1)
        #expect(messages(ScriptRule(), ".ci/run", "#!/bin/sh\nset -euo pipefail\n", isExecutable: true).count == 1)
        #expect(messages(ScriptRule(), "Scripts/a", "#!/usr/bin/env bash\ncd x\n", isExecutable: true).count == 1)
    }

    @Test(arguments: [
        ("a // b\nc", "a     \nc"), ("\"x\\\"y\" z", "\"    \" z"), ("#\"x\"y\"# z", "#\"   \"# z"),
        ("\"a\\(f(\"b\"))c\" d", "\"           \" d"), ("/* a /* b */ c */ d", "                  d"),
        ("\"\"\"\n}\n\"\"\" e", "\"\"\"\n \n\"\"\" e"),
    ])
    func commentsAndStringsAreBlanked(text: String, expected: String) {
        #expect(String(decoding: SwiftMask.masked(text), as: UTF8.self) == expected)
    }
}
